"""What a derivation was asked for: tensors, and single elements of them; what is said of them is the affair of `document`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from symprop.errors import UserError, nearest
from symprop.ir.program import Program
from symprop.notation.names import Names
from symprop.views.scalar import MOST_SUGGESTED


@dataclass(frozen=True)
class Asked:
    """`tensors` are differentiated by; `elements` has those of them that were asked for by some elements alone, with these.

    A single number, but for the loss, is its own element.

    `names` are what was asked for as it was typed.
    """

    names: tuple[str, ...]
    tensors: tuple[str, ...]
    elements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def asked(wrt: str | Sequence[str], program: Program, names: Names) -> Asked:
    """The tensors and the elements that `wrt` names; UserError where there is none such.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.packs import names_for
    >>> program = NetworkSpec(2, [Dense(3, bias=False)]).elaborate()
    >>> asked(["w3", "x"], program, names_for(program))
    Asked(names=('w3', 'x'), tensors=('W1', 'x'), elements={'W1': ('w3',)})
    """
    given = _given(wrt)
    shapes = {name: tensor.extents for name, tensor in program.tensors.items()}
    elements: dict[str, dict[str, None]] = {}
    for name in given:
        place = None if name in program.tensors else names.place(name, shapes)
        if place is not None:
            elements.setdefault(place[0], {})[name] = None
        elif name not in program.tensors:
            several = (islice(names.elements(tensor), MOST_SUGGESTED) for tensor in program.tensors.values())
            known = [*program.tensors, *chain.from_iterable(several)]
            raise UserError(f"there is no quantity '{name}'", remedy=nearest(name, known))
    tensors = dict.fromkeys(name if name in program.tensors else _tensor(name, elements) for name in given)
    alone = {
        name: tuple(elements.get(name, (name,))) for name in tensors if name not in given or _is_number(program, name)
    }
    return Asked(tuple(given), tuple(tensors), alone)


def _is_number(program: Program, name: str) -> bool:
    return not program.tensors[name].indices and name != program.loss


def _given(wrt: str | Sequence[str]) -> list[str]:
    found = list(wrt) if isinstance(wrt, Iterable) and not isinstance(wrt, str) else [wrt]
    if not all(isinstance(name, str) for name in found):
        expected = 'names, such as "w1" or ["W1", "b1"]'
        raise UserError("wrong quantities to differentiate by", expected=expected, got=repr(found))
    return found


def _tensor(name: str, elements: Mapping[str, Mapping[str, None]]) -> str:
    return next(tensor for tensor, found in elements.items() if name in found)
