"""`generated/` holds exactly what the examples' documents are now; ``python -m symprop.generated`` rebuilds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symprop import examples, generated, load
from symprop.renderers import render

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / generated.FOLDER


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: generated.fixed(path.name, path.read_bytes()) for path in folder.iterdir()}


def rebuilt(folder: Path, hash_seed: str) -> dict[str, bytes]:
    """What a process of its own writes, whose sets and dicts may come in another order than those of this one."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "symprop.generated"]
    done = subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return contents(folder / generated.FOLDER)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return rebuilt(tmp_path_factory.mktemp("first"), "1")


def test_the_folder_is_fresh(fresh: dict[str, bytes]) -> None:
    present = contents(FOLDER)
    differing = sorted(name for name in fresh.keys() | present.keys() if fresh.get(name) != present.get(name))
    assert differing == [], "rebuild it: python -m symprop.generated"


SMALL = """
from symprop import load
from symprop.renderers import render
for suffix in (".md", ".tex"):
    print(render(load("classroom").derive().document(), suffix))
"""


@pytest.mark.parametrize("hash_seed", ["2", "3"])
def test_every_process_renders_the_same(hash_seed: str) -> None:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", SMALL]
    done = subprocess.run(command, env=surroundings, capture_output=True, encoding="utf-8", check=False)
    document = load("classroom").derive().document()
    assert done.stdout == "".join(f"{render(document, suffix)}\n" for suffix in (".md", ".tex")), done.stderr


@pytest.mark.slow
def test_every_process_renders_every_example_the_same(tmp_path: Path) -> None:
    assert rebuilt(tmp_path, "2") == contents(FOLDER)


def test_every_example_has_its_documents(fresh: dict[str, bytes]) -> None:
    kinds = ("md", "network.svg", "tex", "html")
    assert set(fresh) == {f"{name}.{kind}" for name in examples.names() for kind in kinds} | {"classroom.xlsx"}
    titles = {
        ".md": "# Backpropagation by hand: ",
        ".tex": r"\section*{\LARGE Backpropagation by hand: ",
        ".html": "<h1",
    }
    for name, content in fresh.items():
        if (suffix := Path(name).suffix) in titles:
            assert titles[suffix] in content.decode("utf-8").replace("\\_", "_"), name


def test_differences_are_seen(
    fresh: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    documents = {name: content for name, content in sorted(fresh.items()) if not name.endswith(".xlsx")}
    monkeypatch.setattr(generated, "contents", lambda: documents)  # made once: that takes seconds
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
    assert generated.differences(tmp_path / "none")[0] == "classroom.html is missing"
