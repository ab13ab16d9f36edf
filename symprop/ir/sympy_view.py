"""Equations as SymPy `Eq` over `Indexed` and `Sum`: a view for people who go on in SymPy; symprop itself never reads it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import sympy

from symprop.ir.names import index_letters
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term, operand, rename
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index
from symprop.scalar.function import in_own_words, renamed

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
    target, value = target_and_value(equation)
    return sympy.Eq(target, value, evaluate=False)


def target_and_value(equation: Equation) -> tuple[Expression, Expression]:
    """The entry that an equation defines, under indices of its own, and its value; no index is called like a tensor.

    A scatter is a sum over the places that may add to the entry, with a Kronecker delta for each axis.

    >>> from symprop.ir.nodes import single
    >>> from symprop.ir.program import Origin
    >>> from symprop.ir.tensor import Tensor
    >>> s, d, v = Index("s", 3), Index("d", 2), Index("v", 5)
    >>> tok, dE, dy = Tensor("tok", (s,)), Tensor("dE", (v, d)), Tensor("dy", (s, d))
    >>> target_and_value(Equation(dE(Affine((), 0, tok()), d), single(1, dy()), Origin("example")))
    (dE[v, d], Sum(KroneckerDelta(v, tok[s])*dy[s, d], (s, 0, 2)))
    """
    equation = _told_apart(equation)
    value = node_to_sympy(equation.value)
    target = equation.target
    if target.plain:
        return _entry(target), value
    axes, deltas = _scattered(target, {index.name for index in _indices(equation)})
    kept = {affine.bare for affine in axes}
    over = tuple(index for index in target.free if index not in kept)
    return _entry(Access(target.tensor, axes)), _summed(sympy.Mul(*deltas, value), over)


def _told_apart(equation: Equation) -> Equation:
    """The equation with indices that are called like one of its tensors renamed."""
    indices = _indices(equation)
    tensors = {access.tensor.name for access in _accesses(equation)}
    taken = tensors | {index.name for index in indices}
    letters = (letter for letter in index_letters() if letter not in taken)
    names = {index: Index(next(letters), index.extent) for index in indices if index.name in tensors}
    return replace(equation, target=equation.target.rename(names), value=rename(equation.value, names))


def _accesses(equation: Equation) -> Iterator[Access]:
    for access in (equation.target, *equation.value.accesses):
        yield access
        yield from access.gathers


def _indices(equation: Equation) -> list[Index]:
    """Every index of an equation, free and bound."""
    value = equation.value
    nodes = value.terms if isinstance(value, SumOfProducts) else (value,) if isinstance(value, Reduction) else ()
    bound = (index for node in nodes for index in node.over)
    return list(dict.fromkeys([*(index for access in _accesses(equation) for index in access.free), *bound]))


def _scattered(target: Access, taken: set[str]) -> tuple[tuple[Affine, ...], list[Expression]]:
    """An index for each axis of a scatter's target, and the deltas that tie those that are new to its places."""
    axes: list[Affine] = []
    deltas = []
    for affine, axis in zip(target.indices, target.tensor.indices, strict=True):
        whole = affine.bare is not None and affine.bare.extent == axis.extent and affine not in axes
        if not whole:
            name = next(n for n in (axis.name, *islice(index_letters(), len(taken) + 1)) if n not in taken)
            deltas.append(sympy.KroneckerDelta(_symbol(Index(name, axis.extent)), _place(affine)))
            affine = Affine(((1, Index(name, axis.extent)),))
            taken = taken | {name}
        axes.append(affine)
    return tuple(axes), deltas


def node_to_sympy(node: Node, leaf: Leaf | None = None) -> Expression:
    """The right-hand side of an equation; `leaf` says what stands for an access, by default its entry.

    An entry that may be out of range is a `Piecewise`, which is zero there, or minus infinity in a maximum.
    """
    if isinstance(node, SumOfProducts):
        return sympy.Add(*(_term(term, leaf or _read) for term in node.terms))
    if isinstance(node, Elementwise):
        expression = in_own_words(node.expression)
        leaves = {operand(k): (leaf or _read)(access) for k, access in enumerate(node.operands)}
        return expression.xreplace(leaves) if leaf else renamed(expression, leaves)
    values = [leaf(access) if leaf else _read(access, -sympy.oo) for access in node.operands]
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


def _read(access: Access, outside: Expression = sympy.S.Zero) -> Expression:
    """An entry, or what stands for it out of range."""
    entry = _entry(access)
    if access.bounded:
        return entry
    limits = []
    for affine, axis in zip(access.indices, access.tensor.indices, strict=True):
        low, high = affine.span
        limits += [_place(affine) >= 0] if low < 0 else []
        limits += [_place(affine) <= axis.extent - 1] if high >= axis.extent else []
    return sympy.Piecewise((entry, sympy.And(*limits)), (outside, True))


def _entry(access: Access) -> Expression:
    if not access.indices:
        return sympy.Symbol(access.tensor.name)
    base = sympy.IndexedBase(access.tensor.name, shape=access.tensor.extents)
    return base[tuple(_place(affine) for affine in access.indices)]


def _place(affine: Affine) -> Expression:
    own = affine.offset + sum(c * _symbol(i) for c, i in affine.terms)
    return own if affine.gather is None else own + _entry(affine.gather)
