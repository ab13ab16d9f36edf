"""The chapters on a network of any layers: forward layer by layer, then backward, each equation with indices and as matrices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

from symprop.document.blocks import Block, Equations, Heading, Pairs, Paragraph
from symprop.document.deltas import delta_note
from symprop.document.lines import Lines, Pair
from symprop.document.meanings import meaning_note
from symprop.document.network import kind, same_loss_note
from symprop.document.ranges import Told, ranges
from symprop.document.setting import facts_note, function_note
from symprop.document.stacks import Stacks
from symprop.document.subject import Subject
from symprop.document.time import Folder
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.layers.graph import Node
from symprop.notation.formula import Symbol
from symprop.prose import Prose
from symprop.prose.text import Math, Text
from symprop.views.delta import adjoints_by_name
from symprop.views.index import Line
from symprop.views.rows import Rows

LOSS = 0  # in place of a layer's number
_LETTERS = ("tau", "theta", "xi", "zeta")  # for any step in time


@dataclass(frozen=True)
class Layerwise:
    """The story of each layer; `folder` folds what is unrolled in time, and gathers the looks that it needs."""

    subject: Subject

    @cached_property
    def lines(self) -> Lines:
        """The equations, with indices and as matrices."""
        return Lines(self.subject.core)

    @cached_property
    def stacks(self) -> Stacks:
        """Which tensors are rows of a larger one, as the states of a sequence are."""
        return Stacks(self.subject.core)

    @cached_property
    def rows(self) -> Rows:
        """The adjoints that get their shares row by row."""
        return Rows(self.subject.core)

    @cached_property
    def folder(self) -> Folder:
        """What folds steps in time, by a letter that no quantity of the program has."""
        return Folder(self.subject.training_names, _letter(self.subject.core.program))

    @cached_property
    def nodes(self) -> list[Node]:
        """The layers in the graph; none for a list of equations."""
        return [] if self.subject.network is None else self.subject.network.nodes

    def forward(self) -> Iterator[Block]:
        """What each layer computes, and the loss."""
        say = self.subject.say
        yield Heading(2, say("setting.forward_pass"))
        yield Paragraph(say("layerwise.forward"))
        met: set[str] = set()
        for node in self.order:
            names = [e.name for e in self._equations(node)]
            yield Heading(3, self._title(node))
            yield from self._block(f"forward-{node}", names) if names else [Paragraph(say("layerwise.hands_on"))]
            yield from self._functions(str(node), self._equations(node), met)
            yield from meaning_note(self.subject, self._equations(node), self.folder)
        yield Heading(3, say("setting.the_loss"))
        yield from self._block("forward-loss", [e.name for e in self._equations(LOSS)])
        yield from self._functions("loss", self._equations(LOSS), met)
        yield from meaning_note(self.subject, self._equations(LOSS), self.folder)
        yield from same_loss_note(self.subject)
        yield from facts_note(self.subject)

    def backward(self) -> Iterator[Block]:
        """The adjoint of what each layer computes, and the gradients of its parameters, from the loss on."""
        subject = self.subject
        if not subject.parameters:
            return
        groups = self._backward_names()
        told = [name for layer in (LOSS, *reversed(self.order)) for name in groups.get(layer, ())]
        yield Heading(2, subject.say("layerwise.backward_pass"))
        opening = subject.say("layerwise.backward", loss=Math(Symbol(subject.loss)))
        note = delta_note(subject, told, self.folder)
        yield Paragraph(subject.prose.sentences_of(opening, note, subject.say("layerwise.contributions")))
        for layer in (LOSS, *reversed(self.order)):
            if groups.get(layer):
                yield Heading(3, self._title(layer))
                yield from self._block(f"backward-{layer or 'loss'}", groups[layer])
                yield from self._shared_note(groups[layer])

    @cached_property
    def order(self) -> list[int]:
        """The layers in the order in which they are computed."""
        if self.nodes:
            return [node.number for node in self.nodes]
        return list(dict.fromkeys(e.origin.layer for e in self.subject.forward.equations if e.origin.layer))

    def _title(self, layer: int) -> Text:
        say = self.subject.say
        if layer == LOSS:
            return say("setting.the_loss")
        kinds = (kind(self.subject.prose, node) for node in self.nodes if node.number == layer)
        return say("layerwise.layer", number=layer, kind=next(kinds, say("network.equations")))

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
                primal = self._primal(equation.target.tensor)
                forward = core.forward.by_name.get(primal or "")
                layer = equation.origin.layer or LOSS
                if forward is not None:
                    layer = _place(forward)
                elif primal is not None:
                    layer = first.get(primal, LOSS)
                groups.setdefault(layer, []).append(equation.name)
        return groups

    def _primal(self, tensor: Tensor) -> str | None:
        """What an adjoint, or a share of it, belongs to."""
        whole = None if tensor.share is None else self.subject.core.program.tensors.get(tensor.share.adjoint)
        return (whole or tensor).primal

    def _block(self, name: str, names: list[str]) -> Iterator[Block]:
        """The equations of a chapter, with the remarks that they need."""
        told = self._told(names)
        yield Pairs(name, tuple(line.pair for line in told))
        say, prose = self.subject.say, self.subject.prose
        yield from _remark(ranges(prose, told, self.folder.letter))
        equations = (self.subject.core.program.by_name[n] for line in told for n in line.names)
        yield from _remark(_part_note(prose, equations))
        if any(line.pair.by_index.relation == "+=" for line in told):
            yield Paragraph(say("layerwise.adding"))
        lacking = [Math(line.left) for line in told if line.lacks_matrix]
        if lacking:
            yield Paragraph(say("layerwise.no_matrix", quantities=prose.listed(lacking)))

    def _told(self, names: list[str]) -> list[Told]:
        """The lines, in order; those of a layer that is unrolled in time with sums over it, and one for steps alike."""
        families: dict[Line, list[tuple[int, str, Line]]] = {}
        for name in names:
            for line in self._said_of(name):
                moment = self._tensor(line).moment
                step, key = (0, line) if moment is None else (moment.step, moment.series)
                families.setdefault(key, []).append((step, name, line))
        place = {name: position for position, name in enumerate(names)}
        placed = [
            (min(place[n] for n in line.names), line) for family in families.values() for line in self._lines(family)
        ]
        return [line for _, line in sorted(placed, key=itemgetter(0))]

    def _said_of(self, name: str) -> Sequence[Line]:
        """What there is to say of a name: its equation, in its place if it is a row; or what each of its rows is."""
        if name in self.stacks.wholes or name in self.stacks.copies or name in self.rows.shares:
            return ()
        return (self.stacks.line(name),) if name in self.stacks.rows else self.rows.lines.get(name, (name,))

    def _tensor(self, line: Line) -> Tensor:
        return self.subject.core.program.tensors[line] if isinstance(line, str) else line.target.tensor

    def _lines(self, family: list[tuple[int, str, Line]]) -> Iterator[Told]:
        """The lines of one quantity at several steps, or of one that has no steps."""
        by_step = {step: (name, line) for step, name, line in family}
        for run in self.folder.runs((step, self._pair(line)) for step, _, line in family):
            names = tuple(by_step[step][0] for step in range(run.first, run.last + 1))
            first = by_step[run.first][1]
            lacks = bool(self._tensor(first).indices) and self.lines.lacks_matrix(first)
            yield Told(Pair(*run.item), names, run, self.lines.extents(first), lacks)

    def _pair(self, line: Line) -> Pair:
        pair = self.stacks.readable(self.lines.pair(line))
        return Pair(self.folder.chain(pair.by_index), pair.by_matrix and self.folder.chain(pair.by_matrix))

    def _functions(self, place: str, equations: list[Equation], met: set[str]) -> Iterator[Block]:
        """What the functions mean, at their first use."""
        for block in function_note(self.subject, place, equations, spelled_out=False):
            if isinstance(block, Equations):
                new = tuple(chain for chain in block.chains if str(chain.sides[0]) not in met)
                met.update(str(chain.sides[0]) for chain in new)
                if new:
                    yield Paragraph(self.subject.say("setting.functions"))
                    yield replace(block, chains=new)

    def _shared_note(self, names: list[str]) -> Iterator[Block]:
        """Says why the gradient of a parameter that several layers share is a sum."""
        core = self.subject.core
        for name in names:
            tensor = core.forward.tensors.get(core.program.tensors[name].primal or "")
            if tensor is None or tensor.role is not Role.PARAMETER:
                continue
            numbers = self.subject.layers_that_read(tensor)
            if len(numbers) > 1:
                layers = self.subject.prose.listed(numbers)
                yield Paragraph(
                    self.subject.say("layerwise.shared", parameter=Math(Symbol(tensor.name)), layers=layers)
                )


def _place(equation: Equation) -> int:
    """The layer of a forward equation; a penalty stands with the loss."""
    return LOSS if equation.origin.rule == "penalty" else equation.origin.layer or LOSS


def _letter(program: Program) -> str:
    """The letter for any step in time: none that a quantity or an index is called by."""
    taken = {part for name in program.tensors for part in name.split("_")}
    taken |= {index.name for tensor in program.tensors.values() for index in tensor.indices}
    return next((letter for letter in _LETTERS if letter not in taken), _LETTERS[0])


def _part_note(prose: Prose, equations: Iterable[Equation]) -> Text:
    """What is named besides adjoints."""
    rules = {equation.origin.rule for equation in equations}
    shares = prose.say("layerwise.arrow") if "share" in rules else ()
    local = prose.say("layerwise.local") if "local derivative" in rules else ()
    return prose.sentences_of(shares, local)


def _remark(text: Text) -> Iterator[Block]:
    if text:
        yield Paragraph(text)
