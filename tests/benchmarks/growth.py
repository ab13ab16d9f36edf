"""Measures how deriving grows with the layers, a transformer in a fresh process, and the three views of one gradient.

Run it from the project's root, on a machine with nothing else to do::

    python -m tests.benchmarks.growth            # a table
    python -m tests.benchmarks.growth --json     # one JSON object
"""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import median

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.network import NetworkSpec
from symprop.notation.formula import Formula
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView
from tests.benchmarks.nets import dense, residual, transformer
from tests.benchmarks.timing import Figures, milliseconds, run, show

PROCESSES = 9
# Imports apart, and with them SymPy's first Add, which imports `sympy.tensor`.
COLD = """
import json, time
import sympy
sympy.Symbol("x") + 1
from symprop.derivation.sweep import derive
from tests.benchmarks.nets import transformer
start = time.process_time()
program = transformer(12).elaborate()
middle = time.process_time()
derive(program)
print(json.dumps([middle - start, time.process_time() - middle]))
"""


def layers() -> Figures:
    """Warm: the time a layer takes to elaborate and to derive, which is not to grow with their number."""
    figures: Figures = {}
    for depth in (2, 4, 8, 16, 32):
        figures |= _each(f"{depth} dense layers", lambda n=depth: dense(n, 3), depth, 31)
    for depth in (10, 30, 100, 300, 1000):
        figures |= _each(f"{depth} residual layers", lambda n=depth: residual(n, 6), depth, 5 if depth > 100 else 15)
    for blocks in (1, 3, 12):
        figures |= _each(f"{blocks} transformer blocks", lambda n=blocks: transformer(n), blocks, 11)
    return figures


def _each(name: str, make: Callable[[], NetworkSpec], count: int, repeats: int) -> Figures:
    program = make().elaborate()
    return {
        f"{name}: elaborate, each (ms)": milliseconds(make, repeats) / count,
        f"{name}: derive, each (ms)": milliseconds(lambda: derive(program), repeats) / count,
    }


def cold() -> Figures:
    """A transformer of 12 blocks, first use in a process."""
    found = [json.loads(run(COLD)[1]) for _ in range(PROCESSES + 1)][1:]
    return {
        "12 transformer blocks, cold: elaborate (ms)": median(a for a, _ in found) * 1e3,
        "12 transformer blocks, cold: derive (ms)": median(b for _, b in found) * 1e3,
        "12 transformer blocks, cold: both (ms)": median(a + b for a, b in found) * 1e3,
    }


def views() -> Figures:
    """The views of one gradient, each view made anew: of a matrix, and of one of its elements."""
    return {
        **_views("32 dense layers", dense(32, 6), "W1"),
        **_views("1 transformer block, dense", transformer(1), "W5"),
        **_views("1 transformer block, attention", transformer(1), "Q2"),
        **_views("12 transformer blocks, dense", transformer(12), "W5"),
        **_views("12 transformer blocks, attention", transformer(12), "Q2"),
    }


def _views(name: str, spec: NetworkSpec, tensor: str) -> Figures:
    program = spec.elaborate()
    derivation, names = derive(program), names_for(program)
    gradient = derivation.gradients[tensor]
    one = next(names.elements(program.tensors[tensor]))
    return {
        f"{name}: index view of {tensor} (ms)": milliseconds(lambda: IndexView(derivation).formula(gradient), 21),
        f"{name}: matrix view of {tensor} (ms)": milliseconds(lambda: MatrixView(derivation).formula(gradient), 21),
        f"{name}: scalar view of {one} (ms)": milliseconds(lambda: _scalar(derivation, names, one), 21),
    }


def _scalar(derivation: Derivation, names: Names, element: str) -> Formula:
    return ScalarView(derivation, names).formula(element)


if __name__ == "__main__":
    show({name: value for part in (layers, cold, views) for name, value in part().items()})
