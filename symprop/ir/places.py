"""What stands between the brackets of an occurrence, as affine indices; what the indices run to is for `bind` to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from symprop.errors import UserError, nearest
from symprop.ir.index_text import Place
from symprop.ir.tensor import Affine, Index


def bare_name(place: Place) -> str | None:
    """The name that stands alone in a place."""
    if len(place.summands) == 1 and place.summands[0][0] == 1 and len(place.summands[0][1]) == 1:
        return place.summands[0][1][0]
    return None


def affine_of(place: Place, bound: Mapping[str, Index], numbers: Mapping[str, Fraction]) -> Affine:
    """The place as a sum over indices that are bound, with the numbers among its names multiplied in."""
    terms: list[tuple[int, Index]] = []
    offset = 0
    for factor, names in place.summands:
        indices = [name for name in names if name not in numbers]
        for name in names:
            factor *= _whole(name, numbers)
        if len(indices) > 1:
            raise UserError(f"the product of the indices {' and '.join(indices)} cannot stand between brackets")
        if indices and indices[0] not in bound:
            raise UserError(f"nothing binds index '{indices[0]}'", remedy=nearest(indices[0], bound))
        if indices:
            terms.append((factor, bound[indices[0]]))
        else:
            offset += factor
    return Affine(tuple(terms), offset)


def _whole(name: str, numbers: Mapping[str, Fraction]) -> int:
    number = numbers.get(name, Fraction(1))
    if number.denominator != 1:
        raise UserError(f"'{name}' stands between brackets", expected="a whole number", got=str(number))
    return number.numerator


def fitted(affine: Affine, axis: Index) -> Affine:
    """The place on an axis; an index of another extent, which only `Scope.extents` can give, takes a part of it."""
    is_part = affine.bare is not None and affine.bare.extent != axis.extent
    return replace(affine, part=True) if is_part else affine


def axis_of(axes: Mapping[str, Index], name: str) -> Index:
    """The index of a name, with its extent; UserError where nothing says how far it runs."""
    if name not in axes:
        raise UserError(
            f"the extent of index '{name}' is not known", remedy=f"Give it among the sizes: sizes = {{ {name} = 3 }}."
        )
    return axes[name]
