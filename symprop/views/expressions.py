"""Gradients as SymPy expressions in the three forms, for people who go on in SymPy; printed formulas are the views' own."""

from __future__ import annotations

from typing import Any

import sympy

from symprop.errors import UnsupportedError, UserError, nearest
from symprop.ir.sympy_view import target_and_value
from symprop.notation.formula import Entry
from symprop.views.functions import declared_functions
from symprop.views.matrix import MatrixView
from symprop.views.matrix_sympy import matrix_expression
from symprop.views.scalar import ScalarView

Expression = Any

FORMS = ("scalar", "index", "matrix")


def gradient_expression(view: ScalarView, name: str, form: str = "scalar", *, expand: bool = False) -> Expression:
    """``∂loss/∂name`` of an element or a tensor, as a scalar or a matrix of scalars, by indices, or as a matrix expression.

    By indices, the gradient's entry is under the indices of the tensor's axes; what scatters is a sum with Kronecker
    deltas. Raises UserError for an unknown name or form, UnsupportedError where there is no such form.
    """
    check_name(name)
    if check_form(form) == "scalar":
        return _scalar(view, name, expand)
    program = view.derivation.program
    adjoint = derived(view, name, form)
    if form == "index":
        return target_and_value(program.by_name[adjoint])[1]
    matrices = MatrixView(view.derivation)
    formula = matrices.formula(adjoint)
    if isinstance(matrices.target(adjoint), Entry):
        what = f"the matrix form of '{name}' is about one position of an axis at a time, for which SymPy has none"
        raise UnsupportedError(what, remedy='Use form="index".')
    found = matrix_expression(formula, program.tensors, declared_functions(program))
    extents = program.tensors[adjoint].extents
    return found if isinstance(found, sympy.MatrixExpr) or not extents else _everywhere(found, extents)


def derived(view: ScalarView, name: str, form: str) -> str:
    """The tensor that holds the gradient by a tensor; UserError where it was not derived.

    Those that only helped to find others are given, too: formulas refer to them.
    """
    adjoint = view.derivation.adjoint(name)
    if adjoint not in view.derivation.program.by_name:
        raise _not_derived(view, name, form)
    return adjoint


def _everywhere(number: Expression, extents: tuple[int, ...]) -> Expression:
    """A matrix, or a column, that holds one number everywhere."""
    shape = (*extents, *[1] * (2 - len(extents)))
    return sympy.ZeroMatrix(*shape) if number == 0 else number * sympy.OneMatrix(*shape)


def _not_derived(view: ScalarView, name: str, form: str) -> UserError:
    """The error for what is no tensor whose gradient was derived: an element, a tensor that was not asked for, or nothing."""
    derivation, place = view.derivation, view.place(name)
    tensor = name if place is None else place[0].name
    if tensor != name and derivation.adjoint(tensor) in derivation.program.by_name:
        remedy = f"Ask for that of '{tensor}', which it is an element of."
        return UserError(f"the gradient of one element, '{name}', has no {form} form", remedy=remedy)
    if tensor in derivation.forward.tensors:
        return UserError(f"the gradient of '{name}' was not derived", remedy="Ask for it: derive(wrt=[…]), or --wrt.")
    known = derivation.gradients or derivation.forward.tensors
    return UserError(f"there is no quantity '{name}'", remedy=nearest(name, known))


def check_name(name: object) -> None:
    """UserError for what is no name."""
    if not isinstance(name, str):
        raise UserError("a quantity is asked for by its name", expected='text, such as "w5"', got=repr(name))


def check_form(form: str) -> str:
    """The form itself; UserError for one that does not exist."""
    if form not in FORMS:
        raise UserError(f"unknown form '{form}'", remedy=nearest(str(form), FORMS))
    return form


def _scalar(view: ScalarView, name: str, expand: bool) -> Expression:
    tensor = view.derivation.forward.tensors.get(name)
    if tensor is None or not tensor.indices:
        return view.expression(name, expand=expand)
    elements = [view.expression(element, expand=expand) for element in view.identifiers(tensor)]
    return as_matrix(elements, tensor.extents)


def as_matrix(elements: list[Expression], extents: tuple[int, ...]) -> Expression:
    """Expressions as a matrix of two axes, or else as a column."""
    rows, columns = extents if len(extents) == 2 else (len(elements), 1)
    return sympy.ImmutableMatrix(rows, columns, elements)
