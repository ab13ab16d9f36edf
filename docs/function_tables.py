"""The directives `activations`, `losses`, `joint-losses`: tables read off symprop's own, derivatives as symprop derives them.

A Sphinx extension of these pages alone. What the functions are, and how a formula looks in LaTeX, is decided in symprop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, isinf
from typing import TYPE_CHECKING, ClassVar

import sympy
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from symprop import Dense, Derivation, Network
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation
from symprop.layers import layer_class
from symprop.notation.formula import Formula, Symbol
from symprop.notation.latex import latex
from symprop.notation.names import Names
from symprop.notation.spelling import symbol
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import Kink, ScalarFunction
from symprop.views.convert import to_formula
from symprop.views.scalar import equation_formula
from symprop.views.steps import StepView

if TYPE_CHECKING:
    from sphinx.application import Sphinx

Row = list[str]


def activation_rows() -> Iterator[Row]:
    """Name and formulas of every activation; its range, kinks and source."""
    for name, function in ACTIVATIONS.items():
        derivation = Network(1, [Dense(1, name, bias=False)], loss="squared_error").derive()
        looks = {"o1": "x", "a_o1": "y"}
        shown = [*_defined(derivation, "a_o1", looks), _slope(derivation, "o1", r"\frac{dy}{dx}", looks)]
        remarks = [*_range(function), *_kinks(function.kinks, "x", "slope")]
        yield [_cell(f"`{name}`", _stacked(shown)), _cell(*remarks, _source(function.reference))]


def loss_rows() -> Iterator[Row]:
    """Name and formulas of every loss; its use, kinks and source."""
    for name, loss in LOSSES.items():
        activation = "identity" if isinf(loss.domain[0]) else "hard_sigmoid"
        derivation = Network(1, [Dense(1, activation, bias=False)], loss=name).derive()
        looks = {"a_o1": "a", "t1": "t", "E1": rf"{loss.latex}(a, t)"}
        shown = [
            *_defined(derivation, "E1", looks),
            _slope(derivation, "a_o1", rf"\frac{{\partial {loss.latex}}}{{\partial a}}", looks),
        ]
        yield [_cell(f"`{name}`", _stacked(shown)), _cell(*_loss_remarks(loss), _source(loss.reference))]


def joint_loss_rows() -> Iterator[Row]:
    """Name and formulas of every loss over classes; its use and source. Three outputs stand for any number."""
    for name, loss in JOINT_LOSSES.items():
        last = next(iter(loss.after), "Softmax" if loss.domain == (0, 1) else None)
        layers = [Dense(3, bias=False), *([layer_class(last)()] if last else [])]
        derivation = Network(3, layers, loss=name).derive("z1")
        view = derivation.index_view
        wanted = [
            *(e.name for e in derivation.core.forward.equations if e.origin.rule == "loss"),
            derivation.core.adjoint("z1"),
        ]
        names = replace(derivation.names, latex={**derivation.names.latex, "E": rf"{loss.latex}(a, t)"})
        shown = [f"{latex(view.target(one), names)} = {latex(view.formula(one), names)}" for one in wanted]
        before = "".join(f" After `{layer}`, as here, computed as `{other}`." for layer, other in loss.after.items())
        remarks = [f"Targets that add up to 1.{before}", _source(loss.reference)]
        yield [_cell(f"`{name}`", _stacked(shown)), _cell(*remarks)]


def _loss_remarks(loss: Loss) -> Iterator[str]:
    yield "Mean over the outputs." if loss.reduction == "mean" else "Sum over the outputs."
    if loss.domain != (-inf, inf):
        yield f"$a$ from ${loss.domain[0]:g}$ to ${loss.domain[1]:g}$."
    if loss.targets != (-inf, inf):
        yield f"$t$ from ${loss.targets[0]:g}$ to ${loss.targets[1]:g}$."
    for activation, other in loss.after.items():
        yield f"After `{activation}`, computed as `{other}`."
    residual = to_formula(loss.residual(sympy.Symbol("a"), sympy.Symbol("t")))
    yield from _kinks(loss.kinks, latex(residual, Names()), "derivative")


def _defined(derivation: Derivation, last: str, looks: dict[str, str]) -> Iterator[str]:
    """The equation of `last`, and before it those of the parts that have names of their own."""
    for equation in derivation.scalars.forward:
        is_part = equation.origin.rule == "abbreviation"
        if is_part:
            looks[equation.name] = symbol(equation.name, derivation.names).partition("_")[0]
        if is_part or equation.name == last:
            sides = [Symbol(equation.name), equation_formula(equation), *_meaning(equation)]
            yield " = ".join(dict.fromkeys(_printed(side, derivation, looks) for side in sides))
        if equation.name == last:
            return


def _meaning(equation: Equation) -> list[Formula]:
    """The definition of a function that the equation applies by its name."""
    value = equation.value
    if not isinstance(value, Elementwise) or len(value.operands) != 1:
        return []
    declared = getattr(type(value.expression), "declaration", None)
    argument = Symbol(value.operands[0].tensor.name)
    return [to_formula(declared.definition(*value.expression.args), lambda _: argument)] if declared else []


def _slope(derivation: Derivation, wrt: str, left: str, looks: dict[str, str]) -> str:
    """The one factor of the chain rule that differentiates by `wrt`."""
    steps = StepView(derivation.scalars)
    (step,) = steps.uses(wrt)
    return f"{left} = {_printed(steps.factor(step), derivation, looks)}"


def _printed(formula: Formula, derivation: Derivation, looks: dict[str, str]) -> str:
    names: Names = replace(derivation.names, latex={**derivation.names.latex, **looks})
    return latex(formula, names)


def _range(function: ScalarFunction) -> Iterator[str]:
    low, high = (f"{bound:.5g}".replace("inf", r"\infty") for bound in function.codomain)
    yield f"Values: ${low}$ to ${high}$."
    if not isinf(function.domain[1]):
        yield f"Computed up to $x = {function.domain[1]:g}$, constant above."


def _kinks(kinks: tuple[Kink, ...], at: str, what: str) -> Iterator[str]:
    for kink in kinks:
        yield f"Kink at ${at} = {kink.at:g}$; there the {what} is ${kink.slope:.5g}$."


def _stacked(formulas: list[str]) -> str:
    aligned = r" \\[0.4em] ".join(formula.replace("=", "&=", 1) for formula in formulas)
    return rf"$\displaystyle\begin{{aligned}}{aligned}\end{{aligned}}$"


def _source(reference: str) -> str:
    return f"*{reference}*"


def _cell(*paragraphs: str) -> str:
    """Paragraphs in a list-table's cell, which is indented by four."""
    return "\n\n    ".join(paragraphs)


class FunctionTable(SphinxDirective):
    """A table of functions, written as Markdown's list-table and read by the parser of the page."""

    has_content = False
    header: ClassVar[Row] = []

    def rows(self) -> Iterator[Row]:
        raise AssertionError("a subclass has rows")

    def run(self) -> list[nodes.Node]:
        lines = ["```{list-table}", ":header-rows: 1", ":widths: 60 40", ""]
        for row in (self.header, *self.rows()):
            lines += "\n".join(f"{'* ' if not k else '  '}- {cell}" for k, cell in enumerate(row)).splitlines()
        box = nodes.container()
        self.state.nested_parse(StringList([*lines, "```"], source="symprop"), 0, box)
        return list(box.children)


class Activations(FunctionTable):
    """Every activation."""

    header: ClassVar[Row] = ["Formula and derivative", "Values, kinks, source"]

    def rows(self) -> Iterator[Row]:
        return activation_rows()


class Losses(FunctionTable):
    """Every loss."""

    header: ClassVar[Row] = ["Formula and derivative, for one output", "Use, kinks, source"]

    def rows(self) -> Iterator[Row]:
        return loss_rows()


class JointLosses(FunctionTable):
    """Every loss over classes."""

    header: ClassVar[Row] = ["Formulas, and the derivative by the sums", "Use, source"]

    def rows(self) -> Iterator[Row]:
        return joint_loss_rows()


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("activations", Activations)
    app.add_directive("losses", Losses)
    app.add_directive("joint-losses", JointLosses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
