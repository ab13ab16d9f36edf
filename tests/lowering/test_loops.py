"""Loop nests: unit stride innermost, bounds instead of guards, joined loops, coefficients once, safe updates in place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import pytest

from symprop.ir.nodes import elementwise, operand, single
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Affine, Index, Role, Tensor
from symprop.lowering.lowered import Lowered, lower
from symprop.lowering.nest import Assign, Guard, How, Loop, MatrixProduct, Product, Statement, leaves
from symprop.lowering.routine import Routine, routine
from tests.backends.steps import DENSE, GATHERS, WINDOWS, update_of

ROW, J, K = Index("i", 20), Index("j", 24), Index("k", 30)
ORIGIN = Origin("layer")


def every(statements: Sequence[Statement]) -> Iterator[Statement]:
    for statement in statements:
        yield statement
        if isinstance(statement, Loop | Guard):
            yield from every(statement.body)


def statements(made: Routine) -> list[Statement]:
    return [each for block in made.blocks for each in every(block.body)]


def lowered(*equations: Equation, free: Sequence[Tensor], output: str) -> Lowered:
    last = equations[-1].target.tensor
    total = Equation(Tensor("L", (), Role.LOSS)(), single(1, last(), over=last.indices), ORIGIN)
    return lower(Program(tuple(free), (*equations, total), "L"), [output])


def test_the_innermost_loop_runs_along_the_target() -> None:
    a, b, c = Tensor("a", (ROW, K)), Tensor("b", (J, K)), Tensor("c", (ROW, J))
    line = Equation(c(), single(1, a(ROW, K), b(J, K), over=(K,)), ORIGIN)
    made = routine(lowered(line, free=(a, b), output="c"))
    innermost = [s for s in statements(made) if isinstance(s, Loop) and isinstance(s.body[0], Assign)]
    (sums,) = [s for s in innermost if s.body[0].how is How.ADD and s.stop == J.extent][:1]  # type: ignore[union-attr]
    assert sums.variable == "j"
    assert made.arrays["b_turned"] == (K.extent, J.extent)  # or b would be read with gaps


def test_windows_have_bounds_and_no_guards() -> None:
    made = routine(update_of(WINDOWS, 2)[1])
    assert not [s for s in statements(made) if isinstance(s, Guard) and s.inside]
    assert any(s.lower or s.upper for s in statements(made) if isinstance(s, Loop))


def test_gathered_integers_are_guarded() -> None:
    made = routine(update_of(GATHERS, 2)[1])
    assert any(isinstance(s, Guard) and s.inside for s in statements(made))


@pytest.mark.parametrize(("factor", "offset"), [(1, -2), (2, -3), (3, 1), (-1, 9), (-2, 15)])
def test_bounds_are_exactly_what_is_in_range(factor: int, offset: int) -> None:
    wide, narrow = Index("p", 12), Index("q", 10)
    x, y = Tensor("x", (narrow,)), Tensor("y", (wide,))
    line = Equation(y(), single(1, x(Affine(((factor, wide),), offset))), ORIGIN)
    made = routine(lowered(line, free=(x,), output="y"))
    (loop,) = [s for s in statements(made) if isinstance(s, Loop) and s.body[0].how is How.ADD]  # type: ignore[union-attr]
    inside = [p for p in range(12) if 0 <= factor * p + offset < 10]
    assert list(range(loop.start, loop.stop)) == inside


def test_a_coefficient_is_multiplied_once() -> None:
    a, b = Tensor("a", (ROW,)), Tensor("b", (ROW,))
    line = Equation(Tensor("s")(), single(Fraction(1, 7), a(), b(), over=(ROW,)), ORIGIN)
    made = routine(lowered(line, free=(a, b), output="s"))
    inner = [line for s in statements(made) if isinstance(s, Loop) for line in leaves(s.body)]
    assert all(
        isinstance(each, Assign) and isinstance(each.value, Product) and each.value.coefficient == 1 for each in inner
    )


def test_neighbouring_lines_share_a_loop_and_what_lies_between_is_no_array() -> None:
    x, y, z = Tensor("x", (ROW, J)), Tensor("y", (J, K)), Tensor("z", (J, K))
    source = Tensor("u", (J, K))
    first = Equation(y(), elementwise(operand(0) ** 2, source()), ORIGIN)
    second = Equation(z(), elementwise(operand(0) + 1, y()), ORIGIN)
    made = routine(lowered(first, second, free=(source, x), output="z"))
    assert [block.titles for block in made.blocks] == [("y", "z")]
    assert "y" not in made.arrays


def test_a_sum_is_finished_before_it_is_read() -> None:
    x, m, c = Tensor("x", (ROW, J)), Tensor("m", (J,)), Tensor("c", (ROW, J))
    mean = Equation(m(), single(Fraction(1, 20), x(ROW, J), over=(ROW,)), ORIGIN)
    centred = Equation(c(), elementwise(operand(0) - operand(1), x(ROW, J), m(J)), ORIGIN)
    made = routine(lowered(mean, centred, free=(x,), output="c"))
    assert [block.titles for block in made.blocks] == [("m",), ("c",)]


def test_an_update_is_written_in_place_only_where_the_old_value_is_done_with() -> None:
    made = routine(update_of(DENSE, 2)[1], in_place=True)
    assert made.aliases == {"next_W1": "W1", "next_b1": "b1", "next_W2": "W2", "next_b2": "b2"}
    w, new, late = Tensor("w", (ROW,)), Tensor("next_w", (ROW,)), Tensor("late", (ROW,))
    change = Equation(new(), elementwise(2 * operand(0), w()), ORIGIN)
    reader = Equation(late(), elementwise(operand(0) + operand(1), w(), new()), ORIGIN)
    low: Any = lowered(change, reader, free=(w,), output="late")
    assert (
        routine(Lowered(low.arguments, (), low.equations, ("late", "next_w"), {"next_w": "w"}), in_place=True).aliases
        == {}
    )


def test_products_of_matrices_are_statements_from_a_size_on() -> None:
    a, b, c = Tensor("a", (ROW, K)), Tensor("b", (J, K)), Tensor("c", (ROW, J))
    low = lowered(Equation(c(), single(1, a(ROW, K), b(J, K), over=(K,)), ORIGIN), free=(a, b), output="c")
    for least, found in ((20 * 24 * 30, True), (20 * 24 * 30 + 1, False), (None, False)):
        made = routine(low, matrices=least)
        assert any(isinstance(each, MatrixProduct) for each in statements(made)) is found
