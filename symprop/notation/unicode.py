"""A formula as Unicode text, for terminals and cells, on one line or in lines that fit; Python's grammar is `plain`'s.

``∂E_total/∂w5 = (a_o1 − t1) · a_o1(1 − a_o1) · a_h1``. Identifiers stay as they are typed, but for Greek letters. Factors
stand beside each other without a sign only where nobody can take the first for a function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symprop.errors import InternalError
from symprop.notation import letters
from symprop.notation.breaking import broken
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
from symprop.notation.names import Names
from symprop.notation.pieces import (
    NEVER,
    Level,
    Piece,
    Printed,
    deeper,
    factor_rank,
    joined,
    prefixed,
    suffixed,
    term_rank,
    tight_rank,
)
from symprop.notation.plain import number_text
from symprop.notation.terms import flat_factors, flat_terms, nested, signed

_STEP = 2  # columns that a continuation line stands further right for each parenthesis it is in
_DEEPEST = 3
_RELATIONS = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
_LEVELS = {Sign.DOT: Level.DOT, Sign.HADAMARD: Level.HADAMARD, Sign.JUXTAPOSED: Level.TIGHT}
NO_NAMES = Names()


@dataclass(frozen=True, slots=True)
class _Setting:
    """Whose names, and whether a juxtaposed product is one of matrices."""

    names: Names
    matrix: bool


def unicode_text(formula: Formula, names: Names = NO_NAMES, *, matrix: bool = False) -> str:
    """The formula on one line; `names` gives functions their letters.

    A scalar formula has one reading only. `matrix` prints a juxtaposed product with a space, as of matrices; else it is a
    tight group of scalars.

    >>> from symprop.notation.formula import Negative
    >>> a, t = Symbol("a_o1"), Symbol("t1")
    >>> slope = Product((a, Sum((Number(Fraction(1)), Negative(a)))), Sign.JUXTAPOSED)
    >>> unicode_text(Product((Sum((a, Negative(t))), slope)))
    '(a_o1 − t1) · a_o1(1 − a_o1)'
    """
    return _printed(formula, _Setting(names, matrix)).text


def unicode_chain(chain: Chain, names: Names = NO_NAMES, *, matrix: bool = False) -> str:
    """The sides joined by equals signs, the first by the chain's own relation.

    >>> unicode_chain(Chain((Partial(Symbol("E"), Symbol("w1")), Product((Symbol("delta_h1"), Symbol("i1"))))))
    '∂E/∂w1 = δ_h1 · i1'
    """
    first, *rest = (unicode_text(side, names, matrix=matrix) for side in chain.sides)
    return f" {chain.relation} ".join([first, " = ".join(rest)] if rest else [first])


def unicode_lines(formula: Formula, names: Names, columns: int, *, matrix: bool = False) -> list[str]:
    """The formula in lines of at most `columns` where that can be had: broken between terms first, then between factors.

    >>> a, b, c = map(Symbol, "abc")
    >>> unicode_lines(Product((Sum((a, b)), Sum((b, c)))), Names(), 12)
    ['(a + b)', '· (b + c)']
    """
    lines = broken(_printed(formula, _Setting(names, matrix)).pieces, columns, indent=_taken, apart=True)
    texts = ["".join(piece.text for piece in line).strip() for line in lines]
    return [" " * _indent(line) * (i > 0) + text for i, (line, text) in enumerate(zip(lines, texts, strict=True))]


def _indent(line: Sequence[Piece]) -> int:
    return _STEP * min(line[0].depth, _DEEPEST)


def _taken(line: Sequence[Piece]) -> int:
    """The columns that a continuation line loses; it begins without the space that parts it from what is before."""
    return _indent(line) - line[0].text.startswith(" ") if line else 0


def _printed(formula: Formula, setting: _Setting) -> Printed:
    minus, positive = signed(formula)
    if minus:
        return Printed(prefixed("−", 1, _operand(positive, Level.HADAMARD, setting).pieces), Level.SIGNED, bare=False)
    match formula:
        case Number() | Symbol() | Ones() | Entry():
            return _leaf(formula, setting)
        case Sum():
            return _sum(formula, setting)
        case Product():
            return _product(formula, setting)
        case Quotient(numerator, denominator):
            return _quotient(numerator, denominator, setting)
        case Partial():
            return _partial(formula, setting)
        case Power():
            return _power(formula, setting)
        case Transpose(operand):
            return _raised(operand, "ᵀ", setting)
        case Call(name, arguments):
            return _call(name, arguments, setting)
        case Comparison(relation, left, right):
            mark = f" {_RELATIONS[relation]} "
            return _spread([_operand(side, Level.SUM, setting) for side in (left, right)], mark)
        case Compound(word, conditions):
            loose = (isinstance(c, Compound) and (word == "and" or c.word == "or") for c in conditions)
            least = (Level.SUM if is_loose else Level.OPEN for is_loose in loose)
            shown = [_operand(c, level, setting) for c, level in zip(conditions, least, strict=True)]
            return _spread(shown, f" {word} ")
        case Cases():
            return _cases(formula, setting)
        case Summation() | Fold():
            return _over_indices(formula, setting)
        case Array(elements):
            return _enclosed(_spread([_printed(element, setting) for element in elements], ", "), "[", "]")
    raise InternalError("a formula node that the Unicode printer does not know", got=type(formula).__name__)


def _leaf(formula: Number | Symbol | Ones | Entry, setting: _Setting) -> Printed:
    match formula:
        case Number(value, digits):
            text = number_text(value, digits).replace("inf", "∞")
            if "/" in text:
                return _run(text, Level.DOT, bare=False)
            return _run(text, bare="e" not in text)
        case Symbol(name):
            return _run(letters.identifier(name))
        case Ones(length):
            return _run(f"ones({length})")
        case Entry(tensor, indices):
            name = letters.identifier(tensor)
            return _run(f"{name}[{','.join(map(letters.index, indices))}]" if indices else name)


def _run(text: str, level: Level = Level.ATOM, *, bare: bool = True) -> Printed:
    return Printed((Piece(text, len(text)),), level, bare)


def _enclosed(inner: Printed, opening: str = "(", closing: str = ")") -> Printed:
    """The formula between parentheses, where a line is broken less gladly than outside."""
    pieces = [replace(piece, depth=piece.depth + 1, rank=deeper(piece.rank)) for piece in inner.pieces]
    return Printed(suffixed(prefixed(opening, len(opening), pieces), closing, len(closing)))


def _operand(formula: Formula, least: Level, setting: _Setting, *, bare: bool = False) -> Printed:
    """The formula, enclosed unless it binds at least so tightly; a condition is bracketed, as Iverson does."""
    shown = _printed(formula, setting)
    if shown.level >= least and (shown.bare or not bare):
        return shown
    return _enclosed(shown, *("[]" if isinstance(formula, Comparison) else "()"))


def _spread(parts: Sequence[Printed], mark: str, level: Level = Level.OPEN) -> Printed:
    """The parts with the same mark between them, before which a line may break; after a comma."""
    if not parts:
        return _run("")
    trailing = mark.startswith((",", ";"))
    shown = [parts[0].pieces]
    for part in parts[1:]:
        if trailing:
            shown[-1] = suffixed(shown[-1], mark[0], 1)
        before = mark[1:] if trailing else mark
        shown.append(prefixed(before, len(before), part.pieces, term_rank(0)))
    return Printed(joined(shown), level, bare=False)


def _sum(total: Sum, setting: _Setting) -> Printed:
    terms = list(flat_terms(total))
    if len(terms) < 2:
        return _printed(terms[0] if terms else Number(Fraction(0)), setting)
    parts = [_operand(terms[0], Level.SIGNED, setting).pieces]
    for term in terms[1:]:
        minus, positive = signed(term)
        shown = _operand(positive, Level.HADAMARD, setting)
        parts.append(prefixed(" − " if minus else " + ", 3, shown.pieces, term_rank(0)))
    return Printed(joined(parts), Level.SUM, bare=False)


def _product(product: Product, setting: _Setting) -> Printed:
    factors = flat_factors(product)
    if len(factors) < 2:
        return _printed(factors[0] if factors else Number(Fraction(1)), setting)
    is_tight = product.sign is Sign.JUXTAPOSED
    of_matrices = is_tight and setting.matrix
    least = {Sign.DOT: Level.HADAMARD, Sign.HADAMARD: Level.DOT, Sign.JUXTAPOSED: Level.DOT}[product.sign]
    shown = [
        _factor(f, Level.TIGHT if of_matrices else least, (i, len(factors)), setting) for i, f in enumerate(factors)
    ]
    parts = [shown[0].pieces]
    for i in range(1, len(factors)):
        # A number is no elementwise factor, and no matrix.
        scales = isinstance(factors[i], Number) or all(isinstance(signed(f)[1], Number) for f in factors[:i])
        if is_tight and not of_matrices:
            mark, rank = _tie(factors[i - 1], shown[i - 1], shown[i], setting)
        elif of_matrices and not scales:
            mark, rank = " ", tight_rank(0)
        else:
            mark, rank = " ⊙ " if product.sign is Sign.HADAMARD and not scales else " · ", factor_rank(0)
        parts.append(prefixed(mark, len(mark), shown[i].pieces, rank))
    return Printed(joined(parts), Level.HADAMARD if of_matrices else _LEVELS[product.sign], bare=False)


def _factor(factor: Formula, least: Level, place: tuple[int, int], setting: _Setting) -> Printed:
    """One factor: only the first may carry a minus, only the last may end in a sum over indices, without parentheses."""
    position, count = place
    shown = _printed(factor, setting)
    is_last = position == count - 1
    if position == 0 and isinstance(factor, Number):
        return shown
    if (shown.level >= least or (position == 0 and shown.level == Level.SIGNED)) and (is_last or not _is_open(factor)):
        return shown
    return _operand(factor, Level.ATOM, setting) if shown.level < Level.ATOM else _enclosed(shown)


def _is_open(formula: Formula) -> bool:
    """Whether the formula ends in a sum over indices, to which a factor behind it would belong."""
    match signed(formula)[1]:
        case Summation() | Fold("logsumexp"):
            return True
        case Product() as product:
            factors = flat_factors(product)
            return bool(factors) and _is_open(factors[-1])
        case Sum() as total:
            terms = list(flat_terms(total))
            return len(terms) == 1 and _is_open(terms[0])
    return False


def _tie(factor: Formula, before: Printed, after: Printed, setting: _Setting) -> tuple[str, int]:
    """What stands between two scalars of a tight group: nothing before a parenthesis, where no function can be meant."""
    if Level.DOT in (before.level, after.level):
        return " · ", factor_rank(0)
    if after.pieces[0].text.startswith("(") and _may_touch(factor, before, setting):
        return "", NEVER
    return "·", tight_rank(0)


def _may_touch(factor: Formula, before: Printed, setting: _Setting) -> bool:
    """Functions have names without a number at the end, or stand in the notation's list."""
    match factor:
        case Symbol(name):
            return name[-1:].isdigit() and name not in setting.names.functions
        case Entry(_, indices):
            return bool(indices)
        case Number():
            return before.level == Level.ATOM
    return before.level == Level.ATOM and isinstance(factor, Sum)


def _quotient(numerator: Formula, denominator: Formula, setting: _Setting) -> Printed:
    above = _operand(numerator, Level.DOT, setting)
    if _is_open(numerator) and above.level < Level.ATOM:
        above = _enclosed(above)
    below = _operand(denominator, Level.ATOM, setting)
    return Printed(joined([above.pieces, prefixed("/", 1, below.pieces, tight_rank(0))]), Level.DOT, bare=False)


def _partial(partial: Partial, setting: _Setting) -> Printed:
    of, wrt = partial.of, partial.wrt
    above, below = _differential(of, setting), _differential(wrt, setting)
    if isinstance(of, Partial) and not partial.direct:  # ∂²E/∂v∂w
        above = _differential(of.of, setting, "∂²")
        below = joined([_differential(of.wrt, setting), below])
    shown = joined([above, prefixed("/", 1, below)])  # where no line breaks: to a reader it is one thing
    return Printed(suffixed(shown, "|direct", 7) if partial.direct else shown, Level.DOT, bare=False)


def _differential(formula: Formula, setting: _Setting, sign: str = "∂") -> tuple[Piece, ...]:
    operand = _operand(formula, Level.ATOM, setting, bare=True)
    operand = _enclosed(operand) if isinstance(formula, Number) and operand.bare else operand
    return prefixed(sign, len(sign), operand.pieces)


def _power(power: Power, setting: _Setting) -> Printed:
    base, exponent = power.base, power.exponent
    if exponent == Number(Fraction(1, 2)):
        return _root(base, setting)
    minus, positive = signed(exponent)
    match positive:
        case Number(Fraction(denominator=1, numerator=whole)):
            return _raised(base, f"{'⊙' * power.elementwise}{letters.superscript(-whole if minus else whole)}", setting)
    above = _operand(exponent, Level.ATOM, setting, bare=True)
    mark = "^⊙" if power.elementwise else "^"
    below = _operand(base, Level.ATOM, setting, bare=True)
    return Printed(joined([below.pieces, prefixed(mark, len(mark), above.pieces)]), bare=False)


def _raised(base: Formula, mark: str, setting: _Setting) -> Printed:
    below = _operand(base, Level.ATOM, setting, bare=True)
    return Printed(suffixed(below.pieces, mark, len(mark)), bare=False)


def _root(operand: Formula, setting: _Setting) -> Printed:
    """The sign alone before a number or a name: √2, √(1 − x)."""
    shown = _printed(operand, setting)
    is_short = isinstance(operand, Number | Symbol) and shown.level == Level.ATOM and shown.bare
    return Printed(prefixed("√", 1, (shown if is_short else _enclosed(shown)).pieces), bare=False)


def _call(name: str, arguments: Sequence[Formula], setting: _Setting) -> Printed:
    is_own = name in setting.names.functions or len(arguments) != 1
    if name == "sqrt" and not is_own:
        return _root(arguments[0], setting)
    shown = [_printed(argument, setting) for argument in arguments]
    if name in ("abs", "Abs") and not is_own and "|" not in shown[0].text:
        return _enclosed(shown[0], "|", "|")
    return _enclosed(_spread(shown, ", "), f"{letters.function(name, setting.names)}(")


def _cases(cases: Cases, setting: _Setting) -> Printed:
    """``{x if x > 0; 0 otherwise}``."""
    if cases.branches[-1][1] is not None:
        raise InternalError("the last branch of a choice has a condition", expected="an 'otherwise'")
    branches = []
    for value, condition in cases.branches:
        pieces = _printed(value, setting).pieces
        if condition is not None:
            pieces = joined([pieces, prefixed(" if ", 4, _printed(condition, setting).pieces, factor_rank(0))])
        elif len(cases.branches) > 1:
            pieces = suffixed(pieces, " otherwise", 10)
        branches.append(Printed(pieces))
    return _enclosed(_spread(branches, "; "), "{", "}")


def _over_indices(formula: Summation | Fold, setting: _Setting) -> Printed:
    """``Σ_k body``, ``Σ_{j,k} body``, ``Σ_{s=2..4} body``, ``max_k(body)``, and logsumexp as what it means."""
    if isinstance(formula, Summation):
        sums, body = nested(formula)
        limits = f"{letters.index(formula.index)}={formula.first}..{formula.upper}"
        below = limits if formula.first is not None else ",".join(each.index for each in sums)
        return _summed(f"Σ{_below(below)} ", body, setting)
    below = _below(",".join(formula.indices))
    if formula.kind == "logsumexp":
        powers = Sum(tuple(Call("exp", (operand,)) for operand in formula.operands))
        return _summed(f"log Σ{below} ", powers, setting)
    operands = [_printed(operand, setting) for operand in formula.operands]
    return _enclosed(_spread(operands, ", "), f"{formula.kind}{below}(")


def _below(indices: str) -> str:
    """What stands below an operator, in braces unless it is one letter."""
    return f"_{indices}" if len(indices) == 1 else f"_{{{indices}}}"


def _summed(operator: str, body: Formula, setting: _Setting) -> Printed:
    shown = _operand(body, Level.HADAMARD, setting)
    return Printed(prefixed(operator, len(operator), shown.pieces), Level.SUMMATION, bare=False)
