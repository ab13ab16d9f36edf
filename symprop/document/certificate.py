"""The last chapter: what was checked of the gradients, how, and to what accuracy; the check itself is `views.certificate`'s."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite, log10

from symprop.derivation.verify import count_differences, verify
from symprop.document.blocks import Block, Heading, Paragraph, listed
from symprop.document.subject import Subject
from symprop.errors import UnsupportedError
from symprop.views.budget import scalar_count
from symprop.views.certificate import Certificate, certify

# Forward equations times differences that a document waits for, about half a second's work.
MOST_WORK = 5_000
DIGITS = 50


def certificate(subject: Subject) -> Iterator[Block]:
    """What a check of the gradients found, or why none was made."""
    if not subject.core.gradients:
        return
    yield Heading(2, ("Certificate",))
    if scalar_count(subject.forward) * count_differences(subject.core) > MOST_WORK:
        yield _not_run("that takes long for a network of this size")
        return
    try:
        found = _certified(subject)
    except UnsupportedError as error:
        yield _not_run(error.what)
        return
    yield Paragraph((_method(found), _outcome(found)))


def _certified(subject: Subject) -> Certificate:
    """By differences, and for layers the views as well; single numbers have one view alone."""
    if subject.layers:
        return certify(subject.core, subject.names, digits=DIGITS)
    return Certificate(verify(subject.core, subject.names, digits=DIGITS), ())


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
    points = "a random point" if found.verification.points == 1 else f"{found.verification.points} random points"
    forms = [form for form in ("index", "matrix", "scalar") if any(each.form == form for each in found.agreements)]
    which_forms = "".join(map(str, listed(forms)))
    views = f" The {which_forms} forms were evaluated there, and compared with the equations." if forms else ""
    return (
        f"Of the gradients, {which} compared with central differences of the forward pass alone, at {points} off every kink, "
        f"both computed to {DIGITS} digits.{views} "
    )


def _outcome(found: Certificate) -> str:
    if found.ok:
        return f"Everything agrees: the largest relative error is below {_above(found.worst)}."
    return f"Not everything agrees: {'; '.join(found.failures())}."


def _above(error: float) -> str:
    """The power of ten above an error.

    >>> _above(2.5e-31), _above(0.0)
    ('1e-30', '1e-50')
    """
    exponent = floor(log10(error)) + 1 if error > 0 and isfinite(error) else -DIGITS
    return f"1e{exponent}"
