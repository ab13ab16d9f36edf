"""The short way to a value and its gradient, for arrays that need no conversion; what does not fit is for `Model` to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from symprop.backends.executable import Executable
from symprop.ir.tensor import Role
from symprop.training.layout import Layout

Array = Any


@dataclass(frozen=True, slots=True)
class Ready:
    """An executable for data of known shapes. `parameters` are names, shapes and places among the arguments.

    `data` are places and shapes of x and t, `names` the parameters whose gradients follow the loss.
    """

    function: Callable[..., list[Any]]
    arguments: int
    parameters: tuple[tuple[str, tuple[int, ...], int], ...]
    data: tuple[tuple[int, tuple[int, ...]] | None, ...]
    names: tuple[str, ...]
    format: Any

    @classmethod
    def of(
        cls, executable: Executable, gradients: Mapping[str, str], feed: Mapping[str, Array], layout: Layout
    ) -> Ready:
        """For the shapes of what has been fed to the executable."""
        places = {name: place for place, name in enumerate(executable.arguments)}
        parameters = tuple((n, t.extents, places.get(n, -1)) for n, t in layout.parameters.items())
        data = tuple(
            (places[name], feed[name].shape) if name in places else None
            for name in (layout.name_of(Role.INPUT), layout.name_of(Role.TARGET))
        )
        by = {gradient: name for name, gradient in gradients.items()}
        names = tuple(by[output] for output in executable.outputs[1:])
        kind = next(iter(feed.values())).dtype
        return cls(executable.function, len(places), parameters, data, names, kind)

    def call(self, parameters: Mapping[str, Array], x: Any, t: Any) -> tuple[float, dict[str, Array]] | None:
        """The loss and the gradients; None where something is no array of the right kind, or the loss is not finite."""
        if len(parameters) != len(self.parameters):
            return None
        values: list[Any] = [None] * self.arguments
        for name, shape, place in self.parameters:
            value = parameters.get(name)
            if type(value) is not np.ndarray or value.dtype is not self.format or value.shape != shape:
                return None
            if place >= 0:
                values[place] = value
        for given, wanted in zip((x, t), self.data, strict=True):
            if wanted is not None:
                if type(given) is not np.ndarray or given.dtype is not self.format:
                    return None
                values[wanted[0]] = given if given.shape == wanted[1] else given.reshape(wanted[1])
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss, *slopes = self.function(*values)
        loss = float(loss)
        return (loss, dict(zip(self.names, slopes, strict=True))) if isfinite(loss) else None
