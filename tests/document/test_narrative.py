"""Every equation of a document is true: its sides agree as numbers, partial derivatives taken as differences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest

from symprop.document.blocks import Block, Document, Equations, Heading, Paragraph, Table
from symprop.document.subject import MOST_PARAMETERS
from symprop.document.weights import MOST_PER_LAYER
from symprop.face import Derivation, Network, load
from symprop.face import Equations as EquationList
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.notation.formula import Chain, Entry, Formula, Partial, Product, Sign, Sum, Symbol, Transpose
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.rules.custom import activation_from_text
from symprop.scalar.function import declarations
from symprop.scalar.numeric import FLOAT
from symprop.views.convert import elementary
from symprop.views.numbers import as_number
from symprop.views.tree import map_parts, symbols
from tests.document.reading import equations

STEP = 1e-6
ELSEWHERE = (
    "matrix",
    "index",
    "functions",
    "loss-function",
    "update",
    "conditions",
    "consequences",
)  # what other tests evaluate as it is printed


def numbered(derivation: Derivation) -> Derivation:
    """The derivation of the same network with a number for every free quantity."""
    program = derivation.core.forward
    random = np.random.default_rng(3)
    values = {t.name: random.uniform(0.2, 0.9, t.extents) for t in program.free}
    if program.facts:  # the targets are a distribution
        values["t"] /= values["t"].sum()
    values = {name: array.tolist() for name, array in values.items()}
    object.__setattr__(derivation.spec, "values", values)
    return derivation


NETS = {
    "classroom": lambda: Derivation(load("classroom")),
    "mazur": lambda: Derivation(load("mazur"), notation="textbook"),
    "logistic": lambda: Derivation(load("logistic_equations")),
    "two outputs, mean": lambda: numbered(
        Derivation(Network(3, [Dense(2, "gelu"), Dense(2, "mish", bias="layer")], loss="mean_squared_error"))
    ),
    "one output, cross-entropy": lambda: numbered(
        Derivation(Network(2, [Dense(3, "elu", bias=False), Dense(1, "sigmoid")], loss="binary_cross_entropy"))
    ),
    "three layers": lambda: numbered(
        Derivation(Network(2, [Dense(3, "tanh"), Dense(2, "silu"), Dense(2, "softsign")], loss="log_cosh"))
    ),
    "three layers, shared weights": lambda: numbered(
        Derivation(Network(2, [Dense(2, "tanh", weights="W"), Dense(2, "sigmoid", weights="W"), Dense(3)]))
    ),
    "shared weights": lambda: numbered(
        Derivation(Network(2, [Dense(2, "tanh", weights="W"), Dense(2, weights="W", bias="layer")]))
    ),
    "softmax and cross-entropy": lambda: numbered(
        Derivation(Network(2, [Dense(3, "mish"), Dense(3)], loss="categorical_cross_entropy_from_logits"))
    ),
    "a function of more than the sum": lambda: numbered(
        Derivation(Network(2, [Dense(2, activation_from_text("swish2", "x/(1 + exp(-2*x))")), Dense(1)]))
    ),
    "one bias alone": lambda: numbered(
        Derivation(Network(2, [Dense(3, "tanh", bias="layer", trainable=False, bias_trainable=True), Dense(2)]))
    ),
    "by inputs": lambda: numbered(
        Derivation(Network(3, [Dense(2, "sigmoid"), Dense(2, "tanh", bias=False)]), ["x", "t", "a1", "z2"])
    ),
}


WITH_DELTAS = (
    "two outputs, mean",
    "three layers",
    "three layers, shared weights",
    "shared weights",
    "one bias alone",
    "by inputs",
)


class Numbers:
    """Values of formulas in one network, its forward equations alone giving what partial derivatives are."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.forward = Program(
            derivation.scalars.program.free, derivation.scalars.forward, derivation.core.forward.loss
        )
        values = (e.value for e in self.forward.equations if isinstance(e.value, Elementwise))
        self.functions = {n: f for value in values for n, f in declarations(value.expression).items()}
        free = {tensor.name for tensor in self.forward.free}
        self.given = {name: number for name, number in derivation.numbers.items() if name in free}
        self._moved: dict[tuple[str, float], Mapping[str, float]] = {}

    def moved(self, name: str, by: float) -> Mapping[str, float]:
        """Every forward quantity with one of them moved, and all that follows from it; many lines ask for the same."""
        if (name, by) not in self._moved:
            self._moved[name, by] = self._evaluated(name, by)
        return self._moved[name, by]

    def _evaluated(self, name: str, by: float) -> Mapping[str, float]:
        if name in self.given:
            return evaluate_program(self.forward, {**self.given, name: self.given[name] + by}, FLOAT)
        place = [equation.name for equation in self.forward.equations].index(name)
        before, after = self.forward.equations[: place + 1], self.forward.equations[place + 1 :]
        known = evaluate_program(Program(self.forward.free, before, name), self.given, FLOAT)
        known[name] += by
        free = (*self.forward.free, *(equation.target.tensor for equation in before))
        return evaluate_program(Program(free, after, self.forward.loss), known, FLOAT)

    def value(self, formula: Formula, numbers: Mapping[str, float]) -> float:
        text = plain(elementary(self._without_partials(formula), self.functions))
        return float(eval(text, {**vars(math), "abs": abs, **numbers}))

    def _direct(self, partial: Partial) -> float:
        """The difference of one equation alone, everything else that it reads held fixed."""
        assert isinstance(partial.of, Symbol)
        assert isinstance(partial.wrt, Symbol)
        equation = next(e for e in self.forward.equations if e.name == partial.of.name)
        free = tuple(dict.fromkeys(access.tensor for access in equation.value.accesses))
        known, wrt = {tensor.name: self.derivation.numbers[tensor.name] for tensor in free}, partial.wrt.name
        ahead, behind = (
            evaluate_program(Program(free, (equation,), equation.name), {**known, wrt: known[wrt] + step}, FLOAT)
            for step in (STEP, -STEP)
        )
        return float(ahead[equation.name] - behind[equation.name]) / (2 * STEP)

    def _without_partials(self, formula: Formula) -> Formula:
        if isinstance(formula, Partial):
            assert isinstance(formula.wrt, Symbol)
            if formula.direct:
                return as_number(self._direct(formula))
            ahead, behind = self.moved(formula.wrt.name, STEP), self.moved(formula.wrt.name, -STEP)
            return as_number((self.value(formula.of, ahead) - self.value(formula.of, behind)) / (2 * STEP))
        return map_parts(formula, self._without_partials)


def chains(blocks: tuple[Block, ...], *prefixes: str) -> Iterator[tuple[str, Chain]]:
    for block in blocks:
        if isinstance(block, Equations) and not block.id.startswith(prefixes):
            yield from ((block.id, chain) for chain in block.chains)


def document_of(derivation: Derivation) -> Document:
    return derivation.document()


@pytest.mark.parametrize("net", NETS)
def test_every_equation_is_true(net: str) -> None:
    derivation = NETS[net]()
    numbers, document = Numbers(derivation), document_of(derivation)
    compared = 0
    for name, chain in chains(document.blocks, *ELSEWHERE):
        values = [numbers.value(side, derivation.numbers) for side in chain.sides]
        near = 1e-4 if name == "numbers" else 1e-5  # numbers are put in as they are printed, to six digits
        assert values == pytest.approx([values[0]] * len(values), rel=near, abs=1e-7), (name, chain)
        compared += len(values) - 1
    assert compared > 10


def test_a_false_equation_would_be_seen() -> None:
    derivation = Derivation(load("classroom"))
    numbers = Numbers(derivation)
    false = Sum((Symbol("w5"), Symbol("w6")))
    assert numbers.value(Partial(Symbol("E_total"), Symbol("w5")), derivation.numbers) != pytest.approx(
        numbers.value(false, derivation.numbers), rel=1e-3
    )


def test_the_chapters_of_the_class_sheet() -> None:
    headings = [
        b.text[0] for b in Derivation(load("classroom")).document().blocks if isinstance(b, Heading) and b.level == 2
    ]
    assert headings == [
        "The network",
        "Forward pass",
        "The chain rule, for one output weight",
        "All output weights",
        "Back to the hidden layer",
        "All weights of the hidden layer",
        "As matrices: the four equations",
        "The update rule",
        "The first update, in numbers",
        "Certificate",
    ]


def test_ids_are_distinct() -> None:
    for net in NETS.values():
        ids = [block.id for block in net().document().blocks if isinstance(block, Equations)]
        assert len(set(ids)) == len(ids)


def test_without_values_there_are_no_numbers() -> None:
    document = Derivation(Network(2, [Dense(1, "tanh")])).document()
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert [table.header[0][0] for table in tables] == ["Symbol"]


def test_the_update_table_takes_all_gradients_at_the_old_weights() -> None:
    derivation = Derivation(load("classroom"))
    table = [block for block in derivation.document().blocks if isinstance(block, Table)][-1]
    after = {row[0][0].formula.name: row[3][0].formula.value for row in table.rows}  # type: ignore[union-attr]
    old, rate = derivation.numbers, derivation.spec.training.learning_rate
    assert after == pytest.approx({name: old[name] - rate * old[f"dE_total_d{name}"] for name in after})
    assert len(after) == 8


def test_a_large_net_is_told_layer_by_layer_and_says_so() -> None:
    units = MOST_PARAMETERS
    document = Derivation(Network(units, [Dense(3, "tanh"), Dense(2)])).document()
    text = " ".join(
        part for b in document.blocks if isinstance(b, Paragraph) for part in b.text if isinstance(part, str)
    )
    assert f"more than {MOST_PARAMETERS} trainable parameters" in text
    single = [block for block in document.blocks if isinstance(block, Equations) and block.id.startswith("single")]
    assert [len(block.chains) for block in single] == [MOST_PER_LAYER, MOST_PER_LAYER]
    assert any(isinstance(block, Equations) and block.id == "index-1" for block in document.blocks)


@pytest.mark.parametrize("net", NETS)
def test_deltas_are_introduced_before_they_are_used(net: str) -> None:
    derivation = NETS[net]()
    prefix, known = derivation.core.prefix, set[str]()
    for name, chain in chains(document_of(derivation).blocks, "matrix", "index"):
        left = chain.sides[0]
        known |= {left.name} if isinstance(left, Symbol) else set()
        used = {found for side in chain.sides for found in symbols(side) if found.startswith(prefix)}
        assert used <= known, (name, plain(left))
    assert any(symbol.startswith(prefix) for symbol in known) is (net in WITH_DELTAS)


def test_frozen_layers_are_passed_over() -> None:
    net = Network(2, [Dense(3, "tanh", trainable=False), Dense(1, "sigmoid")])
    headings = [block.text[0] for block in Derivation(net).document().blocks if isinstance(block, Heading)]
    assert "All output weights and biases" in headings
    assert not any(
        "hidden layer" in str(heading) and heading.startswith(("Back", "All")) for heading in map(str, headings)
    )


def test_a_list_of_equations_has_no_layers() -> None:
    derivation = Derivation(EquationList(["h = w*x", "E = (t - h)**2/2"], "E", ["w"]))
    document = derivation.document()
    assert next(b.id for b in document.blocks if isinstance(b, Equations)) == "forward"
    assert not any(isinstance(block, Equations) and block.id.startswith("matrix") for block in document.blocks)


def test_the_four_equations_are_those_of_the_class_sheet() -> None:
    document = Derivation(Network(3, [Dense(4, "tanh"), Dense(2, "sigmoid")])).document()
    found = {block.id: block.chains for block in document.blocks if isinstance(block, Equations)}
    delta = found["matrix-1"][0].sides
    assert plain(delta[1], matrix=True) == "(W2.T @ dE_total_dz2) * tanh'(z1)"
    assert found["matrix-1"][1].sides[1] == Product((Symbol("dE_total_dz1"), Transpose(Symbol("x"))), Sign.JUXTAPOSED)
    assert found["matrix-1"][2].sides == (Partial(Symbol("E_total"), Symbol("b1")), Symbol("dE_total_dz1"))
    assert not any(isinstance(side, Entry) for chain in found["matrix-2"] for side in chain.sides)


@pytest.mark.parametrize("sizes", [(784, 2048, 2048, 10), (5000, 5000, 10)])
def test_what_is_not_printed_is_neither_named_nor_unrolled(
    sizes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [0]
    original = Names.element

    def element(self: Names, *arguments: Any) -> str:
        calls[0] += 1
        return original(self, *arguments)

    monkeypatch.setattr(Names, "element", element)
    derivation = Derivation(Network(sizes[0], [Dense(units, "tanh") for units in sizes[1:]]))
    assert equations(derivation.document())["single-1"]
    assert not {"program", "forward"} & set(vars(derivation.scalars))
    assert calls[0] < 20_000
