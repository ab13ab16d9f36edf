"""The per-weight view: each gradient as one formula over forward names, as a class sheet writes it; numbers are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any

import sympy

from symprop.derivation.step import Derivation
from symprop.derivation.unroll import Element, Unroller, elements, unroll
from symprop.errors import BudgetError, UserError, nearest
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, operand
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Access, Role, Tensor
from symprop.notation.formula import Call, Formula, Symbol
from symprop.notation.names import Names
from symprop.views.convert import number, product, to_formula, total
from symprop.views.delta import is_delta
from symprop.views.tree import symbols

Expression = Any

# A formula with more operands than this is not read by anybody; it stops at the adjoints of the pre-activations.
MOST_OPERANDS = 1_000
MOST_EXPANDED = 50_000
MOST_ELEMENTS = 1_000_000
BACKWARD = (Role.ADJOINT, Role.GRADIENT)


class ScalarView:
    """A derivation, element by element; what is asked for is unrolled, and nothing else."""

    def __init__(self, derivation: Derivation, names: Names) -> None:
        self.derivation, self.names = derivation, names
        self._unroller = Unroller(derivation.program, names)
        self._lines: dict[str, Equation] = {}
        self._formulas: dict[tuple[str, bool], Formula] = {}
        self._expressions: dict[tuple[str, bool, bool], Expression] = {}

    @cached_property
    def places(self) -> dict[str, tuple[Tensor, Element]]:
        """Where each scalar of the forward program stands, by its identifier."""
        tensors = self.derivation.forward.tensors.values()
        count = sum(prod(tensor.extents) for tensor in tensors)
        if count > MOST_ELEMENTS:
            raise BudgetError(
                "the network is too large to be seen weight by weight",
                expected=f"at most {MOST_ELEMENTS:,} quantities",
                got=f"{count:,}",
                remedy="Use the index or the matrix form.",
            )
        return {self.names.element(t.name, p, t.extents): (t, p) for t in tensors for p in elements(t)}

    @cached_property
    def program(self) -> Program:
        """The whole derivation as scalar equations; formulas do not need it, numbers do."""
        return unroll(self.derivation.program, self.names)

    def line(self, name: str) -> Equation:
        """The scalar equation that defines a name; InternalError where it is free or unknown."""
        if name not in self._lines:
            tensor, element = self._backward_places[name] if name in self._backward_places else self.places[name]
            self._lines[name] = self._unroller.line(tensor.name, element)
        return self._lines[name]

    @cached_property
    def _backward_places(self) -> dict[str, tuple[Tensor, Element]]:
        forward = self.derivation.forward.tensors
        tensors = [t for name, t in self.derivation.program.tensors.items() if name not in forward]
        return {self._unroller.name(t, p): (t, p) for t in tensors for p in elements(t)}

    def is_defined(self, name: str) -> bool:
        """Whether an equation, forward or backward, defines the scalar."""
        if name in self._backward_places:
            return True
        return name in self.places and self.places[name][0].name in self.derivation.program.by_name

    @cached_property
    def forward(self) -> tuple[Equation, ...]:
        """The scalar equations of the forward pass, in order."""
        return tuple(e for e in self.program.equations if e.target.tensor.role not in BACKWARD)

    def identifiers(self, tensor: Tensor) -> list[str]:
        """The names of a tensor's elements."""
        return [self.names.element(tensor.name, p, tensor.extents) for p in elements(tensor)]

    def gradient_name(self, identifier: str) -> str:
        """The scalar that holds ``∂loss/∂identifier``; UserError where it was not derived."""
        if identifier not in self.places:
            raise UserError(f"there is no quantity '{identifier}'", remedy=nearest(identifier, self.places))
        name = f"d{self.derivation.forward.loss}_d{identifier}"
        if not self.is_defined(name):
            raise UserError(f"the gradient of '{identifier}' was not derived", remedy="It is fixed, or a constant.")
        return name

    def formula(self, identifier: str) -> Formula:
        """``∂loss/∂identifier`` in chain-rule order, adjoints written out if `MOST_OPERANDS` allows."""
        name = self.gradient_name(identifier)
        return self.value(name, stop=not self._fits(name, MOST_OPERANDS, expand=False))

    def value(self, name: str, *, stop: bool = False) -> Formula:
        """The right-hand side of a scalar equation, adjoints written out; with `stop`, up to those of pre-activations."""
        if (name, stop) not in self._formulas:
            for part in self._parts(name, lambda t: self._is_written_out(t, stop) and (t.name, stop) not in self._formulas):
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

    def _is_written_out(self, tensor: Tensor, stop: bool) -> bool:
        return tensor.role in BACKWARD and not (stop and self.is_delta(tensor.name))

    def is_delta(self, name: str) -> bool:
        """Whether a scalar is the adjoint of a weighted sum."""
        return is_delta(self.derivation.program, self._backward_places[name][0].name)

    def deltas(self, formula: Formula) -> list[str]:
        """The adjoints that a formula refers to by name, in order of appearance."""
        return [name for name in symbols(formula) if name in self._backward_places]

    def expression(self, identifier: str, *, expand: bool = False) -> Expression:
        """``∂loss/∂identifier`` in SymPy over plain symbols; expanded, over inputs, targets and parameters alone.

        Raises BudgetError where the expanded expression would have more than `MOST_EXPANDED` operands.
        """
        name = self.gradient_name(identifier)
        if expand and not self._fits(name, MOST_EXPANDED, expand=True):
            raise BudgetError(
                f"the expanded gradient of '{identifier}' is too large",
                expected=f"at most {MOST_EXPANDED:,} operands",
                remedy="Leave out expand: the formula then refers to intermediate quantities by name.",
            )
        stop = not expand and not self._fits(name, MOST_OPERANDS, expand=False)
        try:
            return self._expression(name, expand, stop)
        except RecursionError:
            raise BudgetError(
                f"the gradient of '{identifier}' is nested too deep for SymPy",
                remedy="Leave out expand, or use the steps, which name every quantity.",
            ) from None

    def _expression(self, name: str, expand: bool, stop: bool) -> Expression:
        def inside(tensor: Tensor) -> bool:
            return self._is_written_out(tensor, stop) or (expand and self.is_defined(tensor.name))

        def leaf(access: Access) -> Expression:
            tensor = access.tensor
            return self._expressions[tensor.name, expand, stop] if inside(tensor) else sympy.Symbol(tensor.name)

        if (name, expand, stop) not in self._expressions:
            for part in self._parts(name, lambda t: inside(t) and (t.name, expand, stop) not in self._expressions):
                self._expressions[part, expand, stop] = node_expression(self.line(part).value, leaf)
        return self._expressions[name, expand, stop]

    def _fits(self, name: str, limit: int, *, expand: bool) -> bool:
        """Whether a formula, written out as a tree, has at most `limit` operands; counts no further than that."""
        count, open_names = 0, [name]
        while open_names:
            accesses = list(self.line(open_names.pop()).value.accesses)
            count += len(accesses)
            if count > limit:
                return False
            tensors = (access.tensor for access in accesses)
            open_names += [t.name for t in tensors if t.role in BACKWARD or (expand and self.is_defined(t.name))]
        return True


def node_formula(node: Node, leaf: Any) -> Formula:
    """A scalar node as a formula; `leaf` maps an access to what stands for it."""
    if isinstance(node, SumOfProducts):
        return total(product([_fraction(t.coefficient), *(leaf(f) for f in t.factors)]) for t in node.terms)
    if isinstance(node, Reduction):
        return Call(node.kind, tuple(leaf(access) for access in node.operands))
    leaves = {operand(k): leaf(access) for k, access in enumerate(node.operands)}
    return product(to_formula(factor, leaves.__getitem__) for factor in node.factors)


def _fraction(coefficient: Fraction) -> Formula:
    return number(sympy.Rational(coefficient.numerator, coefficient.denominator))


def node_expression(node: Node, leaf: Any) -> Expression:
    """A scalar node in SymPy; `leaf` maps an access to an expression."""
    if isinstance(node, SumOfProducts):
        terms = (
            sympy.Mul(sympy.Rational(t.coefficient.numerator, t.coefficient.denominator), *(leaf(f) for f in t.factors))
            for t in node.terms
        )
        return sympy.Add(*terms)
    if isinstance(node, Elementwise):
        return node.expression.xreplace({operand(k): leaf(access) for k, access in enumerate(node.operands)})
    values = [leaf(access) for access in node.operands]
    return sympy.Max(*values) if node.kind == "max" else sympy.log(sympy.Add(*(sympy.exp(v) for v in values)))


def equation_formula(equation: Equation) -> Formula:
    """The right-hand side of a scalar equation, every name as it stands."""
    return node_formula(equation.value, lambda access: Symbol(access.tensor.name))
