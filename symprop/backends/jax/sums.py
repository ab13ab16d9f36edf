"""Sums of products as expressions of jax.numpy: contractions, convolutions, and what is added at places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import prod
from string import ascii_lowercase

from symprop.backends.jax.reading import Letters, Piece, Reader, Text, shape_of, tuple_of
from symprop.backends.printing import LARGEST_EXACT
from symprop.ir.nodes import Term
from symprop.ir.tensor import Access, Index
from symprop.lowering.windows import Convolution, convolution, merged, size

FEW_PRODUCTS = 1024  # so many take no longer than a call for a product of matrices
FEW_OF_BATCH = 64  # the same for each matrix of a batch
Say = Callable[[Text], None]
Convolving = Callable[[Convolution], bool]


def number(value: Fraction) -> Text:
    """A positive number in Python's spelling."""
    if max(value.numerator, value.denominator) > LARGEST_EXACT:
        return repr(value.numerator / value.denominator)
    return str(value)


class Sums:
    """The sums of one program: expressions over what `reader` reads; `say` takes the statements that go before one.

    `format` is the spelling of the number format that the sums are in; `convolving` says which convolutions are JAX's own.
    """

    def __init__(self, reader: Reader, say: Say, format: Text, convolving: Convolving) -> None:
        self.reader, self.say, self.format, self.convolving = reader, say, format, convolving

    def array(self, target: Access, terms: Sequence[Term]) -> list[Text]:
        """Expressions, each with its sign, that add up to the target's array, of its full shape."""
        found = [(term, self._convolution(target, term)) for term in terms]
        parts = list[Text]()
        for term, convolved in found:
            if convolved is not None:
                repeated = prod(index.extent for index in term.over if not _is_in(index, term.factors))
                parts.append(_scaled(term.coefficient * repeated, [self._convolved(convolved)]))
        rest = [term for term, convolved in found if convolved is None]
        if target.plain:
            return [*parts, *self._total(rest, target.free, whole=not parts)]
        if rest:
            value = " ".join(self._total(rest, target.free, whole=True)).removeprefix("+ ")
            parts.append(f"+ {self._added(target, Piece(f'({value})', target.free))}")
        return parts or [f"+ jnp.zeros({tuple_of(target.tensor.extents)}, {self.format})"]

    def _convolution(self, target: Access, term: Term) -> Convolution | None:
        """The convolution that a term is, where it is to be JAX's own."""
        found = convolution(target, term)
        return found if found is not None and self.convolving(found) else None

    def _total(self, terms: Sequence[Term], indices: Sequence[Index], whole: bool) -> list[Text]:
        """The terms, each with its sign, over the indices; if `whole`, together they vary along all of them."""
        pairs = [self._term(term, indices) for term in terms]
        met = {index for _, axes in pairs for index in axes}
        texts = [text for text, _ in pairs]
        if not whole or (met.issuperset(indices) and any(term.factors for term in terms)):
            return texts
        if not any(term.factors for term in terms):
            constant = sum((term.coefficient * term.repeated for term in terms), Fraction(0))
            sign = "-" if constant < 0 else "+"
            return [f"{sign} jnp.full({shape_of(indices)}, {number(abs(constant))}, {self.format})"]
        return [f"+ jnp.broadcast_to({' '.join(texts).removeprefix('+ ')}, {shape_of(indices)})"]

    def _term(self, term: Term, indices: Sequence[Index]) -> tuple[Text, set[Index]]:
        """One term with its sign, which broadcasts against the indices, and those of them that it varies along."""
        pieces = [self.reader.read(factor) for factor in term.factors]
        met = dict.fromkeys(index for piece in pieces for index in piece.axes)
        repeated = prod(index.extent for index in term.over if index not in met)
        kept = [index for index in indices if index in met]
        if len(kept) == len(met):
            factors = [piece.along(indices) for piece in pieces]
        else:
            factors = [piece.text for piece in pieces if not piece.axes]
            factors.append(_contracted([piece for piece in pieces if piece.axes], kept).along(indices))
        return _scaled(term.coefficient * repeated, factors), set(kept)

    def _convolved(self, found: Convolution) -> Text:
        """The target's array by lax.conv_general_dilated; the image and the kernel are named first.

        XLA wants the axes in this order on processors; that it sees them so matters inside loops, where it turns nothing.
        """
        spatial, kernels = found.spatial, [s.kernel for s in found.spatial]
        self._name("image", found.image, (found.batch, *([s.image] for s in spatial), found.groups + found.channels))
        self._name(
            "kernel", found.kernel, (*([index] for index in kernels), found.channels, found.groups + found.filters)
        )
        flips = ", ".join("::-1" if s.flipped else ":" for s in spatial)
        kernel = f"kernel[{flips}]" if any(s.flipped for s in spatial) else "kernel"
        letters = ascii_lowercase[: len(spatial)] if len(spatial) > 3 else "DHW"[-len(spatial) :]
        order = f'("N{letters}C", "{letters}IO", "N{letters}C")'
        options = [tuple_of([s.stride for s in spatial]), tuple_of([s.padding for s in spatial])]
        if any(s.spacing > 1 for s in spatial):
            options.append(f"lhs_dilation={tuple_of([s.spacing for s in spatial])}")
        if any(s.dilation > 1 for s in spatial):
            options.append(f"rhs_dilation={tuple_of([s.dilation for s in spatial])}")
        options.append(f"dimension_numbers={order}")
        if found.groups:
            options.append(f"feature_group_count={size(found.groups)}")
        text = f"lax.conv_general_dilated(image, {kernel}, {', '.join(options)})"
        axes = (*found.batch, *(s.out for s in spatial), *found.groups, *found.filters)
        if len(found.batch) != 1 or len(found.groups + found.filters) != 1:
            text = f"{text}.reshape({shape_of(axes)})"
        return self._added(found.target, Piece(text, axes))

    def _name(self, name: Text, access: Access, groups: Sequence[Sequence[Index]]) -> None:
        """A statement that gives an access one axis for each group's positions."""
        text = self.reader.read(access).turned([index for group in groups for index in group])
        if any(len(group) != 1 for group in groups):
            text = f"{text}.reshape({tuple_of([size(group) for group in groups])})"
        self.say(f"{name} = {text}")

    def _added(self, target: Access, value: Piece) -> Text:
        """The value, which varies along all of the target's indices, put down in an array of the target's shape."""
        if target.plain:
            return value.turned(target.free)
        steps = [merged(affine) for affine in target.indices]
        gathered = [axis for axis, affine in enumerate(target.indices) if affine.gather is not None]
        places = {axis: self.reader.place(target.indices[axis]) for axis in gathered}
        order = [
            index
            for axis, own in enumerate(steps)
            for index in (places[axis].axes if axis in places else [index for _, index in own])
        ]
        shape = target.tensor.extents
        if len(gathered) > 1 or len(set(order)) != len(order) or set(order) != set(target.free):
            wanted = ", ".join(self.reader.places(target, target.free))
            return f"add_at({tuple_of(shape)}, [{wanted}], {value.turned(target.free)})"
        text = value.turned(order)
        for axis, (affine, extent) in enumerate(zip(target.indices, shape, strict=True)):
            bare = affine.bare
            if axis not in places and (bare is None or bare.extent != extent):
                counts = tuple_of([index.extent for _, index in steps[axis]])
                own = tuple_of([step for step, _ in steps[axis]])
                text = f"spread({text}, {self._place_of(axis, places)}, {own}, {counts}, {affine.offset}, {extent})"
        for axis, place in places.items():
            parts = ["None"] * len(shape)
            parts[axis] = place.text
            text = f"add_at({tuple_of(shape)}, [{', '.join(parts)}], {text})"
        return text

    def _place_of(self, axis: int, places: dict[int, Piece]) -> int:
        """Where an axis of the target stands while the gathered one before it still has all its indices."""
        return axis + sum(len(place.axes) - 1 for before, place in places.items() if before < axis)


def _is_in(index: Index, accesses: Sequence[Access]) -> bool:
    return any(index in access.free for access in accesses)


def _scaled(coefficient: Fraction, factors: Sequence[Text]) -> Text:
    """A product with its sign in front."""
    sign = "-" if coefficient < 0 else "+"
    scale = [] if abs(coefficient) == 1 and factors else [number(abs(coefficient))]
    return f"{sign} {'*'.join([*scale, *factors])}"


def _contracted(pieces: Sequence[Piece], kept: Sequence[Index]) -> Piece:
    """The product of the pieces, summed over all but the indices that are kept."""
    if len(pieces) == 1:
        return _summed(pieces[0], kept)
    met = dict.fromkeys(index for piece in pieces for index in piece.axes)
    if _is_small(pieces, kept) or all(index in piece.axes for piece in pieces for index in kept):
        order = list(met)
        product = "*".join(piece.along(order) for piece in pieces)  # XLA takes it and its sum in one go
        return _summed(Piece(f"({product})", tuple(order)), kept)
    letters = Letters()
    sides = ",".join(letters.of(piece.axes) for piece in pieces)
    texts = ", ".join(piece.text for piece in pieces)
    return Piece(f'jnp.einsum("{sides}->{letters.of(kept)}", {texts})', tuple(kept))


def _is_small(pieces: Sequence[Piece], kept: Sequence[Index]) -> bool:
    """Whether products one by one take no longer than a call for a product of matrices, or one for each of a batch."""
    met = {index for piece in pieces for index in piece.axes}
    batch = [index for index in kept if all(index in piece.axes for piece in pieces)]
    products = size(tuple(met))
    return products <= max(FEW_PRODUCTS, FEW_OF_BATCH * size(batch))


def _summed(piece: Piece, kept: Sequence[Index]) -> Piece:
    """The sum over the axes that are not kept."""
    left = tuple(index for index in piece.axes if index in kept)
    places = tuple(place for place, index in enumerate(piece.axes) if index not in kept)
    argument = piece.text[1:-1] if piece.text.startswith("(") else piece.text
    return Piece(f"jnp.sum({argument}, {places[0] if len(places) == 1 else places})", left)
