"""The first chapter on a network of any layers: its layers, what is free, and how the formulas are to be read."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from symprop.document.blocks import Block, Heading, Math, Paragraph, Table, Text, in_words, listed
from symprop.document.meanings import declared
from symprop.document.setting import elements, loss_function
from symprop.document.subject import Subject
from symprop.ir.tensor import Role, Tensor
from symprop.layers import file_name
from symprop.layers.graph import Node
from symprop.notation.formula import Ones, Symbol

_MEANINGS = {
    Role.INPUT: "input",
    Role.INDEX: "input, integers from 0",
    Role.TARGET: "target: what the output should be",
    Role.CONSTANT: "given, not trained",
    Role.STATE: "kept from one update to the next",
}


def network(subject: Subject) -> Iterator[Block]:
    """The layers, what is free, and the conventions."""
    count = sum(prod(tensor.extents) for tensor in subject.parameters)
    layers = "1 layer" if subject.layers == 1 else f"{subject.layers} layers"
    yield Heading(2, ("The network",))
    yield Paragraph((f"A network of {layers} with {count:,} trained numbers.",))
    yield from loss_function(subject)
    if subject.network is not None:
        rows = tuple(_layer(subject, node) for node in subject.network.nodes)
        yield Table((("Layer",), ("Kind",), ("Reads",), ("Gives",), ("Shape",)), rows, (False,) * 5)
    yield Paragraph(("What no layer computes:",))
    meanings = declared(subject)
    rows = tuple(_free(subject, tensor, meanings.get(tensor.name)) for tensor in subject.forward.free)
    yield Table((("Symbol",), ("Its elements",), ("Meaning",), ("Shape",)), rows, (False,) * 4)
    yield Paragraph(_conventions(subject))


def _layer(subject: Subject, node: Node) -> tuple[Text, ...]:
    sources = [Math(Symbol(s if isinstance(s, str) else subject.outputs[s].name)) for s in node.sources]
    output = subject.outputs[node.number]
    return (str(node.number),), (kind(node),), listed(sources), (Math(Symbol(output.name)),), (_shape(output),)


def _free(subject: Subject, tensor: Tensor, words: str | None) -> tuple[Text, ...]:
    meaning = _meaning(subject, tensor, words)
    return (Math(Symbol(tensor.name)),), elements(subject, tensor), (meaning,), (_shape(tensor),)


def kind(node: Node) -> str:
    """What a layer is, in words: its kind, its activation, and its name."""
    words, function = file_name(type(node.layer).__name__).replace("_", " "), node.layer.function
    if function is not None and function.name != "identity":
        words += f", {function.name.replace('_', ' ')}"
    return words if node.layer.name is None else f"{words} ({node.layer.name})"


def same_loss_note(subject: Subject) -> Iterator[Block]:
    """Says so where the loss is computed from what the last function is applied to, and not from the outputs."""
    forward = subject.forward
    own = [equation for equation in forward.equations if equation.origin.rule == "loss"]
    read = {access.tensor.name for equation in own for access in equation.value.accesses}
    if forward.output is None or forward.output in read:
        return
    sources = [Math(Symbol(e.name)) for e in forward.equations if e.origin.layer is not None and e.name in read]
    output = Math(Symbol(forward.output))
    text: Text = ("The loss is a function of ", output, ", and is computed from ", *listed(sources))
    end = ", where it means the same and nothing overflows. So the backward pass does not go through "
    yield Paragraph((*text, end, output, "."))


def _meaning(subject: Subject, tensor: Tensor, words: str | None) -> str:
    if tensor.role is not Role.PARAMETER:
        return f"{words}, {_MEANINGS[tensor.role]}" if words else _MEANINGS[tensor.role]
    layers = subject.layers_that_read(tensor)
    where = in_words([str(number) for number in layers])
    kept = "" if tensor.trainable else ", fixed"
    if words == "biases" and not tensor.indices:
        units = "layer" if len(layers) == 1 else "layers"
        return f"bias that all units of {units} {where} share{kept}"
    if len(layers) > 1:
        return f"{words or 'parameter'} that layers {where} share{kept}"
    return f"{words or 'parameter'} of layer {where}{kept}"


def _shape(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.extents)) or "a number"


def _conventions(subject: Subject) -> Text:
    batch = subject.network is not None and subject.network.batch is not None
    return (
        "Indices count from 1, and a sum runs over all positions of its indices. What lies outside a tensor counts as 0 in a "
        "sum, and is left out of a maximum and of the logarithm of a sum of exponentials. Vectors are columns, and the rows of "
        "a matrix go with its first axis; rowsum and "
        "colsum, the sums of the rows and of the columns, are columns too. A gradient has the shape of what it is a gradient "
        "by. In a matrix form further axes stand as indices, in their places: a colon is a whole axis, as is each axis that "
        "no index stands for. Functions, absolute values, choices, roots, quotients, ⊙ and powers marked ⊙ go element by "
        "element; a number is added to each element. total adds up all elements, diag is the matrix with a column on its "
        "diagonal and 0 elsewhere, and ",
        Math(Ones(1)),
        " is a column of as many ones as fit. ",
        "The first axis of inputs and targets counts the examples of a batch."
        if batch
        else "The formulas are for one example; the loss of several is the mean of theirs, and so are the gradients.",
    )
