"""Scalar expressions in the words of jax.numpy, and declared functions as functions of the source; no tensors here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE

from symprop.backends.printing import NumpyLines
from symprop.scalar.function import ScalarFunction, X

Expression = Any
Names = Mapping[ScalarFunction, str]

# What NumpyLines calls by a name of its own.
HELPERS = {
    "erf": "special.erf",
    "erfc": "special.erfc",
    "smallest": "smallest",
    "largest_exponent": "largest_exponent",
}


class JaxLines(NumpyLines):
    """Prints an expression whose symbols are the `operands`, each of which is an atom of the source."""

    module = "jnp"

    def __init__(self, names: Names, operands: Mapping[str, str]) -> None:
        known: dict[ScalarFunction | str, str] = dict(HELPERS.items())
        super().__init__(known | dict(names.items()))
        self.operands = operands

    def _module_format(self, name: str, register: bool = True) -> str:
        return super()._module_format(f"jnp.{name.removeprefix('numpy.')}" if name.startswith("numpy.") else name)

    def _print_Symbol(self, expression: Expression) -> str:
        return self.operands[expression.name]

    def _print_Pow(self, expression: Expression, rational: bool = False) -> str:
        exponent = expression.exp
        if expression.is_number:
            return repr(float(expression))
        if exponent.is_negative:
            power = self.parenthesize(sympy.Pow(expression.base, -exponent), PRECEDENCE["Mul"])
            return f"1/{power}"
        return str(self._hprint_Pow(expression, sqrt="jnp.sqrt"))

    def _print_Max(self, expression: Expression) -> str:
        return self._nested("jnp.maximum", expression.args)

    def _print_Min(self, expression: Expression) -> str:
        return self._nested("jnp.minimum", expression.args)

    def _print_And(self, expression: Expression) -> str:
        return self._nested("jnp.logical_and", expression.args)

    def _print_Or(self, expression: Expression) -> str:
        return self._nested("jnp.logical_or", expression.args)

    def _print_Piecewise(self, expression: Expression) -> str:
        text = "jnp.nan"
        for value, condition in reversed(expression.args):
            chosen = self._print(value)
            text = chosen if condition == sympy.true else f"jnp.where({self._print(condition)}, {chosen}, {text})"
        return text


def varies(expression: Expression) -> bool:
    """Whether the value has an operand's number format: a choice between numbers has none of its own."""
    if expression.is_Symbol:
        return True
    if isinstance(expression, sympy.Piecewise):
        return any(varies(value) for value, _ in expression.args)
    return any(varies(argument) for argument in expression.args)


def definition(function: ScalarFunction, names: Names) -> Iterator[str]:
    """The lines of a declared function's stable form; what it repeats is computed once."""
    symbols = sympy.numbered_symbols("x", real=True, start=1)
    parts, (result,) = sympy.cse([function.stable_form(X)], symbols=symbols, order="none")
    printer = JaxLines(names, {"x": "x", **{part.name: part.name for part, _ in parts}})
    yield f"def {names[function]}(x):"
    for part, value in parts:
        yield f"    {part.name} = {printer.doprint(value)}"
    yield f"    return {printer.doprint(result)}"
