"""The arithmetic of sliding windows, counted by hand."""

from __future__ import annotations

import pytest

from symprop.errors import UserError
from symprop.layers.convolution import Conv2d
from symprop.layers.pooling import MaxPool
from symprop.layers.windows import Option, check_padding, windows

LAYER = Conv2d(2, 2)


@pytest.mark.parametrize(
    ("extents", "kernel", "stride", "padding", "dilation", "counts"),
    [
        ((5,), 2, 1, 0, 1, (4,)),
        ((5,), 2, 2, 0, 1, (2,)),
        ((5,), 3, 2, 1, 1, (3,)),
        ((7,), 3, 1, 0, 2, (3,)),
        ((4, 6), (2, 3), (1, 2), (0, 1), 1, (3, 3)),
        ((4, 6), [2, 3], 1, 0, (3, 2), (1, 2)),
    ],
)
def test_counts(
    extents: tuple[int, ...], kernel: Option, stride: Option, padding: Option, dilation: Option, counts: tuple[int, ...]
) -> None:
    """As many as there are starts whose last place is still in the padded input."""
    found = windows(LAYER, extents, kernel, stride, padding, dilation)
    assert found.counts == counts
    for axis, extent in enumerate(extents):
        reach = found.dilations[axis] * (found.sizes[axis] - 1)
        starts = range(0, extent + 2 * found.paddings[axis] - reach, found.strides[axis])
        assert len(starts) == counts[axis]


def test_places_read_as_they_would_be_written() -> None:
    assert windows(LAYER, (4, 6), (2, 3), (1, 2), (0, 1), (3, 1)).places == ["1*p1 + 3*u1 - 0", "2*p2 + 1*u2 - 1"]


def test_a_kernel_that_is_too_large() -> None:
    with pytest.raises(UserError) as caught:
        windows(LAYER, (4, 6), 3, 1, 0, (2, 1))
    assert str(caught.value) == (
        "Conv2d: the kernel is larger than its input (expected a reach of at most (4, 6), padded, got (5, 3)). "
        "Choose a smaller kernel, or more padding."
    )


def test_options_for_another_number_of_axes() -> None:
    with pytest.raises(
        UserError, match=r"Conv2d: an option has one number for all axes or one for each .got 3 numbers for 2 axes"
    ):
        windows(LAYER, (4, 6), (2, 2, 2), 1)


def test_a_window_of_padding_alone_has_no_largest_element() -> None:
    layer = MaxPool(2, padding=2)
    with pytest.raises(UserError, match="MaxPool: the padding is as large as the window"):
        check_padding(layer, windows(layer, (5,), 2, 2, 2))
    check_padding(layer, windows(layer, (5,), 2, 2, 1))
