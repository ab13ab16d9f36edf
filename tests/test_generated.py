"""`generated/` holds exactly what the examples' documents are now; ``python -m symprop.generated`` rebuilds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from symprop import examples, generated

FOLDER = Path(__file__).parent.parent / generated.FOLDER


def test_the_folder_is_fresh() -> None:
    assert generated.differences(FOLDER) == [], "rebuild it: python -m symprop.generated"


def test_every_example_has_its_documents() -> None:
    assert set(generated.documents()) == {f"{name}.{kind}" for name in examples.names() for kind in ("md", "tex")}


def test_a_rebuilt_folder_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert generated.main() == 0
    assert generated.differences(tmp_path / generated.FOLDER) == []


def test_differences_are_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / generated.FOLDER
    generated.rebuild(folder)
    (folder / "classroom.md").unlink()
    (folder / "mazur.tex").write_text("old")
    (folder / "old.md").write_text("of an example that is gone")
    assert generated.differences(folder) == [
        "classroom.md is missing",
        "old.md belongs to no example",
        "mazur.tex is out of date",
    ]
    assert generated.main() == 1
    assert capsys.readouterr().err == "generated/old.md belongs to no example\n"
    assert generated.differences(tmp_path / "none")[0] == "classroom.md is missing"
