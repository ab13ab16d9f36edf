"""What the keys of a network file mean, for layers and for equations; types and places are `source`'s affair."""

from __future__ import annotations

import re
from dataclasses import replace
from math import prod
from pathlib import Path

from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.names import validate_name
from symprop.ir.tensor import Role
from symprop.layers.elaborate import LARGEST_LAYER
from symprop.layers.layer import Layer, Shape
from symprop.network import NetworkSpec
from symprop.network_file.layers import known_rule, own_rule, read_layer
from symprop.network_file.source import Table, read
from symprop.network_file.training import read_training
from symprop.notation.packs import check_names
from symprop.rules.custom import REDUCTIONS, loss_from_text
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction
from symprop.values import check_values

MOST_LAYERS = 1000
LONGEST_NAME, LONGEST_DESCRIPTION = 80, 500

_COMMON = ("name", "description", "loss", "values", "training")
_NETWORK = (*_COMMON, "inputs", "layers", "batch")
_EQUATIONS = (*_COMMON, "equations", "parameters")
_COUNTED = re.compile(r"(?:layer|equation|parameter) (\d+)")
_NAMED = re.compile(r"equation '(\w+)'")


def spec_from_file(path: Path) -> NetworkSpec | EquationsSpec:
    """The network or the equations that a TOML file declares; UserError, with file and line, for whatever is wrong."""
    top = read(path)
    stem = path.stem[:LONGEST_NAME]
    default = stem if stem.isprintable() and stem[:1].isalnum() else "network"
    name = top.title_text("name", default, LONGEST_NAME)
    top.title_text("description", name, LONGEST_DESCRIPTION)
    return _equations(top, name) if "equations" in top else _network(top, name)


def _network(top: Table, name: str) -> NetworkSpec:
    top.only(_NETWORK)
    if "inputs" not in top:
        top.refuse_strayed("inputs", belongs=_names_layers)
    top.required("inputs", "2")
    inputs, layers, loss = _inputs(top), _layers(top), _loss(top)
    batch = top.whole("batch", 1, LARGEST_LAYER, 1) if "batch" in top else None
    values = dict(top.table("values").data)
    try:
        spec = NetworkSpec(inputs, layers, loss, name, values, batch=batch)
        program = spec.elaborate()
        check_names(program)
    except BudgetError as error:
        raise error.at(top.source.file) from None
    except UserError as error:
        raise error.at(_place_of_layer(error, top)) from None
    check_values(program, values, lambda key: top.place("values", key))
    examples = batch or 1
    widths = [sum(prod(t.extents) for t in program.with_role(role)) // examples for role in (Role.INPUT, Role.TARGET)]
    return replace(spec, training=read_training(top.table("training"), *widths))


def _names_layers(value: object) -> bool:
    """Whether the value of a layer's own `inputs`: the names of what it reads."""
    return isinstance(value, str) or (isinstance(value, list) and any(isinstance(item, str) for item in value))


def _place_of_layer(error: UserError, top: Table) -> str:
    """Where the layer stands that an error counts, or the key or equation of it that the error can be about, and which it is.

    Of what no layer is counted for, where the loss stands or the inputs do.
    """
    counted = _COUNTED.match(error.where or "")
    if counted is None:
        return top.place("loss" if "loss" in error.what else "inputs")
    number = int(counted[1]) - 1
    table = top.tables("layers")[number]
    named, equation, text = (error.where or "").partition(", equation ")
    texts = table.data.get("equations")
    if equation and isinstance(texts, list):
        lines = [" ".join(line.split()) for line in texts]
        return f"{table.place('equations', lines.index(text[1:-1]))}: {named}"
    suspects = [key for key in ("weights", "share", "inputs") if key in table]
    return f"{table.place(*suspects[:1])}: {named}"


def _inputs(top: Table) -> int | Shape | dict[str, int | Shape]:
    """A number of inputs, a shape, or a table of shapes by name."""
    if not isinstance(top.data["inputs"], dict):
        return _shape(top, "inputs")
    named = top.table("inputs")
    for key in named.data:
        with named.at(key):
            validate_name(key)
    return {key: _shape(named, key) for key in named.data}


def _shape(table: Table, key: str) -> int | Shape:
    value = table.data[key]
    if not isinstance(value, list):
        return table.whole(key, 1, LARGEST_LAYER, 1)
    for size in value:
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST_LAYER:
            raise table.wrong(key, "a whole number from 1, or a list of them")
    return tuple(value)


def _layers(top: Table) -> list[Layer]:
    tables = top.tables("layers")
    if not tables:
        raise UserError("a network needs at least one layer", where=top.source.file, remedy="Add a table [[layers]].")
    if len(tables) > MOST_LAYERS:
        got = f"{len(tables):,}"
        raise BudgetError("too many layers", where=top.source.file, expected=f"at most {MOST_LAYERS:,}", got=got)
    layers = [read_layer(table, _NETWORK) for table in tables]
    known: dict[str, ScalarFunction] = {}
    for layer, table in zip(layers, tables, strict=True):
        earlier = layer.function and known.setdefault(layer.function.name, layer.function)
        if earlier is not None and earlier is not layer.function:
            what = f"the activation '{earlier.name}' has two declarations"
            raise UserError(what, where=table.place("activation"), remedy="Give one of them another name.")
    return layers


def _loss(top: Table) -> str | Loss | JointLoss:
    """A loss by its name, one with label smoothing, or a user's own."""
    if not isinstance(top.data.get("loss"), dict):
        return known_rule(top, "loss", str(NetworkSpec.loss), {**LOSSES, **JOINT_LOSSES})
    own = top.table("loss")
    if "label_smoothing" in own:
        own.only(("name", "label_smoothing"))
        own.required("name", '"categorical_cross_entropy"')
        with own.at("label_smoothing"):
            return JOINT_LOSSES[known_rule(own, "name", "", JOINT_LOSSES)].smoothed(own.data["label_smoothing"])
    own.only(("name", "expression", "reduction"))
    reduction = own.text("reduction", REDUCTIONS[0])
    if reduction not in REDUCTIONS:
        raise own.wrong("reduction", " or ".join(f'"{known}"' for known in REDUCTIONS))
    name, expression = own_rule(own)
    with own.at("expression"):
        return loss_from_text(name, expression, reduction)


def _equations(top: Table, name: str) -> EquationsSpec:
    top.only(_EQUATIONS)
    if "loss" not in top:
        top.refuse_strayed("loss")
    top.required("loss", '"E"')
    equations, loss, parameters = top.texts("equations"), top.text("loss"), top.texts("parameters")
    if not equations:
        raise top.wrong("equations", 'lines such as "E = (t - w*x)**2"')
    assert loss is not None
    try:
        spec = EquationsSpec(equations, loss, name=name)
    except UserError as error:
        raise error.at(_place_of(error, top, equations, loss)) from None
    spec = _with_parameters(spec, top, parameters)
    program = spec.elaborate()
    training = read_training(top.table("training"), len(list(program.with_role(Role.INPUT))), 0)
    values = dict(top.table("values").data)
    for key in values:
        with top.at("values", key):
            spec.check_not_cancelled(key)
    check_values(program, values, lambda key: top.place("values", key))
    return replace(spec, values=values, training=training)


def _place_of(error: UserError, top: Table, equations: list[str], loss: str) -> str:
    """Where the equation stands that an error counts or names, else where the loss does if that is what is wrong."""
    counted, named = _COUNTED.match(error.where or ""), _NAMED.match(error.where or "")
    defined = [text.partition("=")[0].strip() for text in equations]
    if counted:
        return top.place("equations", int(counted[1]) - 1)
    if named and named[1] in defined:
        return top.place("equations", len(defined) - 1 - defined[::-1].index(named[1]))
    return top.place("equations" if loss in defined else "loss")


def _with_parameters(spec: EquationsSpec, top: Table, parameters: list[str] | None) -> EquationsSpec:
    try:
        return replace(spec, parameters=parameters)
    except UserError as error:
        counted = _COUNTED.match(error.where or "")
        assert counted is not None
        raise error.at(top.place("parameters", int(counted[1]) - 1)) from None
