"""Which rule is meant by a name that no rule has: those that others call so, or the nearest; the tables are beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from symprop.errors import nearest


class Known(Protocol):
    """A rule, with what it is called elsewhere."""

    @property
    def also(self) -> tuple[str, ...]:
        """Other names, which no file may use, since each rule has one."""


def nearest_rule(word: str, rules: Mapping[str, Known]) -> str:
    """A remedy that names the rules that others call so, else what `errors.nearest` says.

    >>> from symprop.rules.losses import LOSSES
    >>> nearest_rule("MSE", LOSSES), nearest_rule("hubert", LOSSES)
    ("Did you mean 'mean_squared_error'?", "Did you mean 'huber'?")
    """
    plain = word.lower().replace("-", "_").replace(" ", "_")
    meant = [name for name, rule in rules.items() if plain in rule.also]
    return f"Did you mean {' or '.join(map(repr, meant))}?" if meant else nearest(word, rules)
