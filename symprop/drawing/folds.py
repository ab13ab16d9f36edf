"""A tall layout folded into columns, side by side, as a page has them; who stands in which rank and where is `layered`'s.

A line that leads from one column to the next goes below the first, up between the two and down from above the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from symprop.drawing.figure import Point
from symprop.drawing.layered import Layout

WIDE, HIGH = 700.0, 640.0  # what stands on a page beside some text
MOST_COLUMNS = 8
SLACK = (1.0, 1.06, 1.12, 1.2, 1.3)  # how much higher than the average a column may be
BETTER = 0.9  # of the size that it has otherwise: less is not worth a fold
LANE, MARGIN, ROUND = 12.0, 22.0, 12.0  # between two lines, from them to the columns, of their corners


@dataclass(frozen=True)
class Folded:
    """A layout and the ranks with which its columns begin; a point's place follows from its rank."""

    layout: Layout
    firsts: tuple[int, ...] = (0,)

    def column(self, rank: int) -> int:
        """Which column a rank stands in."""
        return sum(first <= rank for first in self.firsts) - 1

    def point(self, rank: int, across: float, along: float) -> Point:
        """Where a point of a rank stands."""
        column = self.column(rank)
        return across + self._shifts[column], along - self.layout.starts[self.firsts[column]]

    @property
    def size(self) -> Point:
        """How wide and high it is, with the lines around the columns."""
        left, right = self._sides(0)[0], self._sides(len(self.firsts) - 1)[1] + self._shifts[-1]
        lines = max(map(len, self._crossing), default=0)
        return right - left, max(map(self._height, range(len(self.firsts)))) + 2 * LANE * lines

    def between(self, edge: int, column: int, start: Point, end: Point) -> tuple[Point, ...]:
        """The way of an edge from a point at the end of a column to one at the beginning of the next: what follows the first."""
        number, many = self._crossing[column].index(edge), len(self._crossing[column])
        low = self._height(column) + MARGIN + LANE * number
        high = -MARGIN - LANE * (many - 1 - number)
        up = self._sides(column)[1] + self._shifts[column] + MARGIN + LANE * number
        return rounded([start, (start[0], low), (up, low), (up, high), (end[0], high), end])

    @cached_property
    def _crossing(self) -> list[list[int]]:
        """The edges that lead over the end of each column but the last, those on the right first."""
        return [
            sorted(
                (k for k, (source, target) in enumerate(self.layout.spans) if source < first <= target),
                key=lambda k: -self.layout.across(k, first),
            )
            for first in self.firsts[1:]
        ]

    @cached_property
    def _shifts(self) -> list[float]:
        """How far each column is moved to the right."""
        shifts = [0.0]
        for column, crossing in enumerate(self._crossing):
            channel = 2 * MARGIN + LANE * (len(crossing) - 1)
            shifts.append(shifts[-1] + self._sides(column)[1] + channel - self._sides(column + 1)[0])
        return shifts

    def _sides(self, column: int) -> Point:
        sides = self.layout.sides[self._ranks(column)]
        return min(left for left, _ in sides), max(right for _, right in sides)

    def _height(self, column: int) -> float:
        ranks = self._ranks(column)
        return self.layout.ends[ranks][-1] - self.layout.starts[ranks][0]

    def _ranks(self, column: int) -> slice:
        return slice(self.firsts[column], [*self.firsts, len(self.layout.starts)][column + 1])


def folded(layout: Layout) -> Folded:
    """The layout in as many columns as make it largest on a page."""
    best = Folded(layout)
    for firsts in dict.fromkeys(_tries(layout)):
        other = Folded(layout, firsts)
        if _largeness(other) < (BETTER if len(best.firsts) == 1 else 1.0) * _largeness(best):
            best = other
    return best


def _largeness(layout: Folded) -> float:
    wide, high = layout.size
    return max(wide / WIDE, high / HIGH, 1.0)


def _tries(layout: Layout) -> Iterator[tuple[int, ...]]:
    """Columns filled from the top, up to each of some heights."""
    for columns in range(2, min(MOST_COLUMNS, len(layout.starts)) + 1):
        for slack in SLACK:
            firsts = [0]
            for rank, end in enumerate(layout.ends):
                if end - layout.starts[firsts[-1]] > slack * layout.ends[-1] / columns and rank > firsts[-1]:
                    firsts.append(rank)
            yield tuple(firsts)


def rounded(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points of curves that follow a way with corners and round these off, without the first point."""
    found: list[Point] = []
    place = points[0]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = _toward(corner, before), _toward(corner, after)
        found += [*_straight(place, into), corner, corner, out]
        place = out
    return (*found, *_straight(place, points[-1]))


def _straight(start: Point, end: Point) -> list[Point]:
    """A straight line as a curve's points."""
    (x, y), (u, v) = start, end
    return [((2 * x + u) / 3, (2 * y + v) / 3), ((x + 2 * u) / 3, (y + 2 * v) / 3), end]


def _toward(corner: Point, other: Point) -> Point:
    """The point near a corner where its rounding begins."""
    (x, y), (u, v) = corner, other
    length = abs(u - x) + abs(v - y)
    part = min(ROUND, length / 2) / length if length else 0.0
    return x + part * (u - x), y + part * (v - y)
