"""`symprop formulas --hessian` and `--jacobian`: each derivative once, over forward names, with numbers and as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]


def test_the_hessian_of_the_worked_example(run: Run) -> None:
    out = run("formulas", "classroom", "--hessian").out
    lines = [line.strip() for line in out.splitlines() if line.strip().startswith("d2E_total/")]
    assert len(lines) == 36
    assert "d2E_total/dw5dw7 = 0" in lines
    assert "d2E_total/dw5dw6 = a_h1*a_h2*a_o1*(1 - a_o1)*(a_o1*(1 - a_o1) + (1 - 2*a_o1)*(a_o1 - t1))" in lines
    assert "Forward pass" in out
    assert "sigmoid(x) = 1/(1 + exp(-x))" in out
    assert "Gradients" not in out


def test_json_has_values_that_its_formulas_give(run: Run) -> None:
    content = run("formulas", "classroom", "--hessian", "--json").json
    assert (content["loss"], len(content["hessian"])) == ("E_total", 36)
    forward = run("formulas", "classroom", "--json").json["forward"]
    weights = {"w5": 0.3, "w6": 0.5}
    entry = next(e for e in content["hessian"] if (e["first"], e["second"]) == ("w5", "w6"))
    assert eval(entry["formula"], {}, {**forward, **weights}) == pytest.approx(entry["value"], rel=1e-12)
    assert entry["latex"].startswith("a_{h1}")


def test_numbers(run: Run) -> None:
    out = run("formulas", "classroom", "--hessian", "--wrt", "w5", "--numbers").out
    assert out.splitlines()[-4].strip().startswith("d2E_total/dw5dw5 = a_o1*a_h1**2")
    assert out.splitlines()[-2].strip().startswith("= 0.")


def test_latex(run: Run) -> None:
    out = run("formulas", "classroom", "--hessian", "--wrt", "W2", "--latex").out
    assert r"\frac{\partial^{2} E_{\mathrm{total}}}{\partial w_{5}\partial w_{6}} = " in out


def test_the_jacobian_of_the_outputs(run: Run) -> None:
    out = run("formulas", "classroom", "--jacobian", "--wrt", "w5").out
    assert out.splitlines()[-2:] == ["  da_o1/dw5 = a_h1*a_o1*(1 - a_o1)", "  da_o2/dw5 = 0"]
    content = run("formulas", "classroom", "--jacobian", "--wrt", "x", "--json").json["jacobian"]
    assert [(entry["output"], entry["wrt"]) for entry in content] == [
        ("a_o1", "i1"), ("a_o1", "i2"), ("a_o2", "i1"), ("a_o2", "i2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom", "--hessian", "--jacobian"), "--hessian and --jacobian are two questions"),
        (
            ("classroom", "--hessian", "--form", "index", "--numbers"),
            "--hessian takes --numbers in the scalar form alone",
        ),
        (("30-7", "--hessian"), "these are too many derivatives to be written out one by one"),
        (("logistic_equations", "--jacobian"), "a list of equations does not say what it predicts"),
    ],
)
def test_what_cannot_be_printed(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("formulas", *arguments)
