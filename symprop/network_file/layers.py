"""Reads the [[layers]] of a network file: which class, and a value for each of its fields by the field's type."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any

from symprop.errors import InternalError, UserError, nearest
from symprop.ir.names import shorten, validate_name
from symprop.layers import HOMES, file_name, layer_class
from symprop.layers.elaborate import LARGEST_LAYER
from symprop.layers.layer import ANYWHERE, Layer, Range, activation_remedy
from symprop.network_file.lines import Path as Position
from symprop.network_file.source import Table
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.custom import activation_from_text
from symprop.rules.known import Known, nearest_rule
from symprop.scalar.function import ScalarFunction
from symprop.values import finite

TYPES = {file_name(name): name for name in HOMES}


def read_layer(table: Table, of_file: Collection[str]) -> Layer:
    """The layer that a table declares; `of_file` are keys that belong above the first table.

    Its key `type` names the class, ``conv2d`` for `Conv2d`, and is "dense" unless given. UserError, with file and line,
    for a key or a value that the class does not take.
    """
    given = table.text("type", "dense") or ""
    if given not in TYPES:
        what = f"unknown layer {shorten(repr(given))}"
        raise UserError(what, where=table.place("type"), remedy=nearest(given, TYPES))
    kind = layer_class(TYPES[given])
    known = {field.name: field for field in fields(kind)}
    table.only(("type", *known), of_file=of_file)
    for name, field in known.items():
        if field.default is MISSING and field.default_factory is MISSING:
            table.required(name, _spelling(field).example)
    options = {name: _spelling(field).read(table, field) for name, field in known.items() if name in table}
    try:
        layer = kind(**options)
    except UserError as error:
        raise error.at(table.place(*_about(error))) from None
    assert isinstance(layer, Layer)
    return layer


def _about(error: UserError) -> Position:
    """The key that an error is about, or the equation that it counts."""
    equation, key = error.which("equation"), error.which("option")
    if equation is not None:
        return ("equations", int(equation) - 1)
    return () if key is None else (key,)


def known_rule(
    table: Table,
    key: str,
    default: str,
    known: Mapping[str, Known],
    remedy: Callable[[str, Mapping[str, Known]], str] = nearest_rule,
) -> str:
    """A name out of a table of rules; `remedy` says what to do about another."""
    name = table.data.get(key, default)
    if not isinstance(name, str):
        raise table.wrong(key, 'a name in quotes, or { name = "…", expression = "…" }')
    if name not in known:
        raise UserError(f"unknown {key} {shorten(repr(name))}", where=table.place(key), remedy=remedy(name, known))
    return name


def own_rule(own: Table) -> tuple[str, str]:
    """The name and the expression of a user's own rule."""
    own.required("name", '"mine"')
    own.required("expression", '"x/(1 + abs(x))"')
    name, expression = own.text("name"), own.text("expression")
    assert name is not None
    assert expression is not None
    with own.at("name"):
        validate_name(name)
    return name, expression


def _activation(table: Table, field: Field[Any]) -> str | ScalarFunction:
    if not isinstance(table.data.get(field.name), dict):
        return known_rule(table, field.name, "identity", ACTIVATIONS, lambda name, _: activation_remedy(name))
    own = table.table(field.name)
    own.only(("name", "expression", "codomain"))
    codomain = _bounds(own, "codomain") if "codomain" in own else ANYWHERE
    name, expression = own_rule(own)
    with own.at("expression"):
        return activation_from_text(name, expression, codomain)


def _bounds(table: Table, key: str) -> Range:
    bounds = table.numbers(key)
    if len(bounds) != 2 or not bounds[0] < bounds[1]:
        raise table.wrong(key, "its lower and its upper bound, such as [0, inf]", shorten(str(list(bounds))))
    return bounds[0], bounds[1]


def _range(table: Table, field: Field[Any]) -> Range:
    return _bounds(table, field.name)


def _whole(table: Table, field: Field[Any]) -> int:
    return table.whole(field.name, 1, LARGEST_LAYER, 1)


def _number(table: Table, field: Field[Any]) -> float:
    return table.number(field.name, 0.0)


def _flag(table: Table, field: Field[Any]) -> bool | None:
    return table.flag(field.name, None)


def _flag_or_text(table: Table, field: Field[Any]) -> bool | str:
    value = table.data[field.name]
    if not isinstance(value, bool | str):
        raise table.wrong(field.name, "text in quotes, true or false")
    return value


def _name(table: Table, field: Field[Any]) -> str | None:
    name = table.text(field.name) or ""
    with table.at(field.name):
        return validate_name(name)


def _texts(table: Table, field: Field[Any]) -> tuple[str, ...]:
    value = table.data[field.name]
    return (value,) if isinstance(value, str) else tuple(table.texts(field.name) or ())


def _extents(table: Table, field: Field[Any]) -> int | tuple[int, ...]:
    """A whole number, or a list of one for each axis."""
    value = table.data[field.name]
    for number in value if isinstance(value, list) else [value]:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= LARGEST_LAYER:
            raise table.wrong(field.name, "a whole number, or a list of them")
    return tuple(value) if isinstance(value, list) else int(value)


def _names(table: Table, field: Field[Any]) -> dict[str, str]:
    inner = table.table(field.name)
    return {key: inner.required(key, '"W1"') and (inner.text(key) or "") for key in inner.data}


def _sizes(table: Table, field: Field[Any]) -> dict[str, int]:
    inner = table.table(field.name)
    return {key: inner.whole(key, 1, LARGEST_LAYER, 1) for key in inner.data}


def _numbers(table: Table, field: Field[Any]) -> dict[str, float]:
    inner = table.table(field.name)
    found = {}
    for key in inner.data:
        with inner.at(key):
            found[key] = finite(inner.data[key])
    return found


@dataclass(frozen=True)
class Spelling:
    """How a file spells options of a type: what reads them, and an example."""

    read: Callable[[Table, Field[Any]], Any]
    example: str


# By the type that a field is declared with; `OPTION_TYPES` of `layers.layer`, which says what the values must be, has the same.
SPELLINGS: dict[str, Spelling] = {
    "int": Spelling(_whole, "3"),
    "float": Spelling(_number, "0.5"),
    "Range": Spelling(_range, "[0, 1]"),
    "bool": Spelling(_flag, "true"),
    "bool | None": Spelling(_flag, "true"),
    "bool | str": Spelling(_flag_or_text, "true"),
    "str | None": Spelling(_name, '"hidden"'),
    "tuple[str, ...]": Spelling(_texts, '["y[j] = Sum(W[j,i]*x[i], i)"]'),
    "Option": Spelling(_extents, "3"),
    "Option | None": Spelling(_extents, "3"),
    "Mapping[str, str]": Spelling(_names, '{ W = "W1" }'),
    "Mapping[str, int]": Spelling(_sizes, "{ j = 3 }"),
    "Mapping[str, float]": Spelling(_numbers, "{ c = 0.5 }"),
    "str | ScalarFunction": Spelling(_activation, '"tanh"'),
    "str | ScalarFunction | None": Spelling(_activation, '"tanh"'),
}


def _spelling(field: Field[Any]) -> Spelling:
    if str(field.type) not in SPELLINGS:
        raise InternalError(f"no file spells options of type '{field.type}', as '{field.name}' is")
    return SPELLINGS[str(field.type)]
