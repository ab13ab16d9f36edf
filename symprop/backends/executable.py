"""What every back end gives back: a loaded function with its readable source; how it is made is each back end's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from symprop.errors import UserError


@dataclass(frozen=True)
class Executable:
    """A loaded program. `function` takes the arguments by position and gives the outputs as a list, both in order.

    `source` is the code that runs; each line carries the name of its equation.
    """

    source: str = field(repr=False)
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    function: Callable[..., list[Any]] = field(repr=False, compare=False)

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
