"""`symprop demo`: everything at once, twice in a row, and never over somebody else's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.cli.demo import FILES, MANIFEST

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _without_latex(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Typesetting takes seconds, and is tested with the renderers."""
    monkeypatch.setenv("PATH", str(tmp_path))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_works_twice_in_a_row(run: Run, tmp_path: Path) -> None:
    first = run("demo")
    assert (first.code, first.err) == (0, "")
    made = contents(tmp_path / "symprop-demo")
    assert set(made) == {*FILES, MANIFEST} - {"classroom.pdf"}
    second = run("demo")
    assert (second.code, second.out) == (0, first.out)
    assert contents(tmp_path / "symprop-demo") == made


def test_it_says_what_lies_where(run: Run) -> None:
    out = run("demo", "--folder", "a/b").out
    for part in ("∂E_total/∂w5 = (a_o1 − t1)", "loss after:", "converged", "Rate 1000, stuck", "What lies in a/b"):
        assert part in out
    summary = out[out.index("What lies in") :]
    assert [name for name in FILES if name in summary] == list(FILES)
    assert "no classroom.pdf: making a PDF needs LaTeX" in summary


def test_json(run: Run, tmp_path: Path) -> None:
    content = run("demo", "--folder", "here", "--json").json
    assert content["folder"] == "here"
    assert all((tmp_path / "here" / name).is_file() for name in content["files"])
    assert content["runs"][-1] == {"learning_rate": 1000, "verdict": "stuck"}
    assert content["loss"] < 1e-10


def test_it_does_not_write_over_files_that_it_did_not_make(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "loss.png").write_text("mine")
    assert "mine/loss.png: this file is not as the demo made it, and would be lost" in refused(
        "demo", "--folder", "mine"
    )
    assert contents(tmp_path / "mine") == {"loss.png": b"mine"}


def test_it_does_not_write_over_what_was_changed_since(run: Run, refused: Run, tmp_path: Path) -> None:
    run("demo")
    notes = tmp_path / "symprop-demo" / "classroom.md"
    notes.write_text(notes.read_text(encoding="utf-8") + "my notes\n", encoding="utf-8")
    assert "classroom.md" in refused("demo")
    assert notes.read_text(encoding="utf-8").endswith("my notes\n")


def test_other_files_in_the_folder_stay(run: Run, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "notes.txt").write_text("mine")
    assert run("demo", "--folder", "here").code == 0
    assert (tmp_path / "here" / "notes.txt").read_text() == "mine"


def test_a_broken_manifest_counts_as_none(run: Run, refused: Run, tmp_path: Path) -> None:
    run("demo")
    (tmp_path / "symprop-demo" / MANIFEST).write_text("[" * 100_000)
    assert "classroom.md" in refused("demo")


def test_a_folder_that_cannot_be_made(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "file: this is a file, not a folder" in refused("demo", "--folder", "file")
    assert "file/x: cannot make the folder" in refused("demo", "--folder", "file/x")
