"""Why a run is stuck: the units whose activation is flat where training ended, with the factor that the chain rule has there.

The factor's formula is the one that the derivation's own steps hold; nothing is differentiated here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from typing import Any

from symprop.derivation.step import Step
from symprop.derivation.unroll import Unroller, elements
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Role, Tensor
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.notation.unicode import unicode_text
from symprop.prose import Prose, Value
from symprop.prose.text import Math, Text
from symprop.training.model import Model
from symprop.training.probe import Probe
from symprop.views.scalar import equation_formula

Array = Any
Figures = Callable[[float, int], Value]

FLAT = 1e-2  # a slope below this: a hundred times less than that of the identity
MOST_NAMED = 4


@dataclass(frozen=True)
class Steepest:
    """One example, counted from 1: the one of `examples` where a unit's slope is largest, with its output and slope there."""

    example: int
    examples: int
    value: float
    slope: float


@dataclass(frozen=True)
class UnitSlope:
    """One unit: the names of its weighted sum and its output, the output's mean and the mean size of its slope.

    `formula` is the slope's, in plain text, `local` the same to be set; `total` is the mean of the weighted sum.
    `saturated` says that the slope is below 0.01. Means do not fulfil the formula: of several examples, `steepest` does.
    """

    unit: str
    output: str
    value: float
    slope: float
    formula: str
    total: float = nan
    local: Formula | None = None
    steepest: Steepest | None = None

    @property
    def saturated(self) -> bool:
        """Whether the mean slope is below 0.01, so that hardly any gradient passes."""
        return self.slope < FLAT


def unit_slopes(model: Model, parameters: Mapping[str, Any], x: Any) -> list[UnitSlope]:
    """Every unit whose activation the chain rule went through, in the order of the layers; means are over the examples.

    `x` is of shape (N, inputs), `parameters` by tensor. Raises UserError for what does not fit.
    """
    return units_of(model, x)(parameters)


def units_of(model: Model, x: Any) -> Callable[[Mapping[str, Any]], list[UnitSlope]]:
    """What gives `unit_slopes` at any parameters; it is compiled once."""
    slopes = Slopes(model)
    read = slopes.reader(model.probe(x, most=None))

    def units(parameters: Mapping[str, Any]) -> list[UnitSlope]:
        values = read(parameters)
        return [unit for a in slopes.activations for unit in _units(slopes, a, values[a.output.name])]

    return units


@dataclass(frozen=True)
class Read:
    """What an activation does: its `sums`, `outputs` and the `slopes` there, each of shape (copies, elements)."""

    sums: Array
    outputs: Array
    slopes: Array


@dataclass(frozen=True)
class Activation:
    """A step of the chain rule from an activation's `output` to its weighted `sum`; `slope` is its factor, as a tensor."""

    sum: Tensor
    output: Tensor
    slope: Equation


class Slopes:
    """The slopes of a network's activations, as equations beside the forward ones, in the order of the layers."""

    def __init__(self, model: Model) -> None:
        steps = [step for step in model.derivation.steps if _through_activation(step, model)]
        found = {
            step.wrt.tensor.name: Activation(step.wrt.tensor, step.via.tensor, _slope(step)) for step in reversed(steps)
        }
        self.activations = list(found.values())
        forward = model.derivation.forward
        equations = (*forward.equations, *(activation.slope for activation in self.activations))
        self.program = replace(forward, equations=equations)
        self.unroller = Unroller(self.program, model.evaluation.names_of_example())

    def reader(self, probe: Probe) -> Callable[[Mapping[str, Any]], dict[str, Read]]:
        """What gives the sums, outputs and slopes of each activation, by its output."""
        tensors = [tensor for a in self.activations for tensor in (a.sum, a.output, a.slope.target.tensor)]
        if not tensors:
            return lambda parameters: {}
        read = probe.reader(self.program, tensors)

        def slopes(parameters: Mapping[str, Any]) -> dict[str, Read]:
            found = read(parameters)
            triples = zip(found[::3], found[1::3], found[2::3], strict=True)
            return {a.output.name: Read(*triple) for a, triple in zip(self.activations, triples, strict=True)}

        return slopes


def _slope(step: Step) -> Equation:
    primal = step.wrt.tensor
    tensor = Tensor(f"slope_{primal.name}", primal.indices, Role.ADJOINT, primal=primal.name)
    return Equation(replace(step.wrt, tensor=tensor), step.local, Origin("local derivative"))


def _through_activation(step: Step, model: Model) -> bool:
    """Whether a step goes from an activation's output to its weighted sum."""
    via = model.derivation.forward.by_name.get(step.via.tensor.name)
    wrt = model.derivation.forward.by_name.get(step.wrt.tensor.name)
    rules = (via and via.origin.rule, wrt and wrt.origin.rule)
    return step.rule == "elementwise" and rules == ("activation", "pre-activation")


def _units(slopes: Slopes, activation: Activation, read: Read) -> Iterator[UnitSlope]:
    """The units of one layer, each over all examples."""
    unroller, tensor = slopes.unroller, activation.slope.target.tensor
    columns: dict[str, list[int]] = {}
    places = list(elements(tensor))
    for position, element in enumerate(places):
        columns.setdefault(unroller.name(activation.sum, element), []).append(position)
    for name, positions in columns.items():
        element = places[positions[0]]
        local = equation_formula(unroller.line(tensor.name, element))
        outputs, sizes = read.outputs[:, positions], abs(read.slopes[:, positions])
        yield UnitSlope(
            name,
            unroller.name(activation.output, element),
            float(outputs.mean()),
            float(sizes.mean()),
            unicode_text(local),
            float(read.sums[:, positions].mean()),
            local,
            _steepest(outputs, read.slopes[:, positions]),
        )


def _steepest(outputs: Array, slopes: Array) -> Steepest | None:
    """None where there is one example, which is its own mean."""
    flat = slopes.ravel()
    place = int(abs(flat).argmax())
    return Steepest(place + 1, flat.size, float(outputs.ravel()[place]), float(flat[place])) if flat.size > 1 else None


def in_figures(value: float, digits: int) -> str:
    """A number as programs write it.

    >>> in_figures(2.7e-06, 2)
    '2.7e-06'
    """
    return f"{value:.{digits}g}"


def explain(
    units: Sequence[UnitSlope], norm: float, rate: float | None, words: Prose, number: Figures = in_figures
) -> Text:
    """One sentence on why the loss does not fall; `norm` is the gradient's Euclidean norm.

    `rate` is the learning rate where updates are plain gradient descent, else None. `number` writes one with so many digits.

    >>> from symprop.prose import prose
    >>> from symprop.prose.text import in_unicode
    >>> unit = UnitSlope("o1", "a_o1", 0.9999973, 2.7e-06, "a_o1(1 − a_o1)")
    >>> in_unicode(explain([unit], 1e-6, 1000, prose("en")))
    'o1 is saturated: a_o1 = 0.9999973, the factor ∂a_o1/∂o1 = a_o1(1 − a_o1) = 2.7e-06, so its weights hardly change.'
    """
    flat = [unit for unit in units if unit.saturated]
    if not flat:
        return _not_saturated(units, norm, rate, words, number)
    named: list[Value] = [Math(Symbol(unit.unit)) for unit in flat[:MOST_NAMED]]
    if len(flat) > MOST_NAMED:
        named.append(words.counted("reason.others", len(flat) - MOST_NAMED))
    shown = words.clauses([_shown(unit, words, number) for unit in flat[:MOST_NAMED]])
    return words.counted("reason.saturated", len(flat), units=words.listed(named), shown=shown)


def _shown(unit: UnitSlope, words: Prose, number: Figures) -> Text:
    """The output and the factor of one example, beside the mean where there are several."""
    most = unit.steepest
    value, slope = (unit.value, unit.slope) if most is None else (most.value, most.slope)
    shown = words.say(
        "reason.unit",
        output=Math(Symbol(unit.output)),
        value=number(value, 7),
        factor=_factor(unit),
        formula=unit.formula if unit.local is None else Math(unit.local),
        slope=number(slope, 2),
    )
    if most is None:
        return shown
    mean = number(unit.slope, 2)
    return words.say("reason.unit_of_examples", example=most.example, unit=shown, mean=mean, examples=most.examples)


def _factor(unit: UnitSlope) -> Math:
    return Math(Partial(Symbol(unit.output), Symbol(unit.unit)))


def _not_saturated(units: Sequence[UnitSlope], norm: float, rate: float | None, words: Prose, number: Figures) -> Text:
    """What a step does: the reader sees whether the gradient is small or the rate is."""
    if rate is None:
        gradient = words.say("reason.gradient", norm=number(norm, 2))
    else:
        moved = number(rate * norm, 2)
        gradient = words.say("reason.gradient_at_rate", norm=number(norm, 2), rate=f"{rate:g}", moved=moved)
    if not units:
        return words.say("reason.no_activation", gradient=gradient)
    least = min(units, key=lambda unit: unit.slope)
    key = "reason.not_saturated" if least.steepest is None else "reason.not_saturated_on_average"
    return words.say(key, factor=_factor(least), slope=number(least.slope, 2), gradient=gradient)
