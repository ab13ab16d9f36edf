"""Matrix formulas over Jacobians of which a program holds the diagonal alone: the diagonal matrix takes the vector's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile

from symprop.derivation.jacobian import Block
from symprop.notation.formula import (
    WHOLE,
    Call,
    Entry,
    Formula,
    Negative,
    Number,
    Ones,
    Product,
    Sign,
    Sum,
    Symbol,
)
from symprop.views.convert import product
from symprop.views.tree import map_parts, walk


@dataclass(frozen=True)
class Diagonals:
    """The blocks by name, and what an identity matrix is called without its size."""

    blocks: Mapping[str, Block]
    identity: str

    def whole(self, target: Formula, formula: Formula) -> tuple[Formula, Formula]:
        """A block's equation with the whole block on the left, and whole blocks on the right.

        >>> from symprop.derivation.lift import Rows
        >>> from symprop.ir.tensor import Index, Tensor
        >>> from symprop.notation.plain import plain
        >>> o, k = Index("o", 2), Index("k", 3)
        >>> slope = Block(Tensor("a", (o,)), None, Rows((o,), (o,)), Tensor("da_dz", (o, o)))
        >>> names = Diagonals({"da_dz": slope}, "I")
        >>> d, a, W = Symbol("da_dz"), Symbol("a"), Symbol("W")
        >>> chain = Product((Call("diag", (Product((d, a), Sign.HADAMARD),)), W), Sign.JUXTAPOSED)
        >>> [plain(right, matrix=True) for _, right in (names.whole(Symbol("da_dx"), chain), names.whole(d, a))]
        ['da_dz @ diag(a) @ W', 'diag(a)']
        """
        right = self._diagonal(formula) if self._is_diagonal(target) else self._rewritten(formula)
        return self._named(target), right

    def _places(self, formula: Formula) -> tuple[str, ...]:
        """The places of a block on its own axes, for a name alone or one under some labels."""
        block = self.blocks[tensor_name(formula)]
        labels = formula.indices if isinstance(formula, Entry) else ()
        own = len(block.rows.outer) + sum(index is None for index in block.rows.tied)
        return (*labels, *[WHOLE] * (own - len(labels)))

    def _is_diagonal(self, formula: Formula) -> bool:
        """Whether the formula is the diagonal of a matrix: an axis that it has whole stands twice in the block."""
        if tensor_name(formula) not in self.blocks:
            return False
        rows, places = self.blocks[tensor_name(formula)].rows, self._places(formula)
        return any(places[rows.outer.index(index)] == WHOLE for index in rows.tied if index is not None)

    def _named(self, formula: Formula) -> Formula:
        """The whole block, under the labels that it has, whole axes behind the last left out."""
        if tensor_name(formula) not in self.blocks:
            return formula
        return under(tensor_name(formula), self.blocks[tensor_name(formula)].rows.whole(self._places(formula)))

    def _rewritten(self, formula: Formula) -> Formula:
        """The formula where it stands; a diagonal by itself is the diagonal matrix times ones."""
        match formula:
            case Symbol() | Entry():
                return self._scaled([formula]) if self._is_diagonal(formula) else self._named(formula)
            case Call("diag", (vector,)):
                return self._diagonal(vector)
            case Product(factors, Sign.HADAMARD) if any(map(self._is_diagonal, factors)):
                return self._scaled(factors)
            case Product(factors, Sign.JUXTAPOSED):
                kept = [f for f in factors if self.size(tensor_name(f)) is None or isinstance(f, Entry)]
                return product(map(self._rewritten, kept or factors[:1]), Sign.JUXTAPOSED)
        return map_parts(formula, self._rewritten)

    def _scaled(self, factors: Sequence[Formula]) -> Formula:
        """``d ⊙ v`` as ``D v``."""
        diagonals = [factor for factor in factors if self._is_diagonal(factor)]
        others = [self._rewritten(factor) for factor in factors if not self._is_diagonal(factor)]
        place = self._places(diagonals[0]).index(WHOLE)
        ones = Ones(self.blocks[tensor_name(diagonals[0])].rows.outer[place].extent)
        right = product(others, Sign.HADAMARD) if others else ones
        return product([*map(self._named, diagonals), right], Sign.JUXTAPOSED)

    def _diagonal(self, vector: Formula) -> Formula:
        """The diagonal matrix of a vector; the factors of such a matrix may stand in any order."""
        if self._is_diagonal(vector):
            return self._named(vector)
        within = any(map(self._is_diagonal, walk(vector)))
        match vector:
            case Ones(length):
                return Symbol(f"{self.identity}{length}")
            case Negative(operand):
                return Negative(self._diagonal(operand))
            case Sum(terms) if within:
                return Sum(tuple(map(self._diagonal, terms)))
            case Product((*scalars, last), Sign.DOT):
                return product([*map(self._rewritten, scalars), self._diagonal(last)])
            case Product((Number() as number, *others), Sign.JUXTAPOSED):
                return product([number, self._diagonal(product(others, Sign.JUXTAPOSED))], Sign.JUXTAPOSED)
            case Product(factors, Sign.HADAMARD) if within:
                groups = (list(group) for _, group in groupby(factors, self._is_diagonal))
                return product((self._diagonal(product(g, Sign.HADAMARD)) for g in groups), Sign.JUXTAPOSED)
        return Call("diag", (self._rewritten(vector),))

    def size(self, name: str) -> int | None:
        """How many rows the identity matrix of a name has; None for a name of anything else."""
        number = name.removeprefix(self.identity)
        return int(number) if name.startswith(self.identity) and number.isdigit() else None


def tensor_name(formula: Formula) -> str:
    """The tensor that a formula is, as a whole or in part; nothing for any other formula."""
    return formula.tensor if isinstance(formula, Entry) else formula.name if isinstance(formula, Symbol) else ""


def under(name: str, places: Sequence[str]) -> Formula:
    """A tensor at some places, whole axes behind the last that has a label left out.

    >>> under("O", (":", "h", ":")), under("S", ("h", ":")), under("W", (":", ":"))
    (Entry(tensor='O', indices=(':', 'h', ':')), Entry(tensor='S', indices=('h',)), Symbol(name='W'))
    """
    leading = tuple(takewhile(lambda place: place != WHOLE, places))
    labels = leading if set(places[len(leading) :]) <= {WHOLE} else tuple(places)
    return Entry(name, labels) if labels else Symbol(name)
