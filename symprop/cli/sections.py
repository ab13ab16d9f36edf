"""What `formulas` prints, as titled chains of equations: forward pass and gradients in each form; steps are in `explained`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, prod
from typing import TYPE_CHECKING, Any

from symprop.document.lines import chain
from symprop.document.stacks import Stacks
from symprop.errors import UserError
from symprop.ir.nodes import Elementwise
from symprop.ir.tensor import Affine, Role, Tensor
from symprop.network import NetworkSpec
from symprop.notation.formula import Array, Call, Chain, Formula, Number, Partial, Symbol
from symprop.scalar.function import ScalarFunction, X, declarations
from symprop.values import missing
from symprop.views.convert import to_formula
from symprop.views.delta import adjoints_by_name
from symprop.views.index import Line
from symprop.views.named import named_adjoints
from symprop.views.numbers import as_number, with_numbers
from symprop.views.rows import Rows
from symprop.views.scalar import equation_formula
from symprop.views.tree import size

if TYPE_CHECKING:
    from symprop.face import Derivation

LONG = 150  # nodes; a longer formula is easier to read when it refers to the adjoints of later layers by name
MOST_NUMBERS = 64  # of a tensor whose value is printed

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class Section:
    """Equations that belong together; `note` is a remark below them."""

    title: str
    chains: tuple[Chain, ...]
    note: str = ""
    scalar: bool = False  # of numbers, even where the other sections are of matrices


def given_numbers(derivation: Derivation) -> Numbers:
    """Every scalar's value; UserError where the network does not give enough values."""
    check_valued(derivation)
    return derivation.numbers


def check_valued(derivation: Derivation) -> None:
    """Raises UserError where the network does not give a number for every free quantity."""
    if not derivation.is_valued:
        without = missing(derivation.core.forward, derivation.names, derivation.spec.values, most=9)
        listed = ", ".join(without[:8]) + (", …" if len(without) > 8 else "")
        remedy = f"Give values to {listed} in the network's file, under [values]."
        raise UserError(f"'{derivation.spec.name}' has no values to put into the formulas", remedy=remedy)
    if not derivation.numbers_left_out and derivation.not_finite is not None:
        what = f"'{derivation.not_finite}' is not finite at these values"
        got = f"{derivation.numbers[derivation.not_finite]:g}"
        raise UserError(what, where=derivation.spec.name, got=got, remedy="Change the numbers under [values].")


def equated(left: Formula, formula: Formula, name: str, numbers: Numbers) -> Chain:
    """``left = symbols``, and where there are numbers ``= numbers = result``, the result being the value of `name`."""
    if not numbers or isinstance(formula, Number):
        return Chain((left, formula))
    return chain_of(left, formula, with_numbers(formula, numbers), as_number(numbers[name]))


def chain_of(*sides: Formula) -> Chain:
    """The sides as a chain, without what repeats the one before."""
    return Chain(tuple(side for k, side in enumerate(sides) if k == 0 or side != sides[k - 1]))


def scalar_sections(derivation: Derivation, numbers: Numbers) -> Iterator[Section]:
    """The forward pass and every gradient, weight by weight, the last layer first."""
    view = derivation.scalars
    forward = [equated(Symbol(e.name), equation_formula(e), e.name, numbers) for e in view.forward]
    yield Section("Forward pass", tuple(forward))
    yield from _functions(derivation)
    yield from _conditions(derivation)
    known: set[str] = set()
    for title, tensors in _by_layer(derivation):
        identifiers = [name for tensor in tensors for name in view.identifiers(tensor)]
        chains = [readable_gradient(derivation, name, numbers) for name in identifiers]
        behind = named_adjoints(view, [side for chain in chains for side in chain.sides])
        new = [name for name in behind if name not in known]
        known.update(new)
        yield Section(title, (*(adjoint_chain(derivation, name, numbers) for name in new), *chains))


def readable_gradient(derivation: Derivation, identifier: str, numbers: Numbers) -> Chain:
    """``∂loss/∂identifier`` in full, or, where that is long, through the adjoints of the next layer's sums."""
    view = derivation.scalars
    name = view.gradient_name(identifier)
    full = view.formula(identifier)
    formula = full if size(full) <= LONG else view.value(name, stop=True)
    return equated(Partial(Symbol(derivation.program.loss), Symbol(identifier)), formula, name, numbers)


def adjoint_chain(derivation: Derivation, name: str, numbers: Numbers) -> Chain:
    """``δ = ∂loss/∂sum = …`` for the adjoint of a weighted sum."""
    view, loss = derivation.scalars, derivation.program.loss
    partial = Partial(Symbol(loss), Symbol(derivation.core.primal(name)))
    return Chain((Symbol(name), *equated(partial, view.value(name, stop=True), name, numbers).sides))


def _by_layer(derivation: Derivation) -> Iterator[tuple[str, list[Tensor]]]:
    """The tensors whose gradients were derived, by the layer that first reads them, the last layer first."""
    forward = derivation.core.forward
    layers = {a.tensor.name: e.origin.layer or 0 for e in reversed(forward.equations) for a in e.value.accesses}
    last = max((equation.origin.layer or 0 for equation in forward.equations), default=0)
    for layer in sorted({layers.get(name, 0) for name in derivation.core.gradients}, reverse=True):
        tensors = [forward.tensors[name] for name in derivation.core.gradients if layers.get(name, 0) == layer]
        chain = isinstance(derivation.spec, NetworkSpec) and derivation.spec.is_chain
        yield _title(layer, last) if chain else f"Gradients of layer {layer}" if layer else "Gradients", tensors


def _title(layer: int, last: int) -> str:
    if layer == last:
        return "Gradients of the output layer" if last > 1 else "Gradients"
    return "Gradients of the hidden layer" if last == 2 else f"Gradients of hidden layer {layer}"


def _functions(derivation: Derivation) -> Iterator[Section]:
    """What each named function of the formulas means: ``sigmoid(x) = 1/(1 + exp(-x))``."""
    x = Symbol("x")
    shown = [function for function in declared(derivation).values() if function.shown]
    meanings = [chain_of(Call(f.name, (x,)), to_formula(f.definition(X), lambda _: x)) for f in shown]
    told = tuple(chain for chain in meanings if len(chain.sides) > 1)  # all but exp, which says nothing more
    note = "; ".join(
        f"{f.name}(x) is computed up to x = {f.domain[1]:g}, and is constant above" for f in shown if f.domain[1] < inf
    )
    if told or note:
        yield Section("Functions", told, note, scalar=True)


def declared(derivation: Derivation) -> dict[str, ScalarFunction]:
    """The declared functions that the formulas apply, by name."""
    values = (equation.value for equation in derivation.program.equations)
    factors = (factor for value in values if isinstance(value, Elementwise) for factor in value.factors)
    found: dict[str, ScalarFunction] = {}
    for factor in factors:
        found.update(declarations(factor))
    return found


def tensor_sections(derivation: Derivation, form: str, numbers: Numbers) -> Iterator[Section]:
    """The forward pass and every gradient for whole layers, in index or in matrix form, from the loss backward."""
    lines = _TensorLines(derivation, form, numbers)
    forward = list(lines.of(derivation.core.forward.by_name))
    yield Section("Forward pass", tuple(forward), adding(forward))
    yield from _functions(derivation)
    yield from _conditions(derivation)
    asked = derivation.core.gradients.values()
    gradients = list(lines.of([*adjoints_by_name(derivation.program, asked), *asked]))
    yield Section("Gradients", tuple(gradients), adding(gradients))


def adding(chains: Sequence[Chain]) -> str:
    """What ``+=`` means, where one of the lines has it."""
    if not any(chain.relation == "+=" for chain in chains):
        return ""
    return "+= adds, for every value of the indices, to what stands on its left, which starts from 0"


def with_note(sections: Sequence[Section], note: str) -> list[Section]:
    """The sections with one more remark below the last."""
    *before, last = sections
    return [*before, replace(last, note=". ".join(filter(None, (last.note.rstrip("."), note))))]


def _conditions(derivation: Derivation) -> Iterator[Section]:
    """The facts that the derivatives were simplified by."""
    facts = derivation.core.forward.facts
    if facts:
        view = derivation.index_view
        chains = (Chain((view.node(fact.value, fact.indices), Number(fact.number))) for fact in facts)
        yield Section("On condition that", tuple(chains), scalar=True)


@dataclass(frozen=True)
class _TensorLines:
    """Equations over tensors, with numbers where they are known and few; what is filled row by row stands so."""

    derivation: Derivation
    form: str
    numbers: Numbers

    def of(self, names: Iterable[str]) -> Iterator[Chain]:
        """The lines of the names, in order."""
        stacks, rows = Stacks(self.derivation.core), Rows(self.derivation.core)
        for name in names:
            if name in stacks.rows:
                yield self._line(stacks.line(name))
            elif not (name in stacks.wholes or name in stacks.copies or name in rows.shares):
                yield from (stacks.placed(self._line(line)) for line in rows.lines.get(name, (name,)))

    def _line(self, line: Line) -> Chain:
        derivation = self.derivation
        matrix = self.form == "matrix" and derivation.matrix_view.has(line)
        found = chain(derivation.core, derivation.matrix_view if matrix else derivation.index_view, line)
        name = line if isinstance(line, str) else line.name
        if not self.numbers or is_long(derivation, name):
            return found
        values = nested(derivation, derivation.program.tensors[name], self.numbers)
        return replace(found, sides=(*found.sides, _array(_at(values, _places(line)))))


def _places(line: Line) -> Sequence[Affine]:
    """The places of what is no equation of the program, which is about one row."""
    return () if isinstance(line, str) else line.target.indices


def _at(values: Any, places: Sequence[Affine]) -> Any:
    """Those of nested numbers that lie at the places of which there is one on its axis."""
    if not places:
        return values
    first, *rest = places
    return [_at(value, rest) for value in values] if first.terms else _at(values[first.offset], rest)


def is_long(derivation: Derivation, name: str) -> bool:
    """Whether a tensor has more numbers than are printed."""
    return prod(derivation.program.tensors[name].extents) > MOST_NUMBERS


def nested(derivation: Derivation, tensor: Tensor, numbers: Numbers) -> Any:
    """A tensor's numbers in nested lists of its shape."""
    primal = derivation.program.tensors.get(tensor.primal or "")
    named = tensor if primal is None or tensor.role is Role.STATE else primal
    prefix = "" if named is tensor else tensor.name.removesuffix(named.name)
    values: list[Any] = [numbers[prefix + identifier] for identifier in derivation.scalars.identifiers(named)]
    for extent in reversed(tensor.extents[1:]):
        values = [values[k : k + extent] for k in range(0, len(values), extent)]
    return values if tensor.indices else values[0]


def _array(values: Any) -> Formula:
    return Array(tuple(map(_array, values))) if isinstance(values, list) else as_number(values)


def heads(derivation: Derivation) -> dict[str, str]:
    """What every JSON object of formulas begins with: the network, and the loss by its name; for equations, the quantity."""
    spec = derivation.spec
    return {"network": spec.name, "loss": spec.loss_rule.name if isinstance(spec, NetworkSpec) else spec.loss}


def count_gradients(derivation: Derivation) -> int:
    """How many elements the gradients have that were derived."""
    tensors = derivation.core.forward.tensors
    return sum(prod(tensors[name].extents) for name in derivation.core.gradients)
