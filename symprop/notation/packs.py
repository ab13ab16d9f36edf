"""Notation packs: what a dense net's quantities are called in class (h1, a_h1, w1) and in textbooks (z, a, w with indices)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from math import prod

from symprop.errors import UserError, nearest
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Program
from symprop.ir.tensor import Tensor
from symprop.notation.names import Names
from symprop.scalar.function import declarations

# In a larger program no reader looks for a single weight, and the names alone would fill the memory.
MOST_NAMED = 300_000

Look = tuple[str, str]  # an identifier and its LaTeX
Elements = dict[str, tuple[Look, ...]]


def names_for(program: Program, notation: str = "classroom") -> Names:
    """The names of a program's quantities in one notation; UserError for an unknown one.

    Elements of a program with more than `MOST_NAMED` of them get systematic names, such as ``W1_3_7``.
    """
    if notation not in NOTATIONS:
        raise UserError(f"unknown notation '{notation}'", remedy=nearest(notation, NOTATIONS))
    enumerable = sum(prod(tensor.extents) for tensor in program.tensors.values()) <= MOST_NAMED
    looks = NOTATIONS[notation](program) if enumerable else {}
    latex = {identifier: look for elements in looks.values() for identifier, look in elements}
    for name, tensor in program.tensors.items():
        if tensor.indices:
            latex[name] = _whole(tensor)
    identifiers = {name: tuple(i for i, _ in elements) for name, elements in looks.items()}
    return Names(identifiers, latex, _function_looks(program))


def _function_looks(program: Program) -> dict[str, str]:
    """The LaTeX of the declared functions that the program applies."""
    values = (equation.value for equation in program.equations)
    expressions = (value.expression for value in values if isinstance(value, Elementwise))
    return {name: f.latex for expression in expressions for name, f in declarations(expression).items()}


def _whole(tensor: Tensor) -> str:
    stem, number = _split(tensor.name)
    letter = _GREEK.get(stem, stem)
    return f"{letter}^{{({number})}}" if number else letter


_GREEK = {"Phi": r"\Phi", "phi": r"\varphi"}


def _split(name: str) -> tuple[str, str]:
    """A tensor's letter and the number of its layer.

    >>> _split("W12")
    ('W', '12')
    """
    stem = name.rstrip("0123456789")
    return (stem, name[len(stem) :]) if stem else (name, "")


def _classroom(program: Program) -> Elements:
    """i1, h1, a_h1, o1, a_o1, t1, E1; weights w1, w2, … in one count through the layers, row by row; biases b_h1."""
    last = max((e.origin.layer or 0 for e in program.equations), default=0)
    weights = count(1)
    looks: Elements = {}
    for layer, tensor, kind in _tensors(program):
        if kind == "weights":
            numbers = [next(weights) for _ in range(tensor.extents[0] * tensor.extents[1])]
            looks[tensor.name] = tuple((f"w{n}", f"w_{{{n}}}") for n in numbers)
        elif kind == "plain":
            letter = {"x": "i"}.get(tensor.name, tensor.name)
            looks[tensor.name] = tuple((f"{letter}{n}", f"{letter}_{{{n}}}") for n in _counted(tensor))
        else:
            stem = "" if kind == "pre-activation" else _split(tensor.name)[0]
            units = (_unit(layer, last, n) for n in _counted(tensor))
            looks[tensor.name] = tuple(_on_unit(stem, *unit) for unit in units)
    return looks


def _unit(layer: int, last: int, number: int) -> Look:
    """A neuron's name: o1 in the last layer, h1 in the only hidden one, h2_1 in the second of several."""
    if layer == last:
        return f"o{number}", f"o_{{{number}}}"
    return (f"h{number}", f"h_{{{number}}}") if last == 2 else (f"h{layer}_{number}", f"h_{{{layer},{number}}}")


def _on_unit(stem: str, unit: str, latex: str) -> Look:
    if not stem:
        return unit, latex
    subscript = latex.replace("_{", "").replace("}", "")
    return f"{stem}_{unit}", f"{_GREEK.get(stem, stem)}_{{{subscript}}}"


def _textbook(program: Program) -> Elements:
    """x_k, w_jk^(l), b_j^(l), z_j^(l), a_j^(l), t_j, E_j, as in Nielsen, Neural Networks and Deep Learning, 2015."""
    looks: Elements = {}
    for _, tensor, kind in _tensors(program):
        stem, number = _split(tensor.name) if kind != "plain" else (tensor.name, "")
        superscript = f"^{{({number})}}" if number else ""
        letter = _GREEK.get(stem, stem.lower() if kind == "weights" else stem)
        identifier = f"{stem.lower() if kind == 'weights' else stem}{number}"
        looks[tensor.name] = tuple(
            ("_".join([identifier, *map(str, p)]), f"{letter}_{{{_indices(p)}}}{superscript}")
            for p in _positions(tensor)
        )
    return looks


def _indices(position: tuple[int, ...]) -> str:
    return ("" if all(p < 10 for p in position) else ",").join(map(str, position))


def _positions(tensor: Tensor) -> Iterator[tuple[int, ...]]:
    if len(tensor.extents) == 1:
        return ((n,) for n in _counted(tensor))
    rows, columns = tensor.extents
    return ((r, c) for r in range(1, rows + 1) for c in range(1, columns + 1))


def _counted(tensor: Tensor) -> range:
    return range(1, tensor.extents[0] + 1)


def _tensors(program: Program) -> Iterator[tuple[int, Tensor, str]]:
    """The dense net's tensors with their layers, each with its kind; a scalar keeps its own name and is left out."""
    seen: set[str] = set()
    free = {tensor.name for tensor in program.free}
    for equation in program.equations:
        layer = equation.origin.layer or 0
        for access in equation.value.accesses:
            tensor = access.tensor
            if tensor.name in free and tensor.name not in seen and tensor.indices:
                seen.add(tensor.name)
                yield layer, tensor, _kind_of_free(tensor)
        tensor = equation.target.tensor
        if tensor.indices:
            yield layer, tensor, equation.origin.rule if layer else "plain"


def _kind_of_free(tensor: Tensor) -> str:
    if len(tensor.indices) == 2:
        return "weights"
    return "bias" if tensor.role == "parameter" else "plain"


NOTATIONS: dict[str, Callable[[Program], Elements]] = {"classroom": _classroom, "textbook": _textbook}
