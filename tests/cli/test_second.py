"""`symprop formulas --hessian` and `--jacobian`: each derivative once, over forward names, with numbers and as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


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
    assert (content["loss"], len(content["hessian"])) == ("half_squared_error", 36)
    forward = run("formulas", "classroom", "--json").json["forward"]
    weights = {"w5": 0.3, "w6": 0.5}
    entry = next(e for e in content["hessian"] if (e["first"], e["second"]) == ("w5", "w6"))
    assert eval(entry["formula"], {}, {**forward, **weights}) == pytest.approx(entry["value"], rel=1e-12)
    assert entry["latex"].startswith("a_{h1}")


def test_numbers(run: Run) -> None:
    out = run("formulas", "classroom", "--hessian", "--wrt", "w5", "--numbers").out
    assert out.splitlines()[-3].strip().startswith("d2E_total/dw5dw5 = a_o1*a_h1**2")
    assert out.splitlines()[-1].strip().startswith("= 0.")


def test_pairs_are_spoken_of_where_there_are_some(run: Run) -> None:
    note = "each pair stands once"
    assert note not in run("formulas", "classroom", "--hessian", "--wrt", "w5").out
    assert note in run("formulas", "classroom", "--hessian", "--wrt", "W2").out


def test_the_loss_goes_by_its_name_in_every_json(run: Run) -> None:
    for options in (["--hessian"], ["--jacobian"], ["--hessian", "--form", "matrix"], ["--form", "index"], []):
        content = run("formulas", "3-2", *options, "--json").json
        assert (content["network"], content["loss"]) == ("3-2", "half_squared_error")
    assert run("formulas", "logistic_equations", "--hessian", "--json").json["loss"] == "E"


def test_a_large_entry_refers_to_derivatives_that_stand_above_it(run: Run) -> None:
    out = run("formulas", "four_layers", "--hessian", "--wrt", "w1").out
    lines = [line.strip() for line in out.split("Hessian\n")[1].splitlines()]
    assert lines[-1].split() == ["d2E_total/dw1dw1", "=", "d2E_total/dw1dh1_1", "*", "i1"]
    lefts = [line.split(" = ")[0].strip() for line in lines if not line.startswith("=")]
    assert len(lefts) == len(set(lefts))
    assert "bar_a_h1_1" in lefts
    for place, line in enumerate(lines):
        used = re.findall(r"d2E_total/d\w+|(?:delta|bar)_\w+", line.partition(" = ")[2])
        above = {each.split(" = ")[0].strip() for each in lines[:place]}
        assert above.issuperset(used)


def test_names_have_their_values(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run("formulas", "classroom", "--hessian", "--wrt", "W1", "--json").json
    assert "adjoints" not in whole
    monkeypatch.setattr("symprop.views.second.MOST_OPERANDS", 40)
    named = run("formulas", "classroom", "--hessian", "--wrt", "W1", "--json").json
    assert named["adjoints"]["ddE_total_dw1_dh1"]["target"] == "d2E_total/dw1dh1"
    for one, other in zip(whole["hessian"], named["hessian"], strict=True):
        assert other["value"] == pytest.approx(one["value"], rel=1e-12)
    assert "ddE_total_dw1_dh1" in named["hessian"][0]["formula"]
    out = run("formulas", "classroom", "--hessian", "--wrt", "w1", "--numbers").out
    ends = [line.split(" = ")[-1].strip() for line in out.splitlines()[-1:]]
    assert float(ends[0].lstrip("= ")) == pytest.approx(whole["hessian"][0]["value"], rel=1e-3)


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
