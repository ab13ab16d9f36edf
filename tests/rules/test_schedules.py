"""The schedules as declared, and the rates at their ends; their numbers are held against PyTorch in `test_optimizers`."""

from __future__ import annotations

import re

import pytest

from symprop.rules.schedules import SCHEDULES, Schedule
from symprop.scalar.numeric import FLOAT, evaluate

ETA, TOTAL = 0.4, 60


def rate(name: str, number: float, total: float = TOTAL, **settings: float) -> float:
    """The rate of one update."""
    schedule = SCHEDULES[name]
    values = {setting.symbol: settings.get(setting.name, setting.default) for setting in schedule.settings}
    return float(evaluate(schedule.expression, {**values, "eta": ETA, "tau": number, "tau_total": total}, FLOAT))


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=lambda schedule: schedule.name)
def test_a_declaration_is_whole(schedule: Schedule) -> None:
    assert re.search(r", .*(18|19|20)\d\d", schedule.reference)
    symbols = {symbol.name for symbol in schedule.expression.free_symbols}
    assert {setting.symbol for setting in schedule.settings} | {"eta"} <= symbols
    assert symbols <= {"eta", "tau", "tau_total", *(setting.symbol for setting in schedule.settings)}
    assert all(0 < rate(schedule.name, number) <= ETA for number in range(1, TOTAL + 1))


@pytest.mark.parametrize(
    ("name", "settings", "rates"),
    [
        ("constant", {}, {1: 1, 60: 1}),
        ("step", {"factor": 0.5, "period": 20}, {1: 1, 20: 1, 21: 0.5, 60: 0.25}),
        ("exponential", {"factor": 0.5, "period": 20}, {1: 1, 11: 0.5**0.5, 21: 0.5}),
        ("cosine", {"final": 0.2}, {1: 1, 31: 0.6, 61: 0.2}),
        ("warmup", {"warmup": 8}, {1: 0.125, 4: 0.5, 8: 1, 9: 1}),
        ("one_cycle", {"div_factor": 10, "final_div_factor": 5, "pct_start": 0.3}, {1: 0.1, 18: 1, 39: 0.51, 60: 0.02}),
    ],
)
def test_the_rates_of_some_updates(name: str, settings: dict[str, float], rates: dict[int, float]) -> None:
    for number, share in rates.items():
        assert rate(name, number, **settings) == pytest.approx(share * ETA, rel=1e-12), number


@pytest.mark.parametrize("total", [1, 2, 3, 10])
def test_one_cycle_of_few_updates_has_rates(total: int) -> None:
    shares = (0.05, 0.1, 0.5, 0.9)
    assert all(0 < rate("one_cycle", n, total, pct_start=s) <= ETA for n in range(1, total + 1) for s in shares)
