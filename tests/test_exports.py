"""The table of what a derivation can be written as: every entry writes, takes its own options and refuses the others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from symprop import UserError, load
from symprop.errors import InternalError
from symprop.exports import EXPORTS, Options, is_document, is_workbook, write
from symprop.renderers.catalogue import RENDERERS
from symprop.renderers.code import CODE

CLASSROOM = load("classroom").derive()
ASKED = {"dtype": "float32", "rows": 2, "fragment": True, "width": 20.0, "language": "en"}


@pytest.mark.parametrize("suffix", EXPORTS)
def test_every_suffix_writes_the_file_first(suffix: str, tmp_path: Path) -> None:
    written = write(CLASSROOM, tmp_path / f"net{suffix.upper()}", Options())
    assert written[0] == tmp_path / f"net{suffix.upper()}"
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert all(path.stat().st_size > 200 for path in written)


@pytest.mark.parametrize("option", ASKED)
@pytest.mark.parametrize("suffix", EXPORTS)
def test_an_option_goes_with_some_files_and_is_refused_by_others(suffix: str, option: str, tmp_path: Path) -> None:
    takes = option in EXPORTS[suffix].options
    options = Options(**{option: ASKED[option]}, **({"fragment": True} if takes and option == "width" else {}))
    if takes:
        assert write(CLASSROOM, tmp_path / f"net{suffix}", options)[0].exists()
        return
    with pytest.raises(UserError, match=f"takes no option '{option}'"):
        write(CLASSROOM, tmp_path / f"net{suffix}", options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("suffix", "says"), [(".html", "takes no option 'rows'"), (".xlsx", "the number of rows is a whole number from 1")]
)
def test_zero_is_asked_for_too(suffix: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=says):
        write(CLASSROOM, tmp_path / f"net{suffix}", Options(rows=0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("file", "named"), [("net.docx", ".docx"), ("net", "no suffix")])
def test_an_unknown_suffix(file: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"an export cannot.*\.c, .*\.md, \.pdf, \.tex.*, got {named}"):
        write(CLASSROOM, tmp_path / file, Options())
    assert list(tmp_path.iterdir()) == []


def test_documents_and_code() -> None:
    assert is_document("a.MD")
    assert not is_document("a.c")
    assert is_workbook("a.XLSX")
    assert not is_workbook("a.md")


def test_what_writes_a_file_does_not_say_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another way to write a workbook is one still."""
    monkeypatch.setitem(EXPORTS, ".ods", replace(EXPORTS[".xlsx"], write=EXPORTS[".md"].write))  # type: ignore[arg-type]
    assert is_workbook("a.ods")


def test_an_option_that_is_none_of_the_options_is_refused_at_once() -> None:
    with pytest.raises(InternalError, match="an option that nobody can give"):
        replace(EXPORTS[".md"], options=("language", "colour"))


def test_every_suffix_is_declared_once() -> None:
    declared = [renderer.suffix for renderer in RENDERERS.values()] + [".ipynb", ".xlsx", *CODE]
    assert sorted(declared) == sorted(EXPORTS)


def test_what_trains_trains_everything_whatever_was_asked_for(tmp_path: Path) -> None:
    part = load("classroom").derive("w3")
    for suffix in (".html", ".ipynb", ".xlsx"):
        write(part, tmp_path / f"part{suffix}", Options(rows=2 if suffix == ".xlsx" else None))
        write(CLASSROOM, tmp_path / f"whole{suffix}", Options(rows=2 if suffix == ".xlsx" else None))
    sheets = [load_workbook(tmp_path / f"{name}.xlsx", data_only=True)["Training"] for name in ("part", "whole")]
    rows, expected = ([*sheet.iter_rows(values_only=True)] for sheet in sheets)
    assert rows == expected
    pages = [(tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("part", "whole")]
    data, known = (re.findall(r'<script type="application/json"[^>]*>.*?</script>', page, re.DOTALL) for page in pages)
    assert data == known != []
    assert "The gradient with respect to" in pages[0]
    cells = json.loads((tmp_path / "part.ipynb").read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert "derivation = network.derive(wrt=['w3'])" in code
    assert "derivation.formula('w3')" in code
    assert "model = network.derive().compile(" in code
