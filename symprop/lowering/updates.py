"""The equations of an update rule, for the parameters of one program; what the rules say is declared in `rules`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from string import digits

import sympy

from symprop.ir.bind import NEXT
from symprop.ir.names import fresh_name
from symprop.ir.nodes import Expression, Node, Term, elementwise, operand, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Access, Role, Tensor
from symprop.rules.optimizers import GRADIENT, LEARNING_RATE, NEXT_PARAMETER, PARAMETER, UPDATE_NUMBER, WEIGHT_DECAY
from symprop.rules.schedules import RATE, TOTAL_UPDATES
from symprop.rules.update_rule import CLIP_NORM, CLIP_VALUE, UpdateRule

UPDATE, COUNT = "update", "count"
"""The rules that the equations come from: the update itself, and the number of the next one."""


def _symbol(name: str) -> Expression:
    return sympy.Symbol(name, real=True)


_G, _W, _SQUARES, _NORM, _SCALE = map(_symbol, (GRADIENT, PARAMETER, "squares", "norm", "scale"))
_MOST, _LONGEST, _DECAY = (_symbol(setting.symbol) for setting in (CLIP_VALUE, CLIP_NORM, WEIGHT_DECAY))
_ETA, _RATE, _TAU = map(_symbol, (LEARNING_RATE, RATE, UPDATE_NUMBER))


class Updates:
    """What one rule adds to a program: `free` tensors and `equations`; `updated`, `starts` and the names as a TrainingStep's.

    `settings` has the values of the settings by their names in the program. No name of the program is taken.
    """

    def __init__(self, program: Program, rule: UpdateRule) -> None:
        self._rule, self._names = rule, frozenset(program.tensors)
        self._taken = set(program.tensors)
        self._numbers: dict[str, Tensor] = {}  # the scalars, by what the rule's equations call them
        self.free: list[Tensor] = []
        self.equations: list[Equation] = []
        self.updated: dict[str, str] = {}
        self.starts: dict[str, float] = {}
        self.settings: dict[str, float] = {}
        self._next = self._prefix(NEXT, NEXT)
        self.learning_rate = self._number(LEARNING_RATE).name

    @property
    def update_number(self) -> str | None:
        """The name of the number of the update, where some equation reads it."""
        return self._numbers[UPDATE_NUMBER].name if UPDATE_NUMBER in self._numbers else None

    @property
    def total_updates(self) -> str | None:
        """The name of the total number of updates, where some equation reads it."""
        return self._numbers[TOTAL_UPDATES].name if TOTAL_UPDATES in self._numbers else None

    def add(self, trained: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Adds the equations for each parameter and its gradient: the rate, the clipped gradients, the new values."""
        for setting, value in self._rule.applied.items():
            self.settings[self._number(setting.symbol).name] = value
        if self._rule.plan.expression != _ETA:
            self._define_number(RATE, self._rule.plan.expression)
        slopes = self._clipped(trained)
        for name, expression in self._rule.rule.lines:
            if {symbol.name for symbol in expression.free_symbols} <= {UPDATE_NUMBER, *self._numbers}:
                self._define_number(name, expression)
        own = [(name, expression) for name, expression in self._rule.rule.lines if name not in self._numbers]
        inner = (name for name, _ in own if not name.startswith(NEXT))
        prefixes = {name: self._prefix(f"{name}_") for name in (*self._rule.rule.states, *inner)}
        for (parameter, _), slope in zip(trained, slopes, strict=True):
            self._update(parameter, slope, own, prefixes)
        if UPDATE_NUMBER in self._numbers:
            now = self._numbers[UPDATE_NUMBER]
            self._define(self._after(now), _TAU + 1, {}, COUNT)
            self.starts[now.name] = 1.0

    def _clipped(self, trained: Sequence[tuple[Tensor, Tensor]]) -> list[Access]:
        """The gradients that the optimizer gets: bounded, scaled to the norm, with the decay of the parameter."""
        by_value, by_norm, decay = (s in self._rule.applied for s in (CLIP_VALUE, CLIP_NORM, WEIGHT_DECAY))
        parameters = [parameter for parameter, _ in trained]
        slopes = [slope(*parameter.indices) for parameter, slope in trained]
        if by_value:
            slopes = self._replaced(parameters, slopes, "clipped_", sympy.Max(-_MOST, sympy.Min(_MOST, _G)))
        expression = _G
        if by_norm:
            self._add_scale(slopes)
            expression = _SCALE * _G
        if decay and WEIGHT_DECAY.name not in {setting.name for setting in self._rule.rule.settings}:
            expression += _DECAY * _W
        return slopes if expression == _G else self._replaced(parameters, slopes, "g_", expression)

    def _add_scale(self, slopes: Sequence[Access]) -> None:
        """What all gradients are multiplied by, so that as one vector they are no longer than the bound."""
        squares = Tensor(fresh_name(_SQUARES.name, self._taken))
        self._append(squares, total(*(Term(Fraction(1), (slope, slope), slope.free) for slope in slopes)))
        self._numbers[_SQUARES.name] = squares
        self._define_number(_NORM.name, sympy.sqrt(_SQUARES))
        self._define_number(_SCALE.name, sympy.Min(1, _LONGEST / _NORM))

    def _replaced(
        self, parameters: Sequence[Tensor], slopes: Sequence[Access], stem: str, expression: Expression
    ) -> list[Access]:
        """What an expression makes of each gradient, under a name of its own."""
        prefix = self._prefix(stem)
        found = []
        for parameter, slope in zip(parameters, slopes, strict=True):
            tensor = Tensor(prefix + parameter.name, parameter.indices, primal=parameter.name)
            found.append(self._define(tensor, expression, {PARAMETER: parameter(), GRADIENT: slope}))
        return found

    def _update(
        self, parameter: Tensor, slope: Access, lines: Sequence[tuple[str, Expression]], prefixes: Mapping[str, str]
    ) -> None:
        """The next values of one parameter and of its states, and what they are made of."""
        known, targets = {PARAMETER: parameter()}, {NEXT_PARAMETER: self._after(parameter)}
        for state, start in self._rule.rule.states.items():
            name = prefixes[state] + parameter.name
            now = Tensor(name, parameter.indices, Role.STATE, primal=parameter.name, start=start)
            known[state], targets[f"{NEXT}{state}"] = now(), self._after(now)
            self.free.append(now)
            self.starts[name] = start
        known[GRADIENT] = slope
        for name, expression in lines:
            if name not in targets:
                part = Tensor(prefixes[name] + parameter.name, parameter.indices, primal=parameter.name)
                targets[name] = part
            known[name] = self._define(targets[name], expression, known)

    def _after(self, tensor: Tensor) -> Tensor:
        """The next value of a parameter or state, which is then among what is updated."""
        after = Tensor(self._next + tensor.name, tensor.indices, Role.STATE, primal=tensor.name)
        self.updated[tensor.name] = after.name
        return after

    def _define_number(self, name: str, expression: Expression) -> None:
        tensor = Tensor(fresh_name(name, self._taken))
        self._define(tensor, expression, {})
        self._numbers[name] = tensor

    def _define(
        self, target: Tensor, expression: Expression, tensors: Mapping[str, Access], rule: str = UPDATE
    ) -> Access:
        """Appends an equation over numbers and tensors; numbers are its first operands, so that they print first."""
        if RATE in self._numbers:
            expression = expression.xreplace({_ETA: _RATE})
        symbols = {symbol.name for symbol in expression.free_symbols}
        for name in sorted(symbols - tensors.keys()):
            self._number(name)
        accesses = {name: number() for name, number in self._numbers.items()} | dict(tensors)
        read = {name: access for name, access in accesses.items() if name in symbols}
        self._append(target, elementwise(_positional(expression, tuple(read)), *read.values()), rule)
        return target()

    def _append(self, target: Tensor, value: Node, rule: str = UPDATE) -> None:
        self.equations.append(Equation(target(), value, Origin(rule)))

    def _number(self, symbol: str) -> Tensor:
        """The scalar that the rule's equations call so; free, the first time."""
        if symbol not in self._numbers:
            role, start = (Role.STATE, 1.0) if symbol == UPDATE_NUMBER else (Role.HYPERPARAMETER, None)
            self._numbers[symbol] = Tensor(fresh_name(symbol, self._taken), (), role, start=start)
            self.free.append(self._numbers[symbol])
        return self._numbers[symbol]

    def _prefix(self, prefix: str, more: str = "_") -> str:
        """What stands before the names of parameters, longer where a name of the program, or of an element, may start so."""
        stems = {name.rstrip(digits) for name in self._names}
        while any(name.startswith(prefix) for name in self._names) or prefix.rstrip("_") in stems:
            prefix, stems = f"{prefix}{more}", set()
        return prefix


@lru_cache(maxsize=256)
def _positional(expression: Expression, names: tuple[str, ...]) -> Expression:
    """The expression over operands, by the position of each name."""
    return expression.xreplace({_symbol(name): operand(k) for k, name in enumerate(names)})
