"""The cost of deriving: linear in depth, the same at any width, and gradients at most thrice the loss; figures are in docs."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Callable
from time import process_time

import pytest

from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.ir.program import Program
from symprop.layers.dense import Dense
from symprop.network import NetworkSpec
from symprop.notation.packs import names_for
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.losses import LOSSES
from tests.benchmarks.operations import counted
from tests.derivation.nets import PROBABILITIES

DEPTHS = (2, 4, 8, 16, 32)


def deep(depth: int, width: int = 3, activation: str = "tanh") -> Program:
    return NetworkSpec(width, [Dense(width, activation) for _ in range(depth)]).elaborate()


def seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """The least of the processor's time, which other programs hardly lengthen.

    The first run, which fills SymPy's caches, is left out, and no garbage is collected.
    """
    times = []
    gc.disable()
    try:
        for _ in range(repeats + 1):
            start = process_time()
            work()
            times.append(process_time() - start)
    finally:
        gc.enable()
    return min(times[1:])


@pytest.mark.parametrize("activation", ["sigmoid", "gelu", "mish", "relu"])
def test_equations_and_steps_grow_by_the_same_number_with_each_layer(activation: str) -> None:
    derivations = [derive(deep(depth, activation=activation)) for depth in range(2, 9)]
    for counts in ([len(d.program.equations) for d in derivations], [len(d.steps) for d in derivations]):
        assert len({later - earlier for earlier, later in itertools.pairwise(counts)}) == 1


def test_unrolled_equations_grow_by_the_same_number_with_each_layer() -> None:
    programs = [deep(depth) for depth in range(2, 9)]
    of_index_form = [len(unroll(derive(p).program, names_for(p)).equations) for p in programs]
    of_scalars = [len(derive(unroll(p, names_for(p))).program.equations) for p in programs]
    for counts in (of_index_form, of_scalars):
        assert len({later - earlier for earlier, later in itertools.pairwise(counts)}) == 1


@pytest.mark.parametrize("form", ["index", "scalar"])
def test_time_is_proportional_to_depth(form: str) -> None:
    programs = [deep(depth) if form == "index" else unroll(p := deep(depth), names_for(p)) for depth in DEPTHS]
    per_layer = [seconds(lambda p=program: derive(p)) / depth for depth, program in zip(DEPTHS, programs, strict=True)]
    # A quadratic algorithm would need 16 times as long for each of 32 layers as for each of 2.
    assert per_layer[-1] < 2.5 * per_layer[0], per_layer


def test_unrolling_takes_time_in_proportion_to_what_it_makes() -> None:
    derivations = [derive(deep(depth)) for depth in DEPTHS]
    names = [names_for(d.forward) for d in derivations]
    per_layer = [
        seconds(lambda d=d, n=n: unroll(d.program, n), 3) / depth
        for depth, d, n in zip(DEPTHS, derivations, names, strict=True)
    ]
    assert per_layer[-1] < 2.5 * per_layer[0], per_layer


def test_the_index_form_does_not_depend_on_width() -> None:
    narrow, wide = derive(deep(3, width=3)), derive(deep(3, width=300))
    assert len(narrow.program.equations) == len(wide.program.equations)
    assert [str(step) for step in narrow.steps] == [str(step) for step in wide.steps]
    assert seconds(lambda: derive(wide.forward)) < 2 * seconds(lambda: derive(narrow.forward))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_loss_and_gradients_take_at_most_four_times_the_loss(activation: str, loss: str) -> None:
    """Griewank and Walther's bound, over nets so small that the last line's share in it is largest."""
    probability = LOSSES[loss].domain == (0, 1)
    last = activation if not probability or activation in PROBABILITIES else PROBABILITIES[0]
    for widths in ((1, 1), (2, 3, 1)):
        layers = [Dense(units, activation, bias=False) for units in widths[1:-1]]
        program = NetworkSpec(widths[0], [*layers, Dense(widths[-1], last, bias=False)], loss).elaborate()
        alone, together = counted(program)
        assert together <= 4 * alone, (alone, together)
