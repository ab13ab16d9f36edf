"""What a user declares: a dense network and how to train it; elaborates to a Program. Equation lists are in `equations`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from numbers import Real
from typing import Any

from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.check import check
from symprop.ir.nodes import Term, elementwise, operand, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.rules.layers import Dense, LayerEquations, apply_function, dense_equations
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction

LARGEST_LAYER = 1_000_000
MOST_PARAMETERS = 100_000_000
LOSS_NAME = "E_total"
LOSS_PER_OUTPUT = "E"

Values = Mapping[str, Any]  # by tensor: a number or nested sequences of the tensor's shape


@dataclass(frozen=True)
class Training:
    """How a network is trained unless a command says otherwise.

    `x` of shape (examples, inputs) and `t` of shape (examples, outputs) are the training data; without them, the one
    example in the network's values is. `tolerance` stops a run when the loss changes by less, relatively; 0 never does.
    """

    learning_rate: float = 0.5
    epochs: int = 100
    tolerance: float = 0.0
    seed: int = 0
    x: Sequence[Sequence[float]] | None = field(default=None, repr=False)
    t: Sequence[Sequence[float]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, least in (("learning_rate", 0.0), ("epochs", 1), ("tolerance", 0.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value) or value < least:
                raise UserError(f"wrong value for {name}", expected=f"a number from {least:g}", got=repr(value))


@dataclass(frozen=True)
class NetworkSpec:
    """A feed-forward network of dense layers and its loss.

    `inputs` is the number of inputs, `layers` the layers in order, `loss` a name from the table of losses or a `Loss`.
    `values` may give numbers to the parameters, to one example's inputs `x` and its targets `t`, each of its tensor's
    shape; an element may also be given by its name in class, such as `w5`. Raises UserError for a wrong size or an
    unknown name, BudgetError for a size beyond all use.
    """

    inputs: int
    layers: Sequence[Dense]
    loss: str | Loss = "half_squared_error"
    name: str = "network"
    values: Values = field(default_factory=dict, repr=False)
    training: Training = field(default=Training(), repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.layers, Sequence) or not all(isinstance(layer, Dense) for layer in self.layers):
            raise UserError(
                "the layers are no list of layers", expected="[Dense(3), Dense(1)]", got=repr(self.layers)[:60]
            )
        object.__setattr__(self, "layers", tuple(self.layers))
        if isinstance(self.inputs, bool) or not isinstance(self.inputs, int) or self.inputs < 1:
            raise UserError(
                "a network needs at least one input", expected="a whole number from 1", got=repr(self.inputs)
            )
        if not self.layers:
            raise UserError("a network needs at least one layer", remedy="Add a [[layers]] table or a Dense layer.")
        _check_sizes([self.inputs, *(layer.units for layer in self.layers)])
        _check_codomain(self.loss_rule, self.layers[-1].function)

    @property
    def loss_rule(self) -> Loss:
        """The loss as declared; UserError for an unknown name."""
        if isinstance(self.loss, Loss):
            return self.loss
        if self.loss not in LOSSES:
            raise UserError(f"unknown loss '{self.loss}'", remedy=nearest(str(self.loss), LOSSES))
        return LOSSES[self.loss]

    def elaborate(self) -> Program:
        """The forward program: every layer's equations, the loss of each output, and their total."""
        x = Tensor("x", (Index("k", self.inputs),), Role.INPUT)
        parameters: dict[str, Tensor] = {}
        equations: list[Equation] = []
        source = x
        for number, layer in enumerate(self.layers, start=1):
            spelled_out = dense_equations(layer, number, source)
            if layer.weights is None and f"W{number}" in parameters:
                raise UserError(
                    f"'W{number}' is the name that layer {number}'s own weights have",
                    remedy=f'To share them, give layer {number} weights="W{number}" too; else choose another name.',
                )
            _add_parameters(parameters, spelled_out, number)
            equations.extend(spelled_out.equations)
            source = spelled_out.activation
        t = Tensor("t", source.indices, Role.TARGET)
        equations.extend(self._loss_equations(spelled_out, t))
        for taken in (x.name, t.name, *(equation.name for equation in equations)):
            if taken in parameters:
                raise UserError(f"weights cannot be called '{taken}'", remedy="Another quantity has that name.")
        return check(Program((x, t, *parameters.values()), tuple(equations), LOSS_NAME))

    def _loss_equations(self, last: LayerEquations, t: Tensor) -> Iterator[Equation]:
        rule, function = self.loss_rule, self.layers[-1].function
        source, number = last.activation, len(self.layers)
        if function.name in rule.after:
            rule, source = LOSSES[rule.after[function.name]], last.pre_activation
        else:
            for stem, meaning in rule.names:
                named = ScalarFunction(stem, meaning, "", "", opaque=False)
                part = Tensor(stem, source.indices)
                yield from apply_function(named, source(), part, number, "abbreviation")
        each = Tensor(LOSS_PER_OUTPUT, source.indices)
        value = elementwise(rule.definition(operand(0), operand(1)), source(), t())
        yield Equation(each(), value, Origin("loss"))
        share = Fraction(1, source.indices[0].extent) if rule.reduction == "mean" else Fraction(1)
        joined = total(Term(share, (each(),), each.indices))
        yield Equation(Access(Tensor(LOSS_NAME, (), Role.LOSS)), joined, Origin("total loss"))


def _add_parameters(known: dict[str, Tensor], layer: LayerEquations, number: int) -> None:
    """Adds a layer's parameters; one that is known already is shared, and must have the same shape."""
    for tensor in layer.parameters:
        earlier = known.setdefault(tensor.name, tensor)
        if earlier.extents != tensor.extents or earlier.trainable != tensor.trainable:
            raise UserError(
                f"the shared parameter '{tensor.name}' does not fit",
                where=f"layer {number}",
                expected=_described(earlier),
                got=_described(tensor),
                remedy="Layers that share a parameter need the same numbers of units and inputs, and the same trainable.",
            )


def _described(tensor: Tensor) -> str:
    return f"shape {tensor.extents}, {'trainable' if tensor.trainable else 'fixed'}"


def _check_sizes(sizes: list[int]) -> None:
    for number, size in enumerate(sizes):
        if size > LARGEST_LAYER:
            place = "the input" if number == 0 else f"layer {number}"
            raise BudgetError(f"{place} is too large", expected=f"at most {LARGEST_LAYER:,} units", got=f"{size:,}")
    weights = sum(a * b for a, b in pairwise(sizes))
    if weights > MOST_PARAMETERS:
        raise BudgetError(
            "the network is too large",
            expected=f"at most {MOST_PARAMETERS:,} weights",
            got=f"{weights:,} (about {weights * 8 / 1e9:.1f} GB in float64)",
            remedy="Make the layers smaller.",
        )


def _check_codomain(loss: Loss, function: ScalarFunction) -> None:
    (low, high), (least, most) = loss.domain, function.codomain
    if least < low or most > high:
        raise UserError(
            f"the loss '{loss.name}' takes outputs between {low:g} and {high:g}, the last activation "
            f"'{function.name}' gives others",
            remedy="Use sigmoid in the last layer, or binary_cross_entropy_from_logits with identity.",
        )
