"""A list of ``name = expression`` lines as a program: how workbooks and derivations by hand come in; text is parsed in `ir`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from symprop.errors import UserError, nearest
from symprop.ir.check import check
from symprop.ir.names import validate_name
from symprop.ir.nodes import Node, SumOfProducts, Term, elementwise, operand
from symprop.ir.parse import MATHEMATICS, parse_equation
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Role, Tensor
from symprop.network import Training, Values
from symprop.rules.functions import log_probability, sigmoid
from symprop.rules.patterns import recognise

MOST_EQUATIONS = 20_000
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
Expression = Any


@dataclass(frozen=True)
class EquationsSpec:
    """Scalar equations in order, each ``name = expression`` over earlier names and free ones, and the loss among them.

    `parameters` names the free quantities to train; without it, every free name counts as one. Raises UserError for
    text that is no such equation, for a name that is defined twice or used before it is defined.

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
        if len(self.equations) > MOST_EQUATIONS:
            raise UserError(
                "too many equations", expected=f"at most {MOST_EQUATIONS:,}", got=f"{len(self.equations):,}"
            )
        object.__setattr__(self, "equations", tuple(self.equations))
        self.elaborate()

    def elaborate(self) -> Program:
        """The program that the equations spell out, in their order."""
        read = [n for n in self._identifiers() if n not in MATHEMATICS]
        names = frozenset(read)
        lines = [parse_equation(text, names, where=f"equation {n}") for n, text in enumerate(self.equations, start=1)]
        defined = [name for name, _ in lines]
        used = {symbol.name for _, value in lines for symbol in value.free_symbols}
        free = [name for name in read if name in used and name not in defined]
        self._check_names(defined, free)
        trained = free if self.parameters is None else self.parameters
        roles = {name: Role.PARAMETER if name in trained else Role.INPUT for name in free}
        roles.update({name: Role.LOSS if name == self.loss else Role.INTERMEDIATE for name in defined})
        tensors = {name: Tensor(name, (), role) for name, role in roles.items()}
        equations = (
            Equation(tensors[name](), _node(value, tensors), Origin("given")) for name, value in _stable(lines)
        )
        return check(Program(tuple(tensors[name] for name in free), tuple(equations), self.loss), UserError)

    def _identifiers(self) -> list[str]:
        """Every word in the equations in order of appearance, which is also the order of factors and terms in print."""
        return list(dict.fromkeys(name for text in self.equations for name in _IDENTIFIER.findall(str(text))))

    def _check_names(self, defined: list[str], free: list[str]) -> None:
        for name in (*defined, *free):
            validate_name(name)
        if self.loss not in defined:
            raise UserError(f"no equation defines the loss '{self.loss}'", remedy=nearest(self.loss, defined))
        for name in self.parameters or ():
            if name not in free:
                raise UserError(f"no equation uses a free quantity '{name}'", remedy=nearest(name, free))


def _stable(lines: Sequence[tuple[str, Expression]]) -> Iterator[tuple[str, Expression]]:
    """The lines with logistic and softplus patterns written by the functions that they are, which cannot overflow.

    The logarithm of what such a line calls a probability, or of what is left to one, bears a probability rounded to 0.
    """
    safe: dict[Expression, Expression] = {}
    for name, value in lines:
        found = recognise(value).xreplace(safe)
        if isinstance(found, sigmoid.symbol):
            probability = sympy.Symbol(name, real=True)
            safe |= {sympy.log(p): log_probability(p) for p in (probability, 1 - probability)}
        yield name, found


def _node(expression: Expression, tensors: dict[str, Tensor]) -> Node:
    """A sum of products where the expression is one, else an elementwise expression."""
    rank = {name: position for position, name in enumerate(tensors)}
    terms = [_term(part, tensors, rank) for part in sympy.Add.make_args(expression)]
    if all(term is not None for term in terms):
        found = sorted((term for term in terms if term is not None), key=lambda term: _reading_order(term, rank))
        return SumOfProducts(tuple(found))
    symbols = sorted(expression.free_symbols, key=lambda symbol: rank[symbol.name])
    moved = {symbol: operand(k) for k, symbol in enumerate(symbols)}
    return elementwise(expression.xreplace(moved), *(Access(tensors[symbol.name]) for symbol in symbols))


def _reading_order(term: Term, rank: dict[str, int]) -> tuple[bool, list[int]]:
    """As the names come in the text, a constant last."""
    return not term.factors, [rank[factor.tensor.name] for factor in term.factors]


def _term(part: Expression, tensors: dict[str, Tensor], rank: dict[str, int]) -> Term | None:
    number, rest = part.as_coeff_Mul()
    factors = [] if rest == 1 else sympy.Mul.make_args(rest)
    if not number.is_Rational or not all(factor.is_Symbol for factor in factors):
        return None
    ordered = sorted((factor.name for factor in factors), key=lambda name: rank[name])
    return Term(Fraction(int(number.p), int(number.q)), tuple(Access(tensors[name]) for name in ordered))
