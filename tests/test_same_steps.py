"""One document feeds every text: each output that readers get has the same steps, in the same order, under the same names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from openpyxl import load_workbook

from symprop import examples, load
from symprop.document.blocks import Equations, Pairs
from symprop.exports import EXPORTS, Kind, Options, write


def _commented(path: Path) -> list[str]:
    return re.findall(r"^<!-- (\S+) -->$", path.read_text(encoding="utf-8"), re.MULTILINE)


def _of_latex(path: Path) -> list[str]:
    return re.findall(r"^% (\S+)\n\\begin\{align", path.read_text(encoding="utf-8"), re.MULTILINE)


def _labelled(path: Path) -> list[str]:
    return re.findall(r"\\label\{eq:[^:]+:([^:}]+)\}", path.read_text(encoding="utf-8"))


class _Page(HTMLParser):
    found: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "equations" in (given.get("class") or "").split():
            self.found.append(given["id"] or "")


def _of_page(path: Path) -> list[str]:
    page = _Page()
    page.found = []
    page.feed(path.read_text(encoding="utf-8"))
    return page.found


def _of_notebook(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [name for cell in cells for name in cell["metadata"].get("symprop", {}).get("equations", [])]


def _of_workbook(path: Path) -> list[str]:
    book = load_workbook(path, read_only=True)
    rows = list(book["Derivation"].iter_rows(values_only=True))
    last = max(len(row) for row in rows)
    found = [str(row[-1]) for row in rows if len(row) == last and row[-1] is not None]
    book.close()
    return found


READERS: dict[str, Callable[[Path], list[str]]] = {
    ".md": _commented,
    ".tex": _of_latex,
    ".html": _of_page,
    ".ipynb": _of_notebook,
    ".xlsx": _of_workbook,
}
FEW = ("classroom", "logistic_equations")
OTHERS = sorted({*examples.names()} - {*FEW})
NO_WORKBOOK = ("mnist_cnn", "transformer_block")  # which would have too many cells
NOT_READ = {".pdf"}  # what .tex says, typeset


def test_every_document_is_read() -> None:
    documents = {suffix for suffix, export in EXPORTS.items() if export.kind is not Kind.CODE}
    assert documents - NOT_READ == set(READERS)


def _check(name: str, suffix: str, folder: Path, options: Options) -> None:
    derivation = load(name).derive()
    steps = [re.sub(r"[^\w.-]", "-", b.id) for b in derivation.document().blocks if isinstance(b, Equations | Pairs)]
    assert steps
    assert len(set(steps)) == len(steps)
    path = write(derivation, folder / f"{name}{suffix}", options)[0]
    read = _labelled if options.fragment else READERS[suffix]
    assert read(path) == steps


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("name", FEW)
def test_every_text_has_the_steps_of_the_document(name: str, suffix: str, tmp_path: Path) -> None:
    _check(name, suffix, tmp_path, Options(rows=2 if suffix == ".xlsx" else None))


@pytest.mark.parametrize("name", FEW)
def test_a_fragment_labels_the_steps_of_the_document(name: str, tmp_path: Path) -> None:
    _check(name, ".tex", tmp_path, Options(fragment=True))


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_so_has_every_text_of_every_example(name: str, tmp_path: Path) -> None:
    for suffix in READERS:
        if suffix != ".xlsx" or name not in NO_WORKBOOK:
            _check(name, suffix, tmp_path, Options(rows=2 if suffix == ".xlsx" else None))
    _check(name, ".tex", tmp_path, Options(fragment=True))
