"""The two notations: the names of a dense net, of tensors of any rank, and what is refused."""

from __future__ import annotations

import pytest

from symprop.errors import UserError
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import check_names, names_for
from tests.notation.programs import ranks

THREE = NetworkSpec(2, [Dense(3, "silu"), Dense(2, "gelu"), Dense(1, "sigmoid", bias="layer")]).elaborate()
TWO = NetworkSpec(2, [Dense(3, "tanh"), Dense(2, "sigmoid")]).elaborate()


def first_and_last(program: Program, notation: str, tensor: str) -> list[tuple[str, str | None]]:
    names = names_for(program, notation)
    identifiers = list(names.elements(program.tensors[tensor]))
    return [(name, names.look(name)) for name in (identifiers[0], identifiers[-1])]


@pytest.mark.parametrize(
    ("program", "tensor", "first", "last"),
    [
        (TWO, "x", ("i1", "i_{1}"), ("i2", "i_{2}")),
        (TWO, "W1", ("w1", "w_{1}"), ("w6", "w_{6}")),
        (TWO, "W2", ("w7", "w_{7}"), ("w12", "w_{12}")),
        (TWO, "b1", ("b_h1", "b_{h1}"), ("b_h3", "b_{h3}")),
        (TWO, "z1", ("h1", "h_{1}"), ("h3", "h_{3}")),
        (TWO, "a1", ("a_h1", "a_{h1}"), ("a_h3", "a_{h3}")),
        (TWO, "a2", ("a_o1", "a_{o1}"), ("a_o2", "a_{o2}")),
        (TWO, "t", ("t1", "t_{1}"), ("t2", "t_{2}")),
        (TWO, "E", ("E1", "E_{1}"), ("E2", "E_{2}")),
        (THREE, "z2", ("h2_1", "h_{2,1}"), ("h2_2", "h_{2,2}")),
        (THREE, "s1", ("s_h1_1", "s_{h1,1}"), ("s_h1_3", "s_{h1,3}")),
        (THREE, "Phi2", ("Phi_h2_1", r"\Phi_{h2,1}"), ("Phi_h2_2", r"\Phi_{h2,2}")),
        (THREE, "phi2", ("phi_h2_1", r"\varphi_{h2,1}"), ("phi_h2_2", r"\varphi_{h2,2}")),
        (THREE, "b3", ("b3", "b_{3}"), ("b3", "b_{3}")),
        (ranks(), "x", ("x_1_1_1", "x_{111}"), ("x_2_3_4", "x_{234}")),
        (ranks(), "K1", ("K1_1_1_1_1", "K_{1111}^{(1)}"), ("K1_11_3_5_4", "K_{11,3,5,4}^{(1)}")),
        (ranks(), "M", ("w1", "w_{1}"), ("w22", "w_{22}")),
        (ranks(), "g1", ("g1_1", "g_{1}^{(1)}"), ("g1_11", "g_{11}^{(1)}")),
    ],
)
def test_classroom(program: Program, tensor: str, first: tuple[str, str], last: tuple[str, str]) -> None:
    assert first_and_last(program, "classroom", tensor) == [first, last]


@pytest.mark.parametrize(
    ("program", "tensor", "first", "last"),
    [
        (TWO, "x", ("x_1", "x_{1}"), ("x_2", "x_{2}")),
        (TWO, "W2", ("w2_1_1", "w_{11}^{(2)}"), ("w2_2_3", "w_{23}^{(2)}")),
        (TWO, "b1", ("b1_1", "b_{1}^{(1)}"), ("b1_3", "b_{3}^{(1)}")),
        (TWO, "E", ("E_1", "E_{1}"), ("E_2", "E_{2}")),
        (THREE, "phi2", ("phi2_1", r"\varphi_{1}^{(2)}"), ("phi2_2", r"\varphi_{2}^{(2)}")),
        (ranks(), "K1", ("k1_1_1_1_1", "k_{1111}^{(1)}"), ("k1_11_3_5_4", "k_{11,3,5,4}^{(1)}")),
        (ranks(), "z1", ("z1_1_1_1", "z_{111}^{(1)}"), ("z1_2_11_5", "z_{2,11,5}^{(1)}")),
    ],
)
def test_textbook(program: Program, tensor: str, first: tuple[str, str], last: tuple[str, str]) -> None:
    assert first_and_last(program, "textbook", tensor) == [first, last]


def test_a_capital_stays_where_the_small_letter_is_another_tensors() -> None:
    program = NetworkSpec(2, [Dense(3, weights="V"), Dense(2, weights="v")]).elaborate()
    names = names_for(program, "textbook")
    assert [next(names.elements(program.tensors[name])) for name in ("V", "v")] == ["V_1_1", "v_1_1"]
    assert [names.look(f"{letter}_1_2") for letter in "Vv"] == ["V_{12}", "v_{12}"]


def test_unknown_notation() -> None:
    with pytest.raises(UserError, match=r"unknown notation 'clasroom'. Did you mean 'classroom'"):
        names_for(TWO, "clasroom")


@pytest.mark.parametrize(("name", "notation"), [("h2", "classroom"), ("w7", "classroom"), ("z1_2", "textbook")])
def test_a_tensor_may_not_be_called_like_an_element(name: str, notation: str) -> None:
    program = NetworkSpec(2, [Dense(3, "tanh"), Dense(2, weights=name)]).elaborate()
    with pytest.raises(
        UserError, match=rf"layer 2: the name '{name}' is taken.* in {notation} notation.* Rename '{name}'"
    ):
        check_names(program)


def test_elements_may_not_be_called_alike() -> None:
    whole, part = Tensor("V", (Index("j", 2), Index("k", 3)), Role.INPUT), Tensor("V_2", (Index("k", 3),), Role.INPUT)
    line = ranks().equations[-1]
    value = line.value.terms[0]
    longer = value.__class__(value.coefficient, (*value.factors, whole(), part()), value.over)
    equation = line.__class__(line.target, line.value.__class__((longer,)), line.origin)
    program = Program((*ranks().free, whole, part), (*ranks().equations[:-1], equation), "L")
    with pytest.raises(UserError, match="elements of 'V_2' and 'V' would be called alike in textbook notation"):
        names_for(program, "textbook")
