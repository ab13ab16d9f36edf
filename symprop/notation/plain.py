"""A formula as text in Python's grammar, with few parentheses; LaTeX and line breaks have their own modules."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from symprop.errors import InternalError
from symprop.notation.formula import (
    Array,
    Call,
    Cases,
    Chain,
    Comparison,
    Compound,
    Entry,
    Fold,
    Formula,
    Number,
    Ones,
    Partial,
    Power,
    Product,
    Quotient,
    Sign,
    Sum,
    Summation,
    Symbol,
    Transpose,
)
from symprop.notation.terms import flat_terms, nested, signed


class Level(IntEnum):
    """How tightly the outermost operator of a text binds, as in Python's grammar."""

    OR = 1
    AND = 2
    COMPARISON = 3
    SUM = 4
    PRODUCT = 5
    NEGATIVE = 6
    POWER = 7
    ATOM = 8


class Text(NamedTuple):
    """A printed formula and its outermost level."""

    text: str
    level: Level

    def at(self, least: Level) -> str:
        """The text, in parentheses unless it binds at least so tightly."""
        return self.text if self.level >= least else f"({self.text})"


LARGEST_WHOLE = 10**9  # that prints without a power of ten


def plain(formula: Formula, *, matrix: bool = False) -> str:
    """The formula as a Python expression; its factors and terms keep their order.

    A scalar formula can be evaluated as it stands. `matrix` prints a juxtaposed product as a matrix product ``@``; else
    it is a tight group of scalars, such as ``a*(1 - a)``. Partials and entries are for reading only.

    >>> from symprop.notation.formula import Negative
    >>> a, t = Symbol("a"), Symbol("t")
    >>> slope = Product((a, Sum((Number(Fraction(1)), Negative(a)))), Sign.JUXTAPOSED)
    >>> plain(Product((Sum((a, Negative(t))), slope)))
    '(a - t)*a*(1 - a)'
    """
    return _printed(formula, matrix).text


def plain_chain(chain: Chain, *, matrix: bool = False) -> str:
    """The sides joined by equals signs, the first by the chain's own relation, for reading.

    >>> plain_chain(Chain((Symbol("E"), Sum((Symbol("E1"), Symbol("E2"))))))
    'E = E1 + E2'
    """
    first, *rest = (plain(side, matrix=matrix) for side in chain.sides)
    return f" {chain.relation} ".join([first, " = ".join(rest)] if rest else [first])


def _printed(formula: Formula, matrix: bool) -> Text:
    minus, positive = signed(formula)
    if minus:
        return _negated(_printed(positive, matrix))
    match formula:
        case Number() | Symbol() | Ones() | Entry() | Partial():
            return _leaf(formula, matrix)
        case Sum():
            return _sum(formula, matrix)
        case Product():
            return _product(formula, matrix)
        case Quotient(numerator, denominator):
            top, bottom = _printed(numerator, matrix), _printed(denominator, matrix)
            return Text(f"{top.at(Level.PRODUCT)}/{bottom.at(Level.POWER)}", Level.PRODUCT)
        case Power(base, exponent):
            above = _printed(exponent, matrix).at(Level.NEGATIVE)
            return Text(f"{_printed(base, matrix).at(Level.ATOM)}**{above}", Level.POWER)
        case Comparison(relation, left, right):
            sides = (_printed(side, matrix).at(Level.SUM) for side in (left, right))
            return Text(f" {relation} ".join(sides), Level.COMPARISON)
        case Compound(word, conditions):
            level = Level.AND if word == "and" else Level.OR
            return Text(f" {word} ".join(_printed(c, matrix).at(Level(level + 1)) for c in conditions), level)
        case Cases():
            return Text(f"({_choice(formula, matrix)})", Level.ATOM)
        case Call(function, arguments):
            return Text(f"{function}({', '.join(_printed(a, matrix).text for a in arguments)})", Level.ATOM)
        case Summation():
            sums, body = nested(formula)
            limited = f"({formula.index}, {formula.first}, {formula.upper})"
            over = [limited] if formula.first is not None else [each.index for each in sums]
            listed = [_printed(body, matrix).text, *over]
            return Text(f"Sum({', '.join(listed)})", Level.ATOM)
        case Fold(kind, operands, indices, _):
            listed = [*(_printed(each, matrix).text for each in operands), *indices]
            return Text(f"{kind}({', '.join(listed)})", Level.ATOM)
        case Array(elements):
            return Text(f"[{', '.join(_printed(element, matrix).text for element in elements)}]", Level.ATOM)
        case Transpose(operand):
            inner = _printed(operand, matrix).at(Level.ATOM)
            # `2.T` would be read as the number `2.` and a stray letter.
            return Text(f"({inner}).T" if isinstance(operand, Number) else f"{inner}.T", Level.ATOM)
    raise InternalError("a formula node that the plain printer does not know", got=type(formula).__name__)


def _leaf(formula: Number | Symbol | Ones | Entry | Partial, matrix: bool) -> Text:
    match formula:
        case Number(value, digits):
            return Text(number_text(value, digits), Level.ATOM if _is_one_token(value) else Level.PRODUCT)
        case Symbol(name):
            return Text(name, Level.ATOM)
        case Ones(length):
            return Text(f"np.ones({length})", Level.ATOM)  # no quantity can be called np
        case Entry(tensor, indices):
            return Text(f"{tensor}[{','.join(indices)}]" if indices else tensor, Level.ATOM)
        case Partial(Partial(of, first), second):
            below = f"{_differential(first, matrix)}{_differential(second, matrix)}"
            return Text(f"d2{_printed(of, matrix).at(Level.ATOM)}/{below}", Level.PRODUCT)
        case Partial(of, wrt, direct):
            mark = "|direct" if direct else ""
            return Text(f"{_differential(of, matrix)}/{_differential(wrt, matrix)}{mark}", Level.PRODUCT)


def _differential(formula: Formula, matrix: bool) -> str:
    text = _printed(formula, matrix)
    return f"d({text.text})" if isinstance(formula, Number) else f"d{text.at(Level.ATOM)}"


def _is_one_token(value: Fraction | float) -> bool:
    return isinstance(value, float) or value.denominator == 1


def number_text(value: Fraction | float, digits: int | None = None) -> str:
    """A constant in full; one with `digits` rounded, and without a decimal point if it is whole.

    >>> number_text(Fraction(1, 2)), number_text(0.1 + 0.2), number_text(2.0, 6)
    ('1/2', '0.30000000000000004', '2')
    """
    if isinstance(value, float):
        short = float(value if digits is None else f"{value:.{digits}g}")  # float() also for NumPy's own
        whole = digits is not None and short.is_integer() and abs(short) < LARGEST_WHOLE
        return str(int(short)) if whole else repr(short)
    return str(value)


def _negated(operand: Text) -> Text:
    text = _after_sign(operand)
    open_product = operand.level == Level.PRODUCT and text == operand.text
    return Text(f"-{text}", Level.PRODUCT if open_product else Level.NEGATIVE)


def _after_sign(operand: Text) -> str:
    """The text behind a plus or minus; a second sign needs parentheses to be readable."""
    return f"({operand.text})" if operand.text.startswith("-") else operand.at(Level.PRODUCT)


def _sum(total: Sum, matrix: bool) -> Text:
    terms = list(flat_terms(total))
    if len(terms) < 2:
        return _printed(terms[0], matrix) if terms else Text("0", Level.ATOM)
    parts = [_printed(terms[0], matrix).at(Level.PRODUCT)]
    for term in terms[1:]:
        minus, positive = signed(term)
        parts.append(f"{'-' if minus else '+'} {_after_sign(_printed(positive, matrix))}")
    return Text(" ".join(parts), Level.SUM)


def _product(product: Product, matrix: bool) -> Text:
    factors = _flat_factors(product, matrix)
    if len(factors) < 2:
        return _printed(factors[0], matrix) if factors else Text("1", Level.ATOM)
    texts = [_factor(f, matrix, first=i == 0, kind=_kind(product, matrix)) for i, f in enumerate(factors)]
    return Text(_joined(product, factors, texts, matrix), Level.PRODUCT)


def _joined(product: Product, factors: Sequence[Formula], texts: Sequence[str], matrix: bool) -> str:
    """The factors' texts, joined by the operators that stand between them."""
    if _kind(product, matrix) == "@":
        numeric = [isinstance(f, Number) for f in factors]
        # `@` takes no numbers: they scale, which Python reads from the left, so `A * 2 @ B` is right.
        signs = (" * " if numeric[i] or all(numeric[:i]) else " @ " for i in range(1, len(texts)))
        return texts[0] + "".join(sign + text for sign, text in zip(signs, texts[1:], strict=True))
    kinds = {product.sign, *(factor.sign for factor in product.factors if isinstance(factor, Product))}
    spaced = Sign.HADAMARD in kinds or any(isinstance(factor, Partial) for factor in factors)
    return (" * " if spaced else "*").join(texts)


def _kind(product: Product, matrix: bool) -> str:
    """The operator that Python has for the product; only products of one kind may be joined without parentheses."""
    return "@" if matrix and product.sign is Sign.JUXTAPOSED else "*"


def _flat_factors(product: Product, matrix: bool) -> list[Formula]:
    """The factors in reading order; a product of the same kind within the product gives its own factors."""
    factors: list[Formula] = []
    for factor in product.factors:
        if isinstance(factor, Product) and _kind(factor, matrix) == _kind(product, matrix):
            factors.extend(_flat_factors(factor, matrix))
        else:
            factors.append(factor)
    return factors


def _factor(factor: Formula, matrix: bool, *, first: bool, kind: str) -> str:
    """One factor: only the first may itself be a quotient or carry a minus without parentheses."""
    text = _printed(factor, matrix)
    if isinstance(factor, Partial):
        return text.text  # dE/da * da/do reads, and means, what it should
    mixed = isinstance(factor, Product) and _kind(factor, matrix) != kind
    return text.at(Level.PRODUCT if first and not mixed else Level.POWER)


def _choice(cases: Cases, matrix: bool) -> str:
    """The branches as nested conditional expressions, without the outer parentheses."""
    value, condition = cases.branches[0]
    text = _printed(value, matrix).at(Level.COMPARISON)
    if condition is None:
        return text
    if len(cases.branches) == 1:
        raise InternalError("the last branch of a choice has a condition", expected="an 'otherwise'")
    return f"{text} if {_printed(condition, matrix).text} else {_choice(Cases(cases.branches[1:]), matrix)}"
