"""Short names for plain text, ``delta_z2`` for ``dE_total_dz2``, and formulas with them; how letters print is `notation`'s."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from symprop.notation.formula import Chain, Entry, Formula, Symbol
from symprop.views.scalar import ScalarView
from symprop.views.tree import map_parts

Rename = Callable[[str], str]


def short_names(view: ScalarView, left_out: Sequence[str] = ()) -> Rename:
    """Calls the adjoint of a weighted sum delta, as everybody does (``delta_z2`` for ``dE_total_dz2``), another one bar.

    With `left_out`, the letters of sums, all adjoints are deltas, which do not say those letters again: ``delta_2``,
    ``delta_2_1_3``. A short name that something else has is not used.
    """
    derivation, names = view.derivation, view.names
    prefix, forward = derivation.prefix, derivation.forward.tensors
    shapes = {name: tensor.extents for name, tensor in forward.items()}
    letter = re.compile(rf"\A(?:{'|'.join(map(re.escape, left_out))})(?=\d+(?:_|$))")

    def short(name: str) -> str:
        if not name.startswith(prefix):
            return name
        if left_out:
            return f"delta_{letter.sub('', name.removeprefix(prefix))}"
        is_sum = name in names.deltas or (name not in derivation.program.tensors and view.is_delta(name))
        return f"{'delta' if is_sum else 'bar'}_{name.removeprefix(prefix)}"

    def rename(name: str) -> str:
        found = short(name)
        return found if found not in forward and names.place(found, shapes) is None else name

    return rename


def renamed(formula: Formula, rename: Rename) -> Formula:
    """The formula with other names.

    >>> from symprop.notation.formula import Product
    >>> renamed(Product((Symbol("a"), Entry("b", ("j",)))), str.upper).factors
    (Symbol(name='A'), Entry(tensor='B', indices=('j',)))
    """
    if isinstance(formula, Symbol):
        return Symbol(rename(formula.name))
    if isinstance(formula, Entry):
        return Entry(rename(formula.tensor), formula.indices)
    return map_parts(formula, lambda part: renamed(part, rename))


def renamed_chain(chain: Chain, rename: Rename) -> Chain:
    """All sides of an equation with other names."""
    return Chain(tuple(renamed(side, rename) for side in chain.sides), chain.relation)
