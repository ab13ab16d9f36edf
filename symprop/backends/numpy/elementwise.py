"""Writes scalar expressions over arrays as ufunc calls with a place for each result; the instructions are `instructions`'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symprop.backends.numpy.instructions import Bounds, Instruction, Reference, instructions
from symprop.backends.numpy.memory import Memory, literal
from symprop.ir.nodes import Elementwise, operand

Expression = Any

_MANY = 512  # numbers from which another call costs less than a branch for each


@dataclass(frozen=True)
class Operand:
    """An array that is read, with an axis for each loop. `dies` says that nothing reads it afterwards."""

    name: str
    dies: bool = False


def write_elementwise(
    memory: Memory, node: Elementwise, operands: Sequence[Operand], target: str, bounds: Bounds
) -> list[str]:
    """The calls that put a node's value into the array `target`, which may be one of the operands.

    Only the last call writes there; all before it write into memory of their own, or into operands that die.
    """
    symbols = {operand(k): k for k in range(len(operands))}
    lines = instructions(_expression(node), symbols, bounds)
    return _Writing(memory, lines, operands, target).run()


def _expression(node: Elementwise) -> Expression:
    """The product of the factors, with the numbers that their terms share as one."""
    number: Expression = 1
    rest: list[Expression] = []
    for factor in node.factors:
        content, inner = factor.primitive() if factor.is_Add else (1, factor)
        number *= content
        rest.append(inner)
    for factor in rest:
        number = number * factor
    return number


class _Writing:
    def __init__(self, memory: Memory, lines: list[Instruction], operands: Sequence[Operand], target: str) -> None:
        self.memory, self.lines, self.operands, self.target = memory, lines, operands, target
        self.names: dict[Reference, str] = {Reference(k, True): o.name for k, o in enumerate(operands)}
        self.last: dict[Reference, int] = {}
        for number, line in enumerate(lines):
            for argument in line.arguments:
                if isinstance(argument, Reference):
                    self.last[argument] = number
        self.calls: list[str] = []

    def run(self) -> list[str]:
        for number, line in enumerate(self.lines):
            is_last = number == len(self.lines) - 1
            out = self.target if is_last else self._place(number, line)
            self._call(line, out)
            self.names[Reference(number)] = out
            for reference, last in self.last.items():
                if last == number and not reference.is_operand and self.names.get(reference) != out:
                    self.memory.give_back(self.names[reference])
        return self.calls

    def _place(self, number: int, line: Instruction) -> str:
        """Where a result goes: over an argument that is not read again, or into memory of its own."""
        shape = self._shape(line)
        over = () if line.is_condition else line.arguments[2:] if line.function == "where" else line.arguments
        for argument in over:
            if isinstance(argument, Reference) and self._is_spent(argument, number, shape):
                return self.names[argument]
        return self.memory.array("part", shape, "bool" if line.is_condition else "")

    def _is_spent(self, argument: Reference, number: int, shape: tuple[int, ...]) -> bool:
        if self.last[argument] != number:
            return False
        array = self.memory[self.names[argument]]
        fits = array.shape == shape and array.dtype == self.memory.dtype
        return fits and (self.operands[argument.number].dies if argument.is_operand else True)

    def _shape(self, line: Instruction) -> tuple[int, ...]:
        shapes = [self.memory[self.names[a]].shape for a in line.arguments if isinstance(a, Reference)]
        return np.broadcast_shapes(*shapes)

    def _call(self, line: Instruction, out: str) -> None:
        arguments = [self.names[a] if isinstance(a, Reference) else literal(a) for a in line.arguments]
        if line.function != "where":
            place = f"out={out}" if line.function in ("maximum", "minimum") else out  # NumPy wants it so of these two
            self.calls.append(f"{line.function}({', '.join(arguments)}, {place})")
            return
        condition, chosen, rest = arguments
        if self.memory[out].size >= _MANY:
            self._select(line, out)
        elif out == chosen:  # what is chosen stands there already
            self.calls.append(f"copyto({out}, {rest}, where=logical_not({condition}))")
        else:
            self.calls += [] if out == rest else [f"copyto({out}, {rest})"]
            self.calls.append(f"copyto({out}, {chosen}, where={condition})")

    def _select(self, line: Instruction, out: str) -> None:
        """Chooses by arithmetic on bits, ``rest ^ ((chosen ^ rest) & mask)``: copying by a mask takes ten times as long."""
        memory, kind = self.memory, f"int{8 * self.memory[out].itemsize}"
        condition, chosen, rest = line.arguments
        assert isinstance(condition, Reference)
        mask = memory.array("mask", memory[self.names[condition]].shape, kind)
        self.calls.append(f"negative({memory.bits(self.names[condition], 'int8')}, {mask}, casting='unsafe')")
        if chosen == 0.0 or (isinstance(rest, Reference) and self.names[rest] == out):
            self.calls.append(f"invert({mask}, {mask})")
            chosen, rest = rest, chosen
        target, first = memory.bits(out, kind), self._bits(chosen, kind)
        if rest == 0.0:
            self.calls.append(f"bitwise_and({first}, {mask}, {target})")
        else:
            other = self._bits(rest, kind)
            self.calls.append(f"bitwise_xor({first}, {other}, {target})")
            self.calls.append(f"bitwise_and({target}, {mask}, {target})")
            self.calls.append(f"bitwise_xor({target}, {other}, {target})")
        memory.give_back(mask)

    def _bits(self, value: Reference | float, kind: str) -> str:
        """An array as integers; for a number one of its own."""
        name = self.names[value] if isinstance(value, Reference) else self.memory.new("number", (), fill=value)
        return self.memory.bits(name, kind)
