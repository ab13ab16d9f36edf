"""Names: what is let through, and that each refusal says what to write instead."""

from __future__ import annotations

import builtins
import keyword
import re
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.errors import UserError
from symprop.ir.names import RESERVED, RULE, index_letters, spell, validate_name
from symprop.ir.parse import MATHEMATICS

SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@pytest.mark.parametrize(
    "name", ["x", "w1", "a_h1", "E_total", "E", "I", "N", "S", "Q", "O", "beta", "gamma", "zeta", "a" * 64]
)
def test_good_names_come_back(name: str) -> None:
    assert validate_name(name) == name


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", f"'' cannot be a name: it is empty. {RULE}"),
        ("_x", f"'_x' cannot be a name: it starts with an underscore. {RULE}"),
        ("__import__", f"'__import__' cannot be a name: it starts with an underscore. {RULE}"),
        ("1w", f"'1w' cannot be a name: it has a character that names cannot have. {RULE}"),
        ("a-b", f"'a-b' cannot be a name: it has a character that names cannot have. {RULE}"),
        ("a\n", f"'a\\n' cannot be a name: it has a character that names cannot have. {RULE}"),
        ("lambda", "'lambda' cannot be a name: it is a Python keyword. Write lambda_ or lambda1."),
        ("exp", "'exp' cannot be a name: it is a mathematical function. Write exp_ or exp1."),
        ("pi", "'pi' cannot be a name: it is a mathematical constant. Write pi_ or pi1."),
        ("range", "'range' cannot be a name: it is a name that generated code uses. Write range_ or range1."),
        ("η", "'η' cannot be a name: names are ASCII. Write eta."),
        ("w_Σ", "'w_Σ' cannot be a name: names are ASCII. Write w_Sigma."),
        ("µ", "'µ' cannot be a name: names are ASCII. Write mu."),
        ("λ", "'λ' cannot be a name: names are ASCII. Write lam."),
        ("ς", "'ς' cannot be a name: names are ASCII. Write sigma."),
        ("w₁", "'w₁' cannot be a name: names are ASCII. Write w1."),
        ("größe", f"'größe' cannot be a name: names are ASCII. {RULE}"),
        ("é", "'é' cannot be a name: names are ASCII. Write e."),
        ("重", f"'重' cannot be a name: names are ASCII. {RULE}"),
    ],
)
def test_a_refusal_says_why_and_what_to_write(name: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        validate_name(name)
    assert str(refused.value) == message


def test_a_long_name_is_refused_in_a_short_message() -> None:
    with pytest.raises(UserError, match="it has 5000 characters") as refused:
        validate_name("a" * 5000, "net.toml:3")
    assert str(refused.value).startswith("net.toml:3: ")
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("value", [3, None, ["a"], True])
def test_what_is_not_text_is_refused(value: Any) -> None:
    with pytest.raises(UserError, match="a name must be text"):
        validate_name(value)


def test_every_keyword_and_every_function_of_expressions_is_reserved() -> None:
    for name in [*keyword.kwlist, *MATHEMATICS]:
        with pytest.raises(UserError):
            validate_name(name)


def test_a_reserved_name_stands_in_one_kind_only() -> None:
    names = [name for kind in RESERVED.values() for name in kind]
    assert len(names) == len(set(names))


@given(st.text() | st.sampled_from(dir(builtins)))
def test_whatever_passes_is_a_safe_identifier(text: str) -> None:
    try:
        name = validate_name(text)
    except UserError:
        return
    assert SHAPE.fullmatch(name)
    assert not keyword.iskeyword(name)


@given(st.characters(min_codepoint=0x370, max_codepoint=0x3FF, categories=["Ll", "Lu"]))
def test_greek_letters_spell_as_names(letter: str) -> None:
    spelled = spell(letter)
    assert spelled is None or spelled in ("lam", "Lam") or SHAPE.fullmatch(spelled)


def test_there_are_as_many_index_letters_as_anybody_needs() -> None:
    letters = list(islice(index_letters(), 30))
    assert letters[:3] == ["j", "k", "l"]
    assert len(set(letters)) == 30
    assert all(validate_name(letter) == letter for letter in letters)
