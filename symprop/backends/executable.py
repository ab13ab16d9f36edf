"""What every back end gives back: a loaded function, or loop of updates, with its readable source; how is each one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symprop.errors import UserError
from symprop.lowering.lowered import Lowered

Array = Any
Arrays = Mapping[str, Array]


@dataclass(frozen=True)
class Executable:
    """A loaded program. `function` takes the arguments by position and gives the outputs as a list, both in order.

    `source` is the code that runs; each line carries the name of its equation. Where it `checks`, the function itself
    refuses arrays of another shape, with UserError, and NumPy has nothing to warn of.
    """

    source: str = field(repr=False)
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    function: Callable[..., list[Any]] = field(repr=False, compare=False)
    checks: bool = False

    def __call__(self, values: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
        """The outputs by name, for values by name (others than the arguments are passed over) or in order.

        Raises UserError where a value is missing, or where there are more or fewer than arguments.
        """
        if isinstance(values, Mapping):
            missing = [name for name in self.arguments if name not in values]
            if missing:
                raise UserError(f"no value is given for {', '.join(missing)}")
            values = [values[name] for name in self.arguments]
        elif len(values) != len(self.arguments):
            raise UserError("wrong number of values", expected=", ".join(self.arguments), got=str(len(values)))
        return dict(zip(self.outputs, self.function(*values), strict=True))


# Runs updates: how many, what they carry on, what stays, and what differs from update to update, on a first axis; gives
# each update's loss, taken before it, and what is carried after the last.
Run = Callable[[int, Arrays, Arrays, Arrays], tuple[Array, dict[str, Array]]]


@dataclass(frozen=True)
class Loop:
    """A loaded training loop over a Lowered whose first output is the loss and whose others are carried.

    ``run(count, carried, fixed, varying)`` takes every argument's array, by name, in one of three: `carried` are replaced
    by the outputs at each update, `fixed` stay, `varying` have a first axis of `count` updates. No array that is given is
    written to. The same numbers give the same result, whatever ran before.
    """

    source: str = field(repr=False)
    run: Run = field(repr=False, compare=False)


@dataclass(frozen=True)
class Backend:
    """One way to run a Lowered: `dtypes` are the number formats it has, `compile` and `compile_loop` take one of them.

    Arguments of an executable are arrays of their tensor's shape and that format (integers of role index are int64),
    outputs are new arrays of theirs. `compile_loop` is also told which arguments vary from update to update. What a back
    end cannot do it says as it compiles: UnsupportedError, with the equation. `compile_parallel`, of one that can divide the
    batch over several devices, is also told how many, and for each argument that is divided the axis of the batch.
    """

    name: str
    dtypes: tuple[str, ...]
    compile: Callable[[Lowered, str], Executable]
    compile_loop: Callable[[Lowered, str, frozenset[str]], Loop]
    compile_parallel: Callable[[Lowered, str, frozenset[str], int, Mapping[str, int]], Loop] | None = None
