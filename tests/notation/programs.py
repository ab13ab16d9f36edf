"""Programs with tensors of every rank, as no dense net has them, for the tests of names."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from symprop.ir.check import check
from symprop.ir.nodes import SumOfProducts, Term
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Index, Role, Tensor

N, C, D, Y, U = Index("n", 2), Index("c", 3), Index("d", 11), Index("y", 4), Index("u", 5)


def ranks() -> Program:
    """Inputs of rank 3, parameters of every rank up to 4, results of rank 1 to 3, in two layers and outside them."""
    x = Tensor("x", (N, C, Y), Role.INPUT)
    kernel = Tensor("K1", (D, C, U, Y), Role.PARAMETER)
    gain, mixing, batch = (Tensor(n, i, Role.PARAMETER) for n, i in (("g1", (D,)), ("M", (N, D)), ("W2", (N, C, D))))
    scale = Tensor("scale_1", (), Role.PARAMETER)
    z, y, s = Tensor("z1", (N, D, U)), Tensor("y1", (N, D)), Tensor("s2", (D,))
    loss = Tensor("L", (), Role.LOSS)
    lines = (
        _line(z, [kernel, x], (C, Y), 1),
        _line(y, [z, gain, scale], (U,), 1),
        _line(s, [y, mixing], (N,), 2),
        _line(loss, [s, batch], (N, C, D), None),
    )
    return check(Program((x, kernel, gain, scale, mixing, batch), lines, "L"))


def _line(target: Tensor, factors: list[Tensor], over: tuple[Index, ...], layer: int | None) -> Equation:
    term = Term(Fraction(1), tuple(factor() for factor in factors), over)
    return Equation(target(), SumOfProducts((term,)), Origin("contraction", layer))


def positions(tensor: Tensor) -> list[tuple[int, ...]]:
    return list(product(*map(range, tensor.extents)))
