"""Accesses as expressions of jax.numpy: slices, paddings, windows, diagonals and gathers; what is done with them is `terms`'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_letters

from symprop.errors import UnsupportedError
from symprop.ir.tensor import Access, Affine, Index
from symprop.lowering.windows import Steps, merged

MOST_PADDING = 4  # an axis that would grow by more than so many times its extent is read place by place
Text = str


@dataclass(frozen=True)
class Piece:
    """An expression that stands as an atom, and the index of each of its axes."""

    text: Text
    axes: tuple[Index, ...]

    def along(self, indices: Sequence[Index]) -> Text:
        """The expression turned and given axes of extent 1 so that it broadcasts against an array over the indices."""
        order = [index for index in indices if index in self.axes]
        text = self.turned(order)
        needed = indices[indices.index(order[0]) :] if order else ()
        if len(needed) == len(order):
            return text
        return f"{text}[{', '.join(':' if index in self.axes else 'None' for index in needed)}]"

    def turned(self, order: Sequence[Index]) -> Text:
        """The expression with its axes in another order."""
        places = tuple(self.axes.index(index) for index in order)
        if places == tuple(range(len(places))):
            return self.text
        return f"{self.text}.T" if places == (1, 0) else f"{self.text}.transpose({places})"


def tuple_of(numbers: Sequence[object]) -> Text:
    """A tuple in Python's spelling, of texts or numbers."""
    return f"({', '.join(map(str, numbers))}{',' if len(numbers) == 1 else ''})"


class Letters:
    """A letter for each index of one contraction, its own first letter where that is free."""

    def __init__(self) -> None:
        self._letters: dict[Index, str] = {}

    def of(self, indices: Sequence[Index]) -> str:
        return "".join(map(self._of, indices))

    def _of(self, index: Index) -> str:
        if index not in self._letters:
            taken = set(self._letters.values())
            free = [letter for letter in (*index.name[:1], *ascii_letters) if letter in ascii_letters]
            letter = next((letter for letter in free if letter not in taken), None)
            if letter is None:
                raise UnsupportedError("a product runs over more indices than there are letters", expected="52 at most")
            self._letters[index] = letter
        return self._letters[index]


class Reader:
    """Reads tensors of one program; `names` has the expression that each of them stands as."""

    def __init__(self, names: Callable[[Access], Text]) -> None:
        self.names = names

    def read(self, access: Access, outside: Text = "0") -> Piece:
        """What an access reads, over its indices, each once; `outside` where it is out of range."""
        if access.plain:
            return Piece(self.names(access), access.free)
        gathered = [axis for axis, affine in enumerate(access.indices) if affine.gather is not None]
        if len(gathered) > 1 or any(map(_is_awkward, access.indices, access.tensor.extents)):
            return self._by_places(access, outside)
        if gathered:
            return _once(self._gathered(access, gathered[0], outside))
        return _once(_sliced(self.names(access), access, outside))

    def _gathered(self, access: Access, axis: int, outside: Text) -> Piece:
        """One axis by integers, the others as they are read without."""
        place = self.place(access.indices[axis])
        raw = Index("_", access.tensor.indices[axis].extent)
        others = tuple(Affine(((1, raw),)) if k == axis else each for k, each in enumerate(access.indices))
        rest = _sliced(self.names(access), Access(access.tensor, others), outside)
        where = rest.axes.index(raw)
        parts = ["None"] * len(rest.axes)
        parts[where] = place.text
        text = f"read_at({rest.text}, [{', '.join(parts)}], {outside})"
        return Piece(text, (*rest.axes[:where], *place.axes, *rest.axes[where + 1 :]))

    def _by_places(self, access: Access, outside: Text) -> Piece:
        places = ", ".join(self.places(access, access.free))
        return Piece(f"read_at({self.names(access)}, [{places}], {outside})", access.free)

    def places(self, access: Access, indices: Sequence[Index]) -> list[Text]:
        """For each axis the places that an access takes, all of which together broadcast to the indices."""
        texts = [self.place(affine).along(indices) for affine in access.indices]
        shape = tuple_of([index.extent for index in indices])
        return [f"jnp.broadcast_to({texts[0]}, {shape})", *texts[1:]]

    def place(self, affine: Affine) -> Piece:
        """The number that an affine index takes, over its own indices; what it gathers included."""
        gathered = None if affine.gather is None else self.read(affine.gather)
        steps = merged(affine)
        if gathered is not None and not steps and not affine.offset:
            return gathered
        axes = tuple(dict.fromkeys([*(index for _, index in steps), *(gathered.axes if gathered else ())]))
        parts = [f"{step}*{Piece(f'jnp.arange({index.extent})', (index,)).along(axes)}" for step, index in steps]
        parts += [gathered.along(axes)] if gathered else []
        parts += [str(affine.offset)] if affine.offset or not parts else []
        return Piece(f"({' + '.join(parts).replace('+ -', '- ')})", axes)


def _is_awkward(affine: Affine, extent: int) -> bool:
    """Whether neither slicing nor splitting an axis gives what is read."""
    if affine.gather is not None:
        return False
    steps, (low, high) = merged(affine), affine.span
    backwards = len(steps) > 1 and any(step < 0 for step, _ in steps)
    return backwards or max(-low, 0) + max(high - extent + 1, 0) > MOST_PADDING * extent + high - low


def _sliced(name: Text, access: Access, outside: Text) -> Piece:
    """Padded, sliced, and split into windows; an index that several axes have stands on each of them."""
    spans, extents = [_span(affine) for affine in access.indices], access.tensor.extents
    edges = [(max(-low, 0), max(high - extent + 1, 0)) for (low, high), extent in zip(spans, extents, strict=True)]
    text = name
    if any(edge != (0, 0) for edge in edges):
        text = f"jnp.pad({text}, {tuple_of(edges)}, constant_values={outside})"
    parts, axes, split = list[Text](), list[Index](), list[tuple[int, Steps]]()
    for affine, (before, after), (low, high), extent in zip(access.indices, edges, spans, extents, strict=True):
        steps = merged(affine)
        parts.append(_slice(steps, affine.offset + before, (low + before, high + before), extent + before + after))
        if len(steps) > 1:
            split.append((len(axes), steps))
        axes += [index for _, index in steps]
    while parts and parts[-1] == ":":
        parts.pop()
    text = f"{text}[{', '.join(parts)}]" if parts else text
    for axis, steps in split:
        counts = tuple_of([index.extent for _, index in steps])
        text = f"windows({text}, {axis}, {tuple_of([step for step, _ in steps])}, {counts})"
    return Piece(text, tuple(axes))


def _span(affine: Affine) -> tuple[int, int]:
    """The least and the greatest place, of indices that cancel out nothing."""
    return Affine(merged(affine), affine.offset).span


def _slice(steps: Steps, offset: int, span: tuple[int, int], extent: int) -> Text:
    low, high = span
    if not steps:
        return str(offset)
    if len(steps) == 1 and steps[0][0] < 0:
        return f"{high}:{low - 1 if low else ''}:{steps[0][0]}"
    step = steps[0][0] if len(steps) == 1 else 1
    ends = "" if low == 0 else str(low), "" if high + 1 == extent else str(high + 1)
    return ":".join(ends) + (f":{step}" if step > 1 else "")


def _once(piece: Piece) -> Piece:
    """The piece with one axis for each index: the diagonal, where an index stands on several."""
    axes = tuple(dict.fromkeys(piece.axes))
    if len(axes) == len(piece.axes):
        return piece
    letters = Letters()
    return Piece(f'jnp.einsum("{letters.of(piece.axes)}->{letters.of(axes)}", {piece.text})', axes)


def shape_of(indices: Sequence[Index]) -> Text:
    """The shape of an array over the indices."""
    return tuple_of([index.extent for index in indices])
