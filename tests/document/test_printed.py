"""Every line over whole tensors is true as it is printed: with indices, as matrices, layer by layer and folded over time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

import symprop
from symprop.derivation.unroll import unroll
from symprop.document.blocks import Document, Equations, Pairs
from symprop.face import Derivation
from symprop.ir.evaluate import evaluate_program
from symprop.layers.dense import Dense
from symprop.lowering.step import training_step
from symprop.notation.formula import Call, Chain, Formula, Partial, Product, Symbol
from symprop.notation.plain import plain
from symprop.rules import functions
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from symprop.rules.optimizers import OPTIMIZERS
from symprop.scalar.function import ScalarFunction, X
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.convert import elementary
from symprop.views.delta import with_added
from tests.document.printed import CLOSE, errors, page, steps, whole_chains
from tests.document.test_layerwise import UNFOLDED, case, example, identified
from tests.document.test_narrative import NETS, Numbers, numbered
from tests.layers.test_layers import CASES

FOLDED = sorted(set(range(len(CASES))) - set(UNFOLDED))
WHOLE = ("matrix", "index", "states")
DECLARED = {f.name: f for f in (*vars(functions).values(), *ACTIVATIONS.values()) if isinstance(f, ScalarFunction)}
LARGE = {
    "tanh and softplus": lambda: symprop.Network(5, [Dense(9, "tanh"), Dense(3, "softplus", bias="layer")]),
    "shared": lambda: symprop.Network(6, [Dense(6, "gelu", weights="W"), Dense(6, weights="W"), Dense(4, "sin")]),
    "classes": lambda: symprop.Network(7, [Dense(8, "mish"), Dense(3)], loss="categorical_cross_entropy_from_logits"),
    "by inputs and targets": lambda: symprop.Network(9, [Dense(7, "sigmoid", bias=False), Dense(2)]),
}


def check(derivation: Derivation, document: Document) -> int:
    """The number of lines; each side of each is evaluated."""
    count = 0
    with page(derivation) as on:
        for place, chain, matrix in whole_chains(document, *WHOLE):
            worst = max(errors(on, chain, matrix=matrix))
            assert worst < CLOSE, (place, [plain(side) for side in chain.sides], worst)
            count += 1
    return count


@pytest.mark.parametrize("net", [name for name in NETS if name != "logistic"])
def test_the_matrix_forms_of_small_nets(net: str) -> None:
    derivation = NETS[net]()
    assert check(derivation, derivation.document()) >= 4


@pytest.mark.parametrize("net", LARGE)
def test_the_index_and_matrix_forms_of_large_nets(net: str) -> None:
    network = LARGE[net]()
    asked = ["x", "t", "W1"] if net.startswith("by") else None
    derived = Derivation(network, asked)
    document = derived.document()
    ids = {block.id for block in document.blocks if isinstance(block, Equations)}
    assert {"index-1", "matrix-1"} <= ids
    assert check(derived, document) >= 8


@pytest.mark.parametrize("number", UNFOLDED, ids=identified)
def test_both_halves_of_each_layer(number: int) -> None:
    check(*case(number))


@pytest.mark.parametrize("number", FOLDED, ids=identified)
def test_the_lines_of_a_recurrent_layer_at_every_step(number: int) -> None:
    told, document = case(number)
    count = 0
    with page(told) as on:
        for block in document.blocks:
            if isinstance(block, Pairs):
                halves = [c for c, _ in block.pairs], [c for _, c in block.pairs if c is not None]
                for matrix, half in enumerate(halves):
                    for chain in steps(on, half):
                        worst = max(errors(on, chain, matrix=bool(matrix)))
                        assert worst < CLOSE, (block.id, [plain(side) for side in chain.sides], worst)
                        count += 1
    assert count > 20


def test_a_block_of_a_transformer() -> None:
    assert check(symprop.load("transformer_block").derive(), example("transformer_block")) > 60


def test_a_false_line_would_be_seen() -> None:
    told = symprop.Network((2, 3), [symprop.LayerNorm()]).derive()
    blocks = list(told.document().blocks)
    place = next(n for n, block in enumerate(blocks) if isinstance(block, Pairs) and block.id == "backward-1")
    pairs = blocks[place]
    assert isinstance(pairs, Pairs)
    (left, right), matrix = pairs.pairs[-1][0].sides, pairs.pairs[-1][1]
    false = Chain((left, Product((Symbol("pi"), right))))
    blocks[place] = replace(pairs, pairs=(*pairs.pairs[:-1], (false, matrix)))
    with pytest.raises(AssertionError, match="backward-1"):
        check(told, replace(told.document(), blocks=tuple(blocks)))


def neighbours(document: Document) -> list[str]:
    """The chains in which two sides in a row are the same."""
    groups = [
        *(block.chains for block in document.blocks if isinstance(block, Equations)),
        *(tuple(c for pair in block.pairs for c in pair if c) for block in document.blocks if isinstance(block, Pairs)),
    ]
    return [
        " = ".join(map(plain, chain.sides))
        for chains in groups
        for chain in chains
        if len(chain.sides) < 2 or any(a == b for a, b in zip(chain.sides, chain.sides[1:], strict=False))
    ]


@pytest.mark.parametrize("net", NETS)
def test_no_line_says_that_something_is_itself(net: str) -> None:
    assert neighbours(NETS[net]().document()) == []


@pytest.mark.parametrize("number", UNFOLDED, ids=identified)
def test_no_line_of_a_layer_says_that_something_is_itself(number: int) -> None:
    assert neighbours(case(number)[1]) == []


def test_a_line_that_says_nothing_would_be_seen() -> None:
    same = Partial(Symbol("E"), Symbol("w"))
    document = symprop.load("classroom").derive().document()
    assert neighbours(replace(document, blocks=(Equations("empty", (Chain((same, same)),)),)))


@pytest.mark.parametrize("net", NETS)
def test_the_conditions_hold_at_the_point(net: str) -> None:
    """What the other tests take for granted, with the conditions as they are printed."""
    derivation = NETS[net]()
    blocks = ("conditions", "consequences")
    printed = [c for name, c, _ in whole_chains(derivation.document(), *blocks) if name in blocks]
    assert len(printed) == len(derivation.core.forward.facts)
    with page(derivation) as on:
        for chain in printed:
            left, right = (on.value(side, {}) for side in chain.sides)
            assert abs(float(left - right)) < CLOSE


@pytest.mark.parametrize("net", [*NETS, *LARGE])
def test_the_functions_are_what_they_are_declared_to_be(net: str) -> None:
    derivation = NETS[net]() if net in NETS else Derivation(LARGE[net]())
    blocks = [block for block in derivation.document().blocks if isinstance(block, Equations)]
    for chain in (c for block in blocks if block.id.startswith("functions") for c in block.chains):
        call, definition = chain.sides
        assert isinstance(call, Call)
        stable = DECLARED[call.function].stable_form
        for z in (-1.75, 0.5, 2.25):
            expected = evaluate(stable(X), {X: z}, FLOAT)
            assert number_at(definition, z) == pytest.approx(float(expected), rel=1e-12), call.function


def number_at(formula: Formula, z: float) -> float:
    text = plain(elementary(formula, DECLARED))
    return float(eval(text, {**vars(math), "abs": abs, "z": z}))


OF_ANY = [name for name, loss in LOSSES.items() if loss.domain[0] < 0]


@pytest.mark.parametrize(
    ("loss", "activation"), [*((name, "sigmoid") for name in LOSSES), *((name, "identity") for name in OF_ANY)]
)
def test_the_loss_function_is_what_the_network_computes(loss: str, activation: str) -> None:
    derivation = numbered(Derivation(symprop.Network(2, [Dense(1, activation)], loss)))
    ((_, formula),) = (c.sides for n, c, _ in whole_chains(derivation.document(), "loss-function"))
    numbers = derivation.numbers
    output = numbers["a_o1"]
    text = plain(elementary(formula, DECLARED))
    found = eval(text, {**vars(math), "abs": abs, "a": output, "t": numbers["t1"]})
    assert found == pytest.approx(numbers["E_total"], rel=1e-12)


@pytest.mark.parametrize("net", NETS)
def test_the_update_rule_is_what_the_step_computes(net: str) -> None:
    derivation = NETS[net]()
    chains = [c for name, c, _ in whole_chains(derivation.document(), "update") if name == "update"]
    trained = [name for name in derivation.core.gradients if derivation.core.forward.tensors[name].role == "parameter"]
    assert len(chains) == bool(trained)
    numbers = Numbers(derivation)
    for chain in chains:
        left, right = chain.sides
        after = next_values(derivation)
        assert isinstance(left, Symbol)
        assert numbers.value(right, after) == pytest.approx(after[left.name], rel=1e-5)


def next_values(derivation: Derivation) -> dict[str, float]:
    step = training_step(derivation.core, OPTIMIZERS["sgd"])
    names = with_added(derivation.names, step.program)
    free = {tensor.name for tensor in derivation.scalars.program.free}
    given = {name: number for name, number in derivation.numbers.items() if name in free}
    rate = {step.learning_rate: 0.5}
    return {**evaluate_program(unroll(step.program, names), {**given, **rate}, FLOAT), **rate}
