"""symprop turns a neural network into its gradient formulas, and these into documents and compiled functions.

The public names are here; each is imported when it is first used, so that ``import symprop`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symprop.errors import BudgetError, InternalError, SympropError, UnsupportedError, UserError
    from symprop.face import Derivation, Equations, Network, load
    from symprop.rules.custom import activation_from_text, loss_from_text
    from symprop.rules.layers import Dense

__version__ = "0.1.0"

_HOMES = {
    "Network": "face",
    "Equations": "face",
    "Derivation": "face",
    "load": "face",
    "Dense": "rules.layers",
    "activation_from_text": "rules.custom",
    "loss_from_text": "rules.custom",
    "SympropError": "errors",
    "UserError": "errors",
    "BudgetError": "errors",
    "UnsupportedError": "errors",
    "InternalError": "errors",
}

__all__ = [
    "BudgetError",
    "Dense",
    "Derivation",
    "Equations",
    "InternalError",
    "Network",
    "SympropError",
    "UnsupportedError",
    "UserError",
    "activation_from_text",
    "load",
    "loss_from_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symprop' has no attribute {name!r}")
    return getattr(import_module(f"symprop.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
