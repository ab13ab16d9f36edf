"""Equations as SymPy `Eq` over `Indexed` and `Sum`: a view for people who go on in SymPy; symprop itself never reads it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from symprop.ir.nodes import Elementwise, Node, SumOfProducts, Term, operand
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index

Expression = Any
Leaf = Callable[[Access], Expression]


def to_sympy(equation: Equation) -> Expression:
    """``Eq(target, value)``. Indices count from 0; a tensor becomes an `IndexedBase` of its shape, a scalar a symbol.

    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.program import Origin
    >>> from symprop.ir.tensor import Index, Tensor
    >>> j, k = Index("j", 2), Index("k", 3)
    >>> W, x, z = Tensor("W", (j, k)), Tensor("x", (k,)), Tensor("z", (j,))
    >>> to_sympy(Equation(z(), single(1, W(), x(), over=(k,)), Origin("example")))
    Eq(z[j], Sum(W[j, k]*x[k], (k, 0, 2)))
    """
    return sympy.Eq(_access(equation.target), node_to_sympy(equation.value), evaluate=False)


def node_to_sympy(node: Node, leaf: Leaf | None = None) -> Expression:
    """The right-hand side of an equation; `leaf` says what stands for an access, by default its entry."""
    leaf = leaf or _access
    if isinstance(node, SumOfProducts):
        return sympy.Add(*(_term(term, leaf) for term in node.terms))
    if isinstance(node, Elementwise):
        return node.expression.xreplace({operand(k): leaf(a) for k, a in enumerate(node.operands)})
    values = [leaf(access) for access in node.operands]
    if node.kind == "max":
        return sympy.Max(*values) if not node.over else sympy.Function("max")(*values, *map(_symbol, node.over))
    return sympy.log(_summed(sympy.Add(*(sympy.exp(value) for value in values)), node.over))


def _term(term: Term, leaf: Leaf) -> Expression:
    number = sympy.Rational(term.coefficient.numerator, term.coefficient.denominator)
    return _summed(sympy.Mul(number, *map(leaf, term.factors)), term.over)


def _summed(expression: Expression, over: tuple[Index, ...]) -> Expression:
    return sympy.Sum(expression, *((_symbol(i), 0, i.extent - 1) for i in over)) if over else expression


def _symbol(index: Index) -> Expression:
    return sympy.Symbol(index.name, integer=True)


def _access(access: Access) -> Expression:
    if not access.indices:
        return sympy.Symbol(access.tensor.name)
    base = sympy.IndexedBase(access.tensor.name, shape=access.tensor.extents)
    return base[tuple(_place(affine) for affine in access.indices)]


def _place(affine: Affine) -> Expression:
    own = affine.offset + sum(c * _symbol(i) for c, i in affine.terms)
    return own if affine.gather is None else own + _access(affine.gather)
