"""Why a run of a sweep went as it did: the leap of its first update, the limit on its way, its pace, and what holds it fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from symprop.document.blocks import Block, Equations, Heading, Paragraph
from symprop.document.swept import Swept, number
from symprop.ir.evaluate import evaluate_program
from symprop.ir.tensor import Role
from symprop.notation.formula import Chain, Number, Partial, Power, Symbol
from symprop.prose.text import Math, Text
from symprop.scalar.numeric import FLOAT
from symprop.training.account import Account
from symprop.training.curvature import LIMIT
from symprop.training.leaps import told
from symprop.training.saturation import UnitSlope, explain
from symprop.training.verdict import Verdict
from symprop.views.numbers import in_three_steps
from symprop.views.scalar import equation_formula

MOST_LINES = 6  # of the loss, in numbers
MOST_UNITS = 2  # of the saturated ones whose slope is shown
_SETTLING = (Verdict.CONVERGED, Verdict.CONVERGING)
_SAME = 1e-3  # of the limit


def run_blocks(swept: Swept, account: Account) -> Iterator[Block]:
    """One run, under its own heading."""
    run, join = account.run, swept.prose.sentences_of
    rate, verdict = f"{run.learning_rate:g}", swept.prose.word(str(run.verdict))
    if swept.of_one_seed:
        yield Heading(2, swept.say("report.run", rate=rate, verdict=verdict))
    else:
        yield Heading(2, swept.say("report.run_of_seed", rate=rate, verdict=verdict, seed=run.seed))
    leapt = () if run.verdict is Verdict.DIVERGED else told(run.losses, swept.settings, swept.prose, number)
    yield Paragraph(join(_trend(swept, account), _gone(swept, account), *_thrown(swept, account), leapt))
    bent = join(_bend(swept, account), _pace(swept, account), _left(swept, account))
    if bent:
        yield Paragraph(bent)
    if run.verdict is Verdict.STUCK:
        yield from _stuck(swept, account)


def _trend(swept: Swept, account: Account) -> Text:
    run, points = account.run, account.trace.points
    return swept.say(
        "report.trend",
        updates=swept.prose.counted("report.updates", run.updates, number=f"{run.updates:,}"),
        before=number(run.losses[0]),
        after=number(run.losses[-1]),
        steep=number(points[0].norm, 3),
        flat=number(points[-1].norm, 3),
    )


def _gone(swept: Swept, account: Account) -> Text:
    update = account.run.diverged_at
    return () if update is None else swept.say("reason.gone", update=f"{update:,}")


def _thrown(swept: Swept, account: Account) -> Iterator[Text]:
    """What the first update did, where it went further than all parameters measure, and to a higher loss."""
    jump, losses = account.jump, account.run.losses
    if jump is None or jump.moved <= jump.norm or (len(losses) > 1 and losses[1] <= losses[0]):
        return
    yield swept.say("report.leap", moved=number(jump.moved, 3), norm=number(jump.norm, 3))
    if jump.before is not None and jump.after is not None:
        yield swept.say(
            "report.leap_of_sum" if jump.before.steepest is None else "report.leap_of_mean_sum",
            unit=Math(Symbol(jump.before.unit)),
            before=number(jump.before.total, 4),
            after=number(jump.after.total, 4),
            output=Math(Symbol(jump.before.output)),
            high=number(jump.before.value, 4),
            low=number(jump.after.value, 4),
        )


def _bend(swept: Swept, account: Account) -> Text:
    """Where the rate stands to its limit, on the way of the run."""
    limits = [limit for _, limit in account.limits]
    if not limits or not swept.is_plain:
        return ()
    if max(limits) < LIMIT:
        return _below(swept, account, min(limits), max(limits))
    bound, verdict, losses = swept.letters.bound, account.run.verdict, account.run.losses
    first, last = number(limits[0], 3), number(limits[-1], 3)
    if abs(limits[-1] - LIMIT) <= _SAME * LIMIT:
        return swept.say("report.at_limit", bound=bound, last=last)
    if limits[-1] > LIMIT:
        above = swept.say("report.above", bound=bound, first=first, last=last)
        still = account.factor is not None and account.factor < 1 and not swept.in_batches
        return swept.prose.sentences_of(above, swept.say("report.above_falling") if still else ())
    if limits[0] > LIMIT and verdict is Verdict.STUCK:
        times, after = number(limits[0] / LIMIT, 3), number(losses[min(1, account.run.updates)])
        return swept.say("report.thrown", bound=bound, first=first, times=times, after=after)
    if limits[0] > LIMIT and verdict in _SETTLING and max(losses) > losses[0]:
        return swept.say("report.above_then_below", bound=bound, first=first, last=last, peak=number(max(losses), 4))
    return swept.say("report.above_on_the_way", bound=bound, first=first, most=number(max(limits), 3), last=last)


def _below(swept: Swept, account: Account, least: float, most: float) -> Text:
    """The rate stays below its limit: whether the loss falls with every update is seen."""
    one, several = "report.at_one_value", "report.between"
    if swept.is_estimated:
        one, several = "report.at_one_value_estimated", "report.between_estimated"
    bound = swept.letters.bound
    if f"{least:.3g}" == f"{most:.3g}":
        where = swept.say(one, bound=bound, value=number(most, 3))
    else:
        where = swept.say(several, bound=bound, least=number(least, 3), most=number(most, 3))
    if swept.in_batches:
        return where
    falls = swept.say("report.falling" if account.falls else "report.not_falling")
    return swept.prose.sentences_of(where, falls)


def _pace(swept: Swept, account: Account) -> Text:
    """How fast the loss falls at the end, beside what the curvature says, whether that holds or not."""
    bend, predicted, factor = account.trace.points[-1].curvature, account.predicted, account.factor
    applies = swept.is_plain and not swept.in_batches and account.run.verdict in _SETTLING
    if not applies or bend is None or predicted is None or factor is None or factor >= 1 or bend.along <= 0:
        return ()
    letters = swept.letters
    return swept.say(
        "report.pace" if account.agrees else "report.pace_differs",
        along=Math(letters.along),
        value=number(bend.along, 4),
        formula=Math(Power(letters.shrunk(letters.along), Number(2))),
        predicted=number(predicted, 4),
        factor=number(factor, 4),
    )


def _left(swept: Swept, account: Account) -> Text:
    left = account.left
    if left is None or swept.in_batches or account.run.verdict is not Verdict.CONVERGING:
        return ()
    return swept.say("report.left", updates=swept.prose.counted("report.updates", left, number=f"{left:,}"))


def _stuck(swept: Swept, account: Account) -> Iterator[Block]:
    """Why the weights hardly move: flat units with their slopes, a gradient, and the loss in numbers."""
    norm = account.trace.points[-1].norm
    rate = account.run.learning_rate if swept.is_plain else None
    reason = explain(account.units, norm, rate, swept.prose, number)
    if not account.flat:
        yield Paragraph(reason)
        return
    step = swept.say("report.step", step=number(rate * norm, 2)) if rate is not None else ()
    yield Paragraph(swept.prose.sentences_of(reason, step))
    numbers = _numbers(swept, account)
    slopes = tuple(_slopes(swept, account.flat, numbers)) if numbers else ()
    name = f"{_exact(account.run.learning_rate)}-{account.run.seed}"
    if slopes:
        yield Paragraph(swept.say("report.slopes" if swept.examples == 1 else "report.slopes_of_first"))
        yield Equations(f"slopes-{name}", slopes)
    lines = tuple(_loss_lines(swept, numbers)) if numbers and swept.examples == 1 else ()
    if lines:
        yield Paragraph(swept.say("report.cost"))
        yield Equations(f"loss-{name}", lines)


def _exact(rate: float) -> str:
    """A rate in so many digits that no two look the same.

    >>> _exact(1000.0), _exact(0.5), _exact(1000.0001)
    ('1000', '0.5', '1000.0001')
    """
    return repr(float(rate)).removesuffix(".0")


def _numbers(swept: Swept, account: Account) -> dict[str, float]:
    """Every scalar of the first example at the end of the run; nothing of a network that is too large for it."""
    if not swept.example:
        return {}
    tensors, view = swept.view.derivation.forward.tensors, swept.view
    given = dict(swept.example)
    for name, array in account.run.parameters.items():
        given |= dict(zip(view.identifiers(tensors[name]), array.ravel().tolist(), strict=True))
    if any(tensor.name not in given for tensor in view.program.free):
        return {}
    found = evaluate_program(view.program, given, FLOAT)
    return found if all(isfinite(value) for value in found.values()) else {}


def _slopes(swept: Swept, flat: Sequence[UnitSlope], numbers: Mapping[str, float]) -> Iterator[Chain]:
    """The slopes of the first flat units, of one example, and a gradient that has one as a factor."""
    view = swept.view
    for unit in flat[:MOST_UNITS] if swept.examples == 1 else ():
        if unit.local is not None:
            yield in_three_steps(Partial(Symbol(unit.output), Symbol(unit.unit)), unit.local, numbers, unit.slope)
    weight = _weight_of(swept, flat[0])
    if weight is not None:
        gradient = Partial(Symbol(view.derivation.forward.loss), Symbol(weight))
        yield in_three_steps(gradient, view.formula(weight), numbers, numbers[view.gradient_name(weight)])


def _weight_of(swept: Swept, unit: UnitSlope) -> str | None:
    """The first trained scalar that the sum of the unit reads."""
    view, trained = swept.view, swept.view.derivation.gradients
    for access in view.line(unit.unit).value.accesses:
        place = view.place(access.tensor.name)
        if place is not None and place[0].name in trained and place[0].role is Role.PARAMETER:
            return access.tensor.name
    return None


def _loss_lines(swept: Swept, numbers: Mapping[str, float]) -> Iterator[Chain]:
    """The loss as it follows from the outputs."""
    lines = [line for line in swept.view.forward if line.target.tensor.role is Role.LOSS or line.origin.rule == "loss"]
    for line in lines if len(lines) <= MOST_LINES else ():
        yield in_three_steps(Symbol(line.name), equation_formula(line), numbers, numbers[line.name])
