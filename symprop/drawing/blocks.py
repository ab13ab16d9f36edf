"""A network of any layers drawn as a graph of blocks, one a layer, each with what it is and the shape of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.drawing.captions import block_title, loss_caption, of_blocks
from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.fit import Graph, fitted
from symprop.drawing.graph import laid_out
from symprop.drawing.numbers import shape
from symprop.errors import BudgetError
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.spelling import symbol
from symprop.prose import Prose

MOST_LAYERS = 150
MOST_PARAMETERS = 6  # named in a block
LINE, SPACE, NARROWEST = 21.0, 9.0, 64.0
TALLER = 4.0  # how much higher a line is where something stands above and below its letters
LOSS = "-loss"  # the key of its node, which no quantity can be called


@dataclass(frozen=True)
class Blocks:
    """The graph of one network; nodes and lines stand for tensors."""

    spec: NetworkSpec
    program: Program
    names: Names
    prose: Prose

    def drawing(self, *, graphviz: bool) -> Drawing:
        """Every block in its place; BudgetError for more than can be seen."""
        if len(self.spec.layers) > MOST_LAYERS:
            expected, got = f"at most {MOST_LAYERS} layers", str(len(self.spec.layers))
            raise BudgetError("the network has too many layers to be drawn", expected=expected, got=got)
        graph = Graph(list(self._nodes()), list(self._edges()), down=True)
        nodes, edges = laid_out(graph, graphviz=graphviz)
        return fitted(Drawing(self.spec.name, of_blocks(self.prose, self.spec), "blocks", nodes, edges))

    def _nodes(self) -> Iterator[Node]:
        for name in self.spec.shapes:
            yield self._block(Kind.INPUT, name, 0, (name,), "", self.program.tensors[name])
        for node in self.spec.nodes:
            output = self.outputs[node.number]
            yield self._block(
                Kind.BLOCK,
                str(node.number),
                node.number,
                self._own(node.number),
                block_title(self.prose, node.layer),
                output,
            )
        for target in self.program.with_role(Role.TARGET):
            yield self._block(Kind.TARGET, target.name, None, (target.name,), "", target)
        own = [equation.name for equation in self.program.equations if not _is_of_layer(equation)]
        total = self.program.tensors[self.program.loss]
        yield self._block(Kind.LOSS, LOSS, None, own, loss_caption(self.prose, self.spec), total)

    def _edges(self) -> Iterator[Edge]:
        for node in self.spec.nodes:
            for source in dict.fromkeys(node.sources):
                carried = source if isinstance(source, str) else self.outputs[source].name
                yield Edge(str(source), str(node.number), (), (carried,))
        last = max(node.number for node in self.spec.nodes)
        yield Edge(str(last), LOSS, (), (self.outputs[last].name,))
        for target in self.program.with_role(Role.TARGET):
            yield Edge(target.name, LOSS, (), (target.name,), light=True)

    @cached_property
    def outputs(self) -> dict[int, Tensor]:
        """What each layer gives to those after it; one without equations hands on what it reads."""
        found: dict[int, Tensor] = {}
        for node in self.spec.nodes:
            own = [e.target.tensor for e in self._equations(node.number) if e.target.tensor.role is Role.INTERMEDIATE]
            source = node.sources[0]
            read = self.program.tensors[source] if isinstance(source, str) else found[source]
            found[node.number] = own[-1] if own else read
        return found

    def _equations(self, layer: int) -> list[Equation]:
        return [e for e in self.program.equations if e.origin.layer == layer and _is_of_layer(e)]

    def _parameters(self, layer: int) -> list[str]:
        """The parameters that a layer's equations read, each once."""
        read = (access.tensor for e in self._equations(layer) for access in e.value.accesses)
        return list(dict.fromkeys(tensor.name for tensor in read if tensor.role is Role.PARAMETER))

    def _own(self, layer: int) -> list[str]:
        return [*self._parameters(layer), *(equation.name for equation in self._equations(layer))]

    def _block(self, kind: Kind, key: str, layer: int | None, names: Sequence[str], title: str, gives: Tensor) -> Node:
        """A box with lines of text: what it is, what it gives and in which shape, and its parameters."""
        parameters = self._parameters(layer) if layer else []
        looks = [symbol(name, self.names) for name in parameters[:MOST_PARAMETERS]]
        more = [r"\ldots"] if len(parameters) > MOST_PARAMETERS else []
        titled = [[Label(title, 0.0, 0.0, 14.0, "title")]] if title else []
        extents = shape(gives.extents)
        output = [Label(symbol(gives.name, self.names), 0.0, 0.0, 14.5, of=gives.name)]
        output += [Label(extents, 0.0, 0.5, 13.0, "text")] if extents else []
        listed = [[Label(r",\ ".join([*looks, *more]), 0.0, 0.0, 13.5)]] if looks else []
        return boxed(kind, key, layer, names, [*titled, output, *listed])


def boxed(kind: Kind, key: str, layer: int | None, names: Sequence[str], lines: Sequence[Sequence[Label]]) -> Node:
    """A node around lines, each of one label or of several beside each other."""
    wides = [sum(label.width for label in line) + SPACE * (len(line) - 1) for line in lines]
    highs = [LINE + TALLER * any(label.is_tall for label in line) for line in lines]
    wide, high = max(NARROWEST, *(w + 28 for w in wides)), sum(highs) + 14
    labels, top = [], -sum(highs) / 2
    for line, width, line_high in zip(lines, wides, highs, strict=True):
        x = -width / 2
        for label in line:
            labels.append(replace(label, x=x + label.width / 2, y=label.y + top + line_high / 2))
            x += label.width + SPACE
        top += line_high
    return Node(key, kind, tuple(names), 0, 0, wide, high, layer, tuple(labels))


def _is_of_layer(equation: Equation) -> bool:
    return equation.origin.layer is not None and equation.origin.rule != "penalty"
