"""How large a network may be for its formulas to be written out one by one; limits on training are `training`'s own."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from symprop.errors import BudgetError

if TYPE_CHECKING:
    from symprop.face import Derivation

MOST_SCALARS = 20_000
MOST_NAMED = 1_000_000  # of a network of which one formula alone is asked for


def check_size(derivation: Derivation, *, whole: bool = True, remedy: str = "Make the layers smaller.") -> None:
    """Refuses to write out a network that is too large; a single gradient takes less than the `whole`."""
    count = sum(prod(equation.target.tensor.extents) for equation in derivation.equations)
    most = MOST_SCALARS if whole else MOST_NAMED
    if count > most:
        raise BudgetError(
            "the network is too large to be written out weight by weight",
            expected=f"at most {most:,} scalar equations",
            got=f"{count:,} (about {count / 5_000:.0f} s and {count / 100_000:.1f} GB)",
            remedy=remedy,
        )
