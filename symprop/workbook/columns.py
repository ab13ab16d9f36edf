"""Which quantity stands in which column of a table of updates, in the order in which a reader meets them; no formula here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from symprop.ir.program import Equation
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.layers import file_name
from symprop.layers.graph import Node
from symprop.network import NetworkSpec
from symprop.notation.letters import identifier
from symprop.notation.names import Names
from symprop.workbook.plan import Often, Plan
from symprop.workbook.prose import GROUPS, LAYER, MEAN, NEW

_ELEMENTS = Names()


class Kind(Enum):
    """Where a column's cells come from."""

    DATA = "data"  # the examples, on the sheet of the network
    MASK = "mask"  # drawn anew for each update
    STATE = "state"  # what one update hands to the next, parameters among it
    VALUE = "value"  # an equation
    MEAN = "mean"  # over the copies


@dataclass(frozen=True)
class Column:
    """One column: an element of a tensor; `scalars` are the quantities of its rows, one for each example of a batch."""

    header: str
    group: str
    kind: Kind
    often: Often
    tensor: Tensor
    scalars: tuple[str, ...]
    layer: int | None = None


def columns(plan: Plan, spec: object) -> list[Column]:
    """All columns of a plan, group by group: data, layer by layer, the loss, backward, gradients, the update."""
    return list(_Columns(plan, spec).run())


def header(plan: Plan, tensor: Tensor, position: tuple[int, ...]) -> str:
    """What an element is called: a derivative as documents write it, other quantities by their names."""
    if tensor.primal is not None:
        inner = header(plan, plan.step.program.tensors[tensor.primal], position)
        if tensor.role is Role.ADJOINT and tensor.name in plan.names.deltas:
            return f"δ_{inner}"
        if tensor.role in BACKWARD:
            return f"∂{identifier(plan.derivation.forward.loss)}/∂{inner}"
        if tensor.name in plan.step.updated.values():
            return f"{NEW} {inner}"
        return f"{identifier(tensor.name.removesuffix(tensor.primal).rstrip('_'))}_{inner}"
    names = _ELEMENTS if plan.by_example(tensor) else plan.names
    return identifier(names.element(tensor.name, position, tensor.extents))


def lowered(title: str) -> str:
    """A title as it stands within a sentence."""
    return title[0].lower() + title[1:]


def _kind_of(node: Node) -> str:
    """What a layer is, in words: its kind, its activation, and its name."""
    words, function = file_name(type(node.layer).__name__), node.layer.function
    words += f", {function.name}" if function is not None and function.name != "identity" else ""
    return words.replace("_", " ") + (f" ({node.layer.name})" if node.layer.name is not None else "")


class _Columns:
    def __init__(self, plan: Plan, spec: object) -> None:
        self.plan, self.spec = plan, spec
        self.forward, self.program = plan.derivation.forward, plan.step.program
        self.placed: set[str] = set()

    def run(self) -> Iterator[Column]:
        yield from self._free(GROUPS["targets"], Kind.DATA, self.forward.columns(Role.TARGET))
        yield from self._free(GROUPS["inputs"], Kind.DATA, self.forward.columns(Role.INPUT))
        yield from self._free(GROUPS["masks"], Kind.MASK, self.forward.with_role(Role.CONSTANT))
        own = [equation for equation in self.plan.derivation.program.equations if self._is_told(equation)]
        for group, equations in groupby(own, key=self._group):
            yield from self._chapter(group, list(equations))
        yield from self._update()

    def _is_told(self, equation: Equation) -> bool:
        """Whether an equation has columns before the update: gradients come with it."""
        return equation.name not in self.plan.derivation.gradients.values() and self._has_column(equation)

    def _has_column(self, equation: Equation) -> bool:
        """New values stand where they are read, in the next row, unless something else needs them before."""
        return equation.name not in self.plan.step.updated.values() or equation.name in self.plan.kept

    def _group(self, equation: Equation) -> str:
        layer = equation.origin.layer
        if equation.name not in self.forward.by_name:
            return GROUPS["back"] if layer is None else GROUPS["backward"].format(layer=lowered(self._layer(layer)))
        if layer is None:
            return GROUPS["given"] if equation.origin.rule == "given" else GROUPS["loss"]
        return self._layer(layer)

    def _layer(self, number: int) -> str:
        spec = self.spec
        assert isinstance(spec, NetworkSpec)
        if not spec.is_chain:
            node = next(node for node in spec.nodes if node.number == number)
            return LAYER.format(number=number, kind=_kind_of(node))
        if number == len(spec.layers):
            return GROUPS["output"]
        return GROUPS["hidden"] + (f" {number}" if len(spec.layers) > 2 else "")

    def _chapter(self, group: str, equations: Sequence[Equation]) -> Iterator[Column]:
        """What a group of equations reads for the first time, then what they define, unit by unit where all are alike."""
        read = {access.tensor for equation in equations for access in equation.value.accesses}
        learnt = [tensor for tensor in self.forward.learnt if tensor in read and tensor.name not in self.placed]
        yield from self._free(GROUPS["weights"].format(layer=lowered(group)), Kind.STATE, learnt)
        found = [self._columns(equation.target.tensor, group, Kind.VALUE) for equation in equations]
        if len({len(each) for each in found}) == 1:
            found = [list(each) for each in zip(*found, strict=True)]
        yield from (column for each in found for column in each)
        yield from self._means([equation.target.tensor for equation in equations], group)

    def _update(self) -> Iterator[Column]:
        """The gradients, and what the optimizer makes of them."""
        gradients = [self.program.tensors[name] for name in self.plan.derivation.gradients.values()]
        for tensor in gradients:
            yield from self._columns(tensor, GROUPS["gradients"], Kind.VALUE)
        yield from self._means(gradients, GROUPS["means"])
        left = [t for t in self.program.free if t.name not in self.placed and t.role in (Role.STATE, Role.PARAMETER)]
        yield from self._free(GROUPS["update"], Kind.STATE, left)
        for equation in self.program.equations:
            if equation.name not in self.plan.derivation.program.by_name and self._has_column(equation):
                yield from self._columns(equation.target.tensor, GROUPS["update"], Kind.VALUE)

    def _means(self, tensors: Iterable[Tensor], group: str) -> Iterator[Column]:
        for tensor in tensors:
            if tensor.name in self.plan.averaged:
                for column in self._columns(tensor, group, Kind.VALUE):
                    yield replace(column, header=f"{MEAN} {column.header}", kind=Kind.MEAN, often=Often.BLOCK)

    def _free(self, group: str, kind: Kind, tensors: Iterable[Tensor]) -> Iterator[Column]:
        for tensor in tensors:
            self.placed.add(tensor.name)
            yield from self._columns(tensor, group, kind)

    def _columns(self, tensor: Tensor, group: str, kind: Kind) -> list[Column]:
        often, layer = self.plan.often(tensor), self._layer_of(tensor)
        return [
            Column(header(self.plan, tensor, position), group, kind, often, tensor, scalars, layer)
            for position, scalars in self.plan.rows_of(tensor).items()
        ]

    def _layer_of(self, tensor: Tensor) -> int | None:
        """The layer that a quantity belongs to: that which computes it, or reads it first; the inputs are layer 0."""
        while tensor.primal is not None:
            tensor = self.program.tensors[tensor.primal]
        if tensor.role in (Role.INPUT, Role.INDEX):
            return 0
        own = self.forward.by_name.get(tensor.name)
        if own is not None:
            return own.origin.layer
        if tensor.role is Role.TARGET:
            return None
        readers = (e for e in self.forward.equations if any(a.tensor == tensor for a in e.value.accesses))
        return next((equation.origin.layer for equation in readers), None)
