"""The numbers that a user gives for free quantities, by element or by tensor, checked; no file is read here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from math import isfinite, prod
from typing import Any

from symprop.errors import UserError, nearest
from symprop.ir.names import shorten
from symprop.ir.program import Program
from symprop.ir.tensor import Tensor
from symprop.network import Values
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.notation.rule import row_major, unravel

Slot = tuple[str, int]  # a tensor's name and an offset in it, row by row
Place = Callable[[str], str]  # from a key to where a message says that it stands

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
    >>> from symprop.layers.dense import Dense
    >>> net = NetworkSpec(2, [Dense(1, bias=False)]).elaborate()
    >>> element_values(net, names_for(net, "textbook"), {"W1": [[3, 4]], "i2": 0.5})
    {'x_2': 0.5, 'w1_1_1': 3.0, 'w1_1_2': 4.0}
    """
    given = _assign(program, names, values, place)
    offsets: dict[str, list[int]] = {}
    for name, offset in sorted(given):
        offsets.setdefault(name, []).append(offset)
    return {
        names.element(tensor.name, unravel(offset, tensor.extents), tensor.extents): given[tensor.name, offset]
        for tensor in program.free
        for offset in offsets.get(tensor.name, ())
    }


def check_values(program: Program, values: Values, place: Place = _value) -> None:
    """Raises as `element_values` does, by the names in class, and builds nothing."""
    _assign(program, None, values, place)


def missing(program: Program, names: Names, values: Values, most: int | None = None) -> list[str]:
    """The identifiers of the free elements that have no value, in the program's order; raises as `element_values`.

    The first `most` alone where that is given: of a large network with no values, all of them would be too many.

    >>> from symprop.equations import EquationsSpec
    >>> program = EquationsSpec(["E = (t - w*x)**2"], loss="E").elaborate()
    >>> missing(program, Names(), {"w": 0.5}), missing(program, Names(), {}, most=1)
    (['t', 'x'], ['t'])
    """
    given = _assign(program, names, values, _value)
    without = (
        name
        for tensor in program.free
        for offset, name in enumerate(names.elements(tensor))
        if (tensor.name, offset) not in given
    )
    return list(islice(without, most))


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
    given: dict[Slot, float] = {}
    givers: dict[Slot, str] = {}
    tensors = {tensor.name: tensor for tensor in program.free}
    elements: _Elements | None = None  # of no use where all values are given by tensor
    for key, value in values.items():
        try:
            if key in tensors:
                found = {(key, offset): number for offset, number in enumerate(_numbers(value, tensors[key]))}
            else:
                elements = elements or _Elements(program, names)
                found = {elements.slot(key): finite(_plain(value))}
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


class _Elements:
    """Where the free elements of a program lie, by their names in class and in one more notation."""

    def __init__(self, program: Program, names: Names | None) -> None:
        self.program, self.notations = program, [names_for(program), *([] if names is None else [names])]
        self.shapes = {tensor.name: tensor.extents for tensor in program.free}

    def slot(self, key: str) -> Slot:
        """The slot of an element; UserError for a quantity that is not free, and for none at all."""
        found = self._place(key, self.shapes)
        if found is not None:
            return found[0], row_major(found[1], self.shapes[found[0]])
        shown = shorten(repr(key))
        computed = {name: tensor.extents for name, tensor in self.program.tensors.items()}
        if key in self.program.by_name or self._place(key, computed) is not None:
            raise UserError(f"{shown} is computed from other quantities, so it takes no value")
        raise UserError(f"there is no quantity {shown}", remedy=nearest(str(key), self._known()))

    def _place(self, key: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, tuple[int, ...]] | None:
        places = (names.place(str(key), shapes) for names in self.notations)
        return next((place for place in places if place is not None), None)

    def _known(self) -> set[str]:
        """What a mistyped name may have meant: a tensor or, of a small program, an element."""
        if sum(map(prod, self.shapes.values())) > _MOST_LISTED:
            return set(self.shapes)
        elements = (names.elements(tensor) for names in self.notations for tensor in self.program.free)
        return {*self.shapes, *chain.from_iterable(elements)}


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
