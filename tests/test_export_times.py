"""How long `symprop export` takes as a whole process: processor time, since other tests run beside it; the best of some runs."""

from __future__ import annotations

import pytest

from tests.benchmarks.exports import BUDGETS, seconds

RUNS = 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "suffix"), BUDGETS)
def test_an_export_keeps_to_its_budget(name: str, suffix: str) -> None:
    assert min(seconds(name, suffix, RUNS)) < BUDGETS[name, suffix]
