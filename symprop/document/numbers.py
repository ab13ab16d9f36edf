"""The chapters with numbers: the first update where values are given, and the rule by which weights change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from symprop.derivation.unroll import unroll
from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Table, Text
from symprop.document.subject import LONG, Subject
from symprop.ir.evaluate import evaluate_program
from symprop.ir.tensor import Access
from symprop.notation.formula import Chain, Formula, Symbol
from symprop.scalar.numeric import FLOAT
from symprop.views.numbers import as_number, in_three_steps
from symprop.views.scalar import ScalarView, node_formula
from symprop.views.tree import size

_MOST_ROWS = 60


def first_update(subject: Subject) -> Iterator[Block]:
    """Forward values, one gradient in three steps, and every parameter before and after."""
    if not subject.numbers:
        return
    yield Heading(2, ("The first update, in numbers",))
    yield from _example(subject)
    forward = [equation.name for equation in subject.view.forward] if subject.small else [subject.loss]
    yield _pairs("Quantity", forward, subject)
    parameters = list(islice(_updated(subject), _MOST_ROWS))
    if not parameters:
        return
    if subject.small:
        yield Paragraph(("Two gradients, first in symbols, then with the numbers put in, then worked out:",))
        worked = dict.fromkeys((_most_telling(subject, parameters), parameters[0].old))
        yield Equations("numbers", tuple(_worked_number(subject, identifier) for identifier in worked))
    yield Paragraph(
        (
            "All gradients are taken at the old weights, and all weights change at once. With the learning rate ",
            Math(Symbol(subject.training.learning_rate)),
            f" = {subject.learning_rate:g}:",
        )
    )
    after = _after_the_step(subject)
    yield _updates(subject, parameters, after)
    yield _afterwards(subject, after)
    count = sum(prod(subject.forward.tensors[name].extents) for name in subject.training.updated)
    if count > _MOST_ROWS:
        yield Paragraph((f"The table shows the first {_MOST_ROWS} of {count:,} parameters.",))


class _Parameter(NamedTuple):
    """One trained element: its identifier, and that of its value after the step."""

    old: str
    new: str


def _updated(subject: Subject) -> Iterator[_Parameter]:
    """The elements that a training step changes, in order, each named when it is asked for."""
    step, names = subject.training, subject.training_names
    for old, new in step.updated.items():
        pairs = (names.elements(step.program.tensors[name]) for name in (old, new))
        yield from map(_Parameter, *pairs)


def _whole(subject: Subject) -> Iterator[_Parameter]:
    """The tensors that a training step changes."""
    return (_Parameter(old, new) for old, new in subject.training.updated.items())


def _after_the_step(subject: Subject) -> dict[str, Any]:
    """Every number of the training step, by name, the new values among them."""
    step = subject.training
    program = unroll(step.program, subject.training_names)
    rate = {step.learning_rate: subject.learning_rate}
    given = {t.name: subject.numbers[t.name] for t in program.free if t.name not in rate}
    return evaluate_program(program, {**given, **rate}, FLOAT)


def _most_telling(subject: Subject, parameters: list[_Parameter]) -> str:
    """The weight that the chain rule was shown for."""
    shown = subject.parameters_of(subject.layers, 1) if subject.layers else []
    return shown[0] if shown else parameters[-1].old


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
    free = [tensor for tensor in subject.forward.free if tensor not in subject.parameters]
    given = subject.identifiers(free, _MOST_ROWS + 1)
    if subject.examples > 1:
        yield Paragraph(
            (
                f"The training data has {subject.examples} examples; an update takes the mean of their gradients. These "
                "are the numbers of one example alone:",
            )
        )
    else:
        yield Paragraph(("The numbers of the example:",))
    if len(given) <= _MOST_ROWS:
        yield _pairs("Given", given, subject)
    yield Paragraph(("The forward pass gives",))


def _updates(subject: Subject, parameters: list[_Parameter], after: Mapping[str, Any]) -> Table:
    header: tuple[Text, ...] = (("Parameter",), ("Before",), ("Gradient",), ("After",))
    rows = tuple(_update_row(subject, parameter, after) for parameter in parameters)
    return Table(header, rows, (False, True, True, True))


def _update_row(subject: Subject, parameter: _Parameter, after: Mapping[str, Any]) -> tuple[Text, ...]:
    numbers = (after[name] for name in (parameter.old, subject.adjoint(parameter.old), parameter.new))
    return ((Math(Symbol(parameter.old)),), *((Math(as_number(number)),) for number in numbers))


def _afterwards(subject: Subject, after: Mapping[str, Any]) -> Paragraph:
    """The loss of the example with the new parameters."""
    free = {tensor.name: subject.numbers[tensor.name] for tensor in subject.view.program.free}
    free |= {parameter.old: after[parameter.new] for parameter in _updated(subject)}
    loss = evaluate_program(subject.view.program, free, FLOAT)[subject.loss]
    return Paragraph(
        (
            "With the new parameters the loss of the example is ",
            Math(as_number(loss)),
            "; before, it was ",
            Math(as_number(subject.numbers[subject.loss])),
            ".",
        )
    )


def update_rule(subject: Subject) -> Iterator[Block]:
    """Gradient descent, in one line."""
    parameter = next(_updated(subject) if subject.is_chain or not subject.layers else _whole(subject), None)
    if parameter is None:
        return
    yield Heading(2, ("The update rule",))
    yield Paragraph(
        (
            "The gradient points to where the loss grows fastest, so every weight takes a small step the other way. The "
            "learning rate ",
            Math(Symbol(subject.training.learning_rate)),
            " says how small. For ",
            Math(Symbol(parameter.old)),
            ", and in the same way for every other:",
        )
    )
    yield Equations("update", (Chain((Symbol(parameter.new), _new_value(subject, parameter))),))
    yield Paragraph(
        (
            "Forward pass, backward pass, update: repeated many times, this is training. If the learning rate is too "
            "small it takes long; if it is too large, the steps overshoot, and the units may saturate, where their "
            "derivative is next to nothing and learning stops.",
        )
    )


def _new_value(subject: Subject, parameter: _Parameter) -> Formula:
    """The right-hand side of the step's own equation, the gradient as the derivative that it is."""
    view = ScalarView(replace(subject.core, program=subject.training.program), subject.training_names)
    line = subject.training.program.by_name.get(parameter.new) or view.line(parameter.new)
    gradient = subject.adjoint(parameter.old)

    def leaf(access: Access) -> Formula:
        name = access.tensor.name
        return subject.gradient(parameter.old) if name == gradient else Symbol(name)

    return node_formula(line.value, leaf)
