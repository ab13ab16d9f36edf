"""Copies of arrays with their axes turned, so that an innermost loop reads side by side; each is made once."""

from __future__ import annotations

from fractions import Fraction

from symprop.ir.names import fresh_name
from symprop.ir.tensor import Access, Index, Tensor
from symprop.lowering.nest import Assign, Loop, Place, Product, Statement, Total, variable
from symprop.lowering.order import stride

_REUSED = 4  # how often an element must be read for a copy to pay


class Copies:
    """The turned copies of one program; new names are added to `taken`, and their extents to `arrays`."""

    def __init__(self, taken: set[str], arrays: dict[str, tuple[int, ...]]) -> None:
        self._taken, self._arrays = taken, arrays
        self._known: dict[tuple[str, tuple[int, ...]], Tensor] = {}
        self._new: list[Statement] = []

    def possible(self, access: Access, along: Index, uses: int) -> bool:
        """Whether the access can be read from a copy, and is used often enough."""
        return uses >= _REUSED and access.plain and along in access.free

    def read(self, access: Access, along: Index | None) -> Access:
        """The access, or one to a copy whose last axis the index runs along."""
        if along is None or not access.plain or stride(access, along) in (0, 1):
            return access
        axes = [*(k for k, index in enumerate(access.free) if index != along), access.free.index(along)]
        return Access(self._copy(access.tensor, tuple(axes)), tuple(access.indices[k] for k in axes))

    def made(self) -> tuple[Statement, ...]:
        """The statements that make the copies which were asked for since the last time."""
        new, self._new = tuple(self._new), []
        return new

    def _copy(self, tensor: Tensor, axes: tuple[int, ...]) -> Tensor:
        key = tensor.name, axes
        if key not in self._known:
            turned = Tensor(fresh_name(f"{tensor.name}_turned", self._taken), tuple(tensor.indices[k] for k in axes))
            self._known[key] = turned
            self._arrays[turned.name] = turned.extents
            self._new.append(_turn(tensor, turned, axes))
        return self._known[key]


def _turn(tensor: Tensor, turned: Tensor, axes: tuple[int, ...]) -> Statement:
    names = [f"i{k}" for k in range(len(axes))]
    source = Place(tensor.name, tuple(map(variable, names)))
    target = Place(turned.name, tuple(variable(names[k]) for k in axes))
    body: Statement = Assign(target, Total((Product(Fraction(1), (source,)),)))
    for name, extent in reversed(list(zip(names, tensor.extents, strict=True))):
        body = Loop(name, extent, (body,))
    return body
