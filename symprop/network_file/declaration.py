"""What a network file would say of a network or of equations, however they were made; as TOML it is written in `write`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from symprop.equations import EquationsSpec
from symprop.errors import UnsupportedError
from symprop.layers import HOMES, file_name
from symprop.layers.layer import Layer
from symprop.network import NetworkSpec, Training
from symprop.network_file.training import written_update
from symprop.network_file.write import Content
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.losses import LOSSES, Loss
from symprop.rules.optimizers import OPTIMIZERS
from symprop.rules.schedules import SCHEDULES
from symprop.scalar.function import ScalarFunction

_READ = "Give it by its name, or as text: activation_from_text, loss_from_text."
_DEFAULT = Training()


def declaration(spec: NetworkSpec | EquationsSpec) -> Content:
    """The content of a network file from which the same comes.

    Raises UnsupportedError for what no file can say: a function, a layer or an optimizer that is declared in Python.

    >>> from symprop.network_file.load import load
    >>> declaration(load("2-1", activation="tanh"))["layers"]
    [{'type': 'dense', 'units': 1, 'activation': 'tanh'}]
    """
    head = _network(spec) if isinstance(spec, NetworkSpec) else _equations(spec)
    values = {"values": _plain(spec.values)} if spec.values else {}
    training = _training(spec.training)
    tables = {"layers": head.pop("layers")} if "layers" in head else {}
    return {"name": spec.name, **head, **values, **({"training": training} if training else {}), **tables}


def _network(spec: NetworkSpec) -> dict[str, Any]:
    batch = {} if spec.batch is None else {"batch": spec.batch}
    return {
        "inputs": _plain(spec.inputs),
        **batch,
        "loss": _loss(spec.loss_rule),
        "layers": list(map(layer_declaration, spec.layers)),
    }


def _equations(spec: EquationsSpec) -> dict[str, Any]:
    parameters = {} if spec.parameters is None else {"parameters": list(spec.parameters)}
    return {"equations": list(spec.equations), "loss": spec.loss, **parameters}


def layer_declaration(layer: Layer) -> dict[str, Any]:
    """The content of a table ``[[layers]]`` from which the layer comes; raises as `declaration` does."""
    kind = type(layer).__name__
    if kind not in HOMES or not type(layer).__module__.startswith("symprop.layers."):
        raise UnsupportedError(f"no network file can say what the layer {kind} is", remedy="Make it an IndexLayer.")
    given = {field.name: getattr(layer, field.name) for field in fields(layer) if not _is_default(field, layer)}
    return {"type": file_name(kind), **{name: _option(value) for name, value in given.items()}}


def _is_default(field: Field[Any], layer: Layer) -> bool:
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return getattr(layer, field.name) is default or bool(getattr(layer, field.name) == default)


def _option(value: Any) -> Any:
    return _function(value) if isinstance(value, ScalarFunction) else _plain(value)


def _function(function: ScalarFunction) -> Any:
    if ACTIVATIONS.get(function.name) is function:
        return function.name
    if not function.text:
        raise UnsupportedError(f"no network file can say what the activation '{function.name}' is", remedy=_READ)
    return {"name": function.name, "expression": function.text, "codomain": list(map(float, function.codomain))}


def _loss(loss: Loss | JointLoss) -> Any:
    known = {**LOSSES, **JOINT_LOSSES}.get(loss.name)
    if known is loss:
        return loss.name
    if isinstance(loss, JointLoss) and "smoothing" in loss.numbers and loss.name in JOINT_LOSSES:
        return {"name": loss.name, "label_smoothing": float(loss.numbers["smoothing"])}
    if not isinstance(loss, Loss) or not loss.text:
        raise UnsupportedError(f"no network file can say what the loss '{loss.name}' is", remedy=_READ)
    return {"name": loss.name, "expression": loss.text, "reduction": loss.reduction}


def _training(training: Training) -> dict[str, Any]:
    """The settings that are not those of a network which says nothing."""
    rule = training.update
    for known, found in ((OPTIMIZERS, rule.rule), (SCHEDULES, rule.plan)):
        if known.get(found.name) is not found:
            raise UnsupportedError(f"no network file can say what '{found.name}' is", remedy="Give it by its name.")
    names = [field.name for field in fields(training) if field.name != "update"]
    given = {name: getattr(training, name) for name in names}
    said = {
        name: _plain(value) for name, value in given.items() if value is not None and value != getattr(_DEFAULT, name)
    }
    if rule == _DEFAULT.update:
        return said
    return {**said, "learning_rate": training.learning_rate, **written_update(rule)}  # each optimizer has a usual rate


def _plain(value: Any) -> Any:
    """Numbers and lists as TOML has them, without arrays."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return int(value) if isinstance(value, int) else float(value)
