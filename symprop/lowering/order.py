"""In which order the loops of one term run: the innermost with unit stride where there is one; what is copied is in `copies`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

from symprop.ir.nodes import Term
from symprop.ir.tensor import Access, Index

_SHORT = 8  # the extent below which a loop is not worth a vector


@dataclass(frozen=True)
class Order:
    """The loops, the outermost first; `gathers` where a sum is innermost, and then `sums` are the last loops."""

    loops: tuple[Index, ...]
    sums: tuple[Index, ...]
    gathers: bool

    @property
    def innermost(self) -> Index | None:
        return self.loops[-1] if self.loops else None


def in_order(target: Access, term: Term, copied: Callable[[Access, Index, int], bool]) -> Order:
    """The order for a term that is added to the target; `copied` says whether an access may be read from a turned copy."""
    sums = tuple(sorted(term.looped, key=lambda index: -max(abs(stride(f, index)) for f in term.factors)))
    column = _column(target)
    if not sums and column is None:
        return Order(target.free, (), False)
    if column is None or (sums and _prefers_sum(target, term, column, sums, copied)):
        return Order((*target.free, *sums), sums, True) if sums else Order(target.free, (), False)
    outer = tuple(index for index in target.free if index != column)
    return Order((*outer, *sums, column), sums, False)


def _column(target: Access) -> Index | None:
    """The index along which the target's elements lie side by side."""
    return next((index for index in reversed(target.free) if stride(target, index) == 1), None)


def _prefers_sum(
    target: Access, term: Term, column: Index, sums: tuple[Index, ...], copied: Callable[[Access, Index, int], bool]
) -> bool:
    """Whether the sum runs along the factors' elements, and a pass along the target would not, or would be short."""
    along = all(stride(factor, sums[-1]) in (0, 1) for factor in term.factors)
    everything = {*target.free, *sums}
    turned = (
        stride(factor, column) in (0, 1)
        or copied(factor, column, prod(index.extent for index in everything.difference(factor.free)))
        for factor in term.factors
    )
    if all(turned):
        return along and column.extent < _SHORT <= sums[-1].extent
    return along


def stride(access: Access, index: Index) -> int:
    """How far apart, in memory, the elements lie that neighbouring values of an index read; row by row."""
    step, found = 1, 0
    for affine, axis in zip(reversed(access.indices), reversed(access.tensor.indices), strict=True):
        if affine.gather is not None and index in affine.gather.free:
            return 1 << 40  # anywhere
        found += step * sum(factor for factor, other in affine.terms if other == index)
        step *= axis.extent
    return found
