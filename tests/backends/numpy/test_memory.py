"""Arrays by name: the lines make what the namespace holds, memory is used again only when it was given back, views are views."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symprop.backends.numpy.memory import Memory, view
from symprop.errors import InternalError


@pytest.fixture
def memory() -> Memory:
    return Memory("float64", {"view": view, "empty": np.empty, "full": np.full, "exp": np.exp})


def test_the_lines_make_what_the_namespace_holds(memory: Memory) -> None:
    """Shape, strides, format, and which array each is a view of."""
    first = memory.array("a", (3, 4))
    memory.give_back(first)
    memory.array("smaller", (2, 5))
    whole = memory.new("padded", (4, 7), fill=-np.inf)
    inside = memory.view("inside", whole, (1, 2), (2, 4), memory[whole].strides)
    memory.view("window", inside, (), (2, 2, 3), (56, 8, 8))
    memory.reshaped("flat", whole, (28,))
    memory.transposed("turned", inside, (1, 0))
    memory.new("places", (3,), "int64")
    memory.array("chosen", (2, 3), "bool")
    memory.new("nothing", (2,), fill=np.nan)
    made: dict[str, Any] = {name: memory.namespace[name] for name in ("view", "empty", "full")}
    exec("\n".join(memory.lines), made)
    names = [line.partition(" = ")[0] for line in memory.lines]
    assert set(names) == memory.namespace.keys() - {"exp", "view", "empty", "full"}
    for name in names:
        found, expected = made[name], memory[name]
        assert (found.shape, found.strides, found.dtype) == (expected.shape, expected.strides, expected.dtype)
    for one in names:
        for other in names:
            assert np.shares_memory(made[one], made[other]) == np.shares_memory(memory[one], memory[other])
    assert (made["window"] == -np.inf).all()
    assert np.isnan(made["nothing"]).all()


def test_memory_is_used_again_when_it_was_given_back(memory: Memory) -> None:
    first, second = memory.array("a", (3, 40)), memory.array("b", (3, 40))
    assert not np.shares_memory(memory[first], memory[second])
    memory.give_back(first)
    third, fourth = memory.array("c", (7, 15)), memory.array("d", (3, 40))
    assert np.shares_memory(memory[third], memory[first])
    assert not any(np.shares_memory(memory[fourth], memory[name]) for name in (second, third))


def test_memory_that_is_given_back_twice_has_one_owner(memory: Memory) -> None:
    first = memory.array("a", (10,))
    memory.give_back(first)
    memory.give_back(first)
    second, third = memory.array("b", (10,)), memory.array("c", (10,))
    assert not np.shares_memory(memory[second], memory[third])


@pytest.mark.parametrize(("shape", "dtype"), [((1000,), "bool"), ((1001,), ""), ((30,), "")])
def test_what_does_not_fit_gets_memory_of_its_own(shape: tuple[int, ...], dtype: str, memory: Memory) -> None:
    """Of another format, too large, or so small that most would lie idle."""
    first = memory.array("a", (1000,))
    memory.give_back(first)
    assert not np.shares_memory(memory[memory.array("b", shape, dtype)], memory[first])


def test_the_smallest_memory_that_fits_is_taken(memory: Memory) -> None:
    large, small = memory.array("large", (300,)), memory.array("small", (200,))
    memory.give_back(large)
    memory.give_back(small)
    assert np.shares_memory(memory[memory.array("new", (190,))], memory[small])


def test_an_array_of_its_own_is_never_given_back(memory: Memory) -> None:
    own = memory.new("own", (10,))
    assert not memory.is_owner(own)
    memory.give_back(own)
    assert not np.shares_memory(memory[memory.array("other", (10,))], memory[own])


def test_an_owner_is_one_until_it_gives_back(memory: Memory) -> None:
    name = memory.array("a", (10,))
    assert memory.is_owner(name)
    memory.give_back(name)
    assert not memory.is_owner(name)


def test_the_same_view_has_one_name(memory: Memory) -> None:
    base = memory.new("a", (4, 6))
    once = memory.view("v", base, (1, 0), (2, 6), (48, 8))
    assert memory.view("w", base, (1, 0), (2, 6), (48, 8)) == once
    assert memory.view("w", base, (2, 0), (2, 6), (48, 8)) != once
    assert memory.view("whole", base, (0, 0), (4, 6), (48, 8)) == base
    memory[base][...] = np.arange(24.0).reshape(4, 6)
    assert memory[once][0, 5] == 11.0


def test_a_view_may_run_backwards(memory: Memory) -> None:
    base = memory.new("a", (5,))
    memory[base][...] = np.arange(5.0)
    assert memory[memory.view("v", base, (4,), (3,), (-8,))].tolist() == [4.0, 3.0, 2.0]


def test_merging_axes_is_a_view_or_nothing(memory: Memory) -> None:
    base = memory.new("a", (2, 3, 5))
    merged = memory.reshaped("m", base, (6, 5))
    assert merged is not None
    assert np.shares_memory(memory[merged], memory[base])
    assert memory.reshaped("m", base, (6, 5)) == merged
    assert memory.reshaped("m", base, (2, 3, 5)) == base
    turned = memory.transposed("t", base, (2, 0, 1))
    assert memory.reshaped("n", turned, (10, 3)) is None
    assert memory[turned].shape == (5, 2, 3)


def test_names_that_are_taken_get_an_underscore(memory: Memory) -> None:
    assert memory.new("exp", (2,)) == "exp_"
    assert memory.new("exp", (2,)) == "exp__"
    assert memory.new("lambda", (2,)) == "lambda_"


@pytest.mark.parametrize("name", ["a b", "x;y", "", "μ", "1"])
def test_no_unchecked_name_reaches_code(name: str, memory: Memory) -> None:
    with pytest.raises(InternalError, match="may not stand in code"):
        memory.new(name, (2,))
