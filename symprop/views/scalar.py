"""The per-weight view: each gradient as one formula over forward names, as a class sheet writes it; numbers are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import sympy

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element, Unroller, elements, unroll
from symprop.errors import BudgetError, InternalError, UserError, nearest
from symprop.ir.nodes import Node, Reduction, SumOfProducts, Term, operand
from symprop.ir.program import Equation, Program
from symprop.ir.sympy_view import node_to_sympy
from symprop.ir.tensor import BACKWARD, Access, Tensor
from symprop.notation.formula import Call, Formula, Symbol
from symprop.notation.names import Names
from symprop.scalar.function import renamed
from symprop.views.budget import check_scalars, check_sum
from symprop.views.convert import number, product, to_formula, total
from symprop.views.delta import is_delta
from symprop.views.tree import symbols

Expression = Any

# A formula with more operands than this is not read by anybody; it stops at the adjoints of the pre-activations.
MOST_OPERANDS = 1_000
MOST_EXPANDED = 50_000
# Nor one in which more adjoints are nested; printers recurse as deeply as the formula does.
MOST_NESTED = 40
MOST_SUGGESTED = 10_000  # names among which the nearest to a mistyped one is looked for


class ScalarView:
    """A derivation, element by element; what is asked for is unrolled, and nothing else."""

    def __init__(self, derivation: Derivation, names: Names) -> None:
        self.derivation, self.names = derivation, names
        self._unroller = Unroller(derivation.program, names)
        self._lines: dict[str, Equation] = {}
        self._places: dict[str, tuple[Tensor, Element] | None] = {}
        self._shapes = {name: tensor.extents for name, tensor in derivation.program.tensors.items()}
        self._formulas: dict[tuple[str, bool], Formula] = {}
        self._expressions: dict[tuple[str, bool, bool], Expression] = {}

    def place(self, name: str) -> tuple[Tensor, Element] | None:
        """The tensor and the position of a scalar, forward or backward, by its identifier; None for an unknown one."""
        tensors = self.derivation.program.tensors
        if name not in self._places:
            found = self._unroller.places.get(name)
            found = found or self.names.place(name, self._shapes) or self._adjoint_place(name)
            self._places[name] = found and (tensors[found[0]], found[1])
        return self._places[name]

    def _adjoint_place(self, name: str) -> tuple[str, Element] | None:
        """An adjoint's identifier is made from its primal's."""
        primal = self.names.place(self.derivation.primal(name), self._shapes)
        adjoint = primal and self.derivation.adjoint(primal[0])
        return (adjoint, primal[1]) if primal and adjoint in self._shapes else None

    @cached_property
    def program(self) -> Program:
        """The whole derivation as scalar equations; formulas do not need it, numbers do. BudgetError where it is too large."""
        check_scalars(self.derivation.program)
        return unroll(self.derivation.program, self.names)

    def known_place(self, identifier: str) -> tuple[Tensor, Element]:
        """The tensor and the position of a forward scalar; UserError for an unknown name, or for a whole tensor."""
        place = self.place(identifier)
        forward = self.derivation.forward.tensors
        if place is not None and place[0].name in forward:
            return place
        if identifier in forward:
            (first,) = self.identifiers(forward[identifier], most=1)
            raise UserError(f"'{identifier}' is a tensor", remedy=f"Name one of its elements, such as {first}.")
        known = islice(
            (e for tensor in forward.values() for e in self.identifiers(tensor, MOST_SUGGESTED)), MOST_SUGGESTED
        )
        raise UserError(f"there is no quantity '{identifier}'", remedy=nearest(str(identifier), list(known)))

    def line(self, name: str) -> Equation:
        """The scalar equation that defines a name; InternalError where it is free or unknown."""
        if name not in self._lines:
            place = self.place(name)
            if place is None:
                raise InternalError(f"there is no scalar '{name}'")
            check_sum(self.derivation.program.by_name[place[0].name])
            self._lines[name] = self._unroller.line(place[0].name, place[1])
        return self._lines[name]

    def is_defined(self, name: str) -> bool:
        """Whether an equation, forward or backward, defines the scalar."""
        place = self.place(name)
        return place is not None and place[0].name in self.derivation.program.by_name

    @cached_property
    def forward(self) -> tuple[Equation, ...]:
        """The scalar equations of the forward pass, in order."""
        return tuple(e for e in self.program.equations if e.target.tensor.role not in BACKWARD)

    def identifiers(self, tensor: Tensor, most: int | None = None) -> list[str]:
        """The names of a tensor's elements, row by row, of the first `most` alone where that is given."""
        return [self.names.element(tensor.name, p, tensor.extents) for p in islice(elements(tensor), most)]

    def gradient_name(self, identifier: str) -> str:
        """The scalar that holds ``∂loss/∂identifier``; UserError where it was not derived."""
        tensor, _ = self.known_place(identifier)
        adjoint = self.derivation.program.tensors.get(self.derivation.adjoint(tensor.name))
        if adjoint is None or adjoint.primal != tensor.name:
            raise UserError(
                f"the gradient of '{identifier}' was not derived", remedy="Ask for it: derive(wrt=[…]), or --wrt."
            )
        return self.derivation.adjoint(identifier)

    def formula(self, identifier: str) -> Formula:
        """``∂loss/∂identifier`` in chain-rule order, adjoints written out if `MOST_OPERANDS` allows."""
        name = self.gradient_name(identifier)
        return self.value(name, stop=not self.fits(name, MOST_OPERANDS))

    def value(self, name: str, *, stop: bool = False) -> Formula:
        """The right-hand side of a scalar equation, adjoints written out; with `stop`, up to those of pre-activations."""
        if (name, stop) not in self._formulas:
            for part in self._parts(
                name, lambda t: self._is_written_out(t, stop) and (t.name, stop) not in self._formulas
            ):
                self._formulas[part, stop] = self.node(self.line(part).value, stop=stop)
        return self._formulas[name, stop]

    def _parts(self, name: str, inside: Callable[[Tensor], bool]) -> Iterator[str]:
        """The scalars that are written out within one, each after those within it, itself last.

        By a stack of its own: a net may be deeper than Python's.
        """
        done: set[str] = set()
        stack = [(name, False)]
        while stack:
            at, is_ready = stack.pop()
            if is_ready:
                yield at
            elif at not in done:
                done.add(at)
                stack.append((at, True))
                stack.extend((a.tensor.name, False) for a in self.line(at).value.accesses if inside(a.tensor))

    def node(self, node: Node, *, stop: bool = False) -> Formula:
        """A node over scalars as a formula."""
        return node_formula(node, lambda access: self._leaf(access.tensor, stop))

    def _leaf(self, tensor: Tensor, stop: bool) -> Formula:
        return self.value(tensor.name, stop=stop) if self._is_written_out(tensor, stop) else Symbol(tensor.name)

    def _is_written_out(self, tensor: Tensor, stop: bool, expand: bool = False) -> bool:
        if expand and self.is_defined(tensor.name):
            return True
        return tensor.role in BACKWARD and not (stop and self._stops_at(tensor.name))

    def is_delta(self, name: str) -> bool:
        """Whether a scalar is the adjoint of a weighted sum."""
        place = self.place(name)
        return place is not None and is_delta(self.derivation.program, place[0].name)

    def _stops_at(self, name: str) -> bool:
        """Whether a formula that is not written out refers to an adjoint by name: δ, and in a list of equations any."""
        place = self.place(name)
        primal = self.derivation.forward.by_name.get((place and place[0].primal) or "")
        return self.is_delta(name) or (primal is not None and primal.origin.rule == "given")

    def deltas(self, formula: Formula) -> list[str]:
        """The adjoints that a formula refers to by name, in order of appearance."""
        places = ((name, self.place(name)) for name in symbols(formula))
        return [name for name, place in places if place is not None and place[0].role in BACKWARD]

    def expression(self, identifier: str, *, expand: bool = False) -> Expression:
        """``∂loss/∂identifier`` in SymPy over plain symbols; expanded, over inputs, targets and parameters alone.

        Raises BudgetError where the expanded expression would have more than `MOST_EXPANDED` operands.
        """
        name = self.gradient_name(identifier)
        if expand and not self.fits(name, MOST_EXPANDED, expand=True):
            raise BudgetError(
                f"the expanded gradient of '{identifier}' is too large",
                expected=f"at most {MOST_EXPANDED:,} operands, nested {MOST_NESTED} deep",
                remedy="Leave out expand: the formula then refers to intermediate quantities by name.",
            )
        try:
            return _plain(self._expression(name, expand, stop=not expand and not self.fits(name, MOST_OPERANDS)))
        except RecursionError:
            raise BudgetError(
                f"the gradient of '{identifier}' is nested too deep for SymPy",
                remedy="Leave out expand, or use the steps, which name every quantity.",
            ) from None

    def stopped(self, name: str) -> Expression:
        """What `value` gives with `stop`, in SymPy over plain symbols."""
        return _plain(self._expression(name, False, True))

    def _expression(self, name: str, expand: bool, stop: bool) -> Expression:
        """The formula over real symbols, about which SymPy has less to ask."""

        def inside(tensor: Tensor) -> bool:
            return self._is_written_out(tensor, stop, expand)

        def leaf(access: Access) -> Expression:
            tensor = access.tensor
            return self._expressions[tensor.name, expand, stop] if inside(tensor) else _real(tensor.name)

        if (name, expand, stop) not in self._expressions:
            for part in self._parts(name, lambda t: inside(t) and (t.name, expand, stop) not in self._expressions):
                self._expressions[part, expand, stop] = node_to_sympy(self.line(part).value, leaf)
        return self._expressions[name, expand, stop]

    def fits(self, name: str, limit: int, *, expand: bool = False, stop: bool = False) -> bool:
        """Whether a formula, written out as a tree, has at most `limit` operands; counts no further than that."""
        count, waiting = 0, [(name, 0)]
        while waiting:
            at, depth = waiting.pop()
            tensors = [access.tensor for access in self.line(at).value.accesses]
            count += len(tensors)
            if count > limit or depth > MOST_NESTED:
                return False
            waiting += [(t.name, depth + 1) for t in tensors if self._is_written_out(t, stop, expand)]
        return True


def _plain(expression: Expression) -> Expression:
    """The expression over plain symbols, which are what people's own are equal to."""
    return renamed(expression, {symbol: sympy.Symbol(symbol.name) for symbol in expression.free_symbols})


def _real(name: str) -> Expression:
    return sympy.Symbol(name, real=True)


def node_formula(node: Node, leaf: Any) -> Formula:
    """A scalar node as a formula; `leaf` maps an access to what stands for it."""
    if isinstance(node, SumOfProducts):
        return total(_term(t, leaf) for t in node.terms)
    if isinstance(node, Reduction):
        return _reduced(node.kind, tuple(leaf(access) for access in node.operands))
    leaves = {operand(k): leaf(access) for k, access in enumerate(node.operands)}
    return product(to_formula(factor, leaves.__getitem__) for factor in node.factors)


def _term(term: Term, leaf: Any) -> Formula:
    factors = [leaf(factor) for factor in term.factors]
    # Between two factors or more a one is dropped in any case.
    return product(factors if term.coefficient == 1 and len(factors) > 1 else [number(term.coefficient), *factors])


def _reduced(kind: str, operands: tuple[Formula, ...]) -> Formula:
    """The largest of the operands; logsumexp as what it means."""
    if kind == "logsumexp":
        return Call("log", (total(Call("exp", (each,)) for each in operands),))
    return Call(kind, operands)


def equation_formula(equation: Equation) -> Formula:
    """The right-hand side of a scalar equation, every name as it stands."""
    return node_formula(equation.value, lambda access: Symbol(access.tensor.name))
