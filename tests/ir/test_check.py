"""The checker: each way in which a program can be malformed, with the equation named; and that every pass runs it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from symprop.errors import InternalError, UserError
from symprop.ir.check import check
from symprop.ir.nodes import Elementwise, Node, Reduction, Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec

J, K = Index("j", 3), Index("k", 4)
W, x, t = Tensor("W", (J, K), Role.PARAMETER), Tensor("x", (K,), Role.INPUT), Tensor("t", (J,), Role.TARGET)
z, E = Tensor("z", (J,)), Tensor("E", (), Role.LOSS)
i = Tensor("i", (J,), Role.INDEX)
X0, X1 = operand(0), operand(1)


def program(value: Node, target: Access | None = None) -> Program:
    """A sound program but for the first line's right-hand side or target."""
    lines = (
        Equation(target or z(), value, Origin("test")),
        Equation(E(), total(Term(1, (t(), t()), (J,))), Origin("loss")),  # type: ignore[arg-type]
    )
    return Program((x, t, W, i), lines, "E")


SOUND = [
    single(1, W(), x(), over=(K,)),
    single(1, W(J, Affine(((2, K),), -1)), over=(K,)),
    single(1, t(Affine(((1, J), (1, K)))), over=(K,)),
    single(1, x(Affine((), 0, i()))),
    single(1, x(J.part)),  # a slice
    single(1, t(K.part), over=(K,)),  # beyond the axis there are zeros
    single(1, over=(K,)),
    total(),
    elementwise(X0 * X1, t(), x(Affine((), 2))),
    Reduction("logsumexp", (W(), x()), (K,)),
]
FAULTS = [
    (single(1, Tensor("q")()), "equation 'z': 'q' is used before it is defined"),
    (single(1, z()), "equation 'z': 'z' is used before it is defined"),
    (single(1, Tensor("x", (J,), Role.INPUT)(J)), "equation 'z': 'x' is used with another shape or role"),
    (single(1, replace(t, role=Role.INPUT)()), "equation 'z': 't' is used with another shape or role"),
    (single(1, Access(W, (Affine(((1, J),)),))), "equation 'z': 'W' has 2 indices, 1 are given"),
    (single(1, x()), r"equation 'z': index 'k' of 'x\[k\]' is not bound"),
    (single(1, t(), over=(J,)), "equation 'z': an index is summed twice"),
    (single(1, x(), over=(K, K)), "equation 'z': an index is summed twice"),
    (single(1, x(Index("j", 4)), over=(Index("j", 4),)), "equation 'z': one index name has two extents"),
    (Elementwise((X0 + X1,), (t(),)), r"equation 'z': unknown operand \['x1'\]"),
    (Elementwise((X0 + sympy.Symbol("v"),), (t(),)), r"equation 'z': unknown operand \['v'\]"),
    (Elementwise((X0 + X1,), (t(), t())), "equation 'z': an operand is listed twice"),
    (elementwise(X0, x()), r"equation 'z': index 'k' of 'x\[k\]' is not bound"),
    (Reduction("sum", (W(),), (K,)), "equation 'z': there is no reduction 'sum'"),
    (Reduction("max", (W(),), ()), r"equation 'z': index 'k' of 'W\[j, k\]' is not bound"),
    (Reduction("max", (t(),), (J,)), "equation 'z': an index is summed twice"),
    (single(1, x(J)), "equation 'z': index 'j' runs to 3, axis 'k' of 'x' to 4"),
    (single(1, t(K), over=(K,)), "equation 'z': index 'k' runs to 4, axis 'j' of 't' to 3"),
    (single(1, x(Affine((), 0, Tensor("q", (J,), Role.INDEX)()))), "equation 'z': 'q' is used before it is defined"),
    (single(1, x(Affine((), 0, t()))), "equation 'z': 't' is read as an integer and has no role of an index"),
    (single(1, i()), "equation 'z': 'i' is read as a number and has the role of an index"),
]


@pytest.mark.parametrize("value", SOUND, ids=str)
def test_sound_programs_pass(value: Node) -> None:
    assert check(program(value)).equations[0].value is value


@pytest.mark.parametrize(("value", "message"), FAULTS)
def test_faults_are_named(value: Node, message: str) -> None:
    with pytest.raises(InternalError, match=f"^{message}$"):
        check(program(value))


def test_the_caller_says_whose_fault_it_is() -> None:
    with pytest.raises(UserError, match=r"'q' is used before it is defined"):
        check(program(single(1, Tensor("q")())), UserError)


@pytest.mark.parametrize("value", [elementwise(X0, t(J)), Reduction("max", (t(J),), ())])
def test_only_sums_scatter(value: Node) -> None:
    with pytest.raises(InternalError, match=r"only a sum of products may scatter"):
        check(program(value, z(Affine(((1, J),), 1))))
    assert check(program(single(1, t(J)), z(Affine(((1, J),), 1))))


def test_two_definitions_of_one_name() -> None:
    sound = program(SOUND[0])
    with pytest.raises(InternalError, match=r"^equation 'z': 'z' is defined twice$"):
        check(replace(sound, equations=(sound.equations[0], *sound.equations)))
    with pytest.raises(InternalError, match=r"^free quantity 't': 't' is defined twice$"):
        check(replace(sound, free=(*sound.free, t)))
    with pytest.raises(InternalError, match=r"^equation 'z': 'z' is defined twice$"):
        check(replace(sound, free=(*sound.free, z)))


def test_axes_of_one_name() -> None:
    square = Tensor("R", (J, J))
    with pytest.raises(InternalError, match=r"^free quantity 'R': two axes of 'R' have one name$"):
        check(Program((square,), (Equation(E(), single(1), Origin("loss")),), "E"))


def test_an_axis_without_elements() -> None:
    empty = Tensor("R", (Index("e", 0),))
    with pytest.raises(
        InternalError, match=r"^free quantity 'R': axis 'e' of 'R' has the extent 0, and no axis is empty$"
    ):
        check(Program((empty,), (Equation(E(), single(1), Origin("loss")),), "E"))


def test_the_loss() -> None:
    sound = program(SOUND[0])
    with pytest.raises(InternalError, match=r"^the loss 'L' is not defined$"):
        check(replace(sound, loss="L"))
    with pytest.raises(InternalError, match=r"^the loss 'z' is not a scalar$"):
        check(replace(sound, loss="z"))


@pytest.mark.parametrize("home", ["layers.elaborate", "derivation.sweep", "derivation.unroll", "equations"])
def test_every_pass_runs_it(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from symprop.derivation.sweep import derive
    from symprop.derivation.unroll import unroll
    from symprop.equations import EquationsSpec
    from symprop.notation.packs import names_for

    seen: list[Program] = []
    monkeypatch.setattr(f"symprop.{home}.check", lambda program, *error: (seen.append(program), program)[1])
    net = NetworkSpec(2, [Dense(1)]).elaborate()
    unroll(derive(net).program, names_for(net))
    EquationsSpec(["E = w**2"], "E")
    assert seen
