"""Finds out what a user names by a network: an example, a file, or a shorthand; what files say is read in `schema`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from symprop import examples
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.names import is_title, shorten
from symprop.layers.dense import Dense
from symprop.layers.elaborate import LARGEST_LAYER
from symprop.network import NetworkSpec
from symprop.network_file.schema import MOST_LAYERS, spec_from_file
from symprop.network_file.source import read
from symprop.rules.losses import Loss
from symprop.scalar.function import ScalarFunction

# Digits of any script and stray signs too, so that a mistyped shorthand is told what is wrong with it.
_LIKE_SHORTHAND = re.compile(r"(?=.*\d)[\d.+\s]*[-–x,][-–x,.+\d\s]*|\d+")
_OTHER_FILES = {
    ".csv": "Name a network, and give the data with --data.",
    ".json": "Give a network file, with the saved parameters under [values]; train --save x.toml writes a whole one.",
}
_OTHER_FILES[".npz"] = _OTHER_FILES[".json"]
_EXAMPLE = "Write sizes from the inputs to the outputs, such as 2-3-1."


def load(
    network: str | Path,
    *,
    activation: str | ScalarFunction | None = None,
    loss: str | Loss | None = None,
    bias: bool | str | None = None,
) -> NetworkSpec | EquationsSpec:
    """The network that a built-in example's name, the path of a TOML file, or a shorthand such as ``2-3-1`` stands for.

    The options are for shorthands alone, whose every layer has the same activation (sigmoid unless another is given)
    and bias ("unit"); the loss is half_squared_error unless another is given. Raises UserError, with the file and line,
    for anything that is wrong with the file.

    >>> load("2-3-1", activation="tanh").layers[0]
    Dense(units=3, activation='tanh')
    """
    if not isinstance(network, str | Path):
        raise UserError("a network is named by text or a path", got=type(network).__name__)
    if _is_shorthand(network):
        return _shorthand(str(network), activation, loss, bias)
    for name, option in (("activation", activation), ("loss", loss), ("bias", bias)):
        if option is not None:
            what = f"the {name} of {shorten(repr(str(network)))} stands in its file"
            raise UserError(what, remedy="Give it for a shorthand such as 2-3-1 alone, or change a copy of the file.")
    return spec_from_file(_path(network))


def declared(network: str | Path, spec: NetworkSpec | EquationsSpec) -> dict[str, Any]:
    """What a network file says, or would say, about the network that `load` made of the name.

    >>> declared("2-3", load("2-3", activation="tanh"))["layers"]
    [{'units': 3, 'activation': 'tanh', 'bias': 'unit'}]
    """
    if not (isinstance(spec, NetworkSpec) and _is_shorthand(network)):
        return {"name": spec.name, **read(_path(network)).data}
    dense = [layer for layer in spec.layers if isinstance(layer, Dense)]
    layers = [{"units": d.units, "activation": d.function and d.function.name, "bias": d.bias} for d in dense]
    return {"name": spec.name, "inputs": spec.inputs, "loss": spec.loss_rule.name, "layers": layers}


def _is_shorthand(network: str | Path) -> bool:
    return isinstance(network, str) and network not in examples.names() and bool(_LIKE_SHORTHAND.fullmatch(network))


def _path(network: str | Path) -> Path:
    if isinstance(network, str) and network in examples.names():
        return examples.path(network)
    path = Path(network)
    try:
        exists = str(network) != "" and path.exists()
    except (OSError, ValueError):  # a name that no file can have
        exists = False
    if not exists:
        shown = shorten(str(network)) if str(network).isprintable() and str(network) else shorten(repr(str(network)))
        what = "no such file" if path.suffix == ".toml" else "no such file, and no such example"
        raise UserError(what, where=shown, remedy=nearest(path.stem, examples.names()))
    if path.suffix.lower() in _OTHER_FILES and path.is_file():
        raise UserError("this is no network file", where=str(path), remedy=_OTHER_FILES[path.suffix.lower()])
    return path


def _shorthand(
    text: str, activation: str | ScalarFunction | None, loss: str | Loss | None, bias: bool | str | None
) -> NetworkSpec:
    inputs, *units = _sizes(text)
    function = "sigmoid" if activation is None else activation
    layers = [Dense(size, function, Dense.bias if bias is None else bias) for size in units]
    return NetworkSpec(inputs, layers, NetworkSpec.loss if loss is None else loss, name=_name(text, len(units)))


def _name(text: str, layers: int) -> str:
    """What the network of a shorthand is called: as it was typed, unless that is too long for a name."""
    return text if is_title(text) else f"network of {layers:,} layers"


def _sizes(text: str) -> list[int]:
    """The sizes that a shorthand joins by dashes, the inputs first."""
    where = f"shorthand {shorten(repr(text))}"
    parts = text.split("-")
    for part in parts:
        if not part:
            raise UserError("a size is missing beside a dash", where=where, remedy=_EXAMPLE)
        if not re.fullmatch("[0-9]+", part):
            raise UserError(f"{shorten(repr(part))} is no size", where=where, expected="whole numbers", remedy=_EXAMPLE)
        if len(part.lstrip("0")) > len(str(LARGEST_LAYER)):
            most = f"at most {LARGEST_LAYER:,} units"
            raise BudgetError("a layer is too large", where=where, expected=most, got=shorten(part, 20))
        if not part.strip("0"):
            raise UserError("a layer needs at least one unit", where=where, expected="sizes from 1", got=part)
    if len(parts) < 2:
        raise UserError("a network needs inputs and at least one layer", where=where, remedy=_EXAMPLE)
    if len(parts) > MOST_LAYERS + 1:
        most = f"at most {MOST_LAYERS:,}"
        raise BudgetError("too many layers", where=where, expected=most, got=f"{len(parts) - 1:,}")
    return [int(part) for part in parts]
