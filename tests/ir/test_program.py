"""Programs: their tensors and equations by name, by value and by role."""

from __future__ import annotations

from symprop.ir.nodes import elementwise, operand, single
from symprop.ir.program import Equation, Origin, Program, needed
from symprop.ir.tensor import Index, Role, Tensor

K = Index("k", 3)
x, w, c = (
    Tensor("x", (K,), Role.INPUT),
    Tensor("w", (K,), Role.PARAMETER),
    Tensor("c", (), Role.PARAMETER, trainable=False),
)
y, again, E = Tensor("y"), Tensor("again"), Tensor("E", (), Role.LOSS)
LINES = (
    Equation(y(), single(1, w(), x(), over=(K,)), Origin("pre-activation", 1)),
    Equation(again(), single(1, w(), x(), over=(K,)), Origin("pre-activation", 1)),
    Equation(E(), single(2, y(), y(), c()), Origin("loss")),
)
PROGRAM = Program((x, w, c), LINES, "E")


def test_tensors_free_ones_first() -> None:
    assert list(PROGRAM.tensors) == ["x", "w", "c", "y", "again", "E"]


def test_equations_by_name_and_by_value() -> None:
    assert PROGRAM.by_name["E"] is LINES[2]
    assert PROGRAM.by_value[LINES[1].value] is LINES[0]
    assert LINES[0].name == "y"


def test_roles_and_what_is_trained() -> None:
    assert list(PROGRAM.with_role(Role.PARAMETER)) == [w, c]
    assert PROGRAM.trainable == (w,)
    assert list(PROGRAM.with_role(Role.LOSS)) == [E]


def test_needed_keeps_the_order() -> None:
    names = "pqrst"
    tensors = {name: Tensor(name, (K,)) for name in names}
    sources = {"p": x, "q": w, "r": tensors["p"], "s": tensors["q"], "t": tensors["r"]}
    lines = [Equation(tensors[n](), elementwise(2 * operand(0), sources[n]()), Origin("layer")) for n in names]
    assert [each.name for each in needed(lines, ["t"])] == ["p", "r", "t"]
    assert [each.name for each in needed(lines, ["s", "r"])] == ["p", "q", "r", "s"]
