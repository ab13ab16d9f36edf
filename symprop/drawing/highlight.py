"""The paths by which a quantity reaches the loss, read off the equations; how they look is the drawing's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from symprop.ir.program import Program, needed
from symprop.ir.tensor import Access


def paths(program: Program, names: Iterable[str]) -> frozenset[str]:
    """The quantities through which some of a program's quantities reach its loss, with themselves; empty where none does.

    >>> from symprop.equations import EquationsSpec
    >>> spec = EquationsSpec(["h = w*x", "s = x**2", "E = (t - h)**2"], loss="E")
    >>> sorted(paths(spec.elaborate(), ["w"])), sorted(paths(spec.elaborate(), ["s"]))
    (['E', 'h', 'w'], [])
    """
    reached = set(names)
    for equation in program.equations:
        if any(access.tensor.name in reached for access in _read(equation.value.accesses)):
            reached.add(equation.name)
    reaching = {program.loss}
    for equation in needed(program.equations, [program.loss]):
        reaching.add(equation.name)
        reaching.update(access.tensor.name for access in _read(equation.value.accesses))
    return frozenset(reached & reaching) if program.loss in reached else frozenset()


def _read(accesses: Iterable[Access]) -> Iterator[Access]:
    for access in accesses:
        yield access
        yield from access.gathers
