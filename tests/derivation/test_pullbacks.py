"""Each pullback, broken on purpose: the checks of `laws` and of `verify` must see it, whichever node it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy

from symprop.derivation import pullbacks, sweep, unroll
from symprop.derivation.local import LocalDerivatives
from symprop.derivation.pullbacks import Contribution
from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, elementwise, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.notation.names import Names
from symprop.rules.functions import sigmoid
from tests.derivation.evaluation import Referee
from tests.derivation.laws import compare
from tests.derivation.programs import ORIGIN

H, J, K = Index("h", 2), Index("j", 3), Index("k", 5)
X0, X1 = operand(0), operand(1)


def every_node() -> Program:
    """Products with an offset, an elementwise line with an operand to be summed, both reductions, a tensor used thrice."""
    x, w, c = (Tensor(n, i, Role.PARAMETER) for n, i in (("x", (K,)), ("W", (H, J)), ("c", (J,))))
    z, a, top, soft = Tensor("z", (H, J)), Tensor("a", (H, J)), Tensor("top", (H,)), Tensor("soft", (J,))
    window = Affine(((1, H), (1, J)), -1)
    loss = Tensor("E", (), Role.LOSS)

    def term(*factors: Access, over: tuple[Index, ...] = ()) -> Term:
        return Term(Fraction(2, 3), factors, over)

    lines = (
        Equation(z(), SumOfProducts((term(w(), x(window)), term(c(J)))), ORIGIN),
        Equation(a(), elementwise(sigmoid(X0) * X1**2, z(), c(J)), ORIGIN),
        Equation(top(), Reduction("max", (a(),), (J,)), ORIGIN),
        Equation(soft(), Reduction("logsumexp", (a(),), (H,)), ORIGIN),
        Equation(loss(), SumOfProducts((term(top(), top(), over=(H,)), term(soft(), c(), over=(J,)))), ORIGIN),
    )
    return Program((x, w, c), lines, "E")


def compared() -> Any:
    return compare(every_node(), Names(), 3, Referee(every_node(), Names()).gradient)


def product_of(factors: list[Access], *, over: tuple[Index, ...] = ()) -> Program:
    """A loss that is one product, twice: under itself a sum, as `y`, and squared."""
    y, loss = Tensor("y", (J,)), Tensor("E", (), Role.LOSS)
    lines = (
        Equation(y(), SumOfProducts((Term(Fraction(2, 3), tuple(factors), over),)), ORIGIN),
        Equation(loss(), SumOfProducts((Term(Fraction(1), (y(), y()), (J,)),)), ORIGIN),
    )
    return Program(tuple(dict.fromkeys(factor.tensor for factor in factors)), lines, "E")


def parameters(count: int, *indices: Index) -> list[Access]:
    return [Tensor(f"p{k}", indices, Role.PARAMETER)() for k in range(count)]


def multiplications(program: Program) -> int:
    values = (equation.value for equation in program.equations)
    return sum(max(len(t.factors) - 1, 0) for v in values if isinstance(v, SumOfProducts) for t in v.terms)


@pytest.mark.parametrize("count", [4, 5, 9, 33])
def test_a_product_of_many_factors_costs_a_multiple_of_itself(count: int) -> None:
    program = product_of(parameters(count, J))
    derivation = derive(program)
    assert multiplications(derivation.program) - multiplications(program) <= 5 * multiplications(program)
    found = compare(program, Names(), 2, Referee(program, Names()).gradient, most_differences=4)
    assert found.nothing, found


@pytest.mark.parametrize("count", [2, 3])
def test_a_product_of_few_factors_is_written_out(count: int) -> None:
    names = [e.name for e in derive(product_of(parameters(count, J))).program.equations]
    assert names == ["y", "E", "dE_dy", *(f"dE_dp{k}" for k in range(count))]


def test_what_comes_again_and_what_does_not_depend() -> None:
    a, b, c, d, e = parameters(5, J)
    fixed = replace(e.tensor, name="f", role=Role.INPUT)()
    program = product_of([a, b, a, fixed, c, d, x_beyond(), a])
    found = compare(program, Names(), 2, Referee(program, Names()).gradient)
    assert found.nothing, found
    assert len(derive(program).program.by_name["dE_dp0"].value.terms) == 1  # type: ignore[union-attr]
    assert not any("first" in equation.name for equation in derive(program, ["p1", "p2"]).program.equations)


def x_beyond() -> Access:
    return Tensor("x", (K,), Role.PARAMETER)(Affine(((2, J),), -1))


def test_an_outer_product_is_not_made_whole() -> None:
    """Four factors under four indices: their partial products would be larger than any of them."""
    axes = [Index(name, 2) for name in "abcd"]
    factors = [Tensor(f"p{k}", (axis,), Role.PARAMETER)() for k, axis in enumerate(axes)]
    program = product_of(factors, over=tuple(axes))
    assert not any("first" in equation.name for equation in derive(program).program.equations)
    found = compare(program, Names(), 2, Referee(program, Names()).gradient)
    assert found.nothing, found


def test_every_node_is_right() -> None:
    found = compared()
    assert found.nothing, found
    assert verify(derive(every_node()), Names(), points=2).ok


def halved(value: SumOfProducts) -> SumOfProducts:
    return SumOfProducts(tuple(replace(term, coefficient=term.coefficient / 2) for term in value.terms))


def break_products(patch: pytest.MonkeyPatch) -> None:
    right = pullbacks._pull_products

    def wrong(*arguments: Any) -> Iterator[Contribution]:
        return (replace(share, value=halved(share.value)) for share in right(*arguments))

    patch.setattr(pullbacks, "_pull_products", wrong)


def break_elementwise(patch: pytest.MonkeyPatch) -> None:
    right = LocalDerivatives.of

    def wrong(self: LocalDerivatives, equation: Equation, position: int) -> Elementwise:
        slope = right(self, equation, position)
        return replace(slope, factors=(-slope.expression,))

    patch.setattr(LocalDerivatives, "of", wrong)


def break_maximum(patch: pytest.MonkeyPatch) -> None:
    """Every operand gets the share that only the largest one should have."""

    def wrong(equation: Equation, value: Reduction, program: Program, define: Any) -> list[Access]:
        one = Elementwise((sympy.Integer(1),), ())
        return [define("all", (*equation.target.free, *value.over), one, None) for _ in value.operands]

    patch.setitem(pullbacks._REDUCTION_SLOPES, "max", wrong)


def break_logsumexp(patch: pytest.MonkeyPatch) -> None:
    right = pullbacks._logsumexp_slopes

    def wrong(equation: Equation, value: Reduction, program: Program, define: Any) -> list[Access]:
        def negated(name: str, indices: tuple[Index, ...], node: Elementwise, layer: int | None) -> Access:
            return define(name, indices, replace(node, factors=(node.expression**2,)), layer)

        return right(equation, value, program, negated)

    patch.setitem(pullbacks._REDUCTION_SLOPES, "logsumexp", wrong)


def break_scatter(patch: pytest.MonkeyPatch) -> None:
    """What falls outside is put at the far end instead of being dropped."""
    right = Access.element

    def wrong(self: Access, position: Any, *integers: Any) -> Any:
        found = right(self, position, *integers)
        return (0,) * len(self.indices) if found is None and self.tensor.name.startswith("dE_dx") else found

    patch.setattr(Access, "element", wrong)


def break_accumulation(patch: pytest.MonkeyPatch) -> None:
    right = sweep._Sweep._accumulate

    def wrong(self: Any, tensor: Tensor, contributions: list[Contribution], layer: int | None) -> Any:
        return right(self, tensor, contributions[-1:], layer)

    patch.setattr(sweep._Sweep, "_accumulate", wrong)


BREAKS = [break_products, break_elementwise, break_maximum, break_logsumexp, break_scatter, break_accumulation]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda b: b.__name__)
def test_a_broken_pullback_is_seen(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    found = compared()
    assert found.differences
    assert found.autograd
    if broken is not break_scatter:  # of unrolling, which plays no part when gradients are verified
        assert not verify(derive(every_node()), Names()).ok


def test_unrolling_that_is_broken_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    right = unroll.Unroller._scatter

    def wrong(self: Any, equation: Equation) -> Any:
        # Of several positions that reach one element, only the first is kept.
        return {element: positions[:1] for element, positions in right(self, equation).items()}

    monkeypatch.setattr(unroll.Unroller, "_scatter", wrong)
    assert compared().law


def test_an_index_form_that_is_broken_breaks_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the renaming, W's adjoint comes out under the wrong indices, which scalars do not have."""
    right = pullbacks._product

    def wrong(*arguments: Any, **options: Any) -> Contribution:
        share = right(*arguments, **options)
        terms = tuple(replace(term, over=()) for term in share.value.terms if not term.over)
        return replace(share, value=SumOfProducts(terms)) if share.target.free else share

    monkeypatch.setattr(pullbacks, "_product", wrong)
    assert compared().law


@pytest.mark.parametrize("rule", ["product", "elementwise", "max", "logsumexp"])
def test_a_step_record_that_is_broken_is_seen(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The equations stay right; only what is recorded of them is not."""
    right = sweep.pull_back

    def wrong(*arguments: Any) -> Iterator[Contribution]:
        for share in right(*arguments):
            step = share.step
            yield replace(share, step=replace(step, adjoint=Fraction(2))) if step.rule == rule else share

    monkeypatch.setattr(sweep, "pull_back", wrong)
    found = compared()
    assert found.steps
    assert (found.law, found.differences, found.autograd) == ((), (), ())


def test_padding_is_no_tie_with_a_maximum_of_zero() -> None:
    """y_h = max_j x_{2h+j-1}: x_0 lies out of range and reads −∞; the maximum 0 of the first window is x_1's alone."""
    from tests.derivation.evaluation import values

    x, y = Tensor("x", (K,), Role.PARAMETER), Tensor("y", (H,))
    window = x(Affine(((2, H), (1, J)), -1))
    pooled = Equation(y(), Reduction("max", (window,), (J,)), ORIGIN)
    loss = Equation(Tensor("E", (), Role.LOSS)(), SumOfProducts((Term(Fraction(1), (y(),), (H,)),)), ORIGIN)
    derivation = derive(Program((x,), (pooled, loss), "E"))
    given = {f"x_{n}": value for n, value in enumerate((0, -1, 3, 3, 2, 7, -5)[: K.extent], start=1)}
    known = values(unroll.unroll(derivation.program, Names()), given)
    slopes = [float(known[derivation.adjoint(name)]) for name in given]
    assert slopes == _slopes_by_definition(list(given.values()))


def _slopes_by_definition(x: list[int]) -> list[float]:
    """Each window's 1, shared among those of its elements that are its maximum."""
    slopes = [0.0] * len(x)
    for h in range(H.extent):
        reads = [n for n in (2 * h + j - 1 for j in range(J.extent)) if 0 <= n < len(x)]
        ties = [n for n in reads if x[n] == max(x[m] for m in reads)]
        for n in ties:
            slopes[n] += 1 / len(ties)
    return slopes


def test_a_maximum_shares_ties_evenly() -> None:
    """Three equal operands get a third each, as `jax.numpy.max` does it."""
    x = Tensor("x", (J,), Role.PARAMETER)
    top = Equation(Tensor("E", (), Role.LOSS)(), Reduction("max", (x(),), (J,)), ORIGIN)
    from tests.derivation.evaluation import values

    flat = unroll.unroll(derive(Program((x,), (top,), "E")).program, Names())
    known = values(flat, {"x_1": 2, "x_2": 2, "x_3": 1})
    assert [known[f"dE_dx_{n}"] for n in (1, 2, 3)] == [0.5, 0.5, 0]
