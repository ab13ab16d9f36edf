"""NumPy by hand in the ladder: gradients on paper, arrays that are there once, `out=` wherever NumPy has it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Stepping, Unfit, arrays
from tests.benchmarks.works import Work


def _sigmoid(z: Array) -> Array:
    """In place."""
    np.negative(z, out=z)
    np.exp(z, out=z)
    np.add(z, 1, out=z)
    return np.reciprocal(z, out=z)


class Class(Stepping):
    """Two layers of sigmoids without biases, half the squared error, one example."""

    def __init__(self, work: Work) -> None:
        self._given = arrays(work)
        self.x, self.t, self.rate = self._given["x"], self._given["t"], work.rate
        self._e, self._s, self._r = np.empty(2), np.empty(2), np.empty(2)
        self._g1, self._g2, self._a, self._y = np.empty((2, 2)), np.empty((2, 2)), np.empty(2), np.empty(2)
        self.start()

    def start(self) -> None:
        self.W1, self.W2 = self._given["W1"].copy(), self._given["W2"].copy()

    def gradients(self) -> tuple[float, Array, Array]:
        """The loss and both gradients, in arrays that the next call writes to."""
        a, y, e, s, r = self._a, self._y, self._e, self._s, self._r
        _sigmoid(self.W1.dot(self.x, out=a))
        _sigmoid(self.W2.dot(a, out=y))
        np.subtract(y, self.t, out=e)
        loss = 0.5 * e.dot(e)
        np.subtract(1, y, out=s)
        s *= y
        e *= s
        np.multiply(e[:, None], a, out=self._g2)
        e.dot(self.W2, out=r)
        np.subtract(1, a, out=s)
        s *= a
        r *= s
        np.multiply(r[:, None], self.x, out=self._g1)
        return loss, self._g1, self._g2

    def step(self) -> float:
        loss, g1, g2 = self.gradients()
        g1 *= self.rate
        g2 *= self.rate
        self.W1 -= g1
        self.W2 -= g2
        return loss


class ClassCall(Calling):
    """The same function, without updates."""

    def __init__(self, work: Work) -> None:
        net = Class(work)

        def call() -> tuple[Any, Any]:
            loss, g1, g2 = net.gradients()
            return loss, (g1, g2)

        self.call = call


class Dense(Stepping):
    """Sigmoid layers, softmax with cross-entropy; weights are kept (in, out), and the rate is in the first adjoint."""

    def __init__(self, work: Work) -> None:
        self._given, self.depth = arrays(work), len(work.sizes) - 1
        self.x, self.t, self.scale = self._given["x"], self._given["t"], work.rate / work.rows
        self.rows, dtype = work.rows, work.dtype
        self.a = [np.empty((work.rows, units), dtype) for units in work.sizes[1:]]
        self.d = [np.empty((work.rows, units), dtype) for units in work.sizes[1:]]
        self.s = [np.empty((work.rows, units), dtype) for units in work.sizes[1:]]
        self.gw = [np.empty(pair, dtype) for pair in zip(work.sizes, work.sizes[1:], strict=False)]
        self.gb = [np.empty(units, dtype) for units in work.sizes[1:]]
        self.column = np.empty((work.rows, 1), dtype)
        self.start()

    def start(self) -> None:
        numbers = range(1, self.depth + 1)
        self.w = [np.array(self._given[f"W{k}"].T, order="C") for k in numbers]
        self.b = [self._given[f"b{k}"].copy() for k in numbers]

    def step(self) -> float:
        loss = self._forward()
        for k in reversed(range(self.depth)):
            below, d = self.a[k - 1] if k else self.x, self.d[k]
            np.matmul(below.T, d, out=self.gw[k])
            np.add.reduce(d, axis=0, out=self.gb[k])
            if k:
                s = self.s[k - 1]
                np.matmul(d, self.w[k].T, out=self.d[k - 1])
                np.subtract(1, below, out=s)
                s *= below
                self.d[k - 1] *= s
            self.w[k] -= self.gw[k]
            self.b[k] -= self.gb[k]
        return loss

    def _forward(self) -> float:
        """The loss; leaves the rate times the adjoint of the last layer's sums in its place."""
        a = self.x
        for k, z in enumerate(self.a):
            np.matmul(a, self.w[k], out=z)
            z += self.b[k]
            a = _sigmoid(z) if k < self.depth - 1 else z
        d, column = self.d[-1], self.column
        np.maximum.reduce(a, axis=1, keepdims=True, out=column)
        a -= column
        np.exp(a, out=d)
        np.add.reduce(d, axis=1, keepdims=True, out=column)
        d /= column
        loss = (float(np.log(column).sum()) - float(np.vdot(self.t, a))) / self.rows
        d -= self.t
        d *= self.scale
        return loss


def enter(which: str, work: Work) -> Entrant:
    """The net, if it is one of the dense ones."""
    if work.kind not in ("class", "dense"):
        raise Unfit("convolutions and attention are not written by hand in NumPy")
    return ClassCall(work) if work.calls else Class(work) if work.kind == "class" else Dense(work)
