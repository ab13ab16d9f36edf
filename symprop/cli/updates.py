"""What `formulas --optimizer` adds: the equations of an update, as a section and as JSON; the equations are `document`'s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symprop.cli.sections import Section
from symprop.document.updates import UpdateLines
from symprop.errors import UserError
from symprop.ir.tensor import Tensor
from symprop.lowering.step import training_step
from symprop.notation.formula import Chain
from symprop.notation.latex import latex
from symprop.notation.letters import identifier
from symprop.notation.plain import plain
from symprop.rules.update_rule import UpdateRule
from symprop.views.convert import elementary

if TYPE_CHECKING:
    from symprop.face import Derivation


def check_optimizer(name: str, *, alone: bool) -> None:
    """UserError for an unknown optimizer, and for one that is not `alone`, beside second derivatives."""
    UpdateRule(name)
    if not alone:
        what = "--optimizer stands beside gradients, and --hessian and --jacobian print others"
        raise UserError(what, remedy="Leave one of them out.")


class Update:
    """The update of what was asked for: of the first wanted element or tensor that is a parameter's, as of all others.

    The settings are the network's own where it is trained by that optimizer, else the usual ones. `parameter` is None
    where nothing that was asked for is trained.
    """

    def __init__(self, derivation: Derivation, optimizer: str, wanted: Sequence[str], form: str) -> None:
        own = derivation.spec.training.update
        self.rule = own if own.rule.name == optimizer else UpdateRule(optimizer)
        self.lines = UpdateLines(derivation.core, derivation.names, training_step(derivation.core, self.rule))
        self._derivation, self._wanted, self.form = derivation, wanted, form
        self._position: tuple[int, ...] = ()
        self.parameter = self._chosen()

    def _chosen(self) -> Tensor | None:
        trained = {tensor.name: tensor for tensor in self.lines.trained}
        for name in self._wanted:
            place = None if self.form != "scalar" else self._derivation.scalars.place(name)
            holder = name if place is None else place[0].name
            if holder in trained:
                self._position = () if place is None else place[1]
                return trained[holder]
        return None

    def _chains(self, lines: UpdateLines) -> tuple[Chain, ...]:
        """The equations in the form that was asked for."""
        assert self.parameter is not None
        if self.form == "scalar":
            return lines.of_element(self.parameter, self._position)
        return lines.of_tensor(self.parameter, self.form)

    def section(self) -> Section:
        """The equations with what their letters mean."""
        return Section(f"Update by {self.rule.rule.name}", self._chains(self.lines), "; ".join(self._remarks()))

    def _remarks(self) -> Iterator[str]:
        step = self.lines.step
        yield f"{identifier(step.learning_rate)} is the learning rate"
        if step.settings:
            yield ", ".join(f"{identifier(name)} = {value:g}" for name, value in step.settings.items())
        if step.update_number is not None:
            yield f"{identifier(step.update_number)} counts the updates from 1"
        if step.total_updates is not None:
            yield f"{identifier(step.total_updates)} is their number"
        starts = self._starts()
        if starts:
            yield ", ".join(f"{identifier(name)} starts from {value:g}" for name, value in starts.items())
        if len(self.lines.trained) > 1 or self.lines.trained[0].indices:
            yield "every other parameter in the same way"

    def _starts(self) -> dict[str, float]:
        """What the optimizer keeps of the parameter, as the equations call it, with its value before the first update."""
        assert self.parameter is not None
        found = {}
        for state in self.lines.states_of(self.parameter):
            scalar = self.form == "scalar" and self._position
            name = self.lines.names.element(state, self._position, self.parameter.extents) if scalar else state
            found[name] = self.lines.step.starts[state]
        return found

    def described(self) -> dict[str, Any]:
        """As JSON holds it: every equation as text, with the gradient by its name, and in LaTeX."""
        step, names, matrix = self.lines.step, self.lines.names, self.form == "matrix"
        texts, shown = self._chains(replace(self.lines, by_name=True)), self._chains(self.lines)
        equations = [
            {
                "target": plain(text.sides[0]),
                "formula": plain(elementary(text.sides[1], {}), matrix=matrix),
                "latex": latex(chain.sides[1], names),
            }
            for text, chain in zip(texts, shown, strict=True)
        ]
        return {
            "optimizer": self.rule.rule.name,
            "schedule": self.rule.plan.name,
            "reference": self.rule.rule.reference,
            "learning_rate": step.learning_rate,
            "update_number": step.update_number,
            "total_updates": step.total_updates,
            "settings": step.settings,
            "starts": self._starts(),
            "equations": equations,
        }
