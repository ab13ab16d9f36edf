"""The story of a derivation, in the order in which a teacher tells it; each chapter has a module of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from symprop.document.asked import asked_for
from symprop.document.blocks import Block, Document, Paragraph
from symprop.document.certificate import certificate
from symprop.document.hidden import hidden_weights
from symprop.document.layers import index_and_matrix
from symprop.document.layerwise import Layerwise
from symprop.document.network import network
from symprop.document.numbers import first_update, update_rule
from symprop.document.setting import forward_pass, loss_looks, nothing_asked, symbol_table
from symprop.document.single import DOTS, single_elements
from symprop.document.subject import Subject
from symprop.document.weights import one_output_weight, output_weights, single_weights, weight_by_weight
from symprop.notation.names import Names
from symprop.prose.text import as_words
from symprop.views.budget import MOST_SCALARS


def narrate(subject: Subject) -> Document:
    """The document of one derivation."""
    layers = Layerwise(subject)
    blocks = tuple(_chapters(subject, layers))
    title = as_words(subject.say("story.title", network=subject.title))
    return Document(title, _names(subject, layers.folder.looks), blocks, subject.language)


def _names(subject: Subject, looks: Mapping[str, str]) -> Names:
    """The names, with the looks of what only the document speaks of: f', a parameter after its update, η, any step in time."""
    slopes = {f"{name}'": f"{{{look}}}'" for name, look in (_BUILT_IN | dict(subject.names.functions)).items()}
    names = subject.training_names
    functions = {**subject.names.functions, **slopes, **loss_looks(subject)}
    return replace(names, functions=functions, latex={**names.latex, **looks, DOTS: r"\cdots"})


# Functions that SymPy has itself and that activations are.
_BUILT_IN = {"tanh": r"\tanh", "sin": r"\sin"}


def _chapters(subject: Subject, layers: Layerwise) -> Iterator[Block]:
    yield Paragraph(subject.say("story.question"))
    if subject.layers and not subject.is_chain:
        yield from network(subject)
        yield from layers.forward()
        yield from layers.backward()
        yield from single_elements(subject)
    else:
        yield from symbol_table(subject)
        yield from forward_pass(subject)
        yield from _chain_of_layers(subject) if subject.layers else weight_by_weight(subject)
    yield from nothing_asked(subject)
    yield from update_rule(subject)
    if subject.numbers_left_out:
        yield Paragraph(subject.say("story.too_many_numbers", most=f"{MOST_SCALARS:,}"))
    else:
        yield from first_update(subject)
    yield from certificate(subject)


def _chain_of_layers(subject: Subject) -> Iterator[Block]:
    """Dense layers, each after the other: weight by weight where they are small, and as a whole."""
    if subject.small:
        yield from one_output_weight(subject)
        yield from output_weights(subject)
        yield from hidden_weights(subject)
        yield from asked_for(subject)
    yield from index_and_matrix(subject)
    if not subject.small:
        yield from single_weights(subject)
