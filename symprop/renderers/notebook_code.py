"""The code of a notebook: it makes the very same network, wherever it stands; what users wrote stands in it as text only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import prod
from typing import Any

from symprop import examples
from symprop.derivation.verify import check_work
from symprop.document.subject import MOST_PARAMETERS
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.network import NetworkSpec
from symprop.network_file import load
from symprop.network_file.declaration import declaration
from symprop.network_file.write import toml
from symprop.prose import Prose
from symprop.prose.text import as_words
from symprop.renderers.source import Source
from symprop.training.sample import draw_sample

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
_COMPILE = """
model = {derivation}.compile(backend="numpy")
print("\\n".join(model.source.splitlines()[:40]))
"""
_TRAIN = """
history = model.fit({data})
history
"""
_COMPARE = """
loss, gradients = model.value_and_gradient(history.parameters, {data})
print(f"loss before training: {{history.losses[0]:.6g}}")
print(f"loss after {{history.updates:,}} updates: {{loss:.6g}}")
if history.stopped == "diverged":
    print(f"after update {{history.diverged_at:,}} it is not finite: try fit({data}, learning_rate={rate:g})")
"""
_SAMPLE = """
from symprop import draw_sample

sample = draw_sample(network, derivation.names)
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
        return {"wrt": self.source.asked and list(self.source.asked.names), **self._notation()}

    def _notation(self) -> dict[str, Any]:
        return {"notation": None if self.source.notation == _NOTATION else self.source.notation}

    def _gradient(self) -> str:
        """How one gradient is asked for: of an element where formulas are written out, else with indices."""
        tensors = [self.core.forward.tensors[name] for name in self.core.gradients]
        elements = self.source.asked.elements if self.source.asked else {}
        chosen = next((t for t in reversed(tensors) if len(t.indices) > 1), tensors[-1])
        chosen = next((t for t in tensors if t.name in elements), chosen)
        name = (*elements.get(chosen.name, ()), *self.source.scalars.identifiers(chosen, 1))[0]
        if sum(prod(t.extents) for t in tensors) <= MOST_PARAMETERS:
            with suppress(BudgetError, UserError):  # of a long sum, or of integers that are not given
                self.source.scalars.formula(name)
                return repr(name)
        return f"{chosen.name!r}, form='index'"

    def _can_be_checked(self) -> bool:
        try:
            check_work(self.core)
        except BudgetError:
            return False
        return True

    def _training(self) -> Iterator[tuple[str, str, bool]]:
        """Compile, train, compare; where there are no data, with those that pages and workbooks draw."""
        yield "train", self._headed("notebook.training", "notebook.compiled"), True
        whole = "derivation"
        if self.source.trained is not self.source:
            yield "all", self._said("notebook.trains_all"), True
            whole = f"network.derive({_arguments(self._notation())})"
        yield "compile", _COMPILE.format(derivation=whole), False
        drawn, lines, arguments = self._data()
        if drawn is None:
            yield "end", self._said("notebook.no_value"), True
            return
        if drawn:
            names = self.prose.enumerated([f"`{name}`" for name in drawn])
            seed = self.spec.training.seed
            yield "data", as_words(self.prose.say("notebook.drawn", names=names, seed=seed)), True
        yield "data", lines, False
        yield "train", _TRAIN.format(data=arguments), False
        lower = self.spec.training.learning_rate / 10
        yield "compare", _COMPARE.format(data=arguments, rate=lower), False

    def _data(self) -> tuple[Sequence[str] | None, str, str]:
        """The names of what is drawn because nobody gave numbers, the lines that make the data, and how calls take them.

        None instead of names where the loss has no value at what is drawn.
        """
        training = self.spec.training
        columns = ("x", "t") if isinstance(self.spec, NetworkSpec) else ("x",)
        arguments = ", ".join(columns)
        if training.x is not None:
            return (), f"{arguments} = {', '.join(f'network.training.{name}' for name in columns)}", arguments
        sample = draw_sample(self.spec, self.source.names, self.source.evaluation)
        learnt = sample.parameters.keys() | sample.elements.keys()
        drawn = [name for name in sample.drawn if name not in learnt]
        if not drawn:
            return (), "\n".join(f"{name} = {_numbers(getattr(sample, name))}" for name in columns), arguments
        if not sample.has_value:
            return None, "", arguments
        taken = f"{arguments} = {', '.join(f'sample.{name}' for name in columns)}"
        return drawn, f"{_SAMPLE}{taken}", arguments


def _is_known(spec: NetworkSpec | EquationsSpec) -> bool:
    """Whether the name of the network is all that it takes to load it: an example's, or a shorthand."""
    if spec.name not in examples.names() and not _SHORTHAND.fullmatch(spec.name):
        return False
    return declaration(load(spec.name)) == declaration(spec)


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items() if value is not None)


def _numbers(rows: Sequence[Sequence[float]]) -> str:
    return repr([list(row) for row in rows])


def _quoted(text: str) -> str:
    """The text as a literal of Python, over lines where that is plain to see.

    >>> print(_quoted("a = 1"), _quoted('b = "\\\\n"'))
    '''a = 1''' 'b = "\\\\n"'
    """
    if "'''" in text or "\\" in text or not all(c == "\n" or c.isprintable() for c in text) or text.endswith("'"):
        return repr(text)
    return f"'''{text}'''"
