"""How many scalar operations a scalar program takes; shared by the test of the bound and the script that prints figures."""

from __future__ import annotations

from collections.abc import Iterable

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.ir.nodes import Elementwise, SumOfProducts
from symprop.ir.program import Equation, Program, needed
from symprop.notation.packs import names_for


def operations(equations: Iterable[Equation]) -> int:
    """Additions, multiplications, divisions, powers, comparisons and function calls, each as one; a sign costs nothing."""
    return sum(_operations(equation) for equation in equations)


def _operations(equation: Equation) -> int:
    value = equation.value
    if isinstance(value, SumOfProducts):
        products = sum(max(len(term.factors) - 1, 0) + (abs(term.coefficient) != 1) for term in value.terms)
        return products + max(len(value.terms) - 1, 0)
    if isinstance(value, Elementwise):
        inside = sum(int(factor.count_ops()) for factor in value.factors)
        return inside + len(value.factors) - 1
    # n − 1 comparisons, or n exponentials, n − 1 additions, a logarithm.
    return len(value.operands) - 1 if value.kind == "max" else 2 * len(value.operands)


def counted(program: Program) -> tuple[int, int]:
    """The operations of an index program's loss, and those of its loss and gradients together, unrolled."""
    derivation = derive(program)
    flat = unroll(derivation.program, names_for(program))
    forward = {equation.name for equation in unroll(program, names_for(program)).equations}
    gradients = [t.name for t in flat.tensors.values() if t.role == "gradient"]
    whole = needed(flat.equations, [flat.loss, *gradients])
    loss = needed(flat.equations, [flat.loss])
    assert {equation.name for equation in loss} <= forward
    return operations(loss), operations(whole)
