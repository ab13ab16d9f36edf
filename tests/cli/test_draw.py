"""`symprop draw`: a picture appears whole, in the format of its suffix, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.mark.parametrize(
    ("file", "part"), [("x.svg", "<svg "), ("x.tex", "\\begin{tikzpicture}"), ("X.DOT", "digraph ")]
)
def test_the_suffix_chooses_the_format(run: Run, file: str, part: str) -> None:
    result = run("draw", "classroom", "-o", file)
    assert (result.code, result.out, result.err) == (0, f"wrote {file}\n", "")
    assert part in Path(file).read_text(encoding="utf-8")


def test_json(run: Run) -> None:
    found = run("draw", "2-1", "--output", "a.svg", "--json").json
    assert found == {"network": "2-1", "file": "a.svg", "style": "neurons"}


def test_highlight_in_json(run: Run) -> None:
    found = run("draw", "transformer_block", "-o", "a.svg", "--highlight", "W6", "--json").json
    assert found["style"] == "blocks"
    assert (found["highlight"], found["paths"]) == ("W6", ["W6", "z6", "a6", "y7", "E", "E_total"])


def test_notation_and_options_of_a_shorthand(run: Run) -> None:
    run(
        "draw", "2-3-1", "-o", "x.svg", "--notation", "textbook", "--activation", "tanh", "--loss", "huber", "--no-bias"
    )
    text = Path("x.svg").read_text(encoding="utf-8")
    assert 'data-names="w2_1_1"' in text
    assert "hidden layer, tanh" in text
    assert ">huber<" in text
    assert "b_1" not in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("clasroom", "-o", "x.svg"), "Did you mean 'classroom'?"),
        (
            ("classroom", "-o", "x.svgg"),
            "x.svgg: a drawing cannot have this format (expected .svg, .png, .pdf, .tex, .dot",
        ),
        (("classroom", "-o", "x"), "got no suffix"),
        (("classroom",), "missing option"),
        (("classroom", "-o", "x.svg", "--highlight", "w77"), "there is no quantity 'w77'. Did you mean 'w7'?"),
        (("classroom", "-o", "x.svg", "--highlight", "t1x"), "there is no quantity 't1x'"),
        (("classroom", "-o", "x.svg", "--higlight", "w1"), "unknown option '--higlight'. Did you mean '--highlight'?"),
        (("classroom", "-o", "x.svg", "--notation", "clasroom"), "unknown notation 'clasroom'"),
        (("classroom", "-o", "no/x.svg"), "its directory does not exist"),
        (("classroom", "-o", "folder.svg/"), "it is a directory"),
        (("mnist_cnn", "-o", "x.svg", "--highlight", "next_mean2"), "'next_mean2' does not reach the loss E_total"),
    ],
)
def test_what_is_refused(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("draw", *arguments)
