"""The chapters on a network of any layers: forward layer by layer, then backward, each equation with indices and as matrices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from symprop.document.blocks import Block, Equations, Heading, Inline, Math, Pairs, Paragraph, Text, listed
from symprop.document.lines import Lines, Pair
from symprop.document.network import kind
from symprop.document.setting import facts_note, function_note
from symprop.document.subject import Subject
from symprop.document.time import LEAST, TIME, Folder
from symprop.ir.nodes import Reduction, SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import BACKWARD, Index, Role
from symprop.layers.graph import Node
from symprop.notation.apart import parts
from symprop.notation.formula import Chain, Symbol
from symprop.views.delta import adjoints_by_name

LOSS = 0  # in place of a layer's number


@dataclass(frozen=True)
class Layerwise:
    """The story of each layer; `folder` folds what is unrolled in time, and gathers the looks that it needs."""

    subject: Subject

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.subject.core)

    @cached_property
    def folder(self) -> Folder:
        return Folder(self.subject.training_names)

    @cached_property
    def nodes(self) -> list[Node]:
        return [] if self.subject.network is None else self.subject.network.nodes

    def forward(self) -> Iterator[Block]:
        """What each layer computes, and the loss."""
        yield Heading(2, ("Forward pass",))
        yield Paragraph(
            ("From the inputs to the loss, each equation with indices, and as matrices where they say the same.",)
        )
        met: set[str] = set()
        for node in self.order:
            names = [e.name for e in self._equations(node)]
            yield Heading(3, (f"Layer {node}: {self._kind_of(node)}",))
            yield from self._block(f"forward-{node}", names) if names else [Paragraph(("It hands on what it reads.",))]
            yield from self._functions(str(node), self._equations(node), met)
        yield Heading(3, ("The loss",))
        yield from self._block("forward-loss", [e.name for e in self._equations(LOSS)])
        yield from self._functions("loss", self._equations(LOSS), met)
        yield from facts_note(self.subject)

    def backward(self) -> Iterator[Block]:
        """The adjoint of what each layer computes, and the gradients of its parameters, from the loss on."""
        subject = self.subject
        yield Heading(2, ("Backward pass",))
        yield Paragraph(
            (
                "From the loss back. A quantity under a bar, or δ with the quantity below it, is the derivative of ",
                Math(Symbol(subject.loss)),
                " by that quantity. It is found from the derivatives by what the quantity was used for; what is used several "
                "times gets the sum of what its uses contribute.",
            )
        )
        groups = self._backward_names()
        for layer in (LOSS, *reversed(self.order)):
            if groups.get(layer):
                title = "The loss" if layer == LOSS else f"Layer {layer}: {self._kind_of(layer)}"
                yield Heading(3, (title,))
                yield from self._block(f"backward-{layer or 'loss'}", groups[layer])
                yield from self._shared_note(groups[layer])

    @cached_property
    def order(self) -> list[int]:
        """The layers in the order in which they are computed."""
        if self.nodes:
            return [node.number for node in self.nodes]
        return list(dict.fromkeys(e.origin.layer for e in self.subject.forward.equations if e.origin.layer))

    def _kind_of(self, number: int) -> str:
        return next((kind(node) for node in self.nodes if node.number == number), "equations")

    def _equations(self, layer: int) -> list[Equation]:
        """The forward equations of a layer, or those of the loss and its penalties."""
        return [e for e in self.subject.forward.equations if _place(e) == layer]

    def _backward_names(self) -> dict[int, list[str]]:
        """The adjoints that stand by name and the gradients, by the layer whose equations they belong to."""
        core = self.subject.core
        gradients = core.gradients.values()
        wanted = {*adjoints_by_name(core.program, gradients), *gradients}
        first: dict[str, int] = {}
        for equation in core.forward.equations:
            for access in equation.value.accesses:
                first.setdefault(access.tensor.name, _place(equation))
        groups: dict[int, list[str]] = {}
        for equation in core.program.equations:
            if equation.name in wanted and equation.target.tensor.role in BACKWARD:
                primal = equation.target.tensor.primal
                forward = core.forward.by_name.get(primal or "")
                layer = equation.origin.layer or LOSS
                if forward is not None:
                    layer = _place(forward)
                elif primal is not None:
                    layer = first.get(primal, LOSS)
                groups.setdefault(layer, []).append(equation.name)
        return groups

    def _block(self, name: str, names: list[str]) -> Iterator[Block]:
        """The equations of a chapter, with the remarks that they need."""
        equations = [self.subject.core.program.by_name[n] for n in names]
        pairs, folded = self._folded([(n, self.lines.pair(n)) for n in names])
        yield Pairs(name, tuple(pairs))
        yield from _remark(self._ranges(equations, folded))
        yield from _remark(_part_note(equations))
        if any(pair.by_index.relation == "+=" for pair in pairs):
            yield Paragraph(
                (
                    "A line with += starts from 0 and adds up, for every value of its indices, into the element that its "
                    "left side names; what falls outside is dropped.",
                )
            )
        lacking = [e for e in equations if e.target.tensor.indices and self.lines.lacks_matrix(e.name)]
        if lacking:
            yield Paragraph(("No matrix form says what stands here with indices alone.",))

    def _folded(self, named: list[tuple[str, Pair]]) -> tuple[list[Pair], bool]:
        """The equations of a layer that is unrolled in time as one for each kind, with sums over time; others as they are."""
        if not any(self._step(name) is not None for name, _ in named):
            return [pair for _, pair in named], False
        families: dict[str, list[Pair]] = {}
        for name, pair in named:
            step = self._step(name)
            family = name if step is None else name.removesuffix(f"_{step}")
            families[family] = [*families.pop(family, []), pair]  # the order is that of the last step
        return [pair for members in families.values() for pair in self._steps(members)], True

    def _steps(self, members: list[Pair]) -> list[Pair]:
        """The members of a family, the steps in order."""
        ordered = sorted(members, key=lambda pair: _digits(pair.by_index))
        chains = [self.folder.chain(pair.by_index) for pair in ordered]
        forms = [self.folder.chain(pair.by_matrix) for pair in ordered if pair.by_matrix is not None]
        if len(members) >= LEAST:
            chains, forms = self.folder.steps(chains), self.folder.steps(forms)
        return [Pair(chain, forms[n] if len(forms) == len(chains) else None) for n, chain in enumerate(chains)]

    def _step(self, name: str) -> int | None:
        """The step in time that a quantity, or what its adjoint belongs to, is of."""
        tensor = self.subject.core.program.tensors[name]
        primal = tensor.primal if tensor.role in BACKWARD and tensor.primal else name.rpartition("_via_")[2]
        _, number, rest = parts(primal)
        node = next((node for node in self.nodes if rest and str(node.number) == number), None)
        return int(rest) if node is not None and hasattr(node.layer, "states") else None

    def _ranges(self, equations: Iterable[Equation], folded: bool) -> Text:
        """Up to where each letter counts, unless one letter has two ends."""
        ends: dict[str, set[int]] = {}
        for index in (index for equation in equations for index in _indices(equation)):
            ends.setdefault(index.name, set()).add(index.extent)
        inlines: list[Text] = [
            (Math(Symbol(name)), f" to {min(extents)}") for name, extents in ends.items() if len(extents) == 1
        ]
        text: Text = ("Indices run from 1: ", *_joined(inlines), ".") if inlines else ()
        if folded:
            text += (
                " A line with ",
                Math(Symbol(TIME)),
                " holds for every step in time that has no line of its own, and a sum over it without limits runs over all "
                "steps.",
            )
        return text

    def _functions(self, place: str, equations: list[Equation], met: set[str]) -> Iterator[Block]:
        """What the functions mean, at their first use."""
        for block in function_note(place, equations, spelled_out=False):
            if isinstance(block, Equations):
                new = tuple(chain for chain in block.chains if str(chain.sides[0]) not in met)
                met.update(str(chain.sides[0]) for chain in new)
                if new:
                    yield Paragraph(("Here",))
                    yield replace(block, chains=new)

    def _shared_note(self, names: list[str]) -> Iterator[Block]:
        """Says why the gradient of a parameter that several layers share is a sum."""
        core = self.subject.core
        for name in names:
            tensor = core.forward.tensors.get(core.program.tensors[name].primal or "")
            if tensor is None or tensor.role is not Role.PARAMETER:
                continue
            numbers = [str(number) for number in self.subject.layers_that_read(tensor)]
            if len(numbers) > 1:
                yield Paragraph(
                    (
                        Math(Symbol(tensor.name)),
                        " is shared by layers ",
                        *listed(numbers),
                        ", so its gradient is the sum of what each contributes.",
                    )
                )


def _place(equation: Equation) -> int:
    """The layer of a forward equation; a penalty stands with the loss."""
    return LOSS if equation.origin.rule == "penalty" else equation.origin.layer or LOSS


def _indices(equation: Equation) -> Iterator[Index]:
    yield from equation.target.free
    if isinstance(equation.value, SumOfProducts):
        yield from (index for term in equation.value.terms for index in term.over)
    elif isinstance(equation.value, Reduction):
        yield from equation.value.over


def _part_note(equations: Iterable[Equation]) -> Text:
    """What is named besides adjoints."""
    rules = {equation.origin.rule for equation in equations}
    shares = ("An arrow points from one use to what it contributes.",) if "share" in rules else ()
    local = ("D is the derivative of the first quantity below it by the second, at one place.",)
    return (
        *shares,
        *([" "] if shares and "local derivative" in rules else []),
        *(local if "local derivative" in rules else ()),
    )


def _digits(chain: Chain) -> tuple[int, ...]:
    """The numbers of the left side, by which steps are in order."""
    return tuple(map(int, re.findall("[0-9]+", repr(chain.sides[0]))))


def _remark(text: Text) -> Iterator[Block]:
    if text:
        yield Paragraph(text)


def _joined(texts: list[Text]) -> Iterator[Inline]:
    for position, text in enumerate(texts):
        if position:
            yield " and " if position == len(texts) - 1 else ", "
        yield from text
