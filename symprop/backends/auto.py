"""Which back end is the quickest for a number of updates, compiling included, by the estimates in the table of back ends."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.backends import BACKENDS, load_backend
from symprop.backends.executable import Backend
from symprop.lowering.lowered import Lowered
from symprop.lowering.work import work

AUTO = "auto"
# The formats that several have.
_FORMATS = ("float64", "float32")
_GAIN = 0.5  # of the time that NumPy takes, and seconds: what it takes to leave it
_SECONDS = 0.25


@dataclass(frozen=True)
class Choice:
    """A back end, and why it was chosen."""

    backend: Backend
    why: str


def choose(lowered: Lowered, dtype: str, runs: int) -> Choice:
    """The back end with the least estimated time for so many runs, of those that are installed.

    NumPy is left only where another one saves half of the time and a quarter of a second.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.lowering.lowered import lower
    >>> from symprop.network import NetworkSpec
    >>> choose(lower(NetworkSpec(2, [Dense(2)]).elaborate(), ["E_total"]), "float64", 1).backend.name
    'numpy'
    """
    if dtype not in _FORMATS:
        return Choice(load_backend("jax", dtype), f"it has the number format {dtype}")
    amount, wide = work(lowered), dtype == "float64"
    times = {name: listed.cost(amount, wide).of(runs) for name, listed in BACKENDS.items() if listed.is_there}
    best, own = min(times, key=lambda name: times[name]), times["numpy"]
    name = best if times[best] < _GAIN * own and own - times[best] > _SECONDS else "numpy"
    listed = ", ".join(f"{each} {_seconds(times[each])}" for each in sorted(times, key=lambda each: times[each]))
    many = "one run" if runs == 1 else f"{runs:,} updates"
    return Choice(load_backend(name, dtype), f"estimated for {many}, compiling included: {listed}")


def _seconds(time: float) -> str:
    return f"{time:.2g} s" if time >= 1 else f"{1e3 * time:.2g} ms"
