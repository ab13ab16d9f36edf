"""Documents for the renderers' tests: an ordinary one, and one with everything that could go wrong."""

from __future__ import annotations

from symprop.document.blocks import Block, Document, Equations, Heading, Paragraph, Table
from symprop.notation.formula import Call, Chain, Entry, Formula, Partial, Product, Symbol
from symprop.notation.names import Names
from symprop.prose.text import Math, Text
from tests.notation.samples import (
    GRADIENT_W1,
    GRADIENT_W5,
    HOSTILE,
    KINDS,
    LEAKY,
    LONG,
    PLACES,
    SIGMOID,
    W,
)

E, W5 = Symbol("E_total"), Symbol("w5")
NAMES = Names({}, {"W2": "W^{(2)}"}, {"sigmoid": r"\sigma"})

ORDINARY = Document(
    "Backpropagation by hand",
    NAMES,
    (
        Heading(2, ("The gradient of ", Math(W5))),
        Paragraph(("Each weight has a gradient, here ", Math(Partial(E, W5)), ", of three factors.")),
        Equations(
            "w5",
            (
                Chain((Symbol("a_h1"), Call("sigmoid", (Symbol("h1"),)), SIGMOID)),
                Chain(
                    (Partial(E, W5), Product((Partial(E, Symbol("a_o1")), Partial(Symbol("a_o1"), W5))), GRADIENT_W5)
                ),
            ),
        ),
        Equations("one", (Chain((W5, LEAKY)),)),
        Table((("Name",), ("Value",)), (((Math(W5),), ("0.5",)), (("a|b",), ("−1",))), (False, True)),
        Heading(3, ("The end",)),
    ),
)


def _equations(name: str, formulas: list[Formula]) -> Equations:
    return Equations(name, tuple(Chain((Partial(E, W), formula)) for formula in formulas))


def _numbers(columns: int) -> Table:
    header: tuple[Text, ...] = tuple((Math(Symbol(f"w{k}")),) for k in range(columns))
    rows = tuple(tuple((f"{0.123456 * k * row:.6f}",) for k in range(columns)) for row in range(1, 60))
    return Table(header, rows, (True,) * columns)


def _stress() -> tuple[Block, ...]:
    long = list(LONG.values())
    blocks: list[Block] = [_equations("long", long)]
    blocks += [Equations("left", tuple(Chain((formula, formula, W)) for formula in long))]
    blocks += [_equations(name, [place(kind) for kind in KINDS]) for name, place in PLACES.items()]
    for text in HOSTILE:
        blocks += [Heading(2, ("Hostile ", text)), Paragraph((text,)), Paragraph((text, Math(Symbol(text))))]
        blocks += [_equations(text, [Symbol(text), Call(text[:10], (Entry(text[:10], (text[:5], "j")),))])]
    narrow = "one of eight that are learnt by following the gradient downhill"
    blocks += [
        Paragraph(tuple(inline for formula in long for inline in ("Inline ", Math(formula), ". "))),
        Table((("a|b",), ("h",)), tuple(((text,), (text, Math(Symbol(text)))) for text in HOSTILE), (False, True)),
        Table((("f",), ("g",)), tuple(((Math(f),), (Math(f),)) for f in (*long, GRADIENT_W1)), (False, True)),
        Table((("Name",), ("Meaning",), ("Shape",)), (((Math(W5),), (narrow * 2,), ("1",)),), (False, False, True)),
        *(_numbers(columns) for columns in (1, 5, 9, 25)),
        Table((), (), ()),
        Table((("only a header",),), (), (False,)),
        Heading(1, ("One",)),
        Heading(4, ("Four",)),
    ]
    return tuple(blocks)


STRESS = Document("Stress: " + " ".join(HOSTILE), NAMES, _stress())
