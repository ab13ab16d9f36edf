"""The ladder's targets: what each asks for, and the figure that a run gives; nothing is measured here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.benchmarks.entrants.entrant import OURS
from tests.benchmarks.race import Result

Results = Mapping[str, Mapping[str, Result]]
Costs = Mapping[str, Mapping[str, Mapping[str, float]]]
FAST_C = "C -O3 -march=native -ffast-math"
# Those that run many updates in one call of theirs; the others are called for each.
LOOPS = ("C -O3", FAST_C, "JAX scan", "scikit-learn")


@dataclass(frozen=True)
class Verdict:
    """A target and the figure beside it; `met` where the figure is on the right side of the bound."""

    row: str
    asks: str
    bound: float
    figure: float
    least: bool = False

    @property
    def met(self) -> bool:
        return self.figure >= self.bound if self.least else self.figure <= self.bound


def verdicts(results: Results, costs: Costs) -> list[Verdict]:
    """Every target for which this run has the figures; times are medians."""
    return [*_times(results), *_costs(results, costs)]


def _best(row: Mapping[str, Result], names: Iterable[str]) -> float | None:
    return min((row[name].median for name in names if name in row), default=None)


def _peers(row: Mapping[str, Result], loops: bool | None = None) -> list[str]:
    return [name for name in row if name not in OURS and (loops is None or (name in LOOPS) == loops)]


def _times(results: Results) -> Iterator[Verdict]:
    for row, found in results.items():
        own = _best(found, OURS)
        if own is None:
            continue
        if row == "2-2-2 value_and_gradient":
            yield Verdict(row, "µs", 3, own * 1e6)
        for asks, bound, names, least in _asked(row, found):
            other = _best(found, names)
            if other is not None:
                yield Verdict(row, asks, bound, other / own if least else own / other, least)


def _asked(row: str, found: Mapping[str, Result]) -> list[tuple[str, float, list[str], bool]]:
    """What is asked, the bound, of whom, and whether it is how many times faster we are at least."""
    peers, called, scan = _peers(found), _peers(found, loops=False), ["JAX scan"]
    jit, eager = ["JAX jit"], ["PyTorch eager"]
    asked = {
        "2-2-2": [("times C -O3", 1.1, ["C -O3"], False), ("times faster than PyTorch eager", 2000.0, eager, True)],
        "2-2-2 value_and_gradient": [("times faster than JAX jit", 3.0, jit, True)],
        "64-32-10": [
            ("times faster than JAX jit", 1.5, jit, True),
            ("times faster than PyTorch eager", 10.0, eager, True),
            ("times a jitted scan", 1.0, scan, False),
        ],
        "784-128-10": [
            ("times the best peer that is called per update", 1.0, called, False),
            ("times a jitted scan", 1.0, scan, False),
        ],
    }
    if row in asked:
        return asked[row]
    if row.startswith(("mnist", "transformer")):
        return [("times JAX", 1.0, jit + scan, False)]
    return [("times the best peer", 1.0, peers, False)]


def _costs(results: Results, costs: Costs) -> Iterator[Verdict]:
    for row, ideal in costs.get("ideal", {}).items():
        own = _best(results.get(row, {}), OURS)
        if own is not None:
            yield Verdict(row, "of the machine's matrix-product rate", 0.85, min(ideal.values()) / own, True)
    for row, peaks in costs.get("memory", {}).items():
        ours = [peak for name, peak in peaks.items() if name in OURS]
        if ours and "PyTorch eager" in peaks:
            yield Verdict(row, "times PyTorch's peak memory", 1, min(ours) / peaks["PyTorch eager"])
    for row, took in costs.get("compile", {}).items():
        yield Verdict(row, "ms to compile, NumPy back end", 50, took["compile"])
    for row, operations in costs.get("operations", {}).items():
        yield Verdict(row, "times the operations of forward alone", 3, operations["ratio"])
