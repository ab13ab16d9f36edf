"""The equations of an update, for one parameter or an element of it, as they stand on the page; `rules` declares the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod

from symprop.derivation.step import Derivation
from symprop.ir.nodes import SumOfProducts
from symprop.ir.program import Equation
from symprop.ir.tensor import BACKWARD, Role, Tensor
from symprop.lowering.step import TrainingStep
from symprop.lowering.updates import UPDATE
from symprop.notation.formula import Chain, Entry, Formula, Number, Partial, Power, Product, Sign, Symbol
from symprop.notation.names import Names
from symprop.views.delta import with_added
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView, equation_formula
from symprop.views.tree import map_parts

MOST_SQUARES = 12  # that are added up element by element


@dataclass(frozen=True)
class UpdateLines:
    """The update equations of one training step; gradients stand in them as the derivatives that they are, or `by_name`.

    `core` is the derivation that the step was made of, `forward_names` are its names.
    """

    core: Derivation
    forward_names: Names
    step: TrainingStep
    by_name: bool = False

    @cached_property
    def names(self) -> Names:
        """The names, with those of the new values and of what the rule of updates brings."""
        return with_added(self.forward_names, self.step.program)

    @property
    def trained(self) -> list[Tensor]:
        """The parameters that are updated."""
        tensors = self.step.program.tensors
        return [tensors[name] for name in self.step.updated if tensors[name].role is Role.PARAMETER]

    def of_element(self, parameter: Tensor, position: tuple[int, ...]) -> tuple[Chain, ...]:
        """The equations of one element, every tensor by its element there."""
        found = []
        for equation in self._equations(parameter):
            tensor = equation.target.tensor
            if self._is_long(equation):
                found.append(self._of_tensors(equation.name, "index"))
                continue
            name = self.names.element(tensor.name, position, tensor.extents) if tensor.indices else tensor.name
            sides = Symbol(name), equation_formula(self._scalars.line(name))
            found.append(Chain(tuple(map(self._with_partials, sides))))
        return tuple(found)

    def of_tensor(self, parameter: Tensor, form: str) -> tuple[Chain, ...]:
        """The equations of a whole parameter, in index form or, where there is such a form, as matrices."""
        return tuple(self._of_tensors(equation.name, form) for equation in self._equations(parameter))

    def states_of(self, parameter: Tensor) -> list[str]:
        """What the optimizer keeps of a parameter."""
        tensors = self.step.program.tensors
        return [name for name in self.step.starts if tensors[name].primal == parameter.name]

    def _equations(self, parameter: Tensor) -> Iterator[Equation]:
        """The equations that all parameters share, and those of one, in order."""
        for equation in self.step.program.equations:
            owner = self._owner(equation.target.tensor)
            if equation.origin.rule == UPDATE and owner in (None, parameter.name):
                yield equation

    def _owner(self, tensor: Tensor) -> str | None:
        """The parameter that a tensor belongs to: as its next value, as a state, or as the next value of one."""
        primal = None if tensor.primal is None else self.step.program.tensors[tensor.primal]
        return tensor.primal if primal is None or primal.primal is None else primal.primal

    def _is_long(self, equation: Equation) -> bool:
        """Whether an equation adds up more than is read element by element."""
        terms = equation.value.terms if isinstance(equation.value, SumOfProducts) else ()
        return sum(prod(index.extent for index in term.over) for term in terms) > MOST_SQUARES

    def _of_tensors(self, name: str, form: str) -> Chain:
        view = self._matrices if form == "matrix" and self._matrices.has(name) else self._indices
        return Chain((view.target(name), self._with_partials(view.formula(name))))

    @cached_property
    def _whole(self) -> Derivation:
        return replace(self.core, program=self.step.program)

    @cached_property
    def _scalars(self) -> ScalarView:
        return ScalarView(self._whole, self.names)

    @cached_property
    def _indices(self) -> IndexView:
        return IndexView(self._whole, self.core.gradients.values())

    @cached_property
    def _matrices(self) -> MatrixView:
        return MatrixView(self._whole, self.core.gradients.values())

    def _with_partials(self, formula: Formula) -> Formula:
        """The formula with the derivative in the place of the name of each gradient, and squares as such."""
        if self.by_name:
            return formula
        loss = Symbol(self.core.forward.loss)
        match formula:
            case Symbol(name) if self._is_gradient(name):
                return Partial(loss, Symbol(self.core.primal(name)))
            case Entry(tensor, indices) if self._is_gradient(tensor):
                return Partial(loss, Entry(self.core.primal(tensor), indices))
            case Product((first, second), Sign.DOT) if first == second:
                return Power(self._with_partials(first), Number(Fraction(2)))
        return map_parts(formula, self._with_partials)

    def _is_gradient(self, name: str) -> bool:
        """Whether a name is an adjoint's, or that of one of its elements."""
        tensor = self.step.program.tensors.get(name)
        place = self._scalars.place(name) if tensor is None else (tensor, ())
        return place is not None and place[0].role in BACKWARD
