"""Reads one equation in index notation, ``y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]``; its extents are for `bind` to find.

As in `parse`, only what is named here is read, and nothing is evaluated: what stands between the brackets and the folds is
a scalar expression, which `parse` reads.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import sympy

from symprop.errors import UserError, nearest
from symprop.ir.names import shorten, validate_name
from symprop.ir.parse import EQUALS, LONGEST_TEXT, MATHEMATICS, Functions, parse_expression

Expression = Any
Products = dict[tuple[str, ...], int]

# What binds an index: the sum, the mean, and the two reductions.
FOLDS = ("Sum", "Mean", "Max", "LogSumExp")
MOST_SUMMANDS = 50  # of one index
_NOT_REAL = (sympy.zoo, sympy.nan, sympy.oo, sympy.I)
_REMEDY = "Write for example y[n,j] = Sum(W[j,i]*x[n,i], i) + b[j]."


@dataclass(frozen=True, slots=True)
class Place:
    """One position between the brackets: products of an integer and names, to be added up; none of them is 0.

    Whether a name is an index or an integer (a stride, say) is not known before it is bound. A position may instead be
    an element of an integer tensor, `gather`, as in ``E[token[s], d]``.
    """

    summands: tuple[tuple[int, tuple[str, ...]], ...]
    gather: Read | None = None

    @property
    def names(self) -> Iterator[str]:
        """The names in it, in order."""
        yield from (name for _, names in self.summands for name in names)
        for place in () if self.gather is None else self.gather.places:
            yield from place.names


@dataclass(frozen=True, slots=True)
class Read:
    """One occurrence of a tensor; `leading` where the places follow ``...``, the axes that the equation leaves alone."""

    tensor: str
    places: tuple[Place, ...] = ()
    leading: bool = False


@dataclass(frozen=True, slots=True)
class Fold:
    """``Sum(body, i, j)``, or another of `FOLDS`."""

    kind: str
    body: Body
    over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """A scalar expression over the symbols `part_symbol(0)`, `part_symbol(1)`, …, for `parts` in order of appearance."""

    expression: Expression
    parts: tuple[Read | Fold, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A read equation."""

    target: Read
    body: Body
    text: str


def part_symbol(position: int) -> Expression:
    """The symbol that a part goes by in the expression of its body."""
    return sympy.Symbol(part_name(position), real=True)


def part_name(position: int) -> str:
    """The name of that symbol."""
    return f"part{position}"


def read_line(text: str, functions: Functions = MATHEMATICS, where: str | None = None) -> Line:
    """The equation that a text means; `functions` may be called. Raises UserError for anything else.

    >>> line = read_line("y[..., j] = Sum(W[j,k]*x[..., k], k) + b[j]")
    >>> line.target.tensor, line.body.expression, [part.kind for part in line.body.parts if isinstance(part, Fold)]
    ('y', part0 + part1, ['Sum'])
    """
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        got = f"{len(text)} characters" if isinstance(text, str) else type(text).__name__
        raise UserError("an equation must be text", where=where, expected=f"at most {LONGEST_TEXT} characters", got=got)
    try:
        return _line(text, _Vocabulary(functions))
    except RecursionError:
        raise UserError("an equation is nested too deeply", where=where, remedy=_REMEDY) from None
    except UserError as error:
        raise (error.at(where) if where else error) from None


class _Vocabulary:
    """What may be called, known by the table's identity: to hash its functions takes longer than to find the line."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    def __hash__(self) -> int:
        return id(self.functions)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Vocabulary) and self.functions is other.functions


@lru_cache(maxsize=512)
def _line(text: str, vocabulary: _Vocabulary) -> Line:
    sides = EQUALS.split(text)
    if len(sides) != 2:
        raise UserError("an equation has exactly one equals sign", got=shorten(repr(text)), remedy=_REMEDY)
    target = _tree(sides[0])
    reader = _BodyReader(vocabulary.functions)
    if not isinstance(target, ast.Name | ast.Subscript):
        raise UserError("an equation defines one tensor", got=shorten(repr(sides[0].strip())), remedy=_REMEDY)
    defined = _read(target)
    if any(place.gather for place in defined.places):
        raise UserError("what an equation defines cannot be picked by integers", got=shorten(repr(sides[0].strip())))
    return Line(defined, reader.body(_tree(sides[1])), " ".join(text.split()))


def _tree(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        raise UserError(f"cannot read {shorten(repr(text.strip()))}: {error.msg}", remedy=_REMEDY) from None
    except (ValueError, MemoryError, RecursionError):
        raise UserError(f"{shorten(repr(text))} is nested too deeply", remedy=_REMEDY) from None


class _BodyReader:
    """Takes the tensors and folds out of a syntax tree, and leaves a scalar expression for `parse`."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        self.functions = functions

    def body(self, tree: ast.expr) -> Body:
        parts: dict[Read | Fold, str] = {}
        scalar = _Taking(self, parts).visit(tree)
        text = ast.unparse(ast.fix_missing_locations(scalar))
        expression = parse_expression(text, tuple(parts.values()), self.functions)
        return Body(expression, tuple(parts))

    def fold(self, call: ast.Call, kind: str) -> Fold:
        over = call.args[1:]
        if call.keywords or not over or not all(isinstance(index, ast.Name) for index in over):
            raise UserError(f"{kind} takes an expression and the indices it runs over", got=shorten(ast.unparse(call)))
        names = tuple(validate_name(index.id) for index in over if isinstance(index, ast.Name))
        if len(set(names)) < len(names):
            (twice, *_) = (name for k, name in enumerate(names) if name in names[:k])
            remedy = "Name each index once; a second axis needs another letter."
            raise UserError(f"index '{twice}' is summed twice", got=shorten(ast.unparse(call)), remedy=remedy)
        return Fold(kind, self.body(call.args[0]), names)


class _Taking(ast.NodeTransformer):
    """Replaces each tensor and each fold by the name of a part."""

    def __init__(self, reader: _BodyReader, parts: dict[Read | Fold, str]) -> None:
        self._reader, self._parts = reader, parts

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        return self._part(_read(node))

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return node if node.id == "pi" else self._part(_read(node))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in FOLDS:
            return self._part(self._reader.fold(node, name))
        if name not in self._reader.functions:
            known = (*FOLDS, *self._reader.functions)
            raise UserError(f"unknown function {shorten(ast.unparse(node.func))}", remedy=nearest(name, known))
        arguments: list[ast.expr] = [self.visit(argument) for argument in node.args]
        return ast.Call(node.func, arguments, node.keywords)

    def _part(self, part: Read | Fold) -> ast.expr:
        return ast.Name(self._parts.setdefault(part, part_name(len(self._parts))), ast.Load())


def _read(node: ast.Name | ast.Subscript) -> Read:
    if isinstance(node, ast.Name):
        return Read(validate_name(node.id))
    if not isinstance(node.value, ast.Name):
        raise UserError(f"{shorten(ast.unparse(node))} is no tensor under indices", remedy=_REMEDY)
    given = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    leading = bool(given) and isinstance(given[0], ast.Constant) and given[0].value is Ellipsis
    places = tuple(_place(place) for place in given[leading:])
    return Read(validate_name(node.value.id), places, leading)


def _place(node: ast.expr) -> Place:
    if isinstance(node, ast.Subscript):
        gather = _read(node)
        if any(place.gather for place in gather.places):
            raise UserError(f"{shorten(ast.unparse(node))} picks an integer by an integer, which no index can be")
        return Place((), gather)
    return Place(tuple((number, names) for names, number in _products(node).items()))


def _joined(products: Iterable[tuple[tuple[str, ...], int]], node: ast.expr) -> Products:
    """The products with like ones added, so that a short text cannot multiply out to a long one."""
    found: Products = {}
    for names, number in products:
        found[names] = found.get(names, 0) + number
        if len(found) > MOST_SUMMANDS:
            what = f"{shorten(ast.unparse(node))} is too long to stand between brackets"
            raise UserError(what, expected=f"at most {MOST_SUMMANDS} products to add up")
    return {names: number for names, number in found.items() if number}


def _products(node: ast.expr) -> Products:
    """The products that an index expression adds up: of names, each with its number."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            sign = -1 if isinstance(op, ast.Sub) else 1
            more = ((names, sign * number) for names, number in _products(right).items())
            return _joined((*_products(left).items(), *more), node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return {names: -number for names, number in _products(operand).items()}
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            pairs = product(_products(left).items(), _products(right).items())
            return _joined((((*a, *b), m * n) for (a, m), (b, n) in pairs), node)
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return {(): value} if value else {}
        case ast.Name(id=name):
            return {(validate_name(name),): 1}
    remedy = "An index is a sum of products of indices and whole numbers, such as 2*y + u - 1."
    raise UserError(f"{shorten(ast.unparse(node))} cannot stand between brackets", remedy=remedy)


def with_numbers(body: Body, numbers: Mapping[str, Fraction]) -> Body:
    """The body with numbers for the names that stand for them, so that its other names are tensors.

    Raises UserError for a number under indices, for one that a fold runs over, and where the numbers leave no real value.
    """
    parts = [_inner_with_numbers(part, numbers) if isinstance(part, Fold) else part for part in body.parts]
    moved: dict[Expression, Expression] = {}
    kept: list[Read | Fold] = []
    for k, part in enumerate(parts):
        if isinstance(part, Read) and part.tensor in numbers:
            moved[part_symbol(k)] = _number(part, numbers)
        else:
            moved[part_symbol(k)] = part_symbol(len(kept))
            kept.append(part)
    expression = body.expression.xreplace(moved) if len(kept) < len(parts) else body.expression
    if expression is not body.expression and expression.has(*_NOT_REAL):
        given = ", ".join(
            f"{name} = {numbers[name]}" for name in dict.fromkeys(r.tensor for r in tensors_of(body)) if name in numbers
        )
        raise UserError("the equation has no real value", got=given)
    return Body(expression, tuple(kept))


def _inner_with_numbers(fold: Fold, numbers: Mapping[str, Fraction]) -> Fold:
    for name in fold.over:
        if name in numbers:
            raise UserError(
                f"'{name}' is a number, and {fold.kind} runs over it", remedy="Use another letter for the index."
            )
    return Fold(fold.kind, with_numbers(fold.body, numbers), fold.over)


def _number(read: Read, numbers: Mapping[str, Fraction]) -> Expression:
    if read.places or read.leading:
        raise UserError(f"'{read.tensor}' is a number, and has no indices", remedy=f"Write {read.tensor} alone.")
    number = numbers[read.tensor]
    return sympy.Rational(number.numerator, number.denominator)


def folded(body: Body) -> Iterator[str]:
    """The names of the indices that sums and other folds run over."""
    for fold in (part for part in body.parts if isinstance(part, Fold)):
        yield from fold.over
        yield from folded(fold.body)


def gathered(body: Body) -> set[str]:
    """The names of the tensors between the brackets of others, whose elements are to be integers."""
    return {place.gather.tensor for read in tensors_of(body) for place in read.places if place.gather is not None}


def tensors_of(body: Body | Fold | Read) -> Iterator[Read]:
    """Every occurrence of a tensor, in order of appearance; what is gathered before what it is gathered for."""
    if isinstance(body, Read):
        for place in body.places:
            if place.gather is not None:
                yield from tensors_of(place.gather)
        yield body
    else:
        for part in body.body.parts if isinstance(body, Fold) else body.parts:
            yield from tensors_of(part)
