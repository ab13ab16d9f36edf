"""The chapters with numbers: the first update where values are given, and the rule by which weights change."""

from __future__ import annotations

from collections.abc import Iterator

from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Table, Text
from symprop.document.subject import LONG, Subject
from symprop.ir.evaluate import evaluate_program
from symprop.notation.formula import Chain, Formula, Negative, Product, Sum, Symbol
from symprop.scalar.numeric import FLOAT
from symprop.views.numbers import as_number, in_three_steps
from symprop.views.tree import size

_MOST_ROWS = 60
_RATE = "eta"


def first_update(subject: Subject) -> Iterator[Block]:
    """Forward values, one gradient in three steps, and every parameter before and after."""
    if not subject.numbers:
        return
    yield Heading(2, ("The first update, in numbers",))
    yield from _example(subject)
    forward = [equation.name for equation in subject.view.forward] if subject.small else [subject.loss]
    yield _pairs("Quantity", forward, subject)
    parameters = [name for tensor in subject.parameters for name in subject.view.identifiers(tensor)]
    if not parameters:
        return
    if subject.small:
        yield Paragraph(("Two gradients, first in symbols, then with the numbers put in, then worked out:",))
        worked = dict.fromkeys((_most_telling(subject, parameters), parameters[0]))
        yield Equations("numbers", tuple(_worked_number(subject, identifier) for identifier in worked))
    yield Paragraph(
        (
            "All gradients are taken at the old weights, and all weights change at once. With the learning rate ",
            Math(Symbol(_RATE)),
            f" = {subject.learning_rate:g}:",
        )
    )
    yield _updates(subject, parameters[:_MOST_ROWS])
    yield from _afterwards(subject)
    if len(parameters) > _MOST_ROWS:
        yield Paragraph((f"The table shows the first {_MOST_ROWS} of {len(parameters)} parameters.",))


def _most_telling(subject: Subject, parameters: list[str]) -> str:
    """The weight that the chain rule was shown for."""
    shown = subject.parameters_of(subject.layers) if subject.layers else []
    return shown[0] if shown else parameters[-1]


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
    given = [name for tensor in free for name in subject.view.identifiers(tensor)]
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


def _updates(subject: Subject, parameters: list[str]) -> Table:
    header: tuple[Text, ...] = (("Parameter",), ("Before",), ("Gradient",), ("After",))
    rows = tuple(_update_row(subject, name) for name in parameters)
    return Table(header, rows, (False, True, True, True))


def _update_row(subject: Subject, name: str) -> tuple[Text, ...]:
    before, gradient = subject.numbers[name], subject.numbers[subject.adjoint(name)]
    after = before - subject.learning_rate * gradient
    return ((Math(Symbol(name)),), *((Math(as_number(number)),) for number in (before, gradient, after)))


def _afterwards(subject: Subject) -> Iterator[Block]:
    """The loss of the example with the new parameters."""
    free = {tensor.name: subject.numbers[tensor.name] for tensor in subject.view.program.free}
    trained = [name for tensor in subject.parameters for name in subject.view.identifiers(tensor) if name in free]
    for name in trained:
        free[name] -= subject.learning_rate * subject.numbers[subject.adjoint(name)]
    loss = evaluate_program(subject.view.program, free, FLOAT)[subject.loss]
    yield Paragraph(
        (
            "With the new parameters the loss of the example is ",
            Math(as_number(loss)),
            "; before, it was ",
            Math(as_number(subject.numbers[subject.loss])),
            ".",
        )
    )


def new_name(name: str) -> str:
    """What a parameter is called after its update."""
    return f"{name}_new"


def update_rule(subject: Subject) -> Iterator[Block]:
    """Gradient descent, in one line."""
    parameters = [name for tensor in subject.parameters for name in subject.view.identifiers(tensor)][:1]
    if not parameters:
        return
    name = parameters[0]
    yield Heading(2, ("The update rule",))
    yield Paragraph(
        (
            "The gradient points to where the loss grows fastest, so every weight takes a small step the other way. The "
            "learning rate ",
            Math(Symbol(_RATE)),
            " says how small. For ",
            Math(Symbol(name)),
            ", and in the same way for every other:",
        )
    )
    step = Product((Symbol(_RATE), subject.gradient(name)))
    new: Formula = Sum((Symbol(name), Negative(step)))
    yield Equations("update", (Chain((Symbol(new_name(name)), new)),))
    yield Paragraph(
        (
            "Forward pass, backward pass, update: repeated many times, this is training. If the learning rate is too "
            "small it takes long; if it is too large, the steps overshoot, and the units may saturate, where their "
            "derivative is next to nothing and learning stops.",
        )
    )
