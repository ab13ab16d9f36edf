"""Functions over one array of numbers in JavaScript, each a program's straight lines; which programs is the caller's affair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symprop.backends.javascript.error_functions import CALLS, ERROR_FUNCTIONS
from symprop.backends.javascript.printing import JavascriptScalars
from symprop.backends.loading import check_name
from symprop.backends.loops.scalars import Helper, Power, in_parts
from symprop.backends.loops.writer import power_steps
from symprop.ir.names import fresh_name
from symprop.lowering.scalars import Lines
from symprop.scalar.function import ScalarFunction, X

# NaN goes through them as through every other function.
_OWN = {"larger": "Math.max", "smaller": "Math.min", "sign": "Math.sign"}


class Source:
    """Collects functions, and the helpers that they call before them.

    Quantities stand in an array, so that none can collide with a word of the language, and are named in comments.
    """

    def __init__(self) -> None:
        self._helpers: dict[Helper, str] = {}
        self._names: dict[Helper, str] = {}
        self._functions: dict[str, str] = {}
        self._taken: set[str] = set()

    def add(self, name: str, lines: Lines, slots: Mapping[str, int]) -> None:
        """Adds a function of an array ``v`` that defines each line's number in its slot, from those of the arguments.

        >>> import sympy
        >>> w, x = sympy.symbols("w x", real=True)
        >>> source = Source()
        >>> source.add("forward", Lines(("w", "x"), (("h", w * x),), ("h",)), {"w": 0, "x": 1, "h": 2})
        >>> print(source.text("program"))
        const program = (() => {
          "use strict";
          function forward(v) {
            v[2] = v[0]*v[1]; // h
          }
          return {forward};
        })();
        """
        printer = JavascriptScalars("float64", self.called, {key: f"v[{slot}]" for key, slot in slots.items()})
        body = [
            f"  v[{slots[target]}] = {printer.doprint(value)}; // {check_name(target)}" for target, value in lines.lines
        ]
        self._functions[name] = "\n".join([f"function {name}(v) {{", *body, "}"])

    def text(self, name: str) -> str:
        """The code, which gives a constant of that name whose members are the functions."""
        parts = ['"use strict";', *self._helpers.values(), *self._functions.values()]
        parts.append(f"return {{{', '.join(self._functions)}}};")
        inner = "\n".join(f"  {line}" for part in parts for line in part.splitlines())
        return f"const {name} = (() => {{\n{inner}\n}})();"

    def called(self, helper: Helper) -> str:
        """What a helper function is called, which is then among those that are written, after those that it calls."""
        if helper in _OWN:
            return _OWN[str(helper)]
        if helper not in self._names:
            self._names[helper] = self._name(helper)
            self._helpers[helper] = self._helper(helper, self._names[helper])
        return self._names[helper]

    def _name(self, helper: Helper) -> str:
        if isinstance(helper, Power):
            return f"power_{helper.exponent}"
        # No word of the language begins so.
        return fresh_name(f"f_{helper.name}", self._taken) if isinstance(helper, ScalarFunction) else helper

    def _helper(self, helper: Helper, name: str) -> str:
        if isinstance(helper, Power):
            *squares, (_, result) = power_steps(helper.exponent)
            return _function(name, squares, result)
        if isinstance(helper, ScalarFunction):
            parts, last = in_parts(helper)
            printer = JavascriptScalars("float64", self.called, {X.name: "x", **{part: part for part, _ in parts}})
            return _function(name, [(part, printer.doprint(value)) for part, value in parts], printer.doprint(last))
        for inner in CALLS.get(helper, ()):
            self.called(inner)
        return ERROR_FUNCTIONS[helper]


def _function(name: str, parts: Sequence[tuple[str, str]], result: str) -> str:
    lines = [f"  const {part} = {text};" for part, text in parts]
    return "\n".join([f"function {check_name(name)}(x) {{", *lines, f"  return {result};", "}"])
