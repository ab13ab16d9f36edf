"""The numbers that a workbook or an interactive page begins with: the network's own, the rest drawn; nothing is trained here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from symprop.equations import EquationsSpec
from symprop.ir.arrays import evaluate_arrays
from symprop.ir.facts import totals
from symprop.ir.program import Program, integer_tensors, needed
from symprop.ir.size import scalar_count
from symprop.ir.tensor import Role, Tensor
from symprop.layers.layer import ANYWHERE, Range
from symprop.network import NetworkSpec
from symprop.notation.names import Names
from symprop.scalar.numeric import FLOAT
from symprop.training.evaluation import Evaluation
from symprop.training.feeding import draw_masks
from symprop.training.initial import biases, initial_parameters
from symprop.training.layout import Array, Layout
from symprop.training.own_data import own_data
from symprop.values import assign

Spec = NetworkSpec | EquationsSpec
Place = tuple[str, tuple[int, ...]]  # a tensor's name and a position
Rows = tuple[tuple[float, ...], ...]

MOST_CHECKED = 20_000  # scalar equations of a network whose loss is worked out before drawn data are taken
_DRAWS = 20
_NARROWER = 10  # after so many draws, numbers are drawn above 0 alone, where most functions have values
_STREAM = 2  # tells these draws from those of batches and masks


@dataclass(frozen=True, eq=False)
class Sample:
    """Starting `parameters` by tensor, and examples: rows `x` under the names `inputs`, rows `t` under `targets`.

    A network with a batch takes `batch` rows at once. `drawn` names what has numbers from the `seed` because nobody gave
    any: a tensor, or single elements where others of it are given; parameters first, then inputs, then targets.
    `has_value` is False where no data were found at which the loss has a value.
    """

    parameters: Mapping[str, Array]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    x: Rows
    t: Rows
    seed: int
    drawn: tuple[str, ...]
    batch: int | None = None
    has_value: bool = True
    _elements: Mapping[str, list[str]] = field(default_factory=dict, repr=False)

    @property
    def examples(self) -> int:
        """How many rows there are; one where nothing is fed."""
        return max(len(self.x), len(self.t), 1)

    @cached_property
    def elements(self) -> dict[str, float]:
        """The starting parameters by element, in the network's order."""
        return {
            name: number
            for tensor, array in self.parameters.items()
            for name, number in zip(self._elements[tensor], array.ravel().tolist(), strict=True)
        }


def draw_sample(spec: Spec, names: Names, evaluation: Evaluation | None = None, seed: int | None = None) -> Sample:
    """What a declaration trains on and starts from, whatever it leaves open; `names` are those of its elements.

    Parameters are those that training starts from: the values given, the others by `seed`, by default the network's own.
    Rows are the training data, else the one example (or batch) among the values. What has no value there is drawn and
    rounded to two digits: inputs from -1 to 1, integers below their bound, targets where the outputs can come near. Where
    the loss takes targets between two numbers, it is one of the two; of targets that add up to 1, one is 1. Raises
    UserError as `initial_parameters` does.

    >>> from symprop.network_file import load
    >>> from symprop.notation.packs import names_for
    >>> spec = load("2-3-1")
    >>> sample = draw_sample(spec, names_for(spec.elaborate()))
    >>> sample.inputs, len(sample.x), sample.drawn
    (('i1', 'i2'), 1, ('W1', 'W2', 'x', 't'))
    """
    program, training = spec.elaborate(), spec.training.but(seed=seed)
    start = initial_parameters(program, names, spec.values, training.seed)
    layout = Layout(program, names)
    drawing = _Drawing(spec, program, start, training.seed)
    learnt = [name for name in start if program.tensors[name].start is None and name not in biases(program)]
    data = [] if training.x is not None else [*program.columns(Role.INPUT), *program.columns(Role.TARGET)]
    drawn = [*drawing.lacking(program.tensors[name] for name in learnt), *drawing.lacking(data)]
    values = {**spec.values, **{_name(program, names, place): number for place, number in drawing.data(data).items()}}
    batch = spec.batch if isinstance(spec, NetworkSpec) else None
    x, t = own_data(program, names, training, values, batch=batch)
    of = evaluation or Evaluation.of(spec)
    return Sample(
        start,
        tuple(of.columns(Role.INPUT)),
        tuple(of.columns(Role.TARGET)),
        _rows(x),
        _rows(t),
        training.seed,
        tuple(_name(program, names, place) if isinstance(place, tuple) else place for place in drawn),
        batch,
        drawing.has_value,
        {name: layout.scalars(tensor) for name, tensor in layout.parameters.items()},
    )


def _rows(table: Any) -> Rows:
    return () if table is None else tuple(tuple(float(number) for number in row) for row in table)


def _name(program: Program, names: Names, place: Place) -> str:
    return names.element(place[0], place[1], program.tensors[place[0]].extents)


class _Drawing:
    """Draws numbers for the data of one example, or one batch, that a declaration gives no values for."""

    def __init__(self, spec: Spec, program: Program, start: dict[str, Array], seed: int) -> None:
        self.spec, self.program, self.start, self.seed = spec, program, start, seed
        self.has_value = True
        slots = assign(program, spec.values).numbers
        shapes = {tensor.name: tensor.extents for tensor in program.free}
        self.given: dict[Place, float] = {
            (name, tuple(int(p) for p in np.unravel_index(offset, shapes[name]))): number
            for (name, offset), number in slots.items()
        }

    def lacking(self, tensors: Any) -> Iterator[str | Place]:
        """The tensors of which no element has a value, and the single elements that lack one."""
        for tensor in tensors:
            missing = self._missing(tensor)
            if len(missing) == math.prod(tensor.extents):
                yield tensor.name
            else:
                yield from missing

    def _missing(self, tensor: Tensor) -> list[Place]:
        return [place for p in np.ndindex(tensor.extents) if (place := (tensor.name, p)) not in self.given]

    def data(self, tensors: list[Tensor]) -> dict[Place, float]:
        """A number for each element that lacks one, such that the loss has a value if that can be found."""
        missing = {tensor: places for tensor in tensors if (places := self._missing(tensor))}
        found: dict[Place, float] = {}
        for attempt in range(_DRAWS if missing else 0):
            random = np.random.default_rng([self.seed, attempt, _STREAM])
            found = {
                p: n for tensor, places in missing.items() for p, n in self._drawn(tensor, places, attempt, random)
            }
            found |= self._kept(found, random)
            self.has_value = self._is_finite({**self.given, **found})
            if self.has_value:
                break
        return found

    def _drawn(self, tensor: Tensor, places: list[Place], attempt: int, random: Any) -> Iterator[tuple[Place, float]]:
        """Numbers for some elements of one tensor."""
        if tensor.role is Role.INDEX:
            most = integer_tensors(self.program)[tensor]
            yield from zip(places, random.integers(most, size=len(places)).astype(float).tolist(), strict=True)
            return
        if tensor.role is Role.TARGET and all(map(math.isfinite, self.spec.target_range)):
            numbers = random.choice(self.spec.target_range, len(places))
        else:
            low, high = self._reached if tensor.role is Role.TARGET else (-1.0, 1.0)
            low = max(low, 0.01) if attempt >= _NARROWER else low
            numbers = np.round(random.uniform(low, high, len(places)), 2) + 0.0  # no -0.0
        yield from zip(places, numbers.tolist(), strict=True)

    @property
    def _reached(self) -> Range:
        """Where outputs come, as far as that lies between -1 and 1."""
        low, high = (max(-1.0, self._outputs[0]), min(1.0, self._outputs[1]))
        return (low, high) if low < high else (-1.0, 1.0)

    @property
    def _outputs(self) -> Range:
        """Where the last layer's outputs lie."""
        assert isinstance(self.spec, NetworkSpec)
        ranges: dict[int | str, Range] = {}
        for node in self.spec.nodes:
            read = (ranges.get(source, ANYWHERE) for source in node.sources)
            ranges[node.number] = node.layer.output_range(*read)
        return ranges[max(node.number for node in self.spec.nodes)]

    def _kept(self, found: Mapping[Place, float], random: Any) -> dict[Place, float]:
        """Numbers that keep the facts: of those that are added up, one has the whole sum, the others are zero."""
        kept: dict[Place, float] = {}
        known = {**self.given, **found}
        for fact in self.program.facts:
            for added, _ in totals(fact, known.get):
                free = [place for place in added if place in found]
                rest = float(fact.number) - sum(self.given.get(place, 0.0) for place in added)
                chosen = random.integers(len(free)) if free else None
                kept |= {place: max(rest, 0.0) if k == chosen else 0.0 for k, place in enumerate(free)}
        return kept

    def _is_finite(self, data: Mapping[Place, float]) -> bool:
        """Whether the loss at the starting parameters has a value; of a large network it is taken to have one."""
        forward = self.program
        if scalar_count(forward) > MOST_CHECKED:
            return True
        masks = draw_masks(list(forward.with_role(Role.CONSTANT)), 1, self.seed, 0)
        arrays = {name: array.astype(object) for name, array in (self.start | masks).items()}
        arrays |= {tensor.name: _array(data, tensor) for tensor in forward.with_role(Role.INPUT, Role.TARGET)}
        integers = {place: int(n) for place, n in data.items() if forward.tensors[place[0]].role is Role.INDEX}
        with np.errstate(all="ignore"):
            equations = needed(forward.equations, [forward.loss])
            found = evaluate_arrays(replace(forward, integers=integers), arrays, FLOAT, equations)
        return math.isfinite(float(found[forward.loss]))


def _array(data: Mapping[Place, float], tensor: Tensor) -> Array:
    """A tensor's numbers, as the evaluation of arrays takes them."""
    numbers = [data[tensor.name, p] for p in np.ndindex(tensor.extents)]
    return np.array(numbers, dtype=object).reshape(tensor.extents)
