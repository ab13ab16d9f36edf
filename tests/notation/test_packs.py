"""The notations: the names of a dense net, of tensors of any rank, and what is refused."""

from __future__ import annotations

import pytest

from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.layers.dense import Dense
from symprop.layers.normalisation import BatchNorm
from symprop.network import NetworkSpec
from symprop.notation.packs import NOTATIONS, PACKS, Pack, check_names, names_for
from symprop.views.delta import with_adjoints
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


SHARED = NetworkSpec(2, [Dense(3, "sigmoid", bias="layer"), Dense(2, "sigmoid", bias="layer")]).elaborate()


@pytest.mark.parametrize(
    ("program", "tensor", "first", "last"),
    [
        (SHARED, "x", ("i1", "i_{1}"), ("i2", "i_{2}")),
        (SHARED, "W2", ("w7", "w_{7}"), ("w12", "w_{12}")),
        (SHARED, "b1", ("b1", "b_{1}"), ("b1", "b_{1}")),
        (SHARED, "z1", ("net_h1", r"\mathit{net}_{h1}"), ("net_h3", r"\mathit{net}_{h3}")),
        (SHARED, "a2", ("out_o1", r"\mathit{out}_{o1}"), ("out_o2", r"\mathit{out}_{o2}")),
        (SHARED, "t", ("target_o1", r"\mathit{target}_{o1}"), ("target_o2", r"\mathit{target}_{o2}")),
        (SHARED, "E", ("E_o1", "E_{o1}"), ("E_o2", "E_{o2}")),
        (TWO, "b1", ("b_h1", "b_{h1}"), ("b_h3", "b_{h3}")),
        (THREE, "z2", ("net_h2_1", r"\mathit{net}_{h2,1}"), ("net_h2_2", r"\mathit{net}_{h2,2}")),
        (THREE, "s1", ("s_h1_1", "s_{h1,1}"), ("s_h1_3", "s_{h1,3}")),
    ],
)
def test_mazur(program: Program, tensor: str, first: tuple[str, str], last: tuple[str, str]) -> None:
    assert first_and_last(program, "mazur", tensor) == [first, last]


@pytest.mark.parametrize(
    ("program", "tensor", "first", "last"),
    [
        (TWO, "x", ("x_1", "x_{1}"), ("x_2", "x_{2}")),
        (TWO, "W2", ("w2_1_1", "w_{11}^{(2)}"), ("w2_2_3", "w_{23}^{(2)}")),
        (TWO, "b1", ("b1_1", "b_{1}^{(1)}"), ("b1_3", "b_{3}^{(1)}")),
        (TWO, "z1", ("a1_1", "a_{1}^{(1)}"), ("a1_3", "a_{3}^{(1)}")),
        (TWO, "a1", ("z1_1", "z_{1}^{(1)}"), ("z1_3", "z_{3}^{(1)}")),
        (TWO, "z2", ("a2_1", "a_{1}^{(2)}"), ("a2_2", "a_{2}^{(2)}")),
        (TWO, "a2", ("y_1", "y_{1}"), ("y_2", "y_{2}")),
        (THREE, "s1", ("s1_1", "s_{1}^{(1)}"), ("s1_3", "s_{3}^{(1)}")),
    ],
)
def test_bishop(program: Program, tensor: str, first: tuple[str, str], last: tuple[str, str]) -> None:
    assert first_and_last(program, "bishop", tensor) == [first, last]


def test_whole_tensors_look_as_their_elements_in_bishop() -> None:
    names = names_for(TWO, "bishop")
    assert [names.look(name) for name in ("z1", "a1", "z2", "a2")] == ["a^{(1)}", "z^{(1)}", "a^{(2)}", "y"]


@pytest.mark.parametrize(
    ("notation", "look"),
    [
        ("classroom", r"\delta_{h1}"),
        ("textbook", r"\delta_{1}^{(1)}"),
        ("mazur", r"\delta_{h1}"),
        ("bishop", r"\delta_{1}^{(1)}"),
    ],
)
def test_a_delta_leaves_out_what_a_sum_is_called_anyway(notation: str, look: str) -> None:
    derivation = derive(TWO)
    names = with_adjoints(names_for(TWO, notation), derivation)
    assert names.look(names.element("dE_total_dz1", (0,), (3,))) == look


def test_the_position_of_an_element_stands_apart_from_the_letter_below_its_delta() -> None:
    derivation = derive(NetworkSpec(2, [Dense(3), BatchNorm(), Dense(1)], batch=4).elaborate())
    names = with_adjoints(names_for(derivation.forward), derivation)
    assert names.look(names.element("dE_total_dy2", (0, 2), (4, 3))) == r"\delta_{y,13}^{(2)}"


def test_a_word_that_is_another_tensors_is_not_taken() -> None:
    program = NetworkSpec(2, [Dense(3, "tanh"), Dense(2, "tanh", weights="y"), Dense(1, weights="z9")]).elaborate()
    names = names_for(program, "bishop")
    assert [next(names.elements(program.tensors[name])) for name in ("a3", "a1", "y")] == ["z3_1", "z1_1", "y_1_1"]


def test_what_is_meant_in_general() -> None:
    found = {name: [pack.names(TWO).any(word) for word in "atz"] for name, pack in NOTATIONS.items()}
    assert found == {
        "classroom": ["a", "t", "z"],
        "textbook": ["a", "t", "z"],
        "mazur": ["out", "target", "net"],
        "bishop": ["y", "t", "a"],
    }


def test_a_pack_is_one_entry() -> None:
    pack = Pack("mine", "a lecture", ("w5", "s_h1", "o_h1"), True, {"x": "in", "z": "s", "a": "o"})
    names = pack.names(TWO)
    assert [next(names.elements(TWO.tensors[name])) for name in ("x", "W1", "z1", "a2")] == [
        "in1",
        "w1",
        "s_h1",
        "o_o1",
    ]


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_the_help_shows_names_as_they_are(pack: Pack) -> None:
    program = NetworkSpec(2, [Dense(2), Dense(2)]).elaborate()
    names = pack.names(program)
    shapes = {name: tensor.extents for name, tensor in program.tensors.items()}
    found = [names.place(name, shapes) for name in pack.shows]
    assert [place and place[0] for place in found] == ["W2", "z1", "a1"]


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
