"""Runs symprop and every installed peer on the same training, in turns, in one run; prints ratios beside the targets.

The entrants stand in `entrants`, the rows in `works`. Peers are no dependency of the project: one that is not installed is
left out, and a line says so. Run it from the project's root, on a machine with nothing else to do::

    python -m pip install torch jax numba scikit-learn autograd casadi pytensor
    python -m tests.benchmarks.ladder                                # everything; some twenty minutes
    python -m tests.benchmarks.ladder --rows 2-2-2,64-32-10 --only symprop,JAX --quick
    python -m tests.benchmarks.ladder --json ladder.json

Times are those of a clock on the wall, since several threads work at once; each turn's is the mean over its updates. All keep
the loss of every update, and nobody's loss may differ from the others'.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks import costs
from tests.benchmarks.entrants.entrant import ENTRANTS, OURS
from tests.benchmarks.race import QUICK, Pace, Result, race, say
from tests.benchmarks.targets import Costs, Results, Verdict, verdicts
from tests.benchmarks.works import Work, works

PACKAGES = ("numpy", "numba", "jax", "torch", "scikit-learn", "autograd", "casadi", "pytensor")
COSTS = ("ideal", "memory", "compile", "operations")


def chosen(rows: str, only: str) -> tuple[list[Work], list[str]]:
    """The rows of those names, and the entrants whose names hold one of the words; SystemExit for a name of nothing."""
    wanted = [name.strip() for name in rows.split(",") if name.strip()]
    known = {work.name: work for work in works()}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise SystemExit(f"no row is called {', '.join(unknown)}; there are {', '.join(known)}")
    words = [word.strip().lower() for word in only.split(",") if word.strip()]
    names = [name for name in ENTRANTS if not words or any(word in name.lower() for word in words)]
    if not names:
        raise SystemExit(f"no entrant is called so; there are {', '.join(ENTRANTS)}")
    return [known[name] for name in wanted or known], names


def measured_costs(rows: list[Work], names: list[str], pace: Pace) -> dict[str, dict[str, dict[str, float]]]:
    """What is asked beside times, by kind and row, of the dense rows; matrix products and memory of the largest alone."""
    found: dict[str, dict[str, dict[str, float]]] = {kind: {} for kind in COSTS}
    dense = [work for work in rows if work.kind == "dense"]
    for work in dense:
        found["compile"][work.name] = costs.compile_times(work)
        found["operations"][work.name] = costs.counted(work)
    for work in dense:
        if max(work.sizes) < 2048:
            continue
        found["ideal"][work.name] = costs.ideal_seconds(work, pace.turns)
        peaks = {name: costs.memory(name, work) for name in names}
        found["memory"][work.name] = {name: each["peak"] for name, each in peaks.items() if each}
        found["memory"][work.name] |= {f"{name}, imports": each["imports"] for name, each in peaks.items() if each}
    return found


def machine() -> dict[str, Any]:
    """Where this ran, with the load as it begins."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "missing"
    about = {
        "python": platform.python_version(),
        "processors": len(os.sched_getaffinity(0)),
        "machine": platform.machine(),
    }
    return {**about, "load": os.getloadavg(), "versions": versions}


def table(work: Work, results: dict[str, Result]) -> list[str]:
    """The row's entrants, fastest first, each against the best back end of ours."""
    ours = [result for name, result in results.items() if name in OURS] or list(results.values())
    best, least = min(result.median for result in ours), min(result.least for result in ours)
    what = "one call" if work.calls else "one update"
    lines = [
        f"\n{work.name}, {work.rows} rows: {what}, in µs",
        f"{'':34}{'median':>15}{'min':>15}{'ratio':>9}{'of min':>9}",
    ]
    for name, result in sorted(results.items(), key=lambda pair: pair[1].median):
        figures = f"{result.median * 1e6:15,.3f}{result.least * 1e6:15,.3f}"
        ratios = f"{result.median / best:9.2f}{result.least / least:9.2f}"
        lines.append(f"{name:34}{figures}{ratios}  {result.dtype}, turns of {result.updates:,}")
    return lines


def summary(found: Sequence[Verdict]) -> list[str]:
    """The targets, each with its figure."""
    lines = ["\nTargets"]
    for verdict in found:
        sign = "≥" if verdict.least else "≤"
        mark = "met" if verdict.met else "MISSED"
        lines.append(f"{verdict.row:26}{verdict.figure:12,.2f} {sign} {verdict.bound:<8g}{mark:8}{verdict.asks}")
    return lines


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.ladder", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="", help="names of rows, with commas between; all without")
    parser.add_argument("--only", default="", help="words in the names of entrants, with commas between; all without")
    parser.add_argument("--quick", action="store_true", help="three short turns")
    parser.add_argument("--times-only", action="store_true", help="no memory, compile time, operations")
    parser.add_argument("--json", type=Path, help="a file for everything that was measured")
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    options = arguments(given)
    rows, names = chosen(options.rows, options.only)
    if options.memory_of:
        print(json.dumps(costs.own_memory(options.memory_of, rows[0])))
        return
    pace, about, results = QUICK if options.quick else Pace(), machine(), dict[str, dict[str, Result]]()
    for work in rows:
        say(f"{work.name} …")
        results[work.name] = race(work, names, pace)
        if results[work.name]:
            print("\n".join(table(work, results[work.name])), flush=True)
        write(options.json, about, results, {})  # so that a run that ends early leaves what it has
    beside = {} if options.times_only else measured_costs(rows, names, pace)
    print("\n".join(summary(verdicts(results, beside))))
    write(options.json, about, results, beside)


def write(file: Path | None, about: dict[str, Any], results: Results, beside: Costs) -> None:
    """Everything that is measured so far as JSON, where a file is asked for."""
    if file is None:
        return
    rows = {
        row: {name: {**asdict(r), "median": r.median, "min": r.least} for name, r in found.items()}
        for row, found in results.items()
    }
    targets = [{**asdict(verdict), "met": verdict.met} for verdict in verdicts(results, beside)]
    machine_then = {**about, "load at the end": os.getloadavg()}
    whole = {"machine": machine_then, "rows": rows, "costs": beside, "targets": targets}
    file.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
