"""A list of equations drawn as a graph of its quantities: what each is computed from; numbers stand below the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from symprop.drawing.captions import of_equations
from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.fit import Graph, fitted
from symprop.drawing.graph import laid_out
from symprop.drawing.numbers import number
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.notation.names import Names
from symprop.notation.spelling import symbol
from symprop.prose import Prose

MOST_QUANTITIES = 150
ROUND = 52.0
SHADES = {Kind.INPUT: 0, Kind.PARAMETER: 1, Kind.QUANTITY: 2}


def quantities(
    spec: EquationsSpec,
    program: Program,
    names: Names,
    values: Mapping[str, float],
    prose: Prose,
    *,
    graphviz: bool,
) -> Drawing:
    """The graph of a list of equations, from the left to its loss; BudgetError for more quantities than can be seen."""
    if len(program.tensors) > MOST_QUANTITIES:
        expected, got = f"at most {MOST_QUANTITIES} quantities", str(len(program.tensors))
        raise BudgetError("there are too many equations to be drawn", expected=expected, got=got)
    nodes = [_node(name, program, names, values) for name in program.tensors]
    edges = list(_edges(program))
    placed = laid_out(Graph(nodes, edges, down=False, apart=22.0, gap=64.0), graphviz=graphviz)
    return fitted(Drawing(spec.name, of_equations(prose, spec), "quantities", *placed))


def _node(name: str, program: Program, names: Names, values: Mapping[str, float]) -> Node:
    kinds = {Role.LOSS: Kind.LOSS, Role.PARAMETER: Kind.PARAMETER, Role.INPUT: Kind.INPUT}
    kind = kinds.get(program.tensors[name].role, Kind.QUANTITY)
    labels = [Label(symbol(name, names), 0.0, 0.0, 15.0, of=name)]
    if name in values:
        labels = [
            Label(symbol(name, names), 0.0, -8.0, 15.0, of=name),
            Label(number(values[name]), 0.0, 9.0, 11.5, "value", name),
        ]
    wide = max(ROUND, *(label.width + 20 for label in labels))
    return Node(name, kind, (name,), 0, 0, wide, 46.0 if kind is Kind.LOSS else ROUND, SHADES.get(kind), tuple(labels))


def _edges(program: Program) -> Iterator[Edge]:
    for equation in program.equations:
        for name in dict.fromkeys(access.tensor.name for access in equation.value.accesses):
            yield Edge(name, equation.name, (), ())
