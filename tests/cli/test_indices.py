"""What is said of printed indices: in a note below the formulas, and as shapes and extents in JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.cli.indices import conventions
from symprop.layers.layer import Layer
from symprop.layers.pooling import AvgPool, MaxPool
from symprop.layers.recurrent import RNN
from symprop.layers.shaping import Flatten
from symprop.network import NetworkSpec
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


BRANCHES = """
inputs = 3
[[layers]]
units = 4
name = "a"
[[layers]]
units = 2
name = "b"
[[layers]]
type = "concatenate"
inputs = ["a", "b"]
[[layers]]
type = "index_layer"
equations = ["y[p] = Mean(x[2*p + u - 1], u)"]
sizes = { p = 3, u = 2 }
"""


@pytest.fixture
def branches(tmp_path: Path) -> str:
    (tmp_path / "net.toml").write_text(BRANCHES)
    return "net.toml"


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_a_note_says_where_indices_count_from_and_what_lies_outside(run: Run, branches: str, form: str) -> None:
    note = run("formulas", branches, "--form", form).out.splitlines()[-1]
    assert note.endswith("Indices count from 1; what lies outside a tensor counts as 0 and is not added to)")
    block = run("formulas", branches, "--form", form, "--jacobian", "--wrt", "x").out.splitlines()[-1]
    assert block.endswith("Indices count from 1; what lies outside a tensor counts as 0 and is not added to.)")


@pytest.mark.parametrize("form", ["index", "matrix", "scalar"])
def test_bare_indices_need_no_note(run: Run, form: str) -> None:
    assert "count from" not in run("formulas", "3-4-2", "--form", form).out


@pytest.mark.parametrize(
    ("layer", "shape", "said"),
    [
        (Flatten(), (3, 2), "Indices count from 1"),
        (RNN(2), (3, 4), "Indices count from 1"),
        (MaxPool(2), (1, 4), "Indices count from 1"),
        (MaxPool(2, padding=1), (1, 4), "Indices count from 1; what lies outside a tensor is left out of max"),
        (AvgPool(2, padding=1), (1, 4), "Indices count from 1; what lies outside a tensor counts as 0"),
    ],
)
def test_no_more_is_said_than_applies(layer: Layer, shape: tuple[int, ...], said: str) -> None:
    assert conventions(NetworkSpec(shape, [layer]).elaborate().equations) == said


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_json_has_shapes_and_the_extents_that_they_do_not_tell(run: Run, branches: str, form: str) -> None:
    content = run("formulas", branches, "--form", form, "--json").json
    entries = {**content["adjoints"], **{entry["target"]: entry for entry in content["gradients"]}}
    shapes = content["shapes"]
    assert (shapes["W1"], shapes["y3"], shapes["E_total"], shapes["dE_total_dW1"]) == ([4, 3], [6], [], [4, 3])
    assert set(content["adjoints"]) <= set(shapes)
    assert {name: entry["extents"] for name, entry in entries.items() if "extents" in entry} == {
        "dE_total_dy3": {"u": 2},  # dE_total_dy3[2*p + u - 2] += 1/2*dE_total_dy4[p]
        "dE_total_da1_via_y3": {"k": 6},  # an axis of 4, and one of 6
    }


def test_json_of_jacobians_has_them_too(run: Run, branches: str) -> None:
    content = run("formulas", branches, "--jacobian", "--wrt", "x", "--form", "index", "--json").json
    (entry,) = content["jacobian"]
    assert content["shapes"][entry["name"]] == [3, 3]
    assert any("extents" in entry for entry in content["adjoints"].values())


def test_the_matrix_product_is_written_as_one_beside_named_axes(run: Run) -> None:
    """On every line but a Hadamard product's, as the text has it."""
    content = run("formulas", "3-4-2", "--jacobian", "--wrt", "W1", "--form", "matrix", "--json").json
    assert [entry["formula"] for entry in content["jacobian"]] == ["da2_dz1[o] @ x.T"]
    hessian = run("formulas", "3-4-2", "--hessian", "--form", "matrix", "--json").json
    text = run("formulas", "3-4-2", "--hessian", "--form", "matrix").out
    found = [entry["formula"] for entry in (*hessian["hessian"], *hessian["adjoints"].values())]
    told = dict.fromkeys(line.split(" = ", 1)[1] for line in text.split("Hessian", 1)[1].splitlines() if " = " in line)
    assert sum(formula.count("@") for formula in dict.fromkeys(found)) == sum(line.count("@") for line in told)
