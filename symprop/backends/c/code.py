"""Loop nests as C99: statements, elements, helper functions; the functions around them are in `source`."""

from __future__ import annotations

from collections.abc import Sequence

from symprop.backends.c.exponential import exponential
from symprop.backends.loops.scalars import FUNCTIONS, CScalars, Helper, Power
from symprop.backends.loops.writer import Names, Writer, power_steps
from symprop.lowering.nest import Bound, How, Loop, MatrixProduct, Place
from symprop.lowering.routine import Routine
from symprop.scalar.function import ScalarFunction

REAL = {"float64": "double", "float32": "float"}
_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof "
    "linux unix i386 main real int64_t NULL NAN INFINITY "
    "isfinite isinf isnan isnormal signbit fpclassify isgreater isless isunordered math_errhandling"
)


def reserved() -> set[str]:
    """What no quantity may be called in C."""
    functions = (*FUNCTIONS, "fabs", "pow")
    return {*_KEYWORDS.split(), *functions, *(f"{name}f" for name in functions)}


class CWriter(Writer):
    """Arrays are flat, row by row; a rank of zero is a variable. `members` says in which struct an array stands."""

    scalars = CScalars
    comment = "/* {} */"

    def __init__(self, dtype: str, routine: Routine, quick: bool = True) -> None:
        super().__init__(dtype, Names(reserved()), routine, quick)
        self.members: dict[str, str] = {}

    def helper(self, helper: Helper, name: str) -> str:
        if isinstance(helper, Power):
            *squares, (_, result) = power_steps(helper.exponent)
            return self._function(name, "real x", squares, result)
        if isinstance(helper, ScalarFunction):
            parts, result = self.body_of(helper, "x")
            return self._function(name, "real x", parts, result)
        if helper == "sign":
            zero = self.printer({}).number(0.0)
            return self._function(name, "real x", [], f"x != x ? x : (real)((x > {zero}) - (x < {zero}))")
        if helper in ("larger", "smaller"):
            sign = ">" if helper == "larger" else "<"
            return self._function(name, "real x, real y", [], f"y {sign} x || y != y ? y : x")
        if helper == "exponential":
            return exponential(name, self.dtype)
        return _INTEGERS[str(helper)].replace("NAME", name)

    def _function(self, name: str, arguments: str, parts: Sequence[tuple[str, str]], result: str) -> str:
        lines = [f"static inline real {name}({arguments})", "{"]
        lines += [f"    const real {part} = {text};" for part, text in parts]
        return "\n".join([*lines, f"    return {result};", "}"])

    def element(self, place: Place) -> str:
        (index,) = place.indices
        return f"{self.array(place.name)}[{self.whole(index)}]"

    def array(self, name: str) -> str:
        """An array, with the struct that it stands in."""
        own = self.routine.aliases.get(name, name)
        return f"{self.members.get(own, '')}{self.tensor(own)}"

    def loop(self, loop: Loop) -> tuple[str, str]:
        name = self.variable(loop.variable)
        start = self._extreme("larger_int", loop.start, loop.lower)
        stop = self._extreme("smaller_int", loop.stop, loop.upper)
        step = f"++{name}" if loop.step == 1 else f"{name} += {loop.step}"
        return f"for (int {name} = {start}; {name} < {stop}; {step}) {{", "}"

    def _extreme(self, helper: str, number: int, bounds: Sequence[Bound]) -> str:
        text = str(number)
        for bound in bounds:
            text = f"{self.called(helper)}({text}, {self.bound(bound)})"
        return text

    def bound(self, bound: Bound) -> str:
        text = self.whole(bound.whole)
        return text if bound.by == 1 else f"{self.called('quotient')}({text}, {bound.by})"

    def guard(self, condition: str) -> tuple[str, str]:
        return f"if ({condition}) {{", "}"

    @property
    def both(self) -> str:
        return " && "

    def line(self, how: How, target: str, value: str) -> str:
        if how is How.LARGER:
            return f"{target} = {self.called('larger')}({target}, {value});"
        declared = {How.LET: "const real ", How.START: "real "}.get(how, "")
        return f"{declared}{target} {'+=' if how is How.ADD else '='} {value};"

    def matrices(self, product: MatrixProduct) -> list[str]:
        raise AssertionError("C code has loops only")


_INTEGERS = {
    "larger_int": "static inline int NAME(int a, int b)\n{\n    return a > b ? a : b;\n}",
    "smaller_int": "static inline int NAME(int a, int b)\n{\n    return a < b ? a : b;\n}",
    "quotient": "static inline int NAME(int a, int b)\n{\n    return a / b - (a % b < 0);\n}",
}
