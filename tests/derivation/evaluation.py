"""Numbers for the derivation's tests: random points, 50-digit values, central differences, and autograd as a referee."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import autograd.numpy as anp
import numpy as np
import sympy
from autograd import grad
from autograd.extend import defvjp, primitive

from symprop.derivation.step import Derivation, Step
from symprop.ir.evaluate import evaluate_program
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Role
from symprop.notation.names import Names
from symprop.scalar.function import define
from symprop.scalar.numeric import digits

_erf = np.vectorize(math.erf, otypes=[float])


@primitive
def erf(x: Any) -> Any:
    """The error function of each element, which autograd would take from SciPy; its derivative is a definition of erf."""
    return _erf(x)


defvjp(erf, lambda answer, x: lambda adjoint: adjoint * 2 / math.sqrt(math.pi) * anp.exp(-(x**2)))
DIGITS = 50
PRECISE = digits(DIGITS)
STEP = Fraction(1, 10**18)
Point = dict[str, Fraction]


def random_point(program: Program, seed: int, low: float = -1.0, high: float = 1.0) -> Point:
    """A rational for each free scalar, as the facts want them; targets lie between 0 and 1, where every loss takes them.

    What is called a variance is positive.
    """
    random = Random(seed)

    def draw(role: Role) -> Fraction:
        start, end = (0.05, 0.95) if role is Role.TARGET else (low, high)
        return Fraction(random.randint(int(start * 10**4), int(end * 10**4)) * 2 + 1, 2 * 10**4)

    point = {t.name: draw(Role.TARGET if t.name.startswith("variance") else t.role) for t in program.free}
    for fact in program.facts:
        parts = [factor.tensor.name for term in fact.value.terms for factor in term.factors]
        if all(part in point for part in parts):
            total = sum((point[part] for part in parts), Fraction(0))
            point |= {part: point[part] * fact.number / total for part in parts}
    return point


def values(program: Program, point: Mapping[str, Any]) -> dict[str, Any]:
    """Every quantity of a scalar program, to 50 digits."""
    return evaluate_program(program, point, PRECISE)


def difference(program: Program, point: Point, name: str) -> Any:
    """The central difference of a scalar program's loss, to about 30 digits."""
    above = values(program, {**point, name: point[name] + STEP})[program.loss]
    below = values(program, {**point, name: point[name] - STEP})[program.loss]
    return (above - below) / (2 * PRECISE.given(STEP))


def close(a: Any, b: Any, tolerance: float = 1e-20, least: float = 1e-6) -> bool:
    """Whether two numbers agree, relative to the larger of them or to `least`."""
    return bool(abs(a - b) <= tolerance * max(abs(a), abs(b), least))


def gradients(derivation: Derivation, program: Program, elements: Callable[[str], Iterable[str]]) -> dict[str, str]:
    """For each scalar that a derivation is asked for, the scalar of `program` that holds its gradient."""
    return {e: f"d{program.loss}_d{e}" for name in derivation.gradients for e in elements(name)}


def elements_of(program: Program, names: Names) -> Callable[[str], list[str]]:
    """From a tensor's name to its elements' identifiers."""

    def listed(name: str) -> list[str]:
        extents = program.tensors[name].extents
        return [names.element(name, p, extents) for p in product(*map(range, extents))]

    return listed


def sum_of_steps(steps: Iterable[Step], known: Mapping[str, Any]) -> dict[str, Any]:
    """For each quantity, what the recorded products of the chain rule add up to."""
    sums: dict[str, Any] = {}
    for step in steps:
        if step.rule == "seed":
            continue
        adjoint = known[step.adjoint.tensor.name] if isinstance(step.adjoint, Access) else PRECISE.given(step.adjoint)
        sums[step.wrt.tensor.name] = sums.get(step.wrt.tensor.name, 0) + adjoint * node_value(step.local, known)
    return sums


def node_value(node: Node, known: Mapping[str, Any]) -> Any:
    """A scalar node at known values, by way of a program of one equation."""
    from symprop.ir.program import Origin
    from symprop.ir.tensor import Tensor

    free = tuple(dict.fromkeys(access.tensor for access in node.accesses))
    line = Equation(Access(Tensor("value_of_node")), node, Origin("test"))
    return values(Program(free, (line,), "value_of_node"), {t.name: known[t.name] for t in free})["value_of_node"]


class Referee:
    """An index program evaluated by loops over positions, in autograd's numbers; shares no code with unrolling."""

    def __init__(self, program: Program, names: Names) -> None:
        self.program, self.names = program, names

    def gradient(self, point: Point, wrt: list[str]) -> dict[str, float]:
        """The derivative of the loss with respect to each of the free scalars `wrt`, by autograd, in float64."""
        at = anp.array([float(point[name]) for name in wrt])

        def loss(vector: Any) -> Any:
            # autograd warns of a loss that does not depend on its input.
            return self.loss(point, {name: vector[k] for k, name in enumerate(wrt)}) + 0.0 * anp.sum(vector)

        slopes = grad(loss)(at)
        return dict(zip(wrt, map(float, slopes), strict=True))

    def loss(self, point: Point, varied: Mapping[str, Any]) -> Any:
        known: dict[tuple[str, tuple[int, ...]], Any] = {}
        for tensor in self.program.free:
            for p in () if tensor.role is Role.INDEX else product(*map(range, tensor.extents)):
                name = self.names.element(tensor.name, p, tensor.extents)
                known[tensor.name, p] = varied.get(name, float(point[name]))
        for equation in self.program.equations:
            self._run(equation, known)
        return known[self.program.loss, ()]

    def _run(self, equation: Equation, known: dict[Any, Any]) -> None:
        tensor = equation.target.tensor
        for p in product(*map(range, tensor.extents)):
            known[tensor.name, p] = 0.0
        for position in _positions(equation.target.free, {}):
            where = equation.target.element(position, self.program.integers)
            if where is not None:
                known[tensor.name, where] = known[tensor.name, where] + self._node(equation.value, position, known)

    def _node(self, node: Node, position: dict[str, int], known: dict[Any, Any]) -> Any:
        if isinstance(node, SumOfProducts):
            return sum(
                (
                    float(term.coefficient) * _times(self._read(f, inner, known, 0.0) for f in term.factors)
                    for term in node.terms
                    for inner in _positions(term.over, position)
                ),
                0.0,
            )
        if isinstance(node, Elementwise):
            reads = {operand(k): self._read(a, position, known, 0.0) for k, a in enumerate(node.operands)}
            return _times(number(define(factor), reads) for factor in node.factors)
        assert isinstance(node, Reduction)
        read = [
            self._read(a, inner, known, -anp.inf) for inner in _positions(node.over, position) for a in node.operands
        ]
        if node.kind == "max":
            return _fold(read, anp.maximum)
        return anp.log(sum(anp.exp(value) for value in read))

    def _read(self, access: Access, position: dict[str, int], known: dict[Any, Any], outside: float) -> Any:
        where = access.element(position, self.program.integers)
        return outside if where is None else known[access.tensor.name, where]


def _times(factors: Iterable[Any]) -> Any:
    return _fold([1.0, *factors], lambda a, b: a * b)


def _fold(numbers: list[Any], join: Callable[[Any, Any], Any]) -> Any:
    joined = numbers[0]
    for value in numbers[1:]:
        joined = join(joined, value)
    return joined


def _positions(indices: Iterable[Any], outer: dict[str, int]) -> list[dict[str, int]]:
    found = [dict(outer)]
    for index in indices:
        found = [{**position, index.name: n} for position in found for n in range(index.extent)]
    return found


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sympy.exp: anp.exp,
    sympy.log: anp.log,
    sympy.tanh: anp.tanh,
    sympy.sin: anp.sin,
    sympy.cos: anp.cos,
    sympy.cosh: anp.cosh,
    sympy.Abs: anp.abs,
    sympy.sign: anp.sign,
    sympy.erf: erf,
}


def number(expression: Any, reads: Mapping[Any, Any]) -> Any:
    """A SymPy expression in autograd's numbers."""
    if expression.is_Symbol:
        return reads[expression]
    if expression.is_number:
        return float(expression)
    if expression.is_Piecewise:
        chosen = next(value for value, condition in expression.args if _holds(condition, reads))
        return number(chosen, reads)
    inner = [number(argument, reads) for argument in expression.args]
    if expression.is_Add:
        return _fold(inner, lambda a, b: a + b)
    if expression.is_Mul:
        return _fold(inner, lambda a, b: a * b)
    return _FUNCTIONS[type(expression)](*inner) if type(expression) in _FUNCTIONS else inner[0] ** inner[1]


def _holds(condition: Any, reads: Mapping[Any, Any]) -> bool:
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, sympy.Or | sympy.And):
        return (any if isinstance(condition, sympy.Or) else all)(_holds(part, reads) for part in condition.args)
    left, right = (
        float(getattr(number(side, reads), "_value", number(side, reads))) for side in (condition.lhs, condition.rhs)
    )
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "==": left == right}[
        condition.rel_op
    ]
