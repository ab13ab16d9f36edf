"""What the keys of a network file mean, for layers and for equations; types and places are `source`'s affair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import prod
from pathlib import Path

from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.names import LONGEST_NAME, is_title, validate_name
from symprop.ir.tensor import Role
from symprop.layers.elaborate import LARGEST_LAYER
from symprop.layers.layer import Layer, Shape
from symprop.network import NetworkSpec, Training
from symprop.network_file.layers import known_rule, own_rule, read_layer
from symprop.network_file.lines import Path as Position
from symprop.network_file.source import Table, read
from symprop.network_file.training import read_training
from symprop.notation.packs import check_names
from symprop.rules.custom import REDUCTIONS, loss_from_text
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction
from symprop.values import assign, check_targets, describe

MOST_LAYERS = 1000
LONGEST_DESCRIPTION = 500

_COMMON = ("name", "description", "loss", "values", "training")
_NETWORK = (*_COMMON, "inputs", "layers", "batch")
_EQUATIONS = (*_COMMON, "equations", "parameters")


def spec_from_file(path: Path) -> NetworkSpec | EquationsSpec:
    """The network or the equations that a TOML file declares; UserError, with file and line, for whatever is wrong."""
    top = read(path)
    stem = path.stem[:LONGEST_NAME]
    default = stem if is_title(stem) else "network"
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
    with _placed(top):
        spec = NetworkSpec(inputs, layers, loss, name, batch=batch)
        program = spec.elaborate()
        check_names(program)
    examples = batch or 1
    widths = [sum(prod(t.extents) for t in program.with_role(role)) // examples for role in (Role.INPUT, Role.TARGET)]
    table = top.table("training")
    training = read_training(table, *widths)
    _check_rows(spec, training, table)
    with _placed(top):
        return replace(spec, values=dict(top.table("values").data), training=training)


def _check_rows(spec: NetworkSpec, training: Training, table: Table) -> None:
    """UserError, with its row, for a target of the training data that the loss does not take."""
    if training.t is None:
        return
    program = spec.elaborate(training=False)
    (tensor,) = program.with_role(Role.TARGET)
    if len(tensor.extents) > 1 or spec.evaluation_batch is not None:
        return  # rows that are more than the numbers of a vector are checked when training begins
    for number, row in enumerate(training.t):
        try:
            check_targets(program, assign(program, {tensor.name: row}), spec.target_range)
        except UserError as error:
            raise error.at(table.place("t", number)) from None


@contextmanager
def _placed(top: Table) -> Iterator[None]:
    """Gives the errors of what is done within the line of what they are about."""
    try:
        yield
    except UserError as error:
        raise (error if "file" in error.kinds else error.at(top.place(*_position(error, top)))) from None


def _position(error: UserError, top: Table) -> Position:
    """Where in the file that stands which an error is about, as far as it says; () for the file as a whole."""
    layer, key = error.which("layer"), error.which("option")
    if layer is not None:
        table = top.tables("layers")[int(layer) - 1]
        inner = _equation(error, table) or (() if key is None or key not in table.data else (key,))
        return ("layers", int(layer) - 1, *inner)
    for kind, outer in (("value", "values"), ("input", "inputs")):
        if (which := error.which(kind)) is not None:
            return (outer, which)
    if (parameter := error.which("parameter")) is not None:
        return ("parameters", int(parameter) - 1)
    return _equation(error, top) or (() if key is None else (key,))


def _equation(error: UserError, table: Table) -> Position:
    """The equation of a table that an error counts, quotes or names; of several with one name the last, which is one too many."""
    which, texts = error.which("equation"), table.data.get("equations")
    if which is None or not isinstance(texts, list):
        return ()
    if isinstance(which, int):
        return ("equations", which - 1)
    meant = [n for n, text in enumerate(texts) if which in (" ".join(text.split()), text.partition("=")[0].strip())]
    return ("equations", meant[-1]) if meant else ()


def _names_layers(value: object) -> bool:
    """Whether the value of a layer's own `inputs`: the names of what it reads."""
    return isinstance(value, str) or (isinstance(value, list) and any(isinstance(item, str) for item in value))


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
        if isinstance(size, bool) or not isinstance(size, int):
            raise table.wrong(key, "a whole number from 1, or a list of them", got=f"{describe(size)} in a list")
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
    if "label_smoothing" in own or ("expression" not in own and own.data.get("name") in list(JOINT_LOSSES)):
        own.only(("name", "label_smoothing"))
        own.required("name", '"categorical_cross_entropy"')
        with own.at("label_smoothing"):
            return JOINT_LOSSES[known_rule(own, "name", "", JOINT_LOSSES)].smoothed(own.data.get("label_smoothing", 0))
    own.only(("name", "expression", "reduction"))
    reduction = own.text("reduction", REDUCTIONS[0])
    if reduction not in REDUCTIONS:
        raise own.wrong("reduction", " or ".join(f'"{known}"' for known in REDUCTIONS))
    name, expression = own_rule(own)
    with own.at("expression"):
        return loss_from_text(name, expression, reduction)


def _equations(top: Table, name: str) -> EquationsSpec:
    for key in ("inputs", "layers"):
        if key in top:
            what = f"a network has layers or equations, and here are 'equations' and '{key}'"
            raise UserError(what, where=top.place(key), remedy="Leave one of them out.")
    top.only(_EQUATIONS)
    if "loss" not in top:
        top.refuse_strayed("loss")
    top.required("loss", '"E"')
    equations, loss, parameters = top.texts("equations"), top.text("loss"), top.texts("parameters")
    if not equations:
        raise top.wrong("equations", 'lines such as "E = (t - w*x)**2"')
    assert loss is not None
    with _placed(top):
        spec = EquationsSpec(equations, loss, parameters, name)
    training = read_training(top.table("training"), len(list(spec.elaborate().with_role(Role.INPUT))), 0)
    with _placed(top):
        return replace(spec, values=dict(top.table("values").data), training=training)
