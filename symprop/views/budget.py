"""How large a derivation may be for its scalars to be written or worked out one by one; training has limits of its own."""

from __future__ import annotations

from symprop.errors import BudgetError
from symprop.ir.program import Equation, Program
from symprop.ir.size import length, scalar_count, term_count

MOST_SCALARS = 20_000
MOST_TERMS = 10_000  # of one sum, where one formula alone is asked for
MOST_TERMS_OF_ALL = 200_000
_A_SECOND, _A_GIGABYTE = 5_000, 100_000  # scalar equations, as measured


def check_scalars(program: Program, *, remedy: str = "Make the layers smaller.") -> None:
    """Raises BudgetError, with an estimate, where a program is too large to be unrolled as a whole."""
    count, terms = scalar_count(program), term_count(program)
    if count > MOST_SCALARS:
        raise BudgetError(
            "the network is too large to be written out weight by weight",
            expected=f"at most {MOST_SCALARS:,} scalar equations",
            got=f"{count:,} (about {count / _A_SECOND:.0f} s and {count / _A_GIGABYTE:.1f} GB)",
            remedy=remedy,
        )
    if terms > MOST_TERMS_OF_ALL:
        raise BudgetError(
            "the network is too large to be written out weight by weight",
            expected=f"at most {MOST_TERMS_OF_ALL:,} terms",
            got=f"{terms:,}",
            remedy=remedy,
        )


def check_sums(program: Program, *, remedy: str = "Make the layers smaller.") -> None:
    """Raises BudgetError where a program has a sum too long to be written out for a single element."""
    for equation in program.equations:
        check_sum(equation, remedy=remedy)


def check_sum(equation: Equation, *, remedy: str = "Make the layers smaller.") -> None:
    """Raises BudgetError where an equation is too long to be written out for a single element."""
    if length(equation.value) > MOST_TERMS:
        what = "the network has sums that are too long to be written out"
        got = f"{length(equation.value):,} for {equation.name}"
        raise BudgetError(what, expected=f"at most {MOST_TERMS:,} terms", got=got, remedy=remedy)
