"""The data that the page's script works on: names, starting values, lines and chains as prepared formulas; no code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Unroller, elements
from symprop.document.updates import UpdateLines
from symprop.explorer.arithmetic import Arithmetic
from symprop.explorer.called import called
from symprop.explorer.rows import in_row
from symprop.explorer.typeset import Typesetter
from symprop.ir.program import Equation
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.layers.layer import ANYWHERE
from symprop.network import NetworkSpec
from symprop.notation.formula import Partial, Symbol
from symprop.notation.names import Names
from symprop.training.compared import PAGE, rates_about
from symprop.training.evaluation import positions_by_example
from symprop.values import MARGIN
from symprop.views.scalar import equation_formula

if TYPE_CHECKING:
    from symprop.equations import EquationsSpec
    from symprop.training.sample import Sample

Island = dict[str, Any]


class Numbers:
    """The data of a network whose arithmetic is in the page.

    A quantity goes by its identifier; `slots` say where its number stands in the array of one example, or of an update.
    """

    def __init__(self, arithmetic: Arithmetic, spec: NetworkSpec | EquationsSpec, sample: Sample) -> None:
        self.arithmetic, self.spec, self.sample = arithmetic, spec, sample
        self._examples = arithmetic.copies
        self.view, self.core = arithmetic.view, arithmetic.core

    def island(self) -> Island:
        """Everything but the words."""
        arithmetic = self.arithmetic
        equations = self.view.program.equations
        training = self.spec.training
        return {
            "loss": self.core.forward.loss,
            "rate": training.learning_rate,
            "rates": rates_about(training.learning_rate, PAGE),
            "slots": arithmetic.example_slots,
            "size": len(arithmetic.example_slots),
            "parameters": self._parameters,
            "states": self._states,
            "inputs": self._of_role(Role.INPUT),
            "targets": self._of_role(Role.TARGET),
            "domain": [number if isfinite(number) else None for number in self._domain],
            "facts": self._facts,
            "margin": MARGIN,
            "start": self.sample.elements,
            "examples": self._rows,
            "forward": [self._line(e) for e in equations if e.target.tensor.role not in BACKWARD],
            "backward": [self._line(e) for e in equations if e.target.tensor.role in BACKWARD],
            "reads": {e.name: [a.tensor.name for a in e.value.accesses] for e in self.view.forward},
            "tensors": self._tensors,
            "called": called(self._told, self.names),
            "symbols": self._symbols,
            "chains": self._chains,
            "factors": self._factors,
            "aside": {e.name: [a.tensor.name for a in e.value.accesses] for e in arithmetic.factors.equations},
            "gradients": self._gradients,
            "update": self._update,
        }

    @cached_property
    def names(self) -> Names:
        """The names of everything, with those that the update has added."""
        return UpdateLines(self.core, self.arithmetic.names, self.arithmetic.step).names

    @cached_property
    def _typesetter(self) -> Typesetter:
        return Typesetter(self.names)

    @cached_property
    def _parameters(self) -> list[str]:
        return self._free(Role.PARAMETER)

    @cached_property
    def _states(self) -> list[str]:
        """What an example has besides, such as running means."""
        return self._free(Role.STATE)

    def _free(self, role: Role) -> list[str]:
        tensors = (tensor for tensor in self.core.forward.free if tensor.role is role)
        return [name for tensor in tensors for name in self.view.identifiers(tensor)]

    def _of_role(self, role: Role) -> list[str]:
        """The data of one example, in the order of its columns."""
        unroller = Unroller(self.core.program, self.arithmetic.names)
        places = positions_by_example(self.core.forward.columns(role), self.sample.batch)
        return [unroller.name(tensor, position) for tensor, position in places]

    @cached_property
    def _rows(self) -> list[list[float]]:
        """The inputs and the targets of each example, one after the other."""
        size = self.sample.batch or 1
        found = []
        for first in range(0, self._examples * size, size):
            x, t = self.sample.x[first : first + size], self.sample.t[first : first + size]
            found.append([number for row in (*x, *t) for number in row])
        return found

    @property
    def _domain(self) -> tuple[float, float]:
        return self.spec.loss_rule.targets if isinstance(self.spec, NetworkSpec) else ANYWHERE

    @property
    def _facts(self) -> list[Island]:
        """What targets have to add up to."""
        return [
            {
                "terms": [[float(t.coefficient), *(f.tensor.name for f in t.factors)] for t in fact.value.terms],
                "total": float(fact.number),
            }
            for fact in self.view.program.facts
        ]

    def _line(self, equation: Equation) -> Island:
        return {"name": equation.name, "math": self._typesetter.line(equation_formula(equation))}

    @cached_property
    def _symbols(self) -> dict[str, str]:
        """How each quantity is written: a backward one as the derivative that it is."""
        lines = (*self.view.program.equations, *self.arithmetic.update_lines)
        read = (access.tensor for line in lines for access in line.value.accesses)
        tensors = (*self.view.program.free, *read, *(line.target.tensor for line in lines))
        rate = Tensor(self.arithmetic.step.learning_rate)
        return {tensor.name: self._written(tensor) for tensor in dict.fromkeys((*tensors, rate))}

    def _written(self, tensor: Tensor) -> str:
        if tensor.role in BACKWARD and tensor.primal is not None:
            return self._typesetter.line(Partial(Symbol(self.core.forward.loss), Symbol(tensor.primal)))
        return self._typesetter.symbol(Symbol(tensor.name))

    @property
    def _tensors(self) -> dict[str, str]:
        """The tensor that each quantity of the forward pass is an element of, for drawings of whole tensors."""
        return {name: t.name for t in self.core.forward.tensors.values() for name in self.view.identifiers(t)}

    @property
    def _told(self) -> dict[str, None]:
        """What messages, lists and labels of the page name: all of the forward pass, element by element and as tensors."""
        carried = (old for old, _ in self._update["carried"])
        return dict.fromkeys((*self._tensors, *self._tensors.values(), *carried))

    @property
    def _chains(self) -> dict[str, list[Island]]:
        chains = self.arithmetic.factors.chains
        return {n: [{"start": c.start, "factors": c.factors} for c in links] for n, links in chains.items()}

    @property
    def _factors(self) -> dict[str, Island]:
        line = self._typesetter.line
        return {
            key: {"partial": line(f.partial), "math": line(f.formula) if f.formula else "", "name": f.name}
            | ({"direct": True} if isinstance(f.partial, Partial) and f.partial.direct else {})
            for key, f in self.arithmetic.factors.factors.items()
        }

    @property
    def _gradients(self) -> dict[str, Island]:
        """The derivative by each parameter: where its number stands, and its formula."""
        found = {}
        for name in self.arithmetic.factors.parameters:
            formula = self.arithmetic.factors.gradient(name)
            found[name] = {"name": self.view.gradient_name(name), "math": self._typesetter.line(formula)}
        return found

    @cached_property
    def _update(self) -> Island:
        """Where the numbers of an update stand, what it starts from, and what the next one takes over."""
        arithmetic, step = self.arithmetic, self.arithmetic.whole_step
        slots, tensors = arithmetic.update_slots, step.program.tensors
        carried = [
            pair
            for old, new in step.updated.items()
            for pair in zip(self._elements(tensors[old]), self._elements(tensors[new]), strict=True)
            if pair[0] in slots and pair[1] in slots
        ]
        return {
            "slots": {name: slots[name] for name in self._shown(carried)},
            "size": len(slots),
            "rate": step.learning_rate,
            "start": self._start,
            "carried": carried,
            "data": [[slots.get(self._in_row(name, row), -1) for name in self._data] for row in range(self._examples)],
            "lines": [self._line(equation) for equation in arithmetic.update_lines],
        }

    @cached_property
    def _start(self) -> dict[str, float]:
        """What the free numbers of an update are at first, besides data and parameters."""
        step = self.arithmetic.whole_step
        fixed: dict[str, float] = {**step.settings, **step.starts}
        if step.total_updates is not None:
            fixed[step.total_updates] = self.spec.training.epochs  # the page makes one update an epoch, over all rows
        for tensor in step.program.with_role(Role.STATE):
            if tensor.start is not None:
                fixed.setdefault(tensor.name, tensor.start)
        tensors = step.program.tensors
        return {name: value for key, value in fixed.items() for name in self._elements(tensors[key])}

    def _shown(self, carried: list[tuple[str, str]]) -> list[str]:
        """The numbers of an update that the script reads or writes by name."""
        lines, free = self.arithmetic.update_lines, self._start
        read = (access.tensor.name for line in lines for access in line.value.accesses)
        pairs = (name for pair in carried for name in pair)
        own = (
            *self._parameters,
            *self._states,
            *free,
            self.core.forward.loss,
            self.arithmetic.whole_step.learning_rate,
        )
        names = dict.fromkeys((*own, *pairs, *read, *(line.name for line in lines)))
        return [name for name in names if name in self.arithmetic.update_slots]

    @cached_property
    def _data(self) -> list[str]:
        return [*self._of_role(Role.INPUT), *self._of_role(Role.TARGET)]

    def _in_row(self, name: str, row: int) -> str:
        return name if self._examples == 1 else in_row(name, row)

    def _elements(self, tensor: Tensor) -> Iterator[str]:
        unroller = Unroller(self.arithmetic.whole_step.program, self.arithmetic.row_names)
        return (unroller.name(tensor, element) for element in elements(tensor))


def tensors_only(core: Derivation, names: Names, most: int) -> Island:
    """The data of a network without arithmetic: its parameters, and which tensors read which."""
    forward, typesetter = core.forward, Typesetter(names)
    shown: Sequence[str] = [*islice(core.gradients, most)]
    return {
        "loss": forward.loss,
        "parameters": shown,
        "reads": {e.name: [a.tensor.name for a in e.value.accesses] for e in forward.equations},
        "tensors": {},
        "called": called(forward.tensors, names),
        "symbols": {name: typesetter.symbol(Symbol(name)) for name in forward.tensors},
    }
