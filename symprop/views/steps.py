"""The steps of one gradient as a teacher writes them: which factors, in which order, and what each one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice
from math import prod

from symprop.derivation.step import Step
from symprop.derivation.unroll import steps_for
from symprop.ir.nodes import Elementwise, SumOfProducts, operand, single
from symprop.ir.program import Equation
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.scalar.function import differentiate
from symprop.views.convert import product, total
from symprop.views.scalar import ScalarView


@dataclass(frozen=True)
class ChainPath:
    """One way back from a quantity: the chain of partial derivatives, first factor first, and each factor worked out.

    `start` is the quantity whose derivative opens the chain: the loss, one of its summands, or a quantity with several
    uses, whose own derivative is a sum.
    """

    start: str
    steps: tuple[Step, ...]

    @property
    def partials(self) -> tuple[Formula, ...]:
        """``∂E1/∂a_o1, ∂a_o1/∂o1, ∂o1/∂w5``."""
        return tuple(Partial(Symbol(s.via.tensor.name), Symbol(s.wrt.tensor.name)) for s in self.steps)


class StepView:
    """The chain rule of a derivation, one scalar at a time."""

    def __init__(self, view: ScalarView) -> None:
        self.view = view
        self.loss = view.derivation.forward.loss

    def uses(self, identifier: str) -> tuple[Step, ...]:
        """The steps that carry ``∂loss/∂identifier``: one for each equation that reads it."""
        return tuple(self._each_use(identifier))

    def _each_use(self, identifier: str) -> Iterator[Step]:
        tensor, element = self.view.known_place(identifier)
        steps = steps_for(self.view.derivation, self.view.names, tensor.name, element)
        return (step for step in steps if step.rule != "seed")

    def count_uses(self, identifier: str) -> int:
        """How many steps `uses` gives at the most; makes none of them."""
        tensor, _ = self.view.known_place(identifier)
        return sum(map(_positions, self.view.derivation.steps_by_quantity.get(tensor.name, ())))

    def chain(self, identifier: str) -> tuple[Step, ...]:
        """Every step between the loss and a quantity, in the order in which they are taken; the seed ∂E/∂E = 1 first."""
        found: dict[str, tuple[Step, ...]] = {}
        waiting = [identifier]
        while waiting:
            name = waiting[-1]
            uses = () if name == self.loss else self.uses(name)
            ahead = [n for n in dict.fromkeys(s.via.tensor.name for s in uses) if n != self.loss and n not in found]
            if ahead and name not in found:
                waiting += reversed(ahead)
                continue
            found.setdefault(waiting.pop(), uses)
        seed = next(step for step in self.view.derivation.steps if step.rule == "seed")
        return (seed, *(step for steps in found.values() for step in steps))

    def path(self, identifier: str) -> ChainPath:
        """The chain from a quantity up to the first one with several uses, or to the summand of the loss it reaches."""
        steps: list[Step] = []
        at = identifier
        while at != self.loss and not self._is_summand(at):
            uses = list(islice(self._each_use(at), 2))  # of thousands, two say enough
            if len(uses) != 1:
                break
            steps.insert(0, uses[0])
            at = uses[0].via.tensor.name
        return ChainPath(at, tuple(steps))

    def branches(self, identifier: str) -> tuple[ChainPath, ...]:
        """One path for each use of a quantity."""
        paths = []
        for step in self.uses(identifier):
            onward = self.path(step.via.tensor.name)
            paths.append(ChainPath(onward.start, (*onward.steps, step)))
        return tuple(paths)

    def flat(self, identifier: str) -> list[Partial]:
        """The derivatives, 0 everywhere, at which all ways from a quantity to the loss end; none if one leads there."""
        reached, found = {self.view.known_place(identifier)[0].name}, []
        for equation in self.view.derivation.forward.equations:
            names = [access.tensor.name for access in equation.value.accesses]
            read = [position for position, name in enumerate(names) if name in reached]
            if not all(_is_constant(equation, position) for position in read):
                reached.add(equation.name)
            elif read:
                found.append(Partial(Symbol(equation.name), Symbol(names[read[0]])))
        return [] if self.loss in reached else found

    def opening(self, path: ChainPath) -> list[Formula]:
        """The factor in front of a path's partials: nothing where it is ∂E1/∂E1 or the loss's own."""
        if path.start == self.loss or self._is_summand(path.start):
            return []
        return [Partial(Symbol(self.loss), Symbol(path.start))]

    def _is_summand(self, name: str) -> bool:
        """Whether the loss is a plain sum in which the quantity stands alone."""
        return name in self._read_by_loss and any(
            step.via.tensor.name == self.loss and step.adjoint == 1 and step.local == _ONE for step in self.uses(name)
        )

    @cached_property
    def _read_by_loss(self) -> frozenset[str]:
        return frozenset(access.tensor.name for access in self.view.line(self.loss).value.accesses)

    def product_of_partials(self, path: ChainPath) -> Formula:
        """``∂E_total/∂a_h1 · ∂a_h1/∂h1 · ∂h1/∂w1``."""
        return product([*self.opening(path), *path.partials])

    def worked_out(self, path: ChainPath) -> Formula:
        """The same product with each factor replaced by what it is."""
        opening = [self.view.formula(path.start)] if self.opening(path) else []
        return product([*opening, *(self.factor(step) for step in path.steps)])

    def factor(self, step: Step) -> Formula:
        """``∂via/∂wrt`` worked out, as one factor."""
        return self.view.node(step.local)

    def summands(self) -> list[str]:
        """The quantities, such as the losses of the outputs, that the loss is a weighted sum of; none if it is no such sum."""
        value = self.view.line(self.loss).value
        if not isinstance(value, SumOfProducts) or any(len(term.factors) != 1 for term in value.terms):
            return []
        names = [access.tensor.name for access in value.accesses]
        return names if all(map(self.view.is_defined, names)) else []

    def independent_of(self, identifier: str) -> list[str]:
        """The summands of the loss that a quantity does not reach."""
        reached = {identifier, *(step.via.tensor.name for step in self.chain(identifier))}
        return [name for name in self.summands() if name not in reached]

    def split_loss(self, identifier: str) -> list[Formula]:
        """``∂E_total/∂w5 = ∂(E1 + E2)/∂w5 = ∂E1/∂w5``: the loss written as its sum, then without what does not matter."""
        names = self.summands()
        sides: list[Formula] = [Partial(Symbol(self.loss), Symbol(identifier))]
        if len(names) > 1:
            sides.append(Partial(self.view.node(self.view.line(self.loss).value), Symbol(identifier)))
            without = set(self.independent_of(identifier))
            kept = [name for name in names if name not in without]
            if len(kept) < len(names) and all(self._is_summand(name) for name in kept):
                sides.append(total(Partial(Symbol(name), Symbol(identifier)) for name in kept))
        return sides


_ONE = single(Fraction(1))


def _positions(step: Step) -> int:
    """For how many positions of its indices a step leads back to one element of what it is a derivative by."""
    fixed = {affine.bare for affine in step.wrt.indices}
    return prod(index.extent for index in {*step.via.free, *step.wrt.free, *step.over} - fixed)


def _is_constant(equation: Equation, position: int) -> bool:
    """Whether an equation's derivative by one of its operands is 0 everywhere."""
    value = equation.value
    return isinstance(value, Elementwise) and differentiate(value.expression, operand(position)) == 0
