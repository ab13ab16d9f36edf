"""What a workbook computes: the scalar program of one training step, and which of it there is once for how many examples.

An update takes a *block* of rows. The program stands in it once for each of the *copies* that the examples make: once for
each example, or, of a network with a batch, once for so many. What a program says of its batch stands in a row for each
example. Where there are several copies, what an update reads of them is their mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from math import prod

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element, Unroller, elements
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Index, Role, Tensor
from symprop.lowering.batch import DATA
from symprop.lowering.step import TrainingStep, training_step
from symprop.network import Training
from symprop.notation.formula import Chain, Number, Symbol
from symprop.notation.names import Names
from symprop.notation.unicode import unicode_chain
from symprop.prose import ENGLISH, Prose, prose
from symprop.training.evaluation import positions_by_example
from symprop.training.sample import Sample
from symprop.views.delta import with_added
from symprop.views.scalar import node_formula
from symprop.workbook.maxima import with_maxima

Place = tuple[str, Element]  # a tensor and a position in it


class Often(Enum):
    """How often there is a quantity in a block: once, once a copy, or in a row for each example."""

    BLOCK = "block"
    COPY = "copy"
    ROW = "row"


@dataclass(frozen=True)
class Plan:
    """One training step over scalars, for a `sample` of examples; `batch` rows make a copy of the program.

    `maxima` names the largest operand of each logarithm of a sum. What readers are told of the plan is said in `prose`.
    """

    derivation: Derivation
    step: TrainingStep
    names: Names
    sample: Sample
    training: Training
    prose: Prose
    maxima: Mapping[str, str]

    @classmethod
    def of(
        cls, derivation: Derivation, names: Names, sample: Sample, training: Training, language: str = ENGLISH
    ) -> Plan:
        """The plan for a derivation."""
        derivation, maxima = with_maxima(derivation)
        step = training_step(derivation, training.update)
        return cls(derivation, step, with_added(names, step.program), sample, training, prose(language), maxima)

    @cached_property
    def batch(self) -> int:
        """How many examples stand in the program together, 1 where it is of one."""
        return self.sample.batch or 1

    @cached_property
    def copies(self) -> int:
        """How often the program stands in a block: once for each batch of the examples."""
        return self.sample.examples // self.batch

    @cached_property
    def height(self) -> int:
        """How many rows a block has."""
        return self.copies * self.batch

    @cached_property
    def varying(self) -> frozenset[str]:
        """The tensors that differ from copy to copy: data, and what is computed from them."""
        found = {tensor.name for tensor in self.derivation.program.free if tensor.role in DATA}
        for equation in self.derivation.program.equations:
            accesses = (equation.target, *equation.value.accesses)
            read = {a.tensor.name for a in accesses} | {g.tensor.name for a in accesses for g in a.gathers}
            if read & found:
                found.add(equation.name)
        return frozenset(found)

    @cached_property
    def _axis(self) -> Index | None:
        """The axis of the batch's examples."""
        data = (tensor for tensor in self.derivation.program.free if tensor.role in DATA)
        return None if self.sample.batch is None else next(tensor.indices[0] for tensor in data)

    def often(self, tensor: Tensor) -> Often:
        """How often there is a quantity in a block."""
        if tensor.name not in self.varying:
            return Often.BLOCK
        is_by_example = tensor.indices and tensor.indices[0] == self._axis
        return Often.ROW if self._axis is None or is_by_example else Often.COPY

    def by_example(self, tensor: Tensor) -> bool:
        """Whether a tensor has the examples of a batch along its first axis."""
        return self._axis is not None and self.often(tensor) is Often.ROW

    def width_of(self, tensor: Tensor) -> int:
        """How many columns a tensor takes."""
        return prod(tensor.extents[1:] if self.by_example(tensor) else tensor.extents)

    def count(self, tensor: Tensor, is_mean: bool = False) -> int:
        """How many cells one column of a tensor has in a block."""
        often = Often.BLOCK if is_mean else self.often(tensor)
        return {Often.BLOCK: 1, Often.COPY: self.copies, Often.ROW: self.height}[often]

    @cached_property
    def _shown(self) -> list[Tensor]:
        """The tensors that columns show, without means."""
        new = set(self.step.updated.values()) - self.kept
        return [
            t for t in self.step.program.tensors.values() if t.role is not Role.HYPERPARAMETER and t.name not in new
        ]

    @property
    def width(self) -> int:
        """How many columns there are."""
        tensors = self.step.program.tensors
        return sum(map(self.width_of, self._shown)) + sum(self.width_of(tensors[name]) for name in self.averaged)

    @property
    def widest(self) -> Tensor:
        """The tensor that takes the most columns."""
        return max(self._shown, key=self.width_of)

    @property
    def cells(self) -> int:
        """How many cells an update takes."""
        means = sum(self.width_of(self.step.program.tensors[name]) for name in self.averaged)
        own = sum(self.width_of(tensor) * self.count(tensor) for tensor in self._shown)
        return own + means + self.height + 1

    def rows_of(self, tensor: Tensor) -> dict[Element, tuple[str, ...]]:
        """The names of a tensor's elements, by their positions; with a batch, those of all its examples together."""
        unroller = Unroller(self.step.program, self.names)
        found: dict[Element, list[str]] = {}
        for element in elements(tensor):
            position = element[1:] if self.by_example(tensor) else element
            found.setdefault(position, []).append(unroller.name(tensor, element))
        return {position: tuple(names) for position, names in found.items()}

    @cached_property
    def kept(self) -> frozenset[str]:
        """The new values, by tensor, that something other than the next update reads, or of which a mean is taken."""
        new = set(self.step.updated.values())
        read = {a.tensor.name for e in self.step.program.equations for a in e.value.accesses}
        return frozenset(name for name in new if name in read or name in self.averaged)

    @cached_property
    def averaged(self) -> Mapping[str, str]:
        """The tensors whose mean over the copies an update reads, or is shown: by name, what the mean is called."""
        if self.copies == 1:
            return {}
        program = self.derivation.program
        kept = [new for new in self.step.updated.values() if new in program.by_name]
        wanted = [program.loss, *self.derivation.gradients.values(), *kept]
        return {name: f"mean {name}" for name in wanted if name in self.varying}

    @cached_property
    def unrolled(self) -> tuple[Unrolled, ...]:
        """The scalar program of each copy: the same one, unless integers make them differ."""
        program = self.step.program
        if not any(tensor.role is Role.INDEX for tensor in program.free):
            return (Unrolled.of(program, self.names),) * self.copies
        integers = [{p: int(n) for p, n in self._data(copy) if self._is_integer(p)} for copy in range(self.copies)]
        return tuple(Unrolled.of(replace(program, integers=each), self.names) for each in integers)

    @cached_property
    def largest(self) -> Mapping[str, str]:
        """For each scalar that is the logarithm of a sum, the largest operand."""
        tensors = self.step.program.tensors
        pairs = ((self.scalars_of(tensors[name]), self.scalars_of(tensors[most])) for name, most in self.maxima.items())
        return {name: most for names, maxima in pairs for name, most in zip(names, maxima, strict=True)}

    @property
    def masks(self) -> Iterator[Tensor]:
        """What is drawn anew for each update."""
        return self.derivation.forward.with_role(Role.CONSTANT)

    def scalars_of(self, tensor: Tensor) -> list[str]:
        """The names of a tensor's elements, row by row."""
        unroller = Unroller(self.step.program, self.names)
        return [unroller.name(tensor, element) for element in elements(tensor)]

    @cached_property
    def data_names(self) -> dict[Place, str]:
        """What the numbers of a copy's inputs and targets are called, integers too."""
        tensors = self.derivation.forward.tensors
        return {(t, p): self.names.element(t, p, tensors[t].extents) for t, p in self.data_places}

    @cached_property
    def integer_columns(self) -> frozenset[int]:
        """The columns of the inputs that hold integers, which are wired into the program."""
        return frozenset(column for place, (_, _, column) in self.data_places.items() if self._is_integer(place))

    @property
    def conditions(self) -> Iterator[str]:
        """What the targets have to keep, as text; of a batch, what those of its first example have to."""
        targets = {tensor.name for tensor in self.unrolled[0].program.with_role(Role.TARGET)}
        facts = [f for f in self.unrolled[0].program.facts if {a.tensor.name for a in f.value.accesses} <= targets]
        for fact in facts[: len(facts) // self.batch]:
            yield unicode_chain(
                Chain((node_formula(fact.value, lambda access: Symbol(access.tensor.name)), Number(fact.number))),
                self.names,
            )

    @cached_property
    def start(self) -> dict[str, float]:
        """What the first update starts from: parameters, and what the optimizer keeps."""
        tensors = self.step.program.tensors
        kept = {name: n for t, n in self.step.starts.items() for name in self.scalars_of(tensors[t])}
        return {**self.sample.elements, **kept}

    @property
    def distinct(self) -> list[Unrolled]:
        """The scalar programs that differ."""
        return list({id(each): each for each in self.unrolled}.values())

    @cached_property
    def new(self) -> dict[str, str]:
        """For each scalar that an update changes, the name of its new value."""
        tensors = self.step.program.tensors
        pairs = ((self.rows_of(tensors[old]), self.rows_of(tensors[new])) for old, new in self.step.updated.items())
        return {old[position][0]: new[position][0] for old, new in pairs for position in old}

    def _is_integer(self, place: Place) -> bool:
        return self.derivation.forward.tensors[place[0]].role is Role.INDEX

    def data(self, copy: int) -> dict[Place, float]:
        """The numbers of one copy's inputs and targets."""
        return dict(self._data(copy))

    def _data(self, copy: int) -> Iterator[tuple[Place, float]]:
        for place, (table, row, column) in self.data_places.items():
            rows = self.sample.x if table is Role.INPUT else self.sample.t
            yield place, rows[copy * self.batch + row][column]

    @cached_property
    def data_places(self) -> dict[Place, tuple[Role, int, int]]:
        """Where the numbers of a copy stand among the rows of its examples: inputs or targets, the row, the column."""
        found: dict[Place, tuple[Role, int, int]] = {}
        for role in (Role.INPUT, Role.TARGET):
            places = list(positions_by_example(self.derivation.forward.columns(role), self.sample.batch))
            width = len(places) // self.batch
            for k, (tensor, position) in enumerate(places):
                found[tensor.name, position] = (role, k // width, k % width)
        return found


@dataclass(frozen=True)
class Unrolled:
    """A scalar program and, of each of its scalars, the place in a tensor."""

    program: Program
    places: Mapping[str, Place]

    @classmethod
    def of(cls, program: Program, names: Names) -> Unrolled:
        """The program element by element, under these names; UserError where that needs integers that are not given."""
        unroller = Unroller(program, names)
        scalars = unroller.run(None)
        return cls(scalars, unroller.places)

    @cached_property
    def equations(self) -> dict[str, Equation]:
        """The equations of scalars, by the name of what they define."""
        return self.program.by_name
