r"""Tells the looks of a program's tensors apart, so that no two quantities print alike; the looks proposed are `packs`'.

A look that is taken gives way to the next proposal, at last to the name as it is typed, which is nobody else's. Whole
tensors and families of elements are compared, never single elements.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from symprop.ir.tensor import BACKWARD, Role, Share, Tensor
from symprop.notation.looks import Look, spelled, verbatim, word
from symprop.notation.rule import Rule

Key = tuple[str, str, str]  # letter, what stands above, what stands below before the numbers
_PART = re.compile(r"([^\W\d_]+)([0-9]+)_([^\W_]+(?:_[^\W_]+)*)")
_NUMBER = re.compile(r"([0-9]+),?\Z")


@dataclass
class Apart:
    """The looks in use: those of scalars and whole tensors, and those of the elements of tensors, None for "as typed"."""

    alone: dict[str, Look] = field(default_factory=dict)
    families: dict[str, Look | None] = field(default_factory=dict)
    sums: frozenset[str] = frozenset("z")  # the letters of weighted sums, which δ has without saying so
    wholes: Mapping[str, Look] = field(default_factory=dict)  # looks of whole tensors before all else
    _texts: set[str] = field(default_factory=set)
    _singles: dict[Key, set[int]] = field(default_factory=dict)  # the last numbers of those that stand alone
    _spans: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)  # of families that count, in order
    _boxes: set[Key] = field(default_factory=set)  # of families of several numbers
    _sliced: set[Key] = field(default_factory=set)  # of tensors, whose slices have one number more
    _met: set[Key] = field(default_factory=set)  # every key, with those of its last numbers left out

    def add_alone(self, name: str, proposals: Iterable[Look], *, sliced: bool = False) -> None:
        """Gives a scalar or a whole tensor the first of its looks that is free; a tensor may be met `sliced`."""
        look = next((look for look in proposals if self._is_free(look)), None) or verbatim(name)
        self.alone[name] = look
        self._texts.add(look.latex())
        for key, number in _last_number(look):
            self._singles.setdefault(key, set()).add(number)
        self._met.update(_shortened(look))
        if sliced:
            self._sliced.add(_key(look))

    def add_family(self, name: str, rule: Rule, proposals: Iterable[Look]) -> None:
        """Gives the elements of a tensor the first of their looks that is free."""
        span = None if rule.first is None else (rule.first, rule.first + prod(rule.extents) - 1)
        look = next((look for look in proposals if self._is_free_for(look, span)), None)
        self.families[name] = look
        if look is None:
            return
        if span is None:
            self._boxes.add(_key(look))
        else:
            insort(self._spans.setdefault(_key(look), []), span)
        self._met.update((_key(look), *_shortened(look)))

    def _is_free(self, look: Look) -> bool:
        """Whether one look is nobody's: neither typed alike, nor among the elements of a family."""
        if look.latex() in self._texts or any(key in self._boxes or key in self._sliced for key in _shortened(look)):
            return False
        return not any(self._counts(key, (number, number)) for key, number in _last_number(look))

    def _is_free_for(self, look: Look, span: tuple[int, int] | None) -> bool:
        """Whether no element of a family would look like anything else; of several numbers, with no doubt."""
        key = _key(look)
        if key in self._boxes or any(shorter in self._boxes for shorter in _shortened(look)):
            return False
        if span is None:
            return key not in self._met
        return not self._counts(key, span) and not any(span[0] <= n <= span[1] for n in self._singles.get(key, ()))

    def _counts(self, key: Key, span: tuple[int, int]) -> bool:
        """Whether a family counts through a number of the span under the same letter."""
        spans = self._spans.get(key, [])
        place = bisect_right(spans, span[1], key=_low)
        return place > 0 and spans[place - 1][1] >= span[0]


def tell_apart(
    tensors: Mapping[str, Tensor],
    rules: Mapping[str, Rule],
    deltas: frozenset[str],
    functions: Iterable[str] = (),
    *,
    wholes: Mapping[str, Look] | None = None,
    sums: Sequence[str] = ("z",),
) -> Apart:
    """The looks of the tensors: what a user named first, then what belongs to it (adjoints, new values).

    `wholes` are looks of whole tensors that come first, `sums` the letters that a δ leaves out. None looks like one of the
    `functions`: ``\\sigma(x + h)`` is either a product or a value of σ.
    """
    found = Apart(sums=frozenset(sums), wholes=wholes or {}, _texts=set(functions))
    groups = ([t for t in tensors.values() if _age(t) == age] for age in range(3))
    for group in groups:
        for tensor in group:
            if tensor.name in rules:
                found.add_family(tensor.name, rules[tensor.name], _of_elements(tensor, found, rules, deltas))
        for tensor in sorted(group, key=_numbers_below):  # before the slices that would look like another tensor
            found.add_alone(tensor.name, _of_whole(tensor, found, deltas), sliced=bool(tensor.indices))
    return found


def _age(tensor: Tensor) -> int:
    """What a user named comes first, then what belongs to it, then what is a share of that."""
    if tensor.share is not None:
        return 2
    return 1 if tensor.primal is not None or tensor.role is Role.HYPERPARAMETER else 0


def _numbers_below(tensor: Tensor) -> int:
    return sum(1 for _ in _shortened(whole(tensor)))


def _of_elements(tensor: Tensor, found: Apart, rules: Mapping[str, Rule], deltas: frozenset[str]) -> Iterator[Look]:
    if tensor.share is not None:
        yield from (look.opened() for look in _of_share(tensor.share, found))
    elif tensor.primal is None:
        yield rules[tensor.name].look
    elif found.families.get(tensor.primal) is not None:
        look, is_named = found.families[tensor.primal] or Look(""), rules[tensor.name].prefix[-1:] != "_"
        yield from _derived(tensor, look, deltas, found.sums, numbered=not is_named)


def _of_whole(tensor: Tensor, found: Apart, deltas: frozenset[str]) -> Iterator[Look]:
    if tensor.primal is not None and tensor.primal in found.alone:
        yield from _derived(tensor, found.alone[tensor.primal], deltas, found.sums)
    elif tensor.role is Role.HYPERPARAMETER:
        yield spelled(tensor.name.rstrip("_"))  # a name that was taken has got underscores
    else:
        yield from _of_share(tensor.share, found) if tensor.share is not None else _of_local(tensor.name, found)
        yield from [found.wholes[tensor.name]] if tensor.name in found.wholes else []
        yield whole(tensor)


def _of_share(share: Share, found: Apart) -> Iterator[Look]:
    """The adjoint, with an arrow from the use; from the second use on by the same equation, with its number above.

    Behind the arrow the number would look like an index.
    """
    if share.adjoint in found.alone and share.via in found.alone:
        look = found.alone[share.adjoint]
        arrow = rf"\overset{{{share.number}}}{{\leftarrow}}" if share.number > 1 else r"\leftarrow"
        yield replace(look, below=rf"{look.below}{arrow} {found.alone[share.via].latex()}")


def _of_local(name: str, found: Apart) -> Iterator[Look]:
    """A local derivative, as the sweep names it after two quantities, and a number for one of several."""
    local = re.fullmatch(r"d(.+)_d(.+)_local(?:_([0-9]+))?", name)
    if local and local[1] in found.alone and local[2] in found.alone:
        looks = (found.alone[each].latex() for each in local.groups()[:2])
        yield Look("D", ",".join([*looks, *([local[3]] if local[3] else [])]))


def _derived(
    tensor: Tensor, primal: Look, deltas: frozenset[str], sums: frozenset[str], *, numbered: bool = False
) -> Iterator[Look]:
    """What belongs to another quantity looks like it: δ with its indices, a bar over its letter, "new" above.

    What an optimizer keeps of a parameter, or makes of its gradient, has a letter of its own: the m of W is m_W. A look is
    `numbered` if a position follows it, which stands apart from a letter; the number of a unit, as in h1, does not.
    """
    if tensor.role not in BACKWARD and not (tensor.role is Role.STATE and tensor.start is None):
        stem = tensor.name.removesuffix(tensor.primal or "").rstrip("_")
        yield Look(word(stem, "mathit"), ",".join(filter(None, (primal.letter, primal.below))), primal.above)
        return
    if tensor.role is Role.STATE:
        yield replace(primal, above=", ".join(filter(None, (primal.above, r"\mathrm{new}"))))
        return
    if tensor.name in deltas:
        kept = "" if primal.letter in sums else primal.letter
        # A word, or the letter of a whole tensor, stands apart from what follows it.
        apart = kept and (numbered or (primal.below and (primal.above or kept[0] == "\\")))
        below = f"{kept},{primal.below}" if apart else kept + primal.below
        yield Look(r"\delta", below, primal.above)
    yield replace(primal, letter=rf"\bar{{{primal.letter}}}")


def whole(tensor: Tensor) -> Look:
    """A tensor by its name, the number that it ends in above; a scalar as it is spelled.

    >>> from symprop.ir.tensor import Index
    >>> whole(Tensor("W2", (Index("j", 3),))).latex(), whole(Tensor("w2")).latex()
    ('W^{(2)}', 'w_{2}')
    >>> whole(Tensor("z2_3", (Index("j", 3),))).latex()  # of the third step in layer 2
    'z_{3}^{(2)}'
    >>> whole(Tensor("z2_i_3", (Index("j", 3),))).latex()  # and of the gate i
    'z_{i,3}^{(2)}'
    """
    if not tensor.indices:
        return spelled(tensor.name)
    stem, number, rest = parts(tensor.name)
    look = of_stem(stem)
    below = (look.below, *(word(part, "mathrm") for part in rest.split("_") if part))
    return replace(look, below=",".join(filter(None, below)), above=f"({number})" if number else "")


def of_stem(stem: str) -> Look:
    """A tensor's name without the number of its layer; the density φ and its integral Φ are written as in statistics."""
    return Look(r"\varphi") if stem == "phi" else spelled(stem)


def parts(name: str) -> tuple[str, str, str]:
    """A tensor's stem, the number of its layer, and what it is of the stem behind it, such as a gate and a step.

    >>> parts("W12"), parts("z2_i_3"), parts("x_in")
    (('W', '12', ''), ('z', '2', 'i_3'), ('x_in', '', ''))
    """
    found = _PART.fullmatch(name)
    return (found[1], found[2], found[3]) if found else (*split(name), "")


def split(name: str) -> tuple[str, str]:
    """A tensor's stem and the number, of its layer mostly, that it ends in.

    >>> split("W12")
    ('W', '12')
    """
    stem = name.rstrip("0123456789")
    return stem, name[len(stem) :]


def _key(look: Look) -> Key:
    return look.letter, look.above, look.below


def _shortened(look: Look) -> Iterator[Key]:
    """The keys without the last number below, without the last two, and so on."""
    below = look.below
    while found := _NUMBER.search(below):
        below = below[: found.start()]
        yield look.letter, look.above, below


def _last_number(look: Look) -> Iterator[tuple[Key, int]]:
    """The number that the look ends in below, with the key before it; none where it ends in something else."""
    found = _NUMBER.search(look.below)
    if found and not found[0].endswith(","):
        yield (look.letter, look.above, look.below[: found.start()]), int(found[1])


def _low(span: tuple[int, int]) -> int:
    return span[0]
