"""Random equations of own layers, and what they mean: worked out number by number from the text, by nothing of symprop."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any

import numpy as np

Array = Any
Place = dict[str, int]

LETTERS = ("i", "j", "k", "l")
STRIDE = "s"  # a whole number by name
FUNCTIONS = {"tanh": math.tanh, "sin": math.sin, "abs": abs, "sigmoid": lambda z: 1 / (1 + math.exp(-z))}
FOLDS = ("Sum", "Mean", "Max", "LogSumExp")
INPUTS = {"x1": (4, 3), "x2": (5,), "x3": (3, 2)}  # the last are integers, below `BELOW`
BELOW = 3
EXAMPLES = 2  # for the axis that ... stands for


@dataclass
class Text:
    """Equations, and what they need; with `leading`, ``x1`` has an axis more, which all the layer's tensors hand on."""

    random: Random
    leading: bool
    sizes: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, tuple[int, ...]] = field(default_factory=dict)
    defined: dict[str, tuple[int, ...]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        return {**INPUTS, "x1": (EXAMPLES, *INPUTS["x1"])} if self.leading else INPUTS

    @property
    def used(self) -> set[str]:
        return {
            n.id for text in self.lines for n in ast.walk(ast.parse(text.replace("=", "+"))) if isinstance(n, ast.Name)
        }

    def define(self, name: str, *ahead: str) -> None:
        """Appends an equation that reads what is `ahead`, too."""
        bound = self.random.sample(LETTERS, self.random.randint(1, 2))
        body = " + ".join((self._sum(bound, 2), *(f"{self._factor(bound, 1)}*{self._read(n, bound)}" for n in ahead)))
        places = [self._reaching(bound, letter) for letter in bound]
        self.lines.append(f"{name}[{self._ahead(name)}{', '.join(places)}] = {body}")
        everywhere = [self._values(place, bound) for place in places]
        self.defined[name] = tuple(max(values) + 1 for values in everywhere)

    def _reaching(self, bound: Sequence[str], letter: str) -> str:
        """A place on the left that reaches some element."""
        written = f"{self.random.choice([2, 3])}*{letter} + {self.random.randint(-1, 2)}"
        other = f"{letter} + {self.random.choice(bound)}"
        return self.random.choice([letter, letter, letter, written, other, f"{self.sizes[letter] - 1} - {letter}"])

    def _values(self, place: str, bound: Sequence[str]) -> list[int]:
        return [evaluate_place(place, dict(zip(bound, at, strict=True)), self.numbers) for at in self._runs(bound)]

    def _runs(self, letters: Sequence[str]) -> Iterator[tuple[int, ...]]:
        return product(*(range(self.sizes[letter]) for letter in letters))

    def _sum(self, bound: Sequence[str], depth: int) -> str:
        return self.random.choice([" + ", " - "]).join(
            self._product(bound, depth) for _ in range(self.random.randint(1, 2))
        )

    def _product(self, bound: Sequence[str], depth: int) -> str:
        return "*".join(self._factor(bound, depth) for _ in range(self.random.randint(1, 3)))

    def _factor(self, bound: Sequence[str], depth: int) -> str:
        kinds = ("parameter", "read", "number", "fold", "function") if depth else ("parameter", "read", "number")
        match self.random.choice(kinds):
            case "parameter":
                return self._parameter(bound)
            case "number":
                return self._number()
            case "fold":
                return self._fold(bound, depth - 1)
            case "function":
                function = self.random.choice([*FUNCTIONS, ""])
                inner = f"({self._sum(bound, depth - 1)})"
                return f"{function}{inner}" if function else f"{inner}**2"
        return self._read(self.random.choice(["x1", "x2", *self.defined]), bound)

    def _number(self) -> str:
        name = self.random.choice(["c", "d", "2", "(1/3)"])
        if name.isalpha():
            # No product of theirs is 1: `c*x*2` would be read as `x` alone, which a maximum reads otherwise out of range.
            self.numbers[name] = {"c": 0.75, "d": -2.0}[name]
        return name

    def _parameter(self, bound: Sequence[str]) -> str:
        letters = self.random.sample(list(bound), self.random.randint(0, min(2, len(bound))))
        name = f"V{''.join(letters)}"
        self.parameters[name] = tuple(self.sizes[letter] for letter in letters)
        return f"{name}[{', '.join(letters)}]" if letters else name

    def _fold(self, bound: Sequence[str], depth: int) -> str:
        free = [letter for letter in LETTERS if letter not in bound]
        if not free:
            return self._number()
        over = self.random.sample(free, self.random.randint(1, min(2, len(free))))
        inner = [*bound, *over]
        body = self._sum(inner, depth) if self.random.random() < 0.7 else self._read("x1", inner)
        return f"{self.random.choice(FOLDS)}({body}, {', '.join(over)})"

    def _read(self, name: str, bound: Sequence[str]) -> str:
        shape = {**INPUTS, **self.defined}[name]
        return f"{name}[{self._ahead(name)}{', '.join(self._place(bound, extent) for extent in shape)}]"

    def _ahead(self, name: str) -> str:
        return "..., " if self.leading and name not in ("x2", "g") else ""

    def _place(self, bound: Sequence[str], extent: int) -> str:
        letter, other = self.random.choice(bound), self.random.choice(bound)
        choices = [str(self.random.randrange(extent)), f"{letter} - {self.random.randint(1, 2)}", f"{letter} + {other}"]
        choices += [f"{extent - 1} - {letter}", f"-2*{letter} + {extent}", f"{STRIDE}*{letter} + 1"]
        choices += [letter] * 4 if self.sizes[letter] <= extent else []
        fitting = [n for n in bound if self.sizes[n] <= INPUTS["x3"][0]]
        if fitting and extent >= BELOW:
            choices += [f"x3[{self.random.choice(fitting)}, {self.random.randrange(2)}]"] * 2
        chosen = self.random.choice(choices)
        if STRIDE in chosen:
            self.numbers[STRIDE] = 2
        return chosen


def text(seed: int) -> Text:
    """An own layer's equations, of which the last one is the output, with all three inputs read."""
    random = Random(seed)
    found = Text(random, random.random() < 0.3)
    found.sizes = {letter: random.randint(2, 3) for letter in LETTERS}
    if random.random() < 0.5:
        found.define("q")
    ahead = [*found.defined, "x1", "x2"]
    found.sizes["m"] = 3
    found.lines.append("g[m] = x2[x3[m, 1]]")
    found.defined["g"] = (3,)
    found.define("y", *ahead)
    found.lines[-1] += " + g[0]"
    found.sizes = {name: size for name, size in found.sizes.items() if name in found.used}
    found.numbers = {name: number for name, number in found.numbers.items() if name in found.used}
    return found


def evaluate_place(place: str | ast.expr, at: Mapping[str, int], numbers: Mapping[str, float]) -> int:
    """The number that a place without integers takes."""
    tree = ast.parse(place, mode="eval").body if isinstance(place, str) else place
    match tree:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return int(at[name] if name in at else numbers[name])
        case ast.UnaryOp(operand=operand):
            return -evaluate_place(operand, at, numbers)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = evaluate_place(left, at, numbers), evaluate_place(right, at, numbers)
            return a * b if isinstance(op, ast.Mult) else a - b if isinstance(op, ast.Sub) else a + b
    raise AssertionError(ast.dump(tree))


class Referee:
    """Works equations out one number at a time; out of range a tensor is 0, and left out of a fold that takes the largest."""

    def __init__(self, made: Text, values: Mapping[str, Array]) -> None:
        self.numbers, self.known = made.numbers, dict(values)
        self.sizes = {**made.sizes, "n": EXAMPLES}
        for line in made.lines:
            self._define(*line.replace("...", "n").split(" = "))

    def _define(self, left: str, right: str) -> None:
        target, body = (ast.parse(side, mode="eval").body for side in (left, right))
        assert isinstance(target, ast.Subscript)
        assert isinstance(target.value, ast.Name)
        places = _listed(target.slice)
        letters = sorted({n.id for p in places for n in ast.walk(p) if isinstance(n, ast.Name)} & self.sizes.keys())
        found: dict[tuple[int, ...], float] = {}
        for at in self._runs(letters):
            where = tuple(evaluate_place(place, at, self.numbers) for place in places)
            found[where] = found.get(where, 0.0) + self._value(body, at)
        array = np.zeros([max(where[axis] for where in found) + 1 for axis in range(len(places))])
        for where, value in found.items():
            if min(where) >= 0:
                array[where] = value
        self.known[target.value.id] = array

    def _runs(self, letters: Sequence[str]) -> Iterator[Place]:
        return (dict(zip(letters, at, strict=True)) for at in product(*(range(self.sizes[n]) for n in letters)))

    def _value(self, tree: ast.expr, at: Place) -> float:
        match tree:
            case ast.Constant(value=int(value)):
                return value
            case ast.Name(id=name):
                return float(self.numbers[name]) if name in self.numbers else float(self.known[name])
            case ast.Subscript():
                value = self._entry(tree, at)
                return 0.0 if value is None else value
            case ast.Call(func=ast.Name(id=name), args=[body, *over]):
                return self._fold(name, body, over, at) if over else FUNCTIONS[name](self._value(body, at))
            case ast.UnaryOp(operand=operand):
                return -self._value(operand, at)
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATIONS[type(op)](self._value(left, at), self._value(right, at))
        raise AssertionError(ast.dump(tree))

    def _entry(self, tree: ast.Subscript, at: Place) -> float | None:
        assert isinstance(tree.value, ast.Name)
        array, where = self.known[tree.value.id], []
        for place in _listed(tree.slice):
            picked = (
                self._entry(place, at) if isinstance(place, ast.Subscript) else evaluate_place(place, at, self.numbers)
            )
            assert picked is not None
            where.append(int(picked))
        inside = all(0 <= p < extent for p, extent in zip(where, array.shape, strict=True))
        return float(array[tuple(where)]) if inside else None

    def _fold(self, name: str, body: ast.expr, over: Sequence[ast.expr], at: Place) -> float:
        runs = ({**at, **run} for run in self._runs([n.id for n in over if isinstance(n, ast.Name)]))
        if name in ("Sum", "Mean"):
            values = [self._value(body, run) for run in runs]
            return sum(values) / (len(values) if name == "Mean" else 1)
        read = [self._entry(body, run) if isinstance(body, ast.Subscript) else self._value(body, run) for run in runs]
        inside = [value for value in read if value is not None]
        return max(inside) if name == "Max" else math.log(sum(math.exp(value) for value in inside))


_OPERATIONS: Mapping[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}


def _listed(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]
