"""What a user declares: a dense network and how to train it; elaborates to a Program. Equation lists are in `equations`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from math import inf
from numbers import Real
from typing import Any

from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.check import check
from symprop.ir.nodes import Term, elementwise, operand, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.rules.layers import Dense, LayerEquations, apply_function, dense_equations, whole_number
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction

LARGEST_LAYER = 1_000_000
MOST_PARAMETERS = 100_000_000
MOST_EPOCHS = 10_000_000
LOSS_NAME = "E_total"
LOSS_PER_OUTPUT = "E"

Values = Mapping[str, Any]  # by tensor: a number or nested sequences of the tensor's shape


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


@dataclass(frozen=True)
class Training:
    """How a network is trained unless a command or a call says otherwise.

    `x` of shape (examples, inputs) and `t` of shape (examples, outputs) are the training data; without them, the one
    example in the network's values is. `tolerance` stops a run when the loss changes by less, relatively; 0 never does.
    Raises UserError for a rate that is not positive and finite, epochs below 1, a tolerance or a seed below 0,
    BudgetError for more than 10,000,000 epochs.
    """

    learning_rate: float = 0.5
    epochs: int = 100
    tolerance: float = 0.0
    seed: int = 0
    x: Sequence[Sequence[float]] | None = field(default=None, repr=False)
    t: Sequence[Sequence[float]] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _is_real(self.learning_rate) or not 0 < self.learning_rate < inf:
            raise UserError("a learning rate is a positive number", got=repr(self.learning_rate))
        epochs, seed = whole_number(self.epochs), whole_number(self.seed)
        if epochs is None or epochs < 1:
            raise UserError("the number of epochs is a whole number from 1", got=repr(self.epochs))
        if epochs > MOST_EPOCHS:
            raise BudgetError("too many epochs", expected=f"at most {MOST_EPOCHS:,}", got=f"{epochs:,}")
        if not _is_real(self.tolerance) or not 0 <= self.tolerance < inf:
            raise UserError("a tolerance is a number from 0", got=repr(self.tolerance))
        if seed is None or seed < 0:
            raise UserError("a seed is a whole number from 0", got=repr(self.seed))

    def but(self, **given: Any) -> Training:
        """The same, except for what is given and not None.

        >>> Training(epochs=1000).but(learning_rate=2.0, epochs=None)
        Training(learning_rate=2.0, epochs=1000, tolerance=0.0, seed=0)
        """
        return replace(self, **{name: value for name, value in given.items() if value is not None})


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
        inputs = whole_number(self.inputs)
        if inputs is None or inputs < 1:
            raise UserError(
                "a network needs at least one input", expected="a whole number from 1", got=repr(self.inputs)
            )
        object.__setattr__(self, "inputs", inputs)
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
        layers = list(self._spell_out(x))
        t = Tensor("t", layers[-1].activation.indices, Role.TARGET)
        equations = [*(line for layer in layers for line in layer.equations), *self._loss_equations(layers[-1], t)]
        parameters = self._parameters(layers, {x.name, t.name, *(equation.name for equation in equations)})
        return check(Program((x, t, *parameters.values()), tuple(equations), LOSS_NAME))

    def _spell_out(self, source: Tensor) -> Iterator[LayerEquations]:
        for number, layer in enumerate(self.layers, start=1):
            spelled_out = dense_equations(layer, number, source)
            yield spelled_out
            source = spelled_out.activation

    def _parameters(self, layers: Sequence[LayerEquations], others: Set[str]) -> dict[str, Tensor]:
        """The layers' parameters, by name; `others` are the names of everything else."""
        taken = others | {bias.name for layer in layers for bias in layer.parameters[1:]}
        found: dict[str, Tensor] = {}
        for number, (declared, layer) in enumerate(zip(self.layers, layers, strict=True), start=1):
            if declared.weights in taken:
                raise UserError(
                    f"weights cannot be called '{declared.weights}'",
                    where=f"layer {number}",
                    remedy=f"Another quantity of the network has that name. Choose one such as V{number}.",
                )
            if declared.weights is None and f"W{number}" in found:
                raise UserError(
                    f"'W{number}' is the name of this layer's own weights, and an earlier layer has taken it",
                    where=f"layer {number}",
                    remedy=f'To share them, give layer {number} weights = "W{number}" too; else rename the earlier ones.',
                )
            _add_parameters(found, layer, number)
        return found

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
