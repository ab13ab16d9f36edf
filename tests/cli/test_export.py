"""`symprop export`: a document appears whole, in the format of its suffix, or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(("file", "part"), [("x.md", "```math\n"), ("x.tex", "\\begin{document}"), ("X.MD", "# ")])
def test_the_suffix_chooses_the_format(run: Run, file: str, part: str) -> None:
    result = run("export", "classroom", "-o", file)
    assert (result.code, result.out, result.err) == (0, f"wrote {file}\n", "")
    assert part in Path(file).read_text(encoding="utf-8")


def test_json_names_the_file(run: Run) -> None:
    assert run("export", "2-3-1", "--output", "a.md", "--json").json == {"network": "2-3-1", "file": "a.md"}


def test_notation(run: Run) -> None:
    run("export", "classroom", "-o", "x.tex", "--notation", "textbook")
    assert "w_{11}^{(2)}" in Path("x.tex").read_text(encoding="utf-8")


def test_options_of_a_shorthand(run: Run) -> None:
    run("export", "2-3-1", "-o", "x.md", "--activation", "tanh", "--loss", "huber", "--no-bias")
    text = Path("x.md").read_text(encoding="utf-8")
    assert "tanh" in text
    assert "b^{(1)}" not in text


def test_pdf_without_latex_says_how_to_install_it(
    refused: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    message = refused("export", "classroom", "-o", "x.pdf")
    assert "making a PDF needs LaTeX" in message
    assert "apt-get install" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom",), "missing option '--output' / '-o'"),
        (("classroom", "-o", "x.html"), "x.html: no format goes by the suffix '.html'. Known: .md, .pdf, .tex."),
        (("classroom", "-o", "x"), "x: the file name has no suffix"),
        (("classroom", "-o", "no/x.md"), "no/x.md: cannot write the file"),
        (("classroom", "-o", "."), "the file name has no suffix"),
    ],
)
def test_what_cannot_be_written(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("export", *arguments)
    assert message in refused("export", *arguments, "--json")


def test_a_failure_leaves_what_was_there(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "x.md").write_text("mine")
    (tmp_path / "net.toml").write_text("inputs = 2\nlayers = 3\n")
    refused("export", "net.toml", "-o", "x.md")
    assert (tmp_path / "x.md").read_text() == "mine"


def test_a_name_of_a_folder_is_refused(refused: Run, tmp_path: Path) -> None:
    os.mkdir(tmp_path / "x.md")
    assert "x.md: cannot write a file here: it is a directory" in refused("export", "classroom", "-o", "x.md")


OUTSIDE = """inputs = 1
values = {x = [0.5], t = [1], W1 = [[-1]], b1 = [0]}
[[layers]]
units = 1
activation = {name = "root", expression = "sqrt(x)"}
"""


def test_values_outside_a_functions_domain_give_no_numbers(run: Run, refused: Run, tmp_path: Path) -> None:
    net, document = tmp_path / "net.toml", tmp_path / "net.md"
    net.write_text(OUTSIDE)
    assert "'a_o1' is not finite at the values given" in run("export", str(net), "-o", str(document)).err
    text = document.read_text()
    assert "NaN" not in text
    assert "first update" not in text
    assert "'a_o1' is not finite at these values (got nan)" in refused("formulas", str(net), "--numbers")
