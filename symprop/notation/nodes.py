"""What each node of a formula looks like in LaTeX, as pieces; leaves belong to `spelling`, lines to `layout`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symprop.errors import InternalError
from symprop.notation import spelling
from symprop.notation.breaking import environment, stacked
from symprop.notation.formula import (
    Array,
    Call,
    Cases,
    Comparison,
    Compound,
    Condition,
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
from symprop.notation.leaves import Setting, leaf
from symprop.notation.marks import unmarked
from symprop.notation.pieces import (
    Level,
    Piece,
    Printed,
    atom,
    enclosed,
    factor_rank,
    joined,
    prefixed,
    suffixed,
    term_rank,
    tight_rank,
)
from symprop.notation.terms import flat_factors, flat_terms, nested, signed
from symprop.notation.widths import SCRIPT, SCRIPT_SPACE, text_width

SHORT_EXPONENT = 6.0  # em at full size; a longer argument is easier to read as \exp(…)
_BRACE = 2.3  # em of a choice's brace and the space between its columns
_NARROWEST = 16.0  # em that a choice may always take
_RELATIONS = {"<": "<", "<=": r"\le", ">": ">", ">=": r"\ge", "==": "=", "!=": r"\ne"}
_MARKS = {Sign.DOT: r" \cdot ", Sign.HADAMARD: r" \odot "}
_LEVELS = {Sign.DOT: Level.DOT, Sign.HADAMARD: Level.HADAMARD, Sign.JUXTAPOSED: Level.TIGHT}


def printed(formula: Formula, setting: Setting) -> Printed:
    """The formula in pieces."""
    key = id(formula), setting.limit, setting.depth, setting.compact, setting.script
    if key not in setting.known:
        setting.known[key] = formula, _printed(formula, setting)  # the formula too, so that no other gets its id
    return setting.known[key][1]


def _printed(formula: Formula, setting: Setting) -> Printed:
    minus, positive = signed(formula)
    if minus:
        return _negated(positive, setting)
    match formula:
        case Number() | Symbol() | Ones() | Entry():
            return leaf(formula, setting)
        case Sum():
            return _sum(formula, setting)
        case Product():
            return _product(formula, setting)
        case Quotient(numerator, denominator):
            return _quotient(numerator, denominator, setting)
        case Partial(of, wrt, direct):
            return _direct(of, wrt, setting) if direct else _partial(of, wrt, setting)
        case Power():
            return _power(formula, setting)
        case Transpose(operand):
            return _raised(operand, r"\top", 0.8 * SCRIPT, setting)
        case Call():
            return _call(formula, setting)
        case Comparison():
            return _comparison(formula, setting)
        case Compound():
            return _compound(formula, setting)
        case Cases():
            return _cases(formula, setting)
        case Summation():
            return _summation(formula, setting)
        case Fold():
            return _fold(formula, setting)
        case Array():
            return _array(formula, setting)
    raise InternalError("a formula node that the LaTeX printer does not know", got=type(formula).__name__)


def _operand(formula: Formula, least: Level, setting: Setting) -> Printed:
    """The formula, enclosed unless it binds at least so tightly; a condition is bracketed, as Iverson does."""
    result = printed(formula, setting)
    if result.level >= least:
        return result
    return _enclosed(formula, setting)


def _enclosed(formula: Formula, setting: Setting) -> Printed:
    left, right = (r"\lbrack", r"\rbrack") if isinstance(formula, Comparison) else ("(", ")")
    return enclosed(printed(formula, setting.inside()), left, right, depth=setting.depth)


def _negated(formula: Formula, setting: Setting) -> Printed:
    operand = _operand(formula, Level.HADAMARD, setting)
    return Printed(prefixed("-", 0.8, operand.pieces, depth=setting.depth), Level.SIGNED, bare=False)


def _sum(total: Sum, setting: Setting) -> Printed:
    terms = list(flat_terms(total))
    if len(terms) < 2:
        return printed(terms[0] if terms else Number(Fraction(0)), setting)
    parts = [_operand(terms[0], Level.SIGNED, setting).pieces]
    for term in terms[1:]:
        minus, positive = signed(term)
        pieces = _operand(positive, Level.HADAMARD, setting).pieces
        parts.append(prefixed(" - " if minus else " + ", 1.24, pieces, term_rank(setting.depth), setting.depth))
    return Printed(joined(parts), Level.SUM, bare=False)


def _product(product: Product, setting: Setting) -> Printed:
    factors = flat_factors(product)
    if len(factors) < 2:
        return printed(factors[0] if factors else Number(Fraction(1)), setting)
    tight = product.sign is Sign.JUXTAPOSED
    least = Level.DOT if tight else Level.HADAMARD
    parts = []
    for i, factor in enumerate(factors):
        ends = (i == 0, i == len(factors) - 1)
        parts.append(_factor(factor, least, ends, setting))
    pieces = [parts[0].pieces]
    for i, after in enumerate(parts[1:], start=1):
        scales = all(
            isinstance(signed(factor)[1], Number) for factor in factors[:i]
        )  # a number is no elementwise factor
        sign = Sign.DOT if scales else product.sign
        pieces.append(_tied(parts[i - 1], after, factors[i], setting) if tight else _dotted(after, sign, setting))
    return Printed(joined(pieces), _LEVELS[product.sign], bare=False)


def _factor(factor: Formula, least: Level, ends: tuple[bool, bool], setting: Setting) -> Printed:
    """One factor: only the first may carry a minus, only the last may be a summation, without parentheses."""
    first, last = ends
    result = printed(factor, setting)
    allowed = result.level >= least or (first and result.level == Level.SIGNED)
    if allowed and (last or result.level != Level.SUMMATION):
        return result
    return _enclosed(factor, setting)


def _dotted(after: Printed, sign: Sign, setting: Setting) -> tuple[Piece, ...]:
    mark = _MARKS[sign]
    return prefixed(mark, text_width(mark), after.pieces, factor_rank(setting.depth), setting.depth)


_WORDS = (r"\mathit{", r"\mathtt{")  # names of several letters
_OPENING = ("(", r"\big", r"\Big")


def _tied(before: Printed, after: Printed, factor: Formula, setting: Setting) -> tuple[Piece, ...]:
    """A juxtaposed factor; functions need a space to stay apart.

    A number needs a dot, and so does a word on either side: two of them would be read as one name, and parentheses behind
    one as what it is a function of.
    """
    mark = " "
    left, right = (setting.names.real(unmarked(text)) for text in (before.text, after.text))
    word_after = right.startswith(_WORDS) and not left[-1:].isdigit()
    parenthesised = right.startswith(_OPENING)
    if isinstance(factor, Number) or left.startswith(_WORDS) or word_after:
        mark = r" \cdot "
    elif r"\math" in left and not parenthesised:
        mark = r" \, "
    elif right.startswith("("):
        mark = ""
    return prefixed(mark, text_width(mark), after.pieces, tight_rank(setting.depth), setting.depth)


def _quotient(numerator: Formula, denominator: Formula, setting: Setting) -> Printed:
    if not setting.script:
        above, below = printed(numerator, setting.low()), printed(denominator, setting.low())
        result = _fraction(above, below, setting)
        if result.width <= setting.limit:
            return result
    above, below = _operand(numerator, Level.HADAMARD, setting), _operand(denominator, Level.ATOM, setting)
    slash = prefixed(" / ", 0.6, below.pieces, factor_rank(setting.depth), setting.depth)
    return Printed(joined([above.pieces, slash]), Level.HADAMARD, bare=False)


def _fraction(above: Printed, below: Printed, setting: Setting) -> Printed:
    """A stacked fraction; in running text and in other fractions it is set small."""
    size, height = (SCRIPT, 1.4) if setting.compact else (1.0, 2.3)
    extra = (above.height + below.height - 2.4) * size
    text = rf"\frac{{{above.text}}}{{{below.text}}}"
    return atom(text, max(above.width, below.width) * size + 0.25, height + max(0.0, extra), bare=False)


def _direct(of: Formula, wrt: Formula, setting: Setting) -> Printed:
    """With a bar that says so, as in thermodynamics."""
    partial = _partial(of, wrt, setting)
    marked = suffixed(partial.pieces, r"\Big|_{\mathrm{direct}}", 6 * SCRIPT, partial.height)
    return Printed(marked, partial.level, bare=False)


def _partial(of: Formula, wrt: Formula, setting: Setting) -> Printed:
    if setting.script:
        return _quotient_of_differentials(of, wrt, setting)
    above, below = _differential(of, setting.low()), _differential(wrt, setting.low())
    if isinstance(of, Partial):  # ∂²E/∂v∂w
        above = _differential(of.of, setting.low(), r"\partial^{2} ")
        below = Printed(joined([_differential(of.wrt, setting.low()).pieces, below.pieces]), Level.TIGHT, bare=False)
    result = _fraction(above, below, setting)
    if result.width <= setting.limit:
        return result
    if below.width > setting.limit:
        return _quotient_of_differentials(of, wrt, setting)
    operator = rf"\frac{{\partial}}{{{below.text}}}"
    operand = _enclosed(of, setting)
    return Printed(prefixed(operator, below.width + 0.3, operand.pieces, depth=setting.depth), Level.TIGHT, bare=False)


def _quotient_of_differentials(of: Formula, wrt: Formula, setting: Setting) -> Printed:
    slash = prefixed(" / ", 0.6, _differential(wrt, setting).pieces, factor_rank(setting.depth), setting.depth)
    return Printed(joined([_differential(of, setting).pieces, slash]), Level.HADAMARD, bare=False)


def _differential(formula: Formula, setting: Setting, sign: str = r"\partial ") -> Printed:
    operand = _operand(formula, Level.ATOM, setting)
    return Printed(prefixed(sign, text_width(sign), operand.pieces, depth=setting.depth), Level.TIGHT, bare=False)


def _power(power: Power, setting: Setting) -> Printed:
    base, exponent = power.base, power.exponent
    if exponent == Number(Fraction(1, 2)) and not setting.script:
        return _call(Call("sqrt", (base,)), setting)
    above = printed(exponent, setting.small())
    mark = r"\odot " if power.elementwise else ""
    width = (above.width + text_width(mark)) * SCRIPT
    if width > setting.limit:
        return _call(Call("pow", (base, exponent)), setting)
    return _raised(base, mark + above.text, width, setting, above.height)


def _raised(base: Formula, above: str, width: float, setting: Setting, height: float = 1.0) -> Printed:
    """The base with a superscript, in parentheses unless it can carry one."""
    below = printed(base, setting)
    if not (below.bare and below.level == Level.ATOM):
        below = _enclosed(base, setting)
    tall = max(below.height, 1.2) + 0.35 * max(0.0, height - 1.2)
    return Printed(suffixed(below.pieces, f"^{{{above}}}", width + SCRIPT_SPACE, tall), Level.ATOM, bare=False)


def _call(call: Call, setting: Setting) -> Printed:
    function, arguments = call.function, call.arguments
    if _may_be_power(call, setting):
        above = printed(arguments[0], setting.small())
        if above.width <= min(SHORT_EXPONENT, setting.limit) and above.height <= 1.36:
            return atom(f"e^{{{above.text}}}", 0.5 + above.width * SCRIPT + SCRIPT_SPACE, 1.3, bare=False)
    if function in ("sqrt", "abs", "Abs") and len(arguments) == 1 and function not in setting.names.functions:
        result = _marked(function, arguments[0], setting)
        if result.width <= setting.limit or function != "sqrt":
            return result
    name = spelling.function(function, setting.names)
    inner = enclosed(_listed(arguments, setting.inside()), depth=setting.depth)
    return Printed(prefixed(name, setting.width(name) + 0.17, inner.pieces, depth=setting.depth))


def _may_be_power(call: Call, setting: Setting) -> bool:
    """Whether e with an exponent says what the call means, and nothing else."""
    is_exponential = call.function == "exp" and len(call.arguments) == 1 and "exp" not in setting.names.functions
    return is_exponential and not call.elementwise and not setting.names.has_e


def _listed(arguments: tuple[Formula, ...], setting: Setting) -> Printed:
    """The arguments with commas; a line may break behind a comma."""
    parts = [printed(argument, setting).pieces for argument in arguments]
    if not parts:
        return atom("", 0.0)
    for i, part in enumerate(parts[1:], start=1):
        parts[i - 1] = suffixed(parts[i - 1], ",", 0.46)
        parts[i] = prefixed(" ", 0.0, part, term_rank(setting.depth), setting.depth)
    return Printed(joined(parts), Level.OPEN, bare=False)


def _marked(function: str, argument: Formula, setting: Setting) -> Printed:
    """A root or an absolute value, which have marks of their own."""
    if function != "sqrt":
        return enclosed(printed(argument, setting.inside()), r"\lvert", r"\rvert", depth=setting.depth)
    inner = printed(argument, setting)
    return atom(rf"\sqrt{{{inner.text}}}", inner.width + (0.9 if inner.height < 1.4 else 1.25), inner.height + 0.2)


def _comparison(formula: Comparison, setting: Setting) -> Printed:
    left, right = (_operand(side, Level.SUM, setting) for side in (formula.left, formula.right))
    mark = f" {_RELATIONS[formula.relation]} "
    parts = [left.pieces, prefixed(mark, 1.36, right.pieces, term_rank(setting.depth), setting.depth)]
    return Printed(joined(parts), Level.OPEN, bare=False)


def _compound(formula: Compound, setting: Setting) -> Printed:
    """The conditions with "and" or "or" between them; only an "and" may stand within an "or" as it is."""
    loose = [isinstance(c, Compound) and (formula.word == "and" or c.word == "or") for c in formula.conditions]
    shown = (
        (_enclosed if is_loose else printed)(c, setting).pieces
        for c, is_loose in zip(formula.conditions, loose, strict=True)
    )
    first, *rest = shown
    mark, width = rf" \text{{ {formula.word} }} ", 2.4
    later = [prefixed(mark, width, pieces, term_rank(setting.depth), setting.depth) for pieces in rest]
    return Printed(joined([first, *later]), Level.OPEN, bare=False)


def _cases(formula: Cases, setting: Setting) -> Printed:
    small, room = setting.script, max(setting.limit - _BRACE, _NARROWEST)
    inner = replace(setting, compact=True, script=False, depth=0, limit=room / 2)
    conditions = [stacked(_condition(condition, inner), room / 2) for _, condition in formula.branches]
    widest = max(condition.width for condition in conditions)
    values = [stacked(printed(value, inner), room - widest) for value, _ in formula.branches]
    rows = [rf"{value.text} & {condition.text}" for value, condition in zip(values, conditions, strict=True)]
    width = max(value.width for value in values) + widest + _BRACE
    height = 1.25 * sum(max(v.height, c.height) for v, c in zip(values, conditions, strict=True))
    full = width / SCRIPT if small else width  # TeX does not shrink it in a script
    return Printed((Piece(environment("cases", rows), full, height),), Level.OPEN, bare=False)


def _condition(condition: Condition | None, setting: Setting) -> Printed:
    if condition is None:
        return atom(r"\text{otherwise}", 4.2)
    result = printed(condition, setting)
    return Printed(prefixed(r"\text{if } ", 1.0, result.pieces), result.level, bare=False)


def _summation(formula: Summation, setting: Setting) -> Printed:
    """A sum; sums directly within each other as one over several indices, whose limits the axes have."""
    sums, body = nested(formula)
    listed = ",".join(spelling.index(each.index, setting.names) for each in sums)
    upper = sums[0].upper if len(sums) == 1 else None
    first = 1 if formula.first is None else formula.first
    limits = f"_{{{listed}}}" if upper is None else f"_{{{listed}={first}}}^{{{upper}}}"
    below = setting.width(listed) + (0.0 if upper is None else 1.36)
    return _large(rf"\sum{limits} ", 1.5, below, _operand(body, Level.HADAMARD, setting), setting)


def _large(operator: str, width: float, below: float, body: Printed, setting: Setting) -> Printed:
    """An operator with something below it, or beside it where it has to be low, before what it applies to."""
    beside = SCRIPT * below if not setting.script else below + 0.3  # scripts of scripts shrink no further
    wide = width - 0.3 + beside if setting.compact else max(width, SCRIPT * below + 0.2)
    pieces = prefixed(operator, wide, body.pieces, depth=setting.depth)
    return Printed(suffixed(pieces, "", 0.0, 1.4 if setting.compact else 2.9), Level.SUMMATION, bare=False)


def _fold(formula: Fold, setting: Setting) -> Printed:
    """The maximum over indices; logsumexp as what it means."""
    listed = ",".join(spelling.index(index, setting.names) for index in formula.indices)
    if formula.kind != "logsumexp":
        several = len(formula.operands) > 1
        inner = _listed(formula.operands, setting.inside())
        body = enclosed(inner) if several else _operand(formula.operands[0], Level.HADAMARD, setting)
        name = spelling.function(formula.kind, setting.names)
        return _large(rf"{name}_{{{listed}}} ", setting.width(name) + 0.2, setting.width(listed), body, setting)
    powers = Sum(tuple(Call("exp", (operand,)) for operand in formula.operands))
    body = _operand(powers, Level.HADAMARD, setting)
    whole = _large(rf"\sum_{{{listed}}} ", 1.5, setting.width(listed), body, setting)
    return replace(whole, pieces=prefixed(r"\log ", 1.7, whole.pieces, depth=setting.depth))


def _array(formula: Array, setting: Setting) -> Printed:
    """A matrix with its rows below each other, a list of numbers as a column; of more axes, one such behind the other."""
    rows = [row.elements if isinstance(row, Array) else (row,) for row in formula.elements]
    if any(isinstance(element, Array) for row in rows for element in row):
        return _listed(tuple(formula.elements), setting)
    cells = [[printed(element, setting.low()) for element in row] for row in rows]
    columns = [max(cell.width for cell in column) for column in zip(*cells, strict=True)]
    body = environment("pmatrix", [" & ".join(cell.text for cell in row) for row in cells])
    width = sum(columns) + 1.0 * len(columns) + 0.8
    return atom(
        body, width / SCRIPT if setting.script else width, 1.25 * len(rows)
    )  # TeX does not shrink it in a script
