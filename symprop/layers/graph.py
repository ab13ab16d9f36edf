"""The layers of a network as a directed acyclic graph: who reads whom, and an order in which all can be spelled out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from symprop.errors import UserError, Where, nearest, option
from symprop.layers.checks import kind
from symprop.layers.layer import Layer, input_names


@dataclass(frozen=True)
class Node:
    """A layer in its network: its number from 1 in the order given, and the nodes or network inputs that it reads."""

    layer: Layer
    number: int
    sources: tuple[int | str, ...]

    @property
    def where(self) -> Where:
        """What messages call it."""
        return kind(self.layer, self.number)

    @property
    def reads(self) -> list[tuple[str, int | str]]:
        """Its sources, each with what the layer's equations call it."""
        return list(zip(input_names(len(self.sources)), self.sources, strict=True))


def graph(layers: Sequence[Layer], inputs: Sequence[str]) -> list[Node]:
    """The layers in an order in which each comes after those that it reads; the order given, where that is one.

    A layer without `inputs` reads the layer before it, the first one the first network input. Raises UserError for a name
    that two layers have or that none has, for a wrong number of inputs, a cycle, and an output that nothing uses.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.layers.shaping import Add
    >>> nodes = graph([Dense(3, name="hidden"), Dense(3, name="more"), Add(inputs=("hidden", "more"))], ["x"])
    >>> [(node.number, node.sources) for node in nodes]
    [(1, ('x',)), (2, (1,)), (3, (1, 2))]
    """
    named = _named(layers, inputs)
    nodes = [_node(layer, number, named, inputs) for number, layer in enumerate(layers, start=1)]
    order = TopologicalSorter({node.number: [s for s in node.sources if isinstance(s, int)] for node in nodes})
    try:
        order.prepare()
    except CycleError as error:
        around = " -> ".join(str(number) for number in reversed(error.args[1]))
        raise UserError(
            "the layers form a cycle",
            where=option("inputs"),
            got=f"layers {around}",
            remedy="A layer cannot read what depends on it.",
        ).at(nodes[error.args[1][0] - 1].where) from None
    _check_use(nodes, inputs)
    return _in_order(nodes)


def _named(layers: Sequence[Layer], inputs: Sequence[str]) -> dict[str, int | str]:
    named: dict[str, int | str] = {name: name for name in inputs}
    for number, layer in enumerate(layers, start=1):
        if layer.name is not None:
            if layer.name in named:
                error = UserError(f"two things are called '{layer.name}'", where=option("name"), remedy="Rename one.")
                raise error.at(kind(layer, number))
            named[layer.name] = number
    return named


def _node(layer: Layer, number: int, named: dict[str, int | str], inputs: Sequence[str]) -> Node:
    previous: int | str = number - 1 if number > 1 else inputs[0]
    for name in layer.inputs:
        if name not in named:
            what = f"there is no layer or input '{name}' to read"
            raise UserError(what, where=option("inputs"), remedy=nearest(name, named)).at(kind(layer, number))
    node = Node(layer, number, tuple(named[name] for name in layer.inputs) or (previous,))
    if len(node.sources) < layer.least_inputs or len(node.sources) > (layer.most_inputs or len(node.sources)):
        few = f"at least {layer.least_inputs}" if layer.most_inputs is None else str(layer.most_inputs)
        remedy = "Name what it reads in its inputs." if layer.least_inputs > 1 else None
        got = str(len(node.sources))
        what = "a wrong number of inputs"
        raise UserError(what, where=option("inputs"), expected=few, got=got, remedy=remedy).at(node.where)
    return node


def _check_use(nodes: list[Node], inputs: Sequence[str]) -> None:
    """Every layer but the last, and every input, is to be read by some layer."""
    read = {source for node in nodes for source in node.sources}
    for node in nodes[:-1]:
        if node.number not in read:
            raise UserError(
                "nothing reads the layer's output", where=node.where, remedy="Name it in another layer's inputs."
            )
    for name in inputs:
        if name not in read:
            what, remedy = f"nothing reads the input '{name}'", "Name it in a layer's inputs."
            raise UserError(what, where=Where("", "input", name), remedy=remedy)


def _in_order(nodes: list[Node]) -> list[Node]:
    """Depth first from the last layer, by a stack of its own; what comes first in the list comes first here."""
    found: dict[int, Node] = {}
    for root in nodes:
        waiting = [root]
        while waiting:
            node = waiting[-1]
            ahead = [nodes[s - 1] for s in node.sources if isinstance(s, int) and s not in found]
            if ahead and node.number not in found:
                waiting += reversed(ahead)
            else:
                found.setdefault(waiting.pop().number, node)
    return list(found.values())
