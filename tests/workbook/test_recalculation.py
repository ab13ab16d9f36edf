"""The workbook recalculated by LibreOffice, as made and after a change, against the compiled gradients of the NumPy back end."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from symprop.training.compared import WORKBOOK
from symprop.training.sample import Sample, draw_sample
from tests.workbook.books import FIRST, MIXED, NETWORKS, columns_of, content, labelled, opened

pytestmark = pytest.mark.slow

ALL = {**NETWORKS, "mixed": MIXED}  # with those that the gradients of one example say nothing of
ROWS = 12
DIVERGED = 1e6
RATE, WEIGHT = 0.37, -0.625  # what a reader puts in the place of the learning rate and of the first weight
_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


def recalculated(files: list[Path], folder: Path) -> list[Any]:
    """The files as LibreOffice saves them, every cell worked out."""
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS)
    office = shutil.which("soffice")
    assert office is not None
    (folder / "out").mkdir()
    command = [office, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", "xlsx"]
    subprocess.run(
        [*command, "--outdir", str(folder / "out"), *map(str, files)], check=True, capture_output=True, timeout=300
    )
    return [load_workbook(folder / "out" / file.name, data_only=True) for file in files]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, bool], Any]:
    """All workbooks, as made and changed, recalculated in one go.

    openpyxl drops the numbers that stand beside formulas, so that whatever is read afterwards was worked out by LibreOffice.
    """
    folder = tmp_path_factory.mktemp("books")
    keys = [(name, changed) for name in ALL for changed in (False, True)]
    files = []
    for name, changed in keys:
        book = opened(content(ALL[name], ROWS))
        if changed:
            labelled(book["Network"], "learning rate η").value = RATE
            labelled(book["Network"], "w1").value = WEIGHT
        files.append(folder / f"{name}-{changed}.xlsx")
        book.save(files[-1])
        assert load_workbook(files[-1], data_only=True)["Training"].cell(FIRST + 1, 3).value is None
    return dict(zip(keys, recalculated(files, folder), strict=True))


def close(found: object, wanted: float) -> bool:
    assert isinstance(found, int | float), found
    return math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-12)


@dataclass
class Trainer:
    """The updates of one network, by the compiled gradients and rules written down here once more."""

    network: Any
    rate: float | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        self.derivation = self.network.derive()
        self.model = self.derivation.compile()
        self.sample = draw_sample(self.derivation.spec, self.derivation.names, self.derivation.evaluation)
        self.training = self.derivation.spec.training
        self.parameters = {name: array.copy() for name, array in self.sample.parameters.items()}
        if self.weight is not None:
            self.parameters["W1"].flat[0] = self.weight
        self.eta = self.training.learning_rate if self.rate is None else self.rate
        self.memory: dict[str, Any] = {}

    def run(self) -> Iterator[tuple[float, dict[str, float], dict[str, float]]]:
        """The loss, the parameters and the gradients before each update, by element."""
        tensors = self.derivation.core.forward.tensors
        for tau in range(1, ROWS + 1):
            loss, slopes = self.model.value_and_gradient(self.parameters, list(self.sample.x), list(self.sample.t))
            found: list[dict[str, float]] = []
            for arrays in (self.parameters, slopes):
                elements = {name: self.derivation.scalars.identifiers(tensors[name]) for name in arrays}
                found.append(
                    {e: v for n, a in arrays.items() for e, v in zip(elements[n], a.ravel().tolist(), strict=True)}
                )
            yield loss, found[0], found[1]
            for name, slope in slopes.items():
                self.parameters[name] = self.updated(name, self.parameters[name], slope, tau)

    def updated(self, name: str, w: Any, g: Any, tau: int) -> Any:
        rule = self.training.update
        eta = self.eta
        if rule.plan.name == "cosine":
            eta *= (1 + math.cos(math.pi * (tau - 1) / self.training.epochs)) / 2
        if rule.rule.name == "sgd":
            return w - eta * g
        if rule.rule.name == "momentum":
            self.memory[name] = 0.9 * self.memory.get(name, 0.0) + g
            return w - eta * self.memory[name]
        assert rule.rule.name == "adam"
        m, v = self.memory.get(name, (0.0, 0.0))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        self.memory[name] = m, v
        return w - eta * (m / (1 - 0.9**tau)) / (np.sqrt(v / (1 - 0.999**tau)) + 1e-8)


@pytest.mark.parametrize("changed", [False, True], ids=["as made", "changed"])
@pytest.mark.parametrize("name", NETWORKS)
def test_training_agrees_with_the_compiled_gradients(books: Any, name: str, changed: bool) -> None:
    sheet = books[name, changed]["Training"]
    columns = columns_of(sheet)
    trainer = Trainer(NETWORKS[name], *((RATE, WEIGHT) if changed else ()))
    height, mean = trainer.sample.examples, "mean " if trainer.sample.examples > 1 else ""
    for update, (loss, parameters, slopes) in enumerate(trainer.run()):
        row = FIRST + update * height
        wanted = {f"{mean}E_total": loss} | parameters
        wanted |= {f"{mean}∂E_total/∂{element}": slope for element, slope in slopes.items()}
        wrong = {
            h: (sheet.cell(row, columns[h]).value, v)
            for h, v in wanted.items()
            if not close(sheet.cell(row, columns[h]).value, v)
        }
        assert not wrong, (update, wrong)


@pytest.mark.parametrize("name", NETWORKS)
def test_learning_rates_agree_with_runs_at_each(books: Any, name: str) -> None:
    sheet, usual = books[name, False]["Learning rates"], NETWORKS[name].training.update.rule.learning_rate
    for column, multiple in enumerate(WORKBOOK, start=2):
        rate = sheet.cell(3, column).value
        assert close(rate, usual * multiple)
        for update, (loss, _, _) in enumerate(Trainer(NETWORKS[name], rate).run()):
            found = sheet.cell(FIRST + update, column).value
            if name != "scheduled" or multiple <= 2:  # beyond, digits are lost as fast as the loss grows
                assert close(found, loss), (rate, update, found, loss)


def expected(name: str, changed: bool, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The numbers that symprop puts beside the formulas where a network has the changed ones from the first."""
    network = ALL[name]
    if changed:
        start = replace(network.training, learning_rate=RATE)
        network = replace(network, training=start)
        monkeypatch.setattr("symprop.workbook.book.draw_sample", lambda *given: _changed(draw_sample(*given)))
    return opened(content(network, ROWS), values=True)


def _changed(sample: Sample) -> Sample:
    first, array = next(iter(sample.parameters.items()))
    array = array.copy()
    array.flat[0] = WEIGHT
    return replace(sample, parameters={**sample.parameters, first: array})


@pytest.mark.parametrize("changed", [False, True], ids=["as made", "changed"])
@pytest.mark.parametrize("name", ALL)
def test_every_cell_is_what_libreoffice_works_out(
    books: Any, name: str, changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, count = expected(name, changed, monkeypatch), 0
    working = ["Working"] if name in NETWORKS and not changed else []
    for sheet in ("Training", "Learning rates", *working):
        scales: dict[int, float] = {}  # the largest number of each column so far: what its sums may have lost digits of
        for row in made[sheet].iter_rows(min_row=FIRST):
            cells = [cell for cell in row if isinstance(cell.value, int | float)]
            if sheet == "Training" and any(abs(cell.value) > DIVERGED for cell in cells):
                break  # from here on digits are lost as fast as the loss grows
            for cell in cells:
                scale = scales[cell.column] = max(scales.get(cell.column, 0.0), abs(cell.value))
                if sheet != "Learning rates" or scale < DIVERGED:
                    count += 1
                    found = books[name, changed][sheet][cell.coordinate].value
                    assert isinstance(found, int | float), (sheet, cell.coordinate, found)
                    assert abs(found - cell.value) <= 1e-12 * scale, (sheet, cell.coordinate, found, cell.value)
    assert count > 300
