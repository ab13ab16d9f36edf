"""The certificate of a derivation: every gradient against differences, and its three views against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symprop.derivation.known import first_known
from symprop.derivation.step import Derivation
from symprop.derivation.verify import Check, Verification, check_digits, check_seed, check_work, verify
from symprop.notation.names import Names
from symprop.views.agreement import Agreement, compare_views

ROUNDED = 1e-12  # how far views of constants with the digits of a float64 may be off


@dataclass(frozen=True)
class Certificate:
    """What was checked of a derivation: `verification` by differences, and how the views of its equations compare."""

    verification: Verification
    agreements: tuple[Agreement, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not any(self.failures())

    @property
    def checks(self) -> tuple[Check, ...]:
        """The comparison with differences, one for each parameter."""
        return self.verification.checks

    @property
    def checked(self) -> int:
        """How many differences the gradients were compared with, at each point."""
        return sum(check.directions for check in self.checks)

    @property
    def worst(self) -> float:
        """The largest relative error of all; 0 where nothing was derived."""
        return max([self.verification.worst, *(found.error for found in self.agreements)])

    def views_of(self, quantity: str) -> dict[str, Agreement]:
        """How the views of the gradient by one quantity compare, by form."""
        return {found.form: found for found in self.agreements if found.quantity == quantity and not found.forward}

    def is_right(self, error: float, *, rounded: bool = False) -> bool:
        """Whether an error is small enough, also where constants are rounded."""
        return error <= (ROUNDED if rounded else self.verification.tolerance)

    def failures(self) -> Iterator[str]:
        """What does not agree, in words."""
        for check in self.checks:
            if not self.is_right(check.error):
                where = f" (at {check.element})" if check.element else ""
                yield f"the gradient of {check.parameter}{where} does not agree with the differences of the loss"
        for found in self.agreements:
            if not self.is_right(found.error, rounded=found.rounded):
                what = f"the equation of {found.quantity}" if found.forward else found.quantity
                yield f"the {found.form} form of {what} (at {found.entry}) does not agree with its equation"


def certify(
    derivation: Derivation,
    names: Names,
    *,
    points: int = 1,
    digits: int = 50,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Certificate:
    """Checks every gradient by `verify`, and the views by `compare_views`; both say what they raise.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.packs import names_for
    >>> net = NetworkSpec(3, [Dense(2, "tanh")]).elaborate()
    >>> certificate = certify(derive(net), names_for(net))
    >>> certificate.ok, certificate.checked
    (True, 8)
    """
    check_work(derivation)
    first = first_known(derivation, check_digits(digits), check_seed(seed))
    verification = verify(derivation, names, points=points, digits=digits, seed=seed, progress=progress, first=first)
    return Certificate(verification, compare_views(derivation, names, digits=digits, seed=seed, first=first))
