"""The index and the matrix form of Jacobians and Hessians over whole tensors; what is lifted is `derivation.jacobian`'s.

A program holds only the diagonal of a block that is zero off it. On the page, and in SymPy, a block is whole: under an
index that stands twice, or as a diagonal matrix, which `views.diagonal` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cached_property
from typing import Any

import sympy

from symprop.derivation.jacobian import Block, Jacobians
from symprop.errors import UnsupportedError
from symprop.ir.nodes import Elementwise, Node, SumOfProducts
from symprop.ir.sympy_view import target_and_value
from symprop.ir.tensor import BACKWARD, Access, Index, Tensor
from symprop.notation.formula import WHOLE, Chain, Entry, Formula, Partial, Symbol
from symprop.views.delta import written_out
from symprop.views.diagonal import Diagonals, tensor_name, under
from symprop.views.functions import declared_functions
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.matrix_sympy import matrix_expression
from symprop.views.matrix_terms import Axes
from symprop.views.tree import map_parts, symbols

Expression = Any


class _BlockMatrices(MatrixView):
    """Matrices of blocks: an axis that stands twice in the whole block counts twice."""

    def __init__(self, jacobians: Jacobians, named: Collection[str]) -> None:
        super().__init__(jacobians.derivation, named)
        self.blocks = jacobians.blocks

    def is_matrix(self, access: Access, named: Axes) -> bool:
        block = self.blocks.get(access.tensor.name)
        if block is None:
            return super().is_matrix(access, named)
        kept = [not set(place.indices) <= set(named) for place in access.indices]
        return sum(block.rows.whole(kept)) <= 2


class JacobianView:
    """The lines of the Jacobians of one output, and what they come to in SymPy."""

    def __init__(self, jacobians: Jacobians) -> None:
        self.jacobians, self.blocks = jacobians, jacobians.blocks
        self.program = jacobians.derivation.program
        self.named = frozenset(name for name, block in self.blocks.items() if self._is_named(block))
        self._diagonals = Diagonals(self.blocks, jacobians.identity)

    def _is_named(self, block: Block) -> bool:
        """Whether a block keeps its name, as a δ does: it is the derivative by a weighted sum, or by a δ."""
        if block.wrt is None:
            return False
        name = block.wrt.primal if block.wrt.role in BACKWARD else block.wrt.name
        forward = self.program.by_name.get(name or "")
        return forward is not None and isinstance(forward.value, SumOfProducts)

    @cached_property
    def index(self) -> IndexView:
        """The equations as the program has them, with indices."""
        return IndexView(self.jacobians.derivation, self.named)

    @cached_property
    def matrix(self) -> MatrixView:
        """The equations as the program has them, as matrices."""
        return _BlockMatrices(self.jacobians, self.named)

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """What a reader has to be told, in order: the adjoints and blocks that go by name, and those asked for."""
        hidden = written_out(self.program, self.named) - set(self.jacobians.derivation.gradients.values())
        backward = (e.name for e in self.program.equations if e.target.tensor.role in BACKWARD)
        return tuple(name for name in backward if name not in hidden and self._diagonals.size(name) is None)

    def equation(self, name: str, form: str) -> Chain:
        """A block's equation under identifiers, in the form asked for where there is one, else with indices."""
        relation = "=" if self.program.by_name[name].target.plain else "+="
        if form == "matrix" and self.matrix.has(name):
            return Chain(self._diagonals.whole(self.matrix.target(name), self.matrix.formula(name)), relation)
        left, right = self._with_indices(self.index.target(name)), self._with_indices(self.index.formula(name))
        return Chain((left, right), relation)

    def _with_indices(self, formula: Formula) -> Formula:
        """The formula with every block under all its indices."""
        if isinstance(formula, Entry) and formula.tensor in self.blocks:
            return Entry(formula.tensor, self.blocks[formula.tensor].rows.whole(formula.indices))
        return map_parts(formula, self._with_indices)

    def shown(self, name: str) -> Tensor:
        """A tensor of the program as it is shown: a block whole."""
        return self.blocks[name].whole if name in self.blocks else self.program.tensors[name]

    def is_identity(self, formula: Formula) -> bool:
        """Whether a formula is an identity matrix, or an entry of one."""
        return self._diagonals.size(tensor_name(formula)) is not None

    def stands_twice(self, formula: Formula) -> bool:
        """Whether a formula is an entry of a block of which the program has the diagonal alone."""
        return (
            isinstance(formula, Entry) and formula.tensor in self.blocks and any(self.blocks[formula.tensor].rows.tied)
        )

    def read(self, formula: Formula) -> Formula:
        """The formula with blocks as the derivatives that they are: ``∂of/∂wrt``, under their indices if they have any."""
        block = self.blocks.get(tensor_name(formula))
        if block is None or block.wrt is None:
            return map_parts(formula, self.read)
        places = formula.indices if isinstance(formula, Entry) else ()
        places += (WHOLE,) * (len(block.whole.indices) - len(places))
        count = len(block.rows.outer)
        of, wrt = under(block.of.name, places[:count]), under(block.wrt.name, places[count:])
        if block.of.role in BACKWARD and block.of.primal is not None:
            loss = Symbol(self.jacobians.derivation.forward.loss)
            of = Partial(loss, under(block.of.primal, places[:count]))
        return Partial(of, wrt)

    def expression(self, wrt: str, form: str) -> Expression:
        """``∂output/∂wrt`` in SymPy, its own equation alone; UnsupportedError where there is no matrix form."""
        name = self.jacobians.derivation.gradients[wrt]
        if form == "matrix":
            return self._matrix_expression(wrt, name)
        equation = self.program.by_name[name]
        whole = replace(
            equation, target=self._whole(equation.target), value=_with_accesses(equation.value, self._whole)
        )
        value = target_and_value(whole)[1]
        entries = [entry for entry in value.atoms(sympy.Indexed) if self._diagonals.size(str(entry.base))]
        return value.xreplace({entry: sympy.KroneckerDelta(*entry.indices) for entry in entries})

    def _matrix_expression(self, wrt: str, name: str) -> Expression:
        left, right = self._diagonals.whole(self.matrix.target(name), self.matrix.formula(name))
        if isinstance(left, Entry):
            what = f"the derivative by '{wrt}' is one matrix for each position of an axis, for which SymPy has none"
            raise UnsupportedError(what, remedy='Use form="index".')
        sizes = ((name, self._diagonals.size(name)) for name in symbols(right))
        squares = [Tensor(name, (Index("j", size), Index("k", size))) for name, size in sizes if size is not None]
        wholes = {tensor.name: tensor for tensor in (*squares, *(block.whole for block in self.blocks.values()))}
        found = matrix_expression(right, {**self.program.tensors, **wholes}, declared_functions(self.program))
        return found.xreplace({sympy.MatrixSymbol(t.name, *t.extents): sympy.Identity(t.extents[0]) for t in squares})

    def _whole(self, access: Access) -> Access:
        block = self.blocks.get(access.tensor.name)
        return access if block is None else Access(block.whole, block.rows.whole(access.indices))


def _with_accesses(node: Node, change: Callable[[Access], Access]) -> Node:
    """The node with other accesses."""
    if isinstance(node, SumOfProducts):
        return SumOfProducts(tuple(replace(term, factors=tuple(map(change, term.factors))) for term in node.terms))
    operands = tuple(map(change, node.operands))
    return Elementwise(node.factors, operands) if isinstance(node, Elementwise) else replace(node, operands=operands)
