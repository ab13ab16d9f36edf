"""The numbers that a user gives for free quantities, by element or by tensor, checked; no file is read here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import product
from math import isfinite, prod
from typing import Any

from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.names import shorten
from symprop.ir.program import Program
from symprop.ir.tensor import Tensor
from symprop.network import Values
from symprop.notation.names import Names
from symprop.notation.packs import names_for

Slot = tuple[str, int]  # a tensor's name and an offset in it, row by row
Place = Callable[[str], str]  # from a key to where a message says that it stands

MOST_NAMED = 1_000_000  # elements of a network whose values may be given by element
_MOST_LISTED = 200  # identifiers that are looked through for the nearest
_DEEPEST = 8  # nested lists that are looked into; no tensor has so many axes


def _value(key: str) -> str:
    return f"value {shorten(repr(key))}"


def element_values(program: Program, names: Names, values: Values, place: Place = _value) -> dict[str, float]:
    """The numbers in `values`, by element, in the program's order.

    A key is a tensor's name (``W1``), with numbers in exactly the tensor's shape, or an element's identifier: the one
    in `names`, or the one in class (``w5``). Raises UserError for another shape, for what is no finite number, for an
    unknown name, and for an element that is given twice; `place` says where each key stands.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.rules.layers import Dense
    >>> net = NetworkSpec(2, [Dense(1, bias=False)]).elaborate()
    >>> element_values(net, names_for(net, "textbook"), {"W1": [[3, 4]], "i2": 0.5})
    {'x_2': 0.5, 'w1_1_1': 3.0, 'w1_1_2': 4.0}
    """
    given = _assign(program, names, values, place)
    touched = {name for name, _ in given}
    return {
        identifier: given[tensor.name, offset]
        for tensor in program.free
        if tensor.name in touched
        for offset, identifier in enumerate(_identifiers(tensor, names))
        if (tensor.name, offset) in given
    }


def check_values(program: Program, values: Values, place: Place = _value) -> None:
    """Raises as `element_values` does, by the names in class, and builds nothing."""
    _assign(program, None, values, place)


def missing(program: Program, names: Names, values: Values) -> list[str]:
    """The identifiers of the free elements that have no value, in the program's order; raises as `element_values`.

    >>> from symprop.equations import EquationsSpec
    >>> missing(EquationsSpec(["E = (t - w*x)**2"], loss="E").elaborate(), Names(), {"w": 0.5})
    ['t', 'x']
    """
    given = element_values(program, names, values)
    return [name for tensor in program.free for name in _identifiers(tensor, names) if name not in given]


def tensor_values(program: Program, names: Names, elements: Mapping[str, float]) -> dict[str, Any]:
    """The elements as numbers and nested lists, by tensor; a tensor none of whose elements is there is left out.

    Raises UserError for a tensor that is there in part, and for an element that the program does not have free.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.rules.layers import Dense
    >>> net = NetworkSpec(2, [Dense(1, bias=False)]).elaborate()
    >>> tensor_values(net, names_for(net), {"w1": 3.0, "w2": 4.0})
    {'W1': [[3.0, 4.0]]}
    """
    identifiers = {tensor.name: _identifiers(tensor, names) for tensor in program.free}
    free = {name for each in identifiers.values() for name in each}
    for name in elements:
        if name not in free:
            what = f"there is no free quantity {shorten(repr(name))}"
            raise UserError(what, remedy=_nearest(str(name), program, free))
    found = {}
    for tensor in program.free:
        own = identifiers[tensor.name]
        lacking = [name for name in own if name not in elements]
        if not lacking:
            found[tensor.name] = _nested([elements[name] for name in own], tensor.extents)
        elif len(lacking) < len(own):
            what = f"'{tensor.name}' has no value for '{lacking[0]}'"
            raise UserError(what, remedy="Give all of its values, or none.")
    return found


def describe(value: object) -> str:
    """A value as a message shows it, by its kind.

    >>> describe(True), describe([1, 2]), describe("two"), describe(0.5)
    ('true', 'a list of 2', "text 'two'", '0.5')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"text {shorten(repr(value))}"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number of more than 30 digits"  # Python refuses to print one of more than 4,300
    return shorten(str(value))


def finite(value: object) -> float:
    """The value as a float; UserError for what is no finite number (a bool is none).

    >>> finite(3)
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError("this is not a number", expected="a number", got=describe(value))
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise UserError("this number is not finite", expected="a finite number", got=describe(value))
    return number


def _assign(program: Program, names: Names | None, values: Values, place: Place) -> dict[Slot, float]:
    """Every given number, by tensor and offset; identifiers are those in class, and in `names` if there are any."""
    slots: dict[str, Slot] = {}
    given: dict[Slot, float] = {}
    givers: dict[Slot, str] = {}
    tensors = {tensor.name: tensor for tensor in program.free}
    for key, value in values.items():
        try:
            if key in tensors:
                found = {(key, offset): number for offset, number in enumerate(_numbers(value, tensors[key]))}
            else:
                slots = slots or _slots(program, names)
                found = {_slot(key, program, slots): finite(_plain(value))}
            _refuse_double(key, found, givers)
        except UserError as error:
            raise error.at(place(key)) from None
        given.update(found)
        givers.update(dict.fromkeys(found, key))
    return given


def _refuse_double(key: str, found: Mapping[Slot, float], givers: Mapping[Slot, str]) -> None:
    for slot in found:
        if slot in givers:
            raise UserError(f"'{givers[slot]}' gives a value of '{key}' already", remedy="Give one of them.")


def _slots(program: Program, names: Names | None) -> dict[str, Slot]:
    """Where each identifier of a free element lies."""
    size = sum(prod(tensor.extents) for tensor in program.free)
    if size > MOST_NAMED:
        raise BudgetError(
            "there is no tensor of this name, and the network is too large for values by element",
            expected=f"at most {MOST_NAMED:,} elements",
            got=f"{size:,}",
            remedy=f"Give values by tensor: {', '.join(tensor.name for tensor in program.free)}.",
        )
    return {
        identifier: (tensor.name, offset)
        for notation in (names_for(program), *([] if names is None else [names]))
        for tensor in program.free
        for offset, identifier in enumerate(_identifiers(tensor, notation))
    }


def _slot(key: str, program: Program, slots: Mapping[str, Slot]) -> Slot:
    if key in slots:
        return slots[key]
    shown = shorten(repr(key))
    if key in program.by_name or any(key in elements for elements in names_for(program).elements.values()):
        raise UserError(f"{shown} is computed from other quantities, so it takes no value")
    raise UserError(f"there is no quantity {shown}", remedy=_nearest(str(key), program, slots))


def _nearest(name: str, program: Program, identifiers: Collection[str]) -> str:
    tensors = [tensor.name for tensor in program.free]
    return nearest(name, {*tensors, *identifiers} if len(identifiers) <= _MOST_LISTED else tensors)


def _numbers(value: Any, tensor: Tensor) -> list[float]:
    """The numbers of a tensor, row by row, when they have its shape."""
    plain = _plain(value)
    shape = _shape(plain)
    if shape != tensor.extents:
        expected = f"{_in_words(tensor.extents)} for '{tensor.name}'"
        got = describe(plain) if shape is not None and len(shape) < 2 else _in_words(shape)
        raise UserError("wrong shape", expected=expected, got=got)
    return [finite(number) for number in _leaves(plain)]


def _plain(value: Any) -> Any:
    """Lists and numbers out of an array, which offers them itself."""
    return value.tolist() if hasattr(value, "tolist") else value


def _shape(value: Any, depth: int = 0) -> tuple[int, ...] | None:
    """The shape of nested lists, () for a number; None when they are ragged or deeper than any tensor."""
    if not isinstance(value, list | tuple):
        return ()
    if depth == _DEEPEST:
        return None
    shapes = {_shape(part, depth + 1) for part in value}
    if len(shapes) > 1:
        return None
    inner = shapes.pop() if shapes else ()
    return None if inner is None else (len(value), *inner)


def _in_words(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return "lists of unequal length or depth"
    if not shape:
        return "one number"
    return f"a list of {shape[0]}" if len(shape) == 1 else f"shape {' × '.join(map(str, shape))}"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    else:
        yield value


def _identifiers(tensor: Tensor, names: Names) -> list[str]:
    positions = product(*(range(extent) for extent in tensor.extents))
    return [names.element(tensor.name, position, tensor.extents) for position in positions]


def _nested(numbers: list[float], extents: tuple[int, ...]) -> Any:
    if not extents:
        return numbers[0]
    size = prod(extents[1:])
    return [_nested(numbers[row * size : (row + 1) * size], extents[1:]) for row in range(extents[0])]
