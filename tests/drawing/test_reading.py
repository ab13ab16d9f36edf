"""Names' looks in runs of characters: every notation of every example is read, and nothing is lost."""

from __future__ import annotations

import pytest

from symprop.drawing.reading import TextRun, plain, runs, width
from symprop.face import load
from symprop.notation.looks import GREEK_WORDS, Look, verbatim
from symprop.notation.spelling import symbol


@pytest.mark.parametrize(
    ("latex", "parts"),
    [
        ("w_{5}", [("w", "italic", 0), ("5", "upright", -1)]),
        (r"a_{h1}", [("a", "italic", 0), ("h", "italic", -1), ("1", "upright", -1)]),
        (r"\delta_{o1}", [("δ", "italic", 0), ("o", "italic", -1), ("1", "upright", -1)]),
        (r"\Phi", [("Φ", "upright", 0)]),
        (r"\mathit{mean}^{(2)}", [("mean", "italic", 0), ("(2)", "upright", 1)]),
        (r"\mathtt{w\_5}", [("w_5", "typed", 0)]),
        (r"\bar{x}_{1}", [("x\u0304", "italic", 0), ("1", "upright", -1)]),
        (r"a\ \{b\}{+}", [("a", "italic", 0), ("\u00a0{", "upright", 0), ("b", "italic", 0), ("}+", "upright", 0)]),
        (r"x_1^2", [("x", "italic", 0), ("1", "upright", -1), ("2", "upright", 1)]),
        (r"x_{a_{b}}", [("x", "italic", 0), ("ab", "italic", -1)]),
        (r"\varphi_{h1}", [("φ", "italic", 0), ("h", "italic", -1), ("1", "upright", -1)]),
        (r"\mathtt{a\sim b}", [("a~b", "typed", 0)]),
        (r"\mathit{W1}", [("W1", "italic", 0)]),
        ("x_", [("x_", "typed", 0)]),  # what we do not write is shown as it is typed
        ("}{", [("}{", "typed", 0)]),
    ],
)
def test_runs(latex: str, parts: list[tuple[str, str, int]]) -> None:
    assert [(run.text, run.style, run.level) for run in runs(latex)] == parts


def test_what_stands_above_is_set_over_what_stands_below() -> None:
    letter, below, above = runs("w_{13}^{(2)}")
    assert (letter.back, below.back) == (0, 0)
    assert above.back == below.width > 0
    assert width([letter, below, above]) == pytest.approx(letter.width + max(below.width, above.width))


def test_wider_below_than_above() -> None:
    assert width(runs("w_{12345}^{2}")) == pytest.approx(width(runs("w_{12345}")))


@pytest.mark.parametrize("notation", ["classroom", "textbook", "bishop"])
@pytest.mark.parametrize("name", ["four_layers", "transformer_block", "mnist_cnn", "logistic_equations"])
def test_no_command_is_left_over(name: str, notation: str) -> None:
    derivation = load(name).derive(notation=notation)
    tensors = derivation.core.forward.tensors
    elements = [next(derivation.names.elements(tensor)) for tensor in tensors.values()]
    for quantity in (*tensors, *elements):
        text = "".join(run.text for run in runs(symbol(quantity, derivation.names)))
        assert text
        assert not set(text) & set("\\{}^"), quantity


def test_every_greek_letter_is_read() -> None:
    assert all(len(plain(f"\\{word}")) == 1 for word in GREEK_WORDS)


def test_typed_names_keep_their_letters() -> None:
    assert plain(verbatim("a_b-c<d>").latex()) == "a_b-c<d>"


def test_a_look_as_plain_text() -> None:
    assert plain(Look("w", "5", "(2)").latex()) == "w_5^(2)"
    assert TextRun("ab", "italic", -1).width < TextRun("ab", "italic").width
