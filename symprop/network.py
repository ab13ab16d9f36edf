"""What a user declares: a network of layers and how to train it; `layers` makes a Program of it. Lists of lines: `equations`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from numbers import Real
from typing import Any

from symprop.errors import BudgetError, UserError, Where
from symprop.ir.names import shorten, validate_name, validate_title
from symprop.ir.program import Program, integer_tensors
from symprop.layers.dense import Dense
from symprop.layers.elaborate import LARGEST_LAYER, elaborate
from symprop.layers.graph import Node, graph
from symprop.layers.layer import ANYWHERE, Layer, Range, Shape
from symprop.notation.rule import unravel
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.known import nearest_rule
from symprop.rules.losses import LOSSES, Loss
from symprop.rules.update_rule import UpdateRule
from symprop.values import Given, Values, assign, check_targets
from symprop.whole import whole_number

MOST_EPOCHS = 10_000_000
LARGEST_SEED = 2**63 - 1


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


@dataclass(frozen=True)
class Training:
    """How a network is trained unless a command or a call says otherwise.

    `x` of shape (examples, inputs) and `t` of shape (examples, outputs) are the training data; without them, the one
    example in the network's values is. `tolerance` stops a run when the loss changes by less, relatively; 0 never does.
    `update` is the rule by which parameters change, and the learning rate is the usual one of its optimizer unless another
    is given. An update takes `batch_size` examples, all of them where that is None; `shuffle` draws anew for each epoch
    which, by the seed. Raises UserError for a rate that is not positive and finite, epochs or a batch size below 1, a
    tolerance or a seed below 0, BudgetError for more than 10,000,000 epochs and a seed above 2⁶³ - 1.
    """

    learning_rate: float = None  # type: ignore[assignment]  # settled below
    epochs: int = 100
    tolerance: float = 0.0
    seed: int = 0
    x: Sequence[Sequence[float]] | None = field(default=None, repr=False)
    t: Sequence[Sequence[float]] | None = field(default=None, repr=False)
    update: UpdateRule = field(default=UpdateRule())
    batch_size: int | None = None
    shuffle: bool = True

    def __post_init__(self) -> None:
        self._check_update()
        if not _is_real(self.learning_rate) or not 0 < self.learning_rate < inf:
            what = "a learning rate is a positive number" + ", and finite" * (self.learning_rate == inf)
            raise UserError(what, got=repr(self.learning_rate))
        epochs, seed = whole_number(self.epochs), whole_number(self.seed)
        if epochs is None or epochs < 1:
            raise UserError("the number of epochs is a whole number from 1", got=repr(self.epochs))
        if epochs > MOST_EPOCHS:
            raise BudgetError("too many epochs", expected=f"at most {MOST_EPOCHS:,}", got=f"{epochs:,}")
        if not _is_real(self.tolerance) or not 0 <= self.tolerance < inf:
            raise UserError("a tolerance is a number from 0", got=repr(self.tolerance))
        if seed is None or seed < 0:
            raise UserError("a seed is a whole number from 0", got=repr(self.seed))
        if seed > LARGEST_SEED:
            raise BudgetError("the seed is too large", expected=f"at most {LARGEST_SEED:,}", got=f"{seed:,}")

    def _check_update(self) -> None:
        if not isinstance(self.update, UpdateRule):
            expected = 'such as UpdateRule("adam")'
            raise UserError("wrong rule of updates", expected=expected, got=shorten(repr(self.update)))
        if self.learning_rate is None:
            object.__setattr__(self, "learning_rate", self.update.rule.learning_rate)
        size = None if self.batch_size is None else whole_number(self.batch_size)
        if self.batch_size is not None and (size is None or size < 1):
            raise UserError("a batch size is a whole number from 1", got=shorten(repr(self.batch_size)))
        if not isinstance(self.shuffle, bool):
            raise UserError("shuffle is true or false", got=shorten(repr(self.shuffle)))

    def updates(self, examples: int) -> int:
        """How many updates there are, for so many examples; the last batch of an epoch may be smaller.

        >>> Training(epochs=10).updates(70), Training(epochs=10, batch_size=32).updates(70)
        (10, 30)
        """
        return self.epochs * (1 if self.batch_size is None else -(-examples // self.batch_size))

    def but(self, **given: Any) -> Training:
        """The same, except for what is given and not None; an optimizer's usual rate gives way to that of another.

        >>> Training(epochs=1000).but(learning_rate=2.0, epochs=None)
        Training(learning_rate=2.0, epochs=1000, ...)
        >>> Training().learning_rate, Training().but(update=UpdateRule("adam")).learning_rate
        (0.5, 0.001)
        """
        changes = {name: value for name, value in given.items() if value is not None}
        if "update" in changes and self.learning_rate == self.update.rule.learning_rate:
            changes = {"learning_rate": None, **changes}
        return replace(self, **changes)


@dataclass(frozen=True)
class NetworkSpec:
    """A feed-forward network: layers that read each other's outputs without going in a circle, and a loss on the last one's.

    `inputs` is the number of inputs, or their shape, or a mapping from names of inputs to shapes; one input is called
    ``x``. `layers` stand in order; each reads the one before it unless it names its `inputs`. `loss` is a name from the
    tables of losses or a declaration. With `batch`, the number of examples, the program holds the whole batch, its axis first
    in every input; without it, one example. `values` may give numbers to the parameters, to the inputs and to the targets
    ``t``, each of its tensor's shape; an element may also be given by its name in class, such as `w5`. Raises UserError
    for a wrong size, an unknown name and a value that does not fit or that the loss does not take, BudgetError for a size
    beyond all use.
    """

    inputs: int | Shape | Mapping[str, int | Shape]
    layers: Sequence[Layer]
    loss: str | Loss | JointLoss = "half_squared_error"
    name: str = "network"
    values: Values = field(default_factory=dict, repr=False)
    training: Training = field(default=Training(), repr=False)
    batch: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.layers, Sequence) or not all(isinstance(layer, Layer) for layer in self.layers):
            expected = "[Dense(3), Dense(1)]"
            raise UserError("the layers are no list of layers", expected=expected, got=repr(self.layers)[:60])
        validate_title(self.name)
        if not isinstance(self.loss, str | Loss | JointLoss):
            remedy = "Give a loss's name, or make one with loss_from_text."
            raise UserError("the loss is no loss function", got=shorten(repr(self.loss)), remedy=remedy)
        if not self.layers:
            raise UserError("a network needs at least one layer", remedy="Add a [[layers]] table or a Dense layer.")
        object.__setattr__(self, "layers", tuple(self.layers))
        _check_names(self.inputs)
        object.__setattr__(self, "inputs", _inputs(self.inputs, self.nodes))
        object.__setattr__(self, "batch", None if self.batch is None else _size(self.batch, "the batch"))
        _check_codomain(self.loss_rule, self.nodes)
        self._program  # noqa: B018 - what does not fit is to be refused here, not at the first use

    @property
    def shapes(self) -> dict[str, Shape]:
        """The shape of each input, without the axis of a batch."""
        given = self.inputs if isinstance(self.inputs, Mapping) else {"x": self.inputs}
        return {name: (shape,) if isinstance(shape, int) else tuple(shape) for name, shape in given.items()}

    @property
    def is_chain(self) -> bool:
        """Whether these are dense layers, each after the other, from a vector."""
        return isinstance(self.inputs, int) and all(isinstance(la, Dense) and not la.inputs for la in self.layers)

    @property
    def sizes(self) -> str:
        """The sizes of a chain of dense layers, ``2-3-1``, or how many layers of other kinds there are."""
        if self.is_chain:
            units = [layer.units for layer in self.layers if isinstance(layer, Dense)]
            return "-".join(str(size) for size in (self.inputs, *units))
        return "1 layer" if len(self.layers) == 1 else f"{len(self.layers)} layers"

    @cached_property
    def nodes(self) -> list[Node]:
        """The layers in an order in which each comes after what it reads."""
        return graph(self.layers, list(self.inputs) if isinstance(self.inputs, Mapping) else ["x"])

    @property
    def loss_rule(self) -> Loss | JointLoss:
        """The loss as declared; UserError for an unknown name."""
        if not isinstance(self.loss, str):
            return self.loss
        found = LOSSES.get(self.loss) or JOINT_LOSSES.get(self.loss)
        if found is None:
            raise UserError(f"unknown loss '{self.loss}'", remedy=nearest_rule(self.loss, {**LOSSES, **JOINT_LOSSES}))
        return found

    @property
    def evaluation_batch(self) -> int | None:
        """How many examples the trained network evaluates together: the batch, where a layer names its axis; else one alone."""
        return self.batch if any(layer.names_batch for layer in self.layers) else None

    def elaborate(self, training: bool = True) -> Program:
        """The forward program: every layer's equations, the loss of each output, and their total.

        Some layers have other equations once a network is trained (running statistics in place of the batch's): those
        are taken unless `training`, and then no example depends on another, so that the program holds one, or as many as
        `evaluation_batch` says.
        """
        changes = any(type(layer).evaluate is not Layer.evaluate for layer in self.layers)
        if training or not (changes or self.evaluation_batch != self.batch):
            return self._program
        program = elaborate(self.nodes, self.shapes, self.loss_rule, self.evaluation_batch, training=False)
        # Integers that are given are those of a whole batch.
        return replace(program, integers=self._program.integers) if self.evaluation_batch == self.batch else program

    @cached_property
    def _program(self) -> Program:
        program = elaborate(self.nodes, self.shapes, self.loss_rule, self.batch, training=True)
        given = assign(program, self.values)
        check_targets(program, given, self.loss_rule.targets)
        return replace(program, integers=_integers(program, given))


def _integers(program: Program, given: Given) -> dict[tuple[str, tuple[int, ...]], int]:
    """The elements of integer inputs that the values give; UserError for one that is no row of what it indexes."""
    bounds = {tensor.name: (tensor.extents, most) for tensor, most in integer_tensors(program).items()}
    found: dict[tuple[str, tuple[int, ...]], int] = {}
    for (name, offset), value in given.numbers.items():
        if name in bounds:
            extents, most = bounds[name]
            if not value.is_integer() or not 0 <= value < most:
                where, expected = given.place((name, offset)), f"whole numbers from 0 to {most - 1}"
                raise UserError(f"wrong value in '{name}'", where=where, expected=expected, got=f"{value:g}")
            found[name, unravel(offset, extents)] = int(value)
    return found


def _check_names(inputs: object) -> None:
    if not isinstance(inputs, Mapping):
        return
    if not inputs:
        raise UserError("a network needs at least one input", expected='such as {"x": 2}', got="none")
    for name in inputs:
        validate_name(name)


def _inputs(given: Any, nodes: Sequence[Node]) -> Any:
    """The inputs as declared, each size a whole number from 1."""
    if isinstance(given, Mapping):
        return {name: _shape(shape, name, nodes) for name, shape in given.items()}
    return _shape(given, "x", nodes)


def _shape(given: Any, name: str, nodes: Sequence[Node]) -> int | Shape:
    is_list = isinstance(given, Sequence) and not isinstance(given, str)
    where = Where("", "input", name)
    for extent in given if is_list else (given,):
        if (whole_number(extent) or 0) < 1:
            reader = next(node for node in nodes if name in node.sources)
            what = f"wrong size for the input '{name}', which {reader.where} reads"
            expected = "whole numbers from 1" if is_list else "a whole number from 1"
            remedy = "Give every axis one element or more."
            raise UserError(what, where=where, expected=expected, got=shorten(repr(given)), remedy=remedy)
    sizes = tuple(_size(extent, "the input", where) for extent in (given if is_list else (given,)))
    return sizes if is_list else sizes[0]


def _size(given: object, what: str, where: Where | None = None) -> int:
    size = whole_number(given)
    if size is None or size < 1:
        raise UserError(f"wrong size for {what}", where=where, expected="a whole number from 1", got=repr(given))
    if size > LARGEST_LAYER:
        raise BudgetError(
            f"{what} is too large", where=where, expected=f"at most {LARGEST_LAYER:,} units", got=f"{size:,}"
        )
    return size


def _check_codomain(loss: Loss | JointLoss, nodes: Sequence[Node]) -> None:
    """UserError where the last layer's output may lie outside of what the loss takes."""
    ranges: dict[int | str, Range] = {}
    for node in nodes:
        ranges[node.number] = node.layer.output_range(*(ranges.get(source, ANYWHERE) for source in node.sources))
    last = max(nodes, key=lambda node: node.number)
    (low, high), (least, most) = loss.domain, ranges[last.number]
    if least < low or most > high:
        what = f"the loss '{loss.name}' takes outputs between {low:g} and {high:g}, the last layer gives others"
        got = "any numbers" if (least, most) == ANYWHERE else f"numbers between {least:g} and {most:g}"
        raise UserError(what, where=last.where, got=got, remedy=_within(loss))


def _within(loss: Loss | JointLoss) -> str:
    """How to keep the outputs to what a loss takes."""
    ways = [f"End with {end}, or take the loss '{raw}', which works without it." for end, raw in loss.after.items()]
    return ways[0] if ways else "Let the last layer have an activation of that range, or declare its codomain."
