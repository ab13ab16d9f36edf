"""A network of any layers drawn as a graph of blocks, one a layer, each with what it is and the shape of what it gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.drawing.figure import Drawing, Edge, Kind, Label, Node
from symprop.drawing.fit import fitted
from symprop.drawing.graph import Graph, laid_out
from symprop.drawing.words import block_title, blocks_words, loss_words, shape_words
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.notation.spelling import symbol

MOST_PARAMETERS = 6  # named in a block
LINE, NARROWEST = 19.0, 64.0
SIZES = {"title": 14.0, "math": 14.5}
LOSS = "loss"  # the key of its node; no quantity and no layer has it as theirs


@dataclass(frozen=True)
class Blocks:
    """The graph of one network; nodes and lines stand for tensors."""

    spec: NetworkSpec
    program: Program
    names: Names

    def drawing(self) -> Drawing:
        nodes, edges = laid_out(Graph(list(self._nodes()), list(self._edges()), down=True))
        return fitted(Drawing(self.spec.name, blocks_words(self.spec), "blocks", nodes, edges))

    def _nodes(self) -> Iterator[Node]:
        for name in self.spec.shapes:
            yield self._block(Kind.INPUT, name, 0, (name,), "", self.program.tensors[name])
        for node in self.spec.nodes:
            output = self.outputs[node.number]
            yield self._block(
                Kind.BLOCK, str(node.number), node.number, self._own(node.number), block_title(node.layer), output
            )
        for target in self.program.with_role(Role.TARGET):
            yield self._block(Kind.TARGET, target.name, None, (target.name,), "", target)
        own = [equation.name for equation in self.program.equations if not _is_of_layer(equation)]
        total = self.program.tensors[self.program.loss]
        yield self._block(Kind.LOSS, LOSS, None, own, loss_words(self.spec), total)

    def _edges(self) -> Iterator[Edge]:
        first = self.spec.nodes[0].sources[0]
        for node in self.spec.nodes:
            for source in dict.fromkeys(node.sources):
                carried = source if isinstance(source, str) else self.outputs[source].name
                yield Edge(
                    str(source),
                    str(node.number),
                    (),
                    (carried,),
                    main=source in (node.number - 1, first) and source == node.sources[0],
                )
        last = max(node.number for node in self.spec.nodes)
        yield Edge(str(last), LOSS, (), (self.outputs[last].name,), main=True)
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
        return list(dict.fromkeys(tensor.name for tensor in read if tensor.role in (Role.PARAMETER, Role.STATE)))

    def _own(self, layer: int) -> list[str]:
        return [*self._parameters(layer), *(equation.name for equation in self._equations(layer))]

    def _block(self, kind: Kind, key: str, layer: int | None, names: Sequence[str], title: str, gives: Tensor) -> Node:
        """A box with lines of text: what it is, what it gives and in which shape, and its parameters."""
        parameters = self._parameters(layer) if layer else []
        looks = [symbol(name, self.names) for name in parameters[:MOST_PARAMETERS]]
        more = [r"\ldots"] if len(parameters) > MOST_PARAMETERS else []
        shape = shape_words(gives.extents)
        texts = [(title, "title"), (symbol(gives.name, self.names), "math"), (r",\ ".join([*looks, *more]), "math")]
        lines = [Label(text, 0.0, 0.0, SIZES[style], style) for text, style in texts if text]
        if shape:
            place = 1 if title else 0
            lines[place : place + 1] = [lines[place], Label(shape, 0.0, 0.0, 13.0, "text")]
        return boxed(kind, key, layer, names, lines)


def boxed(kind: Kind, key: str, layer: int | None, names: Sequence[str], lines: Sequence[Label]) -> Node:
    """A node around lines of text."""
    wide = max(NARROWEST, *(label.width + 26 for label in lines))
    high = LINE * len(lines) + 12
    labels = tuple(replace(la, y=(k - (len(lines) - 1) / 2) * LINE) for k, la in enumerate(lines))
    return Node(key, kind, tuple(names), 0, 0, wide, high, layer, labels)


def _is_of_layer(equation: Equation) -> bool:
    return equation.origin.layer is not None and equation.origin.rule != "penalty"
