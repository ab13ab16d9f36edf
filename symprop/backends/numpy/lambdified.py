"""Lowered lines through SymPy's `lambdify`, for every language that it can print; checks the names that go into code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy
from sympy.printing.codeprinter import CodePrinter

from symprop.backends.executable import Executable
from symprop.backends.loading import check_name
from symprop.errors import InternalError
from symprop.ir.names import fresh_name
from symprop.lowering.scalars import Lines
from symprop.scalar.function import ScalarFunction, X, applied

_GENERATED = "_lambdifygenerated"  # what lambdify calls every function

Names = Mapping[ScalarFunction | str, str]


@dataclass(frozen=True)
class Language:
    """A printer, the modules that its code names, and functions that SymPy's lines may apply and the modules lack."""

    printer: Callable[[Names], CodePrinter]
    modules: tuple[tuple[str, Any], ...]
    helpers: tuple[tuple[str, Callable[..., Any]], ...]


@dataclass(frozen=True)
class _Loaded:
    function: Callable[..., Any]
    source: str


def compile_with(language: Language, lines: Lines) -> Executable:
    """The lines as a Python function of the arguments, which gives the outputs as a list.

    Raises InternalError for a name that may not stand in code.
    """
    _check_names(lines)
    functions = {f: _load_function(language, f) for f in applied(f.symbol(X) for f in lines.functions)}
    main = _link(language, lines, functions, lines.outputs)
    names = _code_names(language, functions, _known(lines))
    sources = [_renamed(loaded, names[function]) for function, loaded in functions.items()]
    source = "\n\n".join([*sources, _renamed(main, "program")])
    return Executable(source, lines.arguments, lines.outputs, main.function)


def _renamed(loaded: _Loaded, name: str) -> str:
    return loaded.source.replace(_GENERATED, name, 1)


def _check_names(lines: Lines) -> None:
    """Every name that reaches code is an identifier: names are validated on entry, this makes sure."""
    allowed = set(_known(lines))
    for name in allowed:
        check_name(name)
    for name, expression in lines.lines:
        unbound = {symbol.name for symbol in expression.free_symbols} - allowed
        if unbound:
            raise InternalError(f"unbound {sorted(unbound)}", where=f"line '{name}'")


def _code_names(language: Language, functions: Collection[ScalarFunction], known: Collection[str]) -> dict[Any, str]:
    """What code calls each function: its own name, with underscores where a quantity or another function has it."""
    taken = {*known, *(name for name, _ in language.modules)}
    names: dict[Any, str] = {}
    keys: list[Any] = [*(name for name, _ in language.helpers), *functions]
    for key in keys:
        names[key] = fresh_name(check_name(key if isinstance(key, str) else key.name), taken)
    return names


@lru_cache(maxsize=512)
def _load_function(language: Language, function: ScalarFunction) -> _Loaded:
    """A declared function's stable form, compiled; what it repeats is computed once."""
    form = function.stable_form(X)
    parts, (result,) = sympy.cse([form], symbols=sympy.numbered_symbols("x", real=True, start=1))
    lines = Lines(("x",), (*((symbol.name, part) for symbol, part in parts), ("y", result)), ("y",))
    inner = {f: _load_function(language, f) for f in applied([form])}
    return _link(language, lines, inner, lines.outputs[0])


def _link(
    language: Language, lines: Lines, functions: Mapping[ScalarFunction, _Loaded], output: str | Sequence[str]
) -> _Loaded:
    """The lines loaded together with the functions that they call; the source is that of the lines alone."""
    symbols = {name: sympy.Symbol(name, real=True) for name in _known(lines)}
    names = _code_names(language, functions, _known(lines))
    namespace = {names[name]: helper for name, helper in language.helpers}
    namespace |= {names[function]: loaded.function for function, loaded in functions.items()}
    function = sympy.lambdify(
        [symbols[name] for name in lines.arguments],
        symbols[output] if isinstance(output, str) else [symbols[name] for name in output],
        modules=[{**dict(language.modules), **namespace}],
        printer=language.printer(names),
        use_imps=False,
        cse=lambda outputs: ([(symbols[name], expression) for name, expression in lines.lines], outputs),
        docstring_limit=0,
    )
    return _Loaded(function, inspect.getsource(function))


def _known(lines: Lines) -> list[str]:
    return [*lines.arguments, *(name for name, _ in lines.lines)]
