"""Which quantity stands in which column of a table of updates, in the order in which a reader meets them; no formula here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from typing import NamedTuple

from symprop.document.network import kind
from symprop.ir.program import Equation
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.network import NetworkSpec
from symprop.notation.letters import identifier
from symprop.notation.names import Names
from symprop.prose.places import place_title, place_within
from symprop.prose.text import as_words
from symprop.training.sample import Spec
from symprop.workbook.plan import Often, Plan

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


def columns(plan: Plan, spec: Spec) -> list[Column]:
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
            return plan.prose.phrase("workbook.new", name=inner)
        return f"{identifier(tensor.name.removesuffix(tensor.primal).rstrip('_'))}_{inner}"
    names = _ELEMENTS if plan.by_example(tensor) else plan.names
    return identifier(names.element(tensor.name, position, tensor.extents))


class _Group(NamedTuple):
    """What a group of equations is called, and what it is called within a title."""

    title: str
    within: str


class _Columns:
    def __init__(self, plan: Plan, spec: Spec) -> None:
        self.plan, self.spec, self.say = plan, spec, plan.prose.phrase
        self.forward, self.program = plan.derivation.forward, plan.step.program
        self.placed: set[str] = set()

    def run(self) -> Iterator[Column]:
        yield from self._free(self.say("workbook.targets"), Kind.DATA, self.forward.columns(Role.TARGET))
        yield from self._free(self.say("workbook.inputs"), Kind.DATA, self.forward.columns(Role.INPUT))
        yield from self._free(self.say("workbook.masks"), Kind.MASK, self.forward.with_role(Role.CONSTANT))
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

    def _group(self, equation: Equation) -> _Group:
        layer = equation.origin.layer
        if equation.name not in self.forward.by_name:
            return self._backward(layer)
        if layer is not None:
            return self._layer(layer)
        if equation.origin.rule == "given":
            return _Group(self.say("workbook.equations"), self.say("workbook.within_equations"))
        return _Group(self.say("workbook.loss"), self.say("workbook.within_loss"))

    def _backward(self, layer: int | None) -> _Group:
        if layer is None:
            title = self.say("workbook.backward_rest")
        else:
            title = self.say("workbook.backward", layer=self._layer(layer).within)
        return _Group(title, title)

    def _layer(self, number: int) -> _Group:
        spec, prose = self.spec, self.plan.prose
        assert isinstance(spec, NetworkSpec)
        if spec.is_chain:
            layers = len(spec.layers)
            titles = place_title(prose, number, layers), place_within(prose, number, layers)
            return _Group(*map(as_words, titles))
        words = kind(prose, next(node for node in spec.nodes if node.number == number))
        title = self.say("layerwise.layer", number=number, kind=words)
        return _Group(title, self.say("workbook.within_layer", number=number, kind=words))

    def _chapter(self, named: _Group, equations: Sequence[Equation]) -> Iterator[Column]:
        """What a group of equations reads for the first time, then what they define, unit by unit where all are alike."""
        group = named.title
        read = {access.tensor for equation in equations for access in equation.value.accesses}
        learnt = [tensor for tensor in self.forward.learnt if tensor in read and tensor.name not in self.placed]
        yield from self._free(self.say("workbook.weights", layer=named.within), Kind.STATE, learnt)
        found = [self._columns(equation.target.tensor, group, Kind.VALUE) for equation in equations]
        if len({len(each) for each in found}) == 1:
            found = [list(each) for each in zip(*found, strict=True)]
        yield from (column for each in found for column in each)
        yield from self._means([equation.target.tensor for equation in equations], group)

    def _update(self) -> Iterator[Column]:
        """The gradients, and what the optimizer makes of them."""
        gradients = [self.program.tensors[name] for name in self.plan.derivation.gradients.values()]
        for tensor in gradients:
            yield from self._columns(tensor, self.say("workbook.gradients"), Kind.VALUE)
        yield from self._means(gradients, self.say("workbook.means"))
        left = [t for t in self.program.free if t.name not in self.placed and t.role in (Role.STATE, Role.PARAMETER)]
        yield from self._free(self.say("workbook.kept"), Kind.STATE, left)
        for equation in self.program.equations:
            if equation.name not in self.plan.derivation.program.by_name and self._has_column(equation):
                yield from self._columns(equation.target.tensor, self.say("workbook.update"), Kind.VALUE)

    def _means(self, tensors: Iterable[Tensor], group: str) -> Iterator[Column]:
        for tensor in tensors:
            if tensor.name in self.plan.averaged:
                for column in self._columns(tensor, group, Kind.VALUE):
                    yield replace(
                        column, header=self.say("workbook.mean", name=column.header), kind=Kind.MEAN, often=Often.BLOCK
                    )

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
