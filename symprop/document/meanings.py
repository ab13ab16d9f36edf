"""What the quantities of a network of any layers are, in words: as its layers and its loss declare them, and by their rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from symprop.document.blocks import Block, Paragraph
from symprop.document.setting import loss_meaning
from symprop.document.subject import Subject
from symprop.document.time import Folder
from symprop.ir.program import Equation
from symprop.layers.layer import numbered
from symprop.notation.formula import Symbol
from symprop.prose.text import Math, Text
from symprop.rules.joint_losses import MEANINGS, JointLoss

_PART = re.compile(r"_part[0-9]*\Z")


def declared(subject: Subject) -> dict[str, Text]:
    """What layers say of their quantities, by the names in the program."""
    nodes = () if subject.network is None else subject.network.nodes
    return {
        node.layer.shared.get(own) or numbered(own, node.number): (subject.prose.word(words),)
        for node in nodes
        for own, words in node.layer.meanings.items()
    }


def meaning_note(subject: Subject, equations: Iterable[Equation], folder: Folder) -> Iterator[Block]:
    """Says what the quantities that some equations define are, as far as it is not plain from what they are called."""
    known = declared(subject)
    meant: dict[Text, list[str]] = {}
    for equation in equations:
        meant.setdefault(_meaning(subject, known, equation), []).append(equation.name)
    meant.pop((), None)
    if not meant:
        return
    found = {meaning: [Math(Symbol(name)) for name in folder.once(names)] for meaning, names in meant.items()}
    count, prose = sum(map(len, found.values())), subject.prose
    meanings = [
        prose.say("meaning.of_quantities", quantities=prose.listed(names), meaning=meaning)
        for meaning, names in found.items()
    ]
    yield Paragraph(prose.counted("meaning.here", count, meanings=prose.clauses(meanings)))


def _meaning(subject: Subject, known: dict[str, Text], equation: Equation) -> Text:
    if _PART.search(equation.name):
        return subject.say("meaning.named_part")
    if equation.origin.rule == "penalty":
        return subject.say("meaning.penalty", layer=equation.origin.layer or 0)
    if equation.origin.rule == "loss" and isinstance(subject.loss_rule, JointLoss) and equation.name in MEANINGS:
        return loss_meaning(subject, equation)
    if equation.abbreviation:
        return subject.say("meaning.named_for_the_derivative")
    moment = equation.target.tensor.moment
    if moment is None:
        return known.get(equation.name, ())
    return known.get(moment.series, ()) if any(equation.value.accesses) else ()  # a state before the first step is 0
