"""Evaluates a program tensor by tensor, over NumPy arrays of numbers of any arithmetic; scalar programs are `evaluate`'s.

What an equation means is written down here a second time, with neither unrolling nor lowering, so that what they make
can be held against it. An array has one axis for each of its tensor's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symprop.ir.contraction import Limbs, contracted
from symprop.ir.evaluate import reduced
from symprop.ir.everywhere import evaluate_everywhere
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Affine, Index, Integers
from symprop.scalar.numeric import Arithmetic

Array = Any
Indices = Sequence[Index]

# Whole numbers pay where there are many products to each number that is converted.
WORTH, LEAST_PRODUCTS = 4, 1000


def evaluate_arrays(
    program: Program, values: Mapping[str, Array], arithmetic: Arithmetic, equations: Iterable[Equation] | None = None
) -> dict[str, Array]:
    """The numbers of every tensor of a program; `values` has an array for each free one, integer tensors left out.

    With `equations`, only those are worked out, and `values` has what they read.

    >>> from fractions import Fraction
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.scalar.numeric import FLOAT
    >>> net = NetworkSpec(2, [Dense(1, bias=False)], "squared_error").elaborate()
    >>> given = {"x": np.array([1, 2]), "t": np.array([4]), "W1": np.array([[3, 5]])}
    >>> float(evaluate_arrays(net, given, FLOAT)["E_total"])
    81.0
    """
    known = {name: boxed(array) for name, array in values.items()}
    for equation in program.equations if equations is None else equations:
        known[equation.name] = evaluate_equation(equation, known, arithmetic, program.integers)
    return known


def evaluate_equation(
    equation: Equation, known: Mapping[str, Array], arithmetic: Arithmetic, integers: Integers
) -> Array:
    """The array of an equation's target; a scatter adds up what meets, and leaves zero where nothing does."""
    target = equation.target
    value = evaluate_node(equation.value, target.free, known, arithmetic, integers)
    if target.plain:
        return value
    result = _filled(target.tensor.extents, arithmetic.rational(0, 1))
    places = _places(target, target.free, integers)
    inside = _inside(places, target.tensor.extents)
    np.add.at(result, tuple(place[inside] for place in places), value[inside])
    return result


def evaluate_node(
    node: Node, free: Indices, known: Mapping[str, Array], arithmetic: Arithmetic, integers: Integers
) -> Array:
    """The array of a right-hand side over the indices `free`."""
    shape = tuple(index.extent for index in free)
    if isinstance(node, SumOfProducts):
        result = _filled(shape, arithmetic.rational(0, 1))
        for term in node.terms:
            result = result + _term(term, free, known, arithmetic, integers)
        return _as_array(result, shape)
    loops = (*free, *node.over) if isinstance(node, Reduction) else tuple(free)
    outside = arithmetic.given(-math.inf) if isinstance(node, Reduction) else arithmetic.rational(0, 1)
    numbers = [_spread(access, loops, known, integers, outside) for access in node.accesses]
    if isinstance(node, Elementwise):
        return _as_array(evaluate_everywhere(node.expression, numbers, arithmetic), shape)
    rows = np.stack([_as_array(n, tuple(i.extent for i in loops)) for n in numbers], axis=-1)
    rows = rows.reshape(math.prod(shape), -1)
    return _listed([reduced(node.kind, list(row), arithmetic) for row in rows], shape)


def stacked(node: Reduction, free: Indices, known: Mapping[str, Array], integers: Integers) -> Array:
    """What a reduction runs over, on a last axis of its own; out of range it reads minus infinity."""
    loops = (*free, *node.over)
    shape = tuple(index.extent for index in loops)
    numbers = [_as_array(_spread(access, loops, known, integers, -math.inf), shape) for access in node.operands]
    return np.stack(numbers, axis=-1).reshape(math.prod(index.extent for index in free), -1)


def read(access: Access, known: Mapping[str, Array], integers: Integers, outside: Any = 0) -> Array:
    """The array that an access reads, over its free indices; `outside` where it is out of range."""
    array = known[access.tensor.name]
    if access.plain:
        return array
    places = _places(access, access.free, integers)
    inside = _inside(places, access.tensor.extents)
    clipped = (np.clip(place, 0, extent - 1) for place, extent in zip(places, access.tensor.extents, strict=True))
    found = array[tuple(clipped)]
    return found if inside.all() else np.where(inside, found, boxed(outside))


def _term(term: Term, free: Indices, known: Mapping[str, Array], arithmetic: Arithmetic, integers: Integers) -> Array:
    """The product of the factors, summed; an index that no factor has counts its extent, or is broadcast over."""
    zero = arithmetic.rational(0, 1)
    met = {index for factor in term.factors for index in factor.free}
    count = math.prod(index.extent for index in term.over if index not in met)
    number = arithmetic.rational(term.coefficient.numerator * count, term.coefficient.denominator)
    kept = [index for index in free if index in met]
    letters = {index: place for place, index in enumerate(dict.fromkeys((*free, *term.over, *met)))}
    if not term.factors:
        return number
    if (found := _exactly(term.factors, kept, known, arithmetic, integers)) is not None:
        return aligned(found, kept, free) * number
    pairs = [(read(f, known, integers, zero), [letters[i] for i in f.free]) for f in term.factors]
    # One axis of extent 1 in all of them: NumPy's contraction fails where an array of objects comes down to a number.
    one = len(letters)
    operands = (part for array, axes in pairs for part in (boxed(array)[..., np.newaxis], [*axes, one]))
    product = np.einsum(*operands, [*(letters[index] for index in kept), one], optimize=True)[..., 0]
    return aligned(product, kept, free) * number


def _exactly(
    factors: Sequence[Access], kept: Indices, known: Mapping[str, Array], arithmetic: Arithmetic, integers: Integers
) -> Array | None:
    """The sums of products of two factors by whole numbers, rounded once; None where that is not possible, or no faster."""
    if arithmetic.wholes is None or not is_long(factors, kept):
        return None
    letters = {index: place for place, index in enumerate(dict.fromkeys(i for f in factors for i in f.free))}
    sides, exponents = [], 0
    try:
        for factor in factors:
            array = known[factor.tensor.name]
            wholes, exponent = arithmetic.wholes.split(array.ravel().tolist())
            places = np.arange(array.size).reshape(array.shape)
            at = read(factor, {factor.tensor.name: places}, integers, np.array(array.size))
            sides.append((Limbs(wholes).at(at), [letters[index] for index in factor.free]))
            exponents += exponent
        found = contracted(*sides[0], *sides[1], [letters[index] for index in kept])
    except (ArithmeticError, ValueError):  # infinite or none, or too far apart
        return None
    return _listed(arithmetic.wholes.join(found, exponents), tuple(index.extent for index in kept))


def is_long(factors: Sequence[Access], free: Indices) -> bool:
    """Whether the sums of products of two factors, at each position of `free`, are so long that whole numbers are faster.

    >>> from symprop.ir.tensor import Tensor
    >>> j, k = Index("j", 20), Index("k", 30)
    >>> w, x, y = Tensor("w", (j, k))(), Tensor("x", (k,))(), Tensor("y", (k, Index("n", 40)))()
    >>> is_long([w, x], [j]), is_long([w, y], [j, Index("n", 40)])
    (False, True)
    """
    if len(factors) != 2:
        return False
    met = {index for factor in factors for index in factor.free}
    both = set(factors[0].free) & set(factors[1].free)
    kept = met & {*free}
    converted = sum(math.prod(factor.tensor.extents) for factor in factors) + math.prod(index.extent for index in kept)
    products = math.prod(index.extent for index in met)
    return products >= max(LEAST_PRODUCTS, WORTH * converted) and met <= kept | both


def _spread(access: Access, loops: Indices, known: Mapping[str, Array], integers: Integers, outside: Any) -> Array:
    """What an access reads, with an axis for each of `loops`, of extent 1 where it does not vary."""
    return aligned(read(access, known, integers, outside), access.free, loops)


def aligned(array: Array, own: Indices, loops: Indices) -> Array:
    """An array over its `own` indices with an axis for each of `loops`, of extent 1 where it does not vary."""
    order = [index for index in loops if index in own]
    turned = np.transpose(array, [list(own).index(index) for index in order]) if len(order) > 1 else array
    return np.reshape(boxed(turned), [index.extent if index in own else 1 for index in loops])


def _places(access: Access, free: Indices, integers: Integers) -> list[Array]:
    """For each axis of the tensor, the position read there, over the indices `free`."""
    shape = tuple(index.extent for index in free)
    return [np.broadcast_to(_place(affine, free, integers), shape) for affine in access.indices]


def _place(affine: Affine, free: Indices, integers: Integers) -> Array:
    place = np.full([1] * len(free), affine.offset)
    for factor, index in affine.terms:
        place = place + factor * aligned(np.arange(index.extent), (index,), free)
    if affine.gather is None:
        return place
    tensor = affine.gather.tensor
    numbers = np.array([integers[tensor.name, at] for at in np.ndindex(tensor.extents)]).reshape(tensor.extents)
    return place + _spread(affine.gather, free, {tensor.name: numbers}, integers, 0)


def _inside(places: Sequence[Array], extents: Sequence[int]) -> Array:
    inside = np.ones(places[0].shape if places else (), dtype=bool)
    for place, extent in zip(places, extents, strict=True):
        inside &= (place >= 0) & (place < extent)
    return inside


def _filled(shape: tuple[int, ...], number: Any) -> Array:
    array = np.empty(shape, dtype=object)
    array[...] = number
    return array


def _listed(numbers: Sequence[Any], shape: tuple[int, ...]) -> Array:
    array = np.empty(len(numbers), dtype=object)
    array[:] = numbers
    return array.reshape(shape)


def _as_array(value: Any, shape: tuple[int, ...]) -> Array:
    """The value, which may be a number, in a shape that it broadcasts to."""
    return np.broadcast_to(boxed(value), shape)


def boxed(value: Any) -> Array:
    """The value as an array: what NumPy works out of arrays without axes is a bare number."""
    return value if isinstance(value, np.ndarray) else _filled((), value)
