"""What the keys of a network file mean, for layers and for equations; types and places are `source`'s affair."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from math import inf
from pathlib import Path

from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.names import shorten, validate_name
from symprop.ir.tensor import Role
from symprop.network import LARGEST_LAYER, NetworkSpec
from symprop.network_file.source import Table, read
from symprop.network_file.training import read_training
from symprop.notation.packs import check_names
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.custom import REDUCTIONS, activation_from_text, loss_from_text
from symprop.rules.layers import BIASES, Dense
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction
from symprop.values import check_values

MOST_LAYERS = 1000
LONGEST_NAME, LONGEST_DESCRIPTION = 80, 500

_COMMON = ("name", "description", "loss", "values", "training")
_NETWORK = (*_COMMON, "inputs", "layers")
_EQUATIONS = (*_COMMON, "equations", "parameters")
_COUNTED = re.compile(r"(?:layer|equation) (\d+)")
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
    top.required("inputs", "2")
    inputs = top.whole("inputs", 1, LARGEST_LAYER, 1)
    layers = _layers(top)
    loss = _loss(top)
    values = dict(top.table("values").data)
    training = read_training(top.table("training"), inputs, layers[-1].units)
    try:
        spec = NetworkSpec(inputs, layers, loss, name, values, training)
        program = spec.elaborate()
        check_names(program)
    except BudgetError as error:
        raise error.at(top.source.file) from None
    except UserError as error:
        counted = _COUNTED.match(error.where or "")
        raise error.at(top.place("layers", int(counted[1]) - 1, "weights") if counted else top.place("loss")) from None
    check_values(program, values, lambda key: top.place("values", key))
    return spec


def _layers(top: Table) -> list[Dense]:
    tables = top.tables("layers")
    if not tables:
        raise UserError("a network needs at least one layer", where=top.source.file, remedy="Add a table [[layers]].")
    if len(tables) > MOST_LAYERS:
        got = f"{len(tables):,}"
        raise BudgetError("too many layers", where=top.source.file, expected=f"at most {MOST_LAYERS:,}", got=got)
    layers = [_layer(table) for table in tables]
    known: dict[str, ScalarFunction] = {}
    for layer, table in zip(layers, tables, strict=True):
        earlier = known.setdefault(layer.function.name, layer.function)
        if earlier is not layer.function:
            what = f"the activation '{earlier.name}' has two declarations"
            raise UserError(what, where=table.place("activation"), remedy="Give one of them another name.")
    return layers


def _layer(table: Table) -> Dense:
    table.only(("units", "activation", "bias", "trainable", "bias_trainable", "weights"), of_file=_NETWORK)
    table.required("units", "3")
    units = table.whole("units", 1, LARGEST_LAYER, 1)
    weights, bias = table.text("weights"), table.data.get("bias", Dense.bias)
    if weights is not None:
        with table.at("weights"):
            validate_name(weights)
    if not (isinstance(bias, bool) or (isinstance(bias, str) and bias in BIASES)):
        raise table.wrong("bias", '"unit", "layer", true or false')
    trainable, bias_trainable = table.flag("trainable", Dense.trainable), table.flag("bias_trainable", None)
    return Dense(units, _activation(table), bias, bool(trainable), bias_trainable, weights)


def _activation(table: Table) -> str | ScalarFunction:
    if not isinstance(table.data.get("activation"), dict):
        return _known(table, "activation", str(Dense.activation), ACTIVATIONS)
    own = table.table("activation")
    own.only(("name", "expression", "codomain"))
    codomain = own.numbers("codomain") or (-inf, inf)
    if len(codomain) != 2 or not codomain[0] < codomain[1]:
        raise own.wrong("codomain", "its lower and its upper bound, such as [0, inf]", shorten(str(list(codomain))))
    name, expression = _declared(own)
    with own.at("expression"):
        return activation_from_text(name, expression, (codomain[0], codomain[1]))


def _loss(top: Table) -> str | Loss:
    if not isinstance(top.data.get("loss"), dict):
        return _known(top, "loss", str(NetworkSpec.loss), LOSSES)
    own = top.table("loss")
    own.only(("name", "expression", "reduction"))
    reduction = own.text("reduction", REDUCTIONS[0])
    if reduction not in REDUCTIONS:
        raise own.wrong("reduction", " or ".join(f'"{known}"' for known in REDUCTIONS))
    name, expression = _declared(own)
    with own.at("expression"):
        return loss_from_text(name, expression, reduction)


def _known(table: Table, key: str, default: str, known: Collection[str]) -> str:
    """A name out of a table of rules."""
    name = table.data.get(key, default)
    if not isinstance(name, str):
        raise table.wrong(key, 'a name in quotes, or { name = "…", expression = "…" }')
    if name not in known:
        raise UserError(f"unknown {key} {shorten(repr(name))}", where=table.place(key), remedy=nearest(name, known))
    return name


def _declared(own: Table) -> tuple[str, str]:
    """The name and the expression of a user's own rule."""
    own.required("name", '"mine"')
    own.required("expression", '"x/(1 + abs(x))"')
    name, expression = own.text("name"), own.text("expression")
    assert name is not None
    assert expression is not None
    with own.at("name"):
        validate_name(name)
    return name, expression


def _equations(top: Table, name: str) -> EquationsSpec:
    top.only(_EQUATIONS)
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
    free = [tensor.name for tensor in spec.elaborate().free]
    for position, parameter in enumerate(parameters or ()):
        if parameter not in free:
            what = f"no equation uses a free quantity {shorten(repr(parameter))}"
            raise UserError(what, where=top.place("parameters", position), remedy=nearest(parameter, free))
    return replace(spec, parameters=parameters)
