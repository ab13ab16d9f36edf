"""The live part of a page as text to put in: markup, data, script and style; the page around it is a renderer's."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

from symprop.explorer.arithmetic import Arithmetic
from symprop.explorer.island import Island, Numbers, tensors_only
from symprop.ir.tensor import Role
from symprop.notation.formula import Symbol
from symprop.notation.mathml import readable
from symprop.notation.names import Names
from symprop.prose import ENGLISH, Prose, prose
from symprop.prose.text import Math, Text
from symprop.renderers.catalogue import RENDERERS
from symprop.renderers.page import Live
from symprop.renderers.source import Source
from symprop.renderers.views import block_text
from symprop.templating import template, xml_text

if TYPE_CHECKING:
    from symprop.training.sample import Sample

SCRIPTS = ("texts", "model", "mathematics", "ways", "chain", "chart", "fields", "stepper", "rates", "start")
"""The hand-written parts of the script, in the order in which they stand in the page."""

PAGE = "explorer.page"  # the words of the markup and of the script
MOST_PARAMETERS = 2_000  # that are listed where nothing is computed
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def live(source: Source, language: str = ENGLISH) -> Live:
    """The explorer of one derivation, for a page in which the derivation stands.

    A network that is too large, or that looks up rows or draws numbers, gets no arithmetic: its parameters' ways to the
    loss are lit tensor by tensor, and the page says why.
    """
    words = prose(language)
    why = _why_not(source, words)
    found = None if why else arithmetic_of(source)
    if found is None:
        island = tensors_only(source.core, source.names, MOST_PARAMETERS)
        notes: list[Text] = [(why or words.phrase("explorer.too_large"),)]
        program = ""
    else:
        arithmetic, sample = found
        island = Numbers(arithmetic, source.spec, sample).island()
        notes, program = _notes(source, sample, arithmetic.step.total_updates is not None, words), arithmetic.source()
    island["words"] = words.templates(PAGE)
    markup = _markup(words, notes, source.names, has_numbers=bool(program))
    return Live(markup, as_json(island), _script(program), _asset("explorer.css"), words.phrase(f"{PAGE}.title"))


def as_json(island: Island) -> str:
    """The data as JSON in which nothing can end the element around it.

    >>> print(as_json({"name": "</script>"}))
    {"name":"\\u003c/script\\u003e"}
    """
    return json.dumps(island, separators=(",", ":"), ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def _why_not(source: Source, words: Prose) -> str:
    forward = source.core.forward
    if not any(forward.tensors[name].role is Role.PARAMETER for name in source.core.gradients):
        return words.phrase("explorer.nothing")
    if any(True for _ in forward.with_role(Role.INDEX)):
        return words.phrase("explorer.looks_up")
    return words.phrase("explorer.draws") if any(True for _ in forward.with_role(Role.CONSTANT)) else ""


def arithmetic_of(source: Source) -> tuple[Arithmetic, Sample] | None:
    """What the page computes by, and with which numbers it begins; None for a network that is too large."""
    rule = source.spec.training.update
    if Arithmetic(source.scalars, source.names, rule, 1).too_large:
        return None
    from symprop.training.sample import draw_sample

    sample = draw_sample(source.spec, source.names, source.evaluation)
    found = Arithmetic(source.scalars, source.names, rule, sample.examples // (sample.batch or 1))
    return None if found.too_large else (found, sample)


def _notes(source: Source, sample: Sample, total_needed: bool, words: Prose) -> list[Text]:
    """What a reader has to know about the numbers."""
    training, notes = source.spec.training, []
    if sample.drawn:
        drawn = words.enumerated([Math(Symbol(name)) for name in sample.drawn])
        notes.append(words.say("explorer.drawn", seed=sample.seed, names=drawn))
    if training.batch_size is not None and training.batch_size < sample.examples:
        notes.append(words.say("explorer.batches", size=training.batch_size))
    if total_needed:
        notes.append(words.say("explorer.schedule", updates=training.epochs))
    return notes


def _markup(words: Prose, notes: list[Text], names: Names, *, has_numbers: bool) -> str:
    form, said = RENDERERS["html"].form, words.templates(PAGE)
    shown = [block_text(note, readable(names), form) for note in notes]
    content = {"words": said, "notes": shown, "has_numbers": has_numbers}
    return template("symprop.explorer", "explorer.html.jinja", xml_text).render(content)


def _script(program: str) -> str:
    """The generated code, then the written one around it; no name of either is left in the page's own scope."""
    parts = [program or "const program = null;", *(_asset(f"{name}.js") for name in SCRIPTS)]
    return "\n".join(["(() => {", '"use strict";', *parts, "})();"])


def _asset(name: str) -> str:
    return (files("symprop.explorer") / "assets" / name).read_text(encoding="utf-8")
