"""The report of a sweep over learning rates: curves, tables, why each run went as it did; `training.account` has the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite

from symprop.document.blocks import Block, Document, Equations, Heading, Inline, Math, Paragraph, Picture, Table, Text
from symprop.ir.evaluate import evaluate_program
from symprop.ir.names import fresh_name
from symprop.ir.tensor import Role
from symprop.network import Training
from symprop.notation.formula import Chain, Formula, Negative, Number, Partial, Power, Product, Sum, Symbol
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT
from symprop.training.account import Account
from symprop.training.curvature import LIMIT
from symprop.training.saturation import UnitSlope
from symprop.training.verdict import Verdict
from symprop.views.numbers import as_number, in_three_steps
from symprop.views.scalar import ScalarView, equation_formula

MOST_TOLD = 12  # runs that are told one by one
MOST_LINES = 6  # of the loss, in numbers
MOST_UNITS = 2  # of the saturated ones whose slope is shown
_SETTLING = (Verdict.CONVERGED, Verdict.CONVERGING)
DASH: Text = ("–",)
_MILESTONES = tuple(10**power for power in range(7))

# What the report says, with named places for what is put in.
SENTENCES: Mapping[str, str] = {
    "title": "Learning rates for {name}",
    "trained": (
        "{name} was trained several times: {manner}, from the same start each time. {loss} is {first} before the first update."
    ),
    "trained_seeds": "{name} was trained several times: {manner}, from the start of each seed.",
    "curves_say": "The loss over the updates on a logarithmic axis, one curve for each run: {runs}.",
    "compared": "The loss after some of the updates, and what became of each run:",
    "limit": "What limits the learning rate",
    "limit_why": (
        "Close to a point the loss bends like a parabola along each eigenvector of its Hessian, with the eigenvalue {eigen} "
        "as its curvature. An update of gradient descent multiplies the distance to the bottom of that parabola by {factor}. "
        "So it shrinks while {bound} is below 2; beyond, each update overshoots by more than it was off. The largest "
        "eigenvalue, {largest}, sets the limit. It was worked out by products of the Hessian with vectors, on the way of "
        "each run:"
    ),
    "limit_batches": "An update of a batch sees the loss of that batch, so these numbers hold on the average.",
    "limit_other": "The limit of 2 is that of plain gradient descent, and is not applied to {optimizer}.",
    "limit_costly": "For a network of this size and so many examples the curvature was not worked out.",
    "limit_say": "The learning rate times the largest curvature over the updates, one curve for each run, with the limit at 2.",
    "some": "Told are {told} of the {all} runs: for each verdict, the one with the largest rate.",
    "run": "Learning rate {rate}: {verdict}",
    "run_seed": "Learning rate {rate}, seed {seed}: {verdict}",
    "trend": "In {updates} the loss goes from {before} to {after}, the norm of its gradient from {steep} to {flat}.",
    "gone": "After update {update} the loss or a parameter is not finite; that update is undone.",
    "below": (
        "{bound} lies between {least} and {most} wherever it was measured, which is below 2: along no direction does an "
        "update overshoot by more than it was off"
    ),
    "below_still": (
        "{bound} is {most} wherever it was measured, which is below 2: along no direction does an update overshoot by more "
        "than it was off"
    ),
    "falls": ", and the loss falls with every update.",
    "not_always": ", though the loss does not fall with every update.",
    "batches": ".",
    "above_then_below": (
        "{bound} is {first} at the start, which is above 2: the first updates overshoot, and the loss rises to as much as "
        "{peak}. They lead to where the loss bends less: at the end it is {last}, below 2, and there the run can settle."
    ),
    "above_never_up": (
        "{bound} is {first} at the start, which is above 2, and {last} at the end: below it, so that the run can settle."
    ),
    "above_on_the_way": "{bound} is {first} at the start, at most {most} on the way, and {last} at the end; the limit is 2.",
    "above": "{bound} is {first} at the start and {last} at the end: an update overshoots by more than it was off.",
    "at_limit": "{bound} is {last} at the end: an update overshoots by just what it was off, so nothing is gained.",
    "thrown": (
        "{bound} is {first} at the start, {times} times the limit, so the first update overshoots by far and ends where the "
        "loss is {after}."
    ),
    "pace": (
        "At the end the curvature along the gradient is {curve}, and {formula} = {predicted}: by so much an update is to "
        "multiply the loss, and the last one multiplied it by {factor}."
    ),
    "left": "At the pace of the last update, another {left} updates would bring the loss below 1/10,000 of the first.",
    "jump": "The first update moves the parameters by {moved}, where all of them together measure {norm}.",
    "jump_sum": " It takes the sum {unit} from {before} to {after}, and {output} with it from {high} to {low}.",
    "saturated_one": "{units} is saturated: its activation is flat there, as {output} = {value} shows.",
    "saturated": "{units} are saturated: their activations are flat there, as {output} = {value} shows.",
    "others": "{number} others",
    "slopes": "Every gradient behind such a unit has its slope as a factor, which is next to nothing. In numbers:",
    "slopes_first": (
        "Every gradient behind such a unit has its slope as a factor, which is next to nothing. For the first example:"
    ),
    "loss_is": "So the outputs stay where they are, and this is what they cost:",
    "still": "An update now moves the parameters by {step}.",
    "column_rate": "Rate",
    "column_seed": "Seed",
    "column_before": "Loss before",
    "column_after": "after {update}",
    "column_verdict": "Verdict",
    "column_start": "at the start",
    "column_most": "at most",
    "column_end": "at the end",
}


@dataclass(frozen=True)
class Swept:
    """A sweep, ready to be told: its runs with what explains them, by the `settings`, in words the `manner`.

    `example` has the inputs and targets of the first example by element, or nothing where the network is too large for its
    numbers to be shown; `examples` says how many there are. The pictures are SVG; `limits` is empty where there is none.
    """

    title: str
    view: ScalarView
    accounts: Sequence[Account]
    settings: Training
    manner: str
    updates: int
    example: Mapping[str, float]
    examples: int
    curves: str
    limits: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is gradient descent alone, to which the limit applies."""
        return self.settings.update == UpdateRule()

    @property
    def in_batches(self) -> bool:
        """Whether an update takes fewer than all examples."""
        return self.settings.batch_size is not None and self.settings.batch_size < self.examples

    @property
    def of_one_seed(self) -> bool:
        return len({account.run.seed for account in self.accounts}) == 1

    @cached_property
    def letters(self) -> Letters:
        """Letters that no quantity of the network has."""
        taken = {*self.view.derivation.program.tensors}
        return Letters(*(Symbol(fresh_name(name, taken)) for name in ("eta", "lambda", "lambda_max", "kappa")))


@dataclass(frozen=True)
class Letters:
    """The learning rate, an eigenvalue, the largest one, and the curvature along the gradient."""

    rate: Symbol
    eigen: Symbol
    largest: Symbol
    along: Symbol

    @property
    def bound(self) -> Math:
        """The rate times the largest curvature."""
        return Math(Product((self.rate, self.largest)))

    def shrunk(self, curvature: Symbol) -> Formula:
        """What an update leaves of the distance to the bottom."""
        return Sum((Number(1), Negative(Product((self.rate, curvature)))))


def report(swept: Swept) -> Document:
    """The whole report."""
    names = swept.view.names
    return Document(_plain("title", name=swept.title), names, tuple(_blocks(swept)))


def _blocks(swept: Swept) -> Iterator[Block]:
    yield Paragraph(_opening(swept))
    runs = ", ".join(f"{account.run.learning_rate:g} {account.run.verdict}" for account in swept.accounts[:MOST_TOLD])
    yield Picture("curves", _plain("curves_say", runs=runs), swept.curves)
    yield Paragraph(say("compared"))
    yield _losses(swept)
    yield from _limit(swept)
    told = _told(swept.accounts)
    if len(told) < len(swept.accounts):
        yield Paragraph(say("some", told=f"{len(told)}", all=f"{len(swept.accounts)}"))
    for account in told:
        yield from _run(swept, account)


def _opening(swept: Swept) -> Text:
    if not swept.of_one_seed:
        return say("trained_seeds", name=swept.title, manner=swept.manner)
    loss, first = Math(Symbol(swept.view.derivation.forward.loss)), _number(swept.accounts[0].run.losses[0])
    return say("trained", name=swept.title, manner=swept.manner, loss=loss, first=first)


def _losses(swept: Swept) -> Table:
    """The loss of each run after 1, 10, 100 … updates, and its verdict."""
    shown = [0, *(update for update in _MILESTONES if update < swept.updates), swept.updates]
    after = [say("column_after", update=f"{update:,}") for update in shown[1:]]
    header = (*_name_header(swept), say("column_before"), *after, say("column_verdict"))
    rows = []
    for account in swept.accounts:
        losses = account.run.losses
        cells: list[Text] = [(_number(losses[update]),) if update < len(losses) else DASH for update in shown]
        rows.append((*_name(swept, account), *cells, (str(account.run.verdict),)))
    return Table(header, tuple(rows), (*(True for _ in header[1:]), False))


def _name_header(swept: Swept) -> tuple[Text, ...]:
    return (say("column_rate"),) if swept.of_one_seed else (say("column_rate"), say("column_seed"))


def _name(swept: Swept, account: Account) -> tuple[Text, ...]:
    rate: Text = (f"{account.run.learning_rate:g}",)
    return (rate,) if swept.of_one_seed else (rate, (str(account.run.seed),))


def _limit(swept: Swept) -> Iterator[Block]:
    """The limit of gradient descent, beside what each run met."""
    if not any(account.trace.norms for account in swept.accounts):
        return
    yield Heading(2, say("limit"))
    if not swept.is_plain:
        yield Paragraph(say("limit_other", optimizer=_optimizer(swept.settings.update)))
        return
    if not any(account.limits for account in swept.accounts):
        yield Paragraph(say("limit_costly"))
        return
    letters = swept.letters
    told: dict[str, Inline] = {"eigen": Math(letters.eigen), "largest": Math(letters.largest)}
    told |= {"factor": Math(letters.shrunk(letters.eigen)), "bound": Math(Product((letters.rate, letters.eigen)))}
    yield Paragraph(say("limit_why", **told))
    yield _limits(swept)
    if swept.in_batches:
        yield Paragraph(say("limit_batches"))
    if swept.limits:
        yield Picture("limits", _plain("limit_say"), swept.limits)


def _optimizer(rule: UpdateRule) -> str:
    """What the updates are made by, where it is not gradient descent alone."""
    settings = [f"{name} = {value:g}" for name, value in rule.values.items()] if rule.rule.name == "sgd" else []
    plan = [] if rule.plan.name == "constant" else [f"the schedule {rule.plan.name}"]
    return " with ".join([rule.rule.name, *plan, *settings])


def _limits(swept: Swept) -> Table:
    bound = swept.letters.bound
    ends = (say("column_start"), say("column_most"), say("column_end"))
    header = (*_name_header(swept), *((bound, " ", *end) for end in ends))
    rows = []
    for account in swept.accounts:
        limits = [limit for _, limit in account.limits]
        found = (limits[0], max(limits), limits[-1]) if limits else ()
        cells: list[Text] = [(_number(limit, 3),) for limit in found] or [DASH] * 3
        rows.append((*_name(swept, account), *cells))
    return Table(header, tuple(rows), tuple(True for _ in header))


def _told(accounts: Sequence[Account]) -> list[Account]:
    """The runs that are told: all, or of many the one with the largest rate for each verdict."""
    if len(accounts) <= MOST_TOLD:
        return list(accounts)
    largest = {account.run.verdict: account for account in sorted(accounts, key=lambda a: a.run.learning_rate)}
    return [account for account in accounts if account is largest[account.run.verdict]]


def _run(swept: Swept, account: Account) -> Iterator[Block]:
    """Why one run went as it did."""
    run, key = account.run, "run" if swept.of_one_seed else "run_seed"
    seed = {} if swept.of_one_seed else {"seed": str(run.seed)}
    yield Heading(2, say(key, rate=f"{run.learning_rate:g}", verdict=str(run.verdict), **seed))
    yield Paragraph(_joined(_trend(account), _jump(account)))
    bent = _joined(_bend(swept, account), _pace(swept, account))
    if bent:
        yield Paragraph(bent)
    if run.verdict is Verdict.STUCK:
        yield from _stuck(swept, account)


def _trend(account: Account) -> Text:
    run, points = account.run, account.trace.points
    updates = f"{run.updates:,} update{'' if run.updates == 1 else 's'}"
    losses = {"before": _number(run.losses[0]), "after": _number(run.losses[-1])}
    norms = {"steep": _number(points[0].norm, 3), "flat": _number(points[-1].norm, 3)}
    gone = () if run.diverged_at is None else say("gone", update=f"{run.diverged_at:,}")
    return _joined(say("trend", updates=updates, **losses, **norms), gone)


def _jump(account: Account) -> Text:
    """What the first update did, where it was a leap to a higher loss."""
    jump, losses = account.jump, account.run.losses
    if jump is None or jump.moved <= jump.norm or (len(losses) > 1 and losses[1] <= losses[0]):
        return ()
    moved = say("jump", moved=_number(jump.moved, 3), norm=_number(jump.norm, 3))
    if jump.before is None or jump.after is None:
        return moved
    unit, output = Math(Symbol(jump.before.unit)), Math(Symbol(jump.before.output))
    sums = {"before": _number(jump.before.total, 4), "after": _number(jump.after.total, 4)}
    outputs = {"high": _number(jump.before.value, 4), "low": _number(jump.after.value, 4)}
    return (*moved, *say("jump_sum", unit=unit, output=output, **sums, **outputs))


def _bend(swept: Swept, account: Account) -> Text:
    """Where the rate stands to its limit, on the way of the run."""
    limits = [limit for _, limit in account.limits]
    if not limits or not swept.is_plain:
        return ()
    bound, first, last = swept.letters.bound, limits[0], limits[-1]
    run, told = account.run, {"first": _number(limits[0], 3), "last": _number(last, 3)}
    peak = max(run.losses)
    if max(limits) < LIMIT:
        least, most = _number(min(limits), 3), _number(max(limits), 3)
        still = f"{min(limits):.3g}" == f"{max(limits):.3g}"
        between = (
            say("below_still", bound=bound, most=most) if still else say("below", bound=bound, least=least, most=most)
        )
        return (*between, *say("batches" if swept.in_batches else "falls" if account.falls else "not_always"))
    if abs(last - LIMIT) <= 1e-3 * LIMIT:
        return say("at_limit", bound=bound, last=told["last"])
    if run.verdict is Verdict.STUCK and first > LIMIT and run.updates:
        return say(
            "thrown", bound=bound, first=told["first"], times=_number(first / LIMIT, 3), after=_number(run.losses[1])
        )
    if first > LIMIT > last and run.verdict in _SETTLING:
        rises = peak > run.losses[0]
        return (
            say("above_then_below", bound=bound, peak=_number(peak, 4), **told)
            if rises
            else say("above_never_up", bound=bound, **told)
        )
    if last > LIMIT:
        return say("above", bound=bound, **told)
    return say("above_on_the_way", bound=bound, most=_number(max(limits), 3), **told)


def _pace(swept: Swept, account: Account) -> Text:
    """How fast the loss falls at the end, and how the curvature says so."""
    if not swept.is_plain or swept.in_batches or account.run.verdict not in _SETTLING:
        return ()
    bend, predicted, factor = account.trace.points[-1].curvature, account.predicted, account.factor
    found: Text = ()
    if bend is not None and predicted is not None and factor is not None and factor < 1:
        letters = swept.letters
        formula = Math(Power(letters.shrunk(letters.along), Number(2)))
        curve: Text = (Math(letters.along), " = ", _number(bend.along, 4))
        found = say("pace", curve=curve, formula=formula, predicted=_number(predicted, 4), factor=_number(factor, 4))
    left = account.left
    return _joined(found, () if left is None or left < 2 else say("left", left=f"{left:,}"))


def _stuck(swept: Swept, account: Account) -> Iterator[Block]:
    """Why the weights hardly move: flat units, with their slopes, a gradient and the loss in numbers."""
    step = say("still", step=_number(account.run.learning_rate * account.trace.points[-1].norm, 2))
    step = step if swept.is_plain else ()
    if not account.flat:
        yield Paragraph((account.run.explanation,))
        return
    yield Paragraph(_joined(_saturated(account.flat), step))
    numbers = _numbers(swept, account)
    if not numbers:
        return
    yield Paragraph(say("slopes" if swept.examples == 1 else "slopes_first"))
    name = f"{account.run.learning_rate:g}-{account.run.seed}"
    yield Equations(f"slopes-{name}", tuple(_slopes(swept, account.flat, numbers)))
    lines = tuple(_loss_lines(swept, numbers)) if swept.examples == 1 else ()
    if lines:
        yield Paragraph(say("loss_is"))
        yield Equations(f"loss-{name}", lines)


def _saturated(flat: Sequence[UnitSlope]) -> Text:
    shown: list[Text] = [(Math(Symbol(unit.unit)),) for unit in flat[:4]]
    if len(flat) > 4:
        shown.append(say("others", number=str(len(flat) - 4)))
    units: list[Inline] = []
    for position, text in enumerate(shown):
        units += [" and " if position == len(shown) - 1 else ", "] if position else []
        units += text
    key = "saturated_one" if len(flat) == 1 else "saturated"
    return say(key, units=tuple(units), output=Math(Symbol(flat[0].output)), value=_number(flat[0].value))


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
    """The slopes of the first flat units, and a gradient that has the first of them as a factor."""
    view = swept.view
    for unit in flat[:MOST_UNITS] if swept.examples == 1 else ():  # of several, the slopes are means
        if unit.local is not None:
            yield in_three_steps(Partial(Symbol(unit.output), Symbol(unit.unit)), unit.local, numbers, unit.slope)
    weight = _weight_behind(swept, flat[0])
    if weight is not None:
        gradient = Partial(Symbol(view.derivation.forward.loss), Symbol(weight))
        name = view.gradient_name(weight)
        yield in_three_steps(gradient, view.formula(weight), numbers, numbers[name])


def _weight_behind(swept: Swept, unit: UnitSlope) -> str | None:
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


def say(key: str, /, **values: Inline | Text) -> Text:
    """A sentence with what is put in its places.

    >>> say("run", rate="2", verdict="converged")
    ('Learning rate 2: converged',)
    """
    found: list[Inline] = []
    rest = SENTENCES[key]
    while rest:
        text, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        value = values[name] if name else ()
        for inline in (text, *((value,) if isinstance(value, str | Math) else value)):
            if isinstance(inline, str) and found and isinstance(found[-1], str):
                found[-1] += inline
            elif inline != "":
                found.append(inline)
    return tuple(found)


def _plain(key: str, /, **values: str) -> str:
    return "".join(str(inline) for inline in say(key, **values))


def _joined(*texts: Text) -> Text:
    """Sentences one after the other."""
    found: Text = ()
    for text in filter(None, texts):
        found = (*found, " ", *text) if found else text
    return found


def _number(value: float, digits: int = 6) -> Math:
    return Math(as_number(value, digits))
