"""What each quantity is called: an identifier for formulas and code, and its look in LaTeX; no formula is built here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Names:
    """One notation applied to one network.

    `elements` gives, for a tensor's name, the identifiers of its elements in row-major order. `latex` gives the look of
    an identifier, or of a whole tensor by its name; `functions` that of a function's name. What is in no table gets a
    systematic name, so every program, not only a dense net's, can be unrolled and printed.
    """

    elements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    latex: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)

    def element(self, tensor: str, position: tuple[int, ...], extents: tuple[int, ...]) -> str:
        """The identifier of one element, `position` counted from zero.

        >>> Names({"z1": ("h1", "h2")}).element("z1", (1,), (2,))
        'h2'
        >>> Names().element("V", (0, 2), (2, 3))
        'V_1_3'
        """
        known = self.elements.get(tensor)
        if known is not None:
            return known[row_major(position, extents)]
        return "_".join([tensor, *(str(p + 1) for p in position)])


def row_major(position: tuple[int, ...], extents: tuple[int, ...]) -> int:
    """The offset of a position in an array laid out row by row.

    >>> row_major((1, 2), (2, 3))
    5
    """
    offset = 0
    for p, extent in zip(position, extents, strict=False):
        offset = offset * extent + p
    return offset
