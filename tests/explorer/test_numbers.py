"""The numbers of the page against Python's, every quantity over 100 updates, in the browser that readers have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import symprop
from symprop.explorer.arithmetic import Arithmetic
from symprop.explorer.island import Island, Numbers
from symprop.explorer.page import arithmetic_of
from symprop.explorer.rows import in_row
from symprop.face import Derivation
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Program
from symprop.scalar.numeric import FLOAT
from tests.explorer.pages import BATCHES, GELU, opened

pytestmark = pytest.mark.slow

UPDATES = 100
TOLERANCE = 1e-12
RUN = """
() => {
  const model = symprop.model, found = [];
  for (let k = 0; k <= 100; k += 1) {
    found.push([[...model.example], [...model.numbers]]);
    model.run(1);
  }
  return found;
}
"""
NOTHING_CANCELS = {"classroom", "mazur", "logistic_equations"}
NETWORKS = {"classroom": "", "mazur": "", "xor": "", "logistic_equations": "", "gelu": GELU, "batches": BATCHES}


def derived(name: str, folder: Path) -> Derivation:
    if not NETWORKS[name]:
        return symprop.load(name).derive()
    path = folder / f"{name}.toml"
    path.write_text(f'name = "{name}"\n{NETWORKS[name]}', encoding="utf-8")
    return symprop.load(path).derive()


def in_python(arithmetic: Arithmetic, island: Island) -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """The numbers of the first example and of each update, by the derivation's own equations."""
    columns = [*island["inputs"], *island["targets"]]
    known = {**island["update"]["start"], **island["start"], island["update"]["rate"]: island["rate"]}
    for row, numbers in enumerate(island["examples"]):
        known |= {
            name if arithmetic.copies == 1 else in_row(name, row): number
            for name, number in zip(columns, numbers, strict=True)
        }
    while True:
        update = _evaluated(arithmetic.update, known)
        example = dict(zip(columns, island["examples"][0], strict=True))
        yield _evaluated(arithmetic.view.program, {**known, **example}), update
        known |= {old: update[new] for old, new in island["update"]["carried"]}


def _evaluated(program: Program, known: Mapping[str, float]) -> dict[str, float]:
    return evaluate_program(program, {tensor.name: known[tensor.name] for tensor in program.free}, FLOAT)


def check(slots: Mapping[str, int], page: list[float], python: Mapping[str, float], scale: float) -> None:
    """Each equal to 1e-12 of itself, or of the scale if that is larger."""
    for name, value in python.items():
        error = abs(page[slots[name]] - value)
        assert error <= TOLERANCE * max(abs(value), scale), (name, page[slots[name]], value)


def scale_of(name: str, python: Mapping[str, float], loss: str) -> float:
    """What numbers are compared by besides themselves: the loss, where sums cancel, as they do over several examples."""
    return 0.0 if name in NOTHING_CANCELS else abs(python[loss])


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_of_100_updates(name: str, browser: Browser, tmp_path: Path) -> None:
    derivation = derived(name, tmp_path)
    found_arithmetic = arithmetic_of(derivation)
    assert found_arithmetic is not None
    arithmetic, sample = found_arithmetic
    island = Numbers(arithmetic, derivation.spec, sample).island()
    with opened(browser, derivation, tmp_path) as page:
        found = page.evaluate(RUN)
    assert len(found) == UPDATES + 1
    for (example, update), (own_example, own_update) in zip(found, in_python(arithmetic, island), strict=False):
        scale = scale_of(name, own_update, island["loss"])
        check(arithmetic.example_slots, example, own_example, scale)
        check(arithmetic.update_slots, update, own_update, scale)
    agrees_with_training(derivation, arithmetic, sample, found)


def agrees_with_training(derivation: Derivation, arithmetic: Arithmetic, sample: Any, found: list[Any]) -> None:
    """The losses and the last parameters are those of the compiled network, trained on the same."""
    model = derivation.compile()
    epochs = {"epochs": UPDATES} if derivation.spec.training.update.plan.name == "constant" else {}
    t = sample.t or None
    history = model.fit(sample.x, t, parameters=sample.parameters, **epochs)
    slots = arithmetic.update_slots
    losses = [update[slots[derivation.core.forward.loss]] for _, update in found]
    assert np.allclose(losses, history.losses[: UPDATES + 1], rtol=1e-11, atol=1e-15)


def test_the_error_functions_are_right_to_the_last_digits(browser: Browser, tmp_path: Path) -> None:
    import mpmath

    from symprop.backends.javascript.error_functions import ERROR_FUNCTIONS

    numbers = [*np.linspace(-6.3, 6.3, 400).tolist(), 1.0, -1.0, 0.0, 1e-300, 1e-9, 12.5, 26.0, 27.5, -40.0]
    code = "\n".join(ERROR_FUNCTIONS.values())
    with opened(browser, symprop.load("classroom").derive(), tmp_path) as page:
        found = page.evaluate(f"numbers => {{ {code} return numbers.map(x => [erf(x), erfc(x)]); }}", numbers)
    with mpmath.workdps(40):
        for x, (erf, erfc) in zip(numbers, found, strict=True):
            assert abs(erf - mpmath.erf(x)) <= 2e-15 * abs(mpmath.erf(x)), x
            assert abs(erfc - mpmath.erfc(x)) <= 5e-15 * abs(mpmath.erfc(x)) + 1e-300, x
