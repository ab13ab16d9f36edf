"""The chains of the chain rule as data, each factor with a line that computes it; the steps are the derivation's own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from symprop.ir.names import fresh_name
from symprop.ir.nodes import Node, SumOfProducts, Term
from symprop.ir.program import Equation, Origin
from symprop.ir.tensor import Access, Tensor
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.views.scalar import ScalarView
from symprop.views.steps import StepView, Use
from symprop.views.tree import size

LONG = 60  # a gradient with more parts refers to the derivatives by sums by name


@dataclass(frozen=True)
class Factor:
    """One derivative of a chain, the name of the line that has its number, and what it is, unless a chain of its own says so."""

    partial: Formula
    name: str
    formula: Formula | None = None


@dataclass(frozen=True)
class Link:
    """A product of the chain rule: the quantity whose derivative opens it, or None, and the keys of its factors."""

    start: str | None
    factors: tuple[str, ...]


class Factors:
    """What leads from each parameter to the loss.

    `chains` has the products that ``∂loss/∂name`` is the sum of, for each parameter and each quantity that opens a chain.
    """

    def __init__(self, view: ScalarView) -> None:
        self._view, self._steps = view, StepView(view)
        self._taken = {*view.derivation.program.tensors, *(e.name for e in view.program.equations)}
        self._taken |= {tensor.name for tensor in view.program.free}
        self._lines: list[Equation] = []
        self.factors: dict[str, Factor] = {}
        self.chains: dict[str, tuple[Link, ...]] = {}
        tensors = view.derivation.forward.tensors
        self.parameters = [name for each in view.derivation.gradients for name in view.identifiers(tensors[each])]
        for name in self.parameters:
            self._follow(name)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The lines of all factors that no line of the program has."""
        return tuple(self._lines)

    def gradient(self, name: str) -> Formula:
        """``∂loss/∂name`` written out; where that is long, with the derivatives by weighted sums by name."""
        full = self._view.formula(name)
        return full if size(full) <= LONG else self._view.value(self._view.gradient_name(name), stop=True)

    def _follow(self, name: str) -> None:
        waiting = [name]
        while waiting:
            at = waiting.pop()
            if at in self.chains:
                continue
            paths = self._steps.branches(at)
            links = []
            for path in paths:
                start = path.start if self._steps.opening(path) else None
                opening = [] if start is None else [self._opening(start)]
                links.append(Link(start, (*opening, *(self._use(use) for use in path.steps))))
                waiting += [] if start is None else [start]
            self.chains[at] = tuple(links)

    def _use(self, use: Use) -> str:
        key = f"{use.via.tensor.name}/{use.wrt.tensor.name}{'/direct' if use.direct else ''}"  # beside the whole derivative
        if key not in self.factors:
            name = self._sum(
                use.via.tensor.name, use.wrt.tensor.name, [(Fraction(1), step.local) for step in use.steps]
            )
            self.factors[key] = Factor(use.partial, name, self._steps.factor(use))
        return key

    def _opening(self, start: str) -> str:
        """The factor in front: a line of the program, or a plain number that none has."""
        key = f"{self._steps.loss}/{start}"
        if key not in self.factors:
            partial = Partial(Symbol(self._steps.loss), Symbol(start))
            if self._steps.is_named(start):
                name = self._view.gradient_name(start)
            else:
                steps = [step for use in self._steps.uses(start) for step in use.steps]
                shares = [(s.adjoint, s.local) for s in steps if isinstance(s.adjoint, Fraction)]
                name = self._sum(self._steps.loss, start, shares)
            self.factors[key] = Factor(partial, name)
        return key

    def _sum(self, of: str, wrt: str, parts: list[tuple[Fraction, Node]]) -> str:
        """The line of ``∂of/∂wrt``, the sum of so many times each node."""
        name = f"d{of}_d{wrt}"
        if len(parts) == 1 and parts[0][0] == 1:
            return self._line(name, parts[0][1]).tensor.name
        terms = [Term(number, (self._line(f"{name}_part", node),)) for number, node in parts]
        return self._line(name, SumOfProducts(tuple(terms))).tensor.name

    def _line(self, name: str, node: Node) -> Access:
        target = Access(Tensor(fresh_name(name, self._taken)))
        self._lines.append(Equation(target, node, Origin("factor")))
        return target
