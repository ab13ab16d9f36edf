"""The first chapter on a network of any layers: its layers, what is free, and how the formulas are to be read."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from symprop.document.blocks import Block, Heading, Paragraph, Table
from symprop.document.meanings import declared
from symprop.document.setting import bias_of_all_units, elements, fixed, headed, loss_function, shape
from symprop.document.subject import Subject
from symprop.ir.tensor import Role, Tensor
from symprop.layers import file_name
from symprop.layers.graph import Node
from symprop.notation.formula import Ones, Symbol
from symprop.prose import Prose
from symprop.prose.text import Math, Text

_MEANINGS = {
    Role.INPUT: "meaning.input",
    Role.INDEX: "meaning.integers",
    Role.TARGET: "meaning.target",
    Role.CONSTANT: "meaning.constant",
    Role.STATE: "meaning.state",
}


def network(subject: Subject) -> Iterator[Block]:
    """The layers, what is free, and the conventions."""
    trained = (tensor for tensor in subject.forward.free if tensor.role is Role.PARAMETER and tensor.trainable)
    count = sum(prod(tensor.extents) for tensor in trained)
    yield Heading(2, subject.say("network.heading"))
    yield Paragraph(subject.prose.counted("network.size", subject.layers, numbers=f"{count:,}"))
    yield from subject.drawn
    yield from loss_function(subject)
    if subject.network is not None:
        rows = tuple(_layer(subject, node) for node in subject.network.nodes)
        header = headed(subject, "table.layer", "table.kind", "table.reads", "table.gives", "table.shape")
        yield Table(header, rows, (False,) * 5)
    yield Paragraph(subject.say("network.free"))
    meanings = declared(subject)
    rows = tuple(_free(subject, tensor, meanings.get(tensor.name, ())) for tensor in subject.forward.free)
    header = headed(subject, "table.symbol", "table.elements", "table.meaning", "table.shape")
    yield Table(header, rows, (False,) * 4)
    yield Paragraph(_conventions(subject))


def _layer(subject: Subject, node: Node) -> tuple[Text, ...]:
    sources = [Math(Symbol(s if isinstance(s, str) else subject.outputs[s].name)) for s in node.sources]
    output = subject.outputs[node.number]
    number, read, given = (str(node.number),), subject.prose.listed(sources), (Math(Symbol(output.name)),)
    return number, kind(subject.prose, node), read, given, shape(subject, output)


def _free(subject: Subject, tensor: Tensor, words: Text) -> tuple[Text, ...]:
    meaning = _meaning(subject, tensor, words)
    return (Math(Symbol(tensor.name)),), elements(subject, tensor), meaning, shape(subject, tensor)


def kind(prose: Prose, node: Node) -> Text:
    """What a layer is, in words: its kind, its activation, and its name."""
    function = node.layer.function
    words: Text = (prose.name(file_name(type(node.layer).__name__)),)
    if function is not None and function.name != "identity":
        words = prose.say("network.kind_with_function", kind=words, function=prose.name(function.name))
    return words if node.layer.name is None else prose.say("network.kind_with_name", kind=words, name=node.layer.name)


def same_loss_note(subject: Subject) -> Iterator[Block]:
    """Says so where the loss is computed from what the last function is applied to, and not from the outputs."""
    forward = subject.forward
    own = [equation for equation in forward.equations if equation.origin.rule == "loss"]
    read = {access.tensor.name for equation in own for access in equation.value.accesses}
    if forward.output is None or forward.output in read:
        return
    sources = [Math(Symbol(e.name)) for e in forward.equations if e.origin.layer is not None and e.name in read]
    output = Math(Symbol(forward.output))
    yield Paragraph(subject.say("network.same_loss", output=output, sources=subject.prose.listed(sources)))


def _meaning(subject: Subject, tensor: Tensor, words: Text) -> Text:
    """What a free quantity is; of a parameter, which layers read it as well."""
    if tensor.role is not Role.PARAMETER:
        role = subject.say(_MEANINGS[tensor.role])
        return subject.say("meaning.with_role", meaning=words, role=role) if words else role
    layers = subject.layers_that_read(tensor)
    where, meaning = subject.prose.listed(layers), words or subject.say("meaning.parameter")
    if words == (subject.prose.word("biases"),) and not tensor.indices:
        found = bias_of_all_units(subject, tensor)
    elif len(layers) > 1:
        found = subject.say("meaning.that_layers_share", meaning=meaning, layers=where)
    else:
        found = subject.prose.counted("meaning.of_layers", 1, meaning=meaning, layers=where)
    return fixed(subject, tensor, found)


def _conventions(subject: Subject) -> Text:
    batch = subject.network is not None and subject.network.batch is not None
    conventions = subject.say("network.conventions", ones=Math(Ones(1)))
    examples = subject.say("network.batch" if batch else "network.one_example")
    return subject.prose.sentences_of(conventions, examples)
