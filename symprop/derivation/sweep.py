"""The reverse sweep: from a program to the program of its adjoints; what one node passes back is in `pullbacks`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, count
from math import prod

from symprop.derivation.facts import multiple_of
from symprop.derivation.local import LocalDerivatives
from symprop.derivation.pullbacks import Contribution, pull_back
from symprop.derivation.step import Derivation, Step, adjoint_prefix
from symprop.errors import UserError, nearest
from symprop.ir.check import check
from symprop.ir.nodes import Node, SumOfProducts, Term, single
from symprop.ir.program import Equation, Fact, Origin, Program
from symprop.ir.tensor import Access, Index, Moment, Role, Share, Tensor

_BY_NUMBERS = "Differentiate by a tensor of numbers, such as the table that they index."


def derive(program: Program, wrt: Collection[str] | None = None) -> Derivation:
    """Derives the gradient of the program's loss by the chain rule, in reverse order of the equations.

    `wrt` names the quantities to differentiate by, free or defined; without it, the trainable parameters. Raises
    UserError for a name that the program does not have, or that of a tensor of integers.
    Source: Griewank and Walther, Evaluating Derivatives, 2008, §3.
    """
    names = [t.name for t in program.trainable] if wrt is None else list(dict.fromkeys(wrt))
    for name in names:
        if name not in program.tensors:
            raise UserError(f"there is no quantity '{name}' to differentiate by", remedy=nearest(name, program.tensors))
        if program.tensors[name].role is Role.INDEX:
            raise UserError(f"'{name}' holds integers, by which nothing has a derivative", remedy=_BY_NUMBERS)
    return _Sweep(program, names).run()


class _Sweep:
    def __init__(self, program: Program, wrt: list[str]) -> None:
        self.program, self.wrt = program, dict.fromkeys(wrt)
        self.prefix = adjoint_prefix(program)
        self.locals = LocalDerivatives(program, self.wrt)
        self.live = _live(program, wrt)
        self.reserved = {self.prefix + name for name in program.tensors}  # the adjoints themselves, made or to be made
        self.places = {name: place for place, name in enumerate(program.tensors)}
        self.facts: dict[int, list[Fact]] = {}
        for fact in program.facts:
            self.facts.setdefault(len(fact.value.terms), []).append(fact)
        self.pending: dict[str, list[Contribution]] = {}
        self.adjoints: dict[str, Tensor | Fraction] = {}
        self.equations: dict[str, Equation] = {}
        self.steps: list[Step] = []

    def run(self) -> Derivation:
        self._seed()
        for equation in reversed(self.program.equations):
            tensor = equation.target.tensor
            if tensor.name in self.live and not self._is_looked_through(equation):
                self._settle(tensor, equation.origin.layer)
                self._pass_back(equation)
        for tensor in self.program.free:
            if tensor.name in self.wrt:
                self._settle(tensor, None)
        whole = (*self.program.equations, *self.equations.values())
        program = replace(self.program, equations=whole)
        gradients = {name: self.prefix + name for name in self.wrt}
        return Derivation(self.program, check(program), tuple(self.steps), gradients, self.prefix)

    def _is_looked_through(self, equation: Equation) -> bool:
        """Whether an abbreviation was read only where its meaning could take its place."""
        return equation.abbreviation and equation.name not in self.pending and equation.name not in self.wrt

    def _seed(self) -> None:
        loss = self.program.tensors[self.program.loss]()
        step = Step("seed", loss.tensor.name, loss, loss, Fraction(1), single(1), (), "")
        self.pending[self.program.loss] = [Contribution(loss, single(1), step)]

    def _pass_back(self, equation: Equation) -> None:
        adjoint = self._readable_adjoint(equation)
        if adjoint == 0:
            return
        for contribution in pull_back(equation, adjoint, self.program, self.locals, self.live, self._name):
            self.pending.setdefault(contribution.step.wrt.tensor.name, []).append(contribution)

    def _readable_adjoint(self, equation: Equation) -> Access | Fraction:
        """The adjoint of the equation's target, under the target's indices.

        A constant is handed on as a number only where the target is read plainly; elsewhere it needs the range guard
        of a tensor.
        """
        adjoint = self.adjoints[equation.name]
        if isinstance(adjoint, Fraction) and adjoint and not equation.target.plain:
            adjoint = self._define(equation.target.tensor, single(adjoint), equation.origin.layer)
        return adjoint if isinstance(adjoint, Fraction) else Access(adjoint, equation.target.indices)

    def _name(self, name: str, indices: tuple[Index, ...], value: Node, layer: int | None) -> Access:
        """Defines a part of a local derivative; one that stands already, from an earlier sweep perhaps, is used again."""
        origin = Origin("local derivative", layer)
        lines = (Equation(Tensor(n, indices, Role.ADJOINT)(), value, origin) for n in _numbered(name))
        line = next(line for line in lines if self._stands(line) or not self._is_taken(line.name))
        if not self._is_taken(line.name):
            self.equations[line.name] = line
        return line.target

    def _stands(self, line: Equation) -> bool:
        known = self.equations.get(line.name) or self.program.by_name.get(line.name)
        return known is not None and (known.target, known.value) == (line.target, line.value)

    def _is_taken(self, name: str) -> bool:
        return name in self.equations or name in self.program.tensors or name in self.reserved

    def _settle(self, tensor: Tensor, layer: int | None) -> None:
        """Adds up what a tensor's uses contributed, first use first.

        What is a number is handed on as that number, so that it gets an equation only where it was asked for.
        """
        contributions = sorted(self.pending.pop(tensor.name, []), key=lambda c: self.places[c.step.via.tensor.name])
        target, value = self._accumulate(tensor, contributions, layer)
        constant = as_number(value) if target.plain else None
        if constant is None or tensor.name in self.wrt:
            self._define(tensor, value, layer, target)
        if constant is not None:
            self.adjoints[tensor.name] = constant
        self.steps.extend(replace(c.step, result=self.prefix + tensor.name) for c in contributions)

    def _accumulate(self, tensor: Tensor, contributions: list[Contribution], layer: int | None) -> tuple[Access, Node]:
        """What the contributions amount to, and where it goes: one that scatters alone is the whole adjoint."""
        if len(contributions) == 1:
            return contributions[0].target, self._by_facts(contributions[0].value)
        terms: list[Term] = []
        for contribution in contributions:
            if isinstance(contribution.value, SumOfProducts) and contribution.target.plain:
                terms.extend(contribution.value.terms)
            else:
                part = self._define_part(tensor, contribution, layer)
                terms.append(Term(Fraction(1), (part(),)))
        return tensor(), self._by_facts(SumOfProducts(_merge(terms)))

    def _by_facts(self, value: Node) -> Node:
        """A multiple of what a fact says is a number, as that number."""
        if not isinstance(value, SumOfProducts):
            return value
        found = (multiple_of(value, fact) for fact in self.facts.get(len(value.terms), ()))
        number = next((number for number in found if number is not None), None)
        return value if number is None else single(number)

    def _define_part(self, tensor: Tensor, contribution: Contribution, layer: int | None) -> Tensor:
        """One use's share of an adjoint, named after the use; the sum of the shares is an equation of its own."""
        via = contribution.step.via.tensor
        stem = f"{self.prefix}{tensor.name}_via_{via.name}"
        number, name = next((k, n) for k, n in enumerate(_numbered(stem), start=1) if not self._is_taken(n))
        share = Share(self.prefix + tensor.name, via.name, number)
        part = Tensor(name, tensor.indices, Role.ADJOINT, moment=self._moment_of(tensor, via, number), share=share)
        target = Access(part, contribution.target.indices)
        self.equations[name] = Equation(target, contribution.value, Origin("share", layer))
        return part

    def _moment_of(self, tensor: Tensor, via: Tensor, number: int) -> Moment | None:
        """The moment of a share: that of the quantity, or of its use where it is no quantity of one step itself."""
        moment = tensor.moment or via.moment
        if moment is None:
            return None
        series = [part.moment.series if part.moment else part.name for part in (tensor, via)]
        return Moment(f"{self.prefix}{'_via_'.join(series)}" + (f"_{number}" if number > 1 else ""), moment.step)

    def _define(self, tensor: Tensor, value: Node, layer: int | None, target: Access | None = None) -> Tensor:
        """Names an adjoint; `target` says under which indices of the tensor the value goes in, its own unless given."""
        role = Role.GRADIENT if tensor.name in self.wrt else Role.ADJOINT
        moment = tensor.moment and replace(tensor.moment, series=self.prefix + tensor.moment.series)
        adjoint = Tensor(self.prefix + tensor.name, tensor.indices, role, primal=tensor.name, moment=moment)
        self.adjoints[tensor.name] = adjoint
        indices = (target or tensor()).indices
        self.equations[adjoint.name] = Equation(Access(adjoint, indices), value, Origin("adjoint", layer))
        return adjoint


def _numbered(name: str) -> Iterator[str]:
    """The name, then the name with 2, 3, … for when it is taken."""
    return chain([name], (f"{name}_{number}" for number in count(2)))


def _live(program: Program, wrt: Iterable[str]) -> set[str]:
    """The names that depend on one of `wrt`, those included."""
    live = set(wrt)
    for equation in program.equations:
        if any(access.tensor.name in live for access in equation.value.accesses):
            live.add(equation.name)
    return live


def as_number(value: Node) -> Fraction | None:
    """The number that a sum of products without factors amounts to."""
    if not isinstance(value, SumOfProducts) or any(term.factors for term in value.terms):
        return None
    return sum((t.coefficient * prod(index.extent for index in t.over) for t in value.terms), Fraction(0))


def _merge(terms: list[Term]) -> tuple[Term, ...]:
    """Equal products as one, with their coefficients added."""
    merged: dict[tuple[object, ...], Term] = {}
    for term in terms:
        key = (term.factors, term.over)
        known = merged.get(key)
        merged[key] = term if known is None else replace(term, coefficient=known.coefficient + term.coefficient)
    return tuple(term for term in merged.values() if term.coefficient)
