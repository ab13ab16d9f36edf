"""Recurrent layers over a sequence, unrolled in time: one set of equations a step, on shared parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from symprop.errors import UserError
from symprop.ir.tensor import Moment
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape
from symprop.layers.sums import stacked

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
            what, remedy = "wrong length of a sequence", "Give what it reads so many rows; each is a step."
            raise UserError(what, where=checks.kind(self), expected=expected, got=str(steps), remedy=remedy)
        start = (f"{state}_0[..., j] = 0" for state in self.states)
        collected, extents = self._collected(steps)
        lines = (*start, *(line for t in range(1, steps + 1) for line in self._at(t)), *collected)
        extents = {"j": self.units, "l": self.units, **extents}
        return Declaration(lines, extents, moments=self._moments(steps))

    def _at(self, t: int) -> Iterator[str]:
        """One step's equations: ``@`` marks a quantity of this step, ``'`` one of the step before."""
        for line in self.step:
            yield line.replace("@", f"_{t}").replace("'", f"_{t - 1}").replace("x[..., k]", f"x[..., {t - 1}, k]")

    def _collected(self, steps: int) -> tuple[tuple[str, ...], dict[str, int]]:
        """The last state, or all of them below each other, each with an axis for that; and how far their indices run."""
        if not self.sequence:
            return (f"y[..., j] = h_{steps}[..., j]",), {}
        lines, extents = stacked("y", [f"{_ROW}_{t}" for t in range(1, steps + 1)])
        return (*(f"{_ROW}_{t}[..., 0, j] = h_{t}[..., j]" for t in range(1, steps + 1)), *lines), extents

    def _moments(self, steps: int) -> dict[str, Moment]:
        """What is of one step, and of which."""
        each = [line.partition("@[")[0] for line in self.step]
        found = {f"{name}_{t}": Moment(name, t) for name in (*each, _ROW) for t in range(1, steps + 1)}
        return {**{f"{state}_0": Moment(state, 0) for state in self.states}, **found}


_ROW = "p"  # a state as a row, which is put in its place


def _affine(gate: str = "", state: str = "h'") -> str:
    """``z = W x + U h + b``, each gate with its own set of parameters: ``W_i`` for the gate i."""
    z, w, u, b = (f"{name}_{gate}" if gate else name for name in "zWUb")
    return f"{z}@[..., j] = Sum({w}[j,k]*x[..., k], k) + Sum({u}[j,l]*{state}[..., l], l) + {b}[j]"


def _meanings(others: Mapping[str, str], **gates: str) -> Mapping[str, str]:
    """What the gates and their parameters are, and the `others` besides."""
    found: dict[str, str] = {}
    for gate, words in gates.items():
        found[f"W_{gate}"] = f"input weights of {words}"
        found[f"U_{gate}"] = f"recurrent weights of {words}"
        found[f"b_{gate}"] = f"biases of {words}"
        found[gate] = words
    return {**found, **others, "h": "the state"}


@dataclass(frozen=True, repr=False)
class RNN(_Recurrent):
    """``h = tanh(W x + U h' + b)``, where h' is the state before.

    Source: Elman, Finding structure in time, Cognitive Science 14, 1990.
    """

    meanings: ClassVar[Mapping[str, str]] = {
        "W": "input weights",
        "U": "recurrent weights",
        "b": "biases",
        "h": "the state",
    }
    states: ClassVar[tuple[str, ...]] = ("h",)
    step: ClassVar[tuple[str, ...]] = (_affine(), "h@[..., j] = tanh(z@[..., j])")


@dataclass(frozen=True, repr=False)
class LSTM(_Recurrent):
    """Gates i, f and o, candidate g, cell ``c = f c' + i g`` and state ``h = o tanh(c)``.

    Source: Gers, Schmidhuber and Cummins, Learning to forget, Neural Computation 12, 2000.
    """

    meanings: ClassVar[Mapping[str, str]] = _meanings(
        {"c": "the cell", "s": "the cell between −1 and 1, which the output gate lets through"},
        i="the input gate",
        f="the forget gate",
        o="the output gate",
        g="the candidate for the cell",
    )
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    step: ClassVar[tuple[str, ...]] = (
        *(
            line
            for gate, function in (("i", "sigmoid"), ("f", "sigmoid"), ("o", "sigmoid"), ("g", "tanh"))
            for line in (_affine(gate), f"{gate}@[..., j] = {function}(z_{gate}@[..., j])")
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

    meanings: ClassVar[Mapping[str, str]] = _meanings(
        {"q": "what the reset gate leaves of the state before"},
        r="the reset gate",
        u="the update gate",
        g="the candidate for the state",
    )
    states: ClassVar[tuple[str, ...]] = ("h",)
    step: ClassVar[tuple[str, ...]] = (
        _affine("r"),
        "r@[..., j] = sigmoid(z_r@[..., j])",
        _affine("u"),
        "u@[..., j] = sigmoid(z_u@[..., j])",
        "q@[..., j] = r@[..., j]*h'[..., j]",
        _affine("g", "q@"),
        "g@[..., j] = tanh(z_g@[..., j])",
        "h@[..., j] = g@[..., j] - u@[..., j]*g@[..., j] + u@[..., j]*h'[..., j]",
    )
