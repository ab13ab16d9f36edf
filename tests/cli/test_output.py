"""What a terminal gets and what a program gets."""

from __future__ import annotations

import json
import sys

import pytest

from symprop.cli import output


def test_json_has_no_infinities(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_json({"a": [float("inf"), 1.5, float("nan")], "b": {"c": -float("inf")}, "d": True, "e": None})
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found == {"a": [None, 1.5, None], "b": {"c": None}, "d": True, "e": None}


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.complain("two\n lines")
    assert capsys.readouterr() == ("", "error: two lines\n")


@pytest.mark.parametrize(
    ("terminal", "environment", "expected"),
    [
        (True, {}, "\033[1mTitle\033[0m"),
        (True, {"NO_COLOR": "1"}, "Title"),
        (True, {"TERM": "dumb"}, "Title"),
        (False, {}, "Title"),
    ],
)
def test_headings(monkeypatch: pytest.MonkeyPatch, terminal: bool, environment: dict[str, str], expected: str) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert output.heading("Title") == expected


def test_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert output.columns() == output.PIPE_WIDTH
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert output.columns() == 57


def test_texts_are_broken_between_words_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "  one two three\n\nfour averyverylongword five\nsix"
    monkeypatch.setenv("COLUMNS", "12")
    output.show(text)
    output.say(text)
    assert capsys.readouterr() == (f"{text}\n", f"{text}\n")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    output.show(text)
    output.show(text, as_it_is=True)
    output.say(text)
    fitting = "  one two\n  three\n\nfour\naveryverylongword\nfive\nsix\n"
    assert capsys.readouterr() == (f"{fitting}{text}\n", fitting)
