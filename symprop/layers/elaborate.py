"""From a graph of layers and a loss to a Program: tensors are handed on, names kept apart, sizes bounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from symprop.errors import BudgetError, UserError, Where, option
from symprop.ir.check import check
from symprop.ir.program import Equation, Program
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
    penalties = [_penalty(*pair) for pair in layers if pair[0].layer.l1 or pair[0].layer.l2]
    total = total_loss(lost, [lines[-1].target.tensor for lines in penalties], axes)
    equations = (
        *(line for _, spelled_out in layers for line in spelled_out.equations),
        *lost.equations,
        *(line for lines in penalties for line in lines),
        total,
    )
    defined = [line.name for line in equations]
    given = {name for node in nodes for name in node.layer.shared.values()}
    _check_inputs(sources, {t.name, *(parameters.keys() - given), *defined})
    _check_own_names(layers, defined)
    free = _free(layers, {*sources, t.name, *defined})
    program = Program((*sources.values(), t, *free), equations, LOSS_NAME, lost.facts, output=last[1].output.name)
    return check(program, UserError)


def _input(name: str, shape: Shape, batch: int | None, nodes: Sequence[Node]) -> Tensor:
    """An input is of integers where a layer picks elements by it."""
    letters = _LETTERS[len(_LETTERS) - len(shape) :] if len(shape) <= len(_LETTERS) else None
    own = [Index(letters[n] if letters else f"k{n}", extent) for n, extent in enumerate(shape)]
    leading = [] if batch is None else [Index("n", batch)]
    readers = {called in node.layer.integers for node in nodes for called, source in node.reads if source == name}
    if len(readers) == 2:
        what, where = f"the input '{name}' is read as integers and as numbers", Where("", "input", name)
        raise UserError(what, where=where, remedy="Make two inputs of it.")
    return Tensor(name, (*leading, *own), Role.INDEX if readers == {True} else Role.INPUT)


def _spelled_out(
    node: Node, sources: tuple[Tensor, ...], batch: int, training: bool, known: Mapping[str, Tensor]
) -> LayerEquations:
    if any(called in node.layer.integers and isinstance(source, int) for called, source in node.reads):
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


def _penalty(node: Node, spelled_out: LayerEquations) -> tuple[Equation, ...]:
    """The equations of the penalties that a layer has; UserError where they are on nothing."""
    layer, tensors = node.layer, spelled_out.tensors.items()
    own = [(name, tensor) for name, tensor in tensors if tensor.role is Role.PARAMETER and tensor.trainable]
    weights = list(dict.fromkeys(tensor for name, tensor in own if layer.penalises(name, len(tensor.indices))))
    if not weights:
        key = "l2" if layer.l2 else "l1"
        remedy = "Name the weights that it is on under penalised." if layer.is_own else f"Leave {key} out."
        what, expected = f"{key} finds nothing to penalise", "weights that are trained"
        raise UserError(what, where=option(key), expected=expected, remedy=remedy).at(node.where)
    return penalty(weights, layer.l1, layer.l2, node.number)


def _check_size(node: Node, what: str, size: int, most: int, of: str) -> None:
    if size > most:
        raise BudgetError(what, where=node.where, expected=f"at most {most:,} {of}", got=f"{size:,}", remedy=_SMALLER)


def _check_own_names(layers: Sequence[tuple[Node, LayerEquations]], defined: Sequence[str]) -> None:
    """UserError where two quantities have one name; of those, the one that a user wrote has to give way.

    First of all one that ends in a digit: ``W1`` of layer 2 and ``W`` of layer 12 are both ``W12``.
    """
    brought = [(node, spelled_out, _brought(node, spelled_out)) for node, spelled_out in layers]
    counts = Counter([*defined, *(tensor.name for _, _, free in brought for tensor in free)])
    written = [
        (
            not own.partition("_")[0][-1].isdigit(),
            node.number,
            own,
            tensor.name,
            node,
            spelled_out.texts.get(tensor.name),
        )
        for node, spelled_out, free in brought
        if node.layer.is_own
        for own, tensor in spelled_out.tensors.items()
        if counts[tensor.name] > 1 and (tensor in free or tensor.name in spelled_out.texts)
    ]
    if not written:
        return
    _, _, own, name, node, line = min(written, key=lambda found: found[:3])
    what = f"'{own}' is '{name}' in the network, which {_namesake(name, node, layers)} is called as well"
    where = None if line is None else Where(f"equation '{line.text}'", "equation", line.text)
    raise UserError(what, where=where, remedy=f"Rename '{own}' in the layer's equations.").at(node.where)


def _namesake(name: str, of: Node, layers: Sequence[tuple[Node, LayerEquations]]) -> str:
    """What else a name of the layer `of` stands for."""
    for node, spelled_out in layers:
        own = name in spelled_out.texts
        if spelled_out.function and sum(line.name == name for line in spelled_out.equations) > own:
            what = "the output" if name == spelled_out.output.name else "a part"
            function = f"activation '{spelled_out.function.name}'"
            return f"{what} of its {function}" if node is of else f"{what} of the {function} of {node.where}"
        if node is not of and (own or name in {tensor.name for tensor in _brought(node, spelled_out)}):
            return f"a quantity of {node.where}"
    return "a quantity of the loss"


def _brought(node: Node, spelled_out: LayerEquations) -> set[Tensor]:
    """The parameters and constants that a layer has named itself."""
    return {tensor for tensor in spelled_out.free if tensor.name not in node.layer.shared.values()}


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
