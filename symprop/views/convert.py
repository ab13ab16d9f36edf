"""SymPy scalar expressions as formula trees, in the order in which a person writes them; knows no equation and no tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import sympy

from symprop.notation.formula import (
    Call,
    Cases,
    Comparison,
    Compound,
    Condition,
    Formula,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sign,
    Sum,
    Symbol,
)
from symprop.scalar.function import ScalarFunction, X
from symprop.views.tree import map_parts

Expression = Any
Leaf = Callable[[Expression], Formula]

# Beyond this denominator a number prints as a fraction only where that is shorter: 1/1568, but 0.044715.
_LARGEST_DENOMINATOR = 1000
_RELATIONS = {
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
_WORDS = {sympy.And: "and", sympy.Or: "or"}
_HALF = sympy.Rational(1, 2)
ONE = Number(Fraction(1))
ZERO = Number(Fraction(0))


def by_name(symbol: Expression) -> Formula:
    """A symbol under its own name."""
    return Symbol(symbol.name)


def to_formula(expression: Expression, leaf: Leaf = by_name) -> Formula:
    """The expression as a formula; `leaf` says what stands for a symbol.

    >>> from symprop.notation.plain import plain
    >>> t, a = sympy.symbols("t a", real=True)
    >>> plain(to_formula((t - a)**2 / 2)), plain(to_formula(a*(1 - a)))
    ('1/2*(t - a)**2', 'a*(1 - a)')
    """
    if expression.is_Symbol:
        return leaf(expression)
    if expression.is_Rational or expression.is_Float:
        return number(expression)
    if expression.is_Add:
        return _sum(expression, leaf)
    if expression.is_Mul:
        return _product(expression, leaf)
    if isinstance(expression, sympy.exp):
        return Call("exp", (_exponent(expression.args[0], leaf),))
    if expression.is_Pow:
        return _power(expression, leaf)
    if isinstance(expression, sympy.Piecewise):
        return Cases(tuple(_branches(expression, leaf)))
    if expression.is_Function:
        return _call(expression, leaf)
    if expression == sympy.E:
        return Call("exp", (ONE,))  # a quantity may be called E
    return Symbol(str(expression))  # π, the only atom left


def _exponent(expression: Expression, leaf: Leaf) -> Formula:
    """As any expression, but x²/2 with the slash that an exponent has room for."""
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient < 0:
        return Negative(_exponent(-expression, leaf))
    if coefficient.is_Rational and coefficient.q > 1 and not rest.is_Add:
        above = to_formula(coefficient.p * rest, leaf)
        return Quotient(above, number(sympy.Integer(coefficient.q)))
    return to_formula(expression, leaf)


def number(value: Expression | Fraction) -> Formula:
    """A rational or decimal constant."""
    if isinstance(value, Fraction):
        if value >= 0 and value.denominator <= _LARGEST_DENOMINATOR:
            return Number(value)
        value = sympy.Rational(value.numerator, value.denominator)
    if value < 0:
        return Negative(number(-value))
    return Number(float(value) if is_rounded(value) else Fraction(int(value.p), int(value.q)))


def is_rounded(value: Expression) -> bool:
    """Whether a number prints as a decimal, to the digits of a float64."""
    return not value.is_Rational or (value.q > _LARGEST_DENOMINATOR and len(str(value)) >= len(repr(float(value))))


def _call(expression: Expression, leaf: Leaf) -> Formula:
    declaration = getattr(type(expression), "declaration", None)
    if declaration is not None and not declaration.shown:
        return to_formula(declaration.definition(expression.args[0]), leaf)
    name = declaration.name if declaration else type(expression).__name__.lower()
    return Call(name, tuple(to_formula(argument, leaf) for argument in expression.args))


def _sum(expression: Expression, leaf: Leaf) -> Formula:
    """Positive terms first, a constant before them; a factor that all terms share stands outside."""
    content, rest = expression.primitive()
    if content != 1 and all(abs(term.as_coeff_Mul()[0]) == 1 for term in sympy.Add.make_args(rest)):
        return product([number(content), to_formula(rest, leaf)], Sign.JUXTAPOSED)
    terms = sorted(expression.args, key=_term_order)
    return Sum(tuple(to_formula(term, leaf) for term in terms))


def _term_order(term: Expression) -> tuple[bool, bool, int, str]:
    negative = bool(term.as_coeff_Mul()[0] < 0)
    return negative, bool(term.is_number) == negative, int(term.count_ops()), str(term)


def _product(expression: Expression, leaf: Leaf) -> Formula:
    hidden = [f for f in expression.args if f.is_Function and _is_hidden(f)]
    if hidden:  # what they stand for may go below a fraction bar
        return to_formula(expression.xreplace({f: type(f).declaration.definition(f.args[0]) for f in hidden}), leaf)
    coefficient, rest = expression.as_coeff_Mul()
    if coefficient < 0:
        return Negative(to_formula(-expression, leaf))
    above: list[Formula] = []
    below: list[Formula] = []
    coefficient, rest, roots = _roots_below(coefficient, rest)
    below += [to_formula(root, leaf) for root in roots]
    for factor in sorted(sympy.Mul.make_args(rest), key=_factor_order):
        if factor == 1:
            continue
        inverse = factor.is_Pow and not isinstance(factor, sympy.exp) and factor.exp.is_Rational and factor.exp < 0
        (below if inverse else above).append(to_formula(1 / factor if inverse else factor, leaf))
    if below:
        return _quotient(coefficient, above, below)
    return product([number(coefficient), *above] if coefficient != 1 else above, Sign.JUXTAPOSED)


def _is_hidden(application: Expression) -> bool:
    declaration = getattr(type(application), "declaration", None)
    return declaration is not None and not declaration.shown


def _roots_below(coefficient: Expression, rest: Expression) -> tuple[Expression, Expression, list[Expression]]:
    """Turns √2/2, which SymPy makes of 1/√2, back into it."""
    roots = []
    for factor in sympy.Mul.make_args(rest):
        is_root = factor.is_Pow and factor.base.is_Integer and factor.exp == _HALF
        if is_root and coefficient.is_Rational and coefficient.q % factor.base == 0:
            coefficient, rest = coefficient * factor.base, rest / factor
            roots.append(factor)
    return coefficient, rest, roots


def _quotient(coefficient: Expression, above: list[Formula], below: list[Formula]) -> Formula:
    if coefficient.is_Rational:
        above = [number(sympy.Integer(coefficient.p)), *above] if coefficient.p != 1 else above
        below = [number(sympy.Integer(coefficient.q)), *below] if coefficient.q != 1 else below
    else:
        above = [number(coefficient), *above]
    return Quotient(product(above, Sign.JUXTAPOSED), product(below, Sign.JUXTAPOSED))


def _factor_order(factor: Expression) -> tuple[int, str]:
    """Numbers, names, powers, sums of names, functions, and then what is made of functions: (1 − t) log p, but σ (1 − σ)."""
    plain_sum = factor.is_Add and not factor.has(sympy.Function)
    kinds = (factor.is_number, factor.is_Symbol, factor.is_Pow, plain_sum, factor.is_Function)
    return kinds.index(True) if True in kinds else len(kinds), str(factor)


def _power(expression: Expression, leaf: Leaf) -> Formula:
    base, exponent = expression.base, expression.exp
    if exponent == sympy.Rational(1, 2):
        return Call("sqrt", (to_formula(base, leaf),))
    if exponent.is_Rational and exponent < 0:
        return Quotient(ONE, to_formula(base**-exponent, leaf))
    return Power(to_formula(base, leaf), to_formula(exponent, leaf))


def _branches(expression: Expression, leaf: Leaf) -> Iterator[tuple[Formula, Condition | None]]:
    for value, condition in expression.args:
        yield to_formula(value, leaf), None if condition == sympy.true else _condition(condition, leaf)


def _condition(condition: Expression, leaf: Leaf) -> Condition:
    if type(condition) in _RELATIONS:
        left, right = to_formula(condition.lhs, leaf), to_formula(condition.rhs, leaf)
        return Comparison(_RELATIONS[type(condition)], left, right)
    if type(condition) in _WORDS:
        return Compound(_WORDS[type(condition)], tuple(_condition(part, leaf) for part in condition.args))
    if isinstance(condition, sympy.Not) and type(condition.args[0]) in _RELATIONS:
        return _condition(condition.args[0].negated, leaf)
    return _condition(sympy.to_nnf(condition, simplify=False), leaf)


def product(factors: Iterable[Formula], sign: Sign = Sign.DOT) -> Formula:
    """The product of the factors, numbers gathered in front, minus signs before it, ones dropped, like products spliced."""
    factors = tuple(factors)
    if len(factors) == 1:
        return factors[0]
    kept: list[Formula] = []
    negative, constant = False, Fraction(1)
    for factor in _spliced(factors, sign):
        while isinstance(factor, Negative):
            negative, factor = not negative, factor.operand
        if isinstance(factor, Number) and isinstance(factor.value, Fraction):
            constant *= factor.value
        elif isinstance(factor, Product) and _leading(factor) is not None:
            constant *= _leading(factor) or 1
            kept.extend(_spliced([_without_leading(factor)], sign))
        else:
            kept.append(factor)
    if constant == 0:
        return ZERO
    front = [Number(constant)] if constant != 1 or not kept else []
    whole = front + kept
    joined = whole[0] if len(whole) == 1 else Product(tuple(whole), sign)
    return Negative(joined) if negative else joined


def _spliced(factors: Iterable[Formula], sign: Sign) -> Iterator[Formula]:
    for factor in factors:
        if isinstance(factor, Product) and factor.sign is sign:
            yield from factor.factors
        else:
            yield factor


def _leading(factor: Product) -> Fraction | None:
    first = factor.factors[0]
    return first.value if isinstance(first, Number) and isinstance(first.value, Fraction) else None


def _without_leading(factor: Product) -> Formula:
    rest = factor.factors[1:]
    return rest[0] if len(rest) == 1 else Product(rest, factor.sign)


def total(terms: Iterable[Formula]) -> Formula:
    """The sum of the terms in their order, zeros dropped.

    >>> total([]) == ZERO
    True
    """
    kept = [term for term in terms if term != ZERO]
    return kept[0] if len(kept) == 1 else Sum(tuple(kept)) if kept else ZERO


# What Python's `math`, with `abs`, `max` and `min` beside it, knows by the same name; no declared function may take one of these.
_ELEMENTARY = frozenset(
    [
        "abs",
        "acos",
        "asin",
        "atan",
        "cos",
        "cosh",
        "erf",
        "erfc",
        "exp",
        "floor",
        "log",
        "max",
        "min",
        "sin",
        "sinh",
        "sqrt",
        "tan",
        "tanh",
    ]
)


def elementary(formula: Formula, functions: Mapping[str, ScalarFunction]) -> Formula:
    """The formula with `abs`, `max` and what Python's `math` has as its only functions: declared ones are replaced by what they
    mean, the sign by a choice. `functions` has the declared ones by name.

    >>> from symprop.notation.plain import plain
    >>> plain(elementary(Call("sign", (Symbol("e"),)), {}))
    '(1 if e > 0 else -1 if e < 0 else 0)'
    """
    if not isinstance(formula, Call) or formula.function in _ELEMENTARY:
        return map_parts(formula, lambda part: elementary(part, functions))
    (argument,) = (elementary(part, functions) for part in formula.arguments)
    if formula.function == "sign":
        above, below = (Comparison(relation, argument, ZERO) for relation in "><")
        return Cases(((ONE, above), (Negative(ONE), below), (ZERO, None)))
    meaning = functions[formula.function].definition(X)
    return elementary(to_formula(meaning, lambda symbol: argument if symbol == X else by_name(symbol)), functions)
