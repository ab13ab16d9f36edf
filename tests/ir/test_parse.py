"""The parser: what it reads, what it refuses, that nothing is ever evaluated, and that no short text can hang it."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Float, Integer, Piecewise, Rational, erf, exp, log, pi, sqrt, tanh

from symprop.errors import UserError
from symprop.ir.parse import MATHEMATICS, parse_expression, split_equation

a, b, x, y, z = sympy.symbols("a b x y z", real=True)
NAMES = ["a", "b", "x", "y", "z"]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("3", Integer(3)),
        ("0.5", Rational(1, 2)),
        ("0.01", Rational(1, 100)),
        (".5e1", Integer(5)),
        ("0e99999999999", Integer(0)),
        ("1_000", Integer(1000)),
        ("0.123456789012345", Rational(123456789012345, 10**15)),
        ("1.6732632423543772848170429916717", Float("1.6732632423543772848170429916717", 32)),
        ("pi", pi),
        (" x ", x),
        ("x +\n\ty", x + y),
        ("+x", x),
        ("-x**2", -(x**2)),
        ("2**3**2", Integer(512)),
        ("a - b - x", a - b - x),
        ("a / b / x * y", a * y / (b * x)),
        ("a - (b - x)", a - b + x),
        ("x**0.5", sqrt(x)),
        ("2**x", 2**x),
        ("x**-2", x**-2),
        ("(x + 1)**100", (x + 1) ** 100),
        ("1/(1 + exp(-x))", 1 / (1 + exp(-x))),
        ("0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))",
         x * (1 + tanh(sqrt(2 / pi) * (x + Rational(44715, 10**6) * x**3))) / 2),
        ("x*(1 + erf(x/sqrt(2)))/2", x * (1 + erf(x / sqrt(2))) / 2),
        ("log(abs(x))", log(Abs(x))),
        ("sin(x) + cos(x)*tan(x) + sinh(x)*cosh(x)",
         sympy.sin(x) + sympy.cos(x) * sympy.tan(x) + sympy.sinh(x) * sympy.cosh(x)),
        ("x if x > 0 else 0.01*x", Piecewise((x, x > 0), (x / 100, True))),
        ("x if 0 < x else y if y != 1 else z",
         Piecewise((x, x > 0), (Piecewise((y, sympy.Ne(y, 1)), (z, True)), True))),
        ("x if x == y else y", Piecewise((x, sympy.Eq(x, y)), (y, True))),
        ("1 if 2 >= 1 else x", Integer(1)),
        ("max(x, 0)", Piecewise((x, x > 0), (0, True))),
        ("min(x, y)", Piecewise((x, x < y), (y, True))),
        ("max(-1, min(1, x))", Piecewise((1, x > 1), (Piecewise((-1, x < -1), (x, True)), True))),
        ("sign(x)", Piecewise((1, x > 0), (Piecewise((-1, x < 0), (0, True)), True))),
    ],
)  # fmt: skip
def test_meaning(text: str, meaning: sympy.Expr) -> None:
    assert parse_expression(text, NAMES) == meaning


def test_names_that_sympy_claims_are_plain_names() -> None:
    claimed = ["E", "I", "N", "S", "Q", "O", "beta", "gamma", "zeta", "Symbol", "oo", "zoo", "re"]
    product = parse_expression("*".join(claimed), claimed)
    assert product.free_symbols == {sympy.Symbol(name, real=True) for name in claimed}


def test_a_keyword_is_not_read_as_a_name() -> None:
    with pytest.raises(UserError, match="cannot read 'lambda"):
        parse_expression("lambda * x", ["lambda", "x"])


# The value at a kink is stated, not left to SymPy, whose Max and sign differentiate to Heaviside and a delta function.
@pytest.mark.parametrize(
    ("text", "slope_below", "slope_at", "slope_above"),
    [("max(x, 0)", 0, 0, 1), ("min(x, 0)", 1, 0, 0), ("sign(x)", 0, 0, 0), ("abs(x)", -1, 0, 1)],
)
def test_slopes_around_a_kink(text: str, slope_below: int, slope_at: int, slope_above: int) -> None:
    slope = parse_expression(text, NAMES).diff(x)
    assert [slope.subs(x, at) for at in (-2, 0, 3)] == [slope_below, slope_at, slope_above]


@pytest.mark.parametrize(
    "text",
    ["max(a, b, x)", "min(a, max(b, x), y)", "max(0, 1 - y*max(x, 0))", "abs(log(x))", "1 if max(a, b)*x > y else z"],
)
def test_conditions_are_single_comparisons_and_mean_what_python_means(text: str) -> None:
    expression = parse_expression(text, NAMES)
    conditions = [on for choice in expression.atoms(Piecewise) for _, on in choice.args if on != sympy.true]
    assert all(on.is_Relational and not on.has(Piecewise) for on in conditions)
    source = random.Random(7)
    for _ in range(20):
        point = {name: Rational(source.randint(1, 40), 10) - (2 if name != "x" else 0) for name in NAMES}
        value = expression.subs({sympy.Symbol(name, real=True): number for name, number in point.items()})
        known = {"max": max, "min": min, "abs": abs, "log": log, "__builtins__": {}}
        assert value == eval(text, known, dict(point))


def test_functions_may_be_given() -> None:
    def step(value: sympy.Expr, height: sympy.Expr) -> sympy.Expr:
        return Piecewise((height, value > 0), (0, True))

    functions = {**MATHEMATICS, "step": step}
    assert parse_expression("2*step(x, y)", NAMES, functions) == 2 * Piecewise((y, x > 0), (0, True))
    with pytest.raises(UserError, match=r"wrong number of arguments for step \(expected 2 arguments, got 1\)"):
        parse_expression("step(x)", NAMES, functions)
    with pytest.raises(UserError, match="unknown function 'exp'"):
        parse_expression("exp(x)", NAMES, {"step": step})
    with pytest.raises(UserError, match="unknown function 'exp'"):
        parse_expression("exp(x)", NAMES, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an expression is empty"),
        (" \t\n", "an expression is empty"),
        ("x^2", "'^' cannot stand in an expression. Write **."),
        ("2x", "Write * to multiply"),
        ("2(x)", "'2' is not a function. Write * to multiply."),
        ("x(y)", "unknown function 'x'. Write * to multiply."),
        ("sinn(y)", "unknown function 'sinn'. Did you mean 'sin'?"),
        ("a = b", "Write == to compare."),
        ("x <= y", "the comparison 'x <= y' cannot stand alone"),
        ("x if y else z", "the condition 'y' is not a single comparison"),
        ("x if 0 < y < 1 else z", "the condition '0 < y < 1' is not a single comparison"),
        ("x if y > 0 and x > 0 else z", "is not a single comparison"),
        ("x if y is x else z", "is not a single comparison"),
        ("axx + 1", "unknown name 'axx'"),
        ("sigmod(x)", "unknown function 'sigmod'"),
        ("tanhh(x)", "Did you mean 'tanh'?"),
        ("exp", "'exp' is a function. Write exp(…)."),
        ("e**x", "Euler's number is exp(1)."),
        ("exp()", "wrong number of arguments for exp (expected 1 argument, got 0)"),
        ("log(x, 2)", "wrong number of arguments for log (expected 1 argument, got 2)"),
        ("max(x)", "wrong number of arguments for max (expected at least 2 arguments, got 1)"),
        ("exp(arg=x)", "'exp(arg=x)' names an argument"),
        ("1/0", "no finite value"),
        ("x/(y - y)", "no finite value"),
        ("log(0)", "no finite value"),
        ("tan(pi/2)", "no finite value"),
        ("sqrt(-1)", "not real"),
        ("sqrt(-x**2 - 1)", "not real"),
        ("(-8)**(1/3)", "not real"),
        ("1j", "'1j' is not a real number"),
        ("True", "'True' is not a real number"),
        ("...", "'...' is not a real number"),
        ("η*x", "'η' (U+03B7) cannot stand in an expression. Write eta."),
        ("x − y", "Write -."),
        ("x²", "Write **2."),
        ("х + 1", "(U+0445) cannot stand in an expression"),
        ("ｅxp(x)", "(U+FF45) cannot stand in an expression"),
        ("x # y", "'#' cannot stand in an expression"),
        ("x\x00", "'\\x00' cannot stand in an expression"),
        ("1." + "1" * 60, "too many digits (expected at most 50, got 61)"),
        ("x" * 2001, "an expression is too long (expected at most 2000 characters, got 2001)"),
        ("+".join("x" * 501), "an expression is too large (expected at most 500 parts, got 1001)"),
        ("-" * 51 + "x", "nested more than 50 deep"),
        ("(" * 900 + "x" + ")" * 900, "too many nested parentheses"),
        ("(x", "cannot read '(x' at character 1"),
    ],
)  # fmt: skip
def test_refusals_say_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_expression(text, NAMES)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 400


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(UserError, match=r"net.toml:9: an expression must be text \(got int 3\)"):
        parse_expression(3, NAMES, where="net.toml:9")  # type: ignore[arg-type]


def test_a_message_names_the_place() -> None:
    with pytest.raises(UserError, match=r"^net\.toml:9: unknown name 'q'"):
        parse_expression("q", NAMES, where="net.toml:9")


def test_a_long_sum_is_neither_deep_nor_slow() -> None:
    names = [f"w{k}" for k in range(200)]
    assert len(parse_expression(" + ".join(names), names).args) == 200


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9", "9**(9**9)", "2**101", "1e400", "1e-400", "1e99999999999", "1e-99999999999", "9" * 1999,
        "0x" + "f" * 1000, "-" * 1999 + "x", "1e60*x*1e60", "((3*x)**100)**100",
        "(((3**x)**100)**100)**100", "(3**(10**90*x))**(1/x)",
        "3**(10**90 + x)*3**(-x)", "exp(10**90*log(3))", "exp(10**90*log(3) + x)", "exp(10**90*log(3)*x/x)",
        "(exp(10**50*x))**(log(3)/x)", "sin(exp(exp(200) + x - x))", "1 if exp(exp(exp(9))) > 1 else 2",
        "(-1 - 7.25/10**50)**((1/3)**100)", "1 if 3**max(10**99, x) > 1 else 2",
        "1 if 3**(" + "*".join(f"max(100, x + {k})" for k in range(20)) + ") > 1 else 2",
        "1 if " + " + ".join(f"max(x, {k})" for k in range(1, 60)) + " > 0 else 0",
        "sqrt(tan((0 if 1/3 > abs(1/3)/erf(100) else (abs(2**pi) + min(-1/1e-50, tanh(1e-50))))"
        "**(sin((10**50)**0)**sqrt(10**50))))",
    ],
)  # fmt: skip
def test_numbers_and_cases_cannot_explode(text: str) -> None:
    start = time.monotonic()
    with pytest.raises(UserError):
        parse_expression(text, NAMES)
    assert time.monotonic() - start < 20


def test_the_profiler_is_put_back() -> None:
    parse_expression("max(x, y)", NAMES)
    assert sys.getprofile() is None
    with pytest.raises(UserError):
        parse_expression("q", NAMES)
    assert sys.getprofile() is None


MARK = "touched"
ATTACKS = [
    f"__import__('os').system('touch {MARK}')",
    f'__import__("os").system("touch {MARK}")',
    f"open('{MARK}', 'w')",
    f"(lambda: open('{MARK}', 'w'))()",
    f"[open('{MARK}', 'w') for _ in (1,)]",
    f"f\"{{open('{MARK}', 'w')}}\"",
    f"(q := open('{MARK}', 'w'))",
    f"exp(*[open('{MARK}', 'w')])",
    f"exp(**open('{MARK}', 'w'))",
    f"x if open('{MARK}', 'w') else y",
    f"x if x < open('{MARK}', 'w') else y",
    f"eval(open('{MARK}', 'w'))",
    f"exec('open(\"{MARK}\", \"w\")')",
    f"open({MARK}, w)",
    f"{MARK}.write()",
    "().__class__.__mro__[1].__subclasses__()",
    "x.diff(x)", "x.__class__", "exp.eval(x)", "x[0]", "x[0:1]", "(x, y)", "[x]", "{x}", "{x: y}", "*x", "(*x,)",
    "(q for q in x)", "(yield x)", "await x", "not x", "x and y", "x in y", "x % y", "x // y", "x @ y", "x << y", "~x",
    "x; y", "import os", "x\\\n+y", "`x`", "x if y", "print(x)", "__builtins__", "__import__", "sympify(x)",
    "b'x'", "None", "x!", "x!r", "$x", "x ? y", "x -> y", "\ud800", "x\u202ey", "x\u200b", "ⅹ", "𝑥", "ℯ", "x⁠",
]  # fmt: skip


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_of_a_text_is_run(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError):
        parse_expression(text, NAMES)
    with pytest.raises(UserError):
        split_equation(f"{text} = x")
    assert not list(tmp_path.iterdir())


def test_an_equation_has_one_equals_sign_and_a_valid_name() -> None:
    assert split_equation("q = x if x == y else z") == ("q", " x if x == y else z")
    for text in ("x + y", "q = x = y", "q == x", "", "q := x"):
        with pytest.raises(UserError):
            split_equation(text)
    with pytest.raises(UserError, match=r"eqs.txt:4: 'exp' cannot be a name: it is a mathematical function"):
        split_equation("exp = x", where="eqs.txt:4")
    with pytest.raises(UserError, match=r"eqs.txt:4: an equation has exactly one equals sign \(expected name = expr"):
        split_equation("x + y", where="eqs.txt:4")
    with pytest.raises(UserError, match="an equation has exactly one equals sign"):
        split_equation(None)  # type: ignore[arg-type]


PIECES = [*NAMES, *MATHEMATICS, "pi", " if ", " else ", "**", "==", *"()(),+-*/<=.01"]
SOUP = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@given(st.text() | SOUP)
def test_any_text_parses_or_is_refused(text: str) -> None:
    _parse_or_refuse(text)


NUMBERS = st.sampled_from(["0", "1", "2", "0.5", "7.25", "1/3", "10**50", "1e-50", "100", "-1"])
FUNCTIONS = st.sampled_from([name for name in MATHEMATICS if name not in ("min", "max")])


def _larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(smaller, st.sampled_from(["+", "-", "*", "/", "**"]), smaller)
    chosen = st.tuples(smaller, smaller, st.sampled_from(["<", "<=", "==", "!=", ">"]), smaller, smaller)
    return st.one_of(
        binary.map(lambda parts: "({}){}({})".format(*parts)),
        st.tuples(FUNCTIONS, smaller).map(lambda parts: "{}({})".format(*parts)),
        st.tuples(st.sampled_from(["min", "max"]), smaller, smaller).map(lambda parts: "{}({}, {})".format(*parts)),
        chosen.map(lambda parts: "({} if {} {} {} else {})".format(*parts)),
    )


@given(st.recursive(NUMBERS | st.sampled_from(NAMES), _larger, max_leaves=12))
@settings(max_examples=60)
def test_any_well_formed_text_parses_or_is_refused(text: str) -> None:
    _parse_or_refuse(text)


def _parse_or_refuse(text: str) -> None:
    try:
        expression = parse_expression(text, NAMES)
    except UserError:
        return
    assert expression.free_symbols <= {a, b, x, y, z}
    assert not expression.has(sympy.oo, sympy.zoo, sympy.nan, sympy.I)
