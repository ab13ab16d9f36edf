"""`symprop formulas --json`: its shape, and formulas that Python evaluates to the values beside them."""

from __future__ import annotations

import ast
import json
import math
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
OWN_FUNCTIONS = """
inputs = 2
loss = "absolute_error"
[[layers]]
units = 3
activation = { name = "bent", expression = "x/(1 + exp(-x)) + abs(x)/5" }
[[layers]]
units = 2
activation = "relu"
[values]
x = [0.3, -0.8]
t = [0.1, 0.9]
W1 = [[0.4, -0.6], [0.2, 0.7], [-0.5, 0.1]]
b1 = [0.1, -0.2, 0.3]
W2 = [[0.8, -0.3, 0.5], [0.2, 0.6, -0.4]]
b2 = [0.15, 0.05]
"""


def evaluated(formula: str, names: dict[str, float]) -> float:
    """The value of a formula by Python's own parser, with nothing but `math` and `abs`."""
    tree = ast.parse(formula, mode="eval")
    functions = {**vars(math), "abs": abs}
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called <= set(functions)
    return float(eval(compile(tree, "<formula>", "eval"), {"__builtins__": {}, **functions, **names}))


def given(network: str) -> dict[str, float]:
    """The values in a network's declaration, by element."""
    import symprop

    return symprop.load(network).derive().values


def check_values(content: Any, values: dict[str, float]) -> None:
    """Every formula must give its value; the adjoints may use those before them."""
    names = {**values, **content["forward"]}
    for name, entry in content.get("adjoints", {}).items():
        assert evaluated(entry["formula"], names) == pytest.approx(entry["value"], rel=1e-12)
        names[name] = entry["value"]
    for entry in content["gradients"]:
        assert evaluated(entry["formula"], names) == pytest.approx(entry["value"], rel=1e-12, abs=1e-300)


def test_json_of_the_worked_example(run: Run) -> None:
    content = run("formulas", "classroom", "--json").json
    assert list(content) == ["network", "loss", "forward", "gradients"]
    assert (content["network"], content["loss"]) == ("classroom", "half_squared_error")
    names = ["i1", "i2", "t1", "t2", "h1", "h2", "a_h1", "a_h2", "o1", "o2", "a_o1", "a_o2", "E1", "E2", "E_total"]
    assert list(content["forward"]) == names
    assert content["forward"]["h1"] == pytest.approx(0.0275, rel=1e-12)
    assert [entry["parameter"] for entry in content["gradients"]] == [f"w{k}" for k in range(1, 9)]
    assert all(list(entry) == ["parameter", "formula", "latex", "value"] for entry in content["gradients"])
    check_values(content, given("classroom"))


@pytest.mark.parametrize("network", ["mazur", "xor", "logistic_equations"])
def test_json_formulas_give_their_values(run: Run, network: str) -> None:
    check_values(run("formulas", network, "--json").json, given(network))


def test_json_spells_out_what_math_does_not_have(run: Run) -> None:
    Path("own.toml").write_text(OWN_FUNCTIONS)
    content = run("formulas", "own.toml", "--json").json
    check_values(content, given("own.toml"))


def test_json_of_a_deep_network_gives_its_adjoints(run: Run) -> None:
    sizes, draw = [3, 4, 5, 4, 3, 2], random.Random(5)
    weights = {
        f"W{n}": [[draw.uniform(-1, 1) for _ in range(a)] for _ in range(b)]
        for n, (a, b) in enumerate(pairwise(sizes), start=1)
    }
    layers = "".join(f'[[layers]]\nunits = {n}\nactivation = "tanh"\nbias = false\n' for n in sizes[1:])
    values = "".join(f"{name} = {json.dumps(rows)}\n" for name, rows in weights.items())
    text = f"inputs = 3\nloss = 'log_cosh'\n{layers}[values]\nx = [0.1, 0.2, 0.3]\nt = [1, -1]\n{values}"
    Path("deep.toml").write_text(text)
    content = run("formulas", "deep.toml", "--json").json
    assert "dE_total_dh1_1" in content["adjoints"]
    assert not [name for name in content["forward"] if name.startswith("dE")]
    check_values(content, given("deep.toml"))


def test_json_is_by_element_where_print_is_not(run: Run) -> None:
    content = run("formulas", "8-8-8-8", "--json").json
    assert len(content["gradients"]) == 3 * 72
    assert run("formulas", "60-60", "--json").err.startswith("note: 3,660 gradients")


def test_json_of_one_gradient(run: Run) -> None:
    (entry,) = run("formulas", "classroom", "--wrt", "o1", "--json").json["gradients"]
    assert entry["parameter"] == "o1"
    assert entry["value"] == pytest.approx(0.106477732206728 * 0.606477732206728 * (1 - 0.606477732206728), rel=1e-12)


def test_json_without_values(run: Run) -> None:
    content = run("formulas", "3-2", "--json").json
    assert content["forward"] is None
    assert {entry["value"] for entry in content["gradients"]} == {None}


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_json_of_whole_layers(run: Run, form: str) -> None:
    content = run("formulas", "classroom", "--form", form, "--json").json
    assert list(content["adjoints"]) == ["dE_total_dz2", "dE_total_dz1"]
    assert [entry["parameter"] for entry in content["gradients"]] == ["W1", "W2"]
    assert content["gradients"][1]["value"][1][0] == pytest.approx(0.01540834828177308, rel=1e-12)
    assert list(content["forward"]) == ["x", "t", "z1", "a1", "z2", "a2", "E", "E_total"]
    assert content["forward"]["z1"][0] == pytest.approx(0.0275)
    left = {"index": "dE_total_dW1[j,k]", "matrix": "dE_total_dW1"}[form]
    assert (content["gradients"][0]["target"], content["gradients"][0]["relation"]) == (left, "=")
    for entry in [*content["adjoints"].values(), *content["gradients"]]:
        ast.parse(entry["formula"], mode="eval")


def test_matrix_formulas_in_json_give_their_values(run: Run) -> None:
    import numpy

    content = run("formulas", "xor", "--form", "matrix", "--json").json
    values = given("xor")
    weights = numpy.array([[values[f"w{2 * j + k}"] for k in (1, 2)] for j in range(4)])
    column = {name: numpy.array(v).reshape(-1, 1) for name, v in content["forward"].items() if isinstance(v, list)}
    names: dict[str, Any] = {**column, "W1": weights, "W2": numpy.array([[values[f"w{k}"] for k in range(9, 13)]])}
    for name, entry in content["adjoints"].items():
        names[name] = eval(entry["formula"], {"__builtins__": {}}, names)
        assert names[name].ravel().tolist() == pytest.approx(entry["value"])
    for entry in content["gradients"]:
        found = eval(entry["formula"], {"__builtins__": {}}, names)
        assert found.ravel().tolist() == pytest.approx(numpy.ravel(entry["value"]).tolist())
