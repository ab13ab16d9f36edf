"""Measures a network on fixed examples, at any parameters: loss, gradient, curvature, any quantity; explains nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symprop.ir.program import Program
from symprop.ir.tensor import Tensor
from symprop.training.compiled import Compiled
from symprop.training.layout import Layout

Array = Any
Parameters = Mapping[str, Any]

MOST_EXAMPLES = 1000


@dataclass(frozen=True)
class Probe:
    """A compiled network with `examples` of its data, among them the masks of dropout as they are on the average.

    Its program stands `copies` times for them. What has no finite value is infinite or NaN.
    """

    compiled: Compiled
    layout: Layout
    copies: int
    fed: Mapping[str, Array]

    @classmethod
    def of(cls, compiled: Compiled, layout: Layout, copies: int, fed: Mapping[str, Array], most: int | None) -> Probe:
        """At most so many of the examples, in whole batches, spread over all of them; all without a number."""
        kept = copies if most is None else max(1, min(copies, most // layout.batch))
        if kept < copies:
            rows = np.linspace(0, copies - 1, kept).astype(int)
            fed = {name: array[rows] if kept > 1 else array[0] for name, array in fed.items()}
        return cls(compiled, layout, kept, fed)

    @property
    def examples(self) -> int:
        """How many there are."""
        return self.copies * self.layout.batch

    def gradient(self, parameters: Parameters) -> tuple[float, dict[str, Array]]:
        """The mean loss of the examples, and its gradient by each trained parameter."""
        executable, gradients = self.compiled.gradient(self.copies), self.compiled.gradients
        found = self._run(executable, parameters)
        loss = next(iter(found.values()))  # is its first output
        return float(loss), {name: np.asarray(found[gradient]) for name, gradient in gradients.items()}

    def reader(self, program: Program, tensors: Sequence[Tensor]) -> Callable[[Parameters], list[Array]]:
        """What gives the elements of some tensors, each of shape (copies, elements); the program reads what training does.

        `program` is in index form.
        """
        executable = self.compiled.evaluator(program, [tensor.name for tensor in tensors], self.copies)

        def read(parameters: Parameters) -> list[Array]:
            found = self._run(executable, parameters)
            arrays = ((found[tensor.name], tensor) for tensor in tensors)
            whole = (np.broadcast_to(a, (self.copies, *t.extents)) for a, t in arrays)
            return [array.reshape(self.copies, -1) for array in whole]

        return read

    def product(self) -> Callable[[Parameters, Mapping[str, Array]], dict[str, Array]]:
        """What gives the Hessian of the mean loss times a vector, which has an array for each trained parameter."""
        product = self.compiled.product(self.copies)

        def multiplied(parameters: Parameters, vector: Mapping[str, Array]) -> dict[str, Array]:
            found = self._run(product.executable, parameters, {product.parts[n]: v for n, v in vector.items()})
            none = {name: np.zeros_like(vector[name]) for name in vector}
            return none | {name: np.asarray(found[result]) for name, result in product.results.items()}

        return multiplied

    def _run(self, executable: Any, parameters: Parameters, more: Mapping[str, Array] | None = None) -> Any:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return executable({**self.layout.checked(parameters), **self.fed, **(more or {})})
