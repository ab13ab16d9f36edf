"""Scalar equations as straight lines of SymPy over plain names; which language they become is the back ends' affair."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symprop.errors import InternalError
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, operand
from symprop.ir.program import Equation
from symprop.rules.patterns import recognise
from symprop.scalar.function import ScalarFunction, declarations

Expression = Any
Line = tuple[str, Expression]


@dataclass(frozen=True)
class Lines:
    """Code without loops or branches: `lines` define names in order from `arguments`; `outputs` are what is wanted.

    `functions` are the declared functions that the lines apply.
    """

    arguments: tuple[str, ...]
    lines: tuple[Line, ...]
    outputs: tuple[str, ...]
    functions: tuple[ScalarFunction, ...] = ()


def lines_of(arguments: Sequence[str], equations: Sequence[Equation], outputs: Sequence[str]) -> Lines:
    """The lines of scalar equations, in their order."""
    return _Lowering({*arguments, *(equation.name for equation in equations)}).run(arguments, equations, outputs)


class _Lowering:
    def __init__(self, names: Collection[str]) -> None:
        self._symbols: dict[str, Expression] = {name: sympy.Symbol(name, real=True) for name in names}
        self._stable: dict[Expression, Expression] = {}  # a spelled-out logistic would overflow as it stands
        self._functions: dict[Expression, tuple[ScalarFunction, ...]] = {}

    def run(self, arguments: Sequence[str], equations: Sequence[Equation], outputs: Sequence[str]) -> Lines:
        lines = tuple(line for equation in equations for line in self._lines(equation))
        declared = dict.fromkeys(f for found in self._functions.values() for f in found)
        return Lines(tuple(arguments), lines, tuple(outputs), tuple(declared))

    def _lines(self, equation: Equation) -> Iterator[Line]:
        """The lines of one equation; a reduction gets one more, for the largest operand."""
        if equation.target.tensor.indices:
            raise InternalError(
                "only scalar programs can be lowered: unroll first", where=f"equation '{equation.name}'"
            )
        name, value = equation.name, equation.value
        if isinstance(value, Reduction):
            largest = self._fresh(f"{name}_largest") if value.kind == "logsumexp" else name
            operands = [self._symbols[access.tensor.name] for access in value.operands]
            yield largest, sympy.Max(*operands, evaluate=False)
            if value.kind == "logsumexp":
                yield name, _logsumexp(operands, self._symbols[largest])
            return
        expression = self._products(value) if isinstance(value, SumOfProducts) else self._elementwise(value)
        yield name, expression

    def _products(self, value: SumOfProducts) -> Expression:
        # Unevaluated: SymPy's own sorting takes longer than all else, and the terms keep their order.
        return sympy.Add(*(self._term(term) for term in value.terms), evaluate=False)

    def _term(self, term: Term) -> Expression:
        factors = [self._symbols[factor.tensor.name] for factor in term.factors]
        if term.coefficient != 1 or not factors:
            factors.insert(0, sympy.Rational(term.coefficient.numerator, term.coefficient.denominator))
        return sympy.Mul(*factors, evaluate=False)

    def _elementwise(self, value: Elementwise) -> Expression:
        names = {operand(k): self._symbols[access.tensor.name] for k, access in enumerate(value.operands)}
        factors = []
        for factor in value.factors:
            if factor not in self._stable:
                self._stable[factor] = recognise(factor)
                self._functions[factor] = tuple(declarations(self._stable[factor]).values())
            factors.append(self._stable[factor].xreplace(names))
        return sympy.Mul(*factors, evaluate=False)

    def _fresh(self, name: str) -> str:
        while name in self._symbols:
            name += "_"
        self._symbols[name] = sympy.Symbol(name, real=True)
        return name


def _logsumexp(operands: Sequence[Expression], largest: Expression) -> Expression:
    """``m + log Σ exp(z − m)``, but an infinite m as it is: no exponential is above one."""
    powers = (sympy.exp(z - largest, evaluate=False) for z in operands)
    finite = sympy.Add(largest, sympy.log(sympy.Add(*powers, evaluate=False), evaluate=False), evaluate=False)
    infinite = sympy.Eq(sympy.Abs(largest), sympy.oo, evaluate=False)
    return sympy.Piecewise((largest, infinite), (finite, True), evaluate=False)
