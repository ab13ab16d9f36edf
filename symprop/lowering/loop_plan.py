"""Which arguments of a training loop are carried on, stay, or differ from update to update; the loop is the back ends' own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from symprop.ir.tensor import Tensor


@dataclass(frozen=True)
class LoopPlan:
    """The three kinds, each in the order of the arguments."""

    carried: tuple[Tensor, ...]
    fixed: tuple[Tensor, ...]
    varying: tuple[Tensor, ...]


def loop_plan(arguments: tuple[Tensor, ...], carried: Mapping[str, str], varying: Collection[str]) -> LoopPlan:
    """The plan for arguments of which some are `varying`; `carried` maps outputs to the arguments whose place they take."""
    replaced = set(carried.values())
    rest = [tensor for tensor in arguments if tensor.name not in replaced]
    return LoopPlan(
        tuple(tensor for tensor in arguments if tensor.name in replaced),
        tuple(tensor for tensor in rest if tensor.name not in varying),
        tuple(tensor for tensor in rest if tensor.name in varying),
    )
