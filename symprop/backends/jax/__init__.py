"""The JAX back end: a lowered program as one jitted function, many updates as one loop on the device.

In "bfloat16" the layers are computed in bfloat16; parameters, states, hyperparameters and the loss are kept in float32,
since small updates would be rounded away. JAX's own settings stay as they are: float64 is switched on around each call.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from symprop.backends.executable import Backend, Executable, Loop
from symprop.backends.jax import helpers
from symprop.backends.jax.placing import Placing, is_wide, loaded_formats, precision
from symprop.backends.jax.running import Running
from symprop.backends.jax.source import FORMATS, Source, loop_source, program_source
from symprop.backends.jax.sums import Convolving
from symprop.backends.loading import load_source
from symprop.lowering.lowered import Lowered
from symprop.lowering.windows import size

FEWEST_CHANNELS = 8  # summed over by a convolution that is XLA's own on a processor
_SCOPE = {
    "jnp": jnp,
    "lax": lax,
    "special": special,
    **{
        function.__name__: function
        for function in (
            *(helpers.windows, helpers.spread, helpers.read_at, helpers.add_at, helpers.pinned),
            *(helpers.smallest, helpers.largest_exponent),
        )
    },
}


def compile(lowered: Lowered, dtype: str) -> Executable:
    """The outputs as a jitted function of the arguments; they stay on the device, as JAX's arrays.

    Raises UnsupportedError, with the equation, for what JAX lacks.
    """
    source = program_source(lowered, dtype, _convolving(dtype))
    program = _loaded(source, source.text, dtype)["program"]
    formats = loaded_formats(lowered, dtype)

    def converted(*values: helpers.Array) -> list[helpers.Array]:
        result: list[helpers.Array] = program(*map(jnp.asarray, values, formats))
        return result

    jitted, wide = jax.jit(converted), is_wide(dtype)

    def run(*values: helpers.Array) -> list[helpers.Array]:
        with precision(wide):
            result: list[helpers.Array] = jitted(*values)
        return result

    names = tuple(tensor.name for tensor in lowered.arguments)
    return Executable(source.text, names, lowered.outputs, run)


def _convolving(dtype: str) -> Convolving:
    """Which convolutions are XLA's own. On processors those of 64 bits or of few channels are slower than products."""
    if jax.default_backend() != "cpu":
        return lambda found: True
    return lambda found: not is_wide(dtype) and size(found.channels) >= FEWEST_CHANNELS


def _loaded(source: Source, text: str, dtype: str) -> dict[str, helpers.Array]:
    """What the text defines, with its constants worked out."""
    loaded = load_source(text, _SCOPE)
    if source.constants:
        with precision(is_wide(dtype)):
            found = map(np.asarray, jax.jit(loaded["constants"])())
        loaded.update(zip(source.constants, found, strict=True))
    return loaded


def compile_loop(lowered: Lowered, dtype: str, varying: Collection[str]) -> Loop:
    """Many updates as one loop on the device, with the carried arrays overwritten in place.

    What is carried on is given back as JAX's arrays, the losses as NumPy's. It is compiled once for each power of two of
    updates that it has met, or once for all where nothing varies.
    """
    return loop_on(lowered, dtype, varying, Placing())


def loop_on(lowered: Lowered, dtype: str, varying: Collection[str], placing: Placing) -> Loop:
    """The loop with its arrays where `placing` puts them."""
    source = program_source(lowered, dtype, _convolving(dtype))
    text = f"{source.text}\n\n{loop_source(lowered, source.names, varying)}"
    loop = _loaded(source, text, dtype)["loop"]
    return Loop(text, Running(lowered, dtype, frozenset(varying), placing, loop).run)


def compile_parallel(
    lowered: Lowered, dtype: str, varying: frozenset[str], devices: int, sharded: Mapping[str, int]
) -> Loop:
    """The loop over several devices, each of which takes its share of the batch; see `parallel.data_parallel`."""
    from symprop.backends.jax.parallel import data_parallel

    return data_parallel(lowered, dtype, varying, devices, sharded)


BACKEND = Backend("jax", tuple(FORMATS), compile, compile_loop, compile_parallel)
