"""What each update is fed: the examples of its batch, and the masks of dropout, all drawn by a seed; `loop` says when to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from symprop.ir.tensor import Tensor

Array = Any
State = Mapping[str, Array]
# Some updates of a program that stands so often: how many, from what, and what each is fed.
Runner = Callable[[int, int, State, dict[str, Array]], tuple[Array, dict[str, Array]]]

_MOST_NUMBERS = 2**22  # that are drawn and gathered at once


@dataclass(frozen=True)
class Feeding:
    """Feeds updates from `examples`, arrays with a first axis for the `copies` of the program that all data make.

    An update takes `size` of the copies; the last one of an epoch takes what is left. With `shuffle`, each epoch goes
    through them in an order of its own. A mask in `masks` is drawn anew for each update. The same `seed` and number of
    the update give the same, so that updates can be run again. With several seeds, of runs at once, what varies has an
    axis for them, after that of the updates.
    """

    run: Runner
    examples: Mapping[str, Array]
    copies: int
    size: int
    masks: Sequence[Tensor] = ()
    seed: int | Sequence[int] = 0
    shuffle: bool = True
    _orders: dict[tuple[int, int], Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def per_epoch(self) -> int:
        """How many updates go through all examples once."""
        return -(-self.copies // self.size)

    @property
    def rest(self) -> int:
        """How many copies the last update of an epoch takes, if it takes fewer than the others; else 0."""
        return self.copies % self.size

    @property
    def varies(self) -> bool:
        """Whether updates are fed differently."""
        return self.size < self.copies or bool(self.masks)

    @property
    def varying(self) -> frozenset[str]:
        """The names of what differs from update to update."""
        names = [*self.examples] if self.size < self.copies else []
        return frozenset([*names, *(mask.name for mask in self.masks)])

    def updates(self, count: int, before: int, state: State) -> tuple[Array, dict[str, Array]]:
        """Runs updates, after `before` others."""
        losses: list[Array] = []
        after = dict(state)
        while count:
            some, size = self._alike(count, before)
            found, after = self.run(some, size, after, self._fed(some, size, before))
            losses.append(found)
            count, before = count - some, before + some
        return np.concatenate(losses) if losses else np.empty(0), after

    def _alike(self, count: int, before: int) -> tuple[int, int]:
        """How many of the next updates can run together, and of how many copies each is."""
        if not self.varies:
            return count, self.copies
        rest, place = self.rest, before % self.per_epoch
        if rest and place == self.per_epoch - 1:
            return 1, rest
        runs = 1 if isinstance(self.seed, int) else len(self.seed)
        numbers = runs * self.size * max(1, sum(prod(array.shape[1:]) for array in self.examples.values()))
        together = min(count, max(1, _MOST_NUMBERS // numbers))
        return (min(together, self.per_epoch - 1 - place) if rest else together), self.size

    def _fed(self, count: int, size: int, before: int) -> dict[str, Array]:
        """Arrays with a first axis for the updates, then one for the runs and one for the copies, where there are several."""
        if isinstance(self.seed, int):
            return self._fed_by(self.seed, count, size, before)
        by_seed = {seed: self._fed_by(seed, count, size, before) for seed in self.seed}
        return {name: np.stack([by_seed[seed][name] for seed in self.seed], axis=1) for name in self.varying}

    def _fed_by(self, seed: int, count: int, size: int, before: int) -> dict[str, Array]:
        numbers = range(before, before + count)
        fed: dict[str, Array] = {}
        if self.size < self.copies:
            rows = np.stack([self._rows(seed, number, size) for number in numbers])
            fed = {name: array[rows] if size > 1 else array[rows[:, 0]] for name, array in self.examples.items()}
        if self.masks:
            drawn = [draw_masks(self.masks, size, seed, number) for number in numbers]
            fed |= {mask.name: np.stack([each[mask.name] for each in drawn]) for mask in self.masks}
        return fed

    def _rows(self, seed: int, update: int, size: int) -> Array:
        epoch, place = divmod(update, self.per_epoch)
        return self._order(seed, epoch)[place * self.size : place * self.size + size]

    def _order(self, seed: int, epoch: int) -> Array:
        if not self.shuffle:
            return np.arange(self.copies)
        if (seed, epoch) not in self._orders:
            for other in [known for known in self._orders if known[1] != epoch]:
                del self._orders[other]
            self._orders[seed, epoch] = np.random.default_rng([seed, epoch]).permutation(self.copies)
        return self._orders[seed, epoch]


def draw_masks(masks: Iterable[Tensor], copies: int, seed: int, update: int) -> dict[str, Array]:
    """Each mask for one update: ones with its chance, else zeros; with an axis for the copies, if there are several."""
    random = np.random.default_rng([seed, update, 1])
    found = {}
    for mask in masks:
        shape = mask.extents if copies == 1 else (copies, *mask.extents)
        chance = 1.0 if mask.chance is None else mask.chance
        found[mask.name] = (random.random(shape) < chance).astype(float)
    return found


def mean_masks(masks: Iterable[Tensor], copies: int) -> dict[str, Array]:
    """Each mask as it is on the average, so that nothing is dropped: with it a network computes as it predicts."""
    found = {}
    for mask in masks:
        shape = mask.extents if copies == 1 else (copies, *mask.extents)
        found[mask.name] = np.full(shape, 1.0 if mask.chance is None else mask.chance)
    return found
