"""scikit-learn, autograd, CasADi and PyTensor in the ladder, each called for every update."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Stepping, Unfit, arrays, imported
from tests.benchmarks.works import Work

MOST_OF_CASADI = 1024  # units of a layer


class ScikitLearn:
    """`MLPClassifier` by plain descent, one batch an epoch: `fit` goes on from where it was."""

    def __init__(self, work: Work) -> None:
        if work.kind != "dense":
            raise Unfit("scikit-learn's networks are dense, with an output that is no sigmoid")
        made = imported("sklearn.neural_network").MLPClassifier(
            work.sizes[1:-1], activation="logistic", solver="sgd", alpha=0.0, batch_size=work.rows, shuffle=False,
            learning_rate_init=work.rate, momentum=0.0, nesterovs_momentum=False, max_iter=1, tol=0.0, warm_start=True,
            n_iter_no_change=2**31,
        )  # fmt: skip
        self._net, self._given, self._depth = made, arrays(work), len(work.sizes) - 1
        # The numbers of the classes, every one of which has to be met.
        self._classes = self._given["t"].argmax(1)
        if len(set(self._classes.tolist())) < work.sizes[-1]:
            raise Unfit("scikit-learn has to meet every class")
        self.advance(1)
        self.start()

    def start(self) -> None:
        net = self._net
        for k in range(self._depth):
            net.coefs_[k][...] = self._given[f"W{k + 1}"].T
            net.intercepts_[k][...] = self._given[f"b{k + 1}"]

    def advance(self, count: int) -> None:
        self._net.set_params(max_iter=count)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            self._net.fit(self._given["x"], self._classes)
        self._count = count

    def answer(self) -> Array:
        return np.array(self._net.loss_curve_[-self._count :])


def _net(np_: Any, work: Work, weights: Any, x: Any, t: Any) -> Any:
    """The loss with a library's own functions; weights are (in, out), biases rows, where there are any."""
    if work.kind == "class":
        for w in weights:
            x = 1 / (1 + np_.exp(-np_.dot(x, w)))
        return ((x - t) ** 2).sum() / 2
    *hidden, (w, b) = weights
    for v, c in hidden:
        x = 1 / (1 + np_.exp(-(np_.dot(x, v) + c)))
    z = np_.dot(x, w) + b
    z = z - z.max(axis=1, keepdims=True)
    return (np_.log(np_.exp(z).sum(axis=1)).sum() - (t * z).sum()) / work.rows


def _weights(work: Work, a: dict[str, Array]) -> list[Array]:
    """Each weight as (in, out) and each bias, in order."""
    return [np.array(a[name].T, order="C") for name in work.start]


def _grouped(work: Work, flat: Any) -> Any:
    return list(flat) if work.kind == "class" else list(zip(flat[::2], flat[1::2], strict=True))


def _check_dense(work: Work, who: str) -> None:
    if work.kind not in ("class", "dense"):
        raise Unfit(f"convolutions and attention are not written for {who}")


class Autograd(Stepping):
    """Its NumPy, and a gradient by all weights at once."""

    def __init__(self, work: Work) -> None:
        _check_dense(work, "autograd")
        numpy, grad = imported("autograd.numpy"), imported("autograd").value_and_grad
        self._given, self._work = arrays(work), work
        x, t = self._given["x"], self._given["t"]
        self.slope = grad(lambda weights: _net(numpy, work, _grouped(work, weights), x, t))
        self.start()

    def start(self) -> None:
        self.weights = _weights(self._work, self._given)

    def step(self) -> float:
        loss, gradients = self.slope(self.weights)
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight -= self._work.rate * gradient
        return float(loss)


class AutogradCall(Calling):
    """The loss and its gradients, without an update."""

    def __init__(self, work: Work) -> None:
        net = Autograd(work)
        slope, weights = net.slope, net.weights
        self.call = lambda: slope(weights)

    def answer(self) -> Array:
        loss, gradients = self.found
        return np.array([loss, *(number for g in gradients for number in g.T.ravel())])


class PyTensor(Stepping):
    """Weights are shared variables, which the one compiled function updates."""

    def __init__(self, work: Work) -> None:
        _check_dense(work, "PyTensor")
        pytensor, tensor = imported("pytensor"), imported("pytensor.tensor")
        self._work, self._given = work, arrays(work)
        weights = _weights(work, self._given)
        self._shared = [pytensor.shared(weight) for weight in weights]
        x, t = pytensor.shared(self._given["x"]), pytensor.shared(self._given["t"])
        loss = _net(tensor, work, _grouped(work, self._shared), x, t)
        slopes = pytensor.grad(loss, self._shared)
        rate = np.array(work.rate, work.dtype)
        updates = [] if work.calls else [(w, w - rate * g) for w, g in zip(self._shared, slopes, strict=True)]
        outputs = [loss, *slopes] if work.calls else loss
        function = pytensor.function([], outputs, updates=updates)
        function.trust_input = True
        self.step = function

    def start(self) -> None:
        for shared, weight in zip(self._shared, _weights(self._work, self._given), strict=True):
            shared.set_value(weight)


class PyTensorCall(AutogradCall):
    """The loss and its gradients, without an update."""

    def __init__(self, work: Work) -> None:
        function = PyTensor(work).step

        def call() -> tuple[Any, Any]:
            loss, *gradients = function()
            return loss, gradients

        self.call = call


class CasADi(Stepping):
    """A function on buffers, so that nothing is converted: two of them, each writing where the other reads."""

    def __init__(self, work: Work) -> None:
        _check_dense(work, "CasADi")
        if max(work.sizes) > MOST_OF_CASADI:
            raise Unfit("CasADi multiplies matrices without a library, and would take a minute for a few updates")
        self._work, self._given = work, arrays(work, "float64")
        self._calls, self._turn = [], 0
        function = self._function()
        # CasADi keeps columns together, so an array as it stands is its transpose: (in, out) from (out, in).
        self._sets = [[self._given[name].copy() for name in work.start] for _ in range(2)]
        self._loss: Array = np.empty(1)
        for turn in range(2):
            buffer, trigger = function.buffer()
            for k, (old, new) in enumerate(zip(self._sets[turn], self._sets[1 - turn], strict=True)):
                buffer.set_arg(k, old.data)
                buffer.set_res(k + 1, new.data)
            buffer.set_res(0, self._loss.data)
            self._calls.append((buffer, trigger))

    def _function(self) -> Any:
        """The loss and, for each weight, its next value, or its gradient where calls are asked for."""
        casadi, work = imported("casadi"), self._work
        symbols = casadi.SX if work.kind == "class" else casadi.MX
        x, t = casadi.DM(np.atleast_2d(self._given["x"])), casadi.DM(np.atleast_2d(self._given["t"]))
        shapes = [self._given[name].T.shape for name in work.start]
        weights = [symbols.sym(f"p{k}", *(s if len(s) > 1 else (1, *s))) for k, s in enumerate(shapes)]
        loss = self._net(casadi, weights, x, t)
        slopes = [casadi.gradient(loss, weight) for weight in weights]
        if not work.calls:
            slopes = [weight - work.rate * slope for weight, slope in zip(weights, slopes, strict=True)]
        return casadi.Function("update", weights, [loss, *slopes])

    def _net(self, casadi: Any, weights: list[Any], x: Any, t: Any) -> Any:
        if self._work.kind == "class":
            for w in weights:
                x = 1 / (1 + casadi.exp(-(x @ w)))
            return casadi.sumsqr(x - t) / 2
        rows = self._work.rows
        for w, b in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            x = 1 / (1 + casadi.exp(-(x @ w + casadi.repmat(b, rows, 1))))
        z = x @ weights[-2] + casadi.repmat(weights[-1], rows, 1)
        return (casadi.sum1(casadi.log(casadi.sum2(casadi.exp(z)))) - casadi.sum1(casadi.sum2(t * z))) / rows

    def start(self) -> None:
        self._turn = 0
        for array, name in zip(self._sets[0], self._work.start, strict=True):
            array[...] = self._given[name]

    def step(self) -> float:
        self._calls[self._turn][1]()
        self._turn = 1 - self._turn
        return float(self._loss[0])


class CasADiCall(Calling):
    """The loss and its gradients, without an update."""

    def __init__(self, work: Work) -> None:
        net = self._net = CasADi(work)  # kept, since its buffers go with it
        trigger, loss, gradients = net._calls[0][1], net._loss, net._sets[1]

        def call() -> tuple[Any, Any]:
            trigger()
            return loss, gradients

        self.call = call


TRAINING: dict[str, Any] = {"sklearn": ScikitLearn, "autograd": Autograd, "casadi": CasADi, "pytensor": PyTensor}
CALLS: dict[str, Any] = {"autograd": AutogradCall, "casadi": CasADiCall, "pytensor": PyTensorCall}


def enter(which: str, work: Work) -> Entrant:
    """The library's way, if it has one."""
    if work.calls and which not in CALLS:
        raise Unfit("there is no function that gives a loss and its gradients")
    made: Entrant = (CALLS if work.calls else TRAINING)[which](work)
    return made
