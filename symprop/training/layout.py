"""Which element of which array is which scalar of the unrolled program; checks shapes, and computes nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symprop.derivation.unroll import Unroller, elements
from symprop.errors import UserError, nearest
from symprop.ir.facts import Element, totals
from symprop.ir.program import Fact, Program, integer_tensors
from symprop.ir.tensor import Role, Tensor
from symprop.notation.names import Names
from symprop.training.evaluation import positions_by_example
from symprop.values import MARGIN, broken_fact, wrong_target

Array = NDArray[Any]
_KINDS = {"U": "text", "S": "text", "c": "complex numbers"}


def scalar_names(tensor: Tensor, program: Program, names: Names) -> list[str]:
    """The names of a tensor's elements in the unrolled program, row by row."""
    unroller = Unroller(program, names)
    return [unroller.name(tensor, element) for element in elements(tensor)]


def as_array(value: Any, what: str, shape: tuple[int, ...] | None, dtype: str = "float64") -> Array:
    """The value as a new array of finite numbers, of that shape if one is given; UserError otherwise."""
    try:
        given = np.array(value)
    except (TypeError, ValueError, OverflowError):
        raise UserError(f"{what} is not an array of numbers", got=type(value).__name__) from None
    if given.dtype.kind not in "biuf":
        got = _KINDS.get(given.dtype.kind, type(value).__name__)
        raise UserError(f"{what} is not an array of numbers", got=got)
    with np.errstate(over="ignore"):  # what float32 does not hold is refused below
        array = given.astype(dtype)
    if shape is not None and array.shape != shape:
        raise UserError(f"{what} has the wrong shape", expected=str(shape), got=str(array.shape))
    if not np.isfinite(array).all():
        place = tuple(int(p) for p in np.argwhere(~np.isfinite(array))[0])
        raise UserError(f"{what} is not finite", where=f"element {place}" if place else None, got=str(array[place]))
    return array


class Layout:
    """The arrays that people give and get, for one program in index form, in which `batch` examples may stand.

    `columns` are what the numbers of one example are called, by role; without a batch they are the program's own elements.
    """

    def __init__(
        self,
        program: Program,
        names: Names,
        dtype: str = "float64",
        target_domain: tuple[float, float] = (-math.inf, math.inf),
        batch: int | None = None,
        columns: Mapping[Role, Sequence[str]] | None = None,
    ) -> None:
        self.batch = 1 if batch is None else batch
        self._program, self._names, self._dtype, self._target_domain = program, names, dtype, target_domain
        self.parameters = {tensor.name: tensor for tensor in program.learnt}
        self._places = {
            role: list(positions_by_example(program.columns(role), batch)) for role in (Role.INPUT, Role.TARGET)
        }
        self.inputs, self.targets = (self._scalars(places) for places in self._places.values())
        own = {Role.INPUT: self.inputs, Role.TARGET: self.targets}
        self.columns: Mapping[Role, Sequence[str]] = own if columns is None else columns

    def _scalars(self, places: Iterable[tuple[Tensor, tuple[int, ...]]]) -> list[str]:
        unroller = Unroller(self._program, self._names)
        return [unroller.name(tensor, position) for tensor, position in places]

    def name_of(self, role: Role) -> str:
        """The name of the one tensor of a role."""
        return next(self._program.columns(role)).name

    @property
    def is_plain(self) -> bool:
        """Whether x is one tensor of numbers, t another if there is one, and any numbers will do for both."""
        bounded = math.isfinite(self._target_domain[0]) or math.isfinite(self._target_domain[1])
        data = [list(self._program.columns(role)) for role in (Role.INPUT, Role.TARGET)]
        others = list(self._program.with_role(Role.INDEX, Role.CONSTANT))
        return not (bounded or self._program.facts or others) and len(data[0]) == 1 and len(data[1]) == 1

    def scalars(self, tensor: Tensor) -> list[str]:
        """The names of a tensor's elements, row by row."""
        return scalar_names(tensor, self._program, self._names)

    def checked(self, parameters: Mapping[str, Any]) -> dict[str, Array]:
        """A new array for each parameter; UserError for a name too many or too few, a wrong shape, what is not finite."""
        if not isinstance(parameters, Mapping):
            got = type(parameters).__name__
            raise UserError("parameters are given by name", expected='such as {"W1": …}', got=got)
        self.check_names(parameters)
        missing = [name for name in self.parameters if name not in parameters]
        if missing:
            raise UserError(f"no value is given for the parameter {', '.join(missing)}")
        return {
            name: as_array(parameters[name], f"parameter '{name}'", tensor.extents, self._dtype)
            for name, tensor in self.parameters.items()
        }

    def check_names(self, given: Iterable[str]) -> None:
        """UserError for a name that no parameter has."""
        for name in given:
            if name not in self.parameters:
                raise UserError(f"there is no parameter '{name}'", remedy=nearest(str(name), self.parameters))

    def gather(self, parameter: str, numbers: Sequence[Any]) -> Array:
        """An array of the parameter's shape from its elements in order."""
        extents = self.parameters[parameter].extents
        return np.array([float(number) for number in numbers], dtype=self._dtype).reshape(extents)

    def examples(self, x: Any, t: Any = None, targets: bool = True) -> tuple[int, dict[str, Array]]:
        """How often the program stands for all examples together, and the array of each input and, if wanted, target.

        `x` and `t` have a row for each example; axes after the first are read as one, row by row, and one example may come
        without its axis. Where the program stands more than once, the arrays have a first axis for it. Raises UserError
        where the numbers of columns or of examples do not fit, or make no whole batches, for targets that the loss does not
        take, and for integers that are none.
        """
        given = [(Role.INPUT, "x", x), (Role.TARGET, "t", t)][: 2 if targets else 1]
        rows = {role: table for role, what, value in given if (table := self._rows(value, what, role)) is not None}
        counts = {role: len(table) for role, table in rows.items()}
        if len(set(counts.values())) > 1:
            raise UserError(
                "x and t have different numbers of examples",
                expected=f"{counts[Role.INPUT]} targets, as there are inputs",
                got=f"{counts[Role.TARGET]}",
            )
        count = max(counts.values(), default=self.batch)
        self._check_batches(count)
        if Role.TARGET in rows:
            self._check_targets(rows[Role.TARGET])
        copies = count // self.batch
        arrays = {name: array for role, table in rows.items() for name, array in self._apart(role, table, copies)}
        return copies, {name: array if copies > 1 else array[0] for name, array in arrays.items()}

    def _apart(self, role: Role, table: Array, copies: int) -> Iterator[tuple[str, Array]]:
        """The array of each tensor that the columns of a table make up."""
        first = 0
        for tensor in self._program.columns(role):
            width = math.prod(tensor.extents) // self.batch
            part = table[:, first : first + width].reshape(copies, *tensor.extents)
            yield tensor.name, self._integers(tensor, part) if tensor.role is Role.INDEX else np.ascontiguousarray(part)
            first += width

    def _integers(self, tensor: Tensor, array: Array) -> Array:
        """The array in integers; UserError for a number that is none, or that indexes no row."""
        most = integer_tensors(self._program)[tensor]
        wrong = array[(array != np.floor(array)) | (array < 0) | (array >= most)]
        if wrong.size:
            expected, got = f"whole numbers from 0 to {most - 1}", f"{wrong[0]:g}"
            raise UserError(f"wrong value in '{tensor.name}'", expected=expected, got=got)
        return np.ascontiguousarray(array, dtype=np.int64)

    def _check_batches(self, count: int) -> None:
        rest = count % self.batch
        if rest:
            raise UserError(
                f"{count} examples do not make whole batches",
                expected=f"a multiple of {self.batch}, the network's batch",
                remedy=f"Leave out {rest}, or add {self.batch - rest}.",
            )

    def _check_targets(self, table: Array) -> None:
        """UserError where a target lies outside what the loss is made for, or targets break a fact of the program."""
        low, high = self._target_domain
        for name, column in zip(self.columns[Role.TARGET], table.T, strict=True):
            outside = column[(column < low) | (column > high)]
            if len(outside):
                raise wrong_target(name, (low, high), float(outside[0]))
        places = [(tensor.name, position) for tensor, position in self._places[Role.TARGET]]
        columns = dict(zip(places, table.reshape(-1, len(places)).T, strict=True))
        for fact in self._program.facts:
            for added, total in totals(fact, columns.get):
                off = abs(total - float(fact.number))
                if (off > MARGIN).any():
                    raise self._broken(fact, added, total, int(off.argmax()))

    def _broken(self, fact: Fact, added: Sequence[Element], total: Array, batch: int) -> UserError:
        """The error for a fact that a batch does not keep, in the example where the elements stand that it adds."""
        places = [(tensor.name, position) for tensor, position in self._places[Role.TARGET]]
        width = len(self.columns[Role.TARGET])
        numbers = [places.index(element) for element in added]
        names = [self.columns[Role.TARGET][number % width] for number in numbers]
        example = batch * self.batch + numbers[0] // width + 1
        return broken_fact(names, fact, f"{total[batch]:g} in example {example}")

    def _rows(self, value: Any, what: str, role: Role) -> Array | None:
        """The array with a row for each example; None where the program takes none and none is given."""
        names, kind = self.columns[role], "inputs" if role is Role.INPUT else "targets"
        wanted = f"(N, {len(names)}): {', '.join(names[:8])}{', …' if len(names) > 8 else ''}"
        if not names:
            if value is not None:
                raise UserError(f"the program has no {kind}", expected=f"no {what}", got="one")
            return None
        if value is None:
            raise UserError(f"the {kind} are not given", expected=f"{what} of shape {wanted}")
        array = as_array(value, what, None, self._dtype)
        table = array.reshape(1, -1) if array.ndim == 1 else array.reshape(len(array), -1) if array.size else array
        if array.ndim == 0 or table.ndim != 2 or table.shape[1] != len(names) or not len(table):
            remedy = f"Write {what}.reshape(-1, 1)." if array.ndim == 1 and len(names) == 1 else None
            raise UserError(f"{what} has the wrong shape", expected=wanted, got=str(array.shape), remedy=remedy)
        return table
