"""What takes part in `peers`: how each program declares a net, derives its gradients and works out their numbers.

Every gradient is by all weights and biases, in the order W1, b1, W2, b2, …
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import sympy

from symprop.derivation.sweep import derive
from symprop.ir.arrays import evaluate_arrays
from symprop.scalar.numeric import FLOAT
from tests.benchmarks import nets

Values = dict[str, Any]


class Missing(Exception):
    """Something that is not installed, or does not work where it is."""


@dataclass(frozen=True)
class Net:
    """Sigmoid layers of one width with half the squared error; in a residual net each adds its input to its output."""

    kind: str
    depth: int
    width: int

    def __str__(self) -> str:
        return f"{self.kind}, {self.depth} layers of {self.width}"

    @property
    def numbers(self) -> list[int]:
        """The numbers of the layers with weights, as symprop counts them: a residual net has additions between."""
        return [1 + k * (2 if self.kind == "residual" else 1) for k in range(self.depth)]

    def forward(self, x: Any, layer: Callable[[int, Any], Any]) -> Any:
        """The output, with each layer applied by a function of its number and its input."""
        for number in self.numbers:
            x = layer(number, x) + x if self.kind == "residual" else layer(number, x)
        return x


class Contestant(Protocol):
    """One program; one that `remembers` gradients that it has derived is timed only once."""

    name: str
    remembers: bool

    def declare(self, net: Net) -> Any: ...
    def derive(self, declared: Any) -> Any: ...
    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]: ...


class Symprop:
    name, remembers = "symprop", False

    def declare(self, net: Net) -> Any:
        make = nets.residual if net.kind == "residual" else nets.dense
        return make(net.depth, net.width).elaborate()

    def derive(self, declared: Any) -> Any:
        return derive(declared)

    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]:
        found = evaluate_arrays(gradients.program, values, FLOAT)
        return [np.array(found[gradients.gradients[t.name]], float) for t in declared.trainable]


class PyTensor:
    name, remembers = "pytensor.grad", False

    def __init__(self) -> None:
        self._module, self._tensor = _module("pytensor"), _module("pytensor.tensor")

    def declare(self, net: Net) -> Any:
        pt, parameters = self._tensor, list[Any]()
        x, t = (pt.vector(name, dtype="float64") for name in "xt")

        def layer(number: int, a: Any) -> Any:
            own = pt.matrix(f"W{number}", dtype="float64"), pt.vector(f"b{number}", dtype="float64")
            parameters.extend(own)
            return pt.sigmoid(own[0] @ a + own[1])

        output = net.forward(x, layer)
        return [x, t, *parameters], ((output - t) ** 2).sum() / 2

    def derive(self, declared: Any) -> Any:
        (_, _, *parameters), loss = declared
        return self._module.grad(loss, parameters)

    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]:
        mode = self._module.compile.mode.Mode("py", None)
        function = self._module.function(declared[0], gradients, mode=mode)
        return list(function(*(values[v.name] for v in declared[0])))


class CasADi:
    """Its matrix expressions, with the parameters as parts of one vector, as reverse mode wants them there."""

    name, remembers = "CasADi", False

    def __init__(self) -> None:
        self._module = _module("casadi")

    def declare(self, net: Net) -> Any:
        cs, n = self._module, net.width
        x, t = cs.MX.sym("x", n), cs.MX.sym("t", n)
        whole = cs.MX.sym("parameters", net.depth * (n * n + n))
        parts = iter(cs.vertsplit(whole, list(np.cumsum([0, *[n * n, n] * net.depth]))))

        def layer(number: int, a: Any) -> Any:
            weights, bias = cs.reshape(next(parts), n, n).T, next(parts)
            return 1 / (1 + cs.exp(-(weights @ a + bias)))

        return net, [x, t, whole], cs.sumsqr(net.forward(x, layer) - t) / 2

    def derive(self, declared: Any) -> Any:
        _, (_, _, whole), loss = declared
        return self._module.gradient(loss, whole)

    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]:
        net, free, _ = declared
        names = [f"{letter}{number}" for number in net.numbers for letter in "Wb"]
        whole = np.concatenate([values[name].ravel() for name in names])
        found = np.array(self._module.Function("f", free, [gradients])(values["x"], values["t"], whole)).ravel()
        places = np.cumsum([values[name].size for name in names])[:-1]
        return [part.reshape(values[name].shape) for name, part in zip(names, np.split(found, places), strict=True)]


class Tensorgrad:
    """Its own joint sweep over all gradients, which its compiler uses; nothing is simplified."""

    name, remembers = "tensorgrad, joint sweep", False

    def __init__(self) -> None:
        self._module, self._functions = _module("tensorgrad"), _module("tensorgrad.functions")
        self._reverse, self._compiler = _module("tensorgrad.compiler.reverse"), _module("tensorgrad.compiler")

    def declare(self, net: Net) -> Any:
        variable, parameters = self._module.Variable, list[Any]()
        # A layer that is added to its input needs the input's axis; sizes stand only in the numbers.
        size = sympy.Symbol("n")
        x, t = variable("x", i=size), variable("t", i=size)

        def layer(number: int, a: Any) -> Any:
            weights, bias = variable(f"W{number}", j=size, i=size), variable(f"b{number}", i=size)
            parameters.extend([weights, bias])
            return self._functions.sigmoid((weights @ a).rename(j="i") + bias)

        error = net.forward(x, layer) - t
        return [x, t, *parameters], (error @ error) / 2, size, net.width

    def derive(self, declared: Any) -> Any:
        (_, _, *parameters), loss, *_ = declared
        return self._reverse.resolve_shared_gradients(tuple(loss.grad(p) for p in parameters))

    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]:
        free, _, size, width = declared
        torch = _module("torch")
        if not hasattr(torch.Tensor, "refine_names"):
            raise Missing("its evaluator needs named tensors, which this PyTorch has not")
        given = {v: torch.from_numpy(values[v.name]).refine_names(*v.edges) for v in free}
        found = self._compiler.compile_to_callable(*gradients)(given, {size: width})
        return [a.align_to(*p.edges).rename(None).numpy() for p, a in zip(free[2:], found, strict=True)]


class TensorgradFormulas(Tensorgrad):
    """Each gradient simplified, as it is shown to people."""

    name = "tensorgrad, simplified"

    def derive(self, declared: Any) -> Any:
        (_, _, *parameters), loss, *_ = declared
        return [loss.grad(p).full_simplify() for p in parameters]


class PlainSymPy:
    """One expression over scalars, and `diff` by each weight: there are no names for intermediates."""

    name, remembers = "SymPy's diff", True

    def declare(self, net: Net) -> Any:
        n, free = net.width, dict[str, Any]()

        def named(name: str, *shape: int) -> Any:
            free[name] = np.array(sympy.symarray(name, shape))
            return free[name]

        x, t = named("x", n), named("t", n)

        def layer(number: int, a: Any) -> Any:
            sums = named(f"W{number}", n, n) @ a + named(f"b{number}", n)
            return np.array([1 / (1 + sympy.exp(-z)) for z in sums])

        return free, sum((net.forward(x, layer) - t) ** 2) / 2

    def derive(self, declared: Any) -> Any:
        free, loss = declared
        return [[loss.diff(w) for w in free[name].ravel()] for name in list(free)[2:]]

    def numbers(self, declared: Any, gradients: Any, values: Values) -> list[Any]:
        free, _ = declared
        symbols = [symbol for tensor in free.values() for symbol in tensor.ravel()]
        function = sympy.lambdify(symbols, gradients, "math", cse=True)
        found = function(*(float(v) for name in free for v in values[name].ravel()))
        return [np.reshape(part, free[name].shape) for part, name in zip(found, list(free)[2:], strict=True)]


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise Missing(f"{name.partition('.')[0]} cannot be imported ({error})") from None


CONTESTANTS: list[Callable[[], Contestant]] = [
    Symprop,
    PyTensor,
    CasADi,
    Tensorgrad,
    TensorgradFormulas,
    PlainSymPy,
]
