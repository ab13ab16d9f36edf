"""Layers, as declarations of their forward equations; parameters get their values and the network its order elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from operator import index

from symprop.errors import UserError, nearest
from symprop.ir.names import validate_name
from symprop.ir.nodes import Elementwise, Term, elementwise, operand, total
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.rules.activations import ACTIVATIONS
from symprop.scalar.function import Expression, ScalarFunction

BIASES = ("unit", "layer", False)


@dataclass(frozen=True)
class Dense:
    """A fully connected layer, ``z = W a + b`` and then ``a = activation(z)``.

    `units` is the number of outputs. `bias` is "unit" (or True; one for each unit), "layer" (one that all units share)
    or False. `weights` names the weight matrix, of shape (units, inputs): two layers that give the same name share it.
    `trainable` says whether the weights are trained, `bias_trainable` the bias (by default as the weights).

    >>> Dense(3, activation="tanh").bias
    'unit'
    """

    units: int
    activation: str | ScalarFunction = "identity"
    bias: bool | str = "unit"
    trainable: bool = True
    bias_trainable: bool | None = None
    weights: str | None = None

    def __post_init__(self) -> None:
        units = whole_number(self.units)
        if units is None or units < 1:
            raise UserError("a layer needs at least one unit", expected="a whole number from 1", got=repr(self.units))
        object.__setattr__(self, "units", units)
        if self.bias is True:
            object.__setattr__(self, "bias", "unit")
        if self.bias not in BIASES:
            raise UserError("unknown kind of bias", expected='"unit", "layer" or false', got=repr(self.bias))
        if self.weights is not None:
            validate_name(self.weights)
        self.function  # noqa: B018 - an unknown name is to be refused here, not at the first use

    @property
    def function(self) -> ScalarFunction:
        """The activation as declared; UserError for an unknown name."""
        if isinstance(self.activation, ScalarFunction):
            return self.activation
        if self.activation not in ACTIVATIONS:
            raise UserError(
                f"unknown activation '{self.activation}'", remedy=nearest(str(self.activation), ACTIVATIONS)
            )
        return ACTIVATIONS[self.activation]


def whole_number(value: object) -> int | None:
    """The value as an int where it is a whole number of any type, NumPy's among them; a bool is none.

    >>> whole_number(3), whole_number(3.0), whole_number(True)
    (3, None, None)
    """
    try:
        return None if isinstance(value, bool) else index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


@dataclass(frozen=True)
class LayerEquations:
    """A layer spelled out: its parameters, its equations, and the tensors of its pre-activation and its activation."""

    parameters: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    pre_activation: Tensor
    activation: Tensor


def dense_equations(layer: Dense, number: int, source: Tensor) -> LayerEquations:
    """The forward equations of layer `number` (counted from 1) on a source vector."""
    j, k = Index("j", layer.units), Index("k", source.indices[0].extent)
    weights = Tensor(layer.weights or f"W{number}", (j, k), Role.PARAMETER, trainable=layer.trainable)
    z, a = Tensor(f"z{number}", (j,)), Tensor(f"a{number}", (j,))
    terms = [Term(Fraction(1), (weights(), source(k)), (k,))]
    parameters = [weights]
    if layer.bias:
        trainable = layer.trainable if layer.bias_trainable is None else layer.bias_trainable
        axes = (j,) if layer.bias == "unit" else ()
        bias = Tensor(f"b{number}", axes, Role.PARAMETER, trainable=trainable)
        parameters.append(bias)
        terms.append(Term(Fraction(1), (bias(),)))
    pre = Equation(z(), total(*terms), Origin("pre-activation", number))
    rest = apply_function(layer.function, z(), a, number, "activation")
    return LayerEquations(tuple(parameters), (pre, *rest), z, a)


def apply_function(
    function: ScalarFunction, source: Access, target: Tensor, number: int, rule: str
) -> Iterator[Equation]:
    """``target = function(source)``, after an equation for each part that the function wants named."""
    origin = Origin(rule, number)
    x = operand(0)
    named: list[Expression] = []
    accesses = [source]
    for stem, meaning in function.names:
        part = Tensor(f"{stem}{number}", source.tensor.indices)
        yield Equation(part(), _through(meaning(x), named, accesses), Origin("abbreviation", number), abbreviation=True)
        named.append(meaning(x))
        accesses.append(part())
    yield Equation(target(), _through(function(x), named, accesses), origin)


def _through(expression: Expression, named: list[Expression], accesses: list[Access]) -> Elementwise:
    """The expression with the parts that have names written by them, the largest part first."""
    for position, meaning in reversed(list(enumerate(named, start=1))):
        expression = expression.subs(meaning, operand(position))
    return elementwise(expression, *accesses)
