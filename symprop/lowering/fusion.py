"""Joins neighbouring loop nests of the same extents into one, and keeps in a number what only one line then needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from symprop.lowering.nest import (
    Assign,
    Block,
    Guard,
    Guarded,
    How,
    Loop,
    MatrixProduct,
    Operand,
    Place,
    Statement,
    leaves,
    mapped,
    place_of,
    renamed,
    with_operands,
)


def fused(blocks: Sequence[Block], kept: Collection[str], aliases: Mapping[str, str]) -> list[Block]:
    """The blocks with loops joined where that changes nothing; `kept` are arrays that others read.

    `aliases` says which array is written in the place of another.
    """
    found: list[Block] = []
    for block in blocks:
        joined = _joined(found[-1], block, aliases) if found else None
        if joined is None:
            found.append(block)
        else:
            found[-1] = joined
    return _contracted(found, kept)


def _joined(first: Block, second: Block, aliases: Mapping[str, str]) -> Block | None:
    """Both blocks in one loop; None where they may not be."""
    if not (first.body and second.body) or (len(second.body) > 1 and not all(map(_is_line, second.body))):
        return None
    if all(map(_is_line, (*first.body, *second.body))):
        return Block((*first.titles, *second.titles), (*first.body, *second.body))
    merged = _merged(first.body[-1], second.body[0]) if len(second.body) == 1 else None
    if merged is None or not _independent(merged, aliases):
        return None
    return Block((*first.titles, *second.titles), (*first.body[:-1], merged))


def _is_line(statement: Statement) -> bool:
    return isinstance(statement, Assign)


def _merged(first: Statement, second: Statement) -> Loop | None:
    """Two perfect nests of lines as one, under the first one's variables."""
    if not isinstance(first, Loop) or not isinstance(second, Loop) or _shape(first) != _shape(second):
        return None
    (other,) = renamed((second,), {second.variable: first.variable})
    assert isinstance(other, Loop)
    if all(map(_is_line, (*first.body, *other.body))):
        return replace(first, body=(*first.body, *other.body))
    inner = _merged(first.body[0], other.body[0]) if len(first.body) == len(other.body) == 1 else None
    return None if inner is None else replace(first, body=(inner,))


def _shape(loop: Loop) -> tuple[object, ...]:
    return loop.start, loop.stop, loop.step, loop.lower, loop.upper


def _independent(merged: Loop, aliases: Mapping[str, str]) -> bool:
    """Whether each turn writes elements of its own, which are read in that turn only."""
    places: dict[str, set[Place]] = {}
    for place in places_in((merged,)):
        places.setdefault(aliases.get(place.name, place.name), set()).add(Place("", place.indices))
    variables = _variables(merged)
    for line in leaves((merged,)):
        assert isinstance(line, Assign)
        own = places[aliases.get(line.target.name, line.target.name)]
        if line.target.indices and (len(own) > 1 or line.target.variables != variables):
            return False
    return True


def _variables(statement: Statement) -> frozenset[str]:
    """Those of the loops of a perfect nest."""
    if not isinstance(statement, Loop):
        return frozenset()
    return _variables(statement.body[0]) | {statement.variable}


def places_in(statements: Sequence[Statement]) -> Iterator[Place]:
    """Every element that is read or written, as often as it is; of matrix products, the arrays without indices."""
    for statement in statements:
        if isinstance(statement, Loop):
            for bound in (*statement.lower, *statement.upper):
                yield from _gathered(bound.whole.terms)
            yield from places_in(statement.body)
        elif isinstance(statement, Guard):
            yield from (p for each in statement.inside for p in _gathered(each.whole.terms))
            yield from places_in(statement.body)
        elif isinstance(statement, MatrixProduct):
            yield from (Place(name) for name in (statement.target, statement.left, statement.right))
        else:
            yield from _with_gathered(statement.target)
            for operand in statement.value.operands:
                yield from _with_gathered(place_of(operand))
                if isinstance(operand, Guarded):
                    yield from (p for each in operand.inside for p in _gathered(each.whole.terms))


def _gathered(terms: Sequence[tuple[int, str | Place]]) -> Iterator[Place]:
    for _, atom in terms:
        if isinstance(atom, Place):
            yield from _with_gathered(atom)


def _with_gathered(place: Place) -> Iterator[Place]:
    yield place
    for whole in place.indices:
        yield from _gathered(whole.terms)


def _contracted(blocks: Sequence[Block], kept: Collection[str]) -> list[Block]:
    """Arrays of which every element is read only where it was just made become numbers."""
    everywhere = Counter(place.name for block in blocks for place in places_in(block.body))
    return [replace(block, body=tuple(_without_arrays(s, kept, everywhere) for s in block.body)) for block in blocks]


def _without_arrays(statement: Statement, kept: Collection[str], everywhere: Mapping[str, int]) -> Statement:
    if not isinstance(statement, Loop):
        return statement
    if not all(map(_is_line, statement.body)):
        return replace(statement, body=tuple(_without_arrays(s, kept, everywhere) for s in statement.body))
    here = Counter(place.name for place in places_in(statement.body))
    stored = (line.target for line in leaves(statement.body) if isinstance(line, Assign) and line.how is How.STORE)
    narrow = {p.name for p in stored if p.indices and p.name not in kept and here[p.name] == everywhere[p.name]}
    narrow -= {place.name for place in places_in(statement.body) if _elsewhere(place, statement.body)}
    return replace(statement, body=mapped(statement.body, lambda line: _narrowed(line, narrow)))


def _elsewhere(place: Place, lines: Sequence[Statement]) -> bool:
    """Whether the array is accessed at another place too."""
    return any(other.name == place.name and other != place for other in places_in(lines))


def _narrowed(line: Assign, narrow: Collection[str]) -> Assign:
    def changed(operand: Operand) -> Operand:
        return Place(operand.name) if isinstance(operand, Place) and operand.name in narrow else operand

    value = with_operands(line.value, changed)
    if line.target.name not in narrow:
        return replace(line, value=value)
    return Assign(Place(line.target.name), value, How.LET)
