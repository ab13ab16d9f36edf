"""Notation packs: what a dense net's quantities are called in class (h1, a_h1, w1) and in textbooks (z, a, w with indices).

Any tensor has a name in each: what a pack has no word for is called by its own name and its position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import prod
from string import digits

from symprop.errors import UserError, Where, nearest
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.notation.apart import of_stem, split, whole
from symprop.notation.looks import Look, spelled
from symprop.notation.names import Names
from symprop.notation.rule import Rule, readings, systematic
from symprop.scalar.function import declarations

Rules = dict[str, Rule]


def names_for(program: Program, notation: str = "classroom") -> Names:
    """The names of a program's quantities in one notation.

    Raises UserError for an unknown notation, and where two quantities would have one name.
    """
    if notation not in NOTATIONS:
        raise UserError(f"unknown notation '{notation}'", remedy=nearest(notation, NOTATIONS))
    names = Names(NOTATIONS[notation](program), {}, _function_looks(program), program.tensors)
    _check_tensors(program, names, notation)
    _check_elements(program, names, notation)
    return names


def check_names(program: Program) -> None:
    """UserError where two quantities would have one name in any notation.

    So a network is refused in all of them alike: values may be given by the names in class in each.
    """
    for notation in NOTATIONS:
        names_for(program, notation)


def _check_tensors(program: Program, names: Names, notation: str) -> None:
    """No tensor is called like an element."""
    shapes = {name: rule.extents for name, rule in names.rules.items()}
    for name in program.tensors if shapes else ():
        place = names.place(name, shapes)
        if place is not None:
            whose = "one of its own elements" if place[0] == name else f"an element of '{place[0]}'"
            raise _taken(program, name, f"{whose} is called '{name}' in {notation} notation", place[0])


def _check_elements(program: Program, names: Names, notation: str) -> None:
    """No two elements are called alike."""
    rules = names.rules
    for entries in names.holders.values():
        for (_, one), (start, other) in pairwise(entries):
            if (rules[one].first or 1) + prod(rules[one].extents) > start:
                raise _alike(program, one, other, notation)
    for name, rule in rules.items():
        for prefix, numbers in readings(rule.prefix.removesuffix("_")):
            for _, other in names.holders.get((prefix, rule.count + len(numbers)), ()) if numbers else ():
                if rules[other].position((*numbers, *(1,) * rule.count)) is not None:
                    raise _alike(program, name, other, notation)


def _alike(program: Program, one: str, other: str, notation: str) -> UserError:
    return _taken(
        program, other, f"elements of '{one}' and '{other}' would be called alike in {notation} notation", one
    )


def _taken(program: Program, name: str, why: str, holder: str) -> UserError:
    """The error for one of two names that clash: an input that a user named gives way, else `name`."""
    tensor = program.tensors[name]
    named = (n for n in (name, holder) if n != "x" and program.tensors[n].role in (Role.INPUT, Role.INDEX))
    given = next(named, None)
    readers = (e for e in program.equations if tensor in (e.target.tensor, *(a.tensor for a in e.value.accesses)))
    origin = next((equation.origin for equation in readers), None)
    where = Where(f"layer {origin.layer}", "layer", origin.layer) if origin is not None and origin.layer else None
    if given is not None:
        where = Where("", "input", given)
    return UserError(f"the name '{name}' is taken: {why}", where=where, remedy=f"Rename '{given or name}'.")


def _function_looks(program: Program) -> dict[str, str]:
    """The LaTeX of the declared functions that the program applies."""
    values = (equation.value for equation in program.equations)
    expressions = (value.expression for value in values if isinstance(value, Elementwise))
    return {name: f.latex for expression in expressions for name, f in declarations(expression).items()}


def _classroom(program: Program) -> Rules:
    """i1, h1, a_h1, o1, a_o1, t1, E1; weights w1, w2, … in one count through the layers, row by row; biases b_h1."""
    last = max((e.origin.layer or 0 for e in program.equations), default=0)
    sums = (e for e in program.equations if e.origin.rule == "pre-activation")
    units = {e.origin.layer: e.target.tensor.extents for e in sums if len(e.target.tensor.extents) == 1}
    weights = 1
    rules: Rules = {}
    taken = {name.rstrip(digits) for name in program.by_name if name[-1] in digits}
    for equation, tensor in _tensors(program):
        if tensor.role is Role.PARAMETER and len(tensor.extents) == 2:
            rule = Rule("w", tensor.extents, Look("w"), first=weights)
            weights += prod(tensor.extents)
        elif _is_on_units(equation, tensor, units):
            rule = _on_unit(equation, tensor, last)
        else:
            rule = _counted_up(tensor)
        # Another tensor may have the short name already, in the same layer, say, or be called as an element would be.
        rules[tensor.name] = _by_position(tensor) if rule.prefix in taken else rule
        taken |= {rules[tensor.name].prefix} - {"w"}
    return rules


def _is_on_units(equation: Equation, tensor: Tensor, units: Mapping[int | None, tuple[int, ...]]) -> bool:
    """Whether a tensor has one element for each unit of a layer: a bias, or what the layer computes."""
    if equation.origin.layer is None or units.get(equation.origin.layer) != tensor.extents:
        return False
    is_bias = tensor.role is Role.PARAMETER and equation.origin.rule == "pre-activation"
    return is_bias or tensor == equation.target.tensor


def _on_unit(equation: Equation, tensor: Tensor, last: int) -> Rule:
    """By neurons: o1 in the last layer, h1 in the only hidden one, h2_1 in the second of several; a_h1 what is on them."""
    layer = equation.origin.layer
    unit, below = ("o", "o") if layer == last else ("h", "h") if last == 2 else (f"h{layer}_", f"h{layer},")
    if tensor == equation.target.tensor and equation.origin.rule == "pre-activation":
        return Rule(unit, tensor.extents, Look(below[0], below[1:]), first=1)
    stem = split(tensor.name)[0]
    look = of_stem(stem).opened()
    return Rule(f"{stem}_{unit}", tensor.extents, replace(look, below=look.below + below), first=1)


def _counted_up(tensor: Tensor) -> Rule:
    """A vector's elements by a letter and their number; another tensor's by their position."""
    letter = "i" if tensor.name == "x" else tensor.name
    if len(tensor.extents) != 1 or letter[-1].isdigit():
        return _by_position(tensor)
    look = spelled(letter) if letter != tensor.name else whole(tensor)
    return Rule(letter, tensor.extents, look.opened(), first=1)


def _by_position(tensor: Tensor) -> Rule:
    return systematic(tensor.name, tensor.extents, whole(tensor))


def _textbook(program: Program) -> Rules:
    """x_k, w_jk^(l), b_j^(l), z_j^(l), a_j^(l), t_j, E_j, as in Nielsen, Neural Networks and Deep Learning, 2015.

    The elements of a matrix of weights have its letter in lower case, unless that is another tensor's.
    """
    alike = Counter(name.casefold() for name in program.tensors)
    rules: Rules = {}
    for _, tensor in _tensors(program):
        is_lowered = tensor.role is Role.PARAMETER and len(tensor.extents) > 1 and alike[tensor.name.casefold()] == 1
        rules[tensor.name] = _by_position(replace(tensor, name=tensor.name.lower()) if is_lowered else tensor)
    return rules


def _tensors(program: Program) -> Iterator[tuple[Equation, Tensor]]:
    """Every forward tensor with indices, with the equation that defines it or, of a free one, that reads it first."""
    met: set[str] = set()
    for equation in program.equations:
        free = (access.tensor for access in equation.value.accesses if access.tensor.name not in program.by_name)
        for tensor in (*free, equation.target.tensor):
            if tensor.indices and tensor.name not in met and tensor.role not in BACKWARD:
                met.add(tensor.name)
                yield equation, tensor


NOTATIONS: dict[str, Callable[[Program], Rules]] = {"classroom": _classroom, "textbook": _textbook}
