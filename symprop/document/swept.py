"""What a report on learning rates is about: the runs of a sweep with what explains them, and letters for what limits a rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

from symprop.ir.names import fresh_name
from symprop.network import Training
from symprop.notation.formula import Formula, Negative, Number, Product, Sum, Symbol
from symprop.notation.plain import LARGEST_WHOLE
from symprop.prose import ENGLISH, Prose, Value, prose
from symprop.prose.text import Math, Text
from symprop.rules.update_rule import UpdateRule
from symprop.training.account import Account
from symprop.training.compared import of_one_seed
from symprop.training.curvature import MOST_PRODUCTS
from symprop.views.numbers import as_number
from symprop.views.scalar import ScalarView


@dataclass(frozen=True)
class Swept:
    """A sweep, ready to be told: its runs with what explains them, by the `settings`.

    `example` has the inputs and targets of the first example by element, or nothing where the network is too large for its
    numbers to be shown; `examples` says how many there are. The pictures are SVG; `limits` is empty where there is none.
    """

    title: str
    view: ScalarView
    accounts: Sequence[Account]
    settings: Training
    example: Mapping[str, float]
    examples: int
    curves: str
    limits: str = ""
    language: str = ENGLISH

    @property
    def prose(self) -> Prose:
        """The sentences of the language."""
        return prose(self.language)

    def say(self, key: str, /, **values: Value) -> Text:
        """A sentence of the report."""
        return self.prose.say(key, **values)

    @property
    def updates(self) -> int:
        """How many updates a run takes that nothing stops."""
        return self.settings.updates(self.examples)

    @property
    def is_plain(self) -> bool:
        """Whether it is gradient descent alone, to which the limit applies."""
        return self.settings.update == UpdateRule()

    @property
    def in_batches(self) -> bool:
        """Whether an update takes fewer than all examples."""
        return self.settings.batch_size is not None and self.settings.batch_size < self.examples

    @property
    def is_estimated(self) -> bool:
        """Whether the largest curvature is an estimate from below: of few parameters it is exact."""
        core = self.view.derivation
        return sum(prod(core.forward.tensors[name].extents) for name in core.gradients) > MOST_PRODUCTS

    @property
    def of_one_seed(self) -> bool:
        """Whether all runs start from the same parameters, so that a rate alone names a run."""
        return of_one_seed(account.run for account in self.accounts)

    @cached_property
    def letters(self) -> Letters:
        """Letters that no quantity of the network has."""
        taken = {*self.view.derivation.program.tensors}
        return Letters(*(Symbol(fresh_name(name, taken)) for name in ("eta", "lambda", "lambda_max", "kappa")))


@dataclass(frozen=True)
class Letters:
    """The learning rate, an eigenvalue of the Hessian, the largest one, and the curvature along the gradient."""

    rate: Symbol
    eigen: Symbol
    largest: Symbol
    along: Symbol

    @property
    def bound(self) -> Math:
        """The rate times the largest curvature."""
        return Math(Product((self.rate, self.largest)))

    def shrunk(self, curvature: Symbol) -> Formula:
        """What an update leaves of the distance to the bottom."""
        return Sum((Number(1), Negative(Product((self.rate, curvature)))))


def number(value: float, digits: int = 6) -> Math:
    """A number as documents print it; thousands are whole numbers, beside which 1.83×10³ would look odd.

    >>> from symprop.notation.plain import plain
    >>> [plain(number(value, 3).formula) for value in (1826.4, 3000, 2.46813, 1.5e10)]
    ['1830', '3000', '2.47', '1.5e+10']
    """
    if 1 <= abs(value) < LARGEST_WHOLE and len(f"{abs(value):.0f}") > digits:
        value = float(f"{value:.{digits}g}")
    return Math(as_number(value, digits))
