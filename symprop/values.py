"""The numbers that a user gives for free quantities, by element or by tensor, checked; no file is read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import isfinite, prod
from typing import Any

from symprop.errors import UserError, Where, nearest
from symprop.ir.facts import Element, totals
from symprop.ir.names import shorten
from symprop.ir.program import Fact, Program
from symprop.ir.tensor import Role, Tensor
from symprop.notation.names import Names
from symprop.notation.packs import names_for
from symprop.notation.rule import row_major, unravel

Values = Mapping[str, Any]  # by tensor: a number or nested sequences of the tensor's shape; or by element
Slot = tuple[str, int]  # a tensor's name and an offset in it, row by row

MARGIN = 1e-6  # within which given numbers have to add up
_MOST_LISTED = 200  # identifiers that are looked through for the nearest
_DEEPEST = 8  # nested lists that are looked into; no tensor has so many axes


@dataclass(frozen=True)
class Given:
    """Checked numbers by slot, and the key that gave each."""

    numbers: Mapping[Slot, float]
    keys: Mapping[Slot, str]

    def place(self, slot: Slot) -> Where:
        """Where messages say that the number stands."""
        return value_place(self.keys[slot])


def value_place(key: str) -> Where:
    """Where messages say that what a key gives stands."""
    return Where(f"value {shorten(repr(key))}", "value", key)


def element_values(program: Program, names: Names, values: Values) -> dict[str, float]:
    """The numbers in `values`, by element, in the program's order.

    A key is a tensor's name (``W1``), with numbers in exactly the tensor's shape, or an element's identifier: the one
    in `names`, or the one in class (``w5``). Raises UserError, with the key, for another shape, for what is no finite
    number, for an unknown name, and for an element that is given twice.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.layers.dense import Dense
    >>> net = NetworkSpec(2, [Dense(1, bias=False)]).elaborate()
    >>> element_values(net, names_for(net, "textbook"), {"W1": [[3, 4]], "i2": 0.5})
    {'x_2': 0.5, 'w1_1_1': 3.0, 'w1_1_2': 4.0}
    """
    given = assign(program, values, names).numbers
    offsets: dict[str, list[int]] = {}
    for name, offset in sorted(given):
        offsets.setdefault(name, []).append(offset)
    return {
        names.element(tensor.name, unravel(offset, tensor.extents), tensor.extents): given[tensor.name, offset]
        for tensor in program.free
        for offset in offsets.get(tensor.name, ())
    }


def check_targets(program: Program, given: Given, domain: tuple[float, float]) -> None:
    """Raises UserError, with the key, for a target outside of what the loss takes, and where targets break a fact.

    >>> from symprop.network import NetworkSpec
    >>> from symprop.layers.dense import Dense
    >>> net = NetworkSpec(2, [Dense(3)], "categorical_cross_entropy_from_logits").elaborate()
    >>> try:
    ...     check_targets(net, assign(net, {"t": [0.5, 0.2, 0.1]}), (0, 1))
    ... except UserError as error:
    ...     error.where, error.what, error.got
    ("value 't'", 't1, t2, t3 do not add up to 1', '0.8')
    """
    shapes = {tensor.name: tensor.extents for tensor in program.free}
    targets = {tensor.name for tensor in program.with_role(Role.TARGET)}

    def slot(element: Element) -> Slot:
        return element[0], row_major(element[1], shapes[element[0]])

    def number(element: Element) -> float | None:
        return given.numbers.get(slot(element)) if element[0] in shapes else None

    for name, offset in given.numbers:
        value = given.numbers[name, offset]
        if name in targets and not domain[0] <= value <= domain[1]:
            element = names_for(program).element(name, unravel(offset, shapes[name]), shapes[name])
            raise wrong_target(element, domain, value).at(given.place((name, offset)))
    for fact in program.facts:
        for elements, total in totals(fact, number):
            if abs(total - float(fact.number)) > MARGIN:
                names = [names_for(program).element(name, place, shapes[name]) for name, place in elements]
                raise broken_fact(names, fact, f"{total:g}").at(given.place(slot(elements[-1])))


def wrong_target(name: str, domain: tuple[float, float], value: float) -> UserError:
    """The error for a target outside of what the loss takes."""
    return UserError(
        f"the loss does not take the target {name}",
        expected=f"values from {domain[0]:g} to {domain[1]:g}",
        got=f"{value:g}",
        remedy="Scale the targets, or use another loss.",
    )


def broken_fact(names: Sequence[str], fact: Fact, got: str) -> UserError:
    """The error for numbers that do not keep what the gradient is simplified by, such as Σt = 1."""
    return UserError(
        f"{', '.join(names[:4])}{', …' if len(names) > 4 else ''} do not add up to {fact.number}",
        expected="a probability for each class",
        got=got,
        remedy="Give targets such as 0, 0, 1, or use another loss.",
    )


def missing(program: Program, names: Names, values: Values, most: int | None = None) -> list[str]:
    """The identifiers of the free elements that have no value, in the program's order; raises as `element_values`.

    The first `most` alone where that is given: of a large network with no values, all of them would be too many.

    >>> from symprop.equations import EquationsSpec
    >>> program = EquationsSpec(["E = (t - w*x)**2"], loss="E").elaborate()
    >>> missing(program, Names(), {"w": 0.5}), missing(program, Names(), {}, most=1)
    (['t', 'x'], ['t'])
    """
    given = assign(program, values, names).numbers
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


def assign(program: Program, values: Values, names: Names | None = None) -> Given:
    """Every given number; identifiers are those in class, and in `names` if there are any. Raises as `element_values`."""
    if not isinstance(values, Mapping):
        raise UserError("values are given by name", expected='such as {"w1": 0.5}', got=type(values).__name__)
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
            raise error.at(value_place(key)) from None
        given.update(found)
        givers.update(dict.fromkeys(found, key))
    return Given(given, givers)


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
