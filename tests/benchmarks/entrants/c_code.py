"""Hand-written C in the ladder, through the system's compiler: `class_net.c` and `dense_net.c` beside this module."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Unfit, arrays
from tests.benchmarks.works import Work

FLAGS = {"plain": ["-O3"], "fast": ["-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512"]}
_BUILT = TemporaryDirectory()


def library(source: str, flags: list[str], defined: dict[str, Any]) -> ctypes.CDLL:
    """The source beside this module, compiled with some macros; Missing without a compiler."""
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise Missing("there is no C compiler")
    into = Path(_BUILT.name) / f"{len(list(Path(_BUILT.name).iterdir()))}.so"
    macros = [f"-D{name}={value}" for name, value in defined.items()]
    command = [compiler, "-std=c99", *flags, "-shared", "-fPIC", *macros, str(Path(__file__).parent / source), "-lm"]
    subprocess.run([*command, "-o", str(into)], check=True, capture_output=True)
    return ctypes.CDLL(str(into))


class Training:
    """A loop over arrays: each weight followed by its bias, if it has one; weights are kept (in, out) in the dense nets."""

    def __init__(self, work: Work, flags: list[str]) -> None:
        self._work, self._given = work, arrays(work)
        if work.kind == "class":
            self._function = library("class_net.c", flags, {}).train
        else:
            sizes = ",".join(map(str, work.sizes))
            made = {"ROWS": work.rows, "DEPTH": len(work.sizes) - 1, "SIZES": sizes, "LARGEST": max(work.sizes)}
            self._function = library("dense_net.c", flags, made).train
        self._function.restype = None
        self.start()

    def start(self) -> None:
        self._weights = [np.array(self._given[name].T, order="C") for name in self._work.start]
        if self._work.kind == "class":
            self._weights = [np.array(self._given[name]) for name in self._work.start]
        self._losses: Array = np.empty(0, self._work.dtype)

    def advance(self, count: int) -> None:
        self._losses = np.empty(count, self._work.dtype)
        weights = (ctypes.c_void_p * len(self._weights))(*(w.ctypes.data for w in self._weights))
        fixed = [self._given["x"].ctypes.data, self._given["t"].ctypes.data]
        self._function(
            ctypes.c_long(count), ctypes.c_double(self._work.rate), *map(ctypes.c_void_p, fixed), weights,
            ctypes.c_void_p(self._losses.ctypes.data),
        )  # fmt: skip

    def answer(self) -> Array:
        return np.asarray(self._losses, float)


class Call(Calling):
    """The smallest net's function, through ctypes with its arguments made once."""

    def __init__(self, work: Work, flags: list[str]) -> None:
        function, given = library("class_net.c", flags, {}).value_and_gradient, arrays(work)
        function.restype = ctypes.c_double
        gradients = [np.empty((2, 2)), np.empty((2, 2))]
        used = [given[name] for name in ("x", "t", "W1", "W2")]
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (*used, *gradients)]
        # The arrays live as long as the function that has their addresses.
        self._used = used
        self.call = lambda: (function(*pointers), gradients)


def enter(which: str, work: Work) -> Entrant:
    """The net, if it is one of those that are written."""
    if work.kind not in ("class", "dense"):
        raise Unfit("convolutions and attention are not written by hand in C")
    return Call(work, FLAGS[which]) if work.calls else Training(work, FLAGS[which])
