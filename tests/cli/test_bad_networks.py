"""Network files that are wrong or hostile: one message with file and line, nothing run, no file left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
CODE = '__import__(\\"os\\").system(\\"touch ran\\")'
NET = """\
name = "net"
inputs = 2
loss = "half_squared_error"
[[layers]]
units = 2
activation = "sigmoid"
[values]
x = [1, 2]
"""
EQUATIONS = 'equations = ["h = w*x", "E = (t - h)**2/2"]\nloss = "E"\nparameters = ["w"]\n'


def changed(old: str, new: str, text: str = NET) -> str:
    assert old in text
    return text.replace(old, new)


WRONG = {
    "unknown key": (changed("inputs", "imputs"), "net.toml:2: unknown key 'imputs'. Did you mean 'inputs'?"),
    "unknown key of a layer": (changed("units", "unit"), "net.toml:5: unknown key 'unit'"),
    "unknown activation": (
        changed("sigmoid", "sigmod"),
        "net.toml:6: unknown activation 'sigmod'. Did you mean 'sigmoid'?",
    ),
    "unknown loss": (
        changed("half_squared", "half_square"),
        "net.toml:3: unknown loss 'half_square_error'. Did you mean",
    ),
    "wrong type": (changed("units = 2", 'units = "2"'), "net.toml:5: wrong value for 'units'"),
    "a boolean for a number": (changed("units = 2", "units = true"), "net.toml:5: wrong value for 'units'"),
    "zero": (
        changed("units = 2", "units = 0"),
        "net.toml:5: wrong value for 'units' (expected a whole number from 1, got 0)",
    ),
    "negative": (changed("inputs = 2", "inputs = -2"), "net.toml:2: wrong value for 'inputs'"),
    "a part of an input": (
        changed("inputs = 2", "inputs = [3, 4.5]"),
        "net.toml:2: wrong value for 'inputs' (expected a whole number from 1, or a list of them, got 4.5 in a list)",
    ),
    "absurd": (
        changed("units = 2", "units = 10000000000"),
        "net.toml:5: 'units' is too large (expected at most 1,000,000",
    ),
    "too large together": (
        changed("inputs = 2", "inputs = 900000").replace("units = 2", "units = 900000"),
        "the network is too large (expected at most 100,000,000 weights, got 810,000,000,000 (about 6480.0 GB",
    ),
    "too few values": (changed("[1, 2]", "[1]"), "net.toml:8: "),
    "too many values": (changed("[1, 2]", "[1, 2, 3]"), "net.toml:8: "),
    "value that is no number": (changed("[1, 2]", '[1, "a"]'), "net.toml:8: "),
    "value that is infinite": (changed("[1, 2]", "[1, inf]"), "net.toml:8: "),
    "value that is not a number": (changed("[1, 2]", "[nan, 1]"), "net.toml:8: "),
    "value of nothing": (changed("x =", "w99 ="), "net.toml:8: "),
    "no toml": (changed("inputs = 2", "inputs = = 2"), "net.toml:2: this is not valid TOML"),
    "no layers": ('inputs = 2\nloss = "hinge"\n', "net.toml: a network needs at least one layer"),
    "data of another shape": (
        NET + "[training]\nx = [[1, 2, 3]]\nt = [[1, 2]]\n",
        "net.toml:10: row 1 of 'x': wrong row (expected a list of 2 numbers, got a list of 3)",
    ),
    "learning rate": (NET + "[training]\nlearning_rate = -1\n", "net.toml:10: wrong value for 'learning_rate'"),
    "code as the name": (changed('"net"', f'"{CODE}"'), "net.toml:1: wrong value for 'name'"),
    "code as an activation": (changed('"sigmoid"', f'"{CODE}"'), "net.toml:6: unknown activation"),
    "code as an expression": (
        changed('"sigmoid"', f'{{ name = "mine", expression = "{CODE}" }}'),
        "net.toml:6: ",
    ),
    "code as the name of an activation": (
        changed('"sigmoid"', f'{{ name = "{CODE}", expression = "x" }}'),
        "net.toml:6: ",
    ),
    "code as a loss": (changed('"half_squared_error"', f'{{ name = "mine", expression = "{CODE}" }}'), "net.toml:3: "),
    "code as a value": (changed("[1, 2]", f'"{CODE}"'), "net.toml:8: "),
    "code as a key of values": (changed("x =", f'"{CODE}" ='), "net.toml:8: "),
    "code as weights": (NET.replace("[values]\nx = [1, 2]\n", f'weights = "{CODE}"\n'), "net.toml:7: "),
    "code as an equation": (changed("w*x", CODE, EQUATIONS), "net.toml:1: "),
    "code as the name of a quantity": (changed("h = w*x", f"{CODE} = w*x", EQUATIONS), "net.toml:1: "),
    "attribute": (changed("w*x", "w.real", EQUATIONS), "net.toml:1: "),
    "a name that code would use": (changed("h", "lambda", EQUATIONS), "net.toml:1: "),
    "a huge power": (changed("w*x", "9**9**9**9*x*w", EQUATIONS), "net.toml:1: "),
    "deep nesting": (changed("w*x", "(" * 500 + "w" + ")" * 500, EQUATIONS), "net.toml:1: "),
    "used before it is defined": (
        'equations = ["E = h**2", "h = w"]\nloss = "E"\nparameters = ["w"]\n',
        "net.toml:1: ",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    "command", [("formulas",), ("export", "-o", "x.md"), ("train", "--save", "w.toml", "--plot", "p.png")]
)
def test_a_wrong_file_is_refused(refused: Run, tmp_path: Path, wrong: str, command: tuple[str, ...]) -> None:
    text, message = WRONG[wrong]
    (tmp_path / "net.toml").write_text(text)
    found = refused(command[0], "net.toml", *command[1:])
    assert found.startswith(f"error: {message}") or message in found, found
    assert not (tmp_path / "ran").exists()


def test_code_as_a_title_is_only_text(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(changed('"net"', f'"a {CODE} $x$ | \\\\input{{/etc/passwd}} <b>"'))
    for file in ("x.md", "x.tex"):
        assert run("export", "net.toml", "-o", file).code == 0
    assert run("formulas", "net.toml", "--json").json["network"].startswith("a __import__")
    assert "\\input{" not in (tmp_path / "x.tex").read_text()
    assert "<b>" not in (tmp_path / "x.md").read_text()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\x00", b"a = [" + b"[" * 100_000, b"a = 1" + b"0" * 100_000])
def test_a_file_that_is_no_network(refused: Run, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.toml").write_bytes(content)
    assert "net.toml" in refused("formulas", "net.toml")


def test_a_file_that_is_too_large(refused: Run, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_bytes(b"#" * 10_000_001)
    assert "net.toml: the file is too large (expected at most 10 MB)" in refused("formulas", "net.toml")
