"""The chapters with numbers: the first update where values are given, and the rule by which weights change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from symprop.derivation.unroll import unroll
from symprop.document.blocks import Block, Equations, Heading, Paragraph, Table
from symprop.document.lines import chain
from symprop.document.setting import headed
from symprop.document.subject import LONG, Subject
from symprop.ir.evaluate import evaluate_program
from symprop.ir.tensor import Access
from symprop.notation.formula import Chain, Formula, Symbol
from symprop.prose.text import Math, Text
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT
from symprop.views.index import IndexView
from symprop.views.named import named_adjoints
from symprop.views.numbers import as_number, in_three_steps
from symprop.views.scalar import ScalarView, node_formula
from symprop.views.tree import size

_MOST_ROWS = 60
_MOST_WORKED = 6
_MOST_NAMED = 24  # adjoints that are worked out in steps, and not in a table


def first_update(subject: Subject) -> Iterator[Block]:
    """Forward values, one gradient in three steps, and every parameter before and after."""
    if not subject.numbers:
        return
    changes = bool(subject.trained or subject.states)
    yield Heading(2, subject.say("numbers.first_update" if changes else "numbers.heading"))
    yield from _example(subject)
    yield Paragraph(subject.say("numbers.forward"))
    forward = [equation.name for equation in subject.view.forward] if subject.small else [subject.loss]
    yield _pairs("table.quantity", forward, subject)
    if subject.small:
        yield from _worked_numbers(subject)
    if not changes:
        return
    after = _after_the_step(subject)
    yield from _trained(subject, after)
    yield from _kept(subject, after)
    yield _afterwards(subject, after)


def _trained(subject: Subject, after: Mapping[str, Any]) -> Iterator[Block]:
    """Every parameter before and after the update, or the first of them."""
    parameters = list(islice(_asked(subject, subject.trained), _MOST_ROWS))
    if not parameters:
        return
    shown = subject.say("numbers.asked_alone") if subject.is_part else ()
    at_once = subject.say("numbers.at_once", settings=subject.prose.enumerated(list(_numbers_of_rule(subject))))
    yield Paragraph(subject.prose.sentences_of(shown, at_once))
    header = headed(subject, "table.parameter", "table.before", "table.gradient", "table.after")
    rows = tuple(_row(p.old, after, (p.old, subject.adjoint(p.old), p.new)) for p in parameters)
    yield Table(header, rows, (False, True, True, True))
    yield from _cut(subject, subject.trained, "numbers.first_parameters")


def _numbers_of_rule(subject: Subject) -> Iterator[Text]:
    """The numbers that the rule of updates is given, each with its letter."""
    step = subject.training
    yield _setting(subject, step.learning_rate, f"{subject.learning_rate:g}")
    yield from _settings(subject)
    if step.total_updates is not None:
        yield _setting(subject, step.total_updates, f"{subject.updates:,}")


def _settings(subject: Subject) -> list[Text]:
    return [_setting(subject, name, f"{value:g}") for name, value in subject.training.settings.items()]


def _setting(subject: Subject, name: str, number: str) -> Text:
    return subject.say("update.setting", symbol=Math(Symbol(name)), value=number)


def _kept(subject: Subject, after: Mapping[str, Any]) -> Iterator[Block]:
    """The states before and after the update."""
    states = list(islice(_updated(subject, subject.states), _MOST_ROWS))
    if not states:
        return
    yield Paragraph(subject.say("numbers.kept"))
    rows = tuple(_row(state.old, after, (state.old, state.new)) for state in states)
    yield Table(headed(subject, "table.state", "table.before", "table.after"), rows, (False, True, True))
    yield from _cut(subject, subject.states, "numbers.first_states")


def _row(name: str, numbers: Mapping[str, Any], shown: tuple[str, ...]) -> tuple[Text, ...]:
    return ((Math(Symbol(name)),), *((Math(as_number(numbers[each])),) for each in shown))


def _cut(subject: Subject, tensors: Mapping[str, str], key: str) -> Iterator[Block]:
    """Says where a table does not show all, by the sentence that goes by `key`."""
    asked, shapes = subject.asked, subject.forward.tensors
    count = sum(len(asked[name]) if name in asked else prod(shapes[name].extents) for name in tensors)
    if count > _MOST_ROWS:
        yield Paragraph(subject.say(key, most=_MOST_ROWS, count=f"{count:,}"))


class _Parameter(NamedTuple):
    """One element that an update changes: its identifier, and that of its value after the step."""

    old: str
    new: str


def _updated(subject: Subject, tensors: Mapping[str, str]) -> Iterator[_Parameter]:
    """The elements of tensors that an update changes, in order, each named when it is asked for."""
    step, names = subject.training, subject.training_names
    for old, new in tensors.items():
        pairs = (names.elements(step.program.tensors[name]) for name in (old, new))
        yield from map(_Parameter, *pairs)


def _asked(subject: Subject, tensors: Mapping[str, str]) -> Iterator[_Parameter]:
    """Those of the elements that were asked for."""
    wanted = set(subject.alone)
    for old, new in tensors.items():
        found = _updated(subject, {old: new})
        yield from found if old not in subject.asked else (each for each in found if each.old in wanted)


def _after_the_step(subject: Subject) -> dict[str, Any]:
    """Every number of the training step, by name, the new values among them."""
    step = subject.training
    program = unroll(step.program, subject.training_names)
    rule = {step.learning_rate: subject.learning_rate, **step.settings}
    rule |= {} if step.total_updates is None else {step.total_updates: float(subject.updates)}
    for name, start in step.starts.items():
        rule |= dict.fromkeys(subject.training_names.elements(step.program.tensors[name]), start)
    given = {t.name: subject.numbers[t.name] for t in program.free if t.name not in rule}
    return evaluate_program(program, {**given, **rule}, FLOAT)


def _worked_numbers(subject: Subject) -> Iterator[Block]:
    """Gradients in symbols and in numbers: the one that the chain rule was shown for, and the first; all asked for singly."""
    first = subject.identifiers(subject.parameters, 1)
    worked = tuple(dict.fromkeys((*_most_telling(subject), *(subject.alone or first))))[:_MOST_WORKED]
    if not worked:
        return
    formulas = {name: _formula(subject, name) for name in worked}
    named = named_adjoints(subject.view, formulas.values())
    if len(named) > _MOST_NAMED:
        yield Paragraph(subject.say("numbers.named_in_table"))
        yield _pairs("table.quantity", named[:_MOST_ROWS], subject)
        named = []
    used = subject.prose.counted("numbers.named", len(named)) if named else ()
    several = subject.say("numbers.worked_several", number=len(worked))
    how = several if len(worked) > 2 else subject.prose.counted("numbers.worked", len(worked))
    yield Paragraph(subject.prose.sentences_of(used, how))
    parts = [_worked_part(subject, name) for name in named]
    whole = [_worked(subject, subject.gradient(n), f, subject.adjoint(n)) for n, f in formulas.items()]
    yield Equations("numbers", (*parts, *whole))


def _most_telling(subject: Subject) -> list[str]:
    """The weight that the chain rule was shown for."""
    if subject.layers:
        return subject.parameters_of(subject.layers, 1)
    return subject.identifiers(subject.parameters)[-1:]


def _pairs(key: str, names: list[str], subject: Subject) -> Table:
    """Quantities and their values; `key` is what the first column is called by."""
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((Math(Symbol(name)),), (Math(as_number(subject.numbers[name])),)) for name in names
    )
    return Table(headed(subject, key, "table.value"), rows, (False, True))


def _formula(subject: Subject, identifier: str) -> Formula:
    """A gradient over the forward names, through the adjoints of the sums where it would be long."""
    formula = subject.view.formula(identifier)
    return formula if size(formula) <= LONG else subject.view.value(subject.adjoint(identifier), stop=True)


def _worked_part(subject: Subject, adjoint: str) -> Chain:
    """A derivative that others refer to, with its name before it."""
    left, formula = subject.gradient(subject.core.primal(adjoint)), subject.view.value(adjoint, stop=True)
    chain = _worked(subject, left, formula, adjoint)
    return replace(chain, sides=(Symbol(adjoint), *chain.sides))


def _worked(subject: Subject, left: Formula, formula: Formula, adjoint: str) -> Chain:
    """One derivative in three steps."""
    return in_three_steps(left, formula, subject.numbers, subject.numbers[adjoint])


def _example(subject: Subject) -> Iterator[Block]:
    """The inputs, targets and fixed parameters that the numbers are for."""
    free = [t for t in subject.forward.free if t.name not in subject.trained or t.name in subject.asked]
    named = (name for tensor in free for name in subject.view.identifiers(tensor, _MOST_ROWS + 1))
    given = list(islice(named, _MOST_ROWS + 1))
    if subject.examples > 1:
        yield Paragraph(subject.say("numbers.mean", examples=subject.examples))
    elif subject.batch is not None:
        yield Paragraph(subject.prose.counted("numbers.batch", subject.batch))
    if 0 < len(given) <= _MOST_ROWS:
        yield Paragraph(subject.say("numbers.given"))
        yield _pairs("table.given", given, subject)


def _afterwards(subject: Subject, after: Mapping[str, Any]) -> Paragraph:
    """The loss with the new parameters."""
    free = {tensor.name: subject.numbers[tensor.name] for tensor in subject.view.program.free}
    free |= {changed.old: after[changed.new] for changed in _updated(subject, {**subject.changed, **subject.states})}
    loss = evaluate_program(subject.view.program, free, FLOAT)[subject.loss]
    before = Math(as_number(subject.numbers[subject.loss]))
    key = "numbers.afterwards_of_all" if subject.is_part else "numbers.afterwards"
    return Paragraph(subject.say(key, after=Math(as_number(loss)), before=before))


def update_rule(subject: Subject) -> Iterator[Block]:
    """Gradient descent, in one line, and what becomes of the states."""
    by_element = subject.is_chain or not subject.layers
    whole = (_Parameter(*pair) for pair in subject.trained.items())
    parameter = next(_asked(subject, subject.trained) if by_element else whole, None)
    if parameter is not None:
        yield Heading(2, subject.say("update.heading"))
        yield from _descent(subject, parameter)
    if subject.states:
        yield Heading(2, subject.say("update.kept_heading"))
        yield from _states(subject)


def _descent(subject: Subject, parameter: _Parameter) -> Iterator[Block]:
    alone = len(list(islice(_updated(subject, subject.changed), 2))) == 1
    small = subject.say("update.small_step", rate=Math(Symbol(subject.training.learning_rate)))
    here = subject.say("update.for" if alone else "update.for_every", parameter=Math(Symbol(parameter.old)))
    yield Paragraph(subject.prose.sentences_of(small, here))
    if subject.rule == UpdateRule():
        yield Equations("update", (Chain((Symbol(parameter.new), _new_value(subject, parameter))),))
    else:
        yield Equations("update", _by_rule(subject, parameter))
        yield Paragraph(subject.prose.sentences_of(*_meanings(subject)))
    yield Paragraph(subject.say("update.training"))


def _by_rule(subject: Subject, parameter: _Parameter) -> tuple[Chain, ...]:
    """The equations of an optimizer with states, with a schedule or with clipping."""
    place = subject.view.place(parameter.old)
    if place is None:
        return subject.update_lines.of_tensor(subject.forward.tensors[parameter.old], "index")
    return subject.update_lines.of_element(*place)


def _meanings(subject: Subject) -> Iterator[Text]:
    """Where the rule comes from, and what its letters mean."""
    step, rule, plan, say = subject.training, subject.rule.rule, subject.rule.plan, subject.say
    if plan.name == "constant":
        yield say("update.rule", rule=rule.name, reference=rule.reference)
    else:
        schedule = {"schedule": plan.name, "its_reference": plan.reference}
        yield say("update.rule_with_schedule", rule=rule.name, reference=rule.reference, **schedule)
    if step.settings:
        yield say("update.settings", settings=subject.prose.enumerated(_settings(subject)))
    if step.update_number is not None:
        counter = Math(Symbol(step.update_number))
        if step.total_updates is None:
            yield say("update.counts", counter=counter)
        else:
            yield say("update.counts_to", counter=counter, total=Math(Symbol(step.total_updates)))
    if any(name != step.update_number for name in step.starts):
        yield say("update.starts")


def _states(subject: Subject) -> Iterator[Block]:
    """States have no gradient and no learning rate: the equations of the forward pass say what comes next."""
    states = subject.prose.listed([Math(Symbol(name)) for name in subject.states])
    yield Paragraph(subject.prose.counted("update.kept", len(subject.states), states=states))
    view = IndexView(subject.core)
    yield Equations("states", tuple(chain(subject.core, view, name) for name in subject.states.values()))


def _new_value(subject: Subject, parameter: _Parameter) -> Formula:
    """The right-hand side of the step's own equation, a gradient as the derivative that it is."""
    view = ScalarView(replace(subject.whole, program=subject.training.program), subject.training_names)
    line = subject.training.program.by_name.get(parameter.new) or view.line(parameter.new)
    gradient = subject.adjoint(parameter.old)

    def leaf(access: Access) -> Formula:
        name = access.tensor.name
        return subject.gradient(parameter.old) if name == gradient else Symbol(name)

    return node_formula(line.value, leaf)
