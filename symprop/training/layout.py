"""Which element of which array is which scalar of the unrolled program; checks shapes, and computes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symprop.derivation.unroll import Unroller, elements
from symprop.errors import UserError, nearest
from symprop.ir.program import Program
from symprop.ir.tensor import Role, Tensor
from symprop.notation.names import Names

Array = NDArray[Any]


def scalar_names(tensor: Tensor, program: Program, names: Names) -> list[str]:
    """The names of a tensor's elements in the unrolled program, row by row."""
    unroller = Unroller(program, names)
    return [unroller.name(tensor, element) for element in elements(tensor)]


def as_array(value: Any, what: str, shape: tuple[int, ...] | None, dtype: str = "float64") -> Array:
    """The value as a new array of finite numbers, of that shape if one is given; UserError otherwise."""
    try:
        array = np.array(value, dtype=dtype)
    except (TypeError, ValueError, OverflowError):
        raise UserError(f"{what} is not an array of numbers", got=type(value).__name__) from None
    if shape is not None and array.shape != shape:
        raise UserError(f"{what} has the wrong shape", expected=str(shape), got=str(array.shape))
    if not np.isfinite(array).all():
        place = tuple(int(p) for p in np.argwhere(~np.isfinite(array))[0])
        raise UserError(f"{what} is not finite", where=f"element {place}" if place else None, got=str(array[place]))
    return array


def learnt(program: Program) -> Iterator[Tensor]:
    """What training starts from and ends with: the parameters, and states such as a running mean."""
    return (tensor for tensor in program.free if tensor.role in (Role.PARAMETER, Role.STATE))


class Layout:
    """The arrays that people give and get, for one program in index form."""

    def __init__(
        self,
        program: Program,
        names: Names,
        dtype: str = "float64",
        target_domain: tuple[float, float] = (-math.inf, math.inf),
        batch: int = 1,
    ) -> None:
        self.batch = batch
        self._program, self._names, self._dtype, self._target_domain = program, names, dtype, target_domain
        self.parameters = {tensor.name: tensor for tensor in learnt(program)}
        self.inputs, self.targets = self._columns(Role.INPUT), self._columns(Role.TARGET)

    def _columns(self, role: Role) -> list[str]:
        return [name for tensor in self._program.with_role(role) for name in self.scalars(tensor)]

    def scalars(self, tensor: Tensor) -> list[str]:
        """The names of a tensor's elements, row by row."""
        return scalar_names(tensor, self._program, self._names)

    def flatten(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters' elements by name; UserError for a name too many or too few, a wrong shape, what is not finite."""
        if not isinstance(parameters, Mapping):
            got = type(parameters).__name__
            raise UserError("parameters are given by name", expected='such as {"W1": …}', got=got)
        self.check_names(parameters)
        missing = [name for name in self.parameters if name not in parameters]
        if missing:
            raise UserError(f"no value is given for the parameter {', '.join(missing)}")
        found: dict[str, Any] = {}
        for name, tensor in self.parameters.items():
            array = as_array(parameters[name], f"parameter '{name}'", tensor.extents, self._dtype).ravel()
            numbers = array.tolist() if self._dtype == "float64" else list(array)
            found |= zip(self.scalars(tensor), numbers, strict=True)
        return found

    def check_names(self, given: Iterable[str]) -> None:
        """UserError for a name that no parameter has."""
        for name in given:
            if name not in self.parameters:
                raise UserError(f"there is no parameter '{name}'", remedy=nearest(str(name), self.parameters))

    def gather(self, parameter: str, numbers: Sequence[Any]) -> Array:
        """An array of the parameter's shape from its elements in order."""
        extents = self.parameters[parameter].extents
        return np.array([float(number) for number in numbers], dtype=self._dtype).reshape(extents)

    def examples(self, x: Any, t: Any = None, targets: bool = True) -> dict[str, Array]:
        """The columns of inputs and, if wanted, targets, by name, each of shape (N,).

        Axes after the first are read as one, row by row. One example may come without its axis; of a program that holds a
        whole batch, N counts batches, and the examples of each stand side by side. Raises UserError where the numbers of
        columns or of examples do not fit.
        """
        columns = self._table(x, "x", self.inputs, "input")
        if targets:
            table = self._table(t, "t", self.targets, "target")
            self._check_targets(table)
            columns |= table
        counts = {len(column) for column in columns.values()}
        if len(counts) > 1:
            raise UserError(
                "x and t have different numbers of examples",
                expected=f"{len(columns[self.inputs[0]])} targets, as there are inputs",
                got=f"{len(columns[self.targets[0]])}",
            )
        return columns

    def _check_targets(self, targets: Mapping[str, Array]) -> None:
        """UserError where a target lies outside what the loss is made for."""
        low, high = self._target_domain
        for name, column in targets.items():
            outside = column[(column < low) | (column > high)]
            if len(outside):
                raise UserError(
                    f"the loss does not take the target {name}",
                    expected=f"values from {low:g} to {high:g}",
                    got=f"{outside[0]:g}",
                    remedy="Scale the targets, or use another loss.",
                )

    def _table(self, value: Any, what: str, names: Sequence[str], kind: str) -> dict[str, Array]:
        if value is None and not names:
            return {}
        wanted = f"(N, {len(names)}): {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
        if value is None or not names:
            expected = f"{what} of shape {wanted}" if names else f"no {what}"
            raise UserError(f"the program has {len(names)} {kind}s", expected=expected, got=what if names else "one")
        array = as_array(value, what, None, self._dtype)
        table = self._by_batches(array, len(names))
        if table.ndim != 2 or table.shape[1] != len(names) or not table.shape[0]:
            remedy = f"Write {what}.reshape(-1, 1)." if array.ndim == 1 and len(names) == 1 else None
            raise UserError(f"{what} has the wrong shape", expected=wanted, got=str(array.shape), remedy=remedy)
        return dict(zip(names, np.ascontiguousarray(table.T), strict=True))

    def _by_batches(self, array: Array, width: int) -> Array:
        """The array with a row for each example, or for each batch, where it can be read so."""
        if array.ndim == 1 and array.size == width:
            return array[np.newaxis]
        each = width // self.batch
        if array.ndim > 1 and each and prod(array.shape[1:]) == each and array.shape[0] % self.batch == 0:
            return array.reshape(-1, width)
        return array[np.newaxis] if array.ndim == 1 else array
