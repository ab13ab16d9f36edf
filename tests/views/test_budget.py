"""The budgets: what is counted, where the limits are, and what the refusal says."""

from __future__ import annotations

import pytest

from symprop.errors import BudgetError
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.views.budget import MOST_SCALARS, MOST_TERMS, check_scalars, check_sums, scalar_count


def program(inputs: int, units: int) -> Program:
    return NetworkSpec(inputs, [Dense(units, bias=False)]).elaborate()


def test_the_scalars_of_a_forward_pass() -> None:
    assert scalar_count(program(7, 5)) == 5 + 5 + 5 + 1


def test_a_program_within_the_budget_passes() -> None:
    check_scalars(program(3, (MOST_SCALARS - 1) // 3))
    check_sums(program(MOST_TERMS, 3))


def test_one_scalar_too_many_is_refused_with_an_estimate() -> None:
    message = r"expected at most 20,000 scalar equations, got 20,002 \(about 4 s and 0.2 GB\)\). Ask for less"
    with pytest.raises(BudgetError, match=message):
        check_scalars(program(3, (MOST_SCALARS - 1) // 3 + 1), remedy="Ask for less.")


def test_one_term_too_many_is_refused() -> None:
    with pytest.raises(BudgetError, match="at most 10,000 terms, got 10,001"):
        check_sums(program(MOST_TERMS + 1, 3))
