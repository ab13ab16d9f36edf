"""Loop nests as Python that numba compiles: statements, elements, helper functions; the functions around them are in `source`."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence

from symprop.backends.loops.exponential import EXPONENTIALS, INVERSE
from symprop.backends.loops.scalars import FUNCTIONS, Helper, NumbaScalars, Power
from symprop.backends.loops.writer import Names, Writer, power_steps
from symprop.ir.tensor import Role
from symprop.lowering.nest import Bound, How, Loop, MatrixProduct, Place
from symprop.lowering.routine import Routine
from symprop.scalar.function import ScalarFunction

# Of functions that only compiled code calls: without what Python would call them by, and kept with what calls them.
INNER = '@njit(error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)'
_OWN = "math np njit gemm power_of_two real range abs min max len call loop memory fits"


def reserved() -> set[str]:
    """What no quantity may be called in this Python."""
    return {*keyword.kwlist, *keyword.softkwlist, *_OWN.split(), *FUNCTIONS}


class NumbaWriter(Writer):
    """Quantities of `offsets` stand in one array, `memory`, from there on; other arrays on their own."""

    scalars = NumbaScalars
    comment = "# {}"

    def __init__(self, dtype: str, routine: Routine, offsets: Mapping[str, int]) -> None:
        super().__init__(dtype, Names(reserved()), routine)
        self.offsets = offsets
        self._integers = {t.name for t in routine.arguments if t.role is Role.INDEX}

    def helper(self, helper: Helper, name: str) -> str:
        if isinstance(helper, Power):
            *squares, (_, result) = power_steps(helper.exponent)
            return _function(name, "x", squares, result)
        if isinstance(helper, ScalarFunction):
            return _function(name, "x", *self.body_of(helper, "x"))
        if helper == "sign":
            one, zero = self.printer({}).number(1.0), self.printer({}).number(0.0)
            return _function(name, "x", [], f"{one} if x > {zero} else (-{one} if x < {zero} else x)")
        if helper == "copied":
            return _COPIED.format(inner=INNER, name=name)
        if helper == "exponential":
            return _exponential(name, self.dtype)
        if helper == "product":
            return _PRODUCT.format(inner=INNER, name=name)
        sign = ">" if helper == "larger" else "<"
        return _function(name, "x, y", [], f"y if y {sign} x or y != y else x")

    def place(self, place: Place) -> str:
        own = self.routine.aliases.get(place.name, place.name)
        if own not in self.offsets:
            return self.element(place) if place.indices or own in self._integers else self.tensor(own)
        index = "".join(f" + {self.whole(each)}" for each in place.indices)
        return f"memory[{self.tensor(own)}{index}]".replace("+ -", "- ").replace(" + 0]", "]")

    def element(self, place: Place) -> str:
        return f"{self.tensor(place.name)}[{', '.join(map(self.whole, place.indices)) or '0'}]"

    def loop(self, loop: Loop) -> tuple[str, str]:
        start = _extreme("max", loop.start, [self.bound(b) for b in loop.lower])
        stop = _extreme("min", loop.stop, [self.bound(b) for b in loop.upper])
        limits = [stop] if start == "0" and loop.step == 1 else [start, stop]
        limits += [] if loop.step == 1 else [str(loop.step)]
        return f"for {self.variable(loop.variable)} in range({', '.join(limits)}):", ""

    def bound(self, bound: Bound) -> str:
        text = self.whole(bound.whole)
        return text if bound.by == 1 else f"({text})//{bound.by}"

    def guard(self, condition: str) -> tuple[str, str]:
        return f"if {condition}:", ""

    @property
    def both(self) -> str:
        return " and "

    def line(self, how: How, target: str, value: str) -> str:
        if how is How.LARGER:
            return f"{target} = {self.called('larger')}({target}, {value})"
        return f"{target} {'+=' if how is How.ADD else '='} {value}"

    def matrices(self, product: MatrixProduct) -> list[str]:
        arrays = [self.array(name) for name in (product.left, product.right, product.target)]
        sizes = [product.rows, product.inner, product.columns, product.left_transposed, product.right_transposed]
        return [f"{self.called('product')}({', '.join([*arrays, *map(str, sizes)])}, {product.sign})"]

    def array(self, name: str) -> str:
        """An array and where it starts."""
        own = self.routine.aliases.get(name, name)
        return f"memory, {self.tensor(own)}" if own in self.offsets else f"{self.tensor(own)}.ravel(), 0"


_COPIED = """{inner}
def {name}(target, target_at, source, source_at, count):
    for k in range(count):
        target[target_at + k] = source[source_at + k]"""


# What stands in the target is not read where there is no sign.
_PRODUCT = """{inner}
def {name}(left, left_at, right, right_at, target, target_at, rows, inner, columns, left_turned, right_turned, sign):
    a, b, c = left[left_at:], right[right_at:], target[target_at:]
    alpha, beta = real(-1 if sign < 0 else 1), real(0 if sign == 0 else 1)
    gemm(a, b, c, rows, inner, columns, left_turned, right_turned, alpha, beta)"""


# Products and sums may be contracted, as in C.
_EXPONENTIAL = """{inner}
def {name}(x):
    y = real({highest}) if x > real({highest}) else (real({lowest}) if x < real({lowest}) else x)
    k = real(math.floor(y*real({inverse}) + real(0.5)))
    r = (y - k*real({first})) - k*real({second})
    p = real({leading})
{steps}
    p = p*r*r + r + real(1.0)
    n = np.int32(k) if k == k else np.int32(0)
    half = n >> np.int32(1)
    power = p*power_of_two(half, real(1.0))*power_of_two(np.int32(n - half), real(1.0))
    return real(math.inf) if x > real({highest}) else (real(0.0) if x < real({lowest}) else power)"""


def _exponential(name: str, dtype: str) -> str:
    numbers = EXPONENTIALS[dtype]
    leading, *rest = numbers.coefficients
    return _EXPONENTIAL.format(
        inner=INNER.replace("error_model", 'fastmath={"contract"}, error_model'),
        name=name,
        highest=numbers.highest,
        lowest=numbers.lowest,
        inverse=INVERSE,
        first=repr(numbers.log_2[0]),
        second=repr(numbers.log_2[1]),
        leading=repr(leading),
        steps="\n".join(f"    p = p*r + real({number!r})" for number in rest),
    )


def _function(name: str, arguments: str, parts: Sequence[tuple[str, str]], result: str) -> str:
    lines = [INNER, f"def {name}({arguments}):", *(f"    {part} = {text}" for part, text in parts)]
    return "\n".join([*lines, f"    return {result}"])


def _extreme(choose: str, number: int, bounds: Sequence[str]) -> str:
    return f"{choose}({', '.join([str(number), *bounds])})" if bounds else str(number)
