"""Names for a program in which one example stands several times; what the numbers of one are called is `notation`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from symprop.notation.names import Names


@dataclass(frozen=True)
class RowNames(Names):
    """The names of one example, with the row's number behind where a tensor has one axis more than in `axes`."""

    axes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Names, axes: Mapping[str, int]) -> RowNames:
        """Those names, for tensors with so many axes in one example.

        >>> RowNames.of(Names(), {"x": 1}).element("x", (2, 0), (4, 2))
        'x_1_row_3'
        """
        return cls(**{each.name: getattr(names, each.name) for each in fields(Names)}, axes=axes)

    def element(self, tensor: str, position: tuple[int, ...], extents: tuple[int, ...]) -> str:
        """What an element of a tensor with these extents is called; `position` counts from 0, its row first if it has one."""
        if len(extents) == self.axes.get(tensor, len(extents)):
            return super().element(tensor, position, extents)
        return in_row(super().element(tensor, position[1:], extents[1:]), position[0])


def in_row(name: str, row: int) -> str:
    """What a number of one example is called in a row, counted from zero."""
    return f"{name}_row_{row + 1}"
