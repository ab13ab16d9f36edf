"""The loop of updates over several devices, of one process or of many: the batch is divided, the numbers are the same.

The parameters are on every device, each of which computes its share of the rows; XLA adds the shares up where the program
sums over the batch. The loss is the mean over the whole batch already, so nothing else changes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from symprop.backends.executable import Loop
from symprop.backends.jax import loop_on
from symprop.backends.jax.placing import Placing
from symprop.errors import UserError
from symprop.lowering.lowered import Lowered

Array = Any
_AXIS = "batch"
_spec: Any = PartitionSpec  # this and the next are not annotated by JAX
_from_own_rows: Any = jax.make_array_from_process_local_data


def join(address: str, processes: int, process: int) -> None:
    """Joins this process with others, of which each calls this first of all that it does with JAX.

    `address` is that of process 0, such as ``"10.0.0.1:1234"``; `process` is this one's number, from 0. Afterwards the
    devices of all are there for `data_parallel`. Source: jax.distributed.initialize.

    Raises UserError for a number that is not one of the processes.
    """
    if not 0 <= process < processes:
        raise UserError("wrong number of a process", expected=f"0 to {processes - 1}", got=str(process))
    jax.distributed.initialize(address, processes, process)


def data_parallel(
    lowered: Lowered,
    dtype: str,
    varying: Collection[str],
    devices: int,
    sharded: Mapping[str, int],
    own_rows: bool = False,
) -> Loop:
    """`compile_loop` over the first so many devices; `sharded` has, for each argument that is divided, the axis of the batch.

    With several processes, each gives the whole batch, or with `own_rows` its own rows only, in the order of the
    processes; all of them get all results.

    Raises UserError where there are fewer devices, for a batch that does not divide over them, and where nothing is divided.
    """
    found = jax.devices()
    if not 1 <= devices <= len(found):
        one = "1 device" if len(found) == 1 else f"{len(found)} devices"
        remedy = (
            "On a CPU, XLA_FLAGS=--xla_force_host_platform_device_count=8 makes eight of it." if devices > 0 else None
        )
        raise UserError(f"JAX has {one}", expected=f"1 to {len(found)}", got=str(devices), remedy=remedy)
    _check_divides(lowered, devices, sharded)
    mesh = Mesh(np.array(found[:devices]), (_AXIS,))
    return loop_on(lowered, dtype, varying, _Divided(mesh, dict(sharded), own_rows))


def _check_divides(lowered: Lowered, devices: int, sharded: Mapping[str, int]) -> None:
    if devices > 1 and not sharded:
        raise UserError(f"one example does not divide over {devices} devices", remedy="Give a batch of several.")
    for name, axis in sharded.items():
        rows = lowered.tensors[name].extents[axis]
        if rows % devices:
            what = f"a batch of {rows} does not divide over {devices} devices"
            raise UserError(what, where=f"'{name}'", remedy=f"Take a multiple of {devices} at once, or fewer devices.")


@dataclass(frozen=True)
class _Divided(Placing):
    """Puts arrays on the devices of a mesh: those in `sharded` in parts along an axis, others whole on each."""

    mesh: Mesh
    sharded: Mapping[str, int]
    own_rows: bool

    def put(self, name: str, value: Array, format: str, varying: bool = False) -> Array:
        rows = np.asarray(value).astype(jnp.dtype(format))
        axis = self.sharded.get(name)
        if axis is None:
            return self._made(rows, _spec())
        place = axis + varying
        spec = _spec(*[None] * place, _AXIS)
        if not self.own_rows:
            return self._made(rows, spec)
        return _from_own_rows(NamedSharding(self.mesh, spec), rows)

    def _made(self, rows: Array, spec: PartitionSpec) -> Array:
        sharding = NamedSharding(self.mesh, spec)
        return jax.make_array_from_callback(rows.shape, sharding, lambda place: rows[place])

    def back(self, value: Array) -> Array:
        """The copy on this process's own device: every device has the whole."""
        return value.addressable_data(0)

    def shardings(self) -> Mapping[str, Any]:
        return {"out_shardings": NamedSharding(self.mesh, _spec())}
