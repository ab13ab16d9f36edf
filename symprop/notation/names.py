"""What each quantity is called: an identifier for formulas and code, and its look in LaTeX; no formula is built here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


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

    def place(self, identifier: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...]] | None:
        """The tensor and the position that an identifier names; None for no element of the tensors in `shapes`.

        >>> Names({"z1": ("h1", "h2")}).place("h2", {"z1": (2,)}), Names().place("V_1_3", {"V": (2, 3)})
        (('z1', (1,)), ('V', (0, 2)))
        """
        tensor, offset = self._holders.get(identifier, ("", 0))
        if tensor in shapes:
            return tensor, unravel(offset, shapes[tensor])
        for tensor, extents in shapes.items():
            if tensor not in self.elements and identifier.startswith(tensor):
                position = _systematic(identifier[len(tensor) :], extents)
                if position is not None:
                    return tensor, position
        return None

    @cached_property
    def _holders(self) -> dict[str, tuple[str, int]]:
        return {e: (tensor, k) for tensor, elements in self.elements.items() for k, e in enumerate(elements)}


def _systematic(suffix: str, extents: tuple[int, ...]) -> tuple[int, ...] | None:
    """The position that ``_1_3`` stands for, where it is one in a tensor of these extents."""
    numbers = suffix.split("_")[1:]
    if len(numbers) != len(extents) or suffix != "".join(f"_{number}" for number in numbers):
        return None
    if not all(number.isdecimal() and str(int(number)) == number for number in numbers):
        return None
    position = tuple(int(number) - 1 for number in numbers)
    return position if all(0 <= p < extent for p, extent in zip(position, extents, strict=True)) else None


def unravel(offset: int, extents: tuple[int, ...]) -> tuple[int, ...]:
    """The position at an offset, the inverse of `row_major`.

    >>> unravel(5, (2, 3))
    (1, 2)
    """
    position: list[int] = []
    for extent in reversed(extents):
        offset, place = divmod(offset, extent)
        position.insert(0, place)
    return tuple(position)


def row_major(position: tuple[int, ...], extents: tuple[int, ...]) -> int:
    """The offset of a position in an array laid out row by row.

    >>> row_major((1, 2), (2, 3))
    5
    """
    offset = 0
    for p, extent in zip(position, extents, strict=False):
        offset = offset * extent + p
    return offset
