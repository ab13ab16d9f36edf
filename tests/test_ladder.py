"""The ladder runs, refuses numbers that differ and counts right; how fast anything is stands in its own runs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import costs, ladder, race
from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.by_hand import Dense
from tests.benchmarks.race import Pace, Result
from tests.benchmarks.targets import verdicts
from tests.benchmarks.works import Work, dense, works

TINY, PAIR = Pace(2, 1e-4), "symprop numpy,by hand"
ROWS = {work.name: work for work in works()}


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(race, "REST", 0)
    monkeypatch.setattr(race.gc, "collect", lambda: 0)  # before each turn, of all that the other tests have left
    monkeypatch.setattr(ladder, "QUICK", TINY)


def test_a_run_gives_a_table_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ladder.json"
    ladder.main(["--rows", "64-32-10,2-2-2", "--only", PAIR, "--quick", "--times-only", "--json", str(file)])
    written = json.loads(file.read_text(encoding="utf-8"))
    assert {row: sorted(found) for row, found in written["rows"].items()} == {
        row: ["NumPy by hand", "symprop numpy"] for row in ("64-32-10", "2-2-2")
    }
    first = written["rows"]["64-32-10"]["symprop numpy"]
    assert first["dtype"] == "float32"
    assert len(first["times"]) == TINY.turns
    assert 0 < first["min"] <= first["median"]
    assert "64-32-10, 32 rows" in capsys.readouterr().out


def test_calls_are_compared_by_their_gradients() -> None:
    assert len(race.reference(ROWS["2-2-2 value_and_gradient"])) == 1 + 4 + 4


def test_numbers_that_differ_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    step = Dense.step

    def wrong(self: Dense) -> float:
        loss = step(self)
        self.b[0] += 0.01
        return loss

    monkeypatch.setattr(Dense, "step", wrong)
    with pytest.raises(SystemExit, match="NumPy by hand computes other numbers"):
        race.race(ROWS["64-32-10"], ["NumPy by hand"], TINY)


def test_who_cannot_take_part_is_left_out_with_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str, work: Work) -> Any:
        raise Missing(f"{name} cannot be imported")

    monkeypatch.setattr(race, "enter", missing)
    assert race.race(ROWS["2-2-2"], ["PyTensor"], TINY) == {}
    assert "2-2-2: PyTensor is left out: PyTensor cannot be imported" in capsys.readouterr().err


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(SystemExit, match="no row is called 2-2-3; there are 2-2-2, "):
        ladder.chosen("2-2-2,2-2-3", "")


def test_a_backward_pass_of_a_dense_net_is_counted() -> None:
    sizes = (7, 5, 3)
    work = replace(ROWS["64-32-10"], spec=dense(*sizes), sizes=sizes, rows=4, copies=4)
    found = costs.counted(work)
    products = 2 * 4 * (7 * 5 + 5 * 3)
    assert found["forward"] > products
    assert found["forward and backward"] > products + products + 2 * 4 * 5 * 3
    assert costs.shapes(work) == [(4, 7, 5), (7, 4, 5), (4, 5, 3), (5, 4, 3), (4, 3, 5)]


def test_targets_take_our_best_back_end_and_the_best_peer() -> None:
    row = {
        "symprop c": Result("float32", 1, [2.0, 3.0, 9.0]),
        "symprop numpy": Result("float32", 1, [8.0]),
        "PyTorch eager": Result("float32", 1, [6.0]),
        "JAX jit": Result("float32", 1, [1.5]),
    }
    beside = {"ideal": {"784-2048-2048-10": {"NumPy": 2.4, "JAX": 2.1}}}
    best, rate = verdicts({"784-2048-2048-10": row}, beside)
    assert (best.figure, best.met) == (2.0, False)
    assert rate.figure == pytest.approx(0.7)
    assert not rate.met
    jit, eager = verdicts({"64-32-10": row}, {})
    assert (jit.figure, jit.met, eager.figure, eager.met) == (0.5, False, 2.0, False)
