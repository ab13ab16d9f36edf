"""Which axis of the data is divided over several devices; how it is divided is the back end's affair."""

from __future__ import annotations

from dataclasses import dataclass

from symprop.errors import UserError
from symprop.ir.program import Program
from symprop.ir.tensor import Index, Role
from symprop.lowering.batch import DATA, batch_axis
from symprop.lowering.lowered import Lowered


@dataclass(frozen=True)
class Dividing:
    """The data of a `forward` program over so many `devices`, if they are given; `batch` examples stand in it, None for one."""

    forward: Program
    devices: int | None = None
    batch: int | None = None

    def __post_init__(self) -> None:
        if self.devices is not None and (isinstance(self.devices, bool) or not isinstance(self.devices, int)):
            raise UserError("wrong number of devices", expected="a whole number from 1", got=repr(self.devices))
        if self.devices is not None and self.devices < 1:
            raise UserError("wrong number of devices", expected="a whole number from 1", got=str(self.devices))

    def sharded(self, lowered: Lowered, copies: int) -> dict[str, int]:
        """For each argument that is divided, the place of the axis of the examples; none of one example alone.

        It is known by its index: other axes, such as that of several runs, may stand before it.
        """
        axis = self._axis(copies)
        data = (tensor for tensor in lowered.arguments if tensor.role in DATA)
        return {tensor.name: tensor.indices.index(axis) for tensor in data if axis in tensor.indices} if axis else {}

    def check_rest(self, rest: int) -> None:
        """UserError where the last batch of an epoch, of `rest` copies (0 where all batches are alike), does not divide."""
        if not rest or self.devices is None or self._divides(self._axis(rest)):
            return
        one, many = (
            ("example", "examples") if self.batch is None else (f"batch of {self.batch}", f"batches of {self.batch}")
        )
        count, unit, less = f"one {one}" if rest == 1 else f"{rest} {many}", self.batch or 1, rest % self.devices
        remedy = (
            f"Leave out {less * unit} of the examples or add {(self.devices - less) * unit}, or take fewer devices."
        )
        raise UserError(
            f"the last batch of an epoch, of {count}, does not divide over {self.devices} devices", remedy=remedy
        )

    def _axis(self, copies: int) -> Index | None:
        """The axis of the copies, or of a batch of the network's own where only that one divides."""
        own = [] if self.batch is None else [next(self.forward.columns(Role.INPUT)).indices[0]]
        axes = own if copies == 1 else [batch_axis(self.forward, copies), *own]
        return next(filter(self._divides, axes), axes[-1] if axes else None)

    def _divides(self, axis: Index | None) -> bool:
        extent = 1 if axis is None else axis.extent
        return bool(self.devices) and extent % (self.devices or 1) == 0
