"""C files for embedding: parameters, outputs and workspace are structs of the caller's; nothing is allocated, nothing global."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from symprop.backends.c.code import REAL, CWriter
from symprop.backends.c.source import constants, copied
from symprop.backends.loading import check_name
from symprop.ir.tensor import Role, Tensor
from symprop.lowering.counts import operations
from symprop.lowering.lowered import Lowered
from symprop.lowering.routine import Routine, routine

_BYTES = {"float64": 8, "float32": 4}
_KEPT = (Role.PARAMETER, Role.STATE)


@dataclass(frozen=True)
class Exported:
    """A C file that needs no other, and the header for those who call it."""

    source: str
    header: str


def export(name: str, functions: Mapping[str, Lowered], dtype: str) -> Exported:
    """Code with one function ``NAME_KEY`` for each lowered program, such as forward, gradient and update.

    What a program carries on, it writes into the struct of parameters; its other outputs fill a struct of their own. Raises
    InternalError for a name that may not stand in C, UnsupportedError for an expression that C has no function for.
    """
    check_name(name)
    return _Export(
        name, {check_name(key): routine(low, in_place=True) for key, low in functions.items()}, functions, dtype
    ).made()


class _Export:
    def __init__(
        self, name: str, routines: Mapping[str, Routine], functions: Mapping[str, Lowered], dtype: str
    ) -> None:
        self.name, self.routines, self.functions, self.dtype = name, routines, functions, dtype
        self.writers = {key: CWriter(dtype, made, quick=False) for key, made in routines.items()}
        first = next(iter(self.writers.values()))
        for writer in self.writers.values():
            writer.names, writer.helpers = first.names, first.helpers
        self.first = first
        self.words = {word: first.names.fresh(word) for word in ("parameters", "outputs", "work")}

    @property
    def kept(self) -> dict[str, Tensor]:
        """The parameters of all functions, and other numbers that one update hands to the next."""
        carried = {argument for low in self.functions.values() for argument in low.carried.values()}
        tensors = (t for made in self.routines.values() for t in made.arguments)
        return {t.name: t for t in tensors if t.name in carried or t.role in _KEPT}

    def made(self) -> Exported:
        bodies = [self._function(key) for key in self.routines]
        known = list(dict.fromkeys(line for writer in self.writers.values() for line in constants(writer)))
        header = self._header()
        types = f"typedef {self.name}_real real;"
        head = [self._summary(), header, "#include <math.h>", "#include <float.h>", "", types, *known]
        source = "\n".join([*head, *(f"\n{code}" for code in self.first.helpers.values()), *bodies])
        return Exported(source + "\n", self._summary() + "\n" + header)

    def _summary(self) -> str:
        """The counts, as a comment; nothing in it was written by a user but the name, which is an identifier."""
        item = _BYTES[self.dtype]
        kept = item * sum(prod(t.extents) for t in self.kept.values())
        work = item * max(made.workspace for made in self.routines.values())
        flash = item * sum({n: a.size for made in self.routines.values() for n, a in made.constants.items()}.values())
        lines = [f"{self.name}: made by symprop. C99, without allocation and without globals that change.", ""]
        lines.append("operations, at most   multiply-adds   other arithmetic   function calls")
        for key, made in self.routines.items():
            found = operations(made)
            lines.append(f"{key:<20}{found.multiply_adds:>15}{found.arithmetic:>19}{found.calls:>17}")
        lines += [
            "",
            f"RAM: parameters {kept} bytes, workspace {work} bytes",
            f"flash: constants {flash} bytes, beside the code",
        ]
        return "\n".join(["/*", *(f" * {line}".rstrip() for line in lines), " */"])

    def _header(self) -> str:
        guard = f"{self.name.upper()}_H"
        structs = [self._struct("parameters", {n: t.extents for n, t in self.kept.items()}) if self.kept else ""]
        structs += [self._struct(f"{key}_outputs", self._outputs(key)) for key in self.routines]
        arrays = {key: made.arrays for key, made in self.routines.items() if made.arrays}
        structs += [self._struct(f"{key}_work", dict(found)) for key, found in arrays.items()]
        members = [f"    struct {self.name}_{key}_work {key};" for key in arrays]
        structs += ["\n".join([f"union {self.name}_work {{", *members, "};\n"])] if arrays else []
        calls = [f"{self._signature(key)};\n" for key in self.routines]
        lines = [f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", ""]
        lines += [f"typedef {REAL[self.dtype]} {self.name}_real;", "", *structs, *calls, f"#endif /* {guard} */", ""]
        return "\n".join(lines)

    def _struct(self, kind: str, members: Mapping[str, tuple[int, ...]]) -> str:
        lines = list[str]()
        for name, extents in members.items():
            shape = "".join(f"[{extent}]" for extent in extents)
            size = f"[{prod(extents)}]; /* {shape} */" if extents else ";"
            lines.append(f"    {self.name}_real {self.first.tensor(name)}{size}")
        return "\n".join([f"struct {self.name}_{kind} {{", *lines, "};\n"])

    def _outputs(self, key: str) -> dict[str, tuple[int, ...]]:
        carried = self.functions[key].carried
        return {t.name: t.extents for t in self.routines[key].outputs if t.name not in carried}

    def _signature(self, key: str) -> str:
        made, kept = self.routines[key], self.kept
        changes = bool(self.functions[key].carried)
        parameters = list[str]()
        if any(t.name in kept for t in made.arguments):
            constant = "" if changes else "const "
            parameters.append(f"{constant}struct {self.name}_parameters *restrict {self.words['parameters']}")
        for tensor in made.arguments:
            if tensor.name not in kept:
                kind = "int64_t" if tensor.role is Role.INDEX else f"{self.name}_real"
                pointer = f"const {kind} *restrict " if tensor.indices or tensor.role is Role.INDEX else f"{kind} "
                parameters.append(f"{pointer}{self.first.tensor(tensor.name)}")
        if self._outputs(key):
            parameters.append(f"struct {self.name}_{key}_outputs *restrict {self.words['outputs']}")
        if made.arrays:
            parameters.append(f"union {self.name}_work *restrict {self.words['work']}")
        return f"void {self.name}_{key}({', '.join(parameters)})"

    def _function(self, key: str) -> str:
        made, writer, carried = self.routines[key], self.writers[key], self.functions[key].carried
        own = f"{self.words['parameters']}->"
        kept = [t for t in made.arguments if t.name in self.kept]
        known = {*made.constants, *(t.name for t in made.arguments)}
        writer.members = {t.name: own for t in kept if t.indices}
        writer.members |= dict.fromkeys(made.arrays, f"{self.words['work']}->{key}.")
        fresh = [n for n, extents in self._outputs(key).items() if extents and n not in known]
        writer.members |= dict.fromkeys(fresh, f"{self.words['outputs']}->")
        body = [f"const real {writer.tensor(t.name)} = {own}{writer.tensor(t.name)};" for t in kept if not t.indices]
        body += writer.blocks(made.blocks)
        for tensor in made.outputs:
            target = f"{self.words['outputs']}->{writer.tensor(tensor.name)}"
            if tensor.name in carried:
                target = own + writer.tensor(carried[tensor.name])
            if not tensor.indices:
                body.append(f"{target} = {writer.tensor(tensor.name)};")
            elif tensor.name not in made.aliases and tensor.name not in fresh:
                body += copied(writer, target, writer.array(tensor.name), prod(tensor.extents))
        return "\n".join(["", self._signature(key), "{", *(f"    {line}" for line in body), "}"])
