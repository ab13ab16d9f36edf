"""Writes loop nests line by line; what a loop, a call or an element looks like is each language's own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from symprop.backends.loading import check_name
from symprop.backends.loops.scalars import Helper, Power, ScalarPrinter, in_parts
from symprop.ir.names import fresh_name
from symprop.ir.nodes import operand
from symprop.lowering.nest import (
    Assign,
    Block,
    Bound,
    Formula,
    Guard,
    How,
    Inside,
    Loop,
    MatrixProduct,
    Operand,
    Place,
    Product,
    Statement,
    Total,
    Value,
    Whole,
)
from symprop.lowering.routine import Routine
from symprop.scalar.function import ScalarFunction, X


class Names:
    """What code calls things: their own names, with underscores where the language or another thing has them."""

    def __init__(self, reserved: Collection[str]) -> None:
        self._taken = set(reserved)
        self._known: dict[tuple[str, object], str] = {}

    def of(self, kind: str, thing: object, wish: str) -> str:
        """The name of a thing, the same whenever it is asked for."""
        if (kind, thing) not in self._known:
            self._known[kind, thing] = self.fresh(wish)
        return self._known[kind, thing]

    def fresh(self, wish: str) -> str:
        return fresh_name(check_name(wish if wish.isidentifier() else f"{wish}_"), self._taken)


class Writer(ABC):
    """The lines of one piece of code; helper functions that lines call are collected in `helpers`.

    With `quick`, exponentials are computed by code that a compiler can turn into vector instructions, if there are arrays to
    run over: of a few numbers the library's function is the quicker.
    """

    scalars: type[ScalarPrinter]
    comment: str  # with a place for the text

    def __init__(self, dtype: str, names: Names, routine: Routine, quick: bool = True) -> None:
        self.dtype, self.names, self.routine = dtype, names, routine
        self.quick = quick and bool(routine.arrays)
        self.extents = routine.extents
        self.helpers: dict[Helper, str] = {}

    @abstractmethod
    def helper(self, helper: Helper, name: str) -> str:
        """The code of a helper function."""

    @abstractmethod
    def element(self, place: Place) -> str:
        """An element of an array."""

    @abstractmethod
    def loop(self, loop: Loop) -> tuple[str, str]:
        """The line before a body, and the one after."""

    @abstractmethod
    def guard(self, condition: str) -> tuple[str, str]:
        """The same for a condition."""

    @abstractmethod
    def line(self, how: How, target: str, value: str) -> str:
        """An assignment."""

    @abstractmethod
    def matrices(self, product: MatrixProduct) -> list[str]:
        """A product of matrices."""

    @property
    @abstractmethod
    def both(self) -> str:
        """What stands between two conditions that must both hold."""

    def tensor(self, name: str) -> str:
        """What code calls a tensor: an output in the place of an argument, as that argument."""
        own = self.routine.aliases.get(name, name)
        return self.names.of("tensor", own, own)

    def variable(self, name: str) -> str:
        return self.names.of("variable", name, name)

    def called(self, helper: Helper) -> str:
        """The name of a helper function, which is then among those that are needed, after those that it calls."""
        if helper not in self.helpers:
            wish = f"power_{helper.exponent}" if isinstance(helper, Power) else str(getattr(helper, "name", helper))
            name = self.names.of("helper", helper, wish)
            code = self.helper(helper, name)
            self.helpers[helper] = code
        return self.names.of("helper", helper, "")

    def printer(self, texts: Mapping[str, str]) -> ScalarPrinter:
        return self.scalars(self.dtype, self.called, texts, self.quick)

    def blocks(self, blocks: Sequence[Block], indent: str = "") -> list[str]:
        """The code of the blocks, each under the names of its equations."""
        lines: list[str] = []
        for block in blocks:
            if not all(isinstance(each, Assign) for each in block.body):
                lines.append(indent + self.comment.format(", ".join(block.titles)))
            lines.extend(self.statements(block.body, indent))
        return lines

    def statements(self, statements: Sequence[Statement], indent: str) -> list[str]:
        return [line for statement in statements for line in self._statement(statement, indent)]

    def _statement(self, statement: Statement, indent: str) -> list[str]:
        if isinstance(statement, Assign):
            target = self.place(statement.target)
            return [indent + self.line(statement.how, target, self.value(statement.value))]
        if isinstance(statement, MatrixProduct):
            return [indent + line for line in self.matrices(statement)]
        if isinstance(statement, Guard) and not statement.inside:
            return self.statements(statement.body, indent)
        head, end = self.loop(statement) if isinstance(statement, Loop) else self.guard(self.holds(statement.inside))
        body = self.statements(statement.body, indent + "    ")
        return [indent + head, *body, *([indent + end] if end else [])]

    def place(self, place: Place) -> str:
        return self.element(place) if place.indices else self.tensor(place.name)

    def operand(self, operand: Operand) -> str:
        if isinstance(operand, Place):
            return self.place(operand)
        zero = self.printer({}).number(0.0)
        return self.printer({}).choice(self.holds(operand.inside), self.place(operand.place), zero)

    def holds(self, conditions: Sequence[Inside]) -> str:
        texts = [f"{self.whole(c.whole)} >= 0{self.both}{self.whole(c.whole)} < {c.extent}" for c in conditions]
        return self.both.join(texts)

    def value(self, value: Value) -> str:
        if isinstance(value, Formula):
            return self._formula(value)
        parts = value.parts if isinstance(value, Total) else (value,)
        texts = [self._product(part) for part in parts] or [self.printer({}).number(0.0)]
        return texts[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in texts[1:])

    def _product(self, product: Product) -> str:
        factors = [self.operand(factor) for factor in product.operands]
        if not factors or abs(product.coefficient) != 1:
            factors.insert(0, self.printer({}).number(quotient(abs(product.coefficient))))
        return ("-" if product.coefficient < 0 else "") + "*".join(factors)

    def _formula(self, value: Formula) -> str:
        texts = {operand(k).name: self.operand(each) for k, each in enumerate(value.operands)}
        printer = self.printer(texts)
        if len(value.factors) == 1:
            return printer.doprint(value.factors[0])
        return "*".join(printer.within_product(factor) for factor in value.factors)

    def whole(self, whole: Whole) -> str:
        parts = [f"{_times(factor)}{self._atom(atom)}" for factor, atom in whole.terms]
        parts += [str(whole.offset)] if whole.offset or not parts else []
        return " + ".join(parts).replace("+ -", "- ")

    def _atom(self, atom: str | Place) -> str:
        return self.variable(atom) if isinstance(atom, str) else self.place(atom)

    @abstractmethod
    def bound(self, bound: Bound) -> str:
        """The start or the stop of a loop."""

    def body_of(self, function: ScalarFunction, argument: str) -> tuple[list[tuple[str, str]], str]:
        """The parts that a declared function's code names, and its result."""
        parts, result = in_parts(function)
        texts = {X.name: argument, **{name: name for name, _ in parts}}
        printer = self.printer(texts)
        return [(name, printer.doprint(part)) for name, part in parts], printer.doprint(result)


def quotient(number: Fraction) -> float:
    """The nearest float."""
    return number.numerator / number.denominator


def _times(factor: int) -> str:
    return {1: "", -1: "-"}.get(factor, f"{factor}*")


def power_steps(exponent: int) -> list[tuple[str, str]]:
    """The squares that a whole power is multiplied from, by name, and last the product itself, without one.

    >>> power_steps(6)
    [('x2', 'x*x'), ('x4', 'x2*x2'), ('', 'x2*x4')]
    """
    steps, known, bit = list[tuple[str, str]](), "x", 1
    factors = ["x"] if exponent & 1 else []
    while 2 * bit <= exponent:
        bit *= 2
        steps.append((f"x{bit}", f"{known}*{known}"))
        known = f"x{bit}"
        factors += [known] if exponent & bit else []
    return [*steps, ("", "*".join(factors) or "x")]
