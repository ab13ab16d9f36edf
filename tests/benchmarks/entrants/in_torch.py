"""PyTorch in the ladder: functional calls without modules or optimizer objects, eagerly, or the whole update compiled."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.contestants import Missing
from tests.benchmarks.entrants.entrant import Array, Calling, Entrant, Stepping, arrays, imported
from tests.benchmarks.works import Work

torch: Any = imported("torch")
functional: Any = imported("torch.nn.functional")

Parameters = Any


def class_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> Array:
    w1, w2 = parameters
    y = torch.sigmoid(torch.mv(w2, torch.sigmoid(torch.mv(w1, x))))
    return (y - t).square().sum() / 2


def dense_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> Array:
    last = len(parameters) - 2
    for k in range(0, last, 2):
        x = torch.sigmoid(functional.linear(x, parameters[k], parameters[k + 1]))
    return functional.cross_entropy(functional.linear(x, parameters[last], parameters[last + 1]), t)


def convolutional_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> Array:
    """The running statistics are moved in place."""
    for k, pooled in enumerate((True, True, False)):
        kernel, bias, gain, shift = parameters[4 * k : 4 * k + 4]
        x = torch.relu(functional.conv2d(x, kernel, bias, padding=1 if pooled else 0))
        x = functional.batch_norm(x, *states[2 * k : 2 * k + 2], gain, shift, training=True)
        x = functional.max_pool2d(x, 2) if pooled else x
    return functional.cross_entropy(functional.conv2d(x, *parameters[12:]).mean((2, 3)), t)


def transformer_loss(parameters: Parameters, states: Parameters, x: Array, t: Array) -> Array:
    g1, b1, packed, o, g4, b4, w5, b5, w6, b6 = parameters
    (rows, positions, dimension), each = x.shape, states[0]
    joint = functional.linear(functional.layer_norm(x, (dimension,), g1, b1), packed)
    q, k, v = joint.view(rows, positions, 3, -1, each).permute(2, 0, 3, 1, 4)
    heads = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    first = x + functional.linear(heads.transpose(1, 2).reshape(rows, positions, dimension), o)
    hidden = functional.gelu(functional.linear(functional.layer_norm(first, (dimension,), g4, b4), w5, b5))
    return functional.mse_loss(first + functional.linear(hidden, w6, b6), t)


LOSSES = {
    "class": class_loss,
    "dense": dense_loss,
    "convolutional": convolutional_loss,
    "transformer": transformer_loss,
}


def _start(work: Work, a: dict[str, Array]) -> tuple[list[Array], list[Array]]:
    """The parameters in PyTorch's own layouts, and the states."""
    if work.kind != "transformer":
        states = [name for name in work.start if name.startswith(("mean", "variance"))]
        return [torch.tensor(a[n]) for n in work.start if n not in states], [torch.tensor(a[n]) for n in states]
    q, k, v = (torch.tensor(a[name]).flatten(0, 1) for name in ("Q2", "K2", "V2"))
    rest = [torch.tensor(a[name]) for name in ("g4", "b4", "W5", "b5", "W6", "b6")]
    first = [torch.tensor(a["g1"]), torch.tensor(a["b1"]), torch.cat([q, k, v]), torch.tensor(a["O2"]).flatten(1)]
    return [*first, *rest], [a["Q2"].shape[1]]


class Eager(Stepping):
    """Gradients by `torch.autograd.grad`, all updates in one call."""

    def __init__(self, work: Work) -> None:
        self._work, self._given, self._loss = work, arrays(work), LOSSES[work.kind]
        self._x, self._t = torch.tensor(self._given["x"]), torch.tensor(self._given["t"])
        self._targets()
        self.start()

    def _targets(self) -> None:
        """As PyTorch wants them: for one class each its number, which is the same loss."""
        if self._work.kind in ("dense", "convolutional"):
            self._t = self._t.argmax(1)

    def start(self) -> None:
        self.parameters, self.states = _start(self._work, self._given)
        for parameter in self.parameters:
            parameter.requires_grad_(True)

    def step(self) -> Array:
        loss = self._loss(self.parameters, self.states, self._x, self._t)
        gradients = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            torch._foreach_add_(self.parameters, gradients, alpha=-self._work.rate)
        return loss.detach()


class Compiled(Eager):
    """Loss, gradients and updates as one compiled function, which writes to the parameters."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        torch.compiler.reset()
        slope, rate = torch.func.grad_and_value(self._loss), work.rate

        def update(parameters: Parameters, states: Parameters, x: Array, t: Array) -> Array:
            gradients, loss = slope(parameters, states, x, t)
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(rate * gradient)
            return loss

        self._update = torch.compile(update, fullgraph=True, dynamic=False)

    def start(self) -> None:
        self.parameters, self.states = _start(self._work, self._given)

    def step(self) -> Array:
        return self._update(self.parameters, self.states, self._x, self._t)

    def advance(self, count: int) -> None:
        with torch.no_grad():
            super().advance(count)


class Call(Calling):
    """The loss and its gradients, without an update."""

    def __init__(self, which: str, work: Work) -> None:
        given, loss_of = arrays(work), LOSSES[work.kind]
        parameters, x, t = _start(work, given)[0], torch.tensor(given["x"]), torch.tensor(given["t"])
        if which == "compiled":
            torch.compiler.reset()
            slope = torch.compile(torch.func.grad_and_value(loss_of), fullgraph=True, dynamic=False)
            self.call = lambda: slope(parameters, (), x, t)[::-1]
            return
        for parameter in parameters:
            parameter.requires_grad_(True)

        def call() -> tuple[Any, Any]:
            loss = loss_of(parameters, (), x, t)
            return loss.detach(), torch.autograd.grad(loss, parameters)

        self.call = call


def enter(which: str, work: Work) -> Entrant:
    """Eager or compiled; Missing where PyTorch finds no compiler."""
    if work.calls:
        made: Any = Call(which, work)
    else:
        made = Compiled(work) if which == "compiled" else Eager(work)
    try:
        made.advance(1)
    except torch._dynamo.exc.TorchDynamoException as error:
        raise Missing(f"PyTorch cannot compile here ({str(error).splitlines()[0]})") from None
    return made  # type: ignore[no-any-return]
