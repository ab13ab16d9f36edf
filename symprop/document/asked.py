"""The chapters on what was asked for and is no parameter, an input or a target, say, element by element."""

from __future__ import annotations

from collections.abc import Iterator

from symprop.document.blocks import Block, Equations, Heading, Paragraph
from symprop.document.subject import LONG, Subject
from symprop.document.weights import explained, gradients, introduced, short_gradients
from symprop.ir.tensor import Tensor
from symprop.notation.formula import Symbol
from symprop.prose.text import Math
from symprop.views.tree import size


def asked_for(subject: Subject) -> Iterator[Block]:
    """For each element that was asked for: every step. For each tensor: its first element so, then all of them."""
    met: set[str] = set()
    for tensor in subject.others:
        if tensor.name in subject.asked:
            for element in subject.identifiers([tensor]):
                yield Heading(2, subject.say("asked.heading", quantity=Math(Symbol(element))))
                yield from explained(subject, element, met)
            continue
        yield Heading(2, subject.say("asked.heading", quantity=Math(Symbol(tensor.name))))
        yield from _elements(subject, tensor, met)


def _elements(subject: Subject, tensor: Tensor, met: set[str]) -> Iterator[Block]:
    identifiers = subject.identifiers([tensor])
    yield from explained(subject, identifiers[0], met)
    shown = gradients(subject, identifiers)
    if any(size(chain.sides[-1]) > LONG for chain in shown):
        shown = short_gradients(subject, identifiers)
    if len(shown) == 1 and identifiers[0] != subject.loss:
        return
    yield from introduced(subject, shown, f"adjoints-{tensor.name}")
    if len(shown) > 1:
        yield Paragraph(subject.say("asked.every_element"))
    yield Equations(f"gradients-{tensor.name}", shown)
