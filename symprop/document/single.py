"""The chapter of a network of any layers on single elements: the first of each parameter, as a formula over scalars."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, prod

from symprop.document.blocks import Block, Equations, Heading, Paragraph, Table
from symprop.document.setting import elements, headed
from symprop.document.subject import Subject
from symprop.ir.nodes import Node, Reduction, SumOfProducts
from symprop.ir.program import Program, integer_tensors
from symprop.ir.tensor import BACKWARD, Tensor
from symprop.notation.formula import Chain, Formula, Sum, Symbol
from symprop.prose.text import Math, Text
from symprop.views.delta import is_delta
from symprop.views.tree import walk

# A sum of more terms shows its first and its last; a formula of more operands is not worked out. The document says so.
MOST_TERMS = 6
SHOWN_FIRST = 2
MOST_OPERANDS = 5_000
DOTS = "..."  # stands for the terms between


def single_elements(subject: Subject) -> Iterator[Block]:
    """The gradient by the first element of each parameter, layer by layer, within a budget."""
    chapter = _Single(subject)
    blocks = list(chapter.blocks())
    if not subject.parameters:
        return
    yield Heading(2, subject.say("weights.single"))
    if blocks:
        key = "single.asked_for" if subject.asked else "single.written_out"
        yield Paragraph(subject.say(key, most=MOST_TERMS, first=SHOWN_FIRST))
        yield from _elements_note(subject, blocks)
        yield from blocks
    if chapter.left_out:
        yield Paragraph(_left_out(subject, chapter.left_out))


def _elements_note(subject: Subject, blocks: list[Block]) -> Iterator[Block]:
    """What the elements are called that stand in formulas and are not called after their tensor."""
    chains = (chain for block in blocks if isinstance(block, Equations) for chain in block.chains)
    formulas = (side for chain in chains for side in chain.sides)
    names = dict.fromkeys(part.name for formula in formulas for part in walk(formula) if isinstance(part, Symbol))
    places = (subject.view.place(name) for name in names)
    given = {tensor.name for tensor in subject.forward.free}
    tensors = dict.fromkeys(place[0] for place in places if place is not None and place[0].name not in given)
    own = [tensor for tensor in tensors if _has_own_names(subject, tensor)]
    if own:
        yield Paragraph(subject.say("single.elements"))
        rows = tuple(((Math(Symbol(tensor.name)),), elements(subject, tensor)) for tensor in own)
        yield Table(headed(subject, "table.symbol", "table.elements"), rows, (False, False))


def _has_own_names(subject: Subject, tensor: Tensor) -> bool:
    rule = subject.names.rules.get(tensor.name)
    return rule is not None and rule.prefix.rstrip("_") != tensor.name


def _left_out(subject: Subject, tensors: list[Tensor]) -> Text:
    parameters = subject.prose.listed([Math(Symbol(tensor.name)) for tensor in tensors])
    return subject.prose.counted("single.left_out", len(tensors), parameters=parameters, most=f"{MOST_OPERANDS:,}")


class _Single:
    """The formulas; `left_out` gathers the tensors that have none."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.left_out = subject, list[Tensor]()
        self._operands: dict[str, int] = {}

    def blocks(self) -> Iterator[Block]:
        subject = self.subject
        groups = [(str(layer), subject.weights_of(layer)) for layer in range(subject.layers, 0, -1)]
        for place, tensors in (*groups, ("others", subject.others)):
            chains = tuple(chain for tensor in tensors for chain in self._chains(tensor))
            if chains:
                yield Equations(f"single-{place}", chains)

    def _chains(self, tensor: Tensor) -> Iterator[Chain]:
        subject, adjoint = self.subject, self.subject.adjoint(tensor.name)
        if self._count(adjoint) > MOST_OPERANDS or not _is_given(subject.core.program):
            self.left_out.append(tensor)
            return
        for element in subject.identifiers([tensor], None if tensor.name in subject.asked else 1):
            formula = subject.view.value(subject.adjoint(element), stop=True)
            yield Chain((subject.gradient(element), _shortened(formula)))

    def _count(self, name: str) -> int:
        """How many operands the formula of one element of a backward tensor has, at the most or about."""
        if name not in self._operands:
            equation = self.subject.core.program.by_name[name]
            sources = prod(index.extent for index in equation.target.free) / prod(equation.target.tensor.extents)
            self._operands[name] = ceil(max(1.0, sources)) * sum(self._terms(equation.value))
        return self._operands[name]

    def _terms(self, node: Node) -> Iterator[int]:
        if isinstance(node, SumOfProducts):
            for term in node.terms:
                yield prod(i.extent for i in term.over) * max(1, sum(self._operand(f.tensor) for f in term.factors))
        else:
            over = prod(index.extent for index in node.over) if isinstance(node, Reduction) else 1
            yield over * sum(self._operand(access.tensor) for access in node.accesses)

    def _operand(self, tensor: Tensor) -> int:
        program = self.subject.core.program
        by_name = tensor.role not in BACKWARD or is_delta(program, tensor.name)
        return 1 if by_name else self._count(tensor.name)


def _is_given(program: Program) -> bool:
    """Whether every integer that picks an element is known."""
    needed = ((t.name, prod(t.extents)) for t in integer_tensors(program))
    given = [name for name, _ in program.integers]
    return all(given.count(name) == count for name, count in needed)


def _shortened(formula: Formula) -> Formula:
    """A long sum by its first terms and its last."""
    if not isinstance(formula, Sum) or len(formula.terms) <= MOST_TERMS:
        return formula
    return Sum((*formula.terms[:SHOWN_FIRST], Symbol(DOTS), formula.terms[-1]))
