"""The Python module that numba compiles: a function for each piece of the program, and one that Python calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import prod

from symprop.backends.numba.code import INNER, NumbaWriter
from symprop.ir.tensor import Role, Tensor
from symprop.lowering.fusion import places_in
from symprop.lowering.loop_plan import LoopPlan
from symprop.lowering.nest import Assign, Block, How, Place, leaves
from symprop.lowering.routine import Routine

_HEAD = '''"""Made by symprop; each block carries the names of its equations. Names say where quantities start in `memory`."""
import math

import numpy as np
from numba import njit
{imports}
real = np.{dtype}
'''
# What helper functions are made of.
_IMPORTS = {
    "product": "from symprop.backends.numba.blas import gemm",
    "exponential": "from symprop.backends.numba.exponential import power_of_two",
}
OUTER = '@njit("{types}", cache=True, nogil=True, error_model="numpy")'


def is_array(tensor: Tensor) -> bool:
    """Whether code is given an array; integers always come so."""
    return bool(tensor.indices) or tensor.role is Role.INDEX


def tables(routine: Routine) -> tuple[str, ...]:
    """The constants with axes, which code is given as arguments, after all others."""
    return tuple(name for name, array in routine.constants.items() if array.ndim)


def offsets(extents: Mapping[str, tuple[int, ...]]) -> tuple[dict[str, int], int]:
    """Where each quantity starts in memory, and the size of all."""
    found, size = dict[str, int](), 0
    for name, each in extents.items():
        found[name] = size
        size += prod(each)
    return found, size


def call_memory(routine: Routine) -> tuple[dict[str, int], int]:
    """What stands in the memory of one run: what is worked out on the way, and every number."""
    return offsets({**routine.arrays, **dict.fromkeys([*_scalars(routine.arguments), *_shared(routine)], ())})


def loop_memory(routine: Routine, plan: LoopPlan) -> tuple[dict[str, int], int]:
    """What stands in the memory of a loop: what is carried on too, first of all."""
    carried = {t.name: t.extents for t in plan.carried}
    apart = {t.name: t.extents for t in routine.outputs if t.indices and t.name not in routine.aliases}
    numbers = dict.fromkeys([*_scalars((*plan.fixed, *plan.varying)), *_shared(routine)], ())
    return offsets({**carried, **routine.arrays, **apart, **numbers})


def _scalars(tensors: Iterable[Tensor]) -> list[str]:
    return [tensor.name for tensor in tensors if not is_array(tensor)]


def _shared(routine: Routine) -> list[str]:
    """The numbers that one piece works out and others read, or that are wanted."""
    outputs = {tensor.name for tensor in routine.outputs if not tensor.indices}
    read: dict[str, set[int]] = {}
    for k, block in enumerate(routine.blocks):
        for place in places_in(block.body):
            read.setdefault(place.name, set()).add(k)
    found = dict.fromkeys(n for b in routine.blocks for n in _numbers(b) if n in outputs or len(read[n]) > 1)
    return [name for name in found if name not in routine.constants]


def _numbers(block: Block) -> list[str]:
    return [s.target.name for s in leaves(block.body) if isinstance(s, Assign) and s.how in (How.LET, How.START)]


class _Module:
    """The text of one module; `given` are the arrays on their own that the outer function has."""

    def __init__(self, routine: Routine, dtype: str, places: Mapping[str, int]) -> None:
        self.routine, self.dtype = routine, dtype
        self.writer = NumbaWriter(dtype, routine, places)
        self.pieces: list[str] = []

    def calls(self) -> list[str]:
        """The lines that run all blocks, each a function of its own: one long function would take minutes to compile."""
        return [self._piece(block) for block in self.routine.blocks]

    def _piece(self, block: Block) -> str:
        writer = self.writer
        name = writer.names.fresh(f"step_{len(self.pieces) + 1}")
        own = {*writer.offsets, *_numbers(block), *(n for n, a in self.routine.constants.items() if not a.ndim)}
        own |= {n for n in self.routine.aliases if self.routine.aliases[n] in writer.offsets}
        read = dict.fromkeys(writer.tensor(place.name) for place in places_in(block.body) if place.name not in own)
        head = f"{name}({', '.join(['memory', *read])})"
        self.pieces.append("\n".join([INNER, f"def {head}:", *writer.blocks([block], "    ")]))
        return head

    def text(self, name: str, types: Sequence[str], parameters: Sequence[str], body: Sequence[str]) -> str:
        numbers = [(n, float(array)) for n, array in self.routine.constants.items() if not array.ndim]
        known = [f"{self.writer.tensor(n)} = real({number!r})" for n, number in numbers]
        known += [f"{self.writer.tensor(n)} = {place}" for n, place in self.writer.offsets.items()]
        functions = [part for code in (*self.writer.helpers.values(), *self.pieces) for part in ("", "", code)]
        head = OUTER.format(types=f"({', '.join(types)},)")
        imports = "".join(f"{line}\n" for helper, line in _IMPORTS.items() if helper in self.writer.helpers)
        lines = [head, f"def {name}({', '.join(parameters)}):", *(f"    {line}" for line in body)]
        return "\n".join([_HEAD.format(dtype=self.dtype, imports=imports), *known, *functions, "", "", *lines, ""])


def call_source(routine: Routine, dtype: str) -> str:
    """A module with one function ``call(memory, outputs with axes…, arguments…, tables…)``.

    It says whether the arguments are of the right shapes, and does nothing where they are not. Numbers are left in memory.
    """
    module = _Module(routine, dtype, call_memory(routine)[0])
    writer, outputs = module.writer, [t for t in routine.outputs if t.indices]
    known = {*routine.constants, *(t.name for t in routine.arguments)}
    own = {t.name: writer.names.fresh(t.name) if t.name in known else writer.tensor(t.name) for t in outputs}
    types = [f"{dtype}[::1]", *(_type(t, dtype) for t in (*outputs, *routine.arguments)), *_tables(routine, dtype)]
    parameters, body = ["memory", *own.values()], [f"fits = {_fits(writer, routine.arguments)}"]
    body += ["if not fits:", "    return False"]
    for tensor in routine.arguments:
        parameters.append(writer.tensor(tensor.name) if is_array(tensor) else writer.names.fresh(f"{tensor.name}_"))
        body += [] if is_array(tensor) else [f"memory[{writer.tensor(tensor.name)}] = {parameters[-1]}"]
    parameters += [writer.tensor(name) for name in tables(routine)]
    body += module.calls()
    for tensor in (t for t in outputs if t.name in known):
        body.append(_copied(writer, f"{own[tensor.name]}.ravel(), 0", writer.array(tensor.name), tensor))
    return module.text("call", types, parameters, [*body, "return True"])


def _fits(writer: NumbaWriter, arguments: Iterable[Tensor]) -> str:
    """Whether the arguments are of their extents."""
    pairs = [(writer.tensor(t.name), k, extent) for t in arguments for k, extent in enumerate(t.extents)]
    return " & ".join(f"({name}.shape[{k}] == {extent})" for name, k, extent in pairs) or "True"


def loop_source(routine: Routine, dtype: str, carried: Mapping[str, str], plan: LoopPlan) -> str:
    """A module with one function ``loop(count, memory, fixed arrays…, varying…, tables…, losses)``, all with one axis."""
    straight = not any(routine.extents.values())
    module = _Module(routine, dtype, {} if straight else loop_memory(routine, plan)[0])
    writer, loss = module.writer, routine.outputs[0]
    count, turn, losses = (writer.names.fresh(name) for name in ("count", "turn", "losses"))
    all_of = {t.name: writer.names.fresh(f"all_{t.name}") for t in plan.varying}
    fixed = [t for t in plan.fixed if is_array(t)]
    parameters = [count, "memory", *(writer.tensor(t.name) for t in fixed), *all_of.values()]
    parameters += [*(writer.tensor(name) for name in tables(routine)), losses]
    types = ["int64", f"{dtype}[::1]", *(f"{_number(t, dtype)}[::1]" for t in (*fixed, *plan.varying))]
    types += [*_tables(routine, dtype), f"{dtype}[::1]"]
    inner = [_now(writer, t, all_of[t.name], turn) for t in plan.varying]
    inner += writer.blocks(routine.blocks) if straight else module.calls()
    if loss.indices:
        inner.append(_copied(writer, f"{losses}, {turn}*{prod(loss.extents)}", writer.array(loss.name), loss))
    else:
        inner.append(f"{losses}[{turn}] = {writer.place(Place(loss.name))}")
    inner += [line for t in routine.outputs[1:] for line in _carried_on(writer, t, carried)]
    whole = [f"for {turn} in range({count}):", *(f"    {line}" for line in inner)]
    return module.text("loop", types, parameters, _with_locals(writer, routine, plan, whole) if straight else whole)


def _with_locals(writer: NumbaWriter, routine: Routine, plan: LoopPlan, body: Sequence[str]) -> list[str]:
    """The lines between those that read numbers from memory and those that put back what is carried."""
    places = loop_memory(routine, plan)[0]
    read = (f"{writer.tensor(t.name)} = memory[{places[t.name]}]" for t in (*plan.carried, *plan.fixed))
    return [*read, *body, *(f"memory[{places[t.name]}] = {writer.tensor(t.name)}" for t in plan.carried)]


def _now(writer: NumbaWriter, tensor: Tensor, whole: str, turn: str) -> str:
    """What a varying argument is in this turn."""
    own, size = writer.tensor(tensor.name), prod(tensor.extents)
    if not is_array(tensor):
        return f"{writer.place(Place(tensor.name))} = {whole}[{turn}]"
    return f"{own} = {whole}[{turn}*{size}:({turn} + 1)*{size}]"


def _carried_on(writer: NumbaWriter, tensor: Tensor, carried: Mapping[str, str]) -> list[str]:
    """Puts an output where its argument is, unless it has been written there."""
    if tensor.name in writer.routine.aliases:
        return []
    argument = carried[tensor.name]
    if tensor.indices:
        return [_copied(writer, writer.array(argument), writer.array(tensor.name), tensor)]
    return [f"{writer.place(Place(argument))} = {writer.place(Place(tensor.name))}"]


def _copied(writer: NumbaWriter, target: str, source: str, tensor: Tensor) -> str:
    return f"{writer.called('copied')}({target}, {source}, {prod(tensor.extents)})"


def _tables(routine: Routine, dtype: str) -> list[str]:
    return [f"{dtype}[::1]" for _ in tables(routine)]


def _number(tensor: Tensor, dtype: str) -> str:
    return "int64" if tensor.role is Role.INDEX else dtype


def _type(tensor: Tensor, dtype: str) -> str:
    """Numba's name for a number, or for an array of numbers row by row; a single integer is an array of one."""
    axes = len(tensor.indices) or int(is_array(tensor))
    return f"{_number(tensor, dtype)}[{':, ' * (axes - 1)}::1]" if axes else dtype
