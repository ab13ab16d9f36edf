"""What a layer declares, and how its declaration becomes equations; the layers themselves stand beside this module."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from fractions import Fraction
from math import inf
from numbers import Real
from typing import Any, ClassVar

from symprop.errors import InternalError, SympropError, UserError, Where, nearest, option
from symprop.ir.bind import Scope, bind
from symprop.ir.index_text import Line, Read, read_line, tensors_of
from symprop.ir.names import shorten, validate_name
from symprop.ir.parse import MATHEMATICS
from symprop.ir.places import bare_name
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Moment, Role, Tensor
from symprop.layers import HOMES, file_name
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.applied import apply_function
from symprop.rules.known import nearest_rule
from symprop.scalar.function import ScalarFunction
from symprop.whole import whole_number

Shape = tuple[int, ...]
Range = tuple[float, float]  # the least and the largest number, or what they stay between
ANYWHERE: Range = (-inf, inf)

# What a declaration may call; the exponential is the mathematical one, not the unit that saturates.
FUNCTIONS: Mapping[str, Any] = {**ACTIVATIONS, **MATHEMATICS}


@dataclass(frozen=True)
class Declaration:
    """The forward equations of a layer, in the notation of `ir.index_text`; the last one defines the layer's output.

    A layer with one input reads it as ``x``, one with several as ``x1``, ``x2``, …; ``...`` stands for the axes that the
    layer leaves alone. What no equation defines is a parameter, or given where `constants` names it. `extents`, `numbers`
    and `shapes` are as in `ir.bind.Scope`, and so are `states`, `starts` and `moments`.
    """

    equations: tuple[str, ...]
    extents: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Fraction | int] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    starts: Mapping[str, float] = field(default_factory=dict)
    moments: Mapping[str, Moment] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, repr=False)
class Layer:
    """What every layer has.

    `name` is what later layers call its output. `inputs` names the layers, or network inputs, that it reads; without it,
    the layer before. `trainable` says whether its parameters are trained. `share` gives names of the network to the
    layer's own parameters, ``{"W": "W1"}``; layers that give the same name share the parameter. `l1` and `l2` are the
    factors of the penalties ``Σ|w|`` and ``Σw²`` on its weights, which the loss gets: trained parameters of two axes or
    more. Weights that layers share get the penalties of each of them.
    """

    name: str | None = None
    inputs: tuple[str, ...] = ()
    trainable: bool = True
    share: Mapping[str, str] = field(default_factory=dict)
    l1: float = 0.0
    l2: float = 0.0

    least_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    is_own: ClassVar[bool] = False  # whether a user wrote the equations
    whole_batch: ClassVar[bool] = False  # whether an example's output depends on the other examples, in training
    meanings: ClassVar[Mapping[str, str]] = {}  # what the declaration's names are, in a few words, for documents

    def __post_init__(self) -> None:
        for f in fields(self):
            kind = option_type(f)
            if not kind.fits(getattr(self, f.name)):
                raise self.wrong(f.name, kind.words)
        object.__setattr__(self, "inputs", (self.inputs,) if isinstance(self.inputs, str) else tuple(self.inputs))
        for name in (*self.inputs, *self.shared.values(), *([self.name] if self.name is not None else [])):
            validate_name(name)
        self.function  # noqa: B018 - an unknown name is to be refused here, not at the first use
        self.check()

    def __repr__(self) -> str:
        """The layer as it would be declared, without what goes without saying."""
        own = [f for f in fields(self) if f.name not in _COMMON]
        common = [f for f in fields(self) if f.name in _COMMON]
        said = [f"{f.name}={getattr(self, f.name)!r}" for f in (*own, *common) if getattr(self, f.name) != _default(f)]
        return f"{type(self).__name__}({', '.join(said)})"

    def wrong(self, name: str, expected: str) -> SympropError:
        """The error for an option that is not what it must be."""
        got = shorten(repr(getattr(self, name)))
        error = UserError(f"wrong value for {name}", where=option(name), expected=expected, got=got)
        return error.at(Where(type(self).__name__, "layer"))

    def check(self) -> None:
        """Raises UserError where an option makes no sense, whatever the input's shape."""

    def declare(self, *shapes: Shape) -> Declaration:
        """The equations on inputs of these shapes, without the axis of a batch; UserError where a shape does not fit."""
        raise InternalError(f"{type(self).__name__} declares no equations")

    def evaluate(self, *shapes: Shape) -> Declaration:
        """The equations once the network is trained; for most layers the same."""
        return self.declare(*shapes)

    def output_range(self, *read: Range) -> Range:
        """Where the output lies, for inputs that lie in `read`: in the activation's range, else anywhere."""
        return ANYWHERE if self.function is None else self.function.codomain

    @property
    def integers(self) -> Collection[str]:
        """The inputs, by what the equations call them, whose elements are places in other tensors: integers."""
        return ()

    def penalises(self, parameter: str, axes: int) -> bool:
        """Whether the penalties are on a parameter, by its name in the declaration: on weights, not on biases and gains."""
        return axes >= 2

    @property
    def names_batch(self) -> bool:
        """Whether the equations name the axis of a batch, even once the network is trained."""
        return False

    @property
    def shared(self) -> Mapping[str, str]:
        """The network's names of the layer's own parameters, as far as they are given."""
        return self.share

    def shared_by(self, parameter: str) -> str:
        """The option that gives a parameter, by its name in the declaration, a name of the network."""
        return "share"

    def trains(self, parameter: str) -> bool:
        """Whether a parameter, by its name in the declaration, is trained."""
        return self.trainable

    @property
    def function(self) -> ScalarFunction | None:
        """The activation that is applied to what the equations define, if any; UserError for an unknown name."""
        named = getattr(self, "activation", None)
        if named is None or isinstance(named, ScalarFunction):
            return named
        if named not in ACTIVATIONS:
            where = option("activation")
            raise UserError(f"unknown activation '{named}'", where=where, remedy=activation_remedy(str(named)))
        return ACTIVATIONS[named]


def activation_remedy(name: str) -> str:
    """What to do about a name that is no activation: a layer of that name has a place of its own.

    >>> activation_remedy("swish"), activation_remedy("softmax")
    ("Did you mean 'silu'?", 'That is a layer of its own, Softmax, which goes behind this one; in a file, type = "softmax".')
    """
    layers = {file_name(layer): layer for layer in HOMES}
    plain = name.lower().replace("-", "_")
    if plain in layers:
        where = f'which goes behind this one; in a file, type = "{plain}"'
        return f"That is a layer of its own, {layers[plain]}, {where}."
    return nearest_rule(name, ACTIVATIONS)


def _is_amount(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and 0 <= float(value) < inf


def _is_range(value: object) -> bool:
    ends = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    return len(ends) == 2 and all(isinstance(n, Real) and not isinstance(n, bool) for n in ends) and ends[0] < ends[1]


def _is_list(value: object) -> bool:
    return isinstance(value, str | Sequence)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_activation(value: object) -> bool:
    return isinstance(value, str | ScalarFunction)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_none_or(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


def _is_count(value: object) -> bool:
    return (whole_number(value) or 0) >= 1


@dataclass(frozen=True)
class OptionType:
    """What the values of options of a type must be, and the words for it."""

    fits: Callable[[object], bool]
    words: str


_JUDGED_BY_ITS_LAYER = OptionType(lambda value: True, "")
_TABLE = OptionType(_is_table, "a table, such as {'j': 3}")

# By the type that a layer's field is declared with, as it is written there; how a file spells them is `network_file`'s.
OPTION_TYPES: Mapping[str, OptionType] = {
    "int": OptionType(_is_count, "a whole number from 1"),
    "float": OptionType(_is_amount, "a number from 0"),
    "Range": OptionType(_is_range, "a lower and an upper bound, such as (0, 1)"),
    "bool": OptionType(_is_flag, "true or false"),
    "bool | None": OptionType(_is_none_or(_is_flag), "true or false"),
    "bool | str": _JUDGED_BY_ITS_LAYER,
    "str | None": _JUDGED_BY_ITS_LAYER,
    "tuple[str, ...]": OptionType(_is_list, "a list of texts"),
    "Option": _JUDGED_BY_ITS_LAYER,
    "Option | None": _JUDGED_BY_ITS_LAYER,
    "Mapping[str, str]": _TABLE,
    "Mapping[str, int]": _TABLE,
    "Mapping[str, float]": _TABLE,
    "str | ScalarFunction": OptionType(_is_activation, "an activation's name, or an activation"),
    "str | ScalarFunction | None": OptionType(_is_none_or(_is_activation), "an activation's name, or an activation"),
}


def option_type(option: Field[Any]) -> OptionType:
    """The type of an option; InternalError for one that `OPTION_TYPES` lacks, so that none goes unchecked."""
    if str(option.type) not in OPTION_TYPES:
        raise InternalError(f"options of type '{option.type}', as '{option.name}' is, have no check")
    return OPTION_TYPES[str(option.type)]


_COMMON = tuple(f.name for f in fields(Layer))


def _default(f: Field[Any]) -> Any:
    return f.default if f.default_factory is MISSING else f.default_factory()


@dataclass(frozen=True)
class LayerEquations:
    """A layer spelled out: what it brought in, its equations, its output, and what its activation was applied to.

    `tensors` has what its declaration reads and defines, by the names there, and `texts` the declaration's equations, by
    the network's name of what they define; `kind` is the layer's class.
    """

    kind: str
    free: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    output: Tensor
    tensors: Mapping[str, Tensor]
    pre_activation: Tensor | None = None
    function: ScalarFunction | None = None
    texts: Mapping[str, Line] = field(default_factory=dict)


def spell_out(
    layer: Layer,
    number: int,
    sources: tuple[Tensor, ...],
    batch: int = 0,
    training: bool = True,
    known: Mapping[str, Tensor] | None = None,
) -> LayerEquations:
    """The equations of layer `number` (counted from 1) on its sources, whose first `batch` axes are those of a batch.

    `known` are the parameters of the network so far, for what the layer shares.
    """
    if layer.whole_batch and training and not batch:
        raise UserError("the layer takes statistics over a batch", remedy="Give the network a batch, such as one of 8.")
    shapes = [source.extents[batch:] for source in sources]
    declared = (layer.declare if training else layer.evaluate)(*shapes)
    lines = [read_line(text, FUNCTIONS) for text in declared.equations]
    named = dict(zip(input_names(len(sources)), sources, strict=True))
    scope = Scope(
        named,
        _leading(lines, named),
        declared.extents,
        {name: Fraction(value) for name, value in declared.numbers.items()},
        declared.shapes,
        declared.constants,
        declared.states,
        declared.starts,
        lambda name: layer.shared.get(name) or numbered(name, number),
        Origin("layer" if layer.function is None else "pre-activation", number),
        layer.trains,
        {name: known[name] for name in layer.shared.values() if known and name in known},
        declared.moments,
    )
    if batch and lines:
        _check_batch(lines, scope)
    bound = bind(lines, scope)
    _check_shared(layer, bound.tensors)
    last = bound.tensors[lines[-1].target.tensor] if lines else sources[0]
    kind, function = type(layer).__name__, layer.function
    texts = {bound.tensors[line.target.tensor].name: line for line in lines}
    if function is None:
        return LayerEquations(kind, bound.free, bound.equations, last, bound.tensors, texts=texts)
    output = Tensor(numbered("a", number), last.indices)
    applied = apply_function(function, last(), output, number, "activation")
    return LayerEquations(kind, bound.free, (*bound.equations, *applied), output, bound.tensors, last, function, texts)


def input_names(count: int) -> list[str]:
    """What equations call the inputs of a layer that has so many.

    >>> input_names(1), input_names(3)
    (['x'], ['x1', 'x2', 'x3'])
    """
    return ["x"] if count == 1 else [f"x{k}" for k in range(1, count + 1)]


def numbered(name: str, number: int) -> str:
    """A name of a declaration as it stands in the network.

    >>> numbered("W", 2), numbered("z_3", 2)
    ('W2', 'z2_3')
    """
    stem, mark, rest = name.partition("_")
    return f"{stem}{number}{mark}{rest}"


def _leading(lines: list[Line], named: Mapping[str, Tensor]) -> tuple[Any, ...]:
    """The axes that ``...`` stands for: those of the input that its brackets leave over."""
    for read in _reads(lines):
        if read.leading and read.tensor in named:
            return named[read.tensor].indices[: len(named[read.tensor].indices) - len(read.places)]
    return ()


def _check_batch(lines: list[Line], scope: Scope) -> None:
    """The first axis of the output is that of the examples: handed on from the inputs, equation by equation."""
    batched = set(scope.tensors)
    for line in lines:
        first = _first_index(line.target)
        handed_on = (read.tensor in batched and _first_index(read) == first for read in tensors_of(line.body))
        if (line.target.leading and scope.leading) or (first is not None and any(handed_on)):
            batched.add(line.target.tensor)
    last = lines[-1].target.tensor
    if last not in batched:
        raise UserError(
            f"the first axis of '{last}' is not that of the batch",
            remedy=f"Begin with the index of the examples on both sides, as in {last}[n, j], or with ..., as in {last}[..., j].",
        )


def _first_index(read: Read) -> str | None:
    return bare_name(read.places[0]) if read.places and not read.leading else None


def _reads(lines: list[Line]) -> Iterator[Read]:
    return (read for line in lines for read in tensors_of(line.body))


def _check_shared(layer: Layer, tensors: Mapping[str, Tensor]) -> None:
    own = [name for name, tensor in tensors.items() if tensor.role is Role.PARAMETER]
    for name in layer.shared:
        if name not in own:
            raise UserError(f"the layer has no parameter '{name}' to share", remedy=nearest(name, own))
