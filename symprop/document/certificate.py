"""The last chapter: what was checked of the gradients, how, and to what accuracy; the check itself is `views.certificate`'s."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, log10

from symprop.derivation.verify import count_work, verify
from symprop.document.blocks import Block, Heading, Paragraph
from symprop.document.subject import Subject
from symprop.errors import UnsupportedError
from symprop.notation.formula import Symbol
from symprop.prose import Prose
from symprop.prose.text import Math, Text
from symprop.views.certificate import Certificate, certify
from symprop.views.numbers import as_number

DIGITS = 50
# What was measured at this many digits: so many products and function values in a second; of products in long sums, so
# many in the time of one; the time of so many for the views of one equation.
_A_SECOND = 1_000_000
_EASE = 10
_OF_VIEWS = 1_000
MOST_WORK = 4 * _A_SECOND  # for what takes longer, a document does not wait
_FORMS = {"index": "certificate.index", "matrix": "certificate.matrix", "scalar": "certificate.scalar"}


def certificate(subject: Subject) -> Iterator[Block]:
    """What a check of the gradients found, or why none was made."""
    if not subject.core.gradients:
        return
    yield Heading(2, subject.say("certificate.heading"))
    count = count_work(subject.core, _EASE) + _OF_VIEWS * _backward(subject)
    if count > MOST_WORK:
        yield Paragraph(subject.say("certificate.too_large", time=_time(subject.prose, count)))
        return
    try:
        found = _certified(subject)
    except UnsupportedError as error:
        yield Paragraph(subject.say("certificate.not_checked", why=error.what))
        return
    tensors = [Math(Symbol(name)) for name in subject.asked if subject.forward.tensors[name].indices]
    whole = subject.say("certificate.of_whole", tensors=subject.prose.listed(tensors)) if tensors else ()
    yield Paragraph(subject.prose.sentences_of(*_method(subject.prose, found), whole, _outcome(subject.prose, found)))


def _certified(subject: Subject) -> Certificate:
    """By differences, and for layers the views as well; single numbers have one view alone."""
    if subject.layers:
        return certify(subject.core, subject.names, digits=DIGITS)
    return Certificate(verify(subject.core, subject.names, digits=DIGITS), ())


def _backward(subject: Subject) -> int:
    """How many equations have views that are compared."""
    core = subject.core
    return len(core.program.equations) - len(core.forward.equations) if subject.layers else 0


def _method(prose: Prose, found: Certificate) -> Iterator[Text]:
    """What the gradients were compared with, where, and what was moved together or evaluated besides."""
    points = prose.counted("certificate.points", found.verification.points)
    size = sum(check.size for check in found.checks)
    yield prose.counted("certificate.compared", size, number=f"{size:,}", points=points, digits=DIGITS)
    large = [check.parameter for check in found.checks if check.directions < check.size]
    if large:
        yield prose.say("certificate.moved_together", parameters=prose.listed(large))
    forms = [prose.say(key) for form, key in _FORMS.items() if any(each.form == form for each in found.agreements)]
    if forms:
        lacking = any(each.why for each in found.agreements)
        yield prose.say("certificate.existing_forms" if lacking else "certificate.forms", forms=prose.listed(forms))


def _outcome(prose: Prose, found: Certificate) -> Text:
    if found.ok:
        return prose.say("certificate.agrees", error=Math(as_number(_above(found.worst))))
    return prose.say("certificate.disagrees", failures=prose.clauses(list(found.failures())))


def _time(prose: Prose, count: int) -> Text:
    """How long so much work takes, roughly.

    >>> from symprop.prose import prose
    >>> _time(prose("en"), 16_000_000), _time(prose("en"), 400_000_000)
    (('20 seconds',), ('7 minutes',))
    """
    seconds = count / _A_SECOND
    if seconds < 100:
        return prose.say("certificate.seconds", number=max(1, round(seconds / 10)) * 10)
    return prose.say("certificate.minutes", number=round(seconds / 60))


def _above(error: float) -> float:
    """The power of ten above an error.

    >>> _above(2.5e-31), _above(0.0)
    (1e-30, 1e-50)
    """
    return 10.0 ** (floor(log10(error)) + 1 if error > 0 and isfinite(error) else -DIGITS)
