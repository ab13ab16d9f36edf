"""The index view: each gradient as one line with named indices, adjoints of activations written out, δ left by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from symprop.derivation.step import Derivation
from symprop.ir.names import index_letters
from symprop.ir.nodes import Node, Reduction, SumOfProducts, Term, operand, rename
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Tensor
from symprop.notation.formula import Entry, Fold, Formula, Negative, Summation, Symbol
from symprop.notation.terms import signed
from symprop.views.common_factors import collected
from symprop.views.convert import number, product, to_formula
from symprop.views.delta import written_out

# An equation of the program, by the name of what it defines, or one that says the same to a reader.
Line = str | Equation
_LONGEST_LETTER = 4  # of an index; a tensor with a longer name is no letter's namesake


class IndexView:
    """The lines of a derivation in index notation; adjoints in `named` are always left by name."""

    def __init__(self, derivation: Derivation, named: Collection[str] = ()) -> None:
        self.program = derivation.program
        self._written_out = written_out(derivation.program, named)
        self._short = frozenset(name for name in derivation.program.tensors if len(name) <= _LONGEST_LETTER)

    def formula(self, name: Line) -> Formula:
        """The right-hand side of a tensor's equation; the adjoint of an activation is replaced by what it equals."""
        equation = self.readable(name)
        return self._node(equation.value, frozenset(index.name for index in equation.target.free))

    def readable(self, name: Line) -> Equation:
        """A tensor's equation with other letters for indices that are called as a tensor is."""
        return readable(self.program, name)

    def target(self, name: Line) -> Formula:
        """The left-hand side: the tensor under its indices, or what a scatter adds to."""
        return entry(self.readable(name).target)

    def labelled(self, tensor: Tensor, name: Line) -> Formula:
        """A tensor of the same axes, under the indices of the equation of `name`."""
        return entry(Access(tensor, self.readable(name).target.indices))

    def node(self, node: Node, indices: Iterable[Index] = ()) -> Formula:
        """Any right-hand side, under the indices of what it defines."""
        return self._node(node, frozenset(index.name for index in indices))

    def _node(self, node: Node, taken: frozenset[str]) -> Formula:
        if isinstance(node, SumOfProducts):
            return collected([self._term(term, taken) for term in node.terms])
        if isinstance(node, Reduction):
            inner = taken | {index.name for index in node.over}
            operands = tuple(self._leaf(access, inner) for access in node.operands)
            names, uppers = (index.name for index in node.over), (index.extent for index in node.over)
            return Fold(node.kind, operands, tuple(names), tuple(uppers))
        leaves = {operand(k): self._leaf(access, taken) for k, access in enumerate(node.operands)}
        return product(to_formula(factor, leaves.__getitem__) for factor in node.factors)

    def _term(self, term: Term, taken: frozenset[str]) -> tuple[Formula, ...]:
        """The factors of a term; a sum is one, behind its minus."""
        inner = taken | {index.name for index in term.over}
        factors = (number(term.coefficient), *(self._leaf(factor, inner) for factor in term.factors))
        if not term.over:
            return factors
        minus, body = signed(product(factors))
        for index in reversed(term.over):
            body = Summation(index.name, index.extent, body)
        return (Negative(body) if minus else body,)

    def _leaf(self, access: Access, taken: frozenset[str]) -> Formula:
        if access.tensor.name not in self._written_out:
            return entry(access)
        equation = self.program.by_name[access.tensor.name]
        return self._node(rename(equation.value, hygienic(equation, access, taken | self._short)), taken)


def readable(program: Program, name: Line) -> Equation:
    """A tensor's equation with other letters for indices that are called as a tensor is."""
    equation = program.by_name[name] if isinstance(name, str) else name
    indices = dict.fromkeys((*equation.target.free, *_bound(equation.value)))
    clashing = [index for index in indices if index.name in program.tensors]
    if not clashing:
        return equation
    used = {index.name for index in indices}
    letters = (letter for letter in index_letters() if letter not in used and letter not in program.tensors)
    names = {index: Index(letter, index.extent) for index, letter in zip(clashing, letters, strict=False)}
    return replace(equation, target=equation.target.rename(names), value=rename(equation.value, names))


def entry(access: Access) -> Formula:
    """One access as it prints, indices counted from 1."""
    if not access.indices:
        return Symbol(access.tensor.name)
    return Entry(access.tensor.name, tuple(counted(affine) for affine in access.indices))


def counted(affine: Affine) -> str:
    """A place as it prints, where indices count from 1: the first element is 1 for people, 0 for the program.

    >>> j, u = Index("j", 3), Index("u", 2)
    >>> counted(Affine(((1, j),))), counted(Affine(((2, j), (1, u)), -1)), counted(Affine((), 0))
    ('j', '2*j + u - 3', '1')
    """
    return str(_from_one(affine))


def _from_one(affine: Affine) -> Affine:
    """The place counted from 1, as are those between the brackets of what is gathered."""
    gather = affine.gather and replace(affine.gather, indices=tuple(map(_from_one, affine.gather.indices)))
    return replace(affine, offset=affine.offset + 1 - sum(factor for factor, _ in affine.terms), gather=gather)


def hygienic(equation: Equation, access: Access, taken: frozenset[str]) -> dict[Index, Index]:
    """Renames an equation's indices so that it reads under an access: its target's to the access's, bound ones afresh."""
    names = dict(zip(equation.target.free, access.free, strict=True))
    used = taken | {index.name for index in access.free}
    for index in _bound(equation.value):
        fresh = next(n for n in index_letters() if n not in used)
        names[index] = Index(fresh, index.extent)
        used |= {fresh}
    return {old: new for old, new in names.items() if old != new}


def _bound(node: Node) -> list[Index]:
    if isinstance(node, SumOfProducts):
        return list(dict.fromkeys(index for term in node.terms for index in term.over))
    return list(node.over) if isinstance(node, Reduction) else []
