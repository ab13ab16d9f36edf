"""`symprop export`: a document appears whole, in the format of its suffix, or not at all."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(("file", "part"), [("x.md", "```math\n"), ("x.tex", "\\begin{document}"), ("X.MD", "# ")])
def test_the_suffix_chooses_the_format(run: Run, file: str, part: str) -> None:
    result = run("export", "classroom", "-o", file)
    beside = {"x.md": " and x.network.svg", "X.MD": " and X.network.svg"}.get(file, "")
    assert (result.code, result.out, result.err) == (0, f"wrote {file}{beside}\n", "")
    assert part in Path(file).read_text(encoding="utf-8")


def test_json_names_the_file(run: Run) -> None:
    assert run("export", "2-3-1", "--output", "a.md", "--json").json == {
        "network": "2-3-1",
        "file": "a.md",
        "beside": ["a.network.svg"],
    }


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


MAIN = """
#include <stdio.h>
#include "net.h"
int main(void)
{
    struct net_parameters parameters = {.W1 = {0.15, 0.2, 0.25, 0.3}, .W2 = {0.4, 0.45, 0.5, 0.55}, .tau = 1};
    net_real x[2] = {0.05, 0.1}, t[2] = {0.5, 0.5};
    struct net_update_outputs outputs;
    union net_work work;
    for (int k = 0; k < 11; ++k) {
        net_update(&parameters, x, t, 0.05, 0.8, 0.999, 1e-8, &outputs, &work);
        printf("%.17g\\n", (double)outputs.E_total);
    }
    return 0;
}
"""
ADAM = "[training]\noptimizer = 'adam'\nbeta1 = 0.8\n"
VALUES = "[values]\nW1 = [[0.15, 0.2], [0.25, 0.3]]\nW2 = [[0.4, 0.45], [0.5, 0.55]]\nx = [0.05, 0.1]\nt = [0.5, 0.5]\n"


@pytest.mark.parametrize(("dtype", "digits"), [("float64", 1e-12), ("float32", 1e-5)])
def test_c_code_that_trains(run: Run, dtype: str, digits: float) -> None:
    layers = "[[layers]]\nunits = 2\nbias = false\nactivation = 'sigmoid'\n" * 2
    Path("net.toml").write_text(f"inputs = 2\n{layers}{ADAM}{VALUES}")
    for suffix in "ch":
        assert run("export", "net.toml", "-o", f"net.{suffix}", "--dtype", dtype).out == f"wrote net.{suffix}\n"
    header = Path("net.h").read_text()
    assert " * net_update is one update by adam:\n * eta is the learning rate\n * beta1 = 0.8\n" in header
    assert " * tau starts from 1\n" in header
    Path("main.c").write_text(MAIN)
    strict = ["-Wall", "-Wextra", "-Werror", "-std=c99"]
    subprocess.run(["cc", *strict, "-o", "main", "net.c", "main.c", "-lm"], check=True)
    printed = subprocess.run(["./main"], check=True, capture_output=True, text=True).stdout
    expected = run("train", "net.toml", "--learning-rate", "0.05", "--epochs", "10", "--json").json["loss"]
    assert [float(line) for line in printed.splitlines()] == pytest.approx(expected, rel=digits)


@pytest.mark.parametrize("name", ["2-3-1", "logistic_equations", "xor"])
def test_c_code_of_any_network(run: Run, name: str) -> None:
    run("export", name, "-o", "code.c")
    subprocess.run(["cc", "-Wall", "-Wextra", "-Werror", "-std=c99", "-c", "code.c"], check=True)
    stem = "net_2_3_1" if name == "2-3-1" else name
    assert all(
        f"void {stem}_{function}(" in Path("code.c").read_text() for function in ("forward", "gradient", "update")
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "x.c", "--dtype", "bfloat16"), "C has no number format 'bfloat16' (expected float64 or float32)"),
        (
            ("-o", "x.md", "--dtype", "float32"),
            "x.md: a document in markdown takes no option 'dtype'. Leave it out; it goes with .c, .h.",
        ),
        (("-o", "no/x.c"), "no/x.c: cannot write the file"),
    ],
)
def test_what_is_no_code(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("export", "classroom", *arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom",), "missing option '--output' / '-o'"),
        (
            ("classroom", "-o", "x.htm"),
            "x.htm: an export cannot have this format (expected .c, .h, .html, .ipynb, .md, .pdf, .tex",
        ),
        (("classroom", "-o", "x"), "got no suffix"),
        (("classroom", "-o", "no/x.md"), "no/x.md: cannot write the file"),
        (("classroom", "-o", "."), "got no suffix"),
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
