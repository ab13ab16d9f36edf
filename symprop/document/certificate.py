"""The last chapter: what was checked of the gradients, how, and to what accuracy; the check itself is `views.certificate`'s."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, log10

from symprop.derivation.verify import count_work, verify
from symprop.document.blocks import Block, Heading, Math, Paragraph, Text, in_words
from symprop.document.subject import Subject
from symprop.errors import UnsupportedError
from symprop.views.certificate import Certificate, certify
from symprop.views.numbers import as_number

DIGITS = 50
# What was measured at this many digits: so many products and function values in a second; of products in long sums, so
# many in the time of one; the time of so many for the views of one equation.
_A_SECOND = 1_000_000
_EASE = 10
_OF_VIEWS = 1_000
MOST_WORK = 4 * _A_SECOND  # for what takes longer, a document does not wait


def certificate(subject: Subject) -> Iterator[Block]:
    """What a check of the gradients found, or why none was made."""
    if not subject.core.gradients:
        return
    yield Heading(2, ("Certificate",))
    count = count_work(subject.core, _EASE) + _OF_VIEWS * _backward(subject)
    if count > MOST_WORK:
        yield _not_run(f"for a network of this size that takes longer than a document should, some {_seconds(count)}")
        return
    try:
        found = _certified(subject)
    except UnsupportedError as error:
        yield _not_run(error.what)
        return
    yield Paragraph((_method(found), *_outcome(found)))


def _certified(subject: Subject) -> Certificate:
    """By differences, and for layers the views as well; single numbers have one view alone."""
    if subject.layers:
        return certify(subject.core, subject.names, digits=DIGITS)
    return Certificate(verify(subject.core, subject.names, digits=DIGITS), ())


def _backward(subject: Subject) -> int:
    """How many equations have views that are compared."""
    core = subject.core
    return len(core.program.equations) - len(core.forward.equations) if subject.layers else 0


def _not_run(why: str) -> Paragraph:
    return Paragraph(
        (
            f"The gradients of this document were not checked when it was written: {why}. "
            "The command symprop verify checks every one of them.",
        )
    )


def _method(found: Certificate) -> str:
    size = sum(check.size for check in found.checks)
    which = f"all {size:,} were" if size > 1 else "the one was"
    points = "a random point off every kink"
    if found.verification.points > 1:
        many = f"{found.verification.points} random points off every kink"
        points = f"{many}, so many to see the kinks from both sides and the loss move with every parameter"
    forms = [form for form in ("index", "matrix", "scalar") if any(each.form == form for each in found.agreements)]
    some = ", as far as there are such," if any(each.why for each in found.agreements) else ""
    views = (
        f" The {in_words(forms)} forms{some} were evaluated there, and compared with the equations." if forms else ""
    )
    return (
        f"Of the gradients, {which} compared with central differences of the forward pass alone, at {points}, "
        f"both computed to {DIGITS} digits.{_at_once(found)}{views} "
    )


def _at_once(found: Certificate) -> str:
    """Of which parameters one random direction stood for all elements."""
    large = [check.parameter for check in found.checks if check.directions < check.size]
    return f" The elements of {in_words(large)} were moved together, in one random direction." if large else ""


def _outcome(found: Certificate) -> Text:
    if found.ok:
        return "Everything agrees: the largest relative error is below ", Math(as_number(_above(found.worst))), "."
    return (f"Not everything agrees: {'; '.join(found.failures())}.",)


def _seconds(count: int) -> str:
    """How long so much work takes, roughly.

    >>> _seconds(16_000_000), _seconds(400_000_000)
    ('20 seconds', '7 minutes')
    """
    seconds = count / _A_SECOND
    return f"{max(1, round(seconds / 10)) * 10} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def _above(error: float) -> float:
    """The power of ten above an error.

    >>> _above(2.5e-31), _above(0.0)
    (1e-30, 1e-50)
    """
    return 10.0 ** (floor(log10(error)) + 1 if error > 0 and isfinite(error) else -DIGITS)
