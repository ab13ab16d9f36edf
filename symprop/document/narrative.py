"""The story of a derivation, in the order in which a teacher tells it; each chapter has a module of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symprop.document.blocks import Block, Document, Paragraph
from symprop.document.hidden import hidden_weights
from symprop.document.layers import index_and_matrix
from symprop.document.numbers import first_update, update_rule
from symprop.document.setting import forward_pass, symbol_table
from symprop.document.subject import Subject
from symprop.document.weights import one_output_weight, output_weights, single_weights, weight_by_weight
from symprop.notation.names import Names
from symprop.views.budget import MOST_SCALARS


def narrate(subject: Subject) -> Document:
    """The document of one derivation."""
    return Document(f"Backpropagation by hand: {subject.title}", _names(subject), tuple(_chapters(subject)))


def _names(subject: Subject) -> Names:
    """The names, with the looks of what only the document speaks of: f', a parameter after its update, η."""
    functions = {f"{name}'": f"{{{look}}}'" for name, look in (_BUILT_IN | dict(subject.names.functions)).items()}
    return replace(subject.training_names, functions={**subject.names.functions, **functions})


# Functions that SymPy has itself and that activations are.
_BUILT_IN = {"tanh": r"\tanh", "sin": r"\sin"}


def _chapters(subject: Subject) -> Iterator[Block]:
    yield Paragraph(
        (
            "Backpropagation answers one question for every weight: if this weight grew a little, how much would the loss "
            "grow? The answer is the gradient. It is found with nothing but the chain rule, applied from the loss "
            "backward, so that each partial result is worked out once and used again.",
        )
    )
    yield from symbol_table(subject)
    yield from forward_pass(subject)
    if subject.layers and subject.small:
        yield from one_output_weight(subject)
        yield from output_weights(subject)
        yield from hidden_weights(subject)
    elif not subject.layers:
        yield from weight_by_weight(subject)
    if subject.layers:
        yield from index_and_matrix(subject)
    if subject.layers and not subject.small:
        yield from single_weights(subject)
    yield from update_rule(subject)
    yield from _numbers_left_out() if subject.numbers_left_out else first_update(subject)


def _numbers_left_out() -> Iterator[Block]:
    yield Paragraph(
        (
            f"Values are given, but this network has more than {MOST_SCALARS:,} scalar equations, so the numbers of the first "
            "update are left out.",
        )
    )
