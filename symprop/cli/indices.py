"""What a reader is told of printed indices: how far they run, where they count from, and what lies outside a tensor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from symprop.ir.nodes import Reduction
from symprop.ir.program import Equation
from symprop.ir.tensor import Index, Tensor
from symprop.notation.formula import Entry, Fold, Formula, Summation
from symprop.views.tree import walk

Shapes = Mapping[str, Sequence[int]]

_NAME = re.compile(r"[A-Za-z]\w*")


def conventions(equations: Iterable[Equation]) -> str:
    """What has to be said of the indices of equations, in a sentence; nothing where all of them stand alone, within range.

    >>> from symprop.network_file import load
    >>> conventions(load("3-4-2").elaborate().equations)
    ''
    """
    equations = list(equations)
    reads = [(equation.value, access) for equation in equations for access in equation.value.accesses]
    targets = [equation.target for equation in equations]
    outside = [value for value, access in reads if not access.bounded]
    folds = dict.fromkeys(value.kind for value in outside if isinstance(value, Reduction))
    said = [
        *(["counts as 0"] if any(not isinstance(value, Reduction) for value in outside) else []),
        *([f"is left out of {' and '.join(folds)}"] if folds else []),
        *(["is not added to"] if not all(target.bounded for target in targets) else []),
    ]
    if said:
        listed = " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
        return f"Indices count from 1; what lies outside a tensor {listed}"
    alone = all(affine.bare for access in (*targets, *(read for _, read in reads)) for affine in access.indices)
    return "" if alone else "Indices count from 1"


def shapes(tensors: Iterable[Tensor]) -> dict[str, list[int]]:
    """The shapes of tensors by name; a single number has none."""
    return {tensor.name: list(tensor.extents) for tensor in tensors}


def extents(free: Iterable[Index], target: Formula, formula: Formula, known: Shapes) -> dict[str, int]:
    """How far the letters of a printed equation run, those that are `free` in it and those of sums, as far as no shape tells.

    A shape tells it where the letter stands alone, unless it stands so on axes of different lengths.

    >>> k, u = Index("k", 5), Index("u", 2)
    >>> window = Summation("u", 2, Entry("x", ("k + u - 1",)))
    >>> extents([k], Entry("y", ("k",)), window, {"x": [6], "y": [5]})
    {'u': 2}
    """
    both = (target, formula)
    runs = [*_bound(formula), *((index.name, index.extent, both) for index in free if index.name in _letters(both))]
    return {name: extent for name, extent, within in runs if _told(name, within, known) != {extent}}


def _bound(formula: Formula) -> Iterator[tuple[str, int, tuple[Formula, ...]]]:
    """The letters that sums and other folds run over, with their extents, and what is summed."""
    for part in walk(formula):
        if isinstance(part, Summation) and part.upper is not None:
            yield part.index, part.upper, (part.body,)
        elif isinstance(part, Fold):
            yield from ((name, extent, part.operands) for name, extent in zip(part.indices, part.uppers, strict=True))


def _entries(formulas: Iterable[Formula]) -> Iterator[Entry]:
    return (part for formula in formulas for part in walk(formula) if isinstance(part, Entry))


def _letters(formulas: Iterable[Formula]) -> set[str]:
    """The names that stand in the places of tensors."""
    return {name for part in _entries(formulas) for place in part.indices for name in _NAME.findall(place)}


def _told(letter: str, formulas: Iterable[Formula], known: Shapes) -> set[int]:
    """The lengths of the axes that a letter stands alone on."""
    return {
        extent
        for part in _entries(formulas)
        for place, extent in zip(part.indices, known.get(part.tensor, ()), strict=False)
        if place == letter
    }
