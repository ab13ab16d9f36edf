"""Local derivatives of scalar expressions, written through names that already stand in the program; SymPy differentiates."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

import sympy

from symprop.ir.nodes import Elementwise, operand, rename
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Index
from symprop.scalar.forms import output_form
from symprop.scalar.function import differentiate

Expression = Any
Sibling = tuple[str, Expression]  # a quantity, and what functions are applied to, over `operand(0)`
MOST_SIBLINGS = 8  # functions of one quantity, besides itself, that a derivative may be written through


class LocalDerivatives:
    """Differentiates the Elementwise equations of one program; an abbreviation in `opaque` is not looked through."""

    def __init__(self, program: Program, opaque: Collection[str] = ()) -> None:
        self._by_name, self._opaque = program.by_name, opaque
        self._inlined: dict[str, Elementwise] = {}
        self._named_over: dict[Sibling, list[Equation]] = {}
        self._places: dict[str, int] = {}
        for equation in program.equations:
            if isinstance(equation.value, Elementwise):
                self._places[equation.name] = len(self._places)
                value = self.inlined(equation)
                if len(value.operands) == 1 and not _is_copy(equation.value):
                    for argument in _arguments(value.expression, 0):
                        self._named_over.setdefault((value.operands[0].tensor.name, argument), []).append(equation)

    def inlined(self, equation: Equation) -> Elementwise:
        """The equation's value over quantities that are no abbreviations."""
        if equation.name not in self._inlined:
            assert isinstance(equation.value, Elementwise)
            self._inlined[equation.name] = self._inline(equation.value)
        return self._inlined[equation.name]

    def _inline(self, value: Elementwise) -> Elementwise:
        accesses: list[Access] = []
        parts: list[tuple[Expression, tuple[int, ...]]] = []
        for access in value.operands:
            inner = self._meaning(access)
            positions = [_position(accesses, a) for a in inner.operands]
            parts.append((inner.expression, tuple(positions)))
        return Elementwise((_compose(value.expression, tuple(parts)),), tuple(accesses))

    def _meaning(self, access: Access) -> Elementwise:
        equation = self._by_name.get(access.tensor.name)
        if equation is not None and equation.abbreviation and equation.name not in self._opaque:
            renaming = _renaming(equation.target, access)
            if renaming is not None and isinstance(equation.value, Elementwise):
                inner = rename(self.inlined(equation), renaming)
                assert isinstance(inner, Elementwise)
                return inner
        return Elementwise((operand(0),), (access,))

    def of(self, equation: Equation, position: int) -> Elementwise:
        """The derivative of an Elementwise equation with respect to one operand of `inlined(equation)`."""
        value = self.inlined(equation)
        named = list(self._named(equation, value.operands))
        meanings = tuple(meaning for _, meaning in named)
        slope = derivative(value.expression, position, meanings)
        operands = list(value.operands)
        moved = {_placeholder(k): operand(_position(operands, access)) for k, (access, _) in enumerate(named)}
        return _canonical(slope.xreplace(moved), tuple(operands))

    def _named(self, equation: Equation, operands: tuple[Access, ...]) -> Iterator[tuple[Access, Expression]]:
        """Quantities that are functions of the operands: the equation's own target first, then what shares an operand."""
        yield equation.target, self.inlined(equation).expression
        for position, access in enumerate(operands):
            for other in self._siblings(equation, position, access):
                inner = self.inlined(other)
                renaming = _renaming(inner.operands[0], access)
                if renaming is not None and _covers(other.target, renaming):
                    yield other.target.rename(renaming), inner.expression.xreplace({operand(0): operand(position)})

    def _siblings(self, equation: Equation, position: int, access: Access) -> list[Equation]:
        """The nearest equations that apply a function to what this one applies one to, in order; a list may have thousands."""
        found: dict[int, Equation] = {}
        here = self._places[equation.name]
        for argument in _arguments(self.inlined(equation).expression, position):
            named = self._named_over.get((access.tensor.name, argument), [])
            start = bisect_left(named, here, key=lambda other: self._places[other.name])
            for other in named[max(0, start - MOST_SIBLINGS) : start + MOST_SIBLINGS + 1]:
                found[self._places[other.name]] = other
        found.pop(here, None)
        return [found[place] for place in sorted(sorted(found, key=lambda p: abs(p - here))[:MOST_SIBLINGS])]


@lru_cache(maxsize=4096)
def _arguments(expression: Expression, position: int) -> frozenset[Expression]:
    """What an expression applies functions and roots to, up to its sign, where that is of one operand alone: of `operand(0)`."""
    x = operand(position)
    powers = (power for power in expression.atoms(sympy.Pow) if not isinstance(power, sympy.exp))
    bases = (power.exp if power.base.is_number else power.base for power in powers)
    functions = (f for f in expression.atoms(sympy.Function, sympy.exp) if not f.is_Piecewise)
    inner = (argument for function in functions for argument in function.args)
    found = (argument.xreplace({x: operand(0)}) for argument in (*bases, *inner) if argument.free_symbols == {x})
    return frozenset(-argument if argument.could_extract_minus_sign() else argument for argument in found)


def _is_copy(value: Elementwise) -> bool:
    return bool(value.expression.is_Atom)


def _position(accesses: list[Access], access: Access) -> int:
    if access not in accesses:
        accesses.append(access)
    return accesses.index(access)


def _renaming(old: Access, new: Access) -> dict[Index, Index] | None:
    """The index names that turn one access into another; None where no renaming does.

    Nor does one where the new access is out of range: there a quantity is zero, and what it stands for may be none.
    """
    if not new.bounded:
        return None
    pairs = zip((a.bare for a in old.indices), (a.bare for a in new.indices), strict=True)
    names = {a: b for a, b in pairs if a is not None and b is not None}
    return names if old.rename(names) == new else None


def _covers(target: Access, renaming: dict[Index, Index]) -> bool:
    return target.plain and set(target.free) == set(renaming)


@lru_cache(maxsize=256)
def _placeholder(position: int) -> Expression:
    return sympy.Symbol(f"named{position}", real=True)


@lru_cache(maxsize=4096)
def _compose(expression: Expression, parts: tuple[tuple[Expression, tuple[int, ...]], ...]) -> Expression:
    inner = {}
    for k, (part, positions) in enumerate(parts):
        inner[operand(k)] = part.xreplace({operand(own): operand(p) for own, p in enumerate(positions) if own != p})
    return expression.xreplace({old: new for old, new in inner.items() if old != new})


def _canonical(expression: Expression, operands: tuple[Access, ...]) -> Elementwise:
    used, renumbered = _renumber(expression, len(operands))
    return Elementwise((renumbered,), tuple(operands[k] for k in used))


@lru_cache(maxsize=4096)
def _renumber(expression: Expression, count: int) -> tuple[tuple[int, ...], Expression]:
    symbols = expression.free_symbols
    used = tuple(k for k in range(count) if operand(k) in symbols)
    return used, expression.xreplace({operand(k): operand(new) for new, k in enumerate(used) if k != new})


@lru_cache(maxsize=4096)
def derivative(expression: Expression, position: int, named: tuple[Expression, ...]) -> Expression:
    """``∂expression/∂operand(position)``, with the expressions in `named` written as placeholders where they occur.

    `named[0]` is the expression itself. Undeclared transcendental functions, such as a logistic that a user spelled out,
    go through the search for an output form.
    """
    x = operand(position)
    slope = differentiate(expression, x)
    names = [(_placeholder(k), meaning) for k, meaning in enumerate(named)]
    short = slope
    for name, meaning in sorted(names, key=lambda pair: -pair[1].count_ops()):
        if not meaning.is_Atom and not meaning.is_polynomial():
            short = short.subs(meaning, name)
    if _spelled_out(short):
        found = output_form(slope, x, names)
        short = short if found == slope else found
    return short


def _spelled_out(slope: Expression) -> bool:
    functions = slope.atoms(sympy.Function, sympy.exp)
    return any(not hasattr(type(f), "declaration") and not isinstance(f, (sympy.Abs, sympy.sign)) for f in functions)
