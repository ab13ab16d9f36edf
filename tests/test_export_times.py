"""How long `symprop export` takes as a whole process: processor time, since other tests run beside it; the best of some runs."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUDGETS = [  # seconds
    ("classroom", ".md", 1.5),
    ("classroom", ".tex", 1.5),
    ("classroom", ".html", 2.5),
    ("classroom", ".xlsx", 2.5),
    ("transformer_block", ".html", 10.0),
]
RUNS = 3


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize(("name", "suffix", "budget"), BUDGETS)
def test_an_export_keeps_to_its_budget(name: str, suffix: str, budget: float, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "symprop", "export", name, "-o", str(tmp_path / f"net{suffix}")]
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    taken = []
    for _ in range(RUNS):
        before = _spent()
        subprocess.run(command, env=surroundings, check=True, capture_output=True)
        taken.append(_spent() - before)
    assert min(taken) < budget
