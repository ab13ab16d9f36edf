"""Measures `symprop export` as a whole process, beside a bare import of SymPy; what is in the files is tested elsewhere.

Run it from the project's root, on a machine with nothing else to do::

    python -m tests.benchmarks.exports            # a table
    python -m tests.benchmarks.exports --json     # one JSON object
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.timing import Figures, run, show

PROCESSES = 7
BUDGETS = {  # seconds
    ("classroom", ".md"): 1.5,
    ("classroom", ".tex"): 1.5,
    ("classroom", ".html"): 2.5,
    ("classroom", ".xlsx"): 2.5,
    ("transformer_block", ".html"): 10.0,
}
_EXPORT = "import sys; sys.argv = ['symprop', 'export', {name!r}, '-o', {file!r}]; from symprop.cli import main; main()"


def seconds(name: str, suffix: str, processes: int) -> list[float]:
    """Processor time of each of so many exports, the first, which compiles to bytecode, left out."""
    with TemporaryDirectory() as folder:
        code = _EXPORT.format(name=name, file=str(Path(folder, f"net{suffix}")))
        return [run(code)[0] for _ in range(processes + 1)][1:]


def exports() -> Figures:
    alone = median(run("import sympy")[0] for _ in range(PROCESSES))
    taken = {f"{name} to {suffix} (s)": median(seconds(name, suffix, PROCESSES)) for name, suffix in BUDGETS}
    return {'python -c "import sympy" (s)': alone, **taken}


if __name__ == "__main__":
    show(exports())
