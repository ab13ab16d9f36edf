"""Every kind of node in a program of its own: its pullback is right, and the checks see it when it is off by half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy

from symprop.derivation import sweep
from symprop.derivation.pullbacks import Contribution
from symprop.derivation.sweep import derive
from symprop.derivation.verify import verify
from symprop.ir.check import check
from symprop.ir.nodes import Node, Reduction, SumOfProducts, Term, elementwise, operand, single
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Role, Tensor
from symprop.notation.names import Names
from symprop.rules.functions import sigmoid
from tests.derivation.evaluation import Referee
from tests.derivation.laws import Found, compare
from tests.derivation.programs import ORIGIN

H, J, K = Index("h", 2), Index("j", 3), Index("k", 5)
W, C, X, V = (Tensor(n, i, Role.PARAMETER) for n, i in (("W", (H, J)), ("c", (J,)), ("x", (K,)), ("V", (K, J))))
U = Tensor("U", (J, Index("l", 3)), Role.PARAMETER)
TOKEN = Tensor("token", (H,), Role.INDEX)
X0, X1 = operand(0), operand(1)


def _along(*terms: tuple[int, Index], offset: int = 0) -> Affine:
    return Affine(terms, offset)


WINDOW = X(_along((2, H), (1, J), offset=-1))  # its first place lies out of range

# By kind: the target of an equation, and its value.
KINDS: dict[str, tuple[Access, Node]] = {
    "products": (Tensor("y", (H,))(), single(2, W(), C(), over=(J,))),
    "products of one tensor with itself": (Tensor("y", (H,))(), single(2, W(), W(), over=(J,))),
    "products that broadcast": (Tensor("y", (H, J))(), single(3, C())),
    "products over a window": (Tensor("y", (H,))(), single(2, WINDOW, C(), over=(J,))),
    "products on a diagonal": (Tensor("y", (J,))(), single(2, U(J, J), C())),
    "products that scatter": (Tensor("y", (K,))(_along((2, H), (1, J), offset=-1)), single(2, W(), C())),
    "elementwise": (Tensor("y", (J,))(), elementwise(sigmoid(X0), C())),
    "elementwise that broadcasts": (Tensor("y", (H, J))(), elementwise(sympy.tanh(X0) * X1**2, W(), C())),
    "elementwise on a slice": (Tensor("y", (J,))(), elementwise(sympy.sin(X0), X(_along((1, J), offset=1)))),
    "max": (Tensor("y", (H,))(), Reduction("max", (W(),), (J,))),
    "max over windows": (Tensor("y", (H,))(), Reduction("max", (WINDOW,), (J,))),
    "logsumexp": (Tensor("y", (H,))(), Reduction("logsumexp", (W(),), (J,))),
    "logsumexp over windows": (Tensor("y", (H,))(), Reduction("logsumexp", (WINDOW,), (J,))),
    "gather": (Tensor("y", (H, J))(), single(2, V(Affine((), 0, TOKEN()), J))),
}


def program_of(kind: str) -> Program:
    """The node, and a loss that is not linear in what it gives."""
    target, value = KINDS[kind]
    y = target.tensor
    read = tuple(dict.fromkeys(access.tensor for access in value.accesses))
    weigh = Tensor("weigh", y.indices, Role.INPUT)
    loss = SumOfProducts((Term(Fraction(1), (y(), y(), weigh()), y.indices),))
    lines = (Equation(target, value, ORIGIN), Equation(Tensor("E", (), Role.LOSS)(), loss, ORIGIN))
    index = (TOKEN,) if kind == "gather" else ()
    integers = {("token", (n,)): row for n, row in enumerate((3, 1))} if index else {}
    return check(Program((*read, *index, weigh), lines, "E", integers=integers))


def compared(program: Program) -> Found:
    return compare(program, Names(), 3, Referee(program, Names()).gradient)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pullback_is_right(kind: str) -> None:
    program = program_of(kind)
    found = compared(program)
    assert not found.skipped
    assert found.nothing, found
    assert verify(derive(program), Names()).ok


@pytest.mark.parametrize("kind", KINDS)
def test_a_pullback_that_is_off_is_seen(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = sweep.pull_back

    def wrong(equation: Equation, *arguments: Any) -> Iterator[Contribution]:
        for share in right(equation, *arguments):
            yield replace(share, value=_halved(share.value)) if equation.name == "y" else share

    monkeypatch.setattr(sweep, "pull_back", wrong)
    found = compared(program_of(kind))
    assert found.differences
    assert found.autograd
    assert not verify(derive(program_of(kind)), Names()).ok


def _halved(value: Node) -> Node:
    if isinstance(value, SumOfProducts):
        return SumOfProducts(tuple(replace(term, coefficient=term.coefficient / 2) for term in value.terms))
    assert not isinstance(value, Reduction)
    return replace(value, factors=(*value.factors, sympy.Rational(1, 2)))
