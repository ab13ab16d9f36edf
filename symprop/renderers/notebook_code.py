"""The code of a notebook: it makes the very same network, wherever it stands; what users wrote stands in it as text only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, prod
from typing import Any

from symprop import examples
from symprop.derivation.verify import check_work
from symprop.document.subject import MOST_PARAMETERS
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.ir.program import integer_tensors
from symprop.ir.tensor import Role, Tensor
from symprop.network import NetworkSpec
from symprop.network_file import load
from symprop.network_file.declaration import declaration
from symprop.network_file.write import toml
from symprop.prose import Prose
from symprop.prose.text import as_words
from symprop.renderers.source import Source
from symprop.rules.joint_losses import JointLoss
from symprop.training.own_data import own_data

_EXAMPLES = 8  # that are drawn for a network without data
_NOTATION = "classroom"
_SHORTHAND = re.compile("[1-9][0-9]*(-[1-9][0-9]*)+")

_LOAD_TEXT = """
from pathlib import Path
from tempfile import TemporaryDirectory

import symprop

text = {text}
with TemporaryDirectory() as folder:
    file = Path(folder, "network.toml")
    file.write_text(text, encoding="utf-8")
    network = symprop.load(file)
network
"""
_LOAD_NAME = """
import symprop

network = symprop.load({name})
network
"""
_VERIFY = """
certificate = derivation.verify()
print("every gradient is right" if certificate.ok else "\\n".join(certificate.failures()))
print(f"largest relative error: {certificate.worst:.1e}")
"""
_TRAIN = """
history = model.fit({data})
history
"""
_COMPARE = """
loss, gradients = model.value_and_gradient(history.parameters, {data})
print(f"loss before training: {{history.losses[0]:.6g}}")
print(f"loss after {{history.updates:,}} updates: {{loss:.6g}}")
"""


class Code:
    """The cells of code for one derivation."""

    def __init__(self, source: Source, prose: Prose) -> None:
        self.source, self.spec, self.core, self.prose = source, source.spec, source.core, prose

    def opening(self) -> Iterator[tuple[str, str]]:
        """The cell that makes the network, by its name where that is enough, else by all that it is."""
        name = self.spec.name
        if _is_known(self.spec):
            yield "load", _LOAD_NAME.format(name=repr(name))
        else:
            yield "load", _LOAD_TEXT.format(text=_quoted(toml(declaration(self.spec))))

    def rest(self) -> Iterator[tuple[str, str, bool]]:
        """The cells after the derivation: a name, what stands in it, and whether that is text."""
        yield "derive", self._headed("notebook.in_python", "notebook.one_object"), True
        yield "derive", f"derivation = network.derive({_arguments(self._asked())})\nderivation", False
        if not self.core.gradients:
            yield "end", self._said("notebook.nothing_trained"), True
            return
        yield "formula", self._said("notebook.formula"), True
        yield "formula", f"derivation.formula({self._gradient()})", False
        yield "gradient", self._said("notebook.gradient"), True
        yield "gradient", f"derivation.gradient({self._gradient()})", False
        if self._can_be_checked():
            yield "verify", self._said("notebook.verify"), True
            yield "verify", _VERIFY, False
        yield from self._training()

    def _said(self, key: str) -> str:
        return as_words(self.prose.say(key))

    def _headed(self, heading: str, key: str) -> str:
        return f"## {self._said(heading)}\n\n{self._said(key)}"

    def _asked(self) -> dict[str, Any]:
        wrt, usual = list(self.core.gradients), [tensor.name for tensor in self.core.forward.trainable]
        asked = {"wrt": None if wrt == usual else wrt}
        asked["notation"] = None if self.source.notation == _NOTATION else self.source.notation  # type: ignore[assignment]
        return asked

    def _gradient(self) -> str:
        """How one gradient is asked for: of an element where formulas are written out, else with indices."""
        tensors = [self.core.forward.tensors[name] for name in self.core.gradients]
        chosen = next((t for t in reversed(tensors) if len(t.indices) > 1), tensors[-1])
        if sum(prod(t.extents) for t in tensors) > MOST_PARAMETERS:
            return f"{chosen.name!r}, form='index'"
        return repr(self.source.scalars.identifiers(chosen, 1)[0])

    def _can_be_checked(self) -> bool:
        try:
            check_work(self.core)
        except BudgetError:
            return False
        return True

    def _training(self) -> Iterator[tuple[str, str, bool]]:
        """Compile, train, compare; where there are no data, with some that are drawn."""
        yield "train", self._headed("notebook.training", "notebook.compiled"), True
        yield (
            "compile",
            'model = derivation.compile(backend="numpy")\nprint("\\n".join(model.source.splitlines()[:40]))',
            False,
        )
        data = self._data()
        if data is None:
            yield "end", self._said("notebook.no_data"), True
            return
        is_drawn, lines, arguments = data
        if is_drawn:
            yield "data", self._said("notebook.drawn"), True
        yield "data", lines, False
        yield "train", _TRAIN.format(data=arguments), False
        yield "compare", _COMPARE.format(data=arguments), False

    def _data(self) -> tuple[bool, str, str] | None:
        """Whether data are drawn, the lines that make them, and how calls take them."""
        training = self.spec.training
        has_targets = isinstance(self.spec, NetworkSpec)
        arguments = "x, t" if has_targets else "x"
        if training.x is not None:
            taken = "network.training.x, network.training.t" if has_targets else "network.training.x"
            return False, f"{arguments} = {taken}", arguments
        batch = self.spec.batch if isinstance(self.spec, NetworkSpec) else None
        try:
            x, t = own_data(self.core.forward, self.source.names, training, self.spec.values, batch=batch)
        except UserError:
            return (True, self._drawn(self.spec), arguments) if isinstance(self.spec, NetworkSpec) else None
        return False, f"x = {_numbers(x)}" + (f"\nt = {_numbers(t)}" if has_targets else ""), arguments

    def _drawn(self, spec: NetworkSpec) -> str:
        """Lines that draw inputs, and targets such as the loss takes, from what the network gives with other parameters."""
        batch = spec.batch or 1
        examples = batch * max(1, _EXAMPLES // batch)
        inputs = [
            _columns(t, batch, examples, integer_tensors(spec.elaborate()))
            for t in spec.elaborate().columns(Role.INPUT)
        ]
        x = inputs[0] if len(inputs) == 1 else f"np.hstack([{', '.join(inputs)}])"
        lines = ["import numpy as np", "", "random = np.random.default_rng(0)", f"x = {x}"]
        return "\n".join([*lines, "t = model.predict(model.start(seed=1), x)", *_as_targets(spec)])


def _columns(tensor: Tensor, batch: int, examples: int, integers: Mapping[Tensor, int]) -> str:
    width = prod(tensor.extents) // batch
    if tensor in integers:
        return f"random.integers({integers[tensor]}, size=({examples}, {width}))"
    return f"random.normal(size=({examples}, {width}))"


def _as_targets(spec: NetworkSpec) -> list[str]:
    """Lines that make targets out of predictions, where the loss wants others than any number."""
    rule, (low, high) = spec.loss_rule, spec.loss_rule.targets
    if isinstance(rule, JointLoss):
        (target,) = spec.elaborate().with_role(Role.TARGET)
        classes = target.extents[-1]
        return [f"t = np.eye({classes})[t.reshape(-1, {classes}).argmax(axis=1)].reshape(len(x), -1)"]
    if isfinite(low) and isfinite(high):
        return [f"t = np.where(t > np.median(t), {float(high)!r}, {float(low)!r})"]
    return ["t = np.abs(t)"] if isfinite(low) else []


def _is_known(spec: NetworkSpec | EquationsSpec) -> bool:
    """Whether the name of the network is all that it takes to load it: an example's, or a shorthand."""
    if spec.name not in examples.names() and not _SHORTHAND.fullmatch(spec.name):
        return False
    return declaration(load(spec.name)) == declaration(spec)


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)


def _numbers(rows: Sequence[Sequence[float]] | None) -> str:
    return repr([[float(number) for number in row] for row in rows or []])


def _quoted(text: str) -> str:
    """The text as a literal of Python, over lines where that is plain to see.

    >>> print(_quoted("a = 1"), _quoted('b = "\\\\n"'))
    '''a = 1''' 'b = "\\\\n"'
    """
    if "'''" in text or "\\" in text or not all(c == "\n" or c.isprintable() for c in text) or text.endswith("'"):
        return repr(text)
    return f"'''{text}'''"
