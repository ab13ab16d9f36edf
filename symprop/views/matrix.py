"""The matrix view: products, transposes and ⊙ recognised from the index form; where there is no honest one, it says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symprop.derivation.step import Derivation
from symprop.errors import UnsupportedError
from symprop.ir.nodes import Elementwise, Node, SumOfProducts, Term, operand
from symprop.ir.tensor import BACKWARD, Access, Index
from symprop.notation.formula import Formula, Number, Ones, Product, Sign, Symbol, Transpose
from symprop.views.convert import number, product, to_formula, total
from symprop.views.delta import is_delta
from symprop.views.tree import map_parts

Expression = Any


class MatrixView:
    """The lines of a derivation over vectors and matrices, column vectors, one example."""

    def __init__(self, derivation: Derivation) -> None:
        self.program = derivation.program

    def formula(self, name: str) -> Formula:
        """The right-hand side of a tensor's equation; UnsupportedError where it has no matrix form."""
        equation = self.program.by_name[name]
        if not equation.target.plain:
            raise _no_form(name)
        return self._node(equation.value, equation.target.free, name)

    def _node(self, node: Node, indices: tuple[Index, ...], name: str) -> Formula:
        if isinstance(node, SumOfProducts):
            return total(self._term(term, indices, name) for term in node.terms)
        if isinstance(node, Elementwise) and all(access.free == indices for access in node.operands):
            leaves = {operand(k): self._leaf(access, name) for k, access in enumerate(node.operands)}
            factors = (_elementwise(factor, leaves) for factor in node.factors)
            return product(factors, Sign.HADAMARD if indices else Sign.DOT)
        raise _no_form(name)

    def _leaf(self, access: Access, name: str) -> Formula:
        tensor = access.tensor
        if not access.plain or len(tensor.indices) > 2:
            raise _no_form(name)
        if tensor.role not in BACKWARD or is_delta(self.program, tensor.name):
            return Symbol(tensor.name)
        return self.formula(tensor.name)

    def _term(self, term: Term, indices: tuple[Index, ...], name: str) -> Formula:
        """One product as a chain of matrices, from the target's row index to its column index."""
        scalars = [self._leaf(factor, name) for factor in term.factors if not factor.free]
        tensors = [factor for factor in term.factors if factor.free]
        coefficient = number(term.coefficient)
        body = self._chain(tensors, indices, term, name) if indices else self._inner(tensors, term, name)
        # A scalar stands before a dot: a matrix product it is not.
        return product([coefficient, *scalars, product(body, Sign.JUXTAPOSED)] if body else [coefficient, *scalars])

    def _inner(self, tensors: Sequence[Access], term: Term, name: str) -> list[Formula]:
        """A full contraction: ``uᵀ v``, or ``1ᵀ v`` for the sum of one vector's entries."""
        vectors = [tensor for tensor in tensors if len(tensor.free) == 1]
        if not tensors and not term.over:
            return []
        if len(vectors) != len(tensors) or len(tensors) not in (1, 2) or len(term.over) != 1:
            raise _no_form(name)
        left = self._leaf(tensors[0], name) if len(tensors) == 2 else Ones(term.over[0].extent)
        return [Transpose(left), self._leaf(tensors[-1], name)]

    def _chain(self, tensors: list[Access], indices: tuple[Index, ...], term: Term, name: str) -> list[Formula]:
        """Follows the indices from the target's first: each factor is read from the index at hand to its other one."""
        if not tensors and not term.over:
            column, *row = (Ones(index.extent) for index in indices)
            return [column, *map(Transpose, row)]
        chain: list[Formula] = []
        at: Index | None = indices[0]
        last = indices[1] if len(indices) == 2 else None
        left = list(tensors)
        while left and at is not None:
            factor = next((f for f in left if at in f.free), None)
            if factor is None:
                break
            left.remove(factor)
            matrix = self._leaf(factor, name)
            if len(factor.free) == 2:
                chain.append(matrix if factor.free[0] == at else Transpose(matrix))
                at = factor.free[1] if factor.free[0] == at else factor.free[0]
            else:
                chain.append(matrix)
                at = None
        if at is None and len(left) == 1 and left[0].free == (last,):
            # The outer product of two vectors.
            chain.append(Transpose(self._leaf(left.pop(), name)))
            at = last
        if left or at != last or {*term.over} != {i for f in tensors for i in f.free} - {*indices}:
            raise _no_form(name)
        return chain


def _no_form(name: str) -> UnsupportedError:
    return UnsupportedError(f"'{name}' has no matrix form", remedy="The index form exists for every gradient.")


def _elementwise(expression: Expression, leaves: dict[Expression, Formula]) -> Formula:
    """A scalar expression over vectors, its products of vectors elementwise."""
    if expression in leaves:
        return leaves[expression]
    return _filled(_hadamard(to_formula(expression)), {symbol.name: leaf for symbol, leaf in leaves.items()})


def _hadamard(part: Formula) -> Formula:
    """A formula in which tight products become elementwise; a number in front stays a factor."""
    if isinstance(part, Product) and part.sign is Sign.JUXTAPOSED:
        numbers = [f for f in part.factors if isinstance(f, Number)]
        others = product((_hadamard(f) for f in part.factors if not isinstance(f, Number)), Sign.HADAMARD)
        return product([*numbers, others], Sign.JUXTAPOSED)
    return map_parts(part, _hadamard)


def _filled(part: Formula, leaves: dict[str, Formula]) -> Formula:
    """A formula with what stands for each operand put in."""
    if isinstance(part, Symbol):
        return leaves.get(part.name, part)
    return map_parts(part, lambda inner: _filled(inner, leaves))
