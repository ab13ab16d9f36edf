"""Arrays as they lie in memory, with one index, and neighbouring loops that then run side by side as one; made by `loops`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from symprop.ir.names import fresh_name
from symprop.lowering.fusion import places_in
from symprop.lowering.nest import (
    Assign,
    Block,
    Bound,
    Guard,
    Guarded,
    Inside,
    Loop,
    MatrixProduct,
    Operand,
    Place,
    Statement,
    Whole,
    leaves,
    renamed,
    with_operands,
)

Change = Callable[[Whole], Whole]


def flattened(
    blocks: Sequence[Block], extents: Mapping[str, tuple[int, ...]], shaped: Collection[str] = ()
) -> list[Block]:
    """The blocks over arrays with one index each, row by row, but for those that stay `shaped`.

    Two loops become one where every element is at the place that the one loop's number says. Loops of one turn vanish.
    """

    def flat(whole: Whole) -> Whole:
        return _at_atoms(whole, place)

    def place(of: Place) -> Place:
        indices = tuple(map(flat, of.indices))
        return Place(of.name, indices if of.name in shaped or len(indices) < 2 else (_row(indices, extents[of.name]),))

    return [replace(block, body=_joined(_changed(block.body, flat, place))) for block in blocks]


def _row(indices: Sequence[Whole], extents: Sequence[int]) -> Whole:
    """Where the element lies, counted from the first."""
    factors, offset = dict[str | Place, int](), 0
    for whole, extent in zip(indices, extents, strict=True):
        factors = {atom: factor * extent for atom, factor in factors.items()}
        for factor, atom in whole.terms:
            factors[atom] = factors.get(atom, 0) + factor
        offset = offset * extent + whole.offset
    return Whole(tuple((factor, atom) for atom, factor in factors.items()), offset)


def _joined(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements with loops joined, the innermost first."""
    found = list[Statement]()
    for statement in statements:
        if isinstance(statement, Loop):
            found.extend(_loop(replace(statement, body=_joined(statement.body))))
        elif isinstance(statement, Guard):
            found.append(replace(statement, body=_joined(statement.body)))
        else:
            found.append(statement)
    return tuple(found)


def _loop(loop: Loop) -> tuple[Statement, ...]:
    if _is_whole(loop) and loop.stop == 1:
        return _without(loop.body, loop.variable)
    inner = loop.body[0]
    if not isinstance(inner, Loop) or len(loop.body) > 1 or not (_is_whole(loop) and _is_whole(inner)):
        return (loop,)
    wholes = list(_wholes(inner.body))
    if any(w.factor(loop.variable) != inner.stop * w.factor(inner.variable) for w in wholes):
        return (loop,)
    name = fresh_name(f"{loop.variable}_{inner.variable}", {name for w in wholes for name in w.variables})
    body = renamed(_without(inner.body, loop.variable), {inner.variable: name})
    return (Loop(name, loop.stop * inner.stop, body),)


def _is_whole(loop: Loop) -> bool:
    """Whether it runs over all numbers from zero, whatever else is known."""
    return loop.start == 0 and loop.step == 1 and not (loop.lower or loop.upper)


def _wholes(statements: tuple[Statement, ...]) -> Iterator[Whole]:
    """Every integer that is worked out."""
    for place in places_in(statements):
        yield from place.indices
    for line in leaves(statements):
        if isinstance(line, Assign):
            guarded = (each for each in line.value.operands if isinstance(each, Guarded))
            yield from (each.whole for operand in guarded for each in operand.inside)
    yield from _limits(statements)


def _limits(statements: Sequence[Statement]) -> Iterator[Whole]:
    """Those in the bounds of loops and in guards."""
    for statement in statements:
        if isinstance(statement, Loop):
            yield from (bound.whole for bound in (*statement.lower, *statement.upper))
            yield from _limits(statement.body)
        elif isinstance(statement, Guard):
            yield from (each.whole for each in statement.inside)
            yield from _limits(statement.body)


def _without(statements: tuple[Statement, ...], variable: str) -> tuple[Statement, ...]:
    """The statements where the variable is zero."""

    def whole(of: Whole) -> Whole:
        return _at_atoms(of.without(variable), place)

    def place(of: Place) -> Place:
        return Place(of.name, tuple(map(whole, of.indices)))

    return _changed(statements, whole, place)


def _at_atoms(whole: Whole, place: Callable[[Place], Place]) -> Whole:
    """The integer with each gathered element changed."""
    terms = tuple((factor, place(atom) if isinstance(atom, Place) else atom) for factor, atom in whole.terms)
    return Whole(terms, whole.offset)


def _changed(
    statements: tuple[Statement, ...], whole: Change, place: Callable[[Place], Place]
) -> tuple[Statement, ...]:
    """The statements with every integer of bounds and conditions changed, and every element."""

    def inside(conditions: tuple[Inside, ...]) -> tuple[Inside, ...]:
        return tuple(Inside(whole(each.whole), each.extent) for each in conditions)

    def operand(of: Operand) -> Operand:
        return Guarded(place(of.place), inside(of.inside)) if isinstance(of, Guarded) else place(of)

    def bounds(of: tuple[Bound, ...]) -> tuple[Bound, ...]:
        return tuple(Bound(whole(each.whole), each.by) for each in of)

    def one(statement: Statement) -> Statement:
        if isinstance(statement, Loop):
            body = tuple(map(one, statement.body))
            return replace(statement, body=body, lower=bounds(statement.lower), upper=bounds(statement.upper))
        if isinstance(statement, Guard):
            return Guard(inside(statement.inside), tuple(map(one, statement.body)))
        if isinstance(statement, MatrixProduct):
            return statement
        return replace(statement, target=place(statement.target), value=with_operands(statement.value, operand))

    return tuple(map(one, statements))
