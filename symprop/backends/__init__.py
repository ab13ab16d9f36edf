"""The back ends: a Lowered becomes an Executable or a Loop in one language each; imported only when used, by this one table."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from symprop.backends.executable import Backend
from symprop.errors import UnsupportedError, UserError, nearest
from symprop.lowering.work import Work


@dataclass(frozen=True)
class Cost:
    """Estimated seconds, on a laptop: once to compile, and for each run."""

    compile: float
    run: float

    def of(self, runs: int) -> float:
        """The seconds of so many runs, compiling included."""
        return self.compile + runs * self.run


@dataclass(frozen=True)
class Listed:
    """A back end that is not loaded yet: the module with its `BACKEND`, and how long a program takes, roughly.

    `cost` is told the work and whether the format is a wide one. `package` is what it needs, and `extra` what installs it.
    """

    module: str
    cost: Callable[[Work, bool], Cost]
    package: str = "numpy"
    extra: str = ""

    @property
    def is_there(self) -> bool:
        """Whether what it needs is installed."""
        if self.package == "cc":
            return shutil.which(shlex.split(os.environ.get("CC") or "cc")[0]) is not None
        return find_spec(self.package) is not None


def _numpy(work: Work, wide: bool) -> Cost:
    """About two calls an equation, of half a microsecond each, or some floats; products by BLAS."""
    calls = min(1.2e-6 * work.equations, 7e-8 * (work.products + 4 * work.elements))
    numbers = 5e-11 * work.products + 1e-9 * work.elements + 6e-9 * work.functions
    return Cost(0.0005 * work.equations, calls + (numbers if wide else numbers / 2))


def _c(work: Work, wide: bool) -> Cost:
    """Loops that the compiler vectorises, without the blocking of a BLAS."""
    numbers = 8e-11 * work.products + 5e-10 * work.elements + 3e-9 * work.functions
    return Cost(0.2 + 0.01 * work.equations, 5e-9 + (numbers if wide else numbers / 2))


def _numba(work: Work, wide: bool) -> Cost:
    """As fast as C where loops are short, and BLAS for matrices; compiling takes seconds."""
    numbers = 6e-11 * work.products + 6e-10 * work.elements + 6e-9 * work.functions
    return Cost(1.0 + 0.1 * work.equations, 5e-9 + (numbers if wide else numbers / 2))


def _jax(work: Work, wide: bool) -> Cost:
    """XLA compiles for a second or more, and fuses what goes element by element."""
    numbers = 6e-11 * work.products + 5e-10 * work.elements + 2e-9 * work.functions
    return Cost(1.5 + 0.03 * work.equations, 3e-7 * work.equations + (numbers if wide else numbers / 2))


BACKENDS = {
    "numpy": Listed("symprop.backends.numpy", _numpy),
    "numba": Listed("symprop.backends.numba", _numba, "numba", "fast"),
    "jax": Listed("symprop.backends.jax", _jax, "jax", "jax"),
    "c": Listed("symprop.backends.c", _c, "cc"),
}


# Formats that one back end has and others lack.
_OWN = {"bfloat16": "jax"}


def load_backend(name: str, dtype: str = "float64") -> Backend:
    """The back end of that name, each module's `BACKEND`.

    Raises UserError for an unknown name and for a number format that it lacks, UnsupportedError where a package is not
    installed.
    """
    if name not in BACKENDS:
        raise UserError(f"unknown back end '{name}'", remedy=nearest(str(name), [*BACKENDS, "auto"]))
    listed = BACKENDS[name]
    try:
        backend: Backend = import_module(listed.module).BACKEND
    except ModuleNotFoundError as error:
        package = (error.name or name).partition(".")[0]
        wanted = f"'symprop[{listed.extra}]'" if listed.extra else package
        remedy = f"Install it: python -m pip install {wanted}"
        raise UnsupportedError(f"the back end '{name}' needs the package '{package}'", remedy=remedy) from error
    if dtype not in backend.dtypes:
        other = f"The back end '{_OWN[dtype]}' has it." if dtype in _OWN else None
        what = f"the back end '{name}' has no number format '{dtype}'"
        raise UserError(what, expected=" or ".join(backend.dtypes), remedy=other)
    return backend
