"""The Python source of a lowered program for JAX: a function of one update, and the loop around it; nothing is run here."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sympy
from sympy.printing.precedence import PRECEDENCE

from symprop.backends.jax.layout import channels_last
from symprop.backends.jax.lines import JaxLines, definition, varies
from symprop.backends.jax.reading import Piece, Reader, Text, shape_of, tuple_of
from symprop.backends.jax.sums import Convolving, Sums
from symprop.backends.loading import check_name
from symprop.errors import UnsupportedError
from symprop.ir.names import fresh_name
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.lowering.lowered import Lowered
from symprop.scalar.function import ScalarFunction, X, applied

RESERVED = (
    *("jnp", "lax", "special", "windows", "spread", "read_at", "add_at", "pinned", "smallest", "largest_exponent"),
    *(
        "image",
        "kernel",
        "program",
        "loop",
        "update",
        "carried",
        "fixed",
        "varying",
        "losses",
        "count",
        "k",
        "state",
        "new",
    ),
)
WIDTH = 110  # a sum that would be longer stands on several lines
# What keeps its digits where layers are computed in a shorter format: many small updates are added up in it.
_KEPT = (Role.PARAMETER, Role.STATE, Role.HYPERPARAMETER, Role.LOSS)


@dataclass(frozen=True)
class Formats:
    """The number formats of a program: that of its layers, and that of parameters, states, hyperparameters and the loss."""

    layers: Text
    kept: Text

    def of(self, tensor: Tensor) -> Text:
        """The format of a tensor's elements."""
        if tensor.role is Role.INDEX:
            return "int64"
        return self.kept if tensor.role in _KEPT else self.layers


FORMATS = {
    "float64": Formats("float64", "float64"),
    "float32": Formats("float32", "float32"),
    "bfloat16": Formats("bfloat16", "float32"),
}


class Names:
    """What the source calls tensors and declared functions: their own names, with underscores where one is taken."""

    def __init__(self, lowered: Lowered, functions: Sequence[ScalarFunction]) -> None:
        self._taken = {*RESERVED, *keyword.kwlist, *keyword.softkwlist}
        self.tensors = {name: self._free(name) for name in lowered.tensors}
        self.functions = {function: self._free(function.name) for function in functions}

    def _free(self, name: str) -> str:
        return check_name(fresh_name(name, self._taken))


@dataclass(frozen=True)
class Source:
    """The functions' text: `program` takes the arguments by position and gives the outputs as a list.

    It reads those of `names` that are `constants`, which the function of that name gives; they are worked out once.
    """

    text: Text
    names: Mapping[str, Text]
    constants: tuple[Text, ...]


def program_source(lowered: Lowered, dtype: str, convolving: Convolving = lambda found: True) -> Source:
    """The source of a lowered program in a number format; UnsupportedError, with the equation, for what JAX lacks.

    Convolutions for which `convolving` holds are JAX's own, others products of windows.
    """
    lowered = channels_last(lowered)
    lines = (*lowered.constants, *lowered.equations)
    expressions = [factor for line in lines if isinstance(line.value, Elementwise) for factor in line.value.factors]
    functions = applied(expressions)
    names = Names(lowered, functions)
    text = [line for function in functions for line in (*definition(function, names.functions), "", "")]
    once = _compared(lines) | _costly(lines)

    def say(name: Text, arguments: Sequence[Text], equations: Sequence[Equation], outputs: Sequence[Text]) -> None:
        text.append(f"def {name}({', '.join(arguments)}):")
        for line in equations:
            text.extend(
                f"    {statement}" for statement in _Emitter(names, FORMATS[dtype], line, convolving).statements()
            )
            if line.name in once:
                known = names.tensors[line.name]
                text.append(f"    {known} = pinned({known})  # {line.target}")
        text.append(f"    return [{', '.join(names.tensors[name] for name in outputs)}]")

    constants = tuple(line.name for line in lowered.constants)
    if constants:
        say("constants", (), lowered.constants, constants)
        text += ["", ""]
    say("program", [names.tensors[tensor.name] for tensor in lowered.arguments], lowered.equations, lowered.outputs)
    return Source("\n".join(text) + "\n", names.tensors, tuple(names.tensors[name] for name in constants))


def _compared(lines: Sequence[Equation]) -> set[str]:
    """The tensors whose elements are compared with the largest among them."""
    reduced = {
        access.tensor.name for line in lines if isinstance(line.value, Reduction) for access in line.value.operands
    }
    equal = [
        line.value for line in lines if isinstance(line.value, Elementwise) and line.value.expression.has(sympy.Eq)
    ]
    return reduced & {access.tensor.name for value in equal for access in value.operands}


def _costly(lines: Sequence[Equation]) -> set[str]:
    """The tensors of error functions, which XLA would work out again for each of their uses."""
    found = [(line.name, line.value.factors) for line in lines if isinstance(line.value, Elementwise)]
    forms = {name: [*factors, *(f.stable_form(X) for f in applied(factors))] for name, factors in found}
    return {name for name, each in forms.items() if any(part.has(sympy.erf, sympy.erfc) for part in each)}


class _Emitter:
    """The statements of one equation."""

    def __init__(self, names: Names, formats: Formats, equation: Equation, convolving: Convolving) -> None:
        self.names, self.formats, self.equation, self.convolving = names, formats, equation, convolving
        self.format = formats.of(equation.target.tensor)
        self.reader = Reader(self._text)
        self.said: list[Text] = []

    def _text(self, access: Access) -> Text:
        """The name of a tensor, in the format of the equation."""
        name, format = self.names.tensors[access.tensor.name], self.formats.of(access.tensor)
        return name if format in (self.format, "int64") else f'{name}.astype("{self.format}")'

    def statements(self) -> Iterator[Text]:
        """The statements, each with the equation's target in a comment."""
        try:
            lines = [*self._assignment()]
        except UnsupportedError as error:
            raise UnsupportedError(error.what, where=f"equation '{self.equation.name}'") from error
        return (f"{line}  # {self.equation.target}" for line in (*self.said, *lines))

    def _assignment(self) -> Iterator[Text]:
        name, value = self.names.tensors[self.equation.name], self.equation.value
        if not isinstance(value, SumOfProducts):
            text = self._elementwise(value) if isinstance(value, Elementwise) else self._reduction(value)
            yield f"{name} = {text}"
            return
        sums = Sums(self.reader, self.said.append, f'"{self.format}"', self.convolving)
        parts = sums.array(self.equation.target, value.terms)
        whole = " ".join(parts).removeprefix("+ ")
        if len(whole) <= WIDTH or len(parts) == 1:
            yield f"{name} = {whole}"
            return
        yield f"{name} = ("
        yield from (f"    {part.removeprefix('+ ') if k == 0 else part}" for k, part in enumerate(parts))
        yield ")"

    def _elementwise(self, node: Elementwise) -> Text:
        indices = self.equation.target.free
        pieces = [self.reader.read(access) for access in node.operands]
        printer = JaxLines(self.names.functions, {f"x{k}": piece.along(indices) for k, piece in enumerate(pieces)})
        if len(node.factors) == 1:
            text = printer.doprint(node.factors[0])
        else:
            text = "*".join(printer.parenthesize(factor, PRECEDENCE["Mul"]) for factor in node.factors)
        met = {index for piece in pieces for index in piece.axes}
        if not any(map(varies, node.factors)):
            text = f'jnp.asarray({text}, "{self.format}")'
        return text if met.issuperset(indices) else f"jnp.broadcast_to({text}, {shape_of(indices)})"

    def _reduction(self, node: Reduction) -> Text:
        """The largest, or the logarithm of the sum of exponentials; several operands are brought together on a last axis."""
        function = {"max": "jnp.max", "logsumexp": "special.logsumexp"}[node.kind]
        indices: tuple[Index, ...] = (*self.equation.target.free, *node.over)
        pieces = [self.reader.read(access, "-jnp.inf") for access in node.operands]
        shape = shape_of(indices)
        if len(pieces) == 1 and set(pieces[0].axes) == set(indices):
            return self._reduced(function, pieces[0], node.over)
        spread = [f"jnp.broadcast_to({piece.along(indices)}, {shape})" for piece in pieces]
        last = Index("_", len(pieces))
        return self._reduced(
            function, Piece(f"jnp.stack([{', '.join(spread)}], -1)", (*indices, last)), (*node.over, last)
        )

    def _reduced(self, function: Text, piece: Piece, over: Sequence[Index]) -> Text:
        if not over:
            return piece.turned(self.equation.target.free)
        left = tuple(index for index in piece.axes if index not in over)
        axes = tuple(place for place, index in enumerate(piece.axes) if index in over)
        text = f"{function}({piece.text}, {axes[0] if len(axes) == 1 else axes})"
        return Piece(text, left).turned(self.equation.target.free)


def loop_source(lowered: Lowered, names: Mapping[str, Text], varying: Collection[str]) -> Text:
    """The source of many updates: `losses` has a place for each of at most so many, of which `count` are run."""
    carried = [tensor.name for tensor in lowered.arguments if tensor.name in lowered.carried.values()]
    rows = [tensor.name for tensor in lowered.arguments if tensor.name in varying]
    fixed = [t.name for t in lowered.arguments if t.name not in carried and t.name not in varying]
    news = {old: new for new, old in lowered.carried.items()}
    outputs = [f"new[{lowered.outputs.index(news[name])}]" for name in carried]
    say = [names[name] for name in carried], [names[name] for name in fixed], [names[name] for name in rows]
    arguments = ", ".join(names[tensor.name] for tensor in lowered.arguments)
    lines = [
        "def loop(count, losses, carried, fixed, varying):",
        *([f"    {', '.join(say[1])}, = fixed"] if fixed else []),
        "",
        "    def update(k, state):",
        "        losses, carried = state",
        *([f"        {', '.join(say[0])}, = carried"] if carried else []),
        *(
            f"        {name} = lax.dynamic_index_in_dim(varying[{place}], k, 0, False)"
            for place, name in enumerate(say[2])
        ),
        f"        new = program({arguments})",
        f"        return losses.at[k].set(new[0]), {tuple_of(outputs)}",
        "",
        "    return lax.fori_loop(0, count, update, (losses, carried))",
    ]
    return "\n".join(lines) + "\n"
