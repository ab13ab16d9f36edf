"""`symprop formulas`: every form and option, and JSON whose formulas are evaluated by Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from symprop.notation.names import Names
from tests.cli.conftest import in_ascii

Run = Callable[..., Any]


@pytest.fixture
def run(run: Run) -> Run:
    return in_ascii(run)


OUTPUT_WEIGHTS = """\
Gradients of the output layer
  dE_total/dw5 = (a_o1 - t1)*a_o1*(1 - a_o1)*a_h1
  dE_total/dw6 = (a_o1 - t1)*a_o1*(1 - a_o1)*a_h2
  dE_total/dw7 = (a_o2 - t2)*a_o2*(1 - a_o2)*a_h1
  dE_total/dw8 = (a_o2 - t2)*a_o2*(1 - a_o2)*a_h2
"""
CHAIN_OF_W5 = """\
The chain rule for w5
  dE_total/dw5 = d(E1 + E2)/dw5 = dE1/dw5 = dE1/da_o1 * da_o1/do1 * do1/dw5
  (E2 does not depend on w5.)

Each factor
  dE1/da_o1 = a_o1 - t1
  da_o1/do1 = a_o1*(1 - a_o1)
  do1/dw5   = a_h1

The result
  dE_total/dw5 = (a_o1 - t1)*a_o1*(1 - a_o1)*a_h1
"""
MATRIX = """\
Gradients
  delta_z2     = dE_total/dz2 = 2 * (a2 - t) * (1 - a2**2)
  delta_z1     = dE_total/dz1 = (W2.T @ delta_z2) * (1 - a1**2)
  dE_total/dW1 = delta_z1 @ x.T
  dE_total/db1 = delta_z1
  dE_total/dW2 = delta_z2 @ a1.T
  dE_total/db2 = delta_z2
"""
INDEX = """\
Gradients
  delta_z1[j]       = dE_total/dz1[j] = (a1[j] - t[j])*a1[j]*(1 - a1[j])
  dE_total/dW1[j,k] = delta_z1[j]*x[k]
"""


def test_the_formulas_of_the_class_sheet(run: Run) -> None:
    out = run("formulas", "classroom").out
    assert out.startswith("classroom: 2-2-2, half squared error\n\nForward pass\n  h1      = w1*i1 + w2*i2\n")
    assert "Functions\n  sigmoid(x) = 1/(1 + exp(-x))\n" in out
    assert OUTPUT_WEIGHTS in out
    assert (
        "  dE_total/dw4 = ((a_o1 - t1)*a_o1*(1 - a_o1)*w6 + (a_o2 - t2)*a_o2*(1 - a_o2)*w8)*a_h2*(1 - a_h2)*i2\n" in out
    )


def test_one_gradient_with_its_steps(run: Run) -> None:
    assert run("formulas", "classroom", "--wrt", "w5").out.endswith("error\n\n" + CHAIN_OF_W5)


def test_a_hidden_weight_goes_back_over_both_outputs(run: Run) -> None:
    out = run("formulas", "classroom", "--wrt", "w1").out
    assert "  dE_total/dw1 = dE_total/da_h1 * da_h1/dh1 * dh1/dw1\n" in out
    assert (
        "Back to a_h1\n  dE_total/da_h1 = dE1/da_o1 * da_o1/do1 * do1/da_h1 + dE2/da_o2 * da_o2/do2 * do2/da_h1\n"
        in out
    )
    assert "  dE_total/da_h1 = (a_o1 - t1)*a_o1*(1 - a_o1)*w5 + (a_o2 - t2)*a_o2*(1 - a_o2)*w7\n" in out


@pytest.mark.parametrize(
    ("quantity", "line"),
    [
        ("i1", "dh2/di1   = w3"),
        ("o1", "dE_total/do1 = (a_o1 - t1)*a_o1*(1 - a_o1)"),
        ("t2", "dE_total/dt2 = t2 - a_o2"),
        ("E1", "dE_total/dE1 = 1"),
        ("E_total", "dE_total/dE_total = 1"),
        ("W2", "The chain rule for w8"),
        ("x", "The chain rule for i2"),
    ],
)
def test_any_quantity_can_be_asked_for(run: Run, quantity: str, line: str) -> None:
    assert line in run("formulas", "classroom", "--wrt", quantity).out


def test_a_fixed_parameter_that_is_shared_by_a_layer(run: Run) -> None:
    out = run("formulas", "mazur", "--wrt", "b1").out
    assert "dE_total/db1 = dE_total/da_h1 * da_h1/dh1 * dh1/db1 + dE_total/da_h2 * da_h2/dh2 * dh2/db1" in out


def test_numbers(run: Run) -> None:
    out = run("formulas", "classroom", "--wrt", "w5", "--numbers").out
    assert "  dE1/da_o1 = a_o1 - t1 = 0.606478 - 0.5 = 0.106478\n" in out
    assert "\n               = (0.606478 - 0.5)*0.606478*(1 - 0.606478)*0.506875\n               = 0.0128808\n" in out


def test_numbers_of_the_whole_network(run: Run) -> None:
    out = run("formulas", "classroom", "--numbers").out
    assert "  h1      = w1*i1 + w2*i2 = 0.15*0.05 + 0.2*0.1 = 0.0275\n" in out
    assert "\n               = 0.000316993\n" in out


def test_numbers_of_a_whole_value_have_no_decimal_point(run: Run) -> None:
    assert "a_o1 - t1 = 0.333618 - 1 = -0.666382" in run("formulas", "xor", "--wrt", "w1", "--numbers").out


def test_matrix_form(run: Run) -> None:
    options = ("--activation", "tanh", "--loss", "squared_error", "--form", "matrix")
    assert run("formulas", "4-3-2", *options).out.endswith(MATRIX)


def test_index_form(run: Run) -> None:
    assert run("formulas", "4-2", "--no-bias", "--form", "index").out.endswith(INDEX)


def test_the_index_form_of_an_element_is_that_of_its_tensor(run: Run) -> None:
    result = run("formulas", "classroom", "--wrt", "w5", "--form", "index")
    assert "'w5' is an element of 'W2'" in result.err
    assert "dE_total/dW2[j,k] = delta_z2[j]*a1[k]" in result.out
    assert "dW1" not in result.out


def test_a_large_network_comes_in_index_form_and_says_so(run: Run) -> None:
    result = run("formulas", "8-8-8")
    assert (
        result.err
        == "note: 144 gradients are too many to read one by one, so this is the index form; see --form and --wrt.\n"
    )
    assert "dE_total/dW1[j,k]" in result.out
    assert run("formulas", "5-5-5").err == ""


def test_one_weight_of_a_large_network(run: Run) -> None:
    assert "dh1/dw5   = i5" in run("formulas", "100-50-3", "--wrt", "w5").out


def test_a_deep_network_is_written_through_its_deltas(run: Run) -> None:
    out = run("formulas", "2-2-2-2-2-2", "--form", "scalar", "--no-bias").out
    assert "  delta_h1_1   = dE_total/dh1_1 = (delta_h2_1*w5 + delta_h2_2*w7)*a_h1_1*(1 - a_h1_1)\n" in out
    assert "  dE_total/dw1 = delta_h1_1*i1\n" in out
    assert out.index("delta_h3_1   =") < out.index("delta_h2_1   =") < out.index("delta_h1_1   =")


def test_each_name_is_introduced_before_it_is_used(run: Run) -> None:
    known: set[str] = set()
    for line in run("formulas", "four_layers", "--form", "scalar").out.splitlines():
        left, _, right = line.strip().partition(" = ")
        used = {name for name in right.replace("(", " ").replace("*", " ").replace(")", " ").split() if "delta" in name}
        assert used <= known, line
        known.add(left.strip())
    assert any("delta" in name for name in known)


def test_textbook_notation(run: Run) -> None:
    out = run("formulas", "classroom", "--notation", "textbook").out
    assert "dE_total/dw2_1_1 = (a2_1 - t_1)*a2_1*(1 - a2_1)*a1_1" in out


def test_latex_has_one_equation_a_line(run: Run) -> None:
    lines = run("formulas", "classroom", "--latex").out.splitlines()
    equations = [line for line in lines if not line.startswith("%")]
    assert len(equations) == 11 + 1 + 8
    assert (
        r"\frac{\partial E_{\mathrm{total}}}{\partial w_{5}} = (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}"
        in lines
    )
    assert all(line.count(" = ") >= 1 and line.count("{") == line.count("}") for line in equations)


def test_latex_of_one_gradient(run: Run) -> None:
    lines = run("formulas", "classroom", "--wrt", "w5", "--latex").out.splitlines()
    assert lines[0] == "% The chain rule for w5"
    assert lines[-1].endswith(r"= (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}")


def test_a_list_of_equations(run: Run) -> None:
    out = run("formulas", "logistic_equations", "--wrt", "w1").out
    assert out.startswith("logistic_equations: 3 equations for E\n")
    assert "dE/dw1 = dE/dp * dp/dz * dz/dw1" in out


@pytest.mark.parametrize("form", ["index", "matrix"])
def test_a_list_of_equations_has_the_scalar_form_alone(run: Run, form: str) -> None:
    scalar, other = run("formulas", "logistic_equations"), run("formulas", "logistic_equations", "--form", form)
    assert other.err == f"note: single numbers have no {form} form, so this is the scalar form.\n"
    assert (other.out, scalar.err) == (scalar.out, "")


def test_a_long_list_of_equations_is_not_written_with_indices(run: Run) -> None:
    lines = ["a0 = w0*x", *(f"a{k} = sin(w{k}*a{k - 1})" for k in range(1, 90)), "E = (t - a89)**2"]
    parameters = [f"w{k}" for k in range(90)]
    Path("long.toml").write_text(
        f"loss = 'E'\nequations = {json.dumps(lines)}\nparameters = {json.dumps(parameters)}\n"
    )
    result = run("formulas", "long.toml")
    assert result.err == ""
    assert len(result.out) < 20_000
    assert "dE/dw89" in result.out


def test_json_holds_latex_and_numbers_anyway(run: Run) -> None:
    plain_json = run("formulas", "classroom", "--json").out
    assert run("formulas", "classroom", "--json", "--latex").out == plain_json
    assert run("formulas", "classroom", "--json", "--numbers").out == plain_json


LARGE = "784-2048-2048-10"


@pytest.mark.parametrize(
    "options",
    [
        ("--json",),
        ("--latex",),
        ("--form", "matrix", "--json"),
        ("--wrt", "W1"),
        ("--wrt", "w5799937"),
        ("--wrt", "b_o1", "--json"),
        ("--wrt", "b3", "--latex"),
    ],
)
def test_a_large_network_costs_what_is_printed(
    run: Run, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    named = count_names(monkeypatch)
    assert run("formulas", LARGE, *options).code == 0
    assert named() < 20_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--form", "scalar"), "at most 20,000 scalar equations, got 5,840,957 (about 1168 s and 58.4 GB)"),
        (("--form", "scalar", "--json"), "at most 20,000 scalar equations, got 5,840,957"),
        (("--numbers",), "has no values to put into the formulas. Give values to i1, i2,"),
        (("--wrt", "W1", "--form", "scalar", "--json"), "at most 20,000 scalar equations"),
        (("--wrt", "w5"), "the steps to 'a_h1_1' are too many to read (expected at most 200 paths, got 2,048 or more)"),
        (("--wrt", "i1"), "the steps to 'i1' are too many to read"),
        (("--wrt", "nix"), "there is no quantity 'nix'"),
    ],
)
def test_what_is_too_large_is_refused_before_work_starts(
    refused: Run, options: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = count_names(monkeypatch)
    assert message in refused("formulas", LARGE, *options)
    assert named() < 200_000


def test_one_gradient_at_a_time(refused: Run) -> None:
    message = "--wrt is given several times (expected one name, got W1, x)"
    for more in ((), ("--jacobian",), ("--json",)):
        assert message in refused("formulas", "3-4-2", "--form", "matrix", "--wrt", "W1", "--wrt", "x", *more)


def test_the_longest_sum_that_is_written_out(refused: Run) -> None:
    assert "at most 10,000 terms, got 100,000" in refused("formulas", "10-100000", "--wrt", "w1")


def count_names(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Counts the elements that are named from now on: what is listed whole is as long as the network is large."""
    calls = [0]
    original = Names.element

    def element(self: Names, *arguments: Any) -> str:
        calls[0] += 1
        return original(self, *arguments)

    monkeypatch.setattr(Names, "element", element)
    return lambda: calls[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("classroom", "--wrt", "w55"), "there is no quantity 'w55'. Did you mean 'w5'?"),
        (("classroom", "--form", "scalr"), "unknown form 'scalr'. Did you mean 'scalar'?"),
        (("classroom", "--notation", "clasroom"), "unknown notation 'clasroom'. Did you mean 'classroom'?"),
        (("four_layers", "--numbers"), "'four_layers' has no values to put into the formulas"),
        (("8-8-8", "--wrt", "W1", "--form", "scalar"), "expected a tensor of at most 16 elements, got 64"),
        (("200-200-10", "--form", "scalar"), "expected at most 20,000 scalar equations, got 43,061"),
        (("30-30-30-30", "--wrt", "w1"), "the steps to 'w1' are too many to read"),
    ],
)
def test_what_cannot_be_printed(refused: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in refused("formulas", *arguments)


def test_a_scatter_prints_as_adding_up(run: Run) -> None:
    printed = run("formulas", "mnist_cnn", "--form", "index").out
    assert "delta_y8[n,c,p1 + u1 - 1,p2 + u2 - 1] += Sum(delta_z9[n,o,p1,p2]*W9[o,c,u1,u2], o)" in printed
    assert "(+= adds, for every value of the indices, to " in printed
    latex = run("formulas", "mnist_cnn", "--form", "matrix", "--latex").out
    assert r"p_{2}+u_{2}-1}^{(8)} \mathrel{+}= \sum_{o=1}^{10}" in latex
    adjoints = json.loads(run("formulas", "mnist_cnn", "--wrt", "W1", "--form", "index", "--json").out)["adjoints"]
    assert adjoints["dE_total_dy8"]["target"] == "dE_total_dy8[n,c,p1 + u1 - 1,p2 + u2 - 1]"
    assert [adjoints[name]["relation"] for name in ("dE_total_dy8", "dE_total_dz9")] == ["+=", "="]


def test_facts_are_conditions(run: Run) -> None:
    printed = run("formulas", "mnist_cnn").out
    assert "On condition that\n  Sum(t[n,k], k) = 1\n" in printed


def test_adjoints_of_other_quantities_than_sums_have_a_bar(run: Run) -> None:
    printed = run("formulas", "transformer_block", "--form", "matrix").out
    assert "bar_P2[h]           = dE_total/dP2[h] = delta_o2[h] @ v2[h].T" in printed


def test_numbers_of_whole_tensors(run: Run) -> None:
    printed = run("formulas", "classroom", "--form", "matrix", "--numbers").out
    assert "z1      = W1 @ x = [0.0275, 0.0425]" in printed
    assert "dE_total/dW2 = delta_z2 @ a1.T = [[0.0128808, 0.0129761], [0.0154083, 0.0155223]]" in printed
    indexed = run("formulas", "classroom", "--form", "index", "--numbers", "--latex").out
    assert r"\begin{pmatrix} 0.0275 \\ 0.0425 \end{pmatrix}" in indexed


@pytest.mark.parametrize("form", ["scalar", "index", "matrix"])
@pytest.mark.parametrize("network", ["transformer_block", "net.toml"])
def test_any_network_in_every_form(
    run: Run, network: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    layers = '[[layers]]\ntype = "rnn"\nunits = 2\n[[layers]]\ntype = "dense"\nunits = 3\n'
    Path("net.toml").write_text(f'inputs = [3, 2]\nloss = "categorical_cross_entropy_from_logits"\n{layers}')
    found = json.loads(run("formulas", network, "--form", form, "--json").out)
    assert all(gradient["formula"] and gradient["latex"] for gradient in found["gradients"])
    assert run("formulas", network, "--form", form).code == 0


def test_a_small_net_with_a_long_forward_pass_is_not_written_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text('inputs = [1, 28, 28]\n[[layers]]\ntype = "conv2d"\nchannels = 1\nkernel = 3\n')
    result = run("formulas", str(path))
    assert "too many to read one by one, so this is the index form" in result.err
    assert "Sum(W1[o,c,u1,u2]*x[c,p1 + u1 - 1,p2 + u2 - 1], c, u1, u2)" in result.out


def test_a_network_with_nothing_to_train_says_so(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fixed.toml"
    path.write_text("inputs = 2\n[[layers]]\nunits = 1\ntrainable = false\n")
    assert "every parameter is fixed, so there are no gradients" in run("formulas", str(path)).err


def test_without_its_integers_a_network_is_shown_in_index_form(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "net.toml"
    layers = "".join(
        f"[[layers]]\n{keys}\n"
        for keys in ('type = "embedding"\nvocabulary = 4\ndimension = 2', 'type = "flatten"', "units = 1")
    )
    net.write_text(f"inputs = 3\n{layers}")
    result = run("formulas", str(net))
    assert "'x' has no integers among the values, so this is the index form" in result.err
    assert "dE_total/dW1[x[k] + 1,d] += " in result.out
    net.write_text(f"inputs = 3\nvalues = {{x = [0, 3, 3]}}\n{layers}")
    assert "dE_total/dw1 " in run("formulas", str(net)).out
