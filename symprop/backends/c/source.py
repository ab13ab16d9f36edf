"""The functions of C code that Python calls: one run, or a loop of updates; what a user embeds is made in `export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from symprop.backends.c.code import REAL, CWriter
from symprop.ir.tensor import Role, Tensor
from symprop.lowering.loop_plan import LoopPlan
from symprop.lowering.routine import Routine

_HEAD = "#include <float.h>\n#include <math.h>\n#include <stdint.h>\n#include <string.h>\n\ntypedef {real} real;\n"


LINE = 16  # numbers, of which a whole number of cache lines is made


@dataclass(frozen=True)
class Layout:
    """In which order the numbers stand in the blocks that code is given: each tensor's place, by name."""

    arguments: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    offsets: Mapping[str, int]
    size: int

    @property
    def scalars(self) -> tuple[str, ...]:
        """The numbers that stand side by side."""
        return tuple(tensor.name for tensor in self.arguments if not is_array(tensor))

    @property
    def arrays(self) -> tuple[Tensor, ...]:
        """What is given by its address."""
        return tuple(tensor for tensor in self.arguments if is_array(tensor))


def layout(arguments: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> Layout:
    """Scalars side by side in one block, arrays by address; outputs one after the other in one block."""
    offsets, size = dict[str, int](), 0
    for tensor in outputs:
        offsets[tensor.name] = size
        size += prod(tensor.extents)
    return Layout(arguments, outputs, offsets, size)


def is_array(tensor: Tensor) -> bool:
    """Whether code is given an address; integers always come so, numbers without an index by value."""
    return bool(tensor.indices) or tensor.role is Role.INDEX


def call_source(routine: Routine, dtype: str) -> str:
    """C code with one function ``call(scalars, array…, outputs, work)``."""
    writer = CWriter(dtype, routine)
    plan = layout(routine.arguments, routine.outputs)
    scalars, outputs, work = (writer.names.fresh(name) for name in ("scalars", "outputs", "work"))
    known = {*routine.constants, *(argument.name for argument in routine.arguments)}
    parameters = [f"const real *restrict {scalars}"] if plan.scalars else []
    parameters += [f"{_kind(t)} *restrict {writer.tensor(t.name)}" for t in plan.arrays]
    parameters += [f"struct outputs *restrict {outputs}"]
    structs = [struct(writer, "outputs", {t.name: t.extents for t in routine.outputs})]
    writer.members |= {t.name: f"{outputs}->" for t in routine.outputs if t.indices and t.name not in known}
    if routine.arrays:
        parameters.append(f"struct work *restrict {work}")
        structs.append(workspace(writer, work, routine.arrays))
    body = [f"const real {writer.tensor(name)} = {scalars}[{k}];" for k, name in enumerate(plan.scalars)]
    body += writer.blocks(routine.blocks)
    for tensor in routine.outputs:
        target = f"{outputs}->{writer.tensor(tensor.name)}"
        if not tensor.indices:
            body.append(f"{target} = {writer.tensor(tensor.name)};")
        elif tensor.name in known:
            body += copied(writer, target, writer.array(tensor.name), prod(tensor.extents))
    return _file(writer, dtype, structs, "call", parameters, body)


def copied(writer: CWriter, target: str, source: str, count: int) -> list[str]:
    """A loop that copies an array."""
    k = writer.variable("element")
    return [f"for (int {k} = 0; {k} < {count}; ++{k}) {{", f"    {target}[{k}] = {source}[{k}];", "}"]


def _kind(tensor: Tensor) -> str:
    return "const int64_t" if tensor.role is Role.INDEX else "const real"


def workspace(writer: CWriter, work: str, arrays: Mapping[str, tuple[int, ...]]) -> str:
    """The struct of what is worked out on the way; code then finds the arrays there."""
    writer.members |= dict.fromkeys(arrays, f"{work}->")
    return struct(writer, "work", {name: (stretched(extents),) for name, extents in arrays.items()})


def stretched(extents: tuple[int, ...]) -> int:
    """The size of an array of the workspace: the next one starts on a cache line of its own, if the first does."""
    return -(-prod(extents) // LINE) * LINE


def struct(writer: CWriter, name: str, members: Mapping[str, tuple[int, ...]]) -> str:
    """A struct of numbers and flat arrays."""
    lines = [f"    real {writer.tensor(n)}{f'[{prod(extents)}]' if extents else ''};" for n, extents in members.items()]
    return "\n".join([f"struct {name} {{", *lines, "};"])


def shape(extents: Sequence[int]) -> str:
    """The extents, as a comment."""
    return "/* " + "".join(f"[{extent}]" for extent in extents) + " */"


def constants(writer: CWriter) -> list[str]:
    """The known numbers, as static data."""
    lines = list[str]()
    for name, array in writer.routine.constants.items():
        values = ", ".join(writer.printer({}).number(float(number)) for number in array.ravel())
        size = f"[{array.size}]" if array.ndim else ""
        text = f"{{{values}}}; {shape(array.shape)}" if array.ndim else f"{values};"
        lines.append(f"static const real {writer.tensor(name)}{size} = {text}")
    return lines


def _file(
    writer: CWriter, dtype: str, structs: Sequence[str], name: str, parameters: Sequence[str], body: Sequence[str]
) -> str:
    known = constants(writer)
    head = [
        _HEAD.format(real=REAL[dtype]),
        *structs,
        *known,
        *writer.helpers.values(),
        f"void {name}({', '.join(parameters)})",
        "{",
    ]
    return "\n".join([*head, *(f"    {line}" for line in body), "}", ""])


def loop_source(routine: Routine, dtype: str, carried: Mapping[str, str], plan: LoopPlan) -> str:
    """C code with one function ``loop(count, state, scalars, array…, losses, work)``.

    `state` has the carried scalars, before and after; carried arrays are written in place.
    """
    writer = CWriter(dtype, routine)
    fresh = writer.names.fresh
    count, state, scalars, losses, work, turn = map(fresh, ("count", "state", "scalars", "losses", "work", "turn"))
    all_of = {t.name: fresh(f"all_{t.name}") for t in plan.varying}
    parameters = [f"long {count}", f"real *restrict {state}", f"const real *restrict {scalars}"]
    parameters += [f"real *restrict {writer.tensor(t.name)}" for t in plan.carried if is_array(t)]
    parameters += [f"{_kind(t)} *restrict {writer.tensor(t.name)}" for t in plan.fixed if is_array(t)]
    parameters += [f"{_kind(t)} *restrict {all_of[t.name]}" for t in plan.varying]
    parameters += [f"real *restrict {losses}", f"struct work *restrict {work}"]
    numbers = [t.name for t in plan.carried if not is_array(t)]
    body = [f"real {writer.tensor(name)} = {state}[{k}];" for k, name in enumerate(numbers)]
    fixed = [t.name for t in plan.fixed if not is_array(t)]
    body += [f"const real {writer.tensor(name)} = {scalars}[{k}];" for k, name in enumerate(fixed)]
    body += [f"(void){name};" for name, used in ((state, numbers), (scalars, fixed)) if not used]
    arrays = _loop_arrays(routine)
    structs = [workspace(writer, work, arrays or {losses: (1,)})]
    body += [] if arrays else [f"(void){work};"]
    inner = [_now(writer, t, all_of[t.name], turn) for t in plan.varying]
    inner += [*writer.blocks(routine.blocks), *_loss(writer, routine.outputs[0], losses, turn)]
    inner += [line for t in routine.outputs[1:] for line in _carried_on(writer, t, carried)]
    body += [f"for (long {turn} = 0; {turn} < {count}; ++{turn}) {{", *(f"    {line}" for line in inner), "}"]
    body += [f"{state}[{k}] = {writer.tensor(name)};" for k, name in enumerate(numbers)]
    return _file(writer, dtype, structs, "loop", parameters, body)


def _loop_arrays(routine: Routine) -> dict[str, tuple[int, ...]]:
    apart = {t.name: t.extents for t in routine.outputs if t.indices and t.name not in routine.aliases}
    return {**routine.arrays, **apart}


def workspace_size(routine: Routine, loop: bool) -> int:
    """How many numbers the code keeps in memory on the way."""
    arrays = _loop_arrays(routine) if loop else routine.arrays
    return sum(map(stretched, arrays.values()))


def _loss(writer: CWriter, tensor: Tensor, losses: str, turn: str) -> list[str]:
    own, size = writer.array(tensor.name), prod(tensor.extents)
    if not tensor.indices:
        return [f"{losses}[{turn}] = {own};"]
    return copied(writer, f"({losses} + {turn}*{size})", own, size)


def _now(writer: CWriter, tensor: Tensor, whole: str, turn: str) -> str:
    """What a varying argument is in this turn."""
    own, size = writer.tensor(tensor.name), prod(tensor.extents)
    if not is_array(tensor):
        return f"const real {own} = {whole}[{turn}];"
    return f"{_kind(tensor)} *restrict {own} = {whole} + {turn}*{size};"


def _carried_on(writer: CWriter, tensor: Tensor, carried: Mapping[str, str]) -> list[str]:
    """Puts an output where its argument is, unless it has been written there."""
    if tensor.name in writer.routine.aliases:
        return []
    argument, output = writer.tensor(carried[tensor.name]), writer.array(tensor.name)
    return copied(writer, argument, output, prod(tensor.extents)) if tensor.indices else [f"{argument} = {output};"]
