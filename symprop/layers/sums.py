"""A sum of many parts, or rows below each other, as equations of a length that can be read; what the parts are, layers say."""

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


def stacked(name: str, rows: Sequence[str]) -> tuple[tuple[str, ...], dict[str, int]]:
    """The equations that put tensors of one row each, ``(…, 1, j)``, below each other, and how far their indices run.

    Each row is read at its distance from the place on the axis, which is out of range, and so zero, everywhere but at its
    own place. Many rows go into blocks first, called ``name_block1``, …, so that no row is looked for along the whole axis.

    >>> stacked("y", ["p_1", "p_2"])
    (('y[..., t, j] = p_1[..., t - 0, j] + p_2[..., t - 1, j]',), {'t': 2})
    >>> lines, extents = stacked("y", [f"p_{n}" for n in range(100)])
    >>> lines[-1], extents
    ('y[..., t, j] = y_block1[..., t - 0, j] + y_block2[..., t - 40, j] + y_block3[..., t - 80, j]', {'s': 40, 'r': 20, 't': 100})
    """
    lines: list[str] = []
    extents: dict[str, int] = {}
    parts = [(row, place) for place, row in enumerate(rows)]
    if len(rows) > MOST_PARTS:
        starts = range(0, len(rows), MOST_PARTS)
        blocks = [rows[start : start + MOST_PARTS] for start in starts]
        parts = [(f"{name}_block{number}", start) for number, start in enumerate(starts, start=1)]
        for (block, _), own in zip(parts, blocks, strict=True):
            letter = "s" if len(own) == MOST_PARTS else "r"
            extents[letter] = len(own)
            lines.append(_placed(block, letter, [(row, place) for place, row in enumerate(own)]))
    return (*lines, _placed(name, "t", parts)), {**extents, "t": len(rows)}


def _placed(name: str, letter: str, parts: Sequence[tuple[str, int]]) -> str:
    return f"{name}[..., {letter}, j] = {' + '.join(f'{part}[..., {letter} - {start}, j]' for part, start in parts)}"
