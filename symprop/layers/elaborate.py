"""From a graph of layers and a loss to a Program: tensors are handed on, names kept apart, sizes bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from symprop.errors import BudgetError, UserError, Where, option
from symprop.ir.check import check
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.graph import Node
from symprop.layers.layer import LayerEquations, Shape, spell_out
from symprop.layers.loss import LOSS_NAME, penalty, spell_out_loss, total_loss
from symprop.rules.joint_losses import JointLoss
from symprop.rules.losses import Loss

LARGEST_LAYER = 1_000_000
MOST_PARAMETERS = MOST_ELEMENTS = 100_000_000
_LETTERS = "ghijk"
_SMALLER = "Make the layers smaller."
_TAKEN = "Another quantity of the network has that name."


def elaborate(
    nodes: Sequence[Node], inputs: Mapping[str, Shape], loss: Loss | JointLoss, batch: int | None, training: bool
) -> Program:
    """The forward program of a network, whose nodes stand in an order in which each comes after what it reads.

    Raises UserError where shapes or names do not fit, BudgetError for a size beyond all use; both name the layer.
    """
    axes = 0 if batch is None else 1
    sources = {name: _input(name, shape, batch, nodes) for name, shape in inputs.items()}
    known: dict[int | str, Tensor] = {}
    known.update(sources)
    layers: list[tuple[Node, LayerEquations]] = []
    parameters: dict[str, Tensor] = {}
    for node in nodes:
        reads = tuple(known[source] for source in node.sources)
        spelled_out = _spelled_out(node, reads, axes, training, parameters)
        known[node.number] = spelled_out.output
        parameters.update((tensor.name, tensor) for tensor in spelled_out.free if tensor.name not in parameters)
        layers.append((node, spelled_out))
    last = max(layers, key=lambda pair: pair[0].number)
    t = Tensor("t", last[1].output.indices, Role.TARGET)
    if isinstance(loss, JointLoss) and len(t.indices) == axes:
        what = f"the loss '{loss.name}' joins the outputs of an example, and there is one output"
        raise UserError(what, where=last[0].where, remedy="Let the last layer have an axis of outputs.")
    lost = spell_out_loss(loss, last[1], t, last[0].number)
    penalties = [tuple(penalty(e.free, n.layer.l1, n.layer.l2, n.number)) for n, e in layers]
    total = total_loss(lost, [lines[-1].target.tensor for lines in penalties if lines], axes)
    equations = (
        *(line for _, spelled_out in layers for line in spelled_out.equations),
        *lost.equations,
        *(line for lines in penalties for line in lines),
        total,
    )
    defined = [line.name for line in equations]
    given = {name for node in nodes for name in node.layer.shared.values()}
    _check_inputs(sources, {t.name, *(parameters.keys() - given), *defined})
    _check_defined(layers, defined)
    free = _free(layers, {*sources, t.name, *defined})
    program = Program((*sources.values(), t, *free), equations, LOSS_NAME, lost.facts, output=last[1].output.name)
    return check(program, UserError)


def _input(name: str, shape: Shape, batch: int | None, nodes: Sequence[Node]) -> Tensor:
    """An input is of integers where an embedding reads it."""
    letters = _LETTERS[len(_LETTERS) - len(shape) :] if len(shape) <= len(_LETTERS) else None
    own = [Index(letters[n] if letters else f"k{n}", extent) for n, extent in enumerate(shape)]
    leading = [] if batch is None else [Index("n", batch)]
    readers = {node.layer.reads_integers for node in nodes if name in node.sources}
    if readers == {True, False}:
        what, where = f"the input '{name}' is read as integers and as numbers", Where("", "input", name)
        raise UserError(what, where=where, remedy="Make two inputs of it.")
    return Tensor(name, (*leading, *own), Role.INDEX if readers == {True} else Role.INPUT)


def _spelled_out(
    node: Node, sources: tuple[Tensor, ...], batch: int, training: bool, known: Mapping[str, Tensor]
) -> LayerEquations:
    if node.layer.reads_integers and any(isinstance(source, int) for source in node.sources):
        what, remedy = "integers come from an input of the network only", "Name the input in the layer's inputs."
        raise UserError(what, where=option("inputs"), remedy=remedy).at(node.where)
    try:
        spelled_out = spell_out(node.layer, node.number, sources, batch, training, known)
    except UserError as error:
        raise error.at(node.where) from None
    sizes = [prod(line.target.tensor.extents) for line in spelled_out.equations]
    _check_size(node, "the layer is too large", prod(spelled_out.output.extents[batch:]), LARGEST_LAYER, "units")
    _check_size(node, "an equation of the layer is too large", max(sizes, default=0), MOST_ELEMENTS, "numbers")
    return spelled_out


def _check_size(node: Node, what: str, size: int, most: int, of: str) -> None:
    if size > most:
        raise BudgetError(what, where=node.where, expected=f"at most {most:,} {of}", got=f"{size:,}", remedy=_SMALLER)


def _check_defined(layers: Sequence[tuple[Node, LayerEquations]], names: Sequence[str]) -> None:
    """UserError where two equations define one name; of those, the one that a user wrote has to give way."""
    counts = Counter(names)
    for node, spelled_out in layers:
        for name, line in spelled_out.texts.items() if node.layer.is_own else ():
            if counts[name] > 1:
                own, where = line.target.tensor, Where(f"equation '{line.text}'", "equation", line.text)
                what = f"'{own}' is '{name}' in the network, which another quantity is called as well"
                raise UserError(what, where=where, remedy=f"Rename '{own}' in the layer's equations.").at(node.where)


def _check_inputs(inputs: Iterable[str], taken: set[str]) -> None:
    for name in inputs:
        if name in taken:
            what, where = f"an input cannot be called '{name}'", Where("", "input", name)
            raise UserError(what, where=where, remedy=f"{_TAKEN} Choose one such as {name}_in.")


def _free(layers: Sequence[tuple[Node, LayerEquations]], taken: set[str]) -> list[Tensor]:
    """The layers' parameters and constants, each once; a parameter that several share must have one shape."""
    found: dict[str, Tensor] = {}
    for node, spelled_out in layers:
        given = {name: own for own, name in node.layer.shared.items()}
        for tensor in spelled_out.free:
            where = option(node.layer.shared_by(given[tensor.name])) if tensor.name in given else None
            if tensor.name in taken:
                what = f"a parameter cannot be called '{tensor.name}'"
                remedy = f"{_TAKEN} Choose one such as V{node.number}."
                raise UserError(what, where=where, remedy=remedy).at(node.where)
            earlier = found.setdefault(tensor.name, tensor)
            if earlier is not tensor:
                _check_shared(earlier, tensor, node, where)
    count = sum(prod(tensor.extents) for tensor in found.values() if len(tensor.extents) >= 2)
    if count > MOST_PARAMETERS:
        got = f"{count:,} (about {count * 8 / 1e9:.1f} GB in float64)"
        raise BudgetError(
            "the network is too large", expected=f"at most {MOST_PARAMETERS:,} weights", got=got, remedy=_SMALLER
        )
    return list(found.values())


def _check_shared(earlier: Tensor, tensor: Tensor, node: Node, where: Where | None) -> None:
    """UserError where a parameter is no other use of an earlier one; `where` says which option gives its name, if one does."""
    if where is None:
        raise UserError(
            f"'{tensor.name}' is the name of this layer's own parameter, and an earlier layer has taken it",
            where=node.where,
            remedy="To share them, name it in this layer too; else rename the earlier ones.",
        )
    if (earlier.extents, earlier.trainable) != (tensor.extents, tensor.trainable):
        raise UserError(
            f"the shared parameter '{tensor.name}' does not fit",
            where=where,
            expected=_described(earlier),
            got=_described(tensor),
            remedy="Layers that share a parameter need it in one shape, and the same trainable.",
        ).at(node.where)


def _described(tensor: Tensor) -> str:
    return f"shape {tensor.extents}, {'trainable' if tensor.trainable else 'fixed'}"
