"""Unrolling: one scalar equation for each element, so an index program becomes the per-weight formulas of a class sheet."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import sympy

from symprop.derivation.step import Derivation, Step
from symprop.errors import UserError
from symprop.ir.check import check
from symprop.ir.nodes import Elementwise, Node, Reduction, SumOfProducts, Term, elementwise, operand
from symprop.ir.program import Equation, Fact, Program
from symprop.ir.tensor import Access, Index, Role, Tensor
from symprop.notation.names import Names

Position = dict[str, int]  # by index name: names are unique within an equation, and hash fast
Element = tuple[int, ...]
Needed = dict[str, set[Element]]


def unroll(program: Program, names: Names, only: Needed | None = None) -> Program:
    """The scalar program of the same meaning.

    `only` gives, by tensor name, the elements that are wanted; what they do not depend on is left out. Without it,
    everything is unrolled. Zeros that the range guard reads, and terms they multiply, are dropped.
    """
    return Unroller(program, names).run(only)


def elements(tensor: Tensor) -> Iterator[Element]:
    """The positions of a tensor's elements, row by row."""
    return product(*(range(extent) for extent in tensor.extents))


class Unroller:
    """Makes scalar equations out of a program, all at once or one line at a time."""

    def __init__(self, program: Program, names: Names) -> None:
        self.program, self.names = program, names
        self.places: dict[str, tuple[str, Element]] = {}  # of the scalars met so far, by their names
        self._scalars: dict[tuple[str, Element], Access] = {}
        self._scattered: dict[str, dict[Element, list[Position]]] = {}

    def line(self, tensor: str, element: Element) -> Equation:
        """The scalar equation of one element; what it reads is not unrolled."""
        ((equation, _),) = self._lines(self.program.by_name[tensor], {element})
        return equation

    def run(self, only: Needed | None) -> Program:
        equations: list[Equation] = []
        needed = None if only is None else {name: set(wanted) for name, wanted in only.items()}
        for equation in reversed(self.program.equations):
            wanted = None if needed is None else needed.get(equation.name, set())
            for line, reads in self._lines(equation, wanted):
                equations.append(line)
                if needed is not None:
                    for name, element in reads:
                        needed.setdefault(name, set()).add(element)
        numbers = (tensor for tensor in self.program.free if tensor.role is not Role.INDEX)
        free = tuple(self.scalar(tensor, p).tensor for tensor in numbers for p in elements(tensor))
        return check(Program(free, tuple(reversed(equations)), self.program.loss, tuple(self._facts())))

    def _facts(self) -> Iterator[Fact]:
        for fact in self.program.facts:
            for position in _positions(fact.indices, {}):
                yield Fact(SumOfProducts(tuple(self._terms(fact.value, position, []))), (), fact.number)

    def name(self, tensor: Tensor, element: Element) -> str:
        """An element's identifier; an adjoint's is made from its primal's."""
        if tensor.primal is None:
            return self.names.element(tensor.name, element, tensor.extents)
        return self._prefix(tensor) + self.name(self.program.tensors[tensor.primal], element)

    def _prefix(self, tensor: Tensor) -> str:
        return tensor.name[: len(tensor.name) - len(tensor.primal or "")]

    def scalar(self, tensor: Tensor, element: Element) -> Access:
        """The scalar tensor of one element, accessed."""
        key = (tensor.name, element)
        if key not in self._scalars:
            primal = tensor.primal and self.name(self.program.tensors[tensor.primal], element)
            name = self.name(tensor, element) if primal is None else self._prefix(tensor) + primal
            scalar = Tensor(name, (), tensor.role, primal, tensor.trainable)
            self._scalars[key] = Access(scalar)
            self.places[scalar.name] = key
        return self._scalars[key]

    def element(self, access: Access, position: Position) -> Element | None:
        """The element that is read at a position, None out of range; UserError where that takes integers not given."""
        try:
            return access.element(position, self.program.integers)
        except KeyError:
            names = ", ".join(dict.fromkeys(gathered.tensor.name for gathered in access.gathers))
            what = f"formulas element by element need the integers of '{names}'"
            raise UserError(what, remedy="Give them among the values, or use the index or matrix form.") from None

    def _lines(
        self, equation: Equation, wanted: set[Element] | None
    ) -> Iterator[tuple[Equation, list[tuple[str, Element]]]]:
        """The wanted scalar equations of one equation, last element first, each with the elements that it reads."""
        tensor = equation.target.tensor
        scattered = None if equation.target.plain else self._scatter(equation)
        for element in sorted(elements(tensor) if wanted is None else wanted, reverse=True):
            reads: list[tuple[str, Element]] = []
            if scattered is not None:
                value: Node = SumOfProducts(
                    tuple(t for p in scattered.get(element, ()) for t in self._terms(equation.value, p, reads))
                )
            else:
                position = dict(zip((i.name for i in equation.target.free), element, strict=True))
                value = self._node(equation.value, position, reads)
            target = self.scalar(tensor, element)
            yield Equation(target, value, equation.origin, equation.abbreviation), reads

    def _scatter(self, equation: Equation) -> dict[Element, list[Position]]:
        """For each element of an affine target, the positions of the target's indices that reach it."""
        if equation.name not in self._scattered:
            reached = self._scattered.setdefault(equation.name, {})
            for position in _positions(equation.target.free, {}):
                element = self.element(equation.target, position)
                if element is not None:
                    reached.setdefault(element, []).append(position)
        return self._scattered[equation.name]

    def _node(self, value: Node, position: Position, reads: list[tuple[str, Element]]) -> Node:
        if isinstance(value, SumOfProducts):
            return SumOfProducts(tuple(self._terms(value, position, reads)))
        if isinstance(value, Elementwise):
            return self._elementwise(value, position, reads)
        read = [self._read(a, p, reads) for p in _positions(value.over, position) for a in value.operands]
        return Reduction(value.kind, tuple(access for access in read if access is not None))

    def _terms(self, value: Node, position: Position, reads: list[tuple[str, Element]]) -> Iterator[Term]:
        assert isinstance(value, SumOfProducts)
        for term in value.terms:
            coefficient = term.coefficient * term.repeated
            for inner in _positions(term.looped, position):
                factors = [self._read(factor, inner, reads) for factor in term.factors]
                found = tuple(factor for factor in factors if factor is not None)
                if len(found) == len(factors):
                    yield Term(coefficient, found)

    def _elementwise(self, value: Elementwise, position: Position, reads: list[tuple[str, Element]]) -> Node:
        read = [self._read(access, position, reads) for access in value.operands]
        found = tuple(access for access in read if access is not None)
        if len(set(found)) == len(read):
            return Elementwise(value.factors, found)
        zeros = {operand(k): sympy.S.Zero for k, access in enumerate(read) if access is None}
        present = tuple(access or self.scalar(value.operands[k].tensor, ()) for k, access in enumerate(read))
        return elementwise(value.expression.xreplace(zeros), *present)

    def _read(self, access: Access, position: Position, reads: list[tuple[str, Element]]) -> Access | None:
        element = self.element(access, position)
        if element is None:
            return None
        reads.append((access.tensor.name, element))
        return self.scalar(access.tensor, element)

    def steps(self, step: Step) -> Iterator[Step]:
        """One scalar step for each position of the step's indices."""
        indices = tuple(dict.fromkeys((*step.via.free, *step.wrt.free, *step.over)))
        for position in _positions(indices, {}):
            yield from self.step_at(step, position)

    def step_at(self, step: Step, position: Position) -> Iterator[Step]:
        """The scalar step at a position; none where it reads out of range."""
        wrt, via = self._read(step.wrt, position, []), self._read(step.via, position, [])
        adjoint = step.adjoint if isinstance(step.adjoint, Fraction) else self._read(step.adjoint, position, [])
        if wrt is None or via is None or adjoint is None:
            return
        local = self._node(step.local, position, [])
        result = f"{step.result[: -len(step.wrt.tensor.name)]}{wrt.tensor.name}" if step.result else ""
        yield Step(step.rule, step.loss, wrt, via, adjoint, local, (), result)


def _positions(indices: tuple[Index, ...], outer: Position) -> Iterator[Position]:
    """Every assignment of the indices, on top of an outer one."""
    if not indices:
        yield outer
        return
    names = [index.name for index in indices]
    for numbers in product(*(range(index.extent) for index in indices)):
        yield {**outer, **dict(zip(names, numbers, strict=True))}


def steps_for(derivation: Derivation, names: Names, tensor: str, element: Element) -> Iterator[Step]:
    """The scalar steps whose `wrt` is one element, each found when it is asked for; the others are not unrolled."""
    unroller = Unroller(derivation.program, names)
    for step in derivation.steps_by_quantity.get(tensor, ()):
        bare = [(affine.bare, p) for affine, p in zip(step.wrt.indices, element, strict=True)]
        fixed = {index.name: p for index, p in bare if index is not None and p < index.extent}
        rest = tuple(i for i in dict.fromkeys((*step.via.free, *step.wrt.free, *step.over)) if i.name not in fixed)
        for position in _positions(rest, fixed):
            if unroller.element(step.wrt, position) == element:
                yield from unroller.step_at(step, position)
