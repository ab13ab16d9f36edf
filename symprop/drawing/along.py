"""Where on its line each label stands, so that it covers no other line and no other label; what the lines are is others'.

All lines lead from the left to the right. Which places along a line another one blocks is an interval with two formulas for
its ends, so nothing has to be tried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from symprop.drawing.figure import Point

STEP = 6.0  # between the places that are tried for most of the labels
FREE = 2.5  # from a label to another line
APART = 4.0  # from a label to another
Span = tuple[float, float]


@dataclass(frozen=True)
class Way:
    """A straight line, and half of the width and height of what stands on it; no width where nothing does."""

    start: Point
    end: Point
    half: float = 0.0
    high: float = 0.0

    @cached_property
    def slope(self) -> float:
        """How far down it leads for each step to the right."""
        return (self.end[1] - self.start[1]) / (self.end[0] - self.start[0])

    def at(self, x: float) -> float:
        """The height of the line at x."""
        return self.start[1] + self.slope * (x - self.start[0])


def places(ways: Sequence[Way], left: float, right: float) -> list[float] | None:
    """For each line the x of its label, most of them the same; None where one has no place between `left` and `right`."""
    labelled = [way for way in ways if way.half]
    free: dict[int, list[Span]] = {}
    for way in sorted(labelled, key=lambda w: -abs(w.slope)):  # the steep ones have the least room
        free[id(way)] = _free(way, ways, left, right)
        if not free[id(way)]:
            return None
    for wish in _wishes(labelled, free, left, right):
        found = _settled(labelled, free, wish)
        if found is not None:
            return [found.get(id(way), left) for way in ways]
    return None


def _wishes(labelled: Sequence[Way], free: dict[int, list[Span]], left: float, right: float) -> list[float]:
    """Places for all labels, those first from which the labels are moved least; of equal ones the leftmost."""
    wishes = [left + STEP * k for k in range(int((right - left) / STEP) + 1)]
    return sorted(wishes, key=lambda wish: sum(abs(_nearest(free[id(w)], wish) - wish) for w in labelled))[:6]


def _settled(labelled: Sequence[Way], free: dict[int, list[Span]], wish: float) -> dict[int, float] | None:
    """A place for each label, as near to the wish as the labels before it allow; those with least room come first."""
    found: dict[int, float] = {}
    met: list[tuple[Way, float]] = []
    for way in sorted(labelled, key=lambda w: sum(b - a for a, b in free[id(w)])):
        spans = _without(free[id(way)], [_shadow(way, other, x) for other, x in met])
        if not spans:
            return None
        found[id(way)] = _nearest(spans, wish)
        met.append((way, found[id(way)]))
    return found


def _free(way: Way, ways: Sequence[Way], left: float, right: float) -> list[Span]:
    """Where the label of a line covers no other line."""
    blocked = [_crossed(way, other) for other in ways if other is not way]
    return _without([(left + way.half, right - way.half)], blocked)


def _crossed(way: Way, other: Way) -> Span:
    """Where the box around a place on a line meets another line: there the two are near each other."""
    near = way.high + FREE + abs(other.slope) * (way.half + FREE)
    return _near(way.start[1] - way.slope * way.start[0] - other.at(0.0), way.slope - other.slope, near)


def _shadow(way: Way, other: Way, x: float) -> Span:
    """Where the label of a line touches that of another, which stands at x."""
    wide = way.half + other.half + APART
    first, last = _near(way.at(0.0) - other.at(x), way.slope, way.high + other.high + APART / 2)
    return max(first, x - wide), min(last, x + wide)


def _near(offset: float, slope: float, distance: float) -> Span:
    """Where a straight line through (0, offset) is less than a distance from zero; an empty span where it never is."""
    if abs(slope) < 1e-9:
        return (-1e9, 1e9) if abs(offset) < distance else (0.0, 0.0)
    ends = (-distance - offset) / slope, (distance - offset) / slope
    return min(ends), max(ends)


def _without(spans: list[Span], blocked: Sequence[Span]) -> list[Span]:
    """What is left of spans."""
    for first, last in blocked:
        if first < last:
            parts = [part for a, b in spans for part in ((a, min(b, first)), (max(a, last), b))]
            spans = [(a, b) for a, b in parts if a <= b]
    return spans


def _nearest(spans: Sequence[Span], wish: float) -> float:
    return min((max(a, min(b, wish)) for a, b in spans), key=lambda x: abs(x - wish))
