"""Numbers that rules of training take, such as β1: their names, symbols, defaults and domains; which rule has which is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, isinf
from numbers import Real

from symprop.errors import UserError, nearest, option
from symprop.ir.names import shorten


@dataclass(frozen=True)
class Domain:
    """The numbers from `low` to `high`, with or without the ends; an infinite end is never reached."""

    low: float
    high: float = inf
    with_low: bool = True
    with_high: bool = False
    whole: bool = False

    def __contains__(self, number: float) -> bool:
        """Whether a number is in the domain.

        >>> 1.0 in Domain(0, 1), 0.0 in Domain(0, 1), 2.5 in Domain(1, whole=True)
        (False, True, False)
        """
        above = number > self.low or (self.with_low and number == self.low)
        below = number < self.high or (self.with_high and number == self.high)
        return above and below and not (self.whole and number != int(number))

    def __str__(self) -> str:
        """The domain in words.

        >>> print(Domain(0, 1), Domain(0, with_low=False), Domain(1, whole=True), sep="; ")
        a number from 0 to below 1; a number above 0; a whole number from 1
        """
        low = f"{'from' if self.with_low else 'above'} {self.low:g}"
        high = "" if self.high == inf else f" to {'' if self.with_high else 'below '}{self.high:g}"
        return f"a {'whole ' * self.whole}number {low}{high}"


@dataclass(frozen=True)
class Setting:
    """One number of a rule: users call it `name`, its equations `symbol`, which prints as it is spelled, ``beta1`` as β₁."""

    name: str
    symbol: str
    default: float
    domain: Domain

    def checked(self, value: object) -> float:
        """The value as a float; UserError, with the domain, for one that is not in it.

        >>> Setting("beta1", "beta1", 0.9, Domain(0, 1)).checked(1.5)
        Traceback (most recent call last):
        symprop.errors.UserError: wrong value for 'beta1' (expected a number from 0 to below 1, got 1.5)
        """
        number = _as_float(value)
        if number is None or (number != self.default and not (isfinite(number) and number in self.domain)):
            got, what = shorten(repr(value)) if number is None else f"{number:g}", f"wrong value for '{self.name}'"
            expected = f"{self.domain}{', and finite' if number is not None and isinf(number) else ''}"
            raise UserError(what, where=option(self.name), expected=expected, got=got)
        return number


def _as_float(value: object) -> float | None:
    """The value where it is a number; an infinity for one that no float holds."""
    if not isinstance(value, Real) or isinstance(value, bool):
        return None
    try:
        return float(value)
    except OverflowError:
        return inf


SHARE = Domain(0, 1)
POSITIVE = Domain(0, with_low=False)
FROM_0 = Domain(0)
COUNT = Domain(1, whole=True)


def checked(declared: Iterable[Setting], given: Mapping[str, object], whose: str) -> dict[str, float]:
    """What is given and not the default, in the order of declaration.

    Raises UserError for a value out of its domain, and for what is not declared; `whose` settings they are is said then.
    """
    known = {setting.name: setting for setting in declared}
    for name in given:
        if name not in known:
            what = f"{whose} has no setting {shorten(repr(name))}"
            raise UserError(what, where=option(str(name)), remedy=nearest(str(name), known))
    found = {name: setting.checked(given[name]) for name, setting in known.items() if name in given}
    return {name: value for name, value in found.items() if value != known[name].default}
