"""JAX in the ladder: one update jitted with donated buffers and called each time, or many updates in a jitted scan."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Stepping, Unfit, arrays, imported
from tests.benchmarks.works import Work

jax: Any = imported("jax")
jnp: Any = imported("jax.numpy")
jax.config.update("jax_enable_x64", True)

Parameters = Any


def class_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> tuple[Array, Parameters]:
    w1, w2 = parameters
    y = jax.nn.sigmoid(w2 @ jax.nn.sigmoid(w1 @ x))
    return jnp.sum((y - t) ** 2) / 2, states


def scalar_class_loss(weights: Parameters, states: Parameters, x: Array, t: Array) -> tuple[Array, Parameters]:
    """The same weight by weight: XLA makes one kernel of it, which in a scan is twice as fast; a call would take longer."""
    a, b, c, d, e, f, g, h = weights
    h1, h2 = jax.nn.sigmoid(a * x[0] + b * x[1]), jax.nn.sigmoid(c * x[0] + d * x[1])
    y1, y2 = jax.nn.sigmoid(e * h1 + f * h2), jax.nn.sigmoid(g * h1 + h * h2)
    return ((y1 - t[0]) ** 2 + (y2 - t[1]) ** 2) / 2, states


def dense_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> tuple[Array, Parameters]:
    for w, b in parameters[:-1]:
        x = jax.nn.sigmoid(x @ w + b)
    w, b = parameters[-1]
    return -jnp.sum(t * jax.nn.log_softmax(x @ w + b)) / x.shape[0], states


def convolutional_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> tuple[Array, Parameters]:
    """Images are (rows, height, width, channels) and kernels (height, width, in, out), as XLA wants them on processors."""
    *blocks, (w, b) = parameters
    after = []
    for (kernel, bias, gain, shift), (mean, variance), pooled in zip(blocks, states, (True, True, False), strict=True):
        x = jax.nn.relu(_convolve(x, kernel, 1 if pooled else 0) + bias)
        m, v = x.mean((0, 1, 2)), x.var((0, 1, 2))
        after.append((0.9 * mean + 0.1 * m, 0.9 * variance + 0.1 * v))
        x = (x - m) * (gain * jax.lax.rsqrt(v + 1e-5)) + shift
        if pooled:
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    logits = (_convolve(x, w, 0) + b).mean((1, 2))
    return -jnp.sum(t * jax.nn.log_softmax(logits)) / x.shape[0], tuple(after)


def _convolve(x: Array, kernel: Array, padding: int) -> Array:
    edges = [(padding, padding)] * 2
    return jax.lax.conv_general_dilated(x, kernel, (1, 1), edges, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def transformer_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> tuple[Array, Parameters]:
    g1, b1, packed, o, g4, b4, w5, b5, w6, b6 = parameters
    q, k, v = jnp.einsum("nsi,fihd->fnhsd", _norm(x, g1, b1), packed)
    scores = q @ jnp.swapaxes(k, -1, -2) * (q.shape[-1] ** -0.5)
    scores = jnp.where(jnp.tril(jnp.ones(scores.shape[-2:], bool)), scores, -jnp.inf)
    first = x + jnp.einsum("nhsd,hdj->nsj", jax.nn.softmax(scores) @ v, o)
    hidden = jax.nn.gelu(_norm(first, g4, b4) @ w5 + b5, approximate=False)
    return jnp.mean((first + hidden @ w6 + b6 - t) ** 2), states


def _norm(x: Array, gain: Array, shift: Array) -> Array:
    return jax.nn.standardize(x, axis=-1, epsilon=1e-5) * gain + shift


def _kernel(w: Array) -> Array:
    return w.transpose(2, 3, 1, 0)


def _start(work: Work, a: dict[str, Array]) -> tuple[Parameters, Parameters]:
    """The parameters and the states, each weight laid out as its product wants it."""
    if work.kind == "class":
        return (a["W1"], a["W2"]), ()
    if work.kind == "dense":
        return tuple((a[f"W{k}"].T, a[f"b{k}"]) for k in range(1, len(work.sizes))), ()
    if work.kind == "convolutional":
        blocks = [(_kernel(a[f"W{k}"]), a[f"b{k}"], a[f"g{k + 1}"], a[f"b{k + 1}"]) for k in (1, 4, 7)]
        states = tuple((a[f"mean{k}"], a[f"variance{k}"]) for k in (2, 5, 8))
        return (*blocks, (_kernel(a["W9"]), a["b9"])), states
    packed = jnp.stack([a[name].transpose(2, 0, 1) for name in ("Q2", "K2", "V2")])
    feed = (a["W5"].T, a["b5"], a["W6"].T, a["b6"])
    return (a["g1"], a["b1"], packed, a["O2"].transpose(1, 2, 0), a["g4"], a["b4"], *feed), ()


LOSSES: dict[str, Any] = {
    "class": class_loss,
    "dense": dense_loss,
    "convolutional": convolutional_loss,
    "transformer": transformer_loss,
}


class Training(Stepping):
    """`update` takes and gives everything that is carried, and is jitted by itself."""

    def __init__(self, work: Work, loss: Any = None) -> None:
        given = arrays(work)
        x, t = jnp.asarray(_images(work, given["x"])), jnp.asarray(given["t"])
        self._first = jax.tree.map(jnp.array, _start(work, given))
        slope = jax.value_and_grad(loss or LOSSES[work.kind], has_aux=True)

        def update(carried: Parameters, data: tuple[Array, Array]) -> tuple[Parameters, Array]:
            parameters, states = carried
            (loss, states), gradients = slope(parameters, states, *data)
            return (jax.tree.map(lambda w, g: w - work.rate * g, parameters, gradients), states), loss

        self.update, self._data = update, (x, t)
        self._jitted = jax.jit(update, donate_argnums=0)
        self.start()

    def start(self) -> None:
        # Copies, since what is carried is given away.
        self.carried = jax.tree.map(lambda a: jnp.array(a, copy=True), self._first)
        jax.block_until_ready(self.carried)

    def step(self) -> Array:
        self.carried, loss = self._jitted(self.carried, self._data)
        return loss

    def advance(self, count: int) -> None:
        super().advance(count)
        jax.block_until_ready((self.carried, self.losses))


class Scanning(Training):
    """All updates in one jitted loop, which is compiled for each number of them."""

    def __init__(self, work: Work) -> None:
        super().__init__(work, scalar_class_loss if work.kind == "class" else None)
        if work.kind == "class":
            self._first = tuple(w for array in self._first[0] for w in array.ravel()), ()

        def scan(carried: Parameters, data: tuple[Array, Array], count: int) -> tuple[Parameters, Array]:
            after: tuple[Parameters, Array] = jax.lax.scan(lambda c, _: self.update(c, data), carried, length=count)
            return after

        self._scan = jax.jit(scan, static_argnums=2, donate_argnums=0)

    def advance(self, count: int) -> None:
        self.carried, self.losses = jax.block_until_ready(self._scan(self.carried, self._data, count))


class Call(Calling):
    """The jitted loss with its gradients, on arrays that are on the device; each call is waited for."""

    def __init__(self, work: Work) -> None:
        given = arrays(work)
        (parameters, _), x, t = _start(work, given), jnp.asarray(given["x"]), jnp.asarray(given["t"])
        jitted = jax.jit(jax.value_and_grad(lambda p, x, t: LOSSES[work.kind](p, (), x, t)[0]))
        on_device, wait = jax.tree.map(jnp.array, parameters), jax.block_until_ready

        def call() -> tuple[Any, Any]:
            found: tuple[Any, Any] = wait(jitted(on_device, x, t))
            return found

        self.call = call


def _images(work: Work, x: Array) -> Array:
    return x.transpose(0, 2, 3, 1) if work.kind == "convolutional" else x


def enter(which: str, work: Work) -> Entrant:
    """One update at a time, or a scan."""
    if work.calls and which == "scan":
        raise Unfit("one call has nothing to scan")
    return Call(work) if work.calls else Scanning(work) if which == "scan" else Training(work)
