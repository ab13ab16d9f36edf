"""Who takes part in the ladder: each program's way to train a `Work`, by name, in the modules of this package."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol

import numpy as np

from tests.benchmarks.contestants import Missing
from tests.benchmarks.works import Work

Array = Any


class Unfit(Exception):
    """Work that a program cannot do, or that nobody wrote down for it."""


class Entrant(Protocol):
    """One program at one work. Only `advance` is timed, and it returns when the work is done."""

    def start(self) -> None:
        """Goes back to the first parameters."""

    def advance(self, count: int) -> None:
        """So many updates, from where the last ones ended, each one's loss kept; or so many calls."""

    def answer(self) -> Array:
        """The losses of the last updates, each taken before its update; or the last call's loss and gradients in a row."""


class Stepping:
    """An entrant that is called for each update: `step` runs one, and gives its loss in whatever form."""

    step: Callable[[], Any]
    losses: list[Any]

    def advance(self, count: int) -> None:
        step = self.step
        self.losses = [step() for _ in range(count)]

    def answer(self) -> Array:
        return np.array([float(loss) for loss in self.losses])


class Calling:
    """A function that gives the loss and the gradients; `call` runs it on the first parameters."""

    call: Callable[[], tuple[Any, Any]]
    found: tuple[Any, Any]

    def start(self) -> None:
        """Calls change nothing."""

    def advance(self, count: int) -> None:
        call = self.call
        for _ in range(count):
            self.found = call()

    def answer(self) -> Array:
        loss, gradients = self.found
        return np.concatenate([np.ravel(np.asarray(part, float)) for part in (loss, *gradients)])


def imported(name: str) -> Any:
    """The module; Missing where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise Missing(f"{name.partition('.')[0]} cannot be imported ({error})") from None


def arrays(work: Work, dtype: str | None = None) -> dict[str, Array]:
    """The data and the start in the work's own format, as new arrays."""
    return {name: np.array(array, dtype or work.dtype) for name, array in {**work.data, **work.start}.items()}


# The module of each, and what it calls the entrant. The first five are symprop's own.
ENTRANTS: dict[str, tuple[str, str]] = {
    "symprop numpy": ("ours", "numpy"),
    "symprop numba": ("ours", "numba"),
    "symprop jax": ("ours", "jax"),
    "symprop c": ("ours", "c"),
    "symprop numba, Model.fit": ("ours", "fit"),
    "C -O3": ("c_code", "plain"),
    "C -O3 -march=native -ffast-math": ("c_code", "fast"),
    "NumPy by hand": ("by_hand", ""),
    "PyTorch eager": ("in_torch", "eager"),
    "PyTorch compiled": ("in_torch", "compiled"),
    "JAX jit": ("in_jax", "jit"),
    "JAX scan": ("in_jax", "scan"),
    "scikit-learn": ("others", "sklearn"),
    "autograd": ("others", "autograd"),
    "CasADi": ("others", "casadi"),
    "PyTensor": ("others", "pytensor"),
}
OURS = tuple(name for name in ENTRANTS if name.startswith("symprop "))
FORMATS = {"CasADi": "float64"}  # of those that have one only


def enter(name: str, work: Work) -> Entrant:
    """The entrant of that name, ready for the work; Missing or Unfit where it cannot take part."""
    module, which = ENTRANTS[name]
    made: Entrant = import_module(f"tests.benchmarks.entrants.{module}").enter(which, work)
    return made
