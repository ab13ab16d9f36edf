"""A user's own layer, from equations in index notation; `ir.index_text` reads them, by a whitelist."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from numbers import Real

from symprop.errors import UserError, Where, nearest, option
from symprop.ir.index_text import Line, Place, folded, gathered, read_line, tensors_of
from symprop.ir.names import shorten, validate_name
from symprop.ir.places import bare_name
from symprop.layers.checks import kind
from symprop.layers.layer import ANYWHERE, FUNCTIONS, Declaration, Layer, Range, Shape, input_names
from symprop.scalar.function import ScalarFunction
from symprop.whole import whole_number

MOST_EQUATIONS = 200
_LIKE_AN_INPUT = re.compile("x[0-9]*")


@dataclass(frozen=True, repr=False)
class IndexLayer(Layer):
    """Equations such as ``y[..., j] = Sum(W[j,i]*x[..., i], i) + b[j]``, the last of which defines the layer's output.

    The input is ``x``, or ``x1``, ``x2``, … where there are several; ``...`` stands for the axes that the layer leaves
    alone. `sizes` gives the extents of indices that the input does not settle, `numbers` named constants. Names that no
    equation defines are parameters, shaped by their indices. ``Sum``, ``Mean``, ``Max`` and ``LogSumExp`` run over
    indices; every activation and function of the whitelist may be applied. `codomain` bounds the output, for losses that
    take outputs of a range only, where no activation does; `penalised` names the weights that `l1` and `l2` are on.
    Places count from 0, as in Python: ``x[0]`` is the first, which formulas print with a 1. An input between brackets holds
    integers, as in ``("e[v,d] = V[v,d]", "y[s,d] = e[x[s],d]")``. Raises UserError for anything else.

    >>> IndexLayer(("y[j] = Sum(W[j,i]*x[i]**2, i)",), sizes={"j": 3})
    IndexLayer(equations=('y[j] = Sum(W[j,i]*x[i]**2, i)',), sizes={'j': 3})
    """

    equations: tuple[str, ...]
    sizes: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    activation: str | ScalarFunction | None = None
    codomain: Range = ANYWHERE
    penalised: tuple[str, ...] = ()

    least_inputs = 1
    most_inputs = None
    is_own = True

    def check(self) -> None:
        equations = (self.equations,) if isinstance(self.equations, str) else tuple(self.equations)
        object.__setattr__(self, "equations", equations)
        object.__setattr__(self, "codomain", tuple(self.codomain))
        object.__setattr__(
            self, "penalised", (self.penalised,) if isinstance(self.penalised, str) else tuple(self.penalised)
        )
        if not 1 <= len(equations) <= MOST_EQUATIONS:
            raise UserError(
                "wrong number of equations",
                where=option("equations"),
                expected=f"from 1 to {MOST_EQUATIONS}",
                got=str(len(equations)),
            )
        for number, text in enumerate(equations, start=1):
            try:
                read_line(text, FUNCTIONS, where=_equation(number))
            except UserError as error:
                raise error.at(kind(self)) from None
        for name in (*self.sizes, *self.numbers):
            validate_name(name)
        for name, size in self.sizes.items():
            if (whole_number(size) or 0) < 1:
                what, expected = f"wrong size for index '{name}'", "a whole number from 1"
                raise UserError(what, where=option("sizes"), expected=expected, got=repr(size))
        for name, value in self.numbers.items():
            if isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
                what, expected = f"wrong value for '{name}'", "a finite number"
                raise UserError(what, where=option("numbers"), expected=expected, got=shorten(repr(value)))
        self._check_numbers()
        self._check_defined()

    def declare(self, *shapes: Shape) -> Declaration:
        inputs = self._inputs
        self._check_use(inputs)
        self._check_sizes(dict(zip(inputs, shapes, strict=True)))
        numbers = {name: Fraction(str(value)) for name, value in self.numbers.items()}
        return Declaration(self.equations, extents=dict(self.sizes), numbers=numbers)

    def output_range(self, *read: Range) -> Range:
        return self.codomain if self.function is None else self.function.codomain

    @property
    def _lines(self) -> list[Line]:
        """The equations as read; `read_line` remembers them."""
        return [read_line(text, FUNCTIONS) for text in self.equations]

    @property
    def integers(self) -> Collection[str]:
        return {name for line in self._lines for name in gathered(line.body)}

    def penalises(self, parameter: str, axes: int) -> bool:
        return parameter in self.penalised

    @property
    def names_batch(self) -> bool:
        """Whether an input is read without ``...``: in a network with a batch, its first index is that of the examples."""
        reads = (read for line in self._lines for read in tensors_of(line.body))
        return any(read.tensor in self._inputs and not read.leading for read in reads)

    @property
    def _inputs(self) -> list[str]:
        """What the equations call the inputs."""
        return input_names(len(self.inputs) or 1)

    def _check_numbers(self) -> None:
        """The name of a number is that of nothing else."""
        defined = [line.target.tensor for line in self._lines]
        for what, names in (("an index", self.sizes), ("an input", self._inputs), ("an equation's left side", defined)):
            for name in (name for name in self.numbers if name in names):
                remedy = "Give one of them another name."
                raise UserError(f"'{name}' is a number and {what}", where=option("numbers"), remedy=remedy).at(
                    kind(self)
                )

    def _check_defined(self) -> None:
        """Each name is defined once."""
        defined = [line.target.tensor for line in self._lines]
        for number, name in enumerate(defined, start=1):
            if name in defined[: number - 1]:
                remedy = "Give one of the two another name."
                error = UserError(f"'{name}' is defined twice", where=_equation(number), remedy=remedy)
                raise error.at(kind(self))

    def _check_sizes(self, inputs: Mapping[str, Shape]) -> None:
        """A place by its number is one of the input's, and an index of given size runs no further than an axis it is alone on."""
        for read in (read for line in self._lines for read in tensors_of(line.body) if read.tensor in inputs):
            # From the last axis on, since a batch, which the shape does not have, comes first.
            for place, extent in zip(reversed(read.places), reversed(inputs[read.tensor]), strict=False):
                self._check_place(read.tensor, place, extent)

    def _check_place(self, tensor: str, place: Place, extent: int) -> None:
        name = bare_name(place)
        number = None if place.gather or tuple(place.names) else sum(n for n, _ in place.summands)
        if number is not None and not 0 <= number < extent:
            what, expected = f"an axis of '{tensor}' has no such place", f"from 0 to {extent - 1}"
            raise UserError(what, where=kind(self), expected=expected, got=str(number))
        if name is not None and self.sizes.get(name, 0) > extent:
            what = f"index '{name}' runs beyond an axis of '{tensor}'"
            expected, got = f"a size of at most {extent}", str(self.sizes[name])
            raise UserError(what, where=kind(self), expected=expected, got=got)

    def _check_use(self, inputs: list[str]) -> None:
        """Every input, what every equation but the last defines, and what is given by name, is to be read."""
        lines = self._lines
        reads = [read for line in lines for read in (line.target, *tensors_of(line.body))]
        read = {access.tensor for line in lines for access in tensors_of(line.body)}
        places = {name for access in reads for place in access.places for name in place.names}
        over = {name for line in lines for name in folded(line.body)}
        for given, used in (("sizes", places | over), ("numbers", places | read)):
            for name in (name for name in getattr(self, given) if name not in used):
                error = UserError(f"no equation uses '{name}'", where=option(given), remedy=nearest(name, used))
                raise error.at(kind(self))
        parameters = read - {*inputs, *self.numbers, *(line.target.tensor for line in lines)}
        for name in (name for name in self.penalised if name not in parameters):
            error = UserError(f"'{name}' is no parameter", where=option("penalised"), remedy=nearest(name, parameters))
            raise error.at(kind(self))
        called = " and ".join(inputs)
        for name in (*inputs, *(line.target.tensor for line in lines[:-1])):
            if name not in read:
                what = f"no equation reads the input '{name}'" if name in inputs else f"nothing uses '{name}'"
                remedy = f"What the layer reads is called {called}." if name in inputs else None
                raise UserError(what, where=kind(self), remedy=remedy)
        for name in filter(_LIKE_AN_INPUT.fullmatch, sorted(parameters)):
            what = f"'{name}' is none of the layer's inputs, and no equation defines it"
            remedy = f"What the layer reads is called {called}; call a parameter otherwise."
            raise UserError(what, where=kind(self), remedy=remedy)


def _equation(number: int) -> Where:
    return Where(f"equation {number}", "equation", number)
