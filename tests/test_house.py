"""The house rules, read off the source: direction of imports, sizes, docstrings, no evaluated text, public names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import symprop
from symprop.layers import HOMES

PACKAGE = Path(__file__).parent.parent / "symprop"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCRIPTS = sorted(PACKAGE.rglob("*.js"))

# Imports point only upward in this list; a name is a module or a package directly below symprop, "" is symprop itself.
ORDER = [
    "errors",
    "files",
    "templating",
    "palette",
    "pictures",
    "examples",
    "scalar",
    "ir",
    "whole",
    "rules",
    "notation",
    "values",
    "layers",
    "network",
    "equations",
    "network_file",
    "derivation",
    "views",
    "lowering",
    "backends",
    "prose",
    "training",
    "drawing",
    "document",
    "renderers",
    "explorer",
    "workbook",
    "exports",
    "displayed",
    "face",
    "",  # symprop itself: the public names
    "cli",
    "generated",
    "__main__",
]
# What `symprop formulas` must not import: it would take longer than the formulas do.
HEAVY = {"numpy", "jinja2", "matplotlib", "rich", "pydantic"}
PUBLIC = [
    *HOMES,
    "BudgetError",
    "Derivation",
    "Equations",
    "InternalError",
    "Network",
    "SympropError",
    "UnsupportedError",
    "UpdateRule",
    "UserError",
    "activation_from_text",
    "draw_sample",
    "load",
    "loss_from_text",
]
# The one module in which generated text becomes code.
LOADING = "symprop.backends.loading"
LINES_OF_FILE, LINES_OF_FUNCTION = 400, 50

# Comments, strings, templates and regular expressions of JavaScript, in which braces mean nothing.
_NO_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(,=:\[!&|?{};])\s*/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/[a-z]*""",
    re.DOTALL,
)
_BLOCKS = {"if", "for", "while", "switch", "catch"}  # what has parentheses before its braces and is no function

Rule = Callable[[str, str], list[str]]  # source and module name to complaints


def room(module: str) -> str:
    """Which entry of ORDER a dotted module name belongs to."""
    return module.partition(".")[2].partition(".")[0]


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, inside functions too; `from a import b` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: len(module.split(".")) - node.level + is_package]
            base = [*parents, *filter(None, [node.module])] if node.level else [node.module or ""]
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def wrong_way(source: str, module: str, is_package: bool = False) -> list[str]:
    """The imports of one module that point downward in ORDER."""
    if room(module) not in ORDER:
        return [f"{module} has no place in ORDER"]
    own = ((line, name) for line, name in imported(ast.parse(source), module, is_package) if is_ours(name))
    return [f"{module}:{line} imports {name}" for line, name in own if level(name) > ORDER.index(room(module))]


def is_ours(name: str) -> bool:
    return name == "symprop" or name.startswith("symprop.")


def level(name: str) -> int:
    """How far down ORDER an imported name lives; one that is in no room is a public name of symprop itself."""
    return ORDER.index(room(name) if room(name) in ORDER else "")


def evaluated(source: str, module: str) -> list[str]:
    """The calls that run or parse text as code: for back ends alone, which give them checked names.

    Text becomes code in one module, `lambdify` runs in their room.
    """
    forbidden = {"sympify", "parse_expr", "parse_latex", "S"} | (set() if room(module) == "backends" else {"lambdify"})
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    bare = [(c.lineno, c.func.id) for c in calls if isinstance(c.func, ast.Name)]
    dotted = [(c.lineno, c.func.attr) for c in calls if isinstance(c.func, ast.Attribute)]
    run = {"eval", "exec", "compile", "__import__"} - ({"exec", "compile"} if module == LOADING else set())
    found = [p for p in bare if p[1] in forbidden | run]
    return [f"{module}:{line} calls {name}" for line, name in found + [p for p in dotted if p[1] in forbidden]]


def oversized(source: str, module: str) -> list[str]:
    lines = len(source.splitlines())
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = [(f.lineno, f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions]
    found = [f"{module}:{line} {name} has {n} lines" for line, name, n in sizes if n > LINES_OF_FUNCTION]
    return found + ([f"{module} has {lines} lines"] if lines > LINES_OF_FILE else [])


def oversized_script(source: str, name: str) -> list[str]:
    """As `oversized`, of JavaScript: a function is what stands in braces behind an arrow or behind its parameters."""
    code = _NO_CODE.sub(lambda found: '""' + "\n" * found.group().count("\n"), source)
    open_at: list[int] = []
    found = []
    for place, character in enumerate(code):
        if character == "{":
            open_at.append(place)
        elif character == "}" and open_at:
            start = open_at.pop()
            n = code.count("\n", start, place) + 1
            if n > LINES_OF_FUNCTION and opens_function(code[:start].rstrip()):
                found.append(f"{name}:{code.count(chr(10), 0, start) + 1} a function has {n} lines")
        elif character == "}":
            found.append(f"{name} closes a brace that is not open")
    lines = len(source.splitlines())
    found += [f"{name} has braces that stay open"] if open_at else []
    return found + ([f"{name} has {lines} lines"] if lines > LINES_OF_FILE else [])


def opens_function(before: str) -> bool:
    """Whether a brace behind this code begins a function of JavaScript."""
    if not before.endswith(")"):
        return before.endswith("=>")
    depth, place = 0, len(before)
    while place and (depth or place == len(before)):
        place -= 1
        depth += {")": 1, "(": -1}.get(before[place], 0)
    word = re.search(r"\w*$", before[:place].rstrip())
    return word is not None and word.group() not in _BLOCKS


def undescribed(source: str, module: str) -> list[str]:
    """Public classes and functions without a docstring, from `training` on; a method of a base class is described there."""
    if ORDER.index(room(module)) <= ORDER.index("backends"):
        return []
    tree = ast.parse(source)
    classes = [c for c in ast.walk(tree) if isinstance(c, ast.ClassDef)]
    based = {member for c in classes if c.bases for member in c.body}
    bodies = [tree.body, *(c.body for c in classes if not c.name.startswith("_"))]
    public = [
        each
        for body in bodies
        for each in body
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and not each.name.startswith("_") and each not in based
    ]
    return [f"{module}:{each.lineno} {each.name} has no docstring" for each in public if not ast.get_docstring(each)]


def unopened(source: str, module: str) -> list[str]:
    """A module starts with a docstring and, if it holds code, with the annotations import."""
    tree = ast.parse(source)
    future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    found = [] if ast.get_docstring(tree) else [f"{module} has no docstring"]
    return found if future or len(tree.body) <= 1 else [*found, f"{module} lacks 'from __future__ import annotations'"]


def unfinished(source: str, module: str) -> list[str]:
    marks = ("TODO", "FIXME", "XXX", "HACK", "NotImplementedError")
    return [
        f"{module}:{k} {line.strip()}" for k, line in enumerate(source.splitlines(), 1) if any(m in line for m in marks)
    ]


@pytest.mark.parametrize("rule", [evaluated, oversized, undescribed, unopened, unfinished])
def test_every_module_keeps(rule: Rule) -> None:
    assert [c for path in MODULES for c in rule(path.read_text(encoding="utf-8"), module_name(path))] == []


@pytest.mark.parametrize("rule", [oversized_script, unfinished])
def test_every_script_keeps(rule: Rule) -> None:
    assert len(SCRIPTS) > 5
    assert [c for path in SCRIPTS for c in rule(path.read_text(encoding="utf-8"), path.name)] == []


def test_imports_point_upward() -> None:
    assert [
        complaint
        for path in MODULES
        for complaint in wrong_way(path.read_text(encoding="utf-8"), module_name(path), path.name == "__init__.py")
    ] == []


def test_formulas_import_nothing_heavy() -> None:
    at_exit = "atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    script = f"import atexit, sys; {at_exit}; from symprop.cli import main; main()"
    command = [sys.executable, "-c", script, "formulas", "classroom"]
    run = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert HEAVY & set(run.stderr.split()) == set()


def test_public_names() -> None:
    assert sorted(symprop.__all__) == sorted(PUBLIC)
    assert [name for name in PUBLIC if not hasattr(symprop, name)] == []


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from symprop.network import Network", "symprop.ir.nodes"),
        ("from symprop import network", "symprop.ir.nodes"),
        ("from symprop import Network", "symprop.ir.nodes"),
        ("import symprop", "symprop.ir.nodes"),
        ("import symprop.cli.main", "symprop.errors"),
        ("from ..cli import main", "symprop.ir.nodes"),
        ("from .. import cli", "symprop.ir.nodes"),
        ("def f():\n    from symprop.cli import main", "symprop.ir.nodes"),
        ("import sympy", "symprop.newroom"),
    ],
)
def test_a_downward_import_is_seen(source: str, module: str) -> None:
    assert len(wrong_way(source, module)) == 1


@pytest.mark.parametrize(
    ("source", "module", "is_package"),
    [
        ("from symprop.errors import UserError", "symprop.ir.nodes", False),
        ("from .tensor import Tensor", "symprop.ir.nodes", False),
        ("from .nodes import Term", "symprop.ir", True),
        ("from .errors import UserError", "symprop", True),
        ("from symprop import Network", "symprop.cli.main", False),
        ("import sympy", "symprop.errors", False),
    ],
)
def test_an_upward_import_is_allowed(source: str, module: str, is_package: bool) -> None:
    assert wrong_way(source, module, is_package) == []


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (evaluated, "eval('1')"),
        (evaluated, "sympy.sympify(text)"),
        (evaluated, "sympy.lambdify(x, y)"),
        (oversized, "\n" * 401),
        (oversized, "def f():\n" + "    pass\n" * 50),
        (oversized_script, "\n" * 401),
        (oversized_script, "function f() {" + "\n" * 50 + "}"),
        (oversized_script, "class A {\n  f(a = g(1)) {" + "\n" * 50 + "}\n}"),
        (oversized_script, "const f = (a) => {" + "\n" * 50 + "};"),
        (oversized_script, "const f = (a) => ({ a: /[{]/ });\nf('{', `{`, { // {\n"),
        (unopened, "from __future__ import annotations"),
        (unopened, "'''Owns nothing.'''\nx = 1"),
        (unfinished, "x = 1  # TO" + "DO"),
    ],
)
def test_a_broken_rule_is_seen(rule: Rule, source: str) -> None:
    assert len(rule(source, "symprop.ir.nodes")) == 1


def test_a_public_name_without_a_docstring_is_seen() -> None:
    described = "class A:\n    '''A.'''\n    def f(self): ...\n    def _g(self): ...\n"
    source = f"{described}def h(): ...\nclass B(A):\n    def f(self): ...\nclass _C:\n    def f(self): ...\n"
    assert [c.split()[0] for c in undescribed(source, "symprop.drawing.a")] == [
        "symprop.drawing.a:5",
        "symprop.drawing.a:6",
        "symprop.drawing.a:3",
    ]
    assert undescribed(source, "symprop.ir.a") == []


@pytest.mark.parametrize(
    "source",
    [
        "class A {" + "\n  f() { return 1; }" * 60 + "\n}",
        "function f() {" + "\n" * 49 + "}",
        "{\n  if (g(1)) {" + "\n" * 60 + "}\n}",
        "const f = /[/}]\\}/.test('}') ? `}${1}` : \"}\"; // }\n/* } */",
    ],
)
def test_a_script_within_the_limits(source: str) -> None:
    assert oversized_script(source, "a.js") == []


def test_what_is_fine_is_not_complained_of() -> None:
    source = (
        "'''Owns nothing.'''\nfrom __future__ import annotations\n\ndef f():\n    import numpy\n    model.compile()\n"
    )
    assert [c for rule in (evaluated, oversized, unopened, unfinished) for c in rule(source, "symprop.cli")] == []


def test_text_becomes_code_in_one_module() -> None:
    source = "exec(compile(text, '', 'exec'))"
    assert evaluated(source, LOADING) == []
    assert len(evaluated(source, "symprop.backends.numpy.backend")) == 2
    assert len(evaluated("eval('1')\n__import__('os')", LOADING)) == 2
