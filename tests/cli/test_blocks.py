"""`symprop formulas --hessian` and `--jacobian` by indices and as matrices: lines in order, each once, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


def after(title: str, out: str) -> list[str]:
    """The lines of a section, without their indentation."""
    section = out.split(f"{title}\n", 1)[1].split("\n\n")[0]
    return [line.strip() for line in section.splitlines()]


def test_the_jacobian_as_matrices(run: Run) -> None:
    out = run("formulas", "3-4-2", "--jacobian", "--form", "matrix", "--wrt", "x").out
    assert after("Jacobian", out) == [
        "da2/dz2 = diag(a2 * (1 - a2))",
        "da2/dz1 = da2/dz2 @ W2 @ diag(a1 * (1 - a1))",
        "da2/dx  = da2/dz1 @ W1",
    ]
    assert "z1      = W1 @ x + b1" in out
    assert "Gradients" not in out


def test_the_jacobian_by_indices(run: Run) -> None:
    lines = after("Jacobian", run("formulas", "3-4-2", "--jacobian", "--form", "index", "--wrt", "x").out)
    assert lines == [
        "da2[o]/dz2[o] = a2[o]*(1 - a2[o])",
        "da2[o]/dz1[j] = da2[o]/dz2[o] * W2[o,j] * a1[j] * (1 - a1[j])",
        "da2[o]/dx[k]  = Sum(da2[o]/dz1[j] * W1[j,k], j)",
        "(A derivative in which an index stands twice is 0 where the two differ.)",
    ]


def test_an_element_stands_for_its_tensor(run: Run) -> None:
    result = run("formulas", "classroom", "--jacobian", "--form", "index", "--wrt", "w5")
    assert "'w5' is an element of 'W2', which the index form gives as a whole" in result.err
    assert "da2[o]/dW2[o,k] = da2[o]/dz2[o] * a1[k]" in result.out


def test_the_hessian_of_all_parameters(run: Run) -> None:
    """Each pair once, and what several rows refer to where it is first needed."""
    out = run("formulas", "3-4-2", "--hessian", "--form", "matrix").out
    rows = [line for line in out.splitlines() if line.startswith("Hessian")]
    assert rows == [f"Hessian, the rows of {name}" for name in ("W1", "b1", "W2", "b2")]
    lines = [line.split(" = ")[0].strip() for line in out.splitlines()]
    assert lines.count("delta_z2") == 1
    assert "d2E_total/db1db2" in lines
    assert "d2E_total/db2db1" not in lines
    assert "d2E_total/db1[o]dW2" in lines
    assert "I4 is the identity matrix." in out
    assert out.rstrip().endswith("each pair of tensors stands once.)")


def test_columns_line_up(run: Run) -> None:
    lines = after("Hessian", run("formulas", "3-4-2", "--hessian", "--form", "matrix", "--wrt", "W1").out)
    assert len(lines) == 9
    assert {line.index(" = ") for line in lines[:-1]} == {len("d2E_total/dW1[o]ddelta_z1[o]")}


def test_every_identity_matrix_is_named(run: Run) -> None:
    out = run("formulas", "transformer_block", "--hessian", "--form", "matrix").out
    lines = after("Hessian, the rows of Q2", out)
    assert set(re.findall(r"\bI[0-9]+\b", " ".join(lines[:-1]))) == {"I2", "I3"}
    assert lines[-1].startswith("(I2 and I3 are identity matrices.")


def test_what_has_no_matrix_form_is_said(run: Run) -> None:
    out = run("formulas", "mnist_cnn", "--jacobian", "--form", "matrix", "--wrt", "W1").out
    assert "What has no matrix form stands with its indices." in out


def test_single_numbers_have_the_scalar_form(run: Run) -> None:
    result = run("formulas", "logistic_equations", "--hessian", "--form", "matrix")
    assert "single numbers have no matrix form" in result.err
    assert "d2E/dw1dw2 = " in result.out


def test_latex_has_the_look_of_adjoints(run: Run) -> None:
    out = run("formulas", "3-4-2", "--hessian", "--form", "matrix", "--wrt", "b1", "--latex").out
    assert r"\frac{\partial^{2} E_{\mathrm{total}}}{\partial b^{(1)}\partial \delta^{(2)}} = " in out
    out = run("formulas", "3-4-2", "--jacobian", "--form", "index", "--wrt", "x", "--latex").out
    assert (
        r"\frac{\partial a^{(2)}_{o}}{\partial x_{k}} = \sum_{j=1}^{4} \frac{\partial a^{(2)}_{o}}{\partial z^{(1)}_{j}}"
        in out
    )


def test_json_names_what_it_refers_to(run: Run) -> None:
    content = run("formulas", "3-4-2", "--jacobian", "--form", "index", "--wrt", "x", "--json").json
    (entry,) = content["jacobian"]
    assert (entry["output"], entry["wrt"], entry["name"], entry["target"]) == ("a2", "x", "da2_dx", "da2_dx[o,k]")
    assert entry["formula"] == "Sum(da2_dz1[o,j]*W1[j,k], j)"
    assert list(content["adjoints"]) == ["da2_dz2", "da2_dz1"]
    hessian = run("formulas", "3-4-2", "--hessian", "--form", "matrix", "--json").json
    pairs = [(entry["first"], entry["second"]) for entry in hessian["hessian"]]
    assert len(pairs) == len(set(pairs)) == 10
    assert hessian["adjoints"]["dE_total_dz2"]["formula"] == "dE_total_da2 * a2 * (1 - a2)"


def test_json_says_what_adds_up(run: Run) -> None:
    content = run("formulas", "mnist_cnn", "--jacobian", "--form", "index", "--wrt", "x", "--json").json
    scattered = [entry["target"] for entry in content["adjoints"].values() if entry["relation"] == "+="]
    assert scattered


@pytest.mark.parametrize("kind", ["--jacobian", "--hessian"])
def test_without_its_integers_a_network_is_shown_in_index_form(run: Run, tmp_path: Path, kind: str) -> None:
    net = tmp_path / "net.toml"
    layers = "".join(
        f"[[layers]]\n{keys}\n"
        for keys in ('type = "embedding"\nvocabulary = 4\ndimension = 2', 'type = "flatten"', "units = 1")
    )
    net.write_text(f"inputs = 3\n{layers}")
    result = run("formulas", str(net), kind)
    assert "'x' has no integers among the values, so this is the index form" in result.err
    assert re.search(r"dW1\[x\[k\] \+ 1,d\] +\+= ", result.out)
    refused = run("formulas", str(net), kind, "--form", "scalar")
    assert refused.code == 2
    assert "need the integers of 'x'" in refused.err
    net.write_text(f"inputs = 3\nvalues = {{x = [0, 3, 3]}}\n{layers}")
    assert "dw1" in run("formulas", str(net), kind).out
