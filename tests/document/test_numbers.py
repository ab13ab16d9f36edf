"""The update in the document is the training step that a program would run, under names that nothing else has."""

from __future__ import annotations

import pytest

from symprop.document.blocks import Equations, Math, Table
from symprop.face import Derivation, Network, load
from symprop.face import Equations as EquationList
from symprop.layers.dense import Dense
from symprop.notation.formula import Number, Partial, Symbol
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.views.tree import map_parts


def update(derivation: Derivation) -> tuple[str, str]:
    """The update rule in plain text and in LaTeX."""
    document = derivation.document()
    (chain,) = next(b.chains for b in document.blocks if isinstance(b, Equations) and b.id == "update")
    plain_text, looks = ([show(side) for side in chain.sides] for show in (plain, lambda s: latex(s, document.names)))
    return " = ".join(plain_text), " = ".join(looks)


@pytest.mark.parametrize(
    ("notation", "text", "look"),
    [
        ("classroom", "next_w1 = w1 - eta*dE_total/dw1", r"w_{1}^{\mathrm{new}} = w_{1} - \eta "),
        (
            "textbook",
            "next_w1_1_1 = w1_1_1 - eta*dE_total/dw1_1_1",
            r"w_{11}^{(1), \mathrm{new}} = w_{11}^{(1)} - \eta ",
        ),
    ],
)
def test_the_update_rule(notation: str, text: str, look: str) -> None:
    found = update(load("classroom").derive(notation=notation))
    assert found[0].replace(" * ", "*") == text
    assert found[1].startswith(look)


def test_the_names_of_the_update_are_free() -> None:
    lines = ["h = eta*next_w*x", "E = (t - h)**2"]
    text, look = update(EquationList(lines, loss="E", parameters=["next_w"]).derive())
    assert text.replace(" * ", "*") == "next_next_next_w = next_w - eta_*dE/dnext_w"
    assert r"\mathtt{eta\_}" in look
    assert r"\eta" not in look


def test_the_table_holds_what_the_rule_says() -> None:
    derivation = load("mazur").derive()
    rate, numbers, document = derivation.spec.training.learning_rate, derivation.numbers, derivation.document()
    (table,) = [b for b in document.blocks if isinstance(b, Table) and b.header[0] == ("Parameter",)]
    assert [row[0] for row in table.rows] == [(Math(Symbol(name)),) for name in derivation.parameters()]
    (chain,) = next(b.chains for b in document.blocks if isinstance(b, Equations) and b.id == "update")

    def number(part):  # type: ignore[no-untyped-def]
        if isinstance(part, Partial):
            return Number(numbers["dE_total_dw1"])
        if isinstance(part, Symbol):
            return Number({"eta": rate, **numbers}[part.name])
        return map_parts(part, number)

    (after,) = table.rows[0][3]
    assert isinstance(after, Math)
    assert eval(plain(number(chain.sides[1]))) == pytest.approx(float(plain(after.formula)))


def test_what_is_not_trained_is_not_updated() -> None:
    net = Network(2, [Dense(3, trainable=False), Dense(1, bias=False)], values={"x": [1, 2], "t": [1]})
    assert update(net.derive(["x", "W1", "W2"]))[0].startswith("next_w7 = ")
    blocks = net.derive("x").document().blocks
    assert not any(isinstance(block, Equations) and block.id == "update" for block in blocks)
