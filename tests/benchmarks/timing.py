"""How the benchmarks time and show: medians, fresh interpreters, tables; what is measured stands in the other modules.

Times are the processor's, so that waiting for other programs does not count; garbage is collected as it always is.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

Figures = dict[str, float]
# An installer compiles to bytecode, so the first process does it here, in a folder of its own.
BYTECODE = TemporaryDirectory()
ENVIRONMENT = {**os.environ, "PYTHONPYCACHEPREFIX": BYTECODE.name, "PYTHONDONTWRITEBYTECODE": ""}


def milliseconds(work: Callable[[], object], repeats: int = 201) -> float:
    """The median time in ms, the first run left out."""
    gc.collect()
    times = []
    for _ in range(repeats):
        start = process_time()
        work()
        times.append(process_time() - start)
    return median(times[1:]) * 1e3


def run(code: str) -> tuple[float, str]:
    """The seconds that a fresh interpreter takes for some code, and what it prints."""
    before = _children()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT)
    return _children() - before, done.stdout


def _children() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def show(figures: Mapping[str, float]) -> None:
    """Prints a table, or one JSON object where the command line says ``--json``."""
    rounded = {name: round(value, 3) for name, value in figures.items()}
    if "--json" in sys.argv[1:]:
        print(json.dumps(rounded, indent=1))
        return
    width = max(map(len, rounded))
    for name, value in rounded.items():
        print(f"{name:<{width}}  {value:>10.3f}")
