"""Macros in the place of letters: every look can be written in them and read back, and no two looks share one."""

from __future__ import annotations

import pytest

from symprop.notation.formula import Call, Entry, Ones, Symbol
from symprop.notation.latex import latex
from symprop.notation.looks import GREEK_WORDS, Look, spelled, verbatim
from symprop.notation.macros import ARRAY, BAR, LAYER, STYLES, Macros
from symprop.notation.names import Names
from symprop.notation.widths import text_width
from tests.notation.samples import HOSTILE

LOOKS = [
    "w_{5}",
    r"\bar{W}^{(2), \mathrm{new}}",
    r"\delta_{S\leftarrow P^{(2)}}^{(2)}",
    r"D_{P^{(2)},l^{(2)}}",
    r"\mathit{scale}_{2}",
    r"E_{\mathrm{total}}",
    r"\varphi_{h3,12}",
    r"z_{\tau+1}^{(1)}",
    r"a_{1\overset{2}{\leftarrow} b}",
]


def expanded(text: str, macros: Macros) -> str:
    return macros.real(text).replace(" ", "")


@pytest.mark.parametrize("look", [*LOOKS, *(spelled(text).latex() for text in HOSTILE), verbatim("w_{5}").latex()])
def test_a_look_in_macros_stands_for_itself(look: str) -> None:
    macros = Macros.of([look])
    for written in (macros.quantity(look), macros.index(look), macros.quantity(look, is_array=True)):
        assert expanded(written, macros).replace("{", "").replace("}", "") == look.replace(" ", "").replace(
            "{", ""
        ).replace("}", "")


def test_macros_are_called_after_what_they_stand_for() -> None:
    macros = Macros.of(["a_{h1}", "h_{1}", r"\mathit{net}_{1}"])
    assert macros.quantity("a_{h1}") == r"\neta_{\neth1}"
    assert macros.quantity(r"E_{\mathrm{total}}") == r"\netE_{\netindextotal}"
    assert macros.quantity(r"\mathit{net}_{1}") == r"\netnet_{1}"
    assert macros.index("j") == r"\netindexj"
    assert macros.quantity("W^{(2)}", is_array=True) == rf"{ARRAY}{{\netW}}^{{{LAYER}{{2}}}}"
    assert macros.quantity(r"\bar{w}_{1}") == rf"{BAR}{{\netw}}_{{1}}"
    assert macros.styles == set(STYLES)


def test_an_index_is_no_quantity_of_the_same_letter() -> None:
    macros = Macros.of(["i_{1}"])
    assert {macros.index("i"), macros.quantity("i_{1}")} == {r"\netindexi", r"\neti_{1}"}


def test_what_looks_different_has_another_macro() -> None:
    looks = [
        "e",
        r"\acute{e}",
        r"\mathtt{e}",
        r"\mathit{e1}",
        r"\mathit{layer}",
        r"\mathit{indexj}",
        "é",
        r"\mathtt{\_}",
    ]
    macros = Macros.of(looks)
    written = [macros.quantity(look) for look in looks] + [macros.index("j")]
    assert len(set(written)) == len(written)
    assert LAYER not in written
    assert all(macro.strip("\\").isalpha() for macro in macros.meanings)


def test_formulas_have_the_widths_that_they_have_without() -> None:
    plain = Names(functions={"mine": r"\mathop{\mathrm{mine}}"})
    names = plain.in_macros()
    for formula in (Symbol("weight_h1"), Entry("W2", ("jj", "k+1")), Ones(3), Call("mine", (Symbol("alpha"),))):
        written = latex(formula, names)
        assert r"\net" in written
        assert text_width(names.real(written)) == pytest.approx(text_width(latex(formula, plain)))


def test_functions_of_latex_stay() -> None:
    names = Names(functions={"tanh'": r"{\tanh}'", "sigmoid": r"\sigma", "sigmoid'": r"{\sigma}'"}).in_macros()
    x = (Symbol("x"),)
    assert latex(Call("exp", x), names) == r"e^{\netx}"
    assert latex(Call("tanh'", x), names) == r"{\tanh}'(\netx)"
    assert latex(Call("sigmoid'", x), names) == r"{\netfunctionsigmoid}'(\netx)"


def test_every_greek_letter_has_a_macro() -> None:
    macros = Macros.of([])
    assert all(macros.quantity(Look(f"\\{word}", "1").latex()) == rf"\net{word}_{{1}}" for word in GREEK_WORDS)
