"""Prints scalar expressions as JavaScript, by SymPy's printer where it serves; functions and lines are made in `source`."""

from __future__ import annotations

from sympy.printing.jscode import JavascriptCodePrinter

from symprop.backends.loops.scalars import Expression, Logic, ScalarPrinter

_MATH = {"fabs": "abs"}  # what JavaScript calls otherwise
MISSING = ("erf", "erfc")  # what its Math lacks


class JavascriptScalars(ScalarPrinter, JavascriptCodePrinter):  # type: ignore[misc]
    """Prints for JavaScript, whose numbers are float64; what its Math lacks is a helper."""

    logic = Logic(both="&&", either="||", negated="!{}", true="true", false="false")

    def number(self, value: float) -> str:
        if value != value:
            return "NaN"
        if value in (float("inf"), -float("inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)

    def function(self, name: str, *arguments: str) -> str:
        called = self.called(name) if name in MISSING else f"Math.{_MATH.get(name, name)}"
        return f"{called}({', '.join(arguments)})"

    def choice(self, condition: str, chosen: str, other: str) -> str:
        return f"({condition} ? {chosen} : {other})"

    def _print_Relational(self, expression: Expression) -> str:
        relation = {"==": "===", "!=": "!=="}.get(expression.rel_op, expression.rel_op)
        return f"({self._print(expression.lhs)} {relation} {self._print(expression.rhs)})"
