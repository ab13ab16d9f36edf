"""Which drawing a network or a list of equations gets, with its numbers and what is highlighted; the drawings have modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice

from symprop.derivation.unroll import unroll
from symprop.drawing.blocks import Blocks
from symprop.drawing.columns import neurons
from symprop.drawing.figure import Drawing
from symprop.drawing.highlight import paths
from symprop.drawing.neurons import Neurons, is_small
from symprop.drawing.quantities import quantities
from symprop.drawing.svg import svg
from symprop.equations import EquationsSpec
from symprop.errors import UserError, nearest
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Program
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.prose import ENGLISH, Prose, prose
from symprop.scalar.numeric import FLOAT
from symprop.values import element_values

MOST_SUGGESTED = 2000  # identifiers that are looked through for the nearest


def drawing_of(
    spec: NetworkSpec | EquationsSpec,
    program: Program,
    names: Names,
    values: Mapping[str, float],
    highlight: str | None = None,
    *,
    language: str = ENGLISH,
    graphviz: bool = False,
) -> Drawing:
    """The drawing of a network, from its forward program, its names and the numbers of its elements.

    A small chain of dense layers is drawn neuron by neuron, any other network as blocks, a list of equations as a graph of
    its quantities. Graphs are laid out by symprop itself, which gives the same drawing on every machine, or by Graphviz if
    `graphviz` is asked for and installed. `highlight` names an element (``w1``) or a tensor (``W1``), whose paths
    to the loss stand out. Raises UserError for an unknown name or language and for a quantity that does not reach the
    loss, BudgetError for what is too large to be seen.
    """
    words = prose(language)
    if isinstance(spec, EquationsSpec):
        worked_out = _worked_out(program, values)
        drawn, drawing = program, quantities(spec, program, names, worked_out, words, graphviz=graphviz)
    else:
        drawn, drawing = _by_neurons(spec, program, names, values, words) or (
            program,
            Blocks(spec, program, names, words).drawing(graphviz=graphviz),
        )
    return drawing if highlight is None else _lit(drawing, highlight, drawn, program, names)


def _by_neurons(
    spec: NetworkSpec, program: Program, names: Names, values: Mapping[str, float], words: Prose
) -> tuple[Program, Drawing] | None:
    """The scalar program and its drawing, for a network that is small enough for it."""
    if not is_small(spec):
        return None
    scalars = unroll(program, names)
    drawing = neurons(Neurons(spec, program, names, _worked_out(scalars, values), words))
    return None if drawing is None else (scalars, drawing)


def svg_of(spec: NetworkSpec | EquationsSpec) -> str:
    """The SVG of a declaration, with the names in class and the numbers that it gives, as notebooks show it."""
    program = spec.elaborate()
    names = names_for(program)
    return svg(drawing_of(spec, program, names, element_values(program, names, spec.values)))


def _worked_out(scalars: Program, values: Mapping[str, float]) -> Mapping[str, float]:
    """The numbers given, and those that follow from them where nothing is missing."""
    is_valued = all(tensor.name in values for tensor in scalars.free)
    return evaluate_program(scalars, values, FLOAT) if is_valued else values


def _lit(drawing: Drawing, highlight: str, drawn: Program, program: Program, names: Names) -> Drawing:
    """The drawing, in which what leads from one quantity to the loss is lit."""
    chosen = _chosen(highlight, drawn, program, names)
    found = paths(drawn, chosen)
    if not found:
        remedy = "Highlight a weight, an input, or what is computed from them."
        raise UserError(f"'{highlight}' does not reach the loss {program.loss}", remedy=remedy)
    lit = {node.key for node in drawing.nodes if found & set(node.names)}
    edges = tuple(
        replace(e, lit=bool(found & set(e.names)) or (e.source in lit and e.target in lit)) for e in drawing.edges
    )
    nodes = tuple(replace(node, lit=node.key in lit) for node in drawing.nodes)
    return replace(drawing, nodes=nodes, edges=edges, highlight=highlight, paths=_in_order(found, drawn))


def _in_order(found: frozenset[str], program: Program) -> tuple[str, ...]:
    return tuple(name for name in program.tensors if name in found)


def _chosen(name: str, drawn: Program, program: Program, names: Names) -> list[str]:
    """The quantities of the drawing that a name means: itself, a tensor's elements, or the tensor of an element."""
    if name in drawn.tensors:
        return [name]
    if name in program.tensors:
        return list(names.elements(program.tensors[name]))
    place = names.place(name, {tensor.name: tensor.extents for tensor in program.tensors.values()})
    if place is None:
        known = islice(_known(program, names), MOST_SUGGESTED)
        raise UserError(f"there is no quantity '{name}'", remedy=nearest(name, known))
    return [place[0]]


def _known(program: Program, names: Names) -> Iterator[str]:
    elements = (names.elements(tensor) for tensor in program.tensors.values())
    return chain(program.tensors, chain.from_iterable(elements))
