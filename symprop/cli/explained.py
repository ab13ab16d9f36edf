"""One gradient with its steps, as the class sheet shows it: the chain of partials, each factor worked out, the result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sympy

from symprop.cli.output import in_words
from symprop.cli.sections import LONG, Numbers, Section, chain_of, equated
from symprop.errors import BudgetError
from symprop.ir.sympy_view import node_to_sympy
from symprop.notation.formula import Chain, Formula, Partial, Symbol
from symprop.notation.letters import identifier as shown
from symprop.notation.unicode import unicode_text
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.convert import product, total
from symprop.views.numbers import as_number, with_numbers
from symprop.views.steps import ChainPath, StepView, Use
from symprop.views.tree import size

if TYPE_CHECKING:
    from symprop.face import Derivation

MOST_PATHS = 200
_READABLE = 400  # nodes of a result that is written out in full


def explained(derivation: Derivation, identifier: str, numbers: Numbers) -> list[Section]:
    """The steps of ``∂loss/∂identifier``; BudgetError where they would be too many to read."""
    return list(_Explanation(derivation, numbers).sections(identifier))


_DIRECT = "direct: what else the equation reads is held fixed, even what depends on the same quantity."


def _too_many(quantity: str, paths: int) -> BudgetError:
    what = f"the steps to '{quantity}' are too many to read"
    expected, got = f"at most {MOST_PATHS} paths", f"{paths:,} or more"
    return BudgetError(what, expected=expected, got=got, remedy="Add --form index.")


class _Explanation:
    def __init__(self, derivation: Derivation, numbers: Numbers) -> None:
        self.view, self.numbers = derivation.scalars, numbers
        self.steps = StepView(self.view)
        self.loss = derivation.program.loss

    def sections(self, identifier: str) -> Iterator[Section]:
        name = self.view.gradient_name(identifier)  # an unknown quantity is to be refused before anything is printed
        accounts = self._accounts(identifier)
        uses = [use for paths in accounts.values() for path in paths for use in path.steps]
        paths = accounts.pop(identifier)
        if paths:
            opened = tuple(chain for chain in self._opened(identifier, paths) if len(chain.sides) > 1)
            if opened:  # the derivative by a summand of the loss is its own only factor
                remark = _DIRECT if any(use.direct for use in uses) else self._remark(identifier)
                yield Section(f"The chain rule for {shown(identifier)}", opened, remark)
        known: dict[Chain, None] = {}
        for quantity, branches in accounts.items():
            yield Section(f"Back to {shown(quantity)}", tuple(self._account(quantity, branches, known)))
        factors = self._new_factors(paths, known)
        if factors:
            yield Section("Each factor", factors)
        yield Section("The result", tuple(self._result(identifier, name, paths)), self._why_zero(identifier, paths))

    def _accounts(self, identifier: str) -> dict[str, tuple[ChainPath, ...]]:
        """The paths from the quantity, and from every quantity with several uses that they start at, which stands before."""
        paths: dict[str, tuple[ChainPath, ...]] = {}
        told: dict[str, None] = {}
        waiting = [identifier]
        while waiting:
            name = waiting[-1]
            if name not in paths:
                paths[name] = self._paths(name)
                count = sum(map(len, paths.values()))
                if count > MOST_PATHS:
                    raise _too_many(identifier, count)
            starts = [path.start for path in paths[name] if self.steps.opening(path)]
            untold = [start for start in dict.fromkeys(starts) if start not in told]
            if untold:
                waiting += reversed(untold)
            else:
                told.setdefault(waiting.pop())
        return {name: paths[name] for name in told}

    def _paths(self, name: str) -> tuple[ChainPath, ...]:
        if name == self.loss:
            return ()
        uses = self.steps.count_uses(name)
        if uses > MOST_PATHS:
            raise _too_many(name, uses)
        alone = self.steps.path(name)
        return (alone,) if alone.steps else self.steps.branches(name)

    def _opened(self, identifier: str, paths: tuple[ChainPath, ...]) -> Iterator[Chain]:
        """The derivative as a product of partials; what the loss is a sum of, is said first."""
        chain = total(self.steps.product_of_partials(path) for path in paths)
        direct = len(paths) == 1 and not self.steps.opening(paths[0]) and identifier not in self.steps.summands()
        left = self.steps.split_loss(identifier) if direct else [self._partial(identifier)]
        yield chain_of(*left, chain)

    def _remark(self, identifier: str) -> str:
        without = self.steps.independent_of(identifier)
        if not without or len(without) > 3 or identifier in self.steps.summands():
            return ""
        return f"{in_words(list(map(shown, without)))} {'does' if len(without) == 1 else 'do'} not depend on {shown(identifier)}."

    def _why_zero(self, identifier: str, paths: tuple[ChainPath, ...]) -> str:
        """Why no path leads to the loss, where none does."""
        if paths or identifier == self.loss:
            return ""
        flat = [unicode_text(partial) for partial in self.steps.flat(identifier)]
        if not flat:
            return f"{shown(self.loss)} does not depend on {shown(identifier)}."
        verb = "is" if len(flat) == 1 else "are"
        return f"{in_words(flat)} {verb} 0 everywhere, so no small change of {shown(identifier)} reaches {shown(self.loss)}."

    def _account(self, quantity: str, branches: tuple[ChainPath, ...], known: dict[Chain, None]) -> Iterator[Chain]:
        """A quantity with several uses: one path for each, and their sum."""
        yield Chain((self._partial(quantity), total(self.steps.product_of_partials(path) for path in branches)))
        yield from self._new_factors(branches, known)
        yield self._summed(quantity, branches)

    def _new_factors(self, paths: tuple[ChainPath, ...], known: dict[Chain, None]) -> tuple[Chain, ...]:
        """The factors of the paths that are not `known`, which they are afterwards."""
        factors = dict.fromkeys(self._factor(step) for path in paths for step in path.steps)
        new = tuple(factor for factor in factors if factor not in known)
        known.update(dict.fromkeys(new))
        return new

    def _summed(self, quantity: str, paths: tuple[ChainPath, ...]) -> Chain:
        """The derivative with every factor worked out, those of other quantities by name."""
        sides: list[Formula] = [self._partial(quantity), total(self._worked_out(path, Partial) for path in paths)]
        if self.numbers:
            named = total(self._worked_out(path, Symbol) for path in paths)
            put_in = with_numbers(named, self.numbers)
            is_named = self.steps.is_named(quantity)
            sides += [put_in, as_number(self.numbers[self._adjoint(quantity)])] if is_named else [put_in]
        return chain_of(*sides)

    def _worked_out(self, path: ChainPath, opening: type[Partial] | type[Symbol]) -> Formula:
        front: list[Formula] = []
        if self.steps.opening(path):
            front = [self._partial(path.start) if opening is Partial else self._named(path.start)]
        return product([*front, *(self.steps.factor(use) for use in path.steps)])

    def _named(self, quantity: str) -> Formula:
        """The adjoint by its name, or the number that it is."""
        return Symbol(self._adjoint(quantity)) if self.steps.is_named(quantity) else self.steps.derivative(quantity)

    def _factor(self, use: Use) -> Chain:
        left, formula = use.partial, self.steps.factor(use)
        if not self.numbers:
            return Chain((left, formula))
        leaf = lambda access: sympy.Symbol(access.tensor.name, real=True)  # noqa: E731
        symbols = sympy.Add(*(node_to_sympy(step.local, leaf) for step in use.steps))
        value = evaluate(symbols, self.numbers, FLOAT)
        return chain_of(left, formula, with_numbers(formula, self.numbers), as_number(value))

    def _result(self, identifier: str, name: str, paths: tuple[ChainPath, ...]) -> Iterator[Chain]:
        full = self.view.formula(identifier)
        whole = not self.view.deltas(full)
        if size(full) > LONG or not whole:
            yield self._summed(identifier, paths)
        if size(full) <= _READABLE and whole:
            yield equated(self._partial(identifier), full, name, self.numbers)

    def _partial(self, quantity: str) -> Formula:
        return Partial(Symbol(self.loss), Symbol(quantity))

    def _adjoint(self, quantity: str) -> str:
        return self.view.derivation.adjoint(quantity)
