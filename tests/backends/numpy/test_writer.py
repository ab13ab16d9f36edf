"""Whole programs as calls on arrays: what is carried in place, memory that is shared, windows and scatters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symprop.backends.numpy.backend import compile_loop, compile_program
from symprop.backends.numpy.instructions import Bounds
from symprop.backends.numpy.memory import Memory
from symprop.backends.numpy.writer import MOST_SLICES, Writer
from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays, evaluate_equation
from symprop.ir.nodes import Reduction, SumOfProducts, Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.lowering.lowered import Lowered, lower
from symprop.scalar.numeric import FLOAT
from tests.derivation.programs import index_programs

ORIGIN = Origin("test")
H, J, K = Index("i", 3), Index("j", 4), Index("k", 5)
A, B, C = (Tensor(name, (H, J)) for name in "abc")
X, Y, Z = operand(0), operand(1), operand(2)


def line(target: Access, value: Any) -> Equation:
    return Equation(target, value, ORIGIN)


def drawn(tensors: Sequence[Tensor], seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {tensor.name: random.normal(size=tensor.extents) for tensor in tensors}


def evaluated(lines: Sequence[Equation], values: Mapping[str, Any], integers: Any = None) -> dict[str, Any]:
    known = {name: np.asarray(value).astype(object) for name, value in values.items()}
    for equation in lines:
        known[equation.name] = evaluate_equation(equation, known, FLOAT, integers or {})
    return {name: np.asarray(value).astype(float) for name, value in known.items()}


def compare(arguments: Sequence[Tensor], lines: Sequence[Equation], outputs: Sequence[str] = ()) -> str:
    """The written code's outputs, by default all, are those of the equations, twice over; returns the code."""
    outputs = tuple(outputs or (equation.name for equation in lines))
    executable = compile_program(Lowered(tuple(arguments), (), tuple(lines), outputs), "float64")
    for seed in (1, 2):
        values = drawn(arguments, seed)
        found, wanted = executable(values), evaluated(lines, values)
        for name in outputs:
            np.testing.assert_allclose(found[name], wanted[name], rtol=1e-11, atol=1e-12, err_msg=name)
    return executable.source


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(index_programs(), st.integers(0, 10**6), st.booleans())
def test_any_program_and_its_gradients(program: Program, seed: int, is_each_wanted: bool) -> None:
    """Where few quantities are wanted, the others share memory."""
    derivation = derive(program)
    values = drawn(program.free, seed)
    wanted = evaluate_arrays(derivation.program, {name: value.astype(object) for name, value in values.items()}, FLOAT)
    every = [equation.name for equation in derivation.program.equations]
    outputs = every if is_each_wanted else list(dict.fromkeys([program.loss, *derivation.gradients.values()]))
    with np.errstate(all="ignore"):
        found = compile_program(lower(derivation.program, outputs), "float64")(values)
    for name in outputs:
        expected = np.asarray(wanted[name], float)
        assert found[name].shape == expected.shape
        np.testing.assert_allclose(found[name], expected, rtol=1e-9, atol=1e-10, err_msg=name)


# What is carried.


def repeated(lowered: Lowered, values: Mapping[str, Any], count: int) -> tuple[list[float], dict[str, Any]]:
    """The updates by the equations, one after the other."""
    known, losses = dict(values), []
    for _ in range(count):
        found = evaluated((*lowered.constants, *lowered.equations), known)
        losses.append(float(found[lowered.outputs[0]]))
        known |= {old: found[new] for new, old in lowered.carried.items()}
    return losses, {old: known[old] for old in lowered.carried.values()}


def compare_loop(lowered: Lowered, count: int = 4) -> str:
    """The loop gives what the updates do, twice from the same start, and writes to nothing that it is given."""
    values = drawn(lowered.arguments)
    kept = {name: value.copy() for name, value in values.items()}
    carried = {name: values[name] for name in lowered.carried.values()}
    fixed = {name: value for name, value in values.items() if name not in carried}
    loop = compile_loop(lowered, "float64", frozenset())
    losses, state = repeated(lowered, values, count)
    for _ in range(2):
        found, last = loop.run(count, carried, fixed, {})
        np.testing.assert_allclose(found, losses, rtol=1e-10, atol=1e-12)
        assert last.keys() == state.keys()
        for name, expected in state.items():
            np.testing.assert_allclose(last[name], expected, rtol=1e-10, atol=1e-12, err_msg=name)
    for name, value in values.items():
        np.testing.assert_array_equal(value, kept[name])
    return loop.source


LOSS = line(Tensor("L", (), Role.LOSS)(), single(1, A(H, J), A(H, J), over=(H, J)))
NEW_A, NEW_B, NEW_C = (Tensor(f"next_{name}", (H, J)) for name in "abc")


def carried_of(*equations: Equation) -> Lowered:
    pairs = {f"next_{name}": name for name in "abc" if any(e.name == f"next_{name}" for e in equations)}
    return Lowered((A, B, C), (), (LOSS, *equations), ("L", *pairs), pairs)


def test_what_is_read_for_the_last_time_is_written_over() -> None:
    source = compare_loop(carried_of(line(NEW_A(), elementwise(X - Y / 4, A(), B()))))
    assert "next_a" not in source.partition("def constants")[0]


CASES = {
    "a later equation reads the old value": (
        line(NEW_A(), elementwise(X - Y / 4, A(), B())),
        line(NEW_B(), elementwise(X * Y / 3 + Z / 5, A(), B(), C())),
    ),
    "each takes the other's place": (
        line(NEW_A(), elementwise(1 * X, B())),
        line(NEW_B(), elementwise(1 * X, A())),
    ),
    "three change places": (
        line(NEW_A(), elementwise(X / 2, B())),
        line(NEW_B(), elementwise(X / 3, C())),
        line(NEW_C(), elementwise(X + 1, A())),
    ),
    "sums of the other": (
        line(NEW_A(), total(Term(Fraction(1, 2), (A(),)), Term(Fraction(-1, 3), (B(),)))),
        line(NEW_B(), total(Term(Fraction(1, 2), (B(),)), Term(Fraction(1, 5), (A(),)))),
    ),
    "a later equation reads the new value": (
        line(NEW_A(), elementwise(X - Y / 4, A(), B())),
        line(NEW_B(), elementwise(X - Y / 7, B(), NEW_A())),
    ),
    "the same value elsewhere in the array": (
        line(NEW_A(), elementwise(X / 2 - Y / 4, A(), A(Affine(((-1, H),), 2), J))),
    ),
    "the value of the row": (line(NEW_A(), elementwise(X / 2 - Y / 4, A(), A(Affine((), 0), J))),),
    "a matrix product of the old value": (
        line(NEW_A(), elementwise(X - Y / 4, A(), B())),
        line(Tensor("p", (H, Index("m", 3)))(), single(1, A(H, J), A(Index("m", 3), J), over=(J,))),
        line(NEW_B(), elementwise(X / 2 + Y / 9, B(), Tensor("p", (H, Index("m", 3)))(H, Affine((), 1)))),
    ),
    "the largest of several parts": (
        line(NEW_A(), elementwise(sympy.Piecewise((Y, X > Y), (X * Y, X > 0), (Z, True)), A(), B(), C())),
    ),
    "chosen elsewhere in the array": (
        line(NEW_A(), elementwise(sympy.Piecewise((X, Y > 0), (Z, True)), A(Affine(((-1, H),), 2), J), B(), C())),
    ),
    "read beyond its axes": (
        line(NEW_A(), elementwise(X / 2 - Y / 4, A(), B())),
        line(NEW_B(), total(Term(Fraction(1, 2), (A(Affine(((1, H),), 1), Affine(((1, J),), -2)),)))),
    ),
    "turned": (
        line(Tensor("q", (J, H))(J, H), elementwise(X + Y, A(H, J), B(H, J))),
        line(NEW_A(), elementwise(X / 3 - Y, A(), Tensor("q", (J, H))(J, H))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("count", [1, 4])
def test_updates_are_simultaneous(case: str, count: int) -> None:
    compare_loop(carried_of(*CASES[case]), count)


def test_what_nothing_reads_is_carried_too() -> None:
    compare_loop(carried_of(line(NEW_C(), elementwise(X + 1, A())), line(NEW_A(), elementwise(X / 2, A()))))


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(index_programs(), st.integers(0, 10**6))
def test_any_updates(program: Program, seed: int) -> None:
    """Every free tensor is replaced by some quantity of its shape, or by half of another free tensor."""
    random, carried = Random(seed), {}
    equations = list(program.equations)
    for tensor in program.free:
        alike = [t for t in program.free if t.extents == tensor.extents]
        source = random.choice(alike)
        new = Tensor(f"next_{tensor.name}", tensor.indices, Role.STATE)
        same = Access(source, tuple(Affine(((1, index),)) for index in tensor.indices))
        value = elementwise(X / 2 - Y / 3, same, tensor()) if random.random() < 0.7 else single(Fraction(1, 2), same)
        equations.insert(random.randint(0, len(equations)), line(new(), value))
        carried[new.name] = tensor.name
    whole = Program(program.free, tuple(equations), program.loss)
    with np.errstate(all="ignore"):
        compare_loop(lower(whole, [whole.loss, *carried], carried), 3)


def test_what_varies_differs_from_update_to_update() -> None:
    lowered = carried_of(line(NEW_A(), elementwise(X / 2 - Y / 4, A(), B())))
    values, rows = drawn(lowered.arguments), np.random.default_rng(8).normal(size=(3, 3, 4))
    loop = compile_loop(lowered, "float64", frozenset("b"))
    losses, last = loop.run(3, {"a": values["a"]}, {"c": values["c"]}, {"b": rows})
    a, expected = values["a"], []
    for b in rows:
        expected.append((a**2).sum())
        a = a / 2 - b / 4
    np.testing.assert_allclose(losses, expected, rtol=1e-13)
    np.testing.assert_allclose(last["a"], a, rtol=1e-13)


def test_what_is_given_is_neither_kept_nor_written_to() -> None:
    equation = line(Tensor("y", (H, J))(), elementwise(X * 2, A()))
    executable = compile_program(Lowered((A,), (), (equation,), ("y",)), "float64")
    given = drawn([A])
    kept = given["a"].copy()
    first = executable(given)["y"]
    np.testing.assert_array_equal(given["a"], kept)
    executable({"a": kept + 1})
    np.testing.assert_array_equal(first, kept * 2)  # an output is its caller's own


def test_memory_is_used_again_along_a_chain() -> None:
    names = [Tensor(f"y{k}", (H, J)) for k in range(20)]
    chain = [
        line(new(), elementwise(sympy.tanh(X) * Y, old(), B())) for old, new in zip([A, *names], names, strict=False)
    ]
    made = compare((A, B), chain, ["y19"]).partition("def constants")[0]
    assert made.count("empty(") <= 5
    assert compare((A, B), chain).partition("def constants")[0].count("empty(") >= 20


def test_what_is_still_read_is_not_written_over() -> None:
    names = [Tensor(f"y{k}", (H, J)) for k in range(6)]
    chain = [
        line(new(), elementwise(sympy.tanh(X) * Y, old(), B())) for old, new in zip([A, *names], names, strict=False)
    ]
    chain.append(line(Tensor("z", (H, J))(), elementwise(X * Y - Z, names[0](), names[2](), names[5]())))
    compare((A, B), chain, ["z"])


def test_constants_are_worked_out_once() -> None:
    number = line(Tensor("n", (H,))(), single(3))
    table = line(Tensor("m", (H, J))(), single(2, number.target, over=()))
    spent = line(Tensor("y", (H, J))(), elementwise(X * Y, A(), table.target))
    lowered = Lowered((A,), (number, table), (spent,), ("y", "m"))
    executable = compile_program(lowered, "float64")
    once, run = executable.source.partition("def constants")[2].split("def run")
    assert "# m" in once
    assert "# m" not in run
    for seed in (1, 2):
        values = drawn([A], seed)
        found = executable(values)
        np.testing.assert_allclose(found["y"], 6 * values["a"])
        assert set(found["m"].ravel()) == {6.0}


def test_every_call_names_its_equation() -> None:
    lowered = carried_of(*CASES["a later equation reads the old value"])
    writer = Writer(lowered, Memory("float64", {}), Bounds(0.0, 0.0), in_place=False)
    writer.write()
    assert {name for _, name in writer.calls} == {"L", "next_a", "next_b"}


def test_names_may_be_those_of_python_and_of_the_code() -> None:
    names = ["lambda", "exp", "run", "view", "constants", "memory", "add", "multiply"]
    tensors = [Tensor(name, (H, J)) for name in names]
    lines = [
        line(Tensor("exp_", (H, J))(), elementwise(sympy.exp(X) * Y + Z, *(t() for t in tensors[:3]))),
        line(Tensor("out", (H, J))(), total(*(Term(Fraction(k), (t(),)) for k, t in enumerate(tensors, 1)))),
    ]
    compare(tensors, lines)


# Windows, room around tensors, scatters.

P, Q, U, V = Index("p", 4), Index("q", 5), Index("u", 3), Index("v", 2)
WIDE = Tensor("x", (Index("h", 9), Index("w", 6)))
PLACES = {
    "side by side": (Affine(((3, P), (1, U))), Affine(((2, Index("q", 3)), (1, V)))),
    "overlapping, with room around": (Affine(((2, P), (1, U)), -1), Affine(((1, Q), (1, V)), -1)),
    "far apart": (Affine(((2, P), (3, U)), -2), Affine(((1, Q), (4, V)), -3)),
    "backwards": (Affine(((-2, P), (1, U)), 5), Affine(((-1, Q), (2, V)), 4)),
    "on a diagonal": (Affine(((1, P), (1, U))), Affine(((1, P), (1, V)))),
    "a slice": (Affine(((1, P),), part=True), Affine(((1, V), (1, U)), 1)),
    "one row": (Affine((), 2), Affine(((1, Q), (1, V)), -1)),
    "outside": (Affine((), 9), Affine(((1, Q), (1, V)), -4)),
    "one index that cancels out": (Affine(((1, P), (-1, P)), 3), Affine(((1, Q),), 1)),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_windows_are_read_and_written(place: str) -> None:
    """Read: a sum, products with a kernel, the values themselves; written: what a gradient adds up."""
    access = WIDE(*PLACES[place])
    free = access.free
    kernel = Tensor("g", tuple(index for index in free if index in (U, V)))
    outer = tuple(index for index in free if index not in kernel.indices)
    weight = Tensor("s", free)
    lines = [
        line(Tensor("y", outer)(*outer), single(2, access, kernel(), over=kernel.indices)),
        line(Tensor("z", free)(*free), elementwise(sympy.tanh(X) - Y, access, weight())),
        line(Tensor("d", WIDE.indices)(*access.indices), single(3, weight())),
        line(Tensor("e", WIDE.indices)(*access.indices), single(-1, kernel())),
        line(Tensor("f", WIDE.indices)(*access.indices), single(Fraction(1, 4))),
        line(
            Tensor("h", WIDE.indices)(*access.indices),
            total(Term(Fraction(2), (weight(), kernel())), Term(Fraction(-1), (access,))),
        ),
        line(Tensor("k", WIDE.indices)(), elementwise(X * Y, Tensor("d", WIDE.indices)(), WIDE())),
    ]
    compare((WIDE, kernel, weight), lines)
    compare((WIDE, kernel, weight), lines, ["k"])


@pytest.mark.parametrize("place", [name for name in PLACES if name != "outside"])
@pytest.mark.parametrize("kind", ["max", "logsumexp"])
def test_reductions_of_windows(place: str, kind: str) -> None:
    """Beyond the axes there is −∞ for them, and zero for a sum over the same tensor."""
    access = WIDE(*PLACES[place])
    over = tuple(index for index in access.free if index in (U, V))
    outer = tuple(index for index in access.free if index not in over)
    always = Tensor("s", outer)
    lines = [
        line(Tensor("y", outer)(*outer), Reduction(kind, (access, always()), over)),
        line(Tensor("z", outer)(*outer), single(1, access, over=over)),
    ]
    compare((WIDE, always), lines)


@pytest.mark.parametrize("kind", ["max", "logsumexp"])
def test_reductions_of_operands_that_do_not_vary_with_all(kind: str) -> None:
    number, row, column = Tensor("n"), Tensor("r", (H,)), Tensor("c", (J,))
    lines = [
        line(Tensor("y", (H, J))(), Reduction(kind, (number(), row(H), column(J)))),
        line(Tensor("z", (H,))(), Reduction(kind, (column(J), A(H, J), number()), (J,))),
        line(Tensor("w", (H,))(), Reduction(kind, (column(J),), (J,))),
        line(Tensor("v")(), Reduction(kind, (A(H, J),), (J, H))),
        line(Tensor("u", (J, H))(J, H), Reduction(kind, (A(H, J), row(H)), (K,))),
    ]
    compare((number, row, column, A), lines)


def test_wide_windows_are_reduced_at_once() -> None:
    wide = Index("u", MOST_SLICES + 3)
    series = Tensor("x", (Index("h", 90), H))
    equation = line(Tensor("y", (P, H))(), Reduction("max", (series(Affine(((2, P), (1, wide))), H),), (wide,)))
    assert "maximum.reduce" in compare((series,), [equation])


def test_scatters_of_many_slices_and_of_integers() -> None:
    wide = Index("u", MOST_SLICES + 3)
    many_windows = Index("p", MOST_SLICES + 9)
    long, weight = Tensor("d", (Index("h", 150),)), Tensor("s", (many_windows, wide))
    many = line(long(Affine(((2, many_windows), (1, wide)))), single(-2, weight()))
    assert "add_at" in compare((weight,), [many])
    rows, table = Tensor("r", (K,), Role.INDEX), Tensor("e", (Index("v", 6), J))
    where = (Affine((), 0, rows(K)), Affine(((1, J),)))
    scale = Tensor("g", (K, J))
    lines = [
        line(Tensor("y", (K, J))(), elementwise(X * Y, table(*where), scale())),
        line(Tensor("back", table.indices)(*where), single(3, scale())),
        line(Tensor("top", (J,))(), Reduction("max", (table(*where),), (K,))),
    ]
    numbers = np.array([5, 0, 5, 2, 5])
    values = drawn((table, scale))
    executable = compile_program(Lowered((table, rows, scale), (), tuple(lines), ("y", "back", "top")), "float64")
    found = executable({**values, "r": numbers})
    wanted = evaluated(lines, values, {("r", (k,)): int(n) for k, n in enumerate(numbers)})
    for name in ("y", "back", "top"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-13, err_msg=name)


def test_integers_out_of_range_read_zero_and_drop_what_they_get() -> None:
    rows, table, scale = Tensor("r", (H,), Role.INDEX), Tensor("e", (Index("v", 6), J)), Tensor("g", (H, J))
    where = (Affine((), 1, rows(H)), Affine(((1, J),)))
    lines = [
        line(Tensor("y", (H, J))(), single(2, table(*where))),
        line(Tensor("back", table.indices)(*where), single(1, scale())),
    ]
    executable = compile_program(Lowered((table, rows, scale), (), tuple(lines), ("y", "back")), "float64")
    values = drawn((table, scale))
    found = executable({**values, "r": np.array([5, -3, 1])})
    assert found["y"].tolist() == [[0.0] * 4, [0.0] * 4, (2 * values["e"][2]).tolist()]
    expected = np.zeros((6, 4))
    expected[2] = values["g"][2]
    np.testing.assert_array_equal(found["back"], expected)


def test_a_sum_of_nothing_is_zero() -> None:
    compare((A,), [line(B(), SumOfProducts(()))])
