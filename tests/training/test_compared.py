"""The rates that are tried and the updates that are shown where nobody says."""

from __future__ import annotations

import pytest

from symprop.rules.optimizers import OPTIMIZERS
from symprop.training.compared import PAGE, SWEEP, WORKBOOK, milestones, rates_about


def test_the_workbook_has_the_rates_of_the_worked_example() -> None:
    assert rates_about(OPTIMIZERS["sgd"].learning_rate, WORKBOOK) == [0.1, 0.2, 0.5, 0.8, 1, 2, 1000]
    assert set(WORKBOOK) < set(SWEEP)


@pytest.mark.parametrize("multiples", [SWEEP, WORKBOOK, PAGE])
def test_the_usual_rate_is_among_those_tried(multiples: tuple[float, ...]) -> None:
    assert 0.003 in rates_about(0.003, multiples)


@pytest.mark.parametrize(("updates", "shown"), [(1, [0, 1]), (10, [0, 1, 10]), (11, [0, 1, 10, 11])])
def test_the_last_update_is_shown_once(updates: int, shown: list[int]) -> None:
    assert milestones(updates) == shown
