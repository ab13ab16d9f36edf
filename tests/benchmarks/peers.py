"""Holds deriving against other programs on the same nets, in one run and in turns; each program's part is in `contestants`.

The others are no dependency of the project: one that is not installed is left out, and a line says so. Run it from the
project's root, on a machine with nothing else to do::

    python -m pip install pytensor casadi tensorgrad
    python -m tests.benchmarks.peers            # a table; ratios above 1 are times that symprop is faster
    python -m tests.benchmarks.peers --json     # one JSON object
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any

import numpy as np

from tests.benchmarks.contestants import CONTESTANTS, Contestant, Missing, Net, Values
from tests.benchmarks.timing import show

NETS = [
    *(Net("dense", depth, 3) for depth in (1, 2, 3, 4, 8, 16, 32)),
    Net("dense", 8, 30),
    *(Net("residual", depth, 6) for depth in (10, 100, 1000)),
]
ROUNDS = 5
SLOW = 5.0  # seconds; who needs more is timed once, and is spared the larger nets of that kind
LIMIT = 20.0  # seconds; who needs more has no time
CLOSE = 1e-9


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def present() -> list[Contestant]:
    """Those that can be imported, symprop first."""
    found = []
    for make in CONTESTANTS:
        try:
            found.append(make())
        except Missing as missing:
            say(f"left out: {missing}")
    return found


def timed(contestant: Contestant, net: Net) -> tuple[float, float, Any, Any]:
    """The seconds of declaring and of deriving, what was declared, and the gradients."""
    gc.collect()
    start = process_time()
    declared = contestant.declare(net)
    middle = process_time()
    gradients = contestant.derive(declared)
    return middle - start, process_time() - middle, declared, gradients


def values_of(net: Net) -> Values:
    """Random numbers for every free tensor; biases that keep a deep residual net from growing until no gradient is left."""
    random = np.random.default_rng(7)
    width = net.width
    shapes = {"x": (width,), "t": (width,)}
    for layer in net.numbers:
        shapes |= {f"W{layer}": (width, width), f"b{layer}": (width,)}
    low = np.log(net.depth) if net.kind == "residual" else 0.0
    return {name: random.normal(-low if name[0] == "b" else 0, 1 / width, shape) for name, shape in shapes.items()}


def difference(one: list[Any], other: list[Any]) -> float:
    """The largest difference, relative to the largest number of each tensor."""
    pairs = [(np.asarray(a, float), np.asarray(b, float)) for a, b in zip(one, other, strict=True)]
    return max(float(np.abs(a - b).max() / np.abs(a).max()) for a, b in pairs)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TimeoutError where what is done within takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def answer(contestant: Contestant, net: Net, declared: Any, gradients: Any) -> dict[str, list[Any]]:
    """The numbers of the gradients, by the contestant's name; nothing where it cannot work them out."""
    try:
        with limited(LIMIT):
            return {contestant.name: contestant.numbers(declared, gradients, values_of(net))}
    except Missing as missing:
        say(f"not checked: {contestant.name} on {net}: {missing}")
    except (RecursionError, TimeoutError) as error:
        say(f"not checked: {contestant.name} on {net}: {type(error).__name__}")
    return {}


def compete(net: Net, contestants: list[Contestant], slow: set[tuple[str, str]]) -> Iterator[tuple[str, float]]:
    """The figures of one net; `slow` gains who is not to be asked for a larger one."""
    times: dict[str, list[tuple[float, float]]] = {}
    answers: dict[str, list[Any]] = {}
    for turn in range(ROUNDS):
        for contestant in contestants:
            name = contestant.name
            if (name, net.kind) in slow or (turn and contestant.remembers):
                continue
            try:
                with limited(LIMIT):
                    declaring, deriving, declared, gradients = timed(contestant, net)
            except (RecursionError, TimeoutError) as error:
                why = f"more than {LIMIT:.0f} s" if isinstance(error, TimeoutError) else "deeper than Python recurses"
                say(f"left out: {name} on {net} and larger ones: {why}")
                slow.add((name, net.kind))
                continue
            times.setdefault(name, []).append((declaring, deriving))
            if turn == 0:
                answers |= answer(contestant, net, declared, gradients)
            if declaring + deriving > SLOW:
                say(f"{name} needs {declaring + deriving:.1f} s for {net}: timed once, and left out of larger ones")
                slow.add((name, net.kind))
    yield from _figures(net, times, answers)


def _figures(
    net: Net, times: dict[str, list[tuple[float, float]]], answers: dict[str, list[Any]]
) -> Iterator[tuple[str, float]]:
    # The first turn fills the caches, where there is another.
    middles = {name: np.median(runs[1:] or runs, axis=0) for name, runs in times.items()}
    mine = middles.pop("symprop")
    yield f"{net}: symprop declares (ms)", mine[0] * 1e3
    yield f"{net}: symprop derives (ms)", mine[1] * 1e3
    for name, (declaring, deriving) in middles.items():
        yield f"{net}: {name} derives, times symprop's", deriving / mine[1]
        yield f"{net}: {name} declares and derives, times symprop's", (declaring + deriving) / sum(mine)
    own = answers.pop("symprop")
    for name, numbers in answers.items():
        far = difference(own, numbers)
        if far > CLOSE:
            raise SystemExit(f"{name} and symprop disagree on {net}: {far:.1e} relative")
    yield f"{net}: others that give the same numbers", float(len(answers))


def main() -> None:
    everyone, slow = present(), set[tuple[str, str]]()
    show({name: value for net in NETS for name, value in compete(net, everyone, slow)})


if __name__ == "__main__":
    main()
