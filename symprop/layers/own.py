"""A user's own layer, from equations in index notation; `ir.index_text` reads them, by a whitelist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from numbers import Real

from symprop.errors import UserError
from symprop.ir.index_text import read_line, tensors_of
from symprop.ir.names import shorten, validate_name
from symprop.layers.checks import kind
from symprop.layers.layer import FUNCTIONS, Declaration, Layer, Shape
from symprop.scalar.function import ScalarFunction
from symprop.whole import whole_number

MOST_EQUATIONS = 200


@dataclass(frozen=True, repr=False)
class IndexLayer(Layer):
    """Equations such as ``y[..., j] = Sum(W[j,i]*x[..., i], i) + b[j]``, the last of which defines the layer's output.

    The input is ``x``, or ``x1``, ``x2``, … where there are several; ``...`` stands for the axes that the layer leaves
    alone. `sizes` gives the extents of indices that the input does not settle, `numbers` named constants. Names that no
    equation defines are parameters, shaped by their indices. ``Sum``, ``Mean``, ``Max`` and ``LogSumExp`` run over
    indices; every activation and function of the whitelist may be applied. Raises UserError for anything else.

    >>> IndexLayer(("y[j] = Sum(W[j,i]*x[i]**2, i)",), sizes={"j": 3})
    IndexLayer(equations=('y[j] = Sum(W[j,i]*x[i]**2, i)',), sizes={'j': 3})
    """

    equations: tuple[str, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    activation: str | ScalarFunction | None = None

    least_inputs = 1
    most_inputs = None

    def check(self) -> None:
        equations = (self.equations,) if isinstance(self.equations, str) else tuple(self.equations)
        object.__setattr__(self, "equations", equations)
        if not 1 <= len(equations) <= MOST_EQUATIONS:
            raise UserError(
                "wrong number of equations", expected=f"from 1 to {MOST_EQUATIONS}", got=str(len(equations))
            )
        for number, text in enumerate(equations, start=1):
            read_line(text, FUNCTIONS, where=f"equation {number}")
        for name in (*self.sizes, *self.numbers):
            validate_name(name)
        for name, size in self.sizes.items():
            if (whole_number(size) or 0) < 1:
                raise UserError(f"wrong size for index '{name}'", expected="a whole number from 1", got=repr(size))
        for name, value in self.numbers.items():
            if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
                raise UserError(f"wrong value for '{name}'", expected="a finite number", got=shorten(repr(value)))

    def declare(self, *shapes: Shape) -> Declaration:
        self._check_use(["x"] if len(shapes) == 1 else [f"x{k}" for k in range(1, len(shapes) + 1)])
        numbers = {name: Fraction(str(value)) for name, value in self.numbers.items()}
        return Declaration(self.equations, extents=dict(self.sizes), numbers=numbers)

    def _check_use(self, inputs: list[str]) -> None:
        """Every input, and what every equation but the last defines, is to be read."""
        lines = [read_line(text, FUNCTIONS) for text in self.equations]
        read = {access.tensor for line in lines for access in tensors_of(line.body)}
        for name in (*inputs, *(line.target.tensor for line in lines[:-1])):
            if name not in read:
                what = f"no equation reads the input '{name}'" if name in inputs else f"nothing uses '{name}'"
                remedy = f"What the layer reads is called {' and '.join(inputs)}." if name in inputs else None
                raise UserError(what, where=kind(self), remedy=remedy)
