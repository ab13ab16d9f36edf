"""Recurrent layers over a sequence, unrolled in time: one set of equations a step, on shared parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from symprop.errors import UserError
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape

LONGEST = 1_000


@dataclass(frozen=True, repr=False)
class _Recurrent(Layer):
    """Reads (…, steps, features); gives the state after every step, (…, steps, units), or the last one alone, (…, units)."""

    units: int
    sequence: bool = False

    step: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]]

    def check(self) -> None:
        checks.positive(self, units=self.units)

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        checks.rank(self, shape, least=2, axes="(…, steps, features)")
        steps = shape[-2]
        if not 1 <= steps <= LONGEST:
            expected = f"from 1 to {LONGEST:,} steps"
            raise UserError("wrong length of a sequence", where=checks.kind(self), expected=expected, got=str(steps))
        start = (f"{state}_0[..., j] = 0" for state in self.states)
        lines = [*start, *(line for t in range(1, steps + 1) for line in self._at(t))]
        shapes_ = {f"y_{t}": (steps, self.units) for t in range(1, steps + 1)}
        lines += self._collected(steps)
        return Declaration(tuple(lines), {"j": self.units, "i": self.units}, shapes=shapes_)

    def _at(self, t: int) -> Iterator[str]:
        """One step's equations: ``@`` marks a quantity of this step, ``'`` one of the step before."""
        for line in self.step:
            yield line.replace("@", f"_{t}").replace("'", f"_{t - 1}").replace("x[..., k]", f"x[..., {t - 1}, k]")

    def _collected(self, steps: int) -> list[str]:
        if not self.sequence:
            return [f"y[..., j] = h_{steps}[..., j]"]
        parts = [f"y_{t}[..., {t - 1}, j] = h_{t}[..., j]" for t in range(1, steps + 1)]
        return [*parts, f"y[..., t, j] = {' + '.join(f'y_{t}[..., t, j]' for t in range(1, steps + 1))}"]


def _affine(name: str, suffix: str, state: str = "h'") -> str:
    """``W x + U h + b`` with a set of parameters of its own."""
    return f"{name}@[..., j] = Sum(W{suffix}[j,k]*x[..., k], k) + Sum(U{suffix}[j,i]*{state}[..., i], i) + b{suffix}[j]"


@dataclass(frozen=True, repr=False)
class RNN(_Recurrent):
    """``h = tanh(W x + U h' + b)``, where h' is the state before.

    Source: Elman, Finding structure in time, Cognitive Science 14, 1990.
    """

    states: ClassVar[tuple[str, ...]] = ("h",)
    step: ClassVar[tuple[str, ...]] = (_affine("z", ""), "h@[..., j] = tanh(z@[..., j])")


@dataclass(frozen=True, repr=False)
class LSTM(_Recurrent):
    """Gates i, f and o, candidate g, cell ``c = f c' + i g`` and state ``h = o tanh(c)``.

    Source: Gers, Schmidhuber and Cummins, Learning to forget, Neural Computation 12, 2000.
    """

    states: ClassVar[tuple[str, ...]] = ("h", "c")
    step: ClassVar[tuple[str, ...]] = (
        *(
            line
            for gate, function in (("i", "sigmoid"), ("f", "sigmoid"), ("o", "sigmoid"), ("g", "tanh"))
            for line in (_affine(f"z{gate}", gate), f"{gate}@[..., j] = {function}(z{gate}@[..., j])")
        ),
        "c@[..., j] = f@[..., j]*c'[..., j] + i@[..., j]*g@[..., j]",
        "s@[..., j] = tanh(c@[..., j])",
        "h@[..., j] = o@[..., j]*s@[..., j]",
    )


@dataclass(frozen=True, repr=False)
class GRU(_Recurrent):
    """Reset gate r, update gate u, candidate g of the input and the reset state, ``h = (1 - u) g + u h'``.

    Source: Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014.
    """

    states: ClassVar[tuple[str, ...]] = ("h",)
    step: ClassVar[tuple[str, ...]] = (
        _affine("zr", "r"),
        "r@[..., j] = sigmoid(zr@[..., j])",
        _affine("zu", "u"),
        "u@[..., j] = sigmoid(zu@[..., j])",
        "q@[..., j] = r@[..., j]*h'[..., j]",
        _affine("zg", "g", "q@"),
        "g@[..., j] = tanh(zg@[..., j])",
        "h@[..., j] = g@[..., j] - u@[..., j]*g@[..., j] + u@[..., j]*h'[..., j]",
    )
