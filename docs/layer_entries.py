"""The directive `layer`: what a layer computes and its gradients, as symprop derives them; a Sphinx extension of these pages.

The equations are those of the exported document of a network of that layer alone. Nothing is typed but which sizes it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from inspect import getdoc
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import symprop
from symprop import Network
from symprop.document.blocks import Block, Document, Heading
from symprop.layers import file_name
from symprop.network_file.write import toml
from symprop.renderers import render

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Shape = tuple[int, ...]

# Each layer with the shapes of its inputs; with a batch, where it takes statistics over one.
SAMPLES: dict[str, tuple[Any, tuple[Shape, ...], int | None]] = {
    "Activation": (symprop.Activation("tanh"), ((4, 3),), None),
    "Add": (symprop.Add(inputs=("x1", "x2")), ((4, 3), (4, 3)), None),
    "Attention": (symprop.Attention(inputs=("x1", "x2", "x3")), ((4, 2), (5, 2), (5, 3)), None),
    "AvgPool": (symprop.AvgPool(2), ((3, 8, 6),), None),
    "BatchNorm": (symprop.BatchNorm(), ((3, 8, 6),), 5),
    "Concatenate": (symprop.Concatenate(inputs=("x1", "x2")), ((4, 3), (4, 2)), None),
    "Conv1d": (symprop.Conv1d(4, 3, padding=1), ((2, 8),), None),
    "Conv2d": (symprop.Conv2d(4, 3, stride=2, activation="relu"), ((2, 9, 7),), None),
    "Dense": (symprop.Dense(4, "sigmoid"), ((5, 3),), None),
    "Dropout": (symprop.Dropout(0.25), ((4, 3),), None),
    "Embedding": (symprop.Embedding(10, 4), ((5,),), None),
    "Flatten": (symprop.Flatten(), ((2, 4, 3),), None),
    "GlobalAvgPool": (symprop.GlobalAvgPool(), ((3, 8, 6),), None),
    "GroupNorm": (symprop.GroupNorm(2), ((4, 6),), None),
    "GRU": (symprop.GRU(3), ((5, 2),), None),
    "IndexLayer": (symprop.IndexLayer(("y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]",), sizes={"j": 4}), ((5, 3),), None),
    "LayerNorm": (symprop.LayerNorm(), ((4, 6),), None),
    "LogSoftmax": (symprop.LogSoftmax(), ((4, 3),), None),
    "LSTM": (symprop.LSTM(3), ((5, 2),), None),
    "MaxPool": (symprop.MaxPool(2), ((3, 8, 6),), None),
    "MultiHeadAttention": (symprop.MultiHeadAttention(2), ((4, 6),), None),
    "Multiply": (symprop.Multiply(inputs=("x1", "x2")), ((4, 3), (4, 3)), None),
    "RMSNorm": (symprop.RMSNorm(), ((4, 6),), None),
    "RNN": (symprop.RNN(3), ((5, 2),), None),
    "Softmax": (symprop.Softmax(), ((4, 3),), None),
}


def entry(name: str) -> Iterator[str]:
    """The Markdown of one layer's entry."""
    layer, shapes, batch = SAMPLES[name]
    yield (getdoc(type(layer)) or "").partition("\n>>>")[0].strip()
    yield f"```toml\n{toml({'layers': [_table(layer)]})}```"
    yield f"```python\nsymprop.{layer!r}\n```"
    document = _document(layer, shapes, batch)
    listed = " and ".join(" × ".join(map(str, shape)) for shape in shapes)
    counted = "" if batch is None else f", for a batch of {batch}"
    yield f"On an input of {listed}{counted}, it computes"
    yield _printed(document, "Forward pass")
    yield "and, with half the squared error as the loss, backward:"
    yield _printed(document, "Backward pass")


def _table(layer: Any) -> dict[str, Any]:
    """The layer as a network file has it: its type, and what is not as it is by itself."""
    plain = type(layer)
    given = {f.name: getattr(layer, f.name) for f in fields(layer) if f"{f.name}=" in repr(layer)}
    return {"type": file_name(plain.__name__), **given}


def _document(layer: Any, shapes: tuple[Shape, ...], batch: int | None) -> Document:
    inputs = {f"x{k}": shape for k, shape in enumerate(shapes, start=1)} if len(shapes) > 1 else shapes[0]
    network = Network(inputs, [layer], batch=batch)
    forward = network.elaborate()
    by = [t.name for t in forward.trainable] + [t.name for t in forward.free if t.role == "input"]
    return network.derive(by).document()


def _printed(document: Document, chapter: str) -> str:
    """The equations of the layer in one chapter, in these pages' Markdown."""
    text = str(render(Document("", document.names, tuple(_section(document, chapter))), "markdown"))
    text = re.sub(r"\$`(.*?)`\$", r"$\1$", text.partition("\n")[2])
    return re.sub(r"<!-- .*? -->\n", "", text).strip()


def _section(document: Document, chapter: str) -> Iterator[Block]:
    current = subject = ""
    for block in document.blocks:
        if isinstance(block, Heading):
            text = "".join(part for part in block.text if isinstance(part, str))
            current, subject = (text, "") if block.level == 2 else (current, text)
        elif current == chapter and subject.startswith("Layer 1"):
            yield block


class LayerEntry(SphinxDirective):
    """One layer's entry, read by the parser of the page."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        lines = "\n\n".join(entry(self.arguments[0])).splitlines()
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source="symprop"), 0, box)
        return list(box.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("layer", LayerEntry)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
