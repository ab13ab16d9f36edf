"""A scalar program as straight lines of SymPy over plain names, cut down to what the wanted outputs need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symprop.errors import BudgetError, InternalError
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, operand
from symprop.ir.program import Equation, Program
from symprop.ir.size import scalar_count, term_count
from symprop.rules.patterns import recognise
from symprop.scalar.function import ScalarFunction, declarations

MOST_EQUATIONS = 20_000
MOST_TERMS = 200_000
EQUATIONS_PER_SECOND, TERMS_PER_SECOND = 2500, 8000  # unrolled, lowered and compiled, on a laptop

Expression = Any
Line = tuple[str, Expression]


class mean(sympy.Function):  # type: ignore[misc]
    """The mean over the examples of a batch; of a quantity that is the same for all of them, that quantity."""

    nargs = 1


@dataclass(frozen=True)
class Lines:
    """Code without loops or branches: `lines` define names in order from `arguments`; `outputs` are what is wanted.

    `functions` are the declared functions that the lines apply.
    """

    arguments: tuple[str, ...]
    lines: tuple[Line, ...]
    outputs: tuple[str, ...]
    functions: tuple[ScalarFunction, ...] = ()


def lower(
    program: Program,
    outputs: Sequence[str],
    averaged: Collection[str] = (),
    arguments: Sequence[str] | None = None,
) -> Lines:
    """The lines that compute the outputs of a scalar program; equations that they do not depend on are dropped.

    `averaged` names quantities that are to be means over the batch. `arguments` are by default the free names that are
    read, in the program's order. Raises BudgetError where `check_size` does.
    """
    check_size(program)
    return _Lowering(program, frozenset(averaged)).run(tuple(outputs), arguments)


def check_size(program: Program) -> None:
    """BudgetError for a program with more scalar equations or terms than can be compiled in a matter of seconds."""
    equations, terms = scalar_count(program), term_count(program)
    if equations > MOST_EQUATIONS or terms > MOST_TERMS:
        seconds = max(equations / EQUATIONS_PER_SECOND, terms / TERMS_PER_SECOND)
        raise BudgetError(
            "the network is too large to compile weight by weight",
            expected=f"at most {MOST_EQUATIONS:,} scalar equations and {MOST_TERMS:,} terms",
            got=f"{equations:,} and {terms:,} (about {seconds:.0f} s to compile)",
            remedy="Make the layers smaller.",
        )


class _Lowering:
    def __init__(self, program: Program, averaged: frozenset[str]) -> None:
        self._program, self._averaged = program, averaged
        self._symbols: dict[str, Expression] = {name: sympy.Symbol(name, real=True) for name in program.tensors}
        self._stable: dict[Expression, Expression] = {}  # a spelled-out logistic would overflow as it stands
        self._functions: dict[Expression, tuple[ScalarFunction, ...]] = {}

    def run(self, outputs: tuple[str, ...], arguments: Sequence[str] | None) -> Lines:
        needed = set(outputs)
        kept: list[Equation] = []
        for equation in reversed(self._program.equations):
            if equation.name in needed:
                kept.append(equation)
                needed.update(access.tensor.name for access in equation.value.accesses)
        lines = tuple(line for equation in reversed(kept) for line in self._lines(equation))
        if arguments is None:
            arguments = [tensor.name for tensor in self._program.free if tensor.name in needed]
        declared = dict.fromkeys(f for found in self._functions.values() for f in found)
        return Lines(tuple(arguments), lines, outputs, tuple(declared))

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
        yield name, mean(expression) if name in self._averaged else expression

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
    """``m + log Σ exp(z − m)``: no exponential is above one."""
    powers = (sympy.exp(z - largest, evaluate=False) for z in operands)
    return sympy.Add(largest, sympy.log(sympy.Add(*powers, evaluate=False), evaluate=False), evaluate=False)
