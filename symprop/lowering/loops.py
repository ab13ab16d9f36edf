"""From lowered equations to loop nests: which loops within which bounds; no language here, and `fusion` joins them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

import sympy

from symprop.errors import UnsupportedError
from symprop.ir.names import fresh_name
from symprop.ir.nodes import Elementwise, Reduction, SumOfProducts, Term, operand
from symprop.ir.program import Equation
from symprop.ir.tensor import Access, Affine, Index, Tensor
from symprop.lowering.copies import Copies
from symprop.lowering.matrices import matrix_product
from symprop.lowering.nest import (
    Assign,
    Block,
    Bound,
    Formula,
    Guard,
    Guarded,
    How,
    Inside,
    Loop,
    MatrixProduct,
    Operand,
    Place,
    Product,
    Statement,
    Total,
    Whole,
    place_of,
)
from symprop.lowering.order import Order, in_order
from symprop.lowering.tiles import several_products, several_rows

_LONG = 16  # the extent from which several products are added in one pass over the innermost loop
_MANY = 4096  # the products added up from which several rows share a pass

_ZERO, _OUTSIDE = Total(), Formula((-sympy.oo,))


@dataclass
class Nesting:
    """Makes the statements of equations one after the other; new names are added to `taken`, arrays to `arrays`.

    Products of two matrices that add up at least `matrices` numbers become a statement of their own; none without it.
    `aliases` says which results are written in the place of which arguments.
    """

    taken: set[str]
    matrices: int | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    arrays: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._copies = Copies(self.taken, self.arrays)

    def block(self, equation: Equation) -> Block:
        """The statements of one equation."""
        value, target = equation.value, equation.target
        if not target.plain:
            statements = [*self._cleared(target.tensor), *self._scattered(equation)]
        elif isinstance(value, SumOfProducts):
            statements = list(self._sum(target, value))
        elif isinstance(value, Elementwise):
            statements = [self._looped(target, Formula(value.factors, tuple(map(guarded, value.operands))))]
        else:
            statements = self._reduction(target, value)
        return Block((equation.name,), (*self._copies.made(), *statements))

    def _looped(self, target: Access, value: Total | Formula) -> Statement:
        """One assignment for each element of a plain target."""
        if not target.indices:
            return Assign(place(target), value, How.LET)
        return nested([Loop(i.name, i.extent, ()) for i in target.free], [Assign(place(target), value)])

    def _cleared(self, tensor: Tensor) -> Iterator[Statement]:
        yield self._looped(tensor(), _ZERO)

    def _scattered(self, equation: Equation) -> Iterator[Statement]:
        """What an affine target gets: every position of the indices adds to the element that it names."""
        target, value = equation.target, equation.value
        if isinstance(value, SumOfProducts):
            yield from (self._added(target, term) for term in value.terms)
            return
        raise UnsupportedError("only a sum of products can be scattered", where=f"equation '{equation.name}'")

    def _sum(self, target: Access, value: SumOfProducts) -> Iterator[Statement]:
        simple = [term for term in value.terms if not term.looped and all(is_bounded(f) for f in term.factors)]
        rest = [term for term in value.terms if term not in simple]
        start = Total(tuple(map(product, simple)))
        found = self._matrices(target, rest[0], start) if self.matrices is not None and len(rest) == 1 else None
        if found is not None:
            if found.sign and not self._stands(target, start):
                yield self._looped(target, start)
            yield found
            if simple and not found.sign:
                yield self._looped(target, Total((Product(Fraction(1), (place(target),)), *start.parts)))
            return
        if len(rest) == 1 and not simple and (alone := self._alone(target, rest[0])) is not None:
            yield alone
            return
        if rest and self._reads_replaced(target, start):
            yield from self._added_apart(target, start, rest)
            return
        if not target.indices and rest:
            yield Assign(place(target), start, How.START)
        else:
            yield self._looped(target, start)
        yield from (self._added(target, term) for term in rest)

    def _added_apart(self, target: Access, start: Total, terms: Sequence[Term]) -> Iterator[Statement]:
        """The sum of the terms in an array of its own, then the target: small products added to large numbers would be lost."""
        apart = Tensor(fresh_name(f"{target.tensor.name}_sum", self.taken), target.tensor.indices)
        self.arrays[apart.name] = apart.extents
        summed = apart(*target.indices)
        yield self._looped(summed, _ZERO)
        yield from (self._added(summed, term) for term in terms)
        yield self._looped(target, Total((*start.parts, Product(Fraction(1), (place(summed),)))))

    def _matrices(self, target: Access, term: Term, start: Total) -> MatrixProduct | None:
        """The term as a large enough product of matrices, added to the start where that reads what the target replaces."""
        found = matrix_product(target, term, added=self._reads_replaced(target, start))
        return found if found and found.rows * found.inner * found.columns >= (self.matrices or 0) else None

    def _reads_replaced(self, target: Access, start: Total) -> bool:
        """Whether the start reads the argument in the place of which the target is written."""
        replaced = self.aliases.get(target.tensor.name)
        return any(place_of(operand).name == replaced for operand in start.operands)

    def _stands(self, target: Access, start: Total) -> bool:
        """Whether the target is written in the place of an argument that is what its sums are added to."""
        own = place(target)
        return start == Total((Product(Fraction(1), (Place(self.aliases.get(own.name, ""), own.indices),)),))

    def _alone(self, target: Access, term: Term) -> Statement | None:
        """A sum of one term, gathered in a number and stored once; None where it is better added up in place."""
        order = in_order(target, term, self._copies.possible)
        if not order.gathers:
            return None
        sums = {index.name for index in term.looped}
        conditions = [each for factor in term.factors for each in inside(factor)]
        if any(not each.whole.variables & sums for each in conditions):
            return None
        return nested(
            loops_over(target.free), self._gathered(target, term, order, How.STORE if target.indices else How.LET)
        )

    def _added(self, target: Access, term: Term) -> Statement:
        """The term, added to the target's elements."""
        order = in_order(target, term, self._copies.possible)
        conditions = [each for access in (target, *term.factors) for each in inside(access)]
        if order.gathers:
            within = self._gathered(target, term, order, How.ADD)
            own = {index.name for index in target.free}
            return guarded_nest(target.free, [c for c in conditions if c.whole.variables <= own], within)
        factors = tuple(place(self._copies.read(factor, order.innermost)) for factor in term.factors)
        value = Product(term.coefficient * term.repeated, factors)
        where = place(target)
        return guarded_nest(order.loops, conditions, [Assign(where, value, How.ADD)], unrolled=_unrolled(order, term))

    def _gathered(self, target: Access, term: Term, order: Order, how: How) -> list[Statement]:
        """A sum in a number of its own, multiplied by the coefficient once."""
        total = Place(fresh_name(f"{target.tensor.name}_sum", self.taken))
        sums = {index.name for index in order.sums}
        conditions = [c for factor in term.factors for c in inside(factor) if c.whole.variables & sums]
        line = Assign(total, Product(Fraction(1), tuple(map(place, term.factors))), How.ADD)
        value = Total((Product(term.coefficient * term.repeated, (total,)),))
        return [
            Assign(total, _ZERO, How.START),
            guarded_nest(order.sums, conditions, [line]),
            Assign(place(target), value, how),
        ]

    def _reduction(self, target: Access, value: Reduction) -> list[Statement]:
        name = target.tensor.name
        largest = Place(fresh_name(f"{name}_largest", self.taken))
        how = How.STORE if target.indices else How.LET
        found = [Assign(largest, _OUTSIDE, How.START), *self._over(value, largest, operand(0), (), How.LARGER)]
        if value.kind == "max":
            last = Assign(place(target), Formula((operand(0),), (largest,)), how)
            return [nested(loops_over(target.free), [*found, last])]
        total = Place(fresh_name(f"{name}_total", self.taken))
        power = sympy.exp(operand(0) - operand(1))
        found += [Assign(total, _ZERO, How.START), *self._over(value, total, power, (largest,), How.ADD)]
        last = Assign(place(target), Formula((_logarithm(),), (largest, total)), how)
        return [nested(loops_over(target.free), [*found, last])]

    def _over(
        self, value: Reduction, into: Place, expression: sympy.Expr, more: tuple[Place, ...], how: How
    ) -> Iterator[Statement]:
        """One nest for each operand; what is out of range is passed over."""
        for access in value.operands:
            line = Assign(into, Formula((expression,), (place(access), *more)), how)
            yield guarded_nest(value.over, list(inside(access)), [line])


def _logarithm() -> sympy.Expr:
    """``m + log(total)``, but an infinite m as it is."""
    largest, total = operand(0), operand(1)
    infinite = sympy.Eq(sympy.Abs(largest), sympy.oo, evaluate=False)
    return sympy.Piecewise((largest, infinite), (largest + sympy.log(total), True), evaluate=False)


def _unrolled(order: Order, term: Term) -> bool:
    """Whether the innermost loop is long enough for several products in one pass, and there is a sum around it."""
    last = order.loops[-2] if len(order.loops) > 1 else None
    return last in term.looped and order.loops[-1].extent >= _LONG and len(term.factors) == 2


def is_bounded(access: Access) -> bool:
    """Whether every element is in range, as far as can be told before integers are known."""
    return access.plain or (access.bounded and not access.gathers)


def whole(affine: Affine) -> Whole:
    """An affine index as an integer over loop variables."""
    terms: list[tuple[int, str | Place]] = [(factor, index.name) for factor, index in affine.terms]
    if affine.gather is not None:
        terms.append((1, place(affine.gather)))
    return Whole(tuple(terms), affine.offset)


def place(access: Access) -> Place:
    """The element that an access reads or writes."""
    return Place(access.tensor.name, tuple(whole(affine) for affine in access.indices))


def inside(access: Access) -> Iterator[Inside]:
    """What must hold for the access to be in range, where that is not always so."""
    for affine, axis in zip(access.indices, access.tensor.indices, strict=True):
        if affine.gather is not None:
            yield from inside(affine.gather)
        low, high = affine.span
        if affine.gather is not None or low < 0 or high >= axis.extent:
            yield Inside(whole(affine), axis.extent)


def guarded(access: Access) -> Operand:
    """What an access reads: zero out of range."""
    conditions = tuple(inside(access))
    return Guarded(place(access), conditions) if conditions else place(access)


def product(term: Term) -> Product:
    """A term without a sum."""
    return Product(term.coefficient * term.repeated, tuple(map(place, term.factors)))


def loops_over(indices: Iterable[Index]) -> list[Loop]:
    """A loop over each index, empty as yet."""
    return [Loop(index.name, index.extent, ()) for index in indices]


def nested(loops: Sequence[Loop], body: Sequence[Statement]) -> Statement:
    """The body within loops, the first outermost."""
    for loop in reversed(loops):
        body = [Loop(loop.variable, loop.stop, tuple(body), loop.start, loop.step, loop.lower, loop.upper)]
    return body[0] if len(body) == 1 else Guard((), tuple(body))


def guarded_nest(
    indices: Sequence[Index], conditions: Sequence[Inside], body: Sequence[Statement], unrolled: bool = False
) -> Statement:
    """The body within loops over the indices, each within the bounds that the conditions set once outer loops are known.

    A condition that no loop decides, such as one on gathered integers, becomes a guard as far out as may be.
    """
    known = [index.name for index in indices]
    bounds: dict[str, list[Inside]] = {name: [] for name in known}
    guards: dict[str | None, list[Inside]] = {}
    for condition in dict.fromkeys(conditions):
        last = next((name for name in reversed(known) if name in condition.whole.variables), None)
        decides = last is not None and _decides(condition.whole, last)
        if decides and last is not None:
            bounds[last].append(condition)
        else:
            guards.setdefault(last, []).append(condition)
    for position, index in reversed(list(enumerate(indices))):
        body = _within(guards.get(index.name, []), body)
        loop = _bounded_loop(index, bounds[index.name], tuple(body))
        inward = len(indices) - position if unrolled and not bounds[index.name] else 0
        if inward == 2:
            body = several_products(loop)
        elif inward == 3 and all(map(_is_pass, body)) and prod(i.extent for i in indices) >= _MANY:
            body = several_rows(loop)
        else:
            body = [loop]
    body = _within(guards.get(None, []), body)
    return body[0] if len(body) == 1 else Guard((), tuple(body))


def _is_pass(statement: Statement) -> bool:
    """Whether it is one loop around another around lines."""
    if not isinstance(statement, Loop) or len(statement.body) > 1 or not isinstance(statement.body[0], Loop):
        return False
    return all(isinstance(line, Assign) for line in statement.body[0].body)


def _decides(condition: Whole, name: str) -> bool:
    """Whether the loop variable stands in the sum itself, not inside what is gathered."""
    return all(isinstance(atom, str) or name not in atom.variables for _, atom in condition.terms)


def _within(conditions: Sequence[Inside], body: Sequence[Statement]) -> Sequence[Statement]:
    return [Guard(tuple(conditions), tuple(body))] if conditions else body


def _bounded_loop(index: Index, conditions: Collection[Inside], body: tuple[Statement, ...]) -> Loop:
    lower: list[Bound] = []
    upper: list[Bound] = []
    for condition in conditions:
        factor, rest = condition.whole.factor(index.name), condition.whole.without(index.name)
        if factor > 0:
            lower.append(Bound(rest.times(-1).plus(factor - 1), factor))
            upper.append(Bound(rest.times(-1).plus(condition.extent - 1 + factor), factor))
        else:
            lower.append(Bound(rest.plus(-factor - condition.extent), -factor))
            upper.append(Bound(rest.plus(-factor), -factor))
    start, stop = max([0, *_fixed(lower)]), min([index.extent, *_fixed(upper)])
    return Loop(index.name, max(stop, 0), body, start, 1, _open(lower), _open(upper))


def _fixed(bounds: Sequence[Bound]) -> list[int]:
    """The numbers that are known before anything runs."""
    return [bound.whole.offset // bound.by for bound in bounds if not bound.whole.terms]


def _open(bounds: Sequence[Bound]) -> tuple[Bound, ...]:
    """The bounds that depend on outer loops."""
    return tuple(bound for bound in bounds if bound.whole.terms)
