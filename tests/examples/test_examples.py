"""The built-in examples: the class sheet's and Mazur's numbers hold, xor is learnt, and each shows what it says."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import pytest
from autograd import grad

from symprop import examples
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.evaluate import evaluate_program
from symprop.network import NetworkSpec
from symprop.network_file import load
from symprop.notation.packs import names_for
from symprop.scalar.numeric import FLOAT
from symprop.values import element_values, missing

REFERENCE = json.loads((Path(__file__).parent.parent / "data" / "worked_examples.json").read_text(encoding="utf-8"))


def test_there_is_a_file_and_a_line_for_each() -> None:
    assert examples.names() == [
        "classroom",
        "four_layers",
        "logistic_equations",
        "mazur",
        "mnist_cnn",
        "transformer_block",
        "xor",
    ]
    assert [examples.path(name).stem for name in examples.names()] == examples.names()
    assert list(examples.summaries()) == examples.names()
    assert all(20 < len(line) < 120 and "\n" not in line for line in examples.summaries().values())


@pytest.mark.parametrize("name", ["clasroom", "../errors", "", "classroom.toml"])
def test_an_unknown_example_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="there is no example"):
        examples.path(name)


@pytest.mark.parametrize("name", examples.names())
def test_every_example_derives(name: str) -> None:
    program = load(name).elaborate()
    assert list(derive(program).gradients) == [tensor.name for tensor in program.trainable]


@pytest.mark.parametrize("name", ["classroom", "mazur"])
def test_the_worked_examples_numbers_hold(name: str) -> None:
    spec, known = load(name), REFERENCE[name]
    program = spec.elaborate()
    names = names_for(program)
    given = element_values(program, names, spec.values)
    assert {key: given[key] for key in known["inputs"]} == known["inputs"]
    assert {key: given[key] for key in known["targets"]} == known["targets"]
    assert {key: given[key] for key in known["weights"]} == known["weights"]
    assert missing(program, names, spec.values) == []
    found = evaluate_program(unroll(program, names), given, FLOAT)
    assert {key: found[key] for key in known["forward"]} == pytest.approx(known["forward"], rel=1e-12)


def test_mazurs_biases_are_one_for_each_layer_and_fixed() -> None:
    program = load("mazur").elaborate()
    assert {name: program.tensors[name].extents for name in ("b1", "b2")} == {"b1": (), "b2": ()}
    assert [tensor.name for tensor in program.trainable] == ["W1", "W2"]
    known = REFERENCE["mazur"]["biases"]
    assert (load("mazur").values["b1"], load("mazur").values["b2"]) == (known["hidden"], known["output"])


def test_xor_is_learnt_from_its_starting_values() -> None:
    spec = load("xor")
    assert isinstance(spec, NetworkSpec)
    assert [layer.activation for layer in spec.layers] == ["tanh", "sigmoid"]
    assert spec.loss == "binary_cross_entropy"
    x, t = anp.array(spec.training.x), anp.array(spec.training.t)
    parameters = [anp.array(spec.values[name], dtype=float) for name in ("W1", "b1", "W2", "b2")]
    start = cross_entropy(parameters, x, t)
    for _ in range(spec.training.epochs):
        slopes = grad(cross_entropy)(parameters, x, t)
        parameters = [p - spec.training.learning_rate * slope for p, slope in zip(parameters, slopes, strict=True)]
    assert start > 0.69
    assert cross_entropy(parameters, x, t) < 0.005
    assert (outputs(parameters, x) > 0).tolist() == (t > 0.5).tolist() == [[False], [True], [True], [False]]


def outputs(parameters: list[Any], x: Any) -> Any:
    """The pre-activation of the last layer, a row for each example."""
    w1, b1, w2, b2 = parameters
    return anp.dot(anp.tanh(anp.dot(x, w1.T) + b1), w2.T) + b2


def cross_entropy(parameters: list[Any], x: Any, t: Any) -> Any:
    z = outputs(parameters, x)
    return anp.mean(anp.sum(anp.logaddexp(0, z) - t * z, axis=1))


def test_four_layers_are_of_unequal_sizes_and_mixed_activations() -> None:
    spec = load("four_layers")
    assert isinstance(spec, NetworkSpec)
    sizes = [spec.inputs, *(layer.units for layer in spec.layers)]
    assert len(sizes) == 5
    assert all(a != b for a, b in pairwise(sizes))
    assert len({layer.activation for layer in spec.layers}) == 4
    program = spec.elaborate()
    free = sum(len(list(names_for(program).elements(tensor))) for tensor in program.free)
    assert len(missing(program, names_for(program), spec.values)) == free
    assert spec.training.x is not None


def test_the_equations_are_a_logistic_regression() -> None:
    spec = load("logistic_equations")
    assert isinstance(spec, EquationsSpec)
    program = spec.elaborate()
    assert [tensor.name for tensor in program.trainable] == ["w1", "w2", "b"]
    assert missing(program, names_for(program), spec.values) == []
