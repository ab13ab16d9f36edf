"""The back ends: lowered lines become an Executable in one language each; imported only when used, by this one table.

The table has those that compute with arrays. Beside them stands `python`, which trains on a single example with floats.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from symprop.backends.executable import Executable
from symprop.errors import UnsupportedError, UserError, nearest
from symprop.lowering.scalars import Lines

BACKENDS = {
    "numpy": "symprop.backends.numpy:compile_lines",
}


def load_backend(name: str) -> Callable[[Lines], Executable]:
    """The function that compiles lines; UserError for an unknown name, UnsupportedError where a package is not installed."""
    if name not in BACKENDS:
        raise UserError(f"unknown back end '{name}'", remedy=nearest(str(name), BACKENDS))
    module, _, attribute = BACKENDS[name].partition(":")
    try:
        compiler: Callable[[Lines], Executable] = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = (error.name or name).partition(".")[0]
        remedy = f"Install it: python -m pip install {package}"
        raise UnsupportedError(f"the back end '{name}' needs the package '{package}'", remedy=remedy) from error
    return compiler
