"""A sum of many parts as equations of a length that can be read; what is added up is each layer's own."""

from __future__ import annotations

from collections.abc import Sequence

MOST_PARTS = 40  # of one equation


def added_up(name: str, places: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The equation ``name[places] = part + part + …``; with many parts, sums of them before it, called ``name_sum1``, ….

    >>> added_up("y", "..., k", ["x1[..., k]", "x2[..., k]"])
    ('y[..., k] = x1[..., k] + x2[..., k]',)
    >>> [line.partition(" = ")[0] for line in added_up("y", "k", [f"x{n}[k]" for n in range(100)])]
    ['y_sum1[k]', 'y_sum2[k]', 'y_sum3[k]', 'y[k]']
    """
    lines: list[str] = []
    while len(parts) > MOST_PARTS:
        groups = [parts[k : k + MOST_PARTS] for k in range(0, len(parts), MOST_PARTS)]
        first = len(lines) + 1
        sums = [f"{name}_sum{number}[{places}]" for number in range(first, first + len(groups))]
        lines += [f"{total} = {' + '.join(group)}" for total, group in zip(sums, groups, strict=True)]
        parts = sums
    return (*lines, f"{name}[{places}] = {' + '.join(parts)}")
