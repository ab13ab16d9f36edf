"""The chapters with numbers: the first update where values are given, and the rule by which weights change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from symprop.derivation.unroll import unroll
from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Table, Text, listed
from symprop.document.lines import chain
from symprop.document.subject import LONG, Subject
from symprop.ir.evaluate import evaluate_program
from symprop.ir.tensor import Access
from symprop.notation.formula import Chain, Formula, Symbol
from symprop.rules.update_rule import UpdateRule
from symprop.scalar.numeric import FLOAT
from symprop.views.index import IndexView
from symprop.views.numbers import as_number, in_three_steps
from symprop.views.scalar import ScalarView, node_formula
from symprop.views.tree import size

_MOST_ROWS = 60


def first_update(subject: Subject) -> Iterator[Block]:
    """Forward values, one gradient in three steps, and every parameter before and after."""
    if not subject.numbers:
        return
    changes = bool(subject.trained or subject.states)
    yield Heading(2, ("The first update, in numbers" if changes else "In numbers",))
    yield from _example(subject)
    yield Paragraph(("The forward pass gives",))
    forward = [equation.name for equation in subject.view.forward] if subject.small else [subject.loss]
    yield _pairs("Quantity", forward, subject)
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
    parameters = list(islice(_updated(subject, subject.trained), _MOST_ROWS))
    if not parameters:
        return
    yield Paragraph(
        (
            "All gradients are taken at the old weights, and all weights change at once. With the learning rate ",
            Math(Symbol(subject.training.learning_rate)),
            f" = {subject.learning_rate:g}",
            *_settings(subject),
            ":",
        )
    )
    header: tuple[Text, ...] = (("Parameter",), ("Before",), ("Gradient",), ("After",))
    rows = tuple(_row(p.old, after, (p.old, subject.adjoint(p.old), p.new)) for p in parameters)
    yield Table(header, rows, (False, True, True, True))
    yield from _cut(subject, subject.trained, "parameters")


def _settings(subject: Subject) -> Iterator[str | Math]:
    """The numbers that the rule of updates is given, each with its letter."""
    step = subject.training
    for name, value in step.settings.items():
        yield from (", ", Math(Symbol(name)), f" = {value:g}")
    if step.total_updates is not None:
        yield from (", ", Math(Symbol(step.total_updates)), f" = {subject.updates:,}")


def _kept(subject: Subject, after: Mapping[str, Any]) -> Iterator[Block]:
    """The states before and after the update."""
    states = list(islice(_updated(subject, subject.states), _MOST_ROWS))
    if not states:
        return
    yield Paragraph(("What is kept from one update to the next changes by its own equations:",))
    rows = tuple(_row(state.old, after, (state.old, state.new)) for state in states)
    yield Table((("State",), ("Before",), ("After",)), rows, (False, True, True))
    yield from _cut(subject, subject.states, "states")


def _row(name: str, numbers: Mapping[str, Any], shown: tuple[str, ...]) -> tuple[Text, ...]:
    return ((Math(Symbol(name)),), *((Math(as_number(numbers[each])),) for each in shown))


def _cut(subject: Subject, tensors: Mapping[str, str], what: str) -> Iterator[Block]:
    """Says where a table does not show all."""
    count = sum(prod(subject.forward.tensors[name].extents) for name in tensors)
    if count > _MOST_ROWS:
        yield Paragraph((f"The table shows the first {_MOST_ROWS} of {count:,} {what}.",))


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
    """One or two gradients in symbols and in numbers: the one that the chain rule was shown for, and the first."""
    first = subject.identifiers(subject.parameters, 1)
    worked = tuple(dict.fromkeys((*_most_telling(subject), *first)))
    if not worked:
        return
    count = "One gradient" if len(worked) == 1 else "Two gradients"
    yield Paragraph((f"{count}, first in symbols, then with the numbers put in, then worked out:",))
    yield Equations("numbers", tuple(_worked_number(subject, identifier) for identifier in worked))


def _most_telling(subject: Subject) -> list[str]:
    """The weight that the chain rule was shown for."""
    if subject.layers:
        return subject.parameters_of(subject.layers, 1)
    return subject.identifiers(subject.parameters)[-1:]


def _pairs(title: str, names: list[str], subject: Subject) -> Table:
    rows: tuple[tuple[Text, ...], ...] = tuple(
        ((Math(Symbol(name)),), (Math(as_number(subject.numbers[name])),)) for name in names
    )
    return Table(((title,), ("Value",)), rows, (False, True))


def _worked_number(subject: Subject, identifier: str) -> Chain:
    """One gradient in three steps, through the adjoints of the sums where it would be long."""
    adjoint = subject.adjoint(identifier)
    formula = subject.view.formula(identifier)
    if size(formula) > LONG:
        formula = subject.view.value(adjoint, stop=True)
    return in_three_steps(subject.gradient(identifier), formula, subject.numbers, subject.numbers[adjoint])


def _example(subject: Subject) -> Iterator[Block]:
    """The inputs, targets and fixed parameters that the numbers are for."""
    free = [tensor for tensor in subject.forward.free if tensor.name not in subject.trained]
    given = subject.identifiers(free, _MOST_ROWS + 1)
    if subject.examples > 1:
        text = f"The training data has {subject.examples} examples; an update takes the mean of their gradients. "
        yield Paragraph((f"{text}Here are the numbers of one example alone.",))
    elif subject.batch is not None:
        yield Paragraph((f"Here are the numbers of one batch, of {_counted(subject.batch)}.",))
    if 0 < len(given) <= _MOST_ROWS:
        yield Paragraph(("The numbers that are given:",))
        yield _pairs("Given", given, subject)


def _counted(examples: int) -> str:
    return "1 example" if examples == 1 else f"{examples} examples"


def _afterwards(subject: Subject, after: Mapping[str, Any]) -> Paragraph:
    """The loss with the new parameters."""
    free = {tensor.name: subject.numbers[tensor.name] for tensor in subject.view.program.free}
    free |= {changed.old: after[changed.new] for changed in _updated(subject, {**subject.trained, **subject.states})}
    loss = evaluate_program(subject.view.program, free, FLOAT)[subject.loss]
    return Paragraph(
        (
            "After the update the loss of the same numbers is ",
            Math(as_number(loss)),
            "; before, it was ",
            Math(as_number(subject.numbers[subject.loss])),
            ".",
        )
    )


def update_rule(subject: Subject) -> Iterator[Block]:
    """Gradient descent, in one line, and what becomes of the states."""
    by_element = subject.is_chain or not subject.layers
    whole = (_Parameter(*pair) for pair in subject.trained.items())
    parameter = next(_updated(subject, subject.trained) if by_element else whole, None)
    if parameter is not None:
        yield Heading(2, ("The update rule",))
        yield from _descent(subject, parameter)
    if subject.states:
        yield Heading(2, ("What is kept between updates",))
        yield from _states(subject)


def _descent(subject: Subject, parameter: _Parameter) -> Iterator[Block]:
    trained = (subject.forward.tensors[name] for name in subject.trained)
    alone = len(subject.identifiers(trained, 2)) == 1
    yield Paragraph(
        (
            "The gradient points to where the loss grows fastest, so every weight takes a small step the other way. The "
            "learning rate ",
            Math(Symbol(subject.training.learning_rate)),
            " says how small. For ",
            Math(Symbol(parameter.old)),
            ":" if alone else ", and in the same way for every other:",
        )
    )
    if subject.rule == UpdateRule():
        yield Equations("update", (Chain((Symbol(parameter.new), _new_value(subject, parameter))),))
    else:
        yield Equations("update", _by_rule(subject, parameter))
        yield Paragraph(tuple(_meanings(subject, parameter)))
    yield Paragraph(
        (
            "Forward pass, backward pass, update: repeated many times, this is training. If the learning rate is too "
            "small it takes long; if it is too large, the steps overshoot, and the units may saturate, where their "
            "derivative is next to nothing and learning stops.",
        )
    )


def _by_rule(subject: Subject, parameter: _Parameter) -> tuple[Chain, ...]:
    """The equations of an optimizer with states, with a schedule or with clipping."""
    place = subject.view.place(parameter.old)
    if place is None:
        return subject.update_lines.of_tensor(subject.forward.tensors[parameter.old], "index")
    return subject.update_lines.of_element(*place)


def _meanings(subject: Subject, parameter: _Parameter) -> Iterator[str | Math]:
    """Where the rule comes from, and what its letters mean."""
    step, rule = subject.training, subject.rule
    yield f"This is {rule.rule.name} ({rule.rule.reference})"
    if rule.plan.name != "constant":
        yield f" with the schedule {rule.plan.name} ({rule.plan.reference})"
    yield ". "
    for number, (name, value) in enumerate(step.settings.items()):
        yield from (", " if number else "Here ", Math(Symbol(name)), f" = {value:g}")
    yield ". " if step.settings else ""
    if step.update_number is not None:
        yield from (Math(Symbol(step.update_number)), " counts the updates from 1")
        if step.total_updates is not None:
            yield from (", ", Math(Symbol(step.total_updates)), " is how many there are")
        yield ". "
    states = [name for name in step.starts if name != step.update_number]
    if states:
        yield "What the optimizer keeps of each parameter from update to update starts from 0."


def _states(subject: Subject) -> Iterator[Block]:
    """States have no gradient and no learning rate: the equations of the forward pass say what comes next."""
    kept = listed([Math(Symbol(name)) for name in subject.states])
    many = " are no weights, and no gradient moves them. Each update sets them anew, as the forward pass says:"
    one = " is no weight, and no gradient moves it. Each update sets it anew, as the forward pass says:"
    yield Paragraph((*kept, many if len(subject.states) > 1 else one))
    view = IndexView(subject.core)
    yield Equations("states", tuple(chain(subject.core, view, name) for name in subject.states.values()))


def _new_value(subject: Subject, parameter: _Parameter) -> Formula:
    """The right-hand side of the step's own equation, a gradient as the derivative that it is."""
    view = ScalarView(replace(subject.core, program=subject.training.program), subject.training_names)
    line = subject.training.program.by_name.get(parameter.new) or view.line(parameter.new)
    gradient = subject.adjoint(parameter.old)

    def leaf(access: Access) -> Formula:
        name = access.tensor.name
        return subject.gradient(parameter.old) if name == gradient else Symbol(name)

    return node_formula(line.value, leaf)
