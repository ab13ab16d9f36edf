"""What each quantity is called: an identifier for formulas and code, and its look in LaTeX; no formula is built here.

Names are rules, one for each tensor, and an element is named when somebody asks: no table of elements is built.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from symprop.ir.tensor import Tensor
from symprop.notation.apart import Apart, tell_apart
from symprop.notation.looks import Look, verbatim
from symprop.notation.macros import Macros
from symprop.notation.rule import Position, Rule, readings, systematic


@dataclass(frozen=True)
class Names:
    """One notation applied to one network.

    `rules` says how the elements of each tensor are called. `latex` gives looks by identifier or tensor before all else,
    `functions` those of functions. `tensors` are those whose looks are told apart, δ being the look of the `deltas`
    among them. `wholes` are the looks of whole tensors that do not go by their own names, `sums` the letters of weighted
    sums, which a δ leaves out, `general` what any output ``a``, target ``t`` and sum ``z`` is called. What is in none of them
    gets a systematic name, so every program can be unrolled and printed. With `macros`, formulas are printed in those, see
    `in_macros`.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    latex: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    deltas: frozenset[str] = frozenset()
    macros: Macros | None = None
    wholes: Mapping[str, Look] = field(default_factory=dict)
    sums: tuple[str, ...] = ("z",)
    general: Mapping[str, str] = field(default_factory=dict)

    def any(self, word: str) -> str:
        """What a quantity of a kind is called where none in particular is meant.

        >>> Names(general={"a": "y"}).any("a"), Names().any("t")
        ('y', 't')
        """
        return self.general.get(word) or word

    def element(self, tensor: str, position: Position, extents: tuple[int, ...]) -> str:
        """The identifier of one element, `position` counted from zero.

        >>> Names({"z1": Rule("h", (2,), Look("h"), first=1)}).element("z1", (1,), (2,))
        'h2'
        >>> Names().element("V", (0, 2), (2, 3))
        'V_1_3'
        """
        rule = self.rules.get(tensor)
        return "_".join([tensor, *(str(p + 1) for p in position)]) if rule is None else rule.identifier(position)

    def elements(self, tensor: Tensor) -> Iterator[str]:
        """The identifiers of a tensor's elements, row by row, each made when it is asked for."""
        positions = product(*(range(extent) for extent in tensor.extents))
        return (self.element(tensor.name, position, tensor.extents) for position in positions)

    def place(self, identifier: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[str, Position] | None:
        """The tensor and the position that an identifier names; None for no element of the tensors in `shapes`.

        >>> names = Names({"z1": Rule("h", (2,), Look("h"), first=1)})
        >>> names.place("h2", {"z1": (2,)}), names.place("V_1_3", {"V": (2, 3)})
        (('z1', (1,)), ('V', (0, 2)))
        """
        if shapes.get(identifier) == ():
            return identifier, ()
        for prefix, numbers in readings(identifier):
            holder = self._holder(prefix, numbers)
            if holder is not None and holder in shapes:
                position = self.rules[holder].position(numbers)
                if position is not None:
                    return holder, position
            tensor = prefix[:-1]
            if prefix.endswith("_") and tensor in shapes and tensor not in self.rules:
                position = systematic(tensor, shapes[tensor], Look(tensor)).position(numbers)
                if position is not None:
                    return tensor, position
        return None

    def look(self, name: str) -> str | None:
        """The LaTeX of an identifier or of a whole tensor; None where the notation has nothing to say.

        >>> Names({"z1": Rule("h", (2,), Look("h"), first=1)}).look("h2")
        'h_{2}'
        """
        known = self.latex.get(name)
        if known is None and name in self._apart.alone:
            return self._apart.alone[name].latex()
        return self._element_look(name) if known is None else known

    def _element_look(self, identifier: str) -> str | None:
        place = self.place(identifier, self._extents)
        if place is None:
            return None
        tensor, position = place
        look = self._apart.families.get(tensor, self.rules[tensor].look)
        return verbatim(identifier).latex() if look is None else self.rules[tensor].latex(position, look)

    def in_macros(self) -> Names:
        """The same names, whose letters LaTeX has macros for; `macros` tells which, once formulas are printed."""
        families = (look.latex() for look in self._apart.families.values() if look is not None)
        alone = (look.latex() for look in self._apart.alone.values())
        return replace(self, macros=Macros.of([*families, *alone, *self.latex.values()]))

    def is_array(self, name: str) -> bool:
        """Whether a name is that of a whole tensor, and no number's."""
        return name in self.tensors and bool(self.tensors[name].indices)

    def real(self, latex: str) -> str:
        """The LaTeX as it is without macros."""
        return latex if self.macros is None else self.macros.real(latex)

    @cached_property
    def _apart(self) -> Apart:
        return tell_apart(
            self.tensors, self.rules, self.deltas, self.functions.values(), wholes=self.wholes, sums=self.sums
        )

    @cached_property
    def has_e(self) -> bool:
        """Whether a quantity looks like the base of the natural logarithm, so that e to a power would be its power.

        >>> Names(tensors={"e": Tensor("e")}).has_e, Names(tensors={"e_1": Tensor("e_1")}).has_e
        (True, False)
        """
        return any(look.letter == "e" and not look.below for look in self._apart.alone.values())

    @cached_property
    def _extents(self) -> dict[str, tuple[int, ...]]:
        return {tensor: rule.extents for tensor, rule in self.rules.items()}

    def _holder(self, prefix: str, numbers: tuple[int, ...]) -> str | None:
        """The one tensor whose elements may have such a prefix and such numbers."""
        entries = self.holders.get((prefix, len(numbers)), [])
        return entries[bisect_right(entries, numbers[0], key=_start) - 1][1] if entries else None

    @cached_property
    def holders(self) -> dict[tuple[str, int], list[tuple[int, str]]]:
        """For each prefix and how many numbers follow it: the tensors, each with the number it begins at, in order."""
        found: dict[tuple[str, int], list[tuple[int, str]]] = {}
        for tensor, rule in self.rules.items():
            found.setdefault((rule.prefix, rule.count), []).append((rule.first or 1, tensor))
        for entries in found.values():
            entries.sort()
        return found


def _start(entry: tuple[int, str]) -> int:
    return entry[0]
