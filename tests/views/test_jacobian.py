"""Jacobians and Hessians by indices and as matrices: how they print, and that what is printed is what the sweep has."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

from symprop import Add, Dense, Network, load
from symprop.derivation.jacobian import jacobians
from symprop.derivation.sweep import derive
from symprop.document.lines import letters_in
from symprop.errors import UnsupportedError, UserError
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.network import NetworkSpec
from symprop.notation.formula import WHOLE, Chain, Entry
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.scalar.numeric import FLOAT
from symprop.views.evaluate import Setting, place
from symprop.views.jacobian import JacobianView
from tests.derivation.jacobians import NETS, arrays, point

DENSE = Network(3, [Dense(4, "sigmoid"), Dense(2, "sigmoid")])


def printed(view: JacobianView, form: str) -> list[str]:
    """The lines as they are read, those of blocks alone."""
    chains = [view.equation(name, form) for name in view.listed if name in view.blocks]
    return [" = ".join(plain(view.read(side), matrix=form == "matrix") for side in chain.sides) for chain in chains]


def test_the_chain_of_a_dense_net() -> None:
    view = DENSE.derive().second_view.jacobian_view("a2", ["x"])
    assert printed(view, "matrix") == [
        "da2/dz2 = diag(a2 * (1 - a2))",
        "da2/dz1 = da2/dz2 @ W2 @ diag(a1 * (1 - a1))",
        "da2/dx = da2/dz1 @ W1",
    ]
    assert printed(view, "index") == [
        "da2[o]/dz2[o] = a2[o]*(1 - a2[o])",
        "da2[o]/dz1[j] = da2[o]/dz2[o] * W2[o,j] * a1[j] * (1 - a1[j])",
        "da2[o]/dx[k] = Sum(da2[o]/dz1[j] * W1[j,k], j)",
    ]


def test_latex_has_derivatives_under_their_indices() -> None:
    derivation = DENSE.derive()
    view = derivation.second_view.jacobian_view("a2", ["x"])
    left, right = (latex(view.read(side), derivation.names) for side in view.equation("da2_dx", "index").sides)
    assert left == r"\frac{\partial a^{(2)}_{o}}{\partial x_{k}}"
    assert r"\frac{\partial a^{(2)}_{o}}{\partial z^{(1)}_{j}}" in right
    hessian = derivation.second_view.hessian_view("b1", ["b2"])
    left, _ = (
        latex(hessian.read(side), derivation.names) for side in hessian.equation(hessian.listed[-1], "matrix").sides
    )
    assert left == r"\frac{\partial^{2} E_{\mathrm{total}}}{\partial b^{(1)}\partial b^{(2)}}"


def test_of_each_example_and_of_each_output() -> None:
    """Where there are more than two axes, some go by name."""
    view = Network(3, [Dense(4, "tanh"), Dense(2)], batch=5).derive().second_view.jacobian_view("z2", ["x", "W1"])
    assert printed(view, "matrix") == [
        "dz2[o]/dz1[o] = W2 @ diag(1 - a1[o]**2)",
        "dz2[o]/dx[o] = dz2[o]/dz1[o] @ W1",
        "dz2[o,p]/dW1 = dz2[o,p]/dz1[o] @ x[o].T",
    ]


def test_an_identity_stands_where_a_residual_is_added() -> None:
    view = (
        Network(3, [Dense(3, "tanh", name="h"), Add(inputs=("h", "x"))]).derive().second_view.jacobian_view("y2", ["x"])
    )
    assert printed(view, "matrix") == ["dy2/dz1 = diag(1 - a1**2)", "dy2/dx = dy2/dz1 @ W1 + I3"]
    assert printed(view, "index")[1] == "dy2[o]/dx[k] = dy2[o]/dz1[o] * W1[o,k] + I3[o,k]"


def test_the_hessian_of_a_softmax() -> None:
    net = Network(3, [Dense(4)], "categorical_cross_entropy_from_logits").derive()
    assert printed(net.second_view.hessian_view("z1", ["z1"]), "matrix") == ["d2E_total/dz1dz1 = diag(p) - p @ p.T"]
    assert "t" in " ".join(printed(net.second_view.hessian_view("z1", ["z1", "t"]), "matrix"))  # Σt = 1 no longer holds


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("order", [1, 2])
def test_what_is_printed_is_what_was_found(name: str, order: int) -> None:
    """Every line of a block, in either form, over whole blocks, at every position of its indices."""
    view = asked(NETS[name], order)
    known = arrays(view.jacobians, point(view.jacobians.derivation.forward))
    setting = over_whole_blocks(view, known)
    for block in (each for each in view.listed if each in view.blocks):
        for form in ("index", "matrix"):
            line = view.equation(block, form)
            np.testing.assert_allclose(
                total(setting, line, letters(view, block)), known[block], rtol=1e-9, atol=1e-12, err_msg=str(line)
            )


def asked(spec: NetworkSpec, order: int) -> JacobianView:
    program = spec.elaborate()
    by = [t.name for role in (Role.PARAMETER, Role.INPUT) for t in program.with_role(role)]
    if order == 1:
        return JacobianView(jacobians(program, str(program.output), by))
    gradient = derive(program, by[:1])
    return JacobianView(jacobians(gradient.program, gradient.gradients[by[0]], [by[0], by[-1]]))


def over_whole_blocks(view: JacobianView, known: dict[str, Any]) -> Setting:
    """A setting in which the name of a block stands for the whole block."""
    program, wholes = view.program, [block.whole for name, block in view.blocks.items() if name in known]
    others = tuple(equation for equation in program.equations if equation.name not in view.blocks)
    free = (*program.free, *wholes)
    sizes = {extent for tensor in program.tensors.values() for extent in tensor.extents}
    known = {**known, **{f"{view.jacobians.identity}{size}": np.eye(size) for size in sizes}}
    return Setting(Program(free, others, program.loss, integers=program.integers), known, FLOAT)


def letters(view: JacobianView, block: str) -> dict[str, int]:
    return {index.name: index.extent for index in view.index.readable(block).target.free}


def total(setting: Setting, line: Chain, extents: dict[str, int]) -> Any:
    """What the equation makes of the block: each position's value in its place, added up; zero elsewhere."""
    left, right = line.sides
    labels = left.indices if isinstance(left, Entry) else ()
    result = np.zeros(setting.program.tensors[left.tensor if isinstance(left, Entry) else left.name].extents)
    named = [letter for letter in extents if letter in letters_in(Chain((left,)))]
    for position in product(*(range(1, extents[letter] + 1) for letter in named)):
        at = dict(zip(named, position, strict=True))
        places = tuple(
            slice(None) if label == WHOLE else place(label, at, setting.program.integers) for label in labels
        )
        if all(isinstance(p, slice) or 0 <= p < extent for p, extent in zip(places, result.shape, strict=False)):
            value = setting.value(right, at)
            part = result[places]
            result[places] = (
                part + np.reshape(value, np.shape(part)) if np.size(value) == np.size(part) else part + value
            )
    return result


def test_expressions() -> None:
    derivation = DENSE.derive()
    assert str(derivation.jacobian("a2", "x", form="matrix")) == "da2_dz1*W1"
    assert str(derivation.jacobian(wrt="x", form="index")) == "Sum(W1[j, k]*da2_dz1[o, j], (j, 0, 3))"
    assert str(derivation.jacobian("a2", "z2", form="index")) == "(1 - a2[o])*KroneckerDelta(j, o)*a2[o]"
    slope = derivation.jacobian("a2", "z1", form="matrix")
    assert slope.shape == (2, 4)
    assert slope.atoms(sympy.MatrixSymbol) == {
        sympy.MatrixSymbol(*m) for m in (("da2_dz2", 2, 2), ("W2", 2, 4), ("a1", 4, 1))
    }
    added = Network(3, [Dense(3, "tanh", name="h"), Add(inputs=("h", "x"))]).derive()
    assert added.jacobian("y2", "x", form="matrix").has(sympy.Identity(3))
    assert added.jacobian("y2", "x", form="index").has(sympy.KroneckerDelta)
    assert derivation.jacobian("z1", "z1", form="matrix") == sympy.Identity(4)
    assert str(derivation.hessian("b1", "b2", form="matrix")) == "ddE_total_db1_dz2"
    assert derivation.hessian("W1", form="index").free_symbols


def test_without_a_name_it_is_the_one_that_was_asked_for() -> None:
    derivation = DENSE.derive(wrt="b1")
    assert derivation.hessian(form="matrix") == derivation.hessian("b1", form="matrix")
    with pytest.raises(UserError, match=r"one tensor at a time.* Name one of W1, b1"):
        DENSE.derive().hessian(form="matrix")


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda d: d.jacobian("a2", "w5", form="index"), UserError, "'w5' is no tensor of the network"),
        (lambda d: d.jacobian("a_o1", "W1", form="index"), UserError, "'a_o1' is no tensor of the network"),
        (lambda d: d.hessian("W1", "w5", form="index"), UserError, "'w5' is no tensor of the network"),
        (lambda d: d.jacobian("a2", "W1", form="prose"), UserError, "unknown form 'prose'"),
        (lambda d: d.jacobian("a2", "W1", form="matrix"), UnsupportedError, "one matrix for each position of an axis"),
        (lambda d: d.hessian("W1", form="matrix"), UnsupportedError, "one matrix for each position of an axis"),
    ],
)
def test_what_cannot_be_asked(ask: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ask(load("classroom").derive())
