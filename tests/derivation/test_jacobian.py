"""Jacobians and Hessians over whole tensors against JAX, over every kind of node; what is needed, and names that clash."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
import sympy

from symprop.derivation.jacobian import Jacobians, jacobians
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import elements, unroll
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Program
from symprop.ir.sympy_view import node_to_sympy
from symprop.ir.tensor import BACKWARD, Role
from symprop.layers.dense import Dense
from symprop.layers.shaping import Add
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.scalar.numeric import FLOAT
from symprop.views.second import SecondView
from tests.derivation.jacobians import NETS, arrays, loss, point, predicted


def by(program: Program) -> list[str]:
    """The parameters and the inputs, as far as they are numbers."""
    return [t.name for role in (Role.PARAMETER, Role.INPUT) for t in program.with_role(role)]


def backward(found: Jacobians) -> list[str]:
    forward = found.derivation.forward.by_name
    return [name for name in found.derivation.program.by_name if name not in forward]


def close(got: Any, expected: Any, name: str) -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("name", NETS)
def test_jacobians_are_those_of_jax(name: str) -> None:
    program, given = NETS[name].elaborate(), point(NETS[name].elaborate())
    found = jacobians(program, str(program.output), by(program))
    known = arrays(found, given)
    own = {wrt: given[wrt] for wrt in by(program)}
    expected = jax.jit(jax.jacobian(lambda moved: predicted(NETS[name], {**given, **moved})))(own)
    for wrt, block in found.derivation.gradients.items():
        close(known[block], expected[wrt], wrt)


@pytest.mark.parametrize("name", NETS)
def test_hessians_are_those_of_jax(name: str) -> None:
    """Of the first quantity, which acts through all layers, and of the last."""
    program, given = NETS[name].elaborate(), point(NETS[name].elaborate(), 1)
    wrt = [by(program)[0], by(program)[-1]]
    hessian = jax.jit(jax.hessian(lambda moved: loss(NETS[name], {**given, **moved})))
    expected = hessian({each: given[each] for each in wrt})
    for first in wrt:
        gradient = derive(program, [first])
        found = jacobians(gradient.program, gradient.gradients[first], wrt)
        known = arrays(found, given)
        for second, block in found.derivation.gradients.items():
            close(known[block], expected[first][second], f"{first}, {second}")


def test_unrolled_they_are_the_sweep_of_each_output() -> None:
    """Entry by entry in SymPy, with everything but forward names put in."""
    program = NetworkSpec(2, [Dense(3, "tanh"), Dense(2, "sigmoid")], "squared_error").elaborate()
    names = names_for(program, "classroom")
    found = jacobians(program, "a2", ["W1", "x", "b2"])
    known: dict[Any, Any] = {}
    for line in unroll(found.derivation.program, names).equations:
        if line.target.tensor.role in BACKWARD:
            known[sympy.Symbol(line.name)] = sympy.expand(node_to_sympy(line.value).xreplace(known))
    view = SecondView(derive(program), names)
    for wrt, block in found.derivation.gradients.items():
        tensor, expected = (
            found.derivation.program.tensors[block],
            view.jacobian(view.elements("a2"), view.elements(wrt)),
        )
        got = {(j, k): 0 for j in elements(program.tensors["a2"]) for k in elements(program.tensors[wrt])}
        for place in elements(tensor):
            whole = found.blocks[block].rows.whole(place)
            got[whole[:1], whole[1:]] = known[sympy.Symbol(names.element(block, place, tensor.extents))]
        flat = [_without_assumptions(entry) for row in expected for entry in row]
        assert [sympy.expand(a - b) for a, b in zip(got.values(), flat, strict=True)] == [0] * len(flat), wrt


def _without_assumptions(expression: Any) -> Any:
    return expression.xreplace({symbol: sympy.Symbol(symbol.name) for symbol in expression.free_symbols})


def test_identities_go_where_they_can() -> None:
    """A dense net needs none, and only the diagonal of what is elementwise; a residual adds one."""
    dense = jacobians(NETS["dense"].elaborate(), "a2", ["x"])
    assert backward(dense) == ["da2_dz2", "da2_da1", "da2_dz1", "da2_dx"]
    assert dense.derivation.program.tensors["da2_dz2"].extents == (2,)
    batch = jacobians(NETS["batch"].elaborate(), "a2", ["x"])
    assert batch.derivation.program.tensors["da2_dx"].extents == (5, 2, 3)
    assert batch.blocks["da2_dx"].whole.extents == (5, 2, 5, 3)
    added = jacobians(NetworkSpec(3, [Dense(3, "tanh", name="h"), Add(inputs=("h", "x"))]).elaborate(), "y2", ["x"])
    assert backward(added)[0] == "I3"


def test_of_itself_and_of_nothing() -> None:
    program = NETS["dense"].elaborate()
    found = jacobians(program, "z1", ["z1", "W2", "x"])
    known = arrays(found, point(program))
    assert np.array_equal(known[found.derivation.gradients["z1"]], np.eye(4))
    assert np.array_equal(known[found.derivation.gradients["W2"]], np.zeros((4, 2, 4)))
    free = jacobians(program, "x", ["x", "b1"])
    assert np.array_equal(arrays(free, point(program))[free.derivation.gradients["x"]], np.eye(3))


def test_of_a_number_it_is_the_gradient() -> None:
    program = NETS["dense"].elaborate()
    found, gradient = jacobians(program, "E_total", ["W1"]), derive(program, ["W1"])
    given = {name: array.astype(object) for name, array in point(program).items()}
    expected = evaluate_arrays(gradient.program, given, FLOAT)["dE_total_dW1"].astype(float)
    np.testing.assert_allclose(arrays(found, point(program))[found.derivation.gradients["W1"]], expected, rtol=1e-12)


def test_names_that_are_taken() -> None:
    """Names of the pass that stand for something else already, and letters of its indices."""
    lines = ["I3 = w*v", "o = I3**2*L", "da_dw = o + w", "a = da_dw**2", "E = a**2"]
    program = EquationsSpec(lines, loss="E", parameters=["w", "v", "L"]).elaborate()
    found = jacobians(program, "a", ["w", "v"])
    assert not set(backward(found)) & set(program.tensors)
    values = {"w": 2.0, "v": 3.0, "L": 5.0}
    known = evaluate_program(found.derivation.program, values, FLOAT)
    # a = (w²v²L + w)², so ∂a/∂w = 2(w²v²L + w)(2wv²L + 1)
    assert known[found.derivation.gradients["w"]] == 2 * (36 * 5 + 2) * (4 * 9 * 5 + 1)


def test_letters_that_are_taken() -> None:
    net = NetworkSpec({"o": 3}, [Dense(4, "tanh"), Dense(2)])
    outer = jacobians(net.elaborate(), "z2", ["o"]).blocks["dz2_do"].rows.outer
    assert [index.name for index in outer] == ["p"]


def test_what_is_unknown_is_refused() -> None:
    with pytest.raises(UserError, match="there is no quantity 'y9' to differentiate"):
        jacobians(NETS["dense"].elaborate(), "y9", ["x"])
