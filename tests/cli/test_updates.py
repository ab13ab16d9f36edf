"""`symprop formulas --optimizer`: the update equations in every form, and as JSON whose formulas Python evaluates."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.rules.optimizers import OPTIMIZERS
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


ADAM = """\
Update by adam
  c_m       = 1 - beta1**tau
  c_v       = 1 - beta2**tau
  next_m_w1 = beta1*m_w1 + dE_total/dw1 * (1 - beta1)
  next_v_w1 = beta2*v_w1 + (dE_total/dw1)**2*(1 - beta2)
  next_w1   = w1 - eta*next_m_w1/((epsilon + sqrt(next_v_w1/c_v))*c_m)
  (eta is the learning rate; beta1 = 0.9, beta2 = 0.999, epsilon = 1e-08; tau counts the updates from 1; \
m_w1 starts from 0, v_w1 starts from 0; every other parameter in the same way)
"""
MOMENTUM = """\
Update by momentum
  next_v_W1 = dE_total/dW1 + mu*v_W1
  next_W1   = W1 - eta*next_v_W1
"""


def test_the_update_stands_behind_the_gradients(run: Run) -> None:
    out = run("formulas", "classroom", "--optimizer", "adam").out
    assert out.endswith(ADAM)
    assert "Gradients of the output layer" in out


def test_the_update_of_a_whole_layer(run: Run) -> None:
    assert MOMENTUM in run("formulas", "2-3-4", "--form", "matrix", "--optimizer", "momentum").out
    index = run("formulas", "2-3-4", "--form", "index", "--optimizer", "momentum").out
    assert "  next_v_W1[j,k] = dE_total/dW1[j,k] + mu*v_W1[j,k]\n" in index


def test_the_update_in_latex(run: Run) -> None:
    out = run("formulas", "classroom", "--wrt", "w5", "--optimizer", "momentum", "--latex").out
    new = r"v_{w5}^{\mathrm{new}}"
    assert rf"{new} = \frac{{\partial E_{{\mathrm{{total}}}}}}{{\partial w_{{5}}}} + \mu v_{{w5}}" in out
    assert rf"w_{{5}}^{{\mathrm{{new}}}} = w_{{5}} - \eta {new}" in out


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_json_holds_equations_that_python_reads(run: Run, optimizer: str) -> None:
    found = run("formulas", "classroom", "--wrt", "w5", "--optimizer", optimizer, "--json").json["update"]
    assert (found["optimizer"], found["reference"]) == (optimizer, OPTIMIZERS[optimizer].reference)
    known = {found["learning_rate"], "w5", "dE_total_dw5", *found["settings"], *found["starts"]}
    known |= {found["update_number"]} - {None}
    for equation in found["equations"]:
        tree = ast.parse(equation["formula"], mode="eval")
        called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)}
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert called <= {"sqrt", "abs", "max"}
        assert names - called <= known, equation
        known.add(equation["target"])
    assert "next_w5" in known


def test_a_network_that_is_trained_so_brings_its_settings(run: Run) -> None:
    text = 'inputs = 2\n[[layers]]\nunits = 3\n[training]\noptimizer = "adam"\nbeta1 = 0.75\nschedule = "warmup"\n'
    Path("net.toml").write_text(text)
    own = run("formulas", "net.toml", "--optimizer", "adam").out
    assert "beta1 = 0.75" in own
    assert "  eta_tau   = eta*min(1, tau/tau_warm)\n" in own
    assert "eta_tau" not in run("formulas", "net.toml", "--optimizer", "adamax").out


def test_the_sum_of_many_squares_is_not_written_out(run: Run) -> None:
    text = 'inputs = 2\n[[layers]]\nunits = 9\n[training]\noptimizer = "sgd"\nclip_norm = 2\n'
    Path("net.toml").write_text(text)
    out = run("formulas", "net.toml", "--optimizer", "sgd").out
    assert "  squares = Sum((dE_total/dW1[j,k])**2, j, k) + Sum((dE_total/db1[j])**2, j)" in out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--optimizer", "adamm"], "unknown optimizer 'adamm'. Did you mean 'adam"),
        (["--optimizer", "adam", "--hessian"], "--optimizer stands beside gradients"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Run, options: list[str], message: str) -> None:
    result = run("formulas", "classroom", *options)
    assert result.code == 2
    assert message in result.err


def test_where_nothing_is_trained_it_says_so(run: Run) -> None:
    result = run("formulas", "classroom", "--wrt", "i1", "--optimizer", "adam")
    assert result.code == 0
    assert "nothing is updated" in result.err
    assert "Update by" not in result.out
