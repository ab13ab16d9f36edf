"""Finds the convolutions among sums of products, forward and both adjoints; which code convolves is the back ends' affair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

from symprop.ir.nodes import Term
from symprop.ir.tensor import Access, Affine, Index

Steps = tuple[tuple[int, Index], ...]


def merged(affine: Affine) -> Steps:
    """The step of each index, of which there is one for each; one that cancels out is left out.

    >>> i, j = Index("i", 2), Index("j", 3)
    >>> [(step, index.name) for step, index in merged(Affine(((1, i), (2, j), (1, i))))]
    [(2, 'i'), (2, 'j')]
    """
    steps = Counter[Index]()
    for step, index in affine.terms:
        steps[index] += step
    return tuple((step, index) for index, step in steps.items() if step)


def tiles(steps: Steps) -> bool:
    """Whether each place of a stretch is met once, as by ``3*p + u`` with u below 3: splitting the axis gives the windows."""
    place = 1
    for step, index in sorted(steps, key=lambda each: (each[0], each[1].extent)):
        if step != place:
            return False
        place *= index.extent
    return True


@dataclass(frozen=True)
class Spatial:
    """One axis of a convolution: ``out[y] = Σ_k image[j]·kernel[k]`` where ``spacing·j = stride·y + dilation·k − low``.

    `image` stands for the whole axis of the image. The image has zeros around, `low` before it and `high` after it (a
    negative number of zeros cuts it), and with a `spacing` zeros between its elements. A `flipped` kernel is read
    backwards.
    """

    image: Index
    kernel: Index
    out: Index
    stride: int
    dilation: int
    padding: tuple[int, int]
    spacing: int = 1
    flipped: bool = False


@dataclass(frozen=True)
class Convolution:
    """A product of two factors summed as a convolution.

    Beside the spatial axes the image has the indices `batch`, `groups` and `channels`, the kernel `groups`, `filters` and
    `channels`, the result `batch`, `groups` and `filters`. In `image` and in `target` each spatial axis is read, or
    written, by an index of its own.
    """

    target: Access
    image: Access
    kernel: Access
    spatial: tuple[Spatial, ...]
    batch: tuple[Index, ...]
    groups: tuple[Index, ...]
    filters: tuple[Index, ...]
    channels: tuple[Index, ...]


def convolution(target: Access, term: Term) -> Convolution | None:
    """The convolution that a term is, or the transposed one that it is when scattered; None where it is neither.

    >>> from symprop.layers.convolution import Conv1d
    >>> from symprop.network import NetworkSpec
    >>> conv, *_ = NetworkSpec((2, 8), [Conv1d(4, 3, stride=2, padding=1)]).elaborate().equations
    >>> (along,) = convolution(conv.target, conv.value.terms[0]).spatial
    >>> along.stride, along.dilation, along.padding
    (2, 1, (1, 0))
    """
    if len(term.factors) != 2:
        return None
    first, second = term.factors
    orders = ((first, second), (second, first))
    forms = [form(target, *order, term.over) for form in (_forward, _transposed) for order in orders]
    found = [form for form in forms if form is not None]
    return min(found, key=lambda form: size([along.kernel for along in form.spatial]), default=None)


def _windows(access: Access) -> Iterator[tuple[int, Steps]]:
    """The axes that are read, or written, at the sum of two indices that nothing else of the access has."""
    counts = Counter(index for affine in access.indices for index in dict.fromkeys(affine.indices))
    for axis, affine in enumerate(access.indices):
        steps = merged(affine)
        alone = all(counts[index] == 1 for _, index in steps)
        if len(steps) == 2 and affine.gather is None and alone and all(step > 0 for step, _ in steps):
            yield axis, steps


def _forward(target: Access, image: Access, kernel: Access, over: Sequence[Index]) -> Convolution | None:
    """A convolution of the image, whose windows are counted by an index of the target and run through by one of the kernel."""
    found = dict[int, Spatial]()
    for axis, steps in _windows(image):
        inner = [(step, index) for step, index in steps if index in over and index in kernel.free]
        outer = [(step, index) for step, index in steps if index in target.free and index not in kernel.free]
        if len(inner) != 1 or len(outer) != 1 or (tiles(steps) and not _overhangs(image, axis)):
            continue
        (dilation, k), (stride, y) = inner[0], outer[0]
        low, high = image.indices[axis].span
        extent = image.tensor.indices[axis].extent
        whole = Index(f"_{axis}", extent)
        found[axis] = Spatial(whole, k, y, stride, dilation, (-low, high - extent + 1))
    return _classified(target, _whole(image, found, "image"), kernel, over, tuple(found.values())) if found else None


def _transposed(target: Access, image: Access, kernel: Access, over: Sequence[Index]) -> Convolution | None:
    """A transposed convolution: a scatter whose windows are counted by the image's index and run through by the kernel's."""
    found = dict[int, Spatial]()
    for axis, steps in _windows(target):
        outer = [(step, index) for step, index in steps if index in image.free and index not in kernel.free]
        inner = [(step, index) for step, index in steps if index in kernel.free and index not in image.free]
        if len(inner) != 1 or len(outer) != 1 or (tiles(steps) and not _overhangs(target, axis)):
            continue
        (dilation, k), (spacing, p) = inner[0], outer[0]
        whole = Index(f"_{axis}", target.tensor.indices[axis].extent)
        reach = dilation * (k.extent - 1)
        low = reach + target.indices[axis].offset
        high = whole.extent - (spacing * (p.extent - 1) + 1) - low + reach
        found[axis] = Spatial(p, k, whole, 1, dilation, (low, high), spacing, flipped=True)
    return _classified(_whole(target, found, "out"), image, kernel, over, tuple(found.values())) if found else None


def _overhangs(access: Access, axis: int) -> bool:
    low, high = access.indices[axis].span
    return low < 0 or high >= access.tensor.indices[axis].extent


def _whole(access: Access, found: dict[int, Spatial], side: str) -> Access:
    """The access with each spatial axis under an index of its own."""
    places = {axis: Affine(((1, getattr(spatial, side)),)) for axis, spatial in found.items()}
    return replace(access, indices=tuple(places.get(axis, affine) for axis, affine in enumerate(access.indices)))


def _classified(
    target: Access, image: Access, kernel: Access, over: Sequence[Index], spatial: tuple[Spatial, ...]
) -> Convolution | None:
    """The convolution, if each index that is not spatial has one of the four parts; None where some index has none."""
    inside = [index for index in image.free if index not in {s.image for s in spatial}]
    kernels = [index for index in kernel.free if index not in {s.kernel for s in spatial}]
    outside = [index for index in target.free if index not in {s.out for s in spatial}]
    batch = tuple(index for index in inside if index in outside and index not in kernels)
    groups = tuple(index for index in inside if index in outside and index in kernels)
    filters = tuple(index for index in kernels if index in outside and index not in inside)
    channels = tuple(index for index in inside if index in over and index in kernels)
    parts = (len(batch) + len(groups) + len(channels), len(groups) + len(filters) + len(channels))
    if parts != (len(inside), len(kernels)) or len(batch) + len(groups) + len(filters) != len(outside):
        return None
    return Convolution(target, image, kernel, spatial, batch, groups, filters, channels)


def size(indices: Sequence[Index]) -> int:
    """The number of positions of some indices."""
    return prod(index.extent for index in indices)
