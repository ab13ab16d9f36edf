"""The steps of one gradient as a teacher writes them: which factors, in which order, and what each one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby, islice
from math import prod

from symprop.derivation.step import Step
from symprop.derivation.unroll import steps_for
from symprop.ir.nodes import Elementwise, SumOfProducts, operand, single
from symprop.ir.program import Equation
from symprop.ir.tensor import Access
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.scalar.function import differentiate
from symprop.views.convert import number, product, total
from symprop.views.scalar import ScalarView


@dataclass(frozen=True)
class Use:
    """How one equation, that of `via`, uses a quantity, `wrt`: all its occurrences there, one step for each.

    `direct` where other quantities that the equation reads depend on `wrt` too, so that ``∂via/∂wrt`` is not all of it.
    """

    steps: tuple[Step, ...]
    direct: bool

    @property
    def via(self) -> Access:
        return self.steps[0].via

    @property
    def wrt(self) -> Access:
        return self.steps[0].wrt

    @property
    def partial(self) -> Partial:
        """``∂via/∂wrt``."""
        return Partial(Symbol(self.via.tensor.name), Symbol(self.wrt.tensor.name), self.direct)


@dataclass(frozen=True)
class ChainPath:
    """One way back from a quantity: the chain of partial derivatives, first factor first, and each factor worked out.

    `start` is the quantity whose derivative opens the chain: the loss, one of its summands, or a quantity with several
    uses, whose own derivative is a sum.
    """

    start: str
    steps: tuple[Use, ...]

    @property
    def partials(self) -> tuple[Formula, ...]:
        """``∂E1/∂a_o1, ∂a_o1/∂o1, ∂o1/∂w5``."""
        return tuple(use.partial for use in self.steps)


class StepView:
    """The chain rule of a derivation, one scalar at a time."""

    def __init__(self, view: ScalarView) -> None:
        self.view = view
        self.loss = view.derivation.forward.loss
        self._reached: dict[str, frozenset[str]] = {}

    def uses(self, identifier: str) -> tuple[Use, ...]:
        """The ways that ``∂loss/∂identifier`` comes back: one for each equation that reads it."""
        return tuple(self._each_use(identifier))

    def _each_use(self, identifier: str) -> Iterator[Use]:
        """Each equation's steps together; the steps of one equation stand side by side."""
        for _, steps in groupby(self._each_step(identifier), key=lambda step: step.via):
            together = tuple(steps)
            yield Use(together, self._is_direct(together[0]))

    def _each_step(self, identifier: str) -> Iterator[Step]:
        tensor, element = self.view.known_place(identifier)
        steps = steps_for(self.view.derivation, self.view.names, tensor.name, element)
        return (step for step in steps if step.rule != "seed")

    def _is_direct(self, step: Step) -> bool:
        """Whether the equation reads something else that depends on the quantity."""
        wrt, via = (self.view.place(access.tensor.name) for access in (step.wrt, step.via))
        assert wrt is not None
        assert via is not None
        reached = self._reached_from(wrt[0].name)
        return any(name in reached for name in self._read_by(via[0].name, wrt[0].name))

    def _read_by(self, tensor: str, but: str) -> Iterator[str]:
        """The tensors that an equation reads, abbreviations looked through unless they are what is asked for."""
        by_name = self.view.derivation.forward.by_name
        for access in by_name[tensor].value.accesses:
            inner = by_name.get(access.tensor.name)
            if inner is not None and inner.abbreviation and inner.name != but:
                yield from self._read_by(inner.name, but)
            else:
                yield access.tensor.name

    def _reached_from(self, tensor: str) -> frozenset[str]:
        """The tensors that depend on one."""
        if tensor not in self._reached:
            found = {tensor}
            for equation in self.view.derivation.forward.equations:
                if any(access.tensor.name in found for access in equation.value.accesses):
                    found.add(equation.name)
            self._reached[tensor] = frozenset(found - {tensor})
        return self._reached[tensor]

    def count_uses(self, identifier: str) -> int:
        """How many equations read a quantity, at the most; makes none of the steps."""
        tensor, _ = self.view.known_place(identifier)
        return sum(map(_positions, self.view.derivation.steps_by_quantity.get(tensor.name, ())))

    def chain(self, identifier: str) -> tuple[Step, ...]:
        """Every step between the loss and a quantity, in the order in which they are taken; the seed ∂E/∂E = 1 first."""
        found: dict[str, tuple[Step, ...]] = {}
        waiting = [identifier]
        while waiting:
            name = waiting[-1]
            uses = () if name == self.loss else tuple(self._each_step(name))
            ahead = [n for n in dict.fromkeys(s.via.tensor.name for s in uses) if n != self.loss and n not in found]
            if ahead and name not in found:
                waiting += reversed(ahead)
                continue
            found.setdefault(waiting.pop(), uses)
        seed = next(step for step in self.view.derivation.steps if step.rule == "seed")
        return (seed, *(step for steps in found.values() for step in steps))

    def path(self, identifier: str) -> ChainPath:
        """The chain from a quantity up to the first one with several uses, or to the summand of the loss it reaches."""
        steps: list[Use] = []
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
        """Whether the loss is a sum in which the quantity stands alone, and nothing else uses the quantity."""
        if name not in self._read_by_loss:
            return False
        steps = list(islice(self._each_step(name), 2))
        only = steps[0]
        return len(steps) == 1 and only.via.tensor.name == self.loss and only.adjoint == 1 and only.local == _ONE

    @cached_property
    def _read_by_loss(self) -> frozenset[str]:
        return frozenset(access.tensor.name for access in self.view.line(self.loss).value.accesses)

    def product_of_partials(self, path: ChainPath) -> Formula:
        """``∂E_total/∂a_h1 · ∂a_h1/∂h1 · ∂h1/∂w1``."""
        return product([*self.opening(path), *path.partials])

    def worked_out(self, path: ChainPath) -> Formula:
        """The same product with each factor replaced by what it is."""
        opening = [self.derivative(path.start)] if self.opening(path) else []
        return product([*opening, *(self.factor(use) for use in path.steps)])

    def factor(self, use: Use) -> Formula:
        """``∂via/∂wrt`` worked out, as one factor."""
        return total(self.view.node(step.local) for step in use.steps)

    def derivative(self, identifier: str, *, stop: bool = False) -> Formula:
        """``∂loss/∂identifier`` worked out; with `stop`, up to the adjoints of weighted sums.

        A derivative that is a plain number is in no equation, since the sweep hands numbers on: it is read off the steps.
        """
        if self.is_named(identifier):
            name = self.view.gradient_name(identifier)
            return self.view.value(name, stop=True) if stop else self.view.formula(identifier)
        shares = ((step.adjoint, step.local) for step in self._each_step(identifier))
        return total(
            product([number(adjoint), self.view.node(local)])
            for adjoint, local in shares
            if isinstance(adjoint, Fraction)
        )

    def is_named(self, identifier: str) -> bool:
        """Whether an equation of the derivation holds ``∂loss/∂identifier``."""
        tensor, _ = self.view.known_place(identifier)
        return self.view.derivation.adjoint(tensor.name) in self.view.derivation.program.by_name

    def summands(self) -> list[str]:
        """The quantities, such as the losses of the outputs, that the loss is a weighted sum of; none if it is no such sum."""
        value = self.view.line(self.loss).value
        if not isinstance(value, SumOfProducts) or any(len(term.factors) != 1 for term in value.terms):
            return []
        names = [access.tensor.name for access in value.accesses]
        return names if all(map(self.view.is_defined, names)) else []

    def independent_of(self, identifier: str) -> list[str]:
        """The summands of the loss that a quantity does not reach.

        Steps lead to all that it reaches, except where adjoints cancel to 0 and the sweep stops; a list of equations, in
        which this happens, is asked itself.
        """
        tensor, _ = self.view.known_place(identifier)
        if tensor.indices:
            reached = {identifier, *(step.via.tensor.name for step in self.chain(identifier))}
        else:
            reached = {identifier, *self._reached_from(tensor.name)}
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
