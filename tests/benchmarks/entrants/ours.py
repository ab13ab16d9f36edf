"""symprop in the ladder: its compiled training loop, and `Model.value_and_gradient`, by one back end."""

from __future__ import annotations

from typing import Any

import numpy as np

from symprop.backends import load_backend
from symprop.backends.executable import Loop
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.errors import UnsupportedError
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.step import training_step
from symprop.notation.packs import names_for
from symprop.rules.update_rule import UpdateRule
from symprop.training.model import Model
from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Unfit, arrays
from tests.benchmarks.works import Work

RATE = "eta"


def lowered(derivation: Derivation) -> Lowered:
    """One update by plain descent."""
    step = training_step(derivation, UpdateRule("sgd"))
    carried = {new: old for old, new in step.updated.items()}
    return lower(step.program, [step.program.loss, *carried], carried)


def loop(derivation: Derivation, backend: str, dtype: str) -> Loop:
    """The loop of updates, compiled."""
    return load_backend(backend, dtype).compile_loop(lowered(derivation), dtype, frozenset())


class Training:
    """The loop itself, as `Model.fit` calls it for many updates at a time."""

    def __init__(self, backend: str, work: Work, dtype: str | None = None) -> None:
        self._dtype = dtype or work.dtype
        self._loop, self._work = loop(derive(work.program), backend, self._dtype), work
        given = arrays(work, self._dtype)
        self._fixed = {"x": given["x"], "t": given["t"], RATE: np.array(work.rate, self._dtype)}
        self.start()

    def start(self) -> None:
        self._state: Any = {name: np.array(array, self._dtype) for name, array in self._work.start.items()}
        self._losses: Array = np.empty(0)

    def advance(self, count: int) -> None:
        self._losses, self._state = self._loop.run(count, self._state, self._fixed, {})

    def answer(self) -> Array:
        return np.asarray(self._losses, float)


def model(backend: str, work: Work) -> Model:
    """What `derivation.compile()` gives."""
    forward = work.spec.elaborate()
    return Model.of(derive(forward), names_for(forward), work.spec, backend, work.dtype)


class Fitting:
    """`Model.fit`, with all that it does beside the loop: checks, losses as a list, a look at whether they are finite."""

    def __init__(self, backend: str, work: Work) -> None:
        self._model, self._work = model(backend, work), work
        given = arrays(work)
        self._x, self._t = (given[name].reshape(work.rows, -1) for name in "xt")
        self.start()

    def start(self) -> None:
        self._state: Any = self._work.start
        self._losses: list[float] = []

    def advance(self, count: int) -> None:
        history = self._model.fit(self._x, self._t, self._work.rate, count, self._state)
        self._losses, self._state = history.losses[:count], history.parameters

    def answer(self) -> Array:
        return np.array(self._losses)


class Call(Calling):
    """The public function, checks of what it is given included."""

    def __init__(self, backend: str, work: Work) -> None:
        given, value_and_gradient = arrays(work), model(backend, work).value_and_gradient
        x, t = given.pop("x"), given.pop("t")

        def call() -> tuple[Any, Any]:
            loss, gradients = value_and_gradient(given, x, t)
            return loss, gradients.values()

        self.call = call


def enter(which: str, work: Work) -> Entrant:
    """The back end's loop, or its function; "fit" is the public way to the loop of numba's."""
    if which == "fit" and work.calls:
        raise Unfit("a call does not train")
    try:
        made: Entrant = Fitting("numba", work) if which == "fit" else (Call if work.calls else Training)(which, work)
        return made
    except UnsupportedError as error:
        raise Missing(f"symprop {which}: {error}") from None
