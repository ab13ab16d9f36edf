"""Makes numbers.json: the parameters of one small problem over 100 updates, by PyTorch and by optax.

Run it as ``python tests/rules/golden/make.py``. The cases of a library that is not installed keep the numbers that they
have. The loss is ½ Σ (W2 tanh(W1 x + b1) + b2 − t)², in float64.

Where conventions differ, PyTorch's is taken, and optax is told so:

- ε stands beside the root: RMSProp with ``eps_in_sqrt=False``. optax's AdaGrad has it below the root, so PyTorch alone has one.
- AdaGrad and RMSProp start from 0: ``initial_scale=0``.
- RMSProp and momentum are apart, Nesterov's form is ``g + μ v``.
- Adamax adds ε to the gradient's size, in both.
- Weight decay adds to the gradient that is clipped already; adamw and lion decay apart from it.
- Clipping by the norm is optax's ``min(1, c/norm)``: PyTorch adds 1e-6 to the norm.
- Warm-up reaches the whole rate with update number `warmup`, the first update has its share; cosine's first update has the
  whole rate; one-cycle's last update has the lowest, as in PyTorch's OneCycleLR.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("numbers.json")
UPDATES = 100
KEPT = (1, 10, 100)

Numbers = dict[str, Any]
Case = tuple[str, str, str, float, dict[str, float]]  # library, optimizer, schedule, rate, settings

START: Numbers = {
    "W1": [[0.31, -0.72], [1.13, 0.24], [-0.55, 0.83]],
    "b1": [0.07, -0.21, 0.4],
    "W2": [[0.62, -0.35, 0.91], [-1.07, 0.48, 0.15], [0.29, 0.77, -0.64], [0.05, -0.93, 0.38]],
    "b2": [0.12, -0.45, 0.33, 0.0],
}
X, T = [0.85, -1.4], [0.6, -0.9, 1.7, 0.2]

# Where a rate is large, rounding grows from update to update until the libraries differ among themselves.
SGD, FINE, SLOW = 0.05, 0.01, 0.002
CASES: tuple[Case, ...] = (
    ("torch", "sgd", "constant", SGD, {}),
    ("torch", "momentum", "constant", FINE, {"momentum": 0.85}),
    ("torch", "nesterov", "constant", FINE, {"momentum": 0.85}),
    ("torch", "adagrad", "constant", 0.1, {"epsilon": 1e-3}),
    ("torch", "rmsprop", "constant", SLOW, {"alpha": 0.95, "epsilon": 1e-3}),
    ("torch", "adam", "constant", FINE, {"beta1": 0.85, "beta2": 0.97, "epsilon": 1e-3}),
    ("torch", "adamw", "constant", FINE, {"beta1": 0.85, "beta2": 0.97, "epsilon": 1e-3, "weight_decay": 0.1}),
    ("torch", "adamw", "constant", FINE, {}),
    ("torch", "adamax", "constant", FINE, {"beta1": 0.85, "beta2": 0.97, "epsilon": 1e-3}),
    *(("torch", name, "constant", FINE, {"weight_decay": 0.2}) for name in ("sgd", "momentum", "nesterov", "adagrad")),
    *(("torch", name, "constant", SLOW, {"weight_decay": 0.2}) for name in ("rmsprop", "adam", "adamax")),
    ("torch", "sgd", "constant", SGD, {"clip_value": 0.3}),
    ("torch", "adam", "constant", FINE, {"clip_value": 0.3, "weight_decay": 0.2}),
    ("torch", "sgd", "step", SGD, {"factor": 0.5, "period": 30}),
    ("torch", "sgd", "exponential", SGD, {"factor": 0.97, "period": 1}),
    ("torch", "sgd", "cosine", SGD, {"final": 0.1}),
    ("torch", "sgd", "warmup", SGD, {"warmup": 12}),
    ("torch", "sgd", "one_cycle", SGD, {"pct_start": 0.3, "div_factor": 10, "final_div_factor": 100}),
    ("torch", "adam", "cosine", FINE, {}),
    ("optax", "sgd", "constant", SGD, {}),
    ("optax", "momentum", "constant", FINE, {"momentum": 0.85}),
    ("optax", "nesterov", "constant", FINE, {"momentum": 0.85}),
    ("optax", "rmsprop", "constant", SLOW, {"alpha": 0.95, "epsilon": 1e-3}),
    ("optax", "adam", "constant", FINE, {"beta1": 0.85, "beta2": 0.97, "epsilon": 1e-3}),
    ("optax", "adamw", "constant", FINE, {"weight_decay": 0.1}),
    ("optax", "adamax", "constant", FINE, {}),
    ("optax", "lion", "constant", 0.003, {}),
    ("optax", "lion", "constant", 0.003, {"beta1": 0.85, "beta2": 0.97, "weight_decay": 0.3}),
    ("optax", "sgd", "constant", SGD, {"clip_norm": 0.5}),
    ("optax", "momentum", "constant", FINE, {"clip_norm": 0.5, "clip_value": 0.3, "weight_decay": 0.2}),
    ("optax", "adamw", "constant", FINE, {"clip_norm": 0.5}),
    ("optax", "sgd", "step", SGD, {"factor": 0.5, "period": 30}),
    ("optax", "sgd", "exponential", SGD, {"factor": 0.2, "period": 40}),
    ("optax", "sgd", "cosine", SGD, {"final": 0.1}),
    ("optax", "sgd", "warmup", SGD, {"warmup": 12}),
    ("optax", "sgd", "one_cycle", SGD, {"pct_start": 0.3, "div_factor": 10, "final_div_factor": 100}),
    ("optax", "adam", "one_cycle", FINE, {}),
)
DEFAULTS = {
    "momentum": 0.9, "alpha": 0.99, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0,
    "pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 1e4, "final": 0.0,
}  # fmt: skip
OF_OPTIMIZER = {"adamw": {"weight_decay": 0.01}, "adagrad": {"epsilon": 1e-10}, "lion": {"beta2": 0.99}}


def by_torch(optimizer: str, schedule: str, rate: float, settings: dict[str, float]) -> Iterator[Numbers]:
    """The parameters after each update, by PyTorch's own optimizers and schedulers."""
    torch = import_module("torch")
    s = {**DEFAULTS, **OF_OPTIMIZER.get(optimizer, {}), **settings}
    p = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in START.items()}
    x, t = (torch.tensor(value, dtype=torch.float64) for value in (X, T))
    common = {"lr": rate, "weight_decay": s["weight_decay"]}
    moments = {**common, "betas": (s["beta1"], s["beta2"]), "eps": s["epsilon"]}
    made: dict[str, Callable[[Any], Any]] = {
        "sgd": lambda q: torch.optim.SGD(q, **common),
        "momentum": lambda q: torch.optim.SGD(q, **common, momentum=s["momentum"]),
        "nesterov": lambda q: torch.optim.SGD(q, **common, momentum=s["momentum"], nesterov=True),
        "adagrad": lambda q: torch.optim.Adagrad(q, **common, eps=s["epsilon"]),
        "rmsprop": lambda q: torch.optim.RMSprop(q, **common, alpha=s["alpha"], eps=s["epsilon"]),
        "adam": lambda q: torch.optim.Adam(q, **moments),
        "adamw": lambda q: torch.optim.AdamW(q, **moments),
        "adamax": lambda q: torch.optim.Adamax(q, **moments),
    }
    stepped = made[optimizer](list(p.values()))
    rates = _torch_schedule(torch.optim.lr_scheduler, stepped, schedule, rate, s)
    for _ in range(UPDATES):
        stepped.zero_grad()
        out = p["W2"] @ torch.tanh(p["W1"] @ x + p["b1"]) + p["b2"]
        (0.5 * ((out - t) ** 2).sum()).backward()
        if "clip_value" in s:
            torch.nn.utils.clip_grad_value_(p.values(), s["clip_value"])
        stepped.step()
        rates.step()
        yield {name: value.detach().tolist() for name, value in p.items()}


def _torch_schedule(known: Any, stepped: Any, schedule: str, rate: float, s: dict[str, float]) -> Any:
    if schedule == "step":
        return known.StepLR(stepped, int(s["period"]), s["factor"])
    if schedule == "exponential":
        return known.ExponentialLR(stepped, s["factor"])
    if schedule == "cosine":
        return known.CosineAnnealingLR(stepped, UPDATES, eta_min=s["final"] * rate)
    if schedule == "warmup":
        return known.LinearLR(stepped, 1 / s["warmup"], 1.0, int(s["warmup"]) - 1)
    if schedule == "one_cycle":
        shape = {"pct_start": s["pct_start"], "div_factor": s["div_factor"], "final_div_factor": s["final_div_factor"]}
        # One update more than there are: the scheduler refuses to step beyond its last.
        cycle = known.OneCycleLR(stepped, rate, total_steps=UPDATES, cycle_momentum=False, **shape)
        cycle.total_steps += 1
        return cycle
    return known.ConstantLR(stepped, 1.0)


def by_optax(optimizer: str, schedule: str, rate: float, settings: dict[str, float]) -> Iterator[Numbers]:
    """The parameters after each update, by optax."""
    jax, optax = import_module("jax"), import_module("optax")
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy
    s = {**DEFAULTS, **OF_OPTIMIZER.get(optimizer, {}), **settings}
    plan = _optax_schedule(optax, schedule, rate, s)

    def eta(count: Any) -> Any:
        return plan(count.astype(jnp.float64))  # of whole numbers optax makes a rate in single precision

    moments = {"b1": s["beta1"], "b2": s["beta2"]}
    made: dict[str, Callable[[], Any]] = {
        "sgd": lambda: optax.sgd(eta),
        "momentum": lambda: optax.sgd(eta, s["momentum"]),
        "nesterov": lambda: optax.sgd(eta, s["momentum"], nesterov=True),
        "rmsprop": lambda: optax.rmsprop(eta, s["alpha"], s["epsilon"], initial_scale=0.0, eps_in_sqrt=False),
        "adam": lambda: optax.adam(eta, **moments, eps=s["epsilon"]),
        "adamw": lambda: optax.adamw(eta, **moments, eps=s["epsilon"], weight_decay=s["weight_decay"]),
        "adamax": lambda: optax.adamax(eta, **moments, eps=s["epsilon"]),
        "lion": lambda: optax.lion(eta, **moments, weight_decay=s["weight_decay"]),
    }
    before = [optax.clip(s["clip_value"])] if "clip_value" in s else []
    before += [optax.clip_by_global_norm(s["clip_norm"])] if "clip_norm" in s else []
    coupled = s["weight_decay"] and optimizer not in ("adamw", "lion")
    before += [optax.add_decayed_weights(s["weight_decay"])] if coupled else []
    chain = optax.chain(*before, made[optimizer]())
    x, t = jnp.array(X), jnp.array(T)

    def loss(p: Numbers) -> Any:
        out = p["W2"] @ jnp.tanh(p["W1"] @ x + p["b1"]) + p["b2"]
        return 0.5 * jnp.sum((out - t) ** 2)

    p = {name: jnp.array(value) for name, value in START.items()}
    state = chain.init(p)
    for _ in range(UPDATES):
        changes, state = chain.update(jax.grad(loss)(p), state, p)
        p = optax.apply_updates(p, changes)
        yield {name: value.tolist() for name, value in p.items()}


def _optax_schedule(optax: Any, schedule: str, rate: float, s: dict[str, float]) -> Any:
    if schedule in ("step", "exponential"):
        return optax.exponential_decay(rate, int(s["period"]), s["factor"], staircase=schedule == "step")
    if schedule == "cosine":
        return optax.cosine_decay_schedule(rate, UPDATES, s["final"])
    if schedule == "warmup":
        return optax.linear_schedule(rate / s["warmup"], rate, int(s["warmup"]) - 1)
    if schedule == "one_cycle":
        top = round(s["pct_start"] * UPDATES) - 1  # counted from 0, as the last update is number UPDATES - 1
        share = math.nextafter(top / (UPDATES - 1), 1)
        return optax.cosine_onecycle_schedule(UPDATES - 1, rate, share, s["div_factor"], s["final_div_factor"])
    return optax.constant_schedule(rate)


LIBRARIES = {"torch": by_torch, "optax": by_optax}


def main() -> None:
    """Writes the file anew."""
    old = json.loads(FILE.read_text()) if FILE.exists() else {"versions": {}, "cases": []}
    installed = {name: _version(name) for name in LIBRARIES}
    found = []
    for library, optimizer, schedule, rate, settings in CASES:
        case = {"library": library, "optimizer": optimizer, "schedule": schedule, "rate": rate, "settings": settings}
        if installed[library]:
            states = dict(enumerate(LIBRARIES[library](optimizer, schedule, rate, settings), start=1))
            case["parameters"] = {str(number): states[number] for number in KEPT}
        else:
            known = [each for each in old["cases"] if all(each[key] == case[key] for key in case)]
            if not known:
                print(f"left out, since {library} is not installed: {case}")
                continue
            (case,) = known
        found.append(case)
    versions = {**old["versions"], **{name: number for name, number in installed.items() if number}}
    content = {"versions": versions, "updates": UPDATES, "x": X, "t": T, "start": START}
    lines = [*(f'"{key}": {json.dumps(value)}' for key, value in content.items()), '"cases": [']
    FILE.write_text("{" + ",\n".join(lines) + "\n" + ",\n".join(map(json.dumps, found)) + "\n]}\n")


def _version(library: str) -> str | None:
    try:
        import_module(library)
    except ImportError:
        return None
    return version(library)


if __name__ == "__main__":
    main()
