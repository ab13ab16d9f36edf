"""The axes of what no equation defines, by the indices it is read under; the tensor itself, and its role, are `bind`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symprop.errors import UserError
from symprop.ir.index_text import Place, Read
from symprop.ir.places import axis_of, bare_name
from symprop.ir.tensor import Index


@dataclass(frozen=True)
class Uses:
    """The reads of one name: `here`, in the line that brings it in, whose indices are among `axes`, and in all lines.

    `sizes` has the indices whose extents are given; such a one may run along a part of an axis. `numbers` are no indices.
    """

    here: Sequence[Read]
    everywhere: Sequence[Read]
    axes: Mapping[str, Index]
    sizes: Mapping[str, int]
    numbers: Collection[str]

    def indices(self) -> tuple[Index, ...] | None:
        """An index for each axis, as long as what runs along it the furthest; None where no read has bare indices alone.

        Raises UserError where an index without a given size, which runs along the whole axis, does not run as far.
        """
        names = next((found for found in map(self._names, self.here) if found is not None), None)
        if names is None:
            return None
        return tuple(Index(name, self._extent(position)) for position, name in enumerate(names))

    def _names(self, read: Read) -> tuple[str, ...] | None:
        """The bare indices of a read, if it has one for each place, and another one each time."""
        names = tuple(name for name in map(self._bare, read.places) if name is not None)
        return names if len(set(names)) == len(read.places) else None

    def _bare(self, place: Place) -> str | None:
        name = bare_name(place)
        return None if name in self.numbers else name

    def _extent(self, position: int) -> int:
        runs = dict(self._runs(position))
        longest = max(runs, key=lambda name: runs[name])
        for name, extent in runs.items():
            if extent < runs[longest] and name not in self.sizes:
                raise UserError(
                    f"'{self.here[0].tensor}' has extent {extent} by index '{name}', and {runs[longest]} by '{longest}'",
                    remedy="Use another name for one of the two, or check the indices.",
                )
        return runs[longest]

    def _runs(self, position: int) -> Iterator[tuple[str, int]]:
        """How far the indices run that stand alone at a position."""
        for read in self.everywhere:
            name = self._bare(read.places[position]) if position < len(read.places) else None
            if name is not None and name in self.sizes:
                yield name, self.sizes[name]
            elif name is not None and read in self.here:
                yield name, axis_of(self.axes, name).extent
