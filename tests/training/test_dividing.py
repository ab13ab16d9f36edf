"""The axis that is divided is known by its index: after that of the runs, and the network's own batch where only it divides."""

from __future__ import annotations

import pytest

from symprop.derivation.sweep import derive
from symprop.errors import UserError
from symprop.ir.spread import fresh_axis, spread
from symprop.layers.dense import Dense
from symprop.layers.shaping import Dropout
from symprop.lowering.batch import batch
from symprop.lowering.lowered import lower
from symprop.network import NetworkSpec
from symprop.training.dividing import Dividing


def sharded(devices: int, copies: int, own: int | None = None, apart: tuple[str, ...] = ()) -> dict[str, int]:
    """With an axis of 2 runs in the free tensors `apart`."""
    forward = NetworkSpec(6, [Dense(4), Dropout(0.5), Dense(2)], batch=own).elaborate()
    program = derive(forward if copies == 1 else batch(forward, copies)).program
    program = spread(program, fresh_axis(program, "r", 2), apart)
    return Dividing(forward, devices, own).sharded(lower(program, [program.loss]), copies)


def test_the_axis_of_the_examples_is_divided_and_no_other() -> None:
    assert sharded(3, 6) == {"x": 0, "t": 0, "mask2": 0}
    assert sharded(3, 6, apart=("W1", "x", "mask2")) == {"x": 1, "t": 0, "mask2": 1}


def test_of_one_example_nothing_is_divided() -> None:
    assert sharded(3, 1) == {}
    assert sharded(2, 1, apart=("x", "t")) == {}


def test_a_batch_of_the_networks_own_is_divided_where_only_that_divides() -> None:
    assert set(sharded(5, 1, own=5).values()) == {0}
    assert set(sharded(5, 10, own=5).values()) == {0}
    assert set(sharded(5, 3, own=5).values()) == {1}
    assert set(sharded(5, 3, own=5, apart=("x", "t", "mask2")).values()) == {2}


@pytest.mark.parametrize(("rest", "own"), [(0, None), (6, None), (1, 3), (3, 2)])
def test_a_rest_that_divides_is_taken(rest: int, own: int | None) -> None:
    Dividing(NetworkSpec(2, [Dense(4)], batch=own).elaborate(), 3, own).check_rest(rest)


@pytest.mark.parametrize(
    ("rest", "own", "text"),
    [
        (1, None, "of one example, does not divide over 3 devices. Leave out 1 of the examples or add 2,"),
        (5, None, "of 5 examples, does not divide over 3 devices. Leave out 2 of the examples or add 1,"),
        (5, 4, "of 5 batches of 4, does not divide over 3 devices. Leave out 8 of the examples or add 4,"),
    ],
)
def test_a_rest_that_does_not_divide_is_refused(rest: int, own: int | None, text: str) -> None:
    dividing = Dividing(NetworkSpec(2, [Dense(4)], batch=own).elaborate(), 3, own)
    with pytest.raises(UserError) as caught:
        dividing.check_rest(rest)
    assert str(caught.value).startswith(f"the last batch of an epoch, {text}")
    Dividing(dividing.forward, None, own).check_rest(rest)
