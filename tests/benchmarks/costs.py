"""What the ladder measures beside times: the machine's matrix products, memory, compile time and counts of operations."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter
from typing import Any

import numpy as np

from symprop.derivation.sweep import derive
from symprop.lowering.counts import operations
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.routine import routine
from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.entrant import enter, imported
from tests.benchmarks.entrants.ours import loop
from tests.benchmarks.timing import milliseconds
from tests.benchmarks.works import Work, works

# The products of one update of a dense net: rows, inner extent, columns.
Shape = tuple[int, int, int]


def shapes(work: Work) -> list[Shape]:
    """Forward, by the weights, and by each layer's input but the first."""
    found = []
    for k, (inside, out) in enumerate(zip(work.sizes, work.sizes[1:], strict=False)):
        found += [(work.rows, inside, out), (inside, work.rows, out)]
        found += [(work.rows, out, inside)] if k else []
    return found


def ideal_seconds(work: Work, turns: int) -> dict[str, float]:
    """The time that a library needs for the matrix products of one update alone, each at its best."""
    found = {}
    for library, prepare in {"NumPy": _numpy, "PyTorch": _torch, "JAX": _jax}.items():
        try:
            products = [prepare(shape, work.dtype) for shape in shapes(work)]
        except Missing:
            continue
        found[library] = sum(min(_seconds(product) for _ in range(turns)) for product in products)
    return found


def _seconds(product: Callable[[], Any]) -> float:
    product()
    begun = perf_counter()
    product()
    return perf_counter() - begun


def _pair(shape: Shape, dtype: str) -> tuple[Any, Any]:
    random, (rows, inner, columns) = np.random.default_rng(1), shape
    return random.random((rows, inner)).astype(dtype), random.random((inner, columns)).astype(dtype)


def _numpy(shape: Shape, dtype: str) -> Callable[[], Any]:
    one, other = _pair(shape, dtype)
    out = np.empty((shape[0], shape[2]), dtype)
    return lambda: np.matmul(one, other, out=out)


def _torch(shape: Shape, dtype: str) -> Callable[[], Any]:
    torch = imported("torch")
    one, other = map(torch.tensor, _pair(shape, dtype))
    out = torch.empty(shape[0], shape[2], dtype=one.dtype)
    return lambda: torch.mm(one, other, out=out)


def _jax(shape: Shape, dtype: str) -> Callable[[], Any]:
    jax = imported("jax")
    one, other = map(jax.numpy.array, _pair(shape, dtype))
    product = jax.jit(lambda a, b: a @ b)
    return lambda: product(one, other).block_until_ready()


def own_memory(name: str, work: Work) -> dict[str, float]:
    """The peak of this process in MB: as everything is imported, and after some updates. Call it in a new process."""
    entrant = enter(name, _smaller(work))
    entrant.advance(1)
    imports = _peak()
    entrant = enter(name, work)
    entrant.start()
    entrant.advance(3)
    return {"imports": imports, "peak": _peak()}


def _smaller(work: Work) -> Work:
    """A net of the same kind that weighs nothing, to load all that is needed."""
    return next(other for other in works() if other.kind == work.kind)


def _peak() -> float:
    """In MB. On Linux `getrusage` gives what the process that started this one used, if that is more."""
    status = Path("/proc/self/status")
    if not status.exists():
        return getrusage(RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    (peak,) = (line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def memory(name: str, work: Work) -> dict[str, float] | None:
    """`own_memory` in a process of its own; None where the entrant cannot take part."""
    command = [sys.executable, "-m", "tests.benchmarks.ladder", "--memory-of", name, "--rows", work.name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout.splitlines()[-1])) if done.returncode == 0 and done.stdout else None


def compile_times(work: Work) -> dict[str, float]:
    """Milliseconds for the training loop of our NumPy back end: from the forward program, and without deriving."""
    derivation = derive(work.program)
    return {
        "derive and compile": milliseconds(lambda: loop(derive(work.program), "numpy", work.dtype), 6),
        "compile": milliseconds(lambda: loop(derivation, "numpy", work.dtype), 6),
    }


def counted(work: Work) -> dict[str, float]:
    """The operations of the loss alone, and of the loss with all gradients, a multiply-add as two."""
    derivation = derive(work.program)
    gradients = list(derivation.gradients.values())
    forward = _operations(lower(work.program, [work.program.loss]))
    whole = _operations(lower(derivation.program, [derivation.program.loss, *gradients]))
    return {"forward": forward, "forward and backward": whole, "ratio": whole / forward}


def _operations(lowered: Lowered) -> float:
    found = operations(routine(lowered))
    return float(2 * found.multiply_adds + found.arithmetic + found.calls)
