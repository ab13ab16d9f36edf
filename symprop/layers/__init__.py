"""Layers, as declarations of their forward equations; what a network makes of them is `network`'s.

`HOMES` is the table of them all: each class and the module that declares it, imported when it is used.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

HOMES = {
    "Activation": "shaping",
    "Add": "shaping",
    "Attention": "attention",
    "AvgPool": "pooling",
    "BatchNorm": "normalisation",
    "Concatenate": "shaping",
    "Conv1d": "convolution",
    "Conv2d": "convolution",
    "Dense": "dense",
    "Dropout": "shaping",
    "Embedding": "embedding",
    "Flatten": "shaping",
    "GlobalAvgPool": "pooling",
    "GroupNorm": "normalisation",
    "GRU": "recurrent",
    "IndexLayer": "own",
    "LayerNorm": "normalisation",
    "LogSoftmax": "softmax",
    "LSTM": "recurrent",
    "MaxPool": "pooling",
    "MultiHeadAttention": "attention",
    "Multiply": "shaping",
    "RMSNorm": "normalisation",
    "RNN": "recurrent",
    "Softmax": "softmax",
}


def layer_class(name: str) -> Any:
    """The class of a layer, by its name; KeyError for another name."""
    return getattr(import_module(f"symprop.layers.{HOMES[name]}"), name)


def file_name(name: str) -> str:
    """What a network file calls a layer's class.

    >>> file_name("Conv2d"), file_name("MultiHeadAttention"), file_name("RMSNorm"), file_name("GRU")
    ('conv2d', 'multi_head_attention', 'rms_norm', 'gru')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
