"""Second derivatives and Jacobians: entry by entry over forward names; over whole tensors, the forms are `jacobian`'s."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy

from symprop.derivation.jacobian import jacobians
from symprop.derivation.second import directional, with_loss
from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.derivation.unroll import unroll
from symprop.errors import BudgetError, UserError
from symprop.ir.program import Program
from symprop.ir.tensor import BACKWARD, Tensor
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.notation.names import Names
from symprop.views.budget import check_scalars
from symprop.views.delta import with_adjoints
from symprop.views.jacobian import JacobianView
from symprop.views.named import named_adjoints
from symprop.views.scalar import MOST_OPERANDS, MOST_SUGGESTED, ScalarView

Expression = Any
Rows = list[list[Expression]]

MOST_ENTRIES = 2_500  # of one Hessian or Jacobian that is written out
_FORMS = "the index form, or for hessian_vector_product, which takes no Hessian."
_REMEDY = f"Ask for fewer of them, by name, for {_FORMS}"


@dataclass(frozen=True)
class Definition:
    """What a name in an entry stands for: a derivative `by` a scalar, as which it is `read`, and its value over other names.

    One that `is_first` is an adjoint of the gradient's own sweep; the others are derivatives of the gradient, or of an output.
    """

    name: str
    by: Tensor
    read: Formula
    value: Expression
    is_first: bool


class SecondView:
    """Hessian and Jacobian of one derivation, entry by entry."""

    def __init__(self, derivation: Derivation, names: Names) -> None:
        self.derivation, self.names = derivation, names
        self._views: dict[str, ScalarView] = {}  # by the names in entries that they define

    @property
    def forward(self) -> Program:
        """The forward program."""
        return self.derivation.forward

    def first(self, wrt: Sequence[str], moving: Sequence[str] = ()) -> Derivation:
        """The derivation by some tensors, which are to be moved then, and others with them.

        What is known of targets holds no longer where they move one by one.
        """
        moved = {*wrt, *moving}
        facts = tuple(
            fact for fact in self.forward.facts if moved.isdisjoint(a.tensor.name for a in fact.value.accesses)
        )
        return derive(replace(self.forward, facts=facts), wrt)

    def jacobian_view(self, output: str, wrt: Sequence[str]) -> JacobianView:
        """The Jacobians of one tensor by others, over whole tensors; UserError for what is no tensor."""
        self.check_tensors(output, *wrt)
        return JacobianView(jacobians(self.forward, output, wrt))

    def hessian_view(self, first: str, second: Sequence[str]) -> JacobianView:
        """The derivatives of the gradient by one tensor by others: blocks of the Hessian; it raises what `jacobian_view` does."""
        self.check_tensors(first, *second)
        gradient = self.first([first], second)
        return JacobianView(jacobians(gradient.program, gradient.gradients[first], second))

    def whole_jacobian(self, output: str, wrt: str | None, form: str) -> Expression:
        """``∂output/∂wrt`` of two tensors by indices or as a matrix; without `wrt`, by what alone was differentiated by."""
        wrt = self._the_tensor(wrt)
        return self.jacobian_view(output, [wrt]).expression(wrt, form)

    def whole_hessian(self, first: str | None, second: str | None, form: str) -> Expression:
        """The block of the Hessian for two tensors, the second being the first unless given, by indices or as a matrix."""
        first = self._the_tensor(first)
        return self.hessian_view(first, [second or first]).expression(second or first, form)

    def _the_tensor(self, name: str | None) -> str:
        gradients = list(self.derivation.gradients)
        if name is None and len(gradients) != 1:
            remedy = f"Name one of {', '.join(gradients[:MOST_SUGGESTED])}." if gradients else "Name a tensor."
            raise UserError("this form is of one tensor at a time", remedy=remedy)
        return gradients[0] if name is None else name

    def check_tensors(self, *names: str) -> None:
        """Raises UserError for a name that is no whole tensor's."""
        for name in names:
            if name not in self.forward.tensors:
                raise UserError(f"'{name}' is no tensor of the network", remedy="Name whole tensors here, such as W1.")

    @cached_property
    def _scalars(self) -> ScalarView:
        return ScalarView(self.derivation, self.names)

    def elements(self, name: str | None, default: Sequence[str] = ()) -> list[str]:
        """The elements of a tensor, or the one element that is named, or, without a name, of the tensors in `default`.

        Raises UserError for an unknown name.
        """
        if name is None:
            return [element for tensor in default for element in self.elements(tensor)]
        if name in self.forward.tensors:
            return self._scalars.identifiers(self.forward.tensors[name], most=MOST_ENTRIES + 1)
        self._scalars.known_place(name)
        return [name]

    def shaped(self, rows: Rows, *names: str | None) -> Expression:
        """The rows as a SymPy matrix, or as one expression where each name is an element's."""
        tensors = [self.forward.tensors.get(name or "") for name in names]
        single = all(names) and not any(tensor is not None and tensor.indices for tensor in tensors)
        return rows[0][0] if single else sympy.ImmutableMatrix(rows)

    def hessian(self, first: Sequence[str], second: Sequence[str]) -> Rows:
        """``∂²loss/∂first ∂second`` for the elements of either list, with what its terms share drawn out.

        Each pair is derived once: the matrix of one list is symmetric. An entry that is too large to be written over forward
        names refers to adjoints by name, which `definitions` tells of. Raises BudgetError for more than `MOST_ENTRIES`, or
        where an entry is too large even so.

        >>> from symprop.equations import EquationsSpec
        >>> program = EquationsSpec(["E = w**2*v"], loss="E", parameters=["w", "v"]).elaborate()
        >>> SecondView(derive(program), Names()).hessian(["w", "v"], ["w", "v"])
        [[2*v, 2*w], [2*w, 0]]
        """
        _check_count(len(first) * len(second))
        rows, columns = (
            list(dict.fromkeys(self._scalars.known_place(n)[0].name for n in own)) for own in (first, second)
        )
        gradient = self.first(rows, columns)
        names = with_adjoints(self.names, gradient)
        known: dict[frozenset[str], Expression] = {}
        for one in first:
            new = [other for other in second if frozenset((one, other)) not in known]
            tensor, element = self._scalars.known_place(one)
            row = self._row(
                gradient.program, names, gradient.gradients[tensor.name], element, gradient.adjoint(one), new
            )
            known.update({frozenset((one, other)): entry for other, entry in zip(new, row, strict=True)})
        return [[known[frozenset((one, other))] for other in second] for one in first]

    def jacobian(self, outputs: Sequence[str], wrt: Sequence[str]) -> Rows:
        """``∂output/∂wrt`` for the elements of either list; it raises what `hessian` does.

        >>> from symprop.equations import EquationsSpec
        >>> program = EquationsSpec(["a = w*x", "b = x**2", "E = a*b"], loss="E", parameters=["w"]).elaborate()
        >>> SecondView(derive(program), Names()).jacobian(["a", "b"], ["w", "x"])
        [[x, w], [0, 2*x]]
        """
        _check_count(len(outputs) * len(wrt))
        rows = []
        for output in outputs:
            tensor, element = self._scalars.known_place(output)
            if tensor.name in self.forward.by_name:
                rows.append(self._row(self.forward, self.names, tensor.name, element, output, wrt))
            else:
                rows.append([sympy.Integer(output == other) for other in wrt])
        return rows

    def _row(
        self, program: Program, names: Names, tensor: str, element: tuple[int, ...], name: str, wrt: Sequence[str]
    ) -> list[Expression]:
        """The derivatives of one element, called `name`, by others: a sweep over what it depends on and nothing else."""
        check_scalars(program, remedy=_REMEDY)
        sliced = unroll(program, names, {tensor: {element}, program.loss: {()}})
        reached = [other for other in wrt if other in sliced.tensors]
        view = ScalarView(derive(with_loss(sliced, name), reached), Names())
        return [self._entry(view, other) if other in reached else sympy.S.Zero for other in wrt]

    def _entry(self, view: ScalarView, wrt: str) -> Expression:
        """The entry over forward names; a large one refers to adjoints by name, as large gradients do."""
        name = view.gradient_name(wrt)
        found = view.expression(wrt) if view.fits(name, MOST_OPERANDS) else _stopped(view, name)
        tensors = view.derivation.program.tensors
        symbols = (symbol.name for symbol in found.free_symbols)
        self._views.update((symbol, view) for symbol in symbols if tensors[symbol].role in BACKWARD)
        return sympy.factor_terms(found, sign=False)

    def definitions(self, *entries: Expression) -> list[Definition]:
        """What the names in entries of this view stand for that no forward equation defines, each after those in its value.

        >>> from symprop.network_file import load
        >>> from symprop.notation.packs import names_for
        >>> forward = load("four_layers").elaborate()
        >>> view = SecondView(derive(forward), names_for(forward))
        >>> ((entry,),) = view.hessian(["w1"], ["w1"])
        >>> entry, len(view.definitions(entry)), view.definitions(entry)[0].value
        (ddE_total_dw1_dh1_1*i1, 27, i1*(1 - a_h1_1**2))
        """
        found: dict[str, Definition] = {}
        names = dict.fromkeys(name for entry in entries for name in sorted(map(str, entry.free_symbols)))
        for view in dict.fromkeys(self._views[name] for name in names if name in self._views):
            own = [Symbol(name) for name in names if self._views.get(name) is view]
            new = (name for name in named_adjoints(view, own) if name not in found)
            found.update((name, self._definition(view, name)) for name in new)
        return list(found.values())

    def _definition(self, view: ScalarView, name: str) -> Definition:
        """What a name is in the sweep that an entry was found by."""
        tensors, of = view.derivation.program.tensors, view.derivation.forward.loss
        loss, by, is_first = (
            Symbol(self.forward.loss),
            tensors[tensors[name].primal or name],
            name in view.derivation.forward.tensors,
        )
        primal = tensors[of].primal
        outer = loss if is_first else Symbol(of) if primal is None else Partial(loss, Symbol(primal))
        value = sympy.factor_terms(_stopped(view, name), sign=False)
        return Definition(name, by, Partial(outer, Symbol(by.name)), value, is_first)


def _stopped(view: ScalarView, name: str) -> Expression:
    """The value of an adjoint up to those that go by name; BudgetError where even that is too large."""
    if not view.fits(name, MOST_OPERANDS, stop=True):
        of, by = view.derivation.forward.loss, view.derivation.primal(name)
        what, most = f"the derivative of '{of}' by '{by}' is too large to be written out", f"{MOST_OPERANDS:,} operands"
        raise BudgetError(what, expected=f"at most {most}, others left by name", remedy=f"Ask for {_FORMS}")
    return view.stopped(name)


def _check_count(count: int) -> None:
    if count > MOST_ENTRIES:
        what = "these are too many derivatives to be written out one by one"
        raise BudgetError(what, expected=f"at most {MOST_ENTRIES:,}", got=f"{count:,}", remedy=_REMEDY)


def vector_product(derivation: Derivation, wrt: Sequence[str]) -> Derivation:
    """The derivation whose gradients are the products of the Hessian, by the tensors in `wrt`, with a free vector.

    The vector has a tensor ``v_`` and the name for each of them. Its adjoints may refer to those of the gradient.

    >>> from symprop.equations import EquationsSpec
    >>> program = EquationsSpec(["E = w**2*v"], loss="E", parameters=["w", "v"]).elaborate()
    >>> product = vector_product(derive(program), ["w", "v"])
    >>> ScalarView(product, Names()).expression("w")
    2*v*v_w + 2*v_v*w
    """
    forward = replace(derivation.forward, facts=())
    for name in wrt:
        if name not in forward.tensors:
            raise UserError(f"'{name}' is no tensor of the network", remedy="Name whole tensors here, such as W1.")
    return derive(directional(derive(forward, wrt)), wrt)
