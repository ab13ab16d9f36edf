"""Several turns of a loop in one pass over the innermost one, so that what is loaded is used more than once; for `loops`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symprop.lowering.nest import (
    Assign,
    How,
    Loop,
    Operand,
    Place,
    Product,
    Statement,
    Total,
    Whole,
    leaves,
    place_of,
    with_operands,
)

UNROLLED = 4  # turns in one pass


def several_products(loop: Loop) -> list[Statement]:
    """A summing loop around an innermost one, with one sum of several products in a pass; what is left over follows.

    So the target is loaded and stored less often.
    """
    (inner,) = loop.body
    if not isinstance(inner, Loop) or loop.stop < UNROLLED:
        return [loop]
    (line,) = inner.body
    assert isinstance(line, Assign)
    assert isinstance(line.value, Product)
    parts = (_moved(line, loop.variable, k).value for k in range(UNROLLED))
    total = Total(tuple(part for part in parts if isinstance(part, Product)))
    wide = replace(inner, body=(Assign(line.target, total, How.ADD),))
    return _in_passes(loop, [wide])


def several_rows(loop: Loop) -> list[Statement]:
    """A loop over rows of the target around sums, with several rows in a pass; what is left over follows.

    So what does not depend on the row is loaded less often; where everything does, the loop stays as it is.
    """
    lines = [line for line in leaves(loop.body) if isinstance(line, Assign)]
    if loop.stop < UNROLLED or not all(_is_shared(line, loop.variable) for line in lines):
        return [loop]
    return _in_passes(loop, _repeated(loop.body, loop.variable))


def _is_shared(line: Assign, row: str) -> bool:
    """Whether each row has a target of its own, and reads something that is the same for all."""
    operands = (place_of(operand) for operand in line.value.operands)
    return row in line.target.variables and any(row not in place.variables for place in operands)


def _in_passes(loop: Loop, body: Sequence[Statement]) -> list[Statement]:
    """The loop with several turns at once, as the body has them, and then one by one."""
    whole_passes = loop.stop - loop.stop % UNROLLED
    found: list[Statement] = [replace(loop, stop=whole_passes, step=UNROLLED, body=tuple(body))]
    if whole_passes < loop.stop:
        found.append(replace(loop, start=whole_passes))
    return found


def _repeated(statements: Sequence[Statement], row: str) -> tuple[Statement, ...]:
    """Each line for several rows."""
    found = list[Statement]()
    for statement in statements:
        if isinstance(statement, Assign):
            found.extend(_moved(statement, row, k) for k in range(UNROLLED))
        else:
            assert isinstance(statement, Loop)
            found.append(replace(statement, body=_repeated(statement.body, row)))
    return tuple(found)


def _moved(line: Assign, variable: str, by: int) -> Assign:
    """The line of a later turn."""

    def place(of: Place) -> Place:
        return Place(of.name, tuple(_later(each, variable, by) for each in of.indices))

    def operand(of: Operand) -> Operand:
        assert isinstance(of, Place)
        return place(of)

    return replace(line, target=place(line.target), value=with_operands(line.value, operand))


def _later(whole: Whole, variable: str, by: int) -> Whole:
    return whole.plus(whole.factor(variable) * by)
