"""A list of ``name = expression`` lines as a program: how workbooks and derivations by hand come in; text is parsed in `ir`."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import sympy

from symprop.errors import UserError, Where, nearest, option
from symprop.ir.check import check
from symprop.ir.names import shorten, validate_name, validate_title
from symprop.ir.nodes import Elementwise, Node, SumOfProducts, Term, elementwise, operand
from symprop.ir.parse import MATHEMATICS, parse_expression, split_equation
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Role, Tensor
from symprop.layers.layer import ANYWHERE, Range
from symprop.network import Training
from symprop.rules.custom import USABLE, has_usable_derivative
from symprop.rules.functions import log_probability, sigmoid
from symprop.rules.patterns import recognise
from symprop.values import Values, assign, value_place

MOST_EQUATIONS = 20_000
_DECLARED = "|".join(sorted(USABLE.keys() - MATHEMATICS.keys()))
# Not the e5 of 1e5; and a declared function's name is free, so that it can be a quantity's too where nothing is applied.
_IDENTIFIER = re.compile(rf"(?<![\w.])(?!(?:{_DECLARED})\s*\()[A-Za-z_]\w*")
_APPLIED = re.compile(rf"(?<![\w.])({_DECLARED})\s*\(")
_NO_NAMES = frozenset({*MATHEMATICS, *keyword.kwlist, "pi"})
Expression = Any
Rank = Mapping[str, tuple[bool, int]]
Products = tuple[tuple[Fraction, tuple[int, ...]], ...]  # of each term the coefficient and the factors, by operand


@dataclass(frozen=True)
class EquationsSpec:
    """Scalar equations in order, each ``name = expression`` over earlier names and free ones, and the loss among them.

    Expressions may apply every declared activation and function. `parameters` names the free quantities to train;
    without it, every free name counts as one. Raises UserError for text that is no such equation or that SymPy cannot
    differentiate, for a name that is defined twice or used before it is defined, for a parameter that is given twice
    or is in no equation, and for a parameter or a value that cancels out.

    >>> spec = EquationsSpec(["h = w*x", "E = (t - h)**2/2"], loss="E", parameters=["w"])
    >>> [tensor.name for tensor in spec.elaborate().free]
    ['w', 'x', 't']
    """

    equations: Sequence[str]
    loss: str
    parameters: Sequence[str] | None = None
    name: str = "equations"
    values: Values = field(default_factory=dict, repr=False)
    training: Training = field(default=Training(), repr=False)

    def __post_init__(self) -> None:
        self._check_types()
        validate_title(self.name)
        if len(self.equations) > MOST_EQUATIONS:
            raise UserError(
                "too many equations",
                where=option("equations"),
                expected=f"at most {MOST_EQUATIONS:,}",
                got=f"{len(self.equations):,}",
            )
        object.__setattr__(self, "equations", tuple(self.equations))
        self._program  # noqa: B018 - what is wrong with the equations is to be said here
        self._check_parameters(self.parameters or ())
        for key in self.values if isinstance(self.values, Mapping) else ():
            self._check_not_cancelled(key, value_place(key))
        assign(self._program, self.values)

    @property
    def target_range(self) -> Range:
        """The least and the largest target: equations ask nothing of theirs."""
        return ANYWHERE

    def elaborate(self) -> Program:
        """The program that the equations spell out, in their order."""
        return self._program

    def _check_types(self) -> None:
        for what, given in (("equations", self.equations), ("parameters", self.parameters)):
            if given is not None and (isinstance(given, str) or not isinstance(given, Sequence)):
                raise UserError(f"the {what} are no list", expected="a list of texts", got=shorten(repr(given)))
        if any(not isinstance(name, str) for name in self.parameters or ()):
            raise UserError("wrong parameters", expected="a list of texts", got=shorten(repr(self.parameters)))
        if not isinstance(self.loss, str):
            raise UserError("the loss is no name", expected="text", got=shorten(repr(self.loss)))

    def _check_parameters(self, names: Sequence[str]) -> None:
        free, seen = {tensor.name for tensor in self._program.free}, set()
        for number, name in enumerate(names, start=1):
            try:
                self._check_not_cancelled(name)
                if name not in free:
                    what = f"no equation uses a free quantity {shorten(repr(name))}"
                    raise UserError(what, remedy=nearest(name, free))
                if name in seen:
                    raise UserError(f"'{name}' is given twice", remedy="Name each parameter once.")
            except UserError as error:
                raise error.at(Where(f"parameter {number}", "parameter", number)) from None
            seen.add(name)

    def _check_not_cancelled(self, name: str, where: str | None = None) -> None:
        """UserError for a quantity that stands in the equations, and in none of them as SymPy simplifies it."""
        if name in self._rank and name not in self._program.tensors:
            what = f"'{name}' cancels out of every equation that it stands in"
            raise UserError(what, where=where, remedy="Leave it out here.")

    @cached_property
    def _sides(self) -> list[tuple[str, str]]:
        return [split_equation(text, _place(n)) for n, text in enumerate(self.equations, start=1)]

    def _check_name(self, name: str) -> None:
        """UserError, with the first equation that has it, for what cannot be a name."""
        try:
            validate_name(name, scalar=True)
        except UserError as error:
            first = next(n for n, text in enumerate(self.equations, start=1) if name in _IDENTIFIER.findall(text))
            raise error.at(_place(first)) from None

    @cached_property
    def _rank(self) -> Rank:
        return _rank(self.equations, dict.fromkeys(name for name, _ in self._sides))

    @cached_property
    def _program(self) -> Program:
        defined, rank = dict.fromkeys(name for name, _ in self._sides), self._rank
        lines = _stable(_line(*side, rank, _place(n)) for n, side in enumerate(self._sides, start=1))
        used = {name for line in lines for name in line.used}
        free = [name for name in rank if name in used and name not in defined]
        for name in (*defined, *free):
            self._check_name(name)
        if self.loss not in defined:
            what = f"no equation defines the loss '{self.loss}'"
            raise UserError(what, where=option("loss"), remedy=nearest(self.loss, defined))
        trained = set(free if self.parameters is None else self.parameters)
        roles = {name: Role.PARAMETER if name in trained else Role.INPUT for name in rank}
        roles.update({name: Role.LOSS if name == self.loss else Role.INTERMEDIATE for name in defined})
        tensors = {name: Tensor(name, (), role) for name, role in roles.items()}
        equations = [Equation(tensors[line.name](), _node(line, tensors), Origin("given")) for line in lines]
        for equation, text in zip(equations, self.equations, strict=True):
            if not isinstance(equation.value, SumOfProducts):
                _check_derivatives(equation, text)
        return check(Program(tuple(tensors[name] for name in free), tuple(equations), self.loss), UserError)


@dataclass(frozen=True, slots=True)
class _Line:
    """One equation: its name, and an expression over `operand(0)`, `operand(1)`, …, which stand for the names in `reads`."""

    name: str
    expression: Expression
    reads: tuple[str, ...]

    @property
    def used(self) -> Iterator[str]:
        """The names that are left when the expression is worked out."""
        symbols = self.expression.free_symbols
        return (name for k, name in enumerate(self.reads) if operand(k) in symbols)


def _place(number: int) -> Where:
    return Where(f"equation {number}", "equation", number)


def _rank(texts: Sequence[str], defined: Collection[str]) -> Rank:
    """The order of factors and terms in print: free names first, and names in order of appearance."""
    words = dict.fromkeys(word for text in texts for word in _IDENTIFIER.findall(text) if word not in _NO_NAMES)
    return {word: (word in defined, place) for place, word in enumerate(words)}


def _line(name: str, text: str, rank: Rank, where: str) -> _Line:
    """One line read; lines that differ in their names alone, as those of a table do, are worked out once."""
    for applied in _APPLIED.findall(text):
        if applied in rank:
            what = f"'{applied}' is a quantity here, so it cannot be applied like the function of that name"
            raise UserError(what, where=where, remedy="Give the quantity another name, or write * to multiply.")
    reads = tuple(sorted({word for word in _IDENTIFIER.findall(text) if word in rank}, key=rank.__getitem__))
    operands = {word: operand(k) for k, word in enumerate(reads)}
    shape = _IDENTIFIER.sub(lambda word: operands[word[0]].name if word[0] in operands else word[0], text)
    try:
        return _Line(name, _worked_out(shape, len(reads)), reads)
    except UserError:  # to be told in the user's own names
        found = recognise(parse_expression(text, reads, USABLE, where))
        return _Line(name, found.xreplace({sympy.Symbol(w, real=True): x for w, x in operands.items()}), reads)


@lru_cache(maxsize=4096)
def _worked_out(text: str, count: int) -> Expression:
    """The expression, with logistic and softplus patterns written by the functions that they are, which cannot overflow."""
    return recognise(parse_expression(text, [operand(k).name for k in range(count)], USABLE))


def _stable(lines: Iterable[_Line]) -> list[_Line]:
    """The lines; the logarithm of what one calls a probability, or of what is left to one, bears a probability rounded to 0."""
    probabilities: set[str] = set()
    found = []
    for line in lines:
        safe = _guarded(line.expression, tuple(k for k, name in enumerate(line.reads) if name in probabilities))
        if isinstance(safe, sigmoid.symbol):
            probabilities.add(line.name)
        found.append(replace(line, expression=safe))
    return found


@lru_cache(maxsize=4096)
def _guarded(expression: Expression, probabilities: tuple[int, ...]) -> Expression:
    parts = (part for k in probabilities for part in (operand(k), 1 - operand(k)))
    return expression.xreplace({sympy.log(part): log_probability(part) for part in parts})


def _check_derivatives(equation: Equation, text: str) -> None:
    """Refuses an equation that SymPy cannot differentiate by what it reads."""
    assert isinstance(equation.value, Elementwise)
    for k, access in enumerate(equation.value.operands):
        if not has_usable_derivative(equation.value.expression, operand(k)):
            what = f"SymPy has no usable derivative by '{access.tensor.name}'"
            raise UserError(
                what, where=Where(f"equation '{equation.name}'", "equation", equation.name), got=shorten(repr(text))
            )


def _node(line: _Line, tensors: Mapping[str, Tensor]) -> Node:
    """A sum of products where the expression is one, else an elementwise expression."""
    accesses = [Access(tensors[name]) for name in line.reads]
    products = _products(line.expression, len(accesses))
    if products is None:
        return elementwise(line.expression, *accesses)
    return SumOfProducts(tuple(Term(number, tuple(accesses[k] for k in factors)) for number, factors in products))


@lru_cache(maxsize=4096)
def _products(expression: Expression, count: int) -> Products | None:
    """The terms of a sum of products in reading order, a constant last; None where the expression is no such sum."""
    positions = {operand(k): k for k in range(count)}
    terms = []
    for part in sympy.Add.make_args(expression):
        number, rest = part.as_coeff_Mul()
        factors = [] if rest == 1 else sympy.Mul.make_args(rest)
        if not number.is_Rational or not all(factor.is_Symbol for factor in factors):
            return None
        ordered = tuple(sorted(positions[factor] for factor in factors))
        terms.append((Fraction(int(number.p), int(number.q)), ordered))
    return tuple(sorted(terms, key=lambda term: (not term[1], term[1])))
