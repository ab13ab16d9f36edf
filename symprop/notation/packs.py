"""Notation packs, one table: what a net's quantities are called in class (h1, a_h1, w1) and in books.

A pack is an entry of `PACKS`, and its words are all that it takes. Any tensor has a name in each: what a pack has no word
for is called by its own name and its position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import prod
from string import digits

from symprop.errors import UserError, Where, nearest
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.notation.apart import of_stem, parts, split, whole
from symprop.notation.looks import Look, spelled
from symprop.notation.names import Names
from symprop.notation.rule import Rule, readings, systematic
from symprop.scalar.function import declarations

Rules = dict[str, Rule]
Wholes = dict[str, Look]  # what whole tensors look like that are not called by their own names


def names_for(program: Program, notation: str = "classroom") -> Names:
    """The names of a program's quantities in one notation.

    Raises UserError for an unknown notation, and where two quantities would have one name.
    """
    if notation not in NOTATIONS:
        raise UserError(f"unknown notation '{notation}'", remedy=nearest(notation, NOTATIONS))
    names = NOTATIONS[notation].names(program)
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


@dataclass(frozen=True)
class Pack:
    """One notation: what the quantities of a net are called. All names and looks follow from it.

    `words` says what replaces a tensor's own word: ``x`` the inputs, ``t`` the targets, ``E`` the losses of outputs, ``z`` what
    a unit sums up, ``a`` what it sends on, ``y`` what the last layer sends on, if that has a word of its own. With
    `by_neuron`, units have names of their own (h1, o1), which stand behind the words, and weights are counted through;
    else numbers are those of layer and position. `shows` are a weight, a sum and an activation of a 2-2-2 net.
    """

    name: str
    source: str
    shows: tuple[str, str, str]
    by_neuron: bool
    words: Mapping[str, str] = field(default_factory=dict)

    def word(self, stem: str) -> str:
        """What a tensor's word is replaced by, if it is."""
        return self.words.get(stem, stem)

    def names(self, program: Program) -> Names:
        """The names of a program's quantities, which nobody has checked yet."""
        rules, wholes = (_by_neuron if self.by_neuron else _by_place)(self, program)
        letter = _letter(self.word("z")).letter
        sums = ("z", letter) if self.by_neuron else (letter,)
        general = {"a": self.words.get("y", self.word("a")), "t": self.word("t").partition("_")[0], "z": self.word("z")}
        return Names(rules, {}, _function_looks(program), program.tensors, wholes=wholes, sums=sums, general=general)


PACKS = (
    Pack("classroom", "the class sheet", ("w5", "h1", "a_h1"), True, {"x": "i", "z": ""}),
    Pack(
        "textbook",
        "Nielsen, Neural Networks and Deep Learning, 2015",
        ("w2_1_1", "z1_1", "a1_1"),
        False,
    ),
    Pack(
        "mazur",
        "Mazur, A Step by Step Backpropagation Example, 2015",
        ("w5", "net_h1", "out_h1"),
        True,
        {"x": "i", "z": "net", "a": "out", "t": "target_o", "E": "E_o"},
    ),
    Pack(
        "bishop",
        "Bishop, Pattern Recognition and Machine Learning, 2006, chapter 5",
        ("w2_1_1", "a1_1", "z1_1"),
        False,
        {"z": "a", "a": "z", "y": "y"},
    ),
)
NOTATIONS = {pack.name: pack for pack in PACKS}


def _by_neuron(pack: Pack, program: Program) -> tuple[Rules, Wholes]:
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
            rule = _on_unit(pack, equation, tensor, last)
        else:
            rule = _counted_up(pack, tensor)
        # Another tensor may have the short name already, in the same layer, say, or be called as an element would be.
        rules[tensor.name] = _by_position(tensor) if rule.prefix in taken else rule
        taken |= {rules[tensor.name].prefix} - {"w"}
    return rules, _vectors(pack, program) if pack.words.get("z") else {}


def _vectors(pack: Pack, program: Program) -> Wholes:
    """Whole vectors by the pack's words, which have the layer's number behind them."""
    found = Wholes()
    for equation, tensor in _tensors(program):
        stem, number, _ = parts(tensor.name)
        is_own = tensor == equation.target.tensor and number == str(equation.origin.layer) and stem in ("z", "a")
        word = pack.word(stem).partition("_")[0] if is_own or tensor.name in ("x", "t") else stem
        if word != stem:
            found[tensor.name] = whole(replace(tensor, name=word + tensor.name.removeprefix(stem)))
    return found


def _is_on_units(equation: Equation, tensor: Tensor, units: Mapping[int | None, tuple[int, ...]]) -> bool:
    """Whether a tensor has one element for each unit of a layer: a bias, or what the layer computes."""
    if equation.origin.layer is None or units.get(equation.origin.layer) != tensor.extents:
        return False
    is_bias = tensor.role is Role.PARAMETER and equation.origin.rule == "pre-activation"
    return is_bias or tensor == equation.target.tensor


def _on_unit(pack: Pack, equation: Equation, tensor: Tensor, last: int) -> Rule:
    """By neurons: o1 in the last layer, h1 in the only hidden one, h2_1 in the second of several; a_h1 what is on them."""
    layer = equation.origin.layer
    unit, below = ("o", "o") if layer == last else ("h", "h") if last == 2 else (f"h{layer}_", f"h{layer},")
    is_sum = tensor == equation.target.tensor and equation.origin.rule == "pre-activation"
    stem = split(tensor.name)[0]
    word = pack.word("z") if is_sum else pack.word(stem)
    if not word:
        return Rule(unit, tensor.extents, Look(below[0], below[1:]), first=1)
    look = (of_stem(stem) if word == stem else _letter(word)).opened()
    return Rule(f"{word}_{unit}", tensor.extents, replace(look, below=look.below + below), first=1)


def _counted_up(pack: Pack, tensor: Tensor) -> Rule:
    """A vector's elements by a word and their number; another tensor's by their position."""
    called = pack.words.get(tensor.name, tensor.name) if tensor.name in ("x", "t", "E") else tensor.name
    if len(tensor.extents) != 1 or called[-1].isdigit():
        return _by_position(tensor)
    look = _letter(called) if called != tensor.name else whole(tensor).opened()
    return Rule(called, tensor.extents, look, first=1)


def _letter(word: str) -> Look:
    """A word with its subscript, in which numbers may follow.

    >>> _letter("target_o").latex("1")
    '\\\\mathit{target}_{o1}'
    """
    head, _, below = word.partition("_")
    return replace(spelled(head), below=below) if head else Look("")


def _by_position(tensor: Tensor, name: str | None = None) -> Rule:
    called = tensor if name is None else replace(tensor, name=name)
    return systematic(called.name, tensor.extents, whole(called))


def _by_place(pack: Pack, program: Program) -> tuple[Rules, Wholes]:
    """x_k, w_jk^(l), b_j^(l), z_j^(l), a_j^(l), t_j, E_j.

    The elements of a matrix of weights have its letter in lower case. A name that is another tensor's too is nobody's:
    the tensors keep their own.
    """
    tensors = {tensor.name: (equation, tensor) for equation, tensor in _tensors(program)}
    renamed = {name: _placed(pack, program, *found) for name, found in tensors.items()}
    kept = {name: name for name in program.tensors if name not in tensors}
    while clashing := _clashing({**kept, **renamed}):
        renamed |= {name: name for name in clashing if name in tensors}
    rules, wholes = Rules(), Wholes()
    for name, (_, tensor) in tensors.items():
        is_matrix = _is_matrix(tensor)
        lowered = renamed[name].lower() if is_matrix else renamed[name]
        alike = sum(lowered == other.casefold() for other in {**kept, **renamed}.values())
        rules[name] = _by_position(tensor, lowered if is_matrix and alike == 1 else renamed[name])
        if renamed[name] != name:
            wholes[name] = whole(replace(tensor, name=renamed[name]))
    return rules, wholes


def _placed(pack: Pack, program: Program, equation: Equation, tensor: Tensor) -> str:
    """A tensor's name with the word of the pack; only what layers compute, and inputs and targets, have one."""
    stem, number, _ = parts(tensor.name)
    if tensor.name in ("x", "t", "E"):
        return pack.word(tensor.name)
    if tensor != equation.target.tensor or number != str(equation.origin.layer) or stem not in ("z", "a"):
        return tensor.name
    output = pack.words.get("y")
    if output and stem == "a" and tensor.name == program.output and output not in program.tensors:
        return output
    return pack.word(stem) + tensor.name.removeprefix(stem)


def _clashing(renamed: Mapping[str, str]) -> list[str]:
    """The tensors that have another's name, without those that have their own."""
    alike = Counter(renamed.values())
    return [name for name, called in renamed.items() if alike[called] > 1 and called != name]


def _is_matrix(tensor: Tensor) -> bool:
    return tensor.role is Role.PARAMETER and len(tensor.extents) > 1


def _tensors(program: Program) -> Iterator[tuple[Equation, Tensor]]:
    """Every forward tensor with indices, with the equation that defines it or, of a free one, that reads it first."""
    met: set[str] = set()
    for equation in program.equations:
        free = (access.tensor for access in equation.value.accesses if access.tensor.name not in program.by_name)
        for tensor in (*free, equation.target.tensor):
            if tensor.indices and tensor.name not in met and tensor.role not in BACKWARD:
                met.add(tensor.name)
                yield equation, tensor
