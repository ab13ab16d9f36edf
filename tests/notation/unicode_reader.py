"""Reads the Unicode text of a scalar formula as a person would, and works it out; nothing of the printer is used here."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

_TOKEN = re.compile(r"\s*([0-9.]+(?:e[+-]?[0-9]+)?|[A-Za-zΑ-Ωα-ω][A-Za-zΑ-Ωα-ω0-9_]*|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|.)", re.DOTALL)
_DIGITS = tuple("⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
    "=": operator.eq,
    "≠": operator.ne,
}


def _number(text: str) -> Any:
    return Fraction(float(text) if "." in text or "e" in text else text)


@dataclass
class Reader:
    """`names` gives what quantities are, `functions` what functions are; whatever is in neither is an error."""

    names: Mapping[str, Any]
    functions: Mapping[str, Callable[..., Any]]
    number: Callable[[str], Any] = _number
    power: Callable[[Any, Any], Any] = operator.pow
    tokens: list[str] = field(default_factory=list)

    def value(self, text: str) -> Any:
        """What the text amounts to."""
        self.tokens = [*_TOKEN.findall(text), ""]
        found = self._open()
        assert self.tokens == [""], (text, self.tokens)
        return found

    def _next(self, *wanted: str) -> bool:
        if self.tokens[0] in wanted:
            self.tokens.pop(0)
            return True
        return False

    def _expect(self, wanted: str) -> None:
        assert self._next(wanted), (wanted, self.tokens)

    def _open(self) -> Any:
        """A sum, or a comparison where nothing else can be meant, which counts as 1 or 0."""
        left = self._sum()
        if self.tokens[0] not in _RELATIONS:
            return left
        return self.number(str(int(_RELATIONS[self.tokens.pop(0)](left, self._sum()))))

    def _condition(self) -> bool:
        """``a or b and c``; each of them compares two sums."""
        found = self._all()
        while self._next("or"):
            found = self._all() or found
        return found

    def _all(self) -> bool:
        found = self._comparison()
        while self._next("and"):
            found = self._comparison() and found
        return found

    def _comparison(self) -> bool:
        """A parenthesis holds conditions if a word stands in it at its own depth, else a number."""
        if self._holds_conditions():
            self._expect("(")
            found = self._condition()
            self._expect(")")
            return found
        left = self._sum()
        relation = self.tokens.pop(0)
        return _RELATIONS[relation](left, self._sum())

    def _holds_conditions(self) -> bool:
        depth = 0
        for position, token in enumerate(self.tokens):
            depth += (token in ("(", "[", "{")) - (token in (")", "]", "}"))
            if depth == 0 and (position == 0 or token == ")"):
                return False
            if depth == 1 and token in ("and", "or"):
                return True
        return False

    def _sum(self) -> Any:
        total = self._term()
        while self.tokens[0] in ("+", "−"):
            sign = self.tokens.pop(0)
            total = total + self._term() if sign == "+" else total - self._term()
        return total

    def _term(self) -> Any:
        if self._next("−"):
            return -self._term()
        product, touching = self._factor()
        while True:
            if self._next("·", "⊙"):
                product = product * self._factor()[0]
            elif self._next("/"):
                product = product / self._factor()[0]
            elif touching and self.tokens[0] == "(":
                product = product * self._factor()[0]
            else:
                return product

    def _factor(self) -> tuple[Any, bool]:
        """A factor, and whether a parenthesis may follow it without a sign."""
        base, touching = self._atom()
        if self.tokens[0][:1] in _DIGITS:
            return self.power(base, self.number(self.tokens.pop(0).translate(_RAISED))), False
        if self._next("^"):
            return self.power(base, self._atom()[0]), False
        return base, touching

    def _atom(self) -> tuple[Any, bool]:
        token = self.tokens.pop(0)
        if token == "(":
            found = self._open()
            self._expect(")")
            return found, True
        if token == "[":
            found = self.number(str(int(self._comparison())))
            self._expect("]")
            return found, False
        if token == "|":
            found = self._open()
            self._expect("|")
            return abs(found), False
        if token == "{":
            return self._choice(), False
        if token == "√":
            return self.power(self._atom()[0], self.number("1/2")), False
        if token[0].isdigit():
            return self.number(token), True
        return self._named(token)

    def _named(self, token: str) -> tuple[Any, bool]:
        assert token.isidentifier(), (token, self.tokens)
        if self.tokens[0] == "(" and not token[-1].isdigit():
            self.tokens.pop(0)
            arguments = [self._open()]
            while self._next(","):
                arguments.append(self._open())
            self._expect(")")
            return self.functions[token](*arguments), False
        return self.names[token], True

    def _choice(self) -> Any:
        """``{x if x > 0; 0 otherwise}``; the first that holds counts."""
        found: list[Any] = []
        while True:
            value = self._open()
            if self._next("if"):
                found += [value] if self._condition() else []
            else:
                self._next("otherwise")
                found.append(value)
            if self._next("}"):
                return found[0]
            self._expect(";")
