"""symprop turns a neural network into its gradient formulas, and these into documents and compiled functions.

The public names are here; each is imported when it is first used, so that ``import symprop`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from symprop.layers import HOMES as _LAYERS

if TYPE_CHECKING:
    from symprop.errors import BudgetError, InternalError, SympropError, UnsupportedError, UserError
    from symprop.face import Derivation, Equations, Network, load
    from symprop.layers.attention import Attention, MultiHeadAttention
    from symprop.layers.convolution import Conv1d, Conv2d
    from symprop.layers.dense import Dense
    from symprop.layers.embedding import Embedding
    from symprop.layers.normalisation import BatchNorm, GroupNorm, LayerNorm, RMSNorm
    from symprop.layers.own import IndexLayer
    from symprop.layers.pooling import AvgPool, GlobalAvgPool, MaxPool
    from symprop.layers.recurrent import GRU, LSTM, RNN
    from symprop.layers.shaping import Activation, Add, Concatenate, Dropout, Flatten, Multiply
    from symprop.layers.softmax import LogSoftmax, Softmax
    from symprop.rules.custom import activation_from_text, loss_from_text
    from symprop.rules.update_rule import UpdateRule
    from symprop.training.sample import draw_sample

__version__ = "0.1.0"

_HOMES = {
    "Network": "face",
    "Equations": "face",
    "Derivation": "face",
    "load": "face",
    "activation_from_text": "rules.custom",
    "loss_from_text": "rules.custom",
    "UpdateRule": "rules.update_rule",
    "draw_sample": "training.sample",
    "SympropError": "errors",
    "UserError": "errors",
    "BudgetError": "errors",
    "UnsupportedError": "errors",
    "InternalError": "errors",
    **{name: f"layers.{module}" for name, module in _LAYERS.items()},
}

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "Add",
    "Attention",
    "AvgPool",
    "BatchNorm",
    "BudgetError",
    "Concatenate",
    "Conv1d",
    "Conv2d",
    "Dense",
    "Derivation",
    "Dropout",
    "Embedding",
    "Equations",
    "Flatten",
    "GlobalAvgPool",
    "GroupNorm",
    "IndexLayer",
    "InternalError",
    "LayerNorm",
    "LogSoftmax",
    "MaxPool",
    "MultiHeadAttention",
    "Multiply",
    "Network",
    "RMSNorm",
    "Softmax",
    "SympropError",
    "UnsupportedError",
    "UpdateRule",
    "UserError",
    "activation_from_text",
    "draw_sample",
    "load",
    "loss_from_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symprop' has no attribute {name!r}")
    return getattr(import_module(f"symprop.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
