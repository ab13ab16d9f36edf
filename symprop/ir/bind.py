"""Gives equations in index notation their extents and tensors: text that `index_text` read becomes equations of a program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, count
from typing import Any

import sympy

from symprop.errors import UserError, Where
from symprop.ir.index_text import Body, Fold, Line, Place, Read, part_name, part_symbol, tensors_of, with_numbers
from symprop.ir.names import index_letters
from symprop.ir.nodes import Node, Reduction, SumOfProducts, Term, elementwise, operand, single
from symprop.ir.places import affine_of, axis_of, bare_name, fitted
from symprop.ir.program import Equation, Origin
from symprop.ir.reach import check_reach
from symprop.ir.tensor import Access, Affine, Index, Moment, Role, Tensor
from symprop.ir.undeclared import Uses

Expression = Any

NEXT = "next_"  # before a state's name: its value after the update
_REDUCTIONS = {"Max": "max", "LogSumExp": "logsumexp"}


def _always(name: str) -> bool:
    return True


@dataclass(frozen=True)
class Scope:
    """What the equations of one layer may read, by the names they use.

    `tensors` are known already. `extents` gives sizes of indices that the tensors read do not settle; such an index may
    run beyond an axis, where it reads zero. `numbers` are constants, `leading` the axes that ``...`` stands for, and
    `rename` makes the program's name of what an equation or a parameter is called here. `shapes` gives the extents, after
    the leading ones, of a tensor that is only met under windows. `constants` names masks, which are drawn and not trained,
    with the chance of a one, `states` what an update sets anew, to what an equation calls ``next_`` and the name; `starts`
    gives the values that parameters and states start from. `moments` says which names are steps in time of one quantity.
    """

    tensors: Mapping[str, Tensor]
    leading: tuple[Index, ...] = ()
    extents: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, Fraction] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    states: Collection[str] = ()
    starts: Mapping[str, float] = field(default_factory=dict)
    rename: Callable[[str], str] = str
    origin: Origin = field(default=Origin("given"))
    trainable: Callable[[str], bool] = _always
    shared: Mapping[str, Tensor] = field(default_factory=dict)
    moments: Mapping[str, Moment] = field(default_factory=dict)


@dataclass(frozen=True)
class Bound:
    """The equations of one layer, the parameters and constants they brought in, and every tensor by its name in the text."""

    free: tuple[Tensor, ...]
    equations: tuple[Equation, ...]
    tensors: Mapping[str, Tensor]


def bind(lines: Sequence[Line], scope: Scope) -> Bound:
    """The program equations that the lines mean; a name that nothing defines is a parameter, shaped by its indices.

    Raises UserError, naming the equation, for an index without an extent or with two, one that nothing binds or that is
    bound twice, and for a wrong number of indices.

    >>> from symprop.ir.index_text import read_line
    >>> x = Tensor("x", (Index("s", 4), Index("k", 3)), Role.INPUT)
    >>> line = read_line("y[..., j] = Sum(W[j,k]*x[..., k], k) + b[j]")
    >>> bound = bind([line], Scope({"x": x}, x.indices[:1], {"j": 2}))
    >>> [(p.name, p.extents) for p in bound.free], bound.tensors["y"].extents
    ([('W', (2, 3)), ('b', (2,))], (4, 2))
    """
    binder = _Binder(scope, lines)
    for line in lines:
        try:
            binder.add(line)
        except UserError as error:
            raise error.at(Where(f"equation '{line.text}'", "equation", line.text)) from None
    return Bound(tuple(binder.free), tuple(binder.equations), binder.tensors)


class _Binder:
    def __init__(self, scope: Scope, lines: Sequence[Line]) -> None:
        self.scope = scope
        self.defined = {line.target.tensor for line in lines}
        self.reads: dict[str, list[Read]] = {}
        for read in (read for line in lines for read in tensors_of(line.body)):
            self.reads.setdefault(read.tensor, []).append(read)
        self.written = self.defined.union(self.reads)
        self.tensors = dict(scope.tensors)
        self.free: list[Tensor] = []
        self.equations: list[Equation] = []

    def add(self, line: Line) -> None:
        """Appends a line's equation, after those of the parts that need a name."""
        line = replace(line, body=with_numbers(line.body, self.scope.numbers))
        axes = self._axes(line)
        for read in tensors_of(line.body):
            if read.tensor not in self.tensors:
                self._declare(read, line, axes)
        if line.target.tensor in self.tensors:
            raise UserError(f"'{line.target.tensor}' is defined twice", remedy="Give one of the two another name.")
        _LineBinder(self, line, axes, self._target(line.target, axes)).define()

    def define(self, name: str, target: Access, node: Node) -> Access:
        """Appends an equation for what the text calls `name`."""
        self.tensors[name] = target.tensor
        self.equations.append(check_reach(Equation(target, node, self.scope.origin)))
        return target

    def _target(self, read: Read, axes: Mapping[str, Index]) -> Access:
        """The target under its loops; where a place is a window, the axis is as long as the window reaches."""
        leading = _apart(self.scope.leading, axes) if read.leading else ()
        bound = {
            name: axis_of(axes, name) for place in read.places for name in place.names if name not in self.scope.numbers
        }
        affines = [affine_of(place, bound, self.scope.numbers) for place in read.places]
        given = self.scope.shapes.get(read.tensor, tuple(affine.span[1] + 1 for affine in affines))
        if any(extent < 1 for extent in given):
            raise UserError(
                f"'{read.tensor}' would have no elements", remedy="Indices count from 0; see what they reach."
            )
        own: list[Index] = []
        for affine, extent in zip(affines, given, strict=True):
            taken = {index.name for index in (*leading, *own)}
            alone = affine.bare if affine.bare is not None and affine.bare.extent == extent else None
            own.append(
                alone if alone is not None and alone.name not in taken else Index(_fresh({*taken, *axes}), extent)
            )
        places = (fitted(affine, axis) for affine, axis in zip(affines, own, strict=True))
        return Access(self._defined(read.tensor, (*leading, *own)), (*map(_as_affine, leading), *places))

    def _defined(self, name: str, indices: tuple[Index, ...]) -> Tensor:
        """The tensor that an equation defines; a state's next value belongs to the state."""
        state = name.removeprefix(NEXT)
        if name.startswith(NEXT) and state in self.scope.states:
            primal = self.scope.rename(state)
            return Tensor(f"{NEXT}{primal}", indices, Role.STATE, primal=primal)
        return Tensor(self.scope.rename(name), indices, moment=self._moment(name))

    def _moment(self, name: str) -> Moment | None:
        moment = self.scope.moments.get(name)
        return moment and replace(moment, series=self.scope.rename(moment.series))

    def _declare(self, read: Read, line: Line, axes: Mapping[str, Index]) -> None:
        """A name that nothing defines is a parameter or a constant, shaped as given or by the indices it is read under."""
        if read.tensor in self.defined:
            raise UserError(f"'{read.tensor}' is used before it is defined")
        is_constant = read.tensor in self.scope.constants
        if read.tensor in self.scope.shapes:
            letters = index_letters()
            indices = tuple(Index(next(letters), extent) for extent in self.scope.shapes[read.tensor])
        else:
            leading = self.scope.leading if read.leading and is_constant else ()
            indices = (*_apart(leading, axes), *self._own_axes(read.tensor, line, axes, is_constant))
        is_state = read.tensor in self.scope.states
        role = Role.CONSTANT if is_constant else Role.STATE if is_state else Role.PARAMETER
        tensor = Tensor(
            self.scope.rename(read.tensor),
            indices,
            role,
            trainable=role is Role.PARAMETER and self.scope.trainable(read.tensor),
            start=self.scope.starts.get(read.tensor),
            chance=self.scope.constants.get(read.tensor),
        )
        self.tensors[read.tensor] = self._shared(tensor)
        if self.tensors[read.tensor] not in self.free:
            self.free.append(self.tensors[read.tensor])

    def _own_axes(self, name: str, line: Line, axes: Mapping[str, Index], leading: bool) -> tuple[Index, ...]:
        """The axes that a name has by the indices it is read under, those behind ``...``, which only a constant may have."""
        here = [r for r in tensors_of(line.body) if r.tensor == name and (leading or not r.leading)]
        uses = Uses(here, self.reads[name], axes, self.scope.extents, self.scope.numbers)
        found = uses.indices()
        if found is None:
            remedy = f"Nothing defines '{name}', so it is a parameter; read it under bare indices."
            raise UserError(f"the shape of '{name}' cannot be told from its indices", remedy=remedy)
        return found

    def _shared(self, tensor: Tensor) -> Tensor:
        """The parameter itself, or the one that it is another use of: its axes may be lettered otherwise."""
        known = {**self.scope.shared, **{free.name: free for free in self.free}}.get(tensor.name, tensor)
        same = (known.extents, known.role, known.trainable) == (tensor.extents, tensor.role, tensor.trainable)
        return known if same else tensor

    def _axes(self, line: Line) -> dict[str, Index]:
        """Each index of the line with its extent: as given, else as the axes say that it stands on alone."""
        axes = {name: Index(name, extent) for name, extent in self.scope.extents.items()}
        for read in (line.target, *tensors_of(line.body)):
            tensor = self.tensors.get(read.tensor)
            if tensor is None:
                continue
            own = tensor.indices[len(self.scope.leading) if read.leading else 0 :]
            if len(own) != len(read.places):
                raise UserError(
                    f"a wrong number of indices for '{read.tensor}', whose shape is {tensor.extents}",
                    expected=f"{len(own)} between the brackets{', after ...' if read.leading else ''}",
                    got=str(len(read.places)),
                )
            for place, axis in zip(read.places, own, strict=True):
                self._settle(axes, bare_name(place), axis, read.tensor)
        return axes

    def _settle(self, axes: dict[str, Index], name: str | None, axis: Index, tensor: str) -> None:
        if name is None or name in self.scope.extents or name in self.scope.numbers:
            return
        known = axes.setdefault(name, Index(name, axis.extent))
        if known.extent != axis.extent:
            raise UserError(
                f"index '{name}' runs to {known.extent}, and to {axis.extent} in '{tensor}'",
                remedy="Use another letter for one of them, or check the shapes.",
            )


class _LineBinder:
    """Makes the node of one line; parts that no node can hold get equations of their own first."""

    def __init__(self, binder: _Binder, line: Line, axes: Mapping[str, Index], target: Access) -> None:
        self.binder, self.line, self.axes, self.target = binder, line, axes, target
        self.leading = target.tensor.indices[: len(binder.scope.leading)] if line.target.leading else ()

    def define(self) -> None:
        """Appends the line's equation; only a sum of products may have a window on the left."""
        name, loops = self.line.target.tensor, self.target.free
        node = self._node(self.line.body, loops)
        if not self.target.plain and not isinstance(node, SumOfProducts):
            node = single(1, self._define_part(node, loops))
        self.binder.define(name, self.target, node)

    def _node(self, body: Body, loops: tuple[Index, ...]) -> Node:
        """A reduction where the body is one, a sum of products where it can be, else an elementwise expression."""
        only = body.parts[0] if body.expression == part_symbol(0) else None
        if isinstance(only, Fold) and only.kind in _REDUCTIONS:
            over = self._over(only, loops)
            return Reduction(_REDUCTIONS[only.kind], (self._named(only.body, (*loops, *over)),), over)
        terms = self._terms(body, loops)
        return SumOfProducts(tuple(terms)) if terms is not None else self._elementwise(body, loops)

    def _terms(self, body: Body, loops: tuple[Index, ...]) -> list[Term] | None:
        """The products that the expression adds up, in the order of the text; None where it is no such sum."""
        parts = {part_name(k): part for k, part in enumerate(body.parts)}
        rank = {name: position for position, name in enumerate(parts)}
        products = _products(body.expression)
        if products is None:
            return None
        found: list[tuple[list[int], list[Term]]] = []
        for number, factors in products:
            names = sorted(factors, key=rank.__getitem__)
            terms = self._product(number, [parts[n] for n in names], loops)
            if terms is None:
                return None
            found.append(([rank[n] for n in names], terms))
        found.sort(key=lambda pair: (not pair[0], pair[0]))
        return [term for _, terms in found for term in terms]

    def _product(self, coefficient: Fraction, parts: list[Read | Fold], loops: tuple[Index, ...]) -> list[Term] | None:
        """One product, distributed over the sum in it; None where it has two sums or a reduction."""
        folds = [part for part in parts if isinstance(part, Fold)]
        factors = tuple(self._read(part, loops) for part in parts if isinstance(part, Read))
        if not folds:
            return [Term(coefficient, factors)]
        (fold, *more) = folds
        if more or fold.kind in _REDUCTIONS:
            return None
        over = self._over(fold, loops)
        inner = self._inner(fold, (*loops, *over))
        share = Fraction(1)
        if fold.kind == "Mean":
            for index in over:
                share /= index.extent
        return [Term(coefficient * share * t.coefficient, (*factors, *t.factors), (*over, *t.over)) for t in inner]

    def _inner(self, fold: Fold, loops: tuple[Index, ...]) -> list[Term]:
        terms = self._terms(fold.body, loops)
        return terms if terms is not None else [Term(Fraction(1), (self._named(fold.body, loops),))]

    def _elementwise(self, body: Body, loops: tuple[Index, ...]) -> Node:
        symbols = body.expression.free_symbols
        parts = [(k, p) for k, p in enumerate(body.parts) if part_symbol(k) in symbols]
        accesses = [
            self._read(part, loops) if isinstance(part, Read) else self._named(Body(part_symbol(0), (part,)), loops)
            for _, part in parts
        ]
        moved = {part_symbol(k): operand(new) for new, (k, _) in enumerate(parts)}
        return elementwise(body.expression.xreplace(moved), *accesses)

    def _named(self, body: Body, loops: tuple[Index, ...]) -> Access:
        """An access to the body's value: to the tensor that it is, else to a new one under the indices it depends on."""
        if body.expression == part_symbol(0) and isinstance(body.parts[0], Read):
            return self._read(body.parts[0], loops)
        node = self._node(body, loops)
        read = {index for access in node.accesses for index in access.free}
        return self._define_part(node, tuple(index for index in loops if index in read))

    def _define_part(self, node: Node, loops: tuple[Index, ...]) -> Access:
        name = next(n for n in self._part_names() if n not in self.binder.tensors and n not in self.binder.written)
        return self.binder.define(name, Tensor(self.binder.scope.rename(name), loops)(), node)

    def _part_names(self) -> Iterator[str]:
        stem = f"{self.line.target.tensor}_part"
        return chain([stem], (f"{stem}{n}" for n in count(2)))

    def _read(self, read: Read, loops: tuple[Index, ...]) -> Access:
        """What is read as a number."""
        access = self._access(read, loops)
        if access.tensor.role is Role.INDEX:
            raise UserError(f"'{read.tensor}' is read as integers and as numbers", remedy="Make two inputs of it.")
        return access

    def _gathered(self, read: Read, loops: tuple[Index, ...]) -> Access:
        """What is read as an integer: an input, within its range, since beyond it there is no integer to go by."""
        access = self._access(read, loops)
        if access.tensor.role is not Role.INDEX:
            what, remedy = f"'{read.tensor}' stands between brackets", "Integers are read from an input of the network."
            raise UserError(what, expected="an input of integers", got=str(access.tensor.role), remedy=remedy)
        if not access.bounded:
            what = f"integers of '{read.tensor}', whose shape is {access.tensor.extents}, are read out of range"
            raise UserError(what, remedy="Let the indices stay within; beyond there is no integer to go by.")
        return access

    def _access(self, read: Read, loops: tuple[Index, ...]) -> Access:
        tensor = self.binder.tensors[read.tensor]
        if read.leading and not self.line.target.leading:
            raise UserError(f"'{read.tensor}' is read under ..., which the left side lacks")
        leading = map(_as_affine, self.leading) if read.leading else ()
        own = tensor.indices[len(self.leading) if read.leading else 0 :]
        if len(read.places) != len(own):
            got = f"{len(read.places)} {'index' if len(read.places) == 1 else 'indices'}"
            raise UserError(f"'{read.tensor}' is read with a wrong number of indices", expected=str(len(own)), got=got)
        places = zip(read.places, own, strict=True)
        return Access(tensor, (*leading, *(self._affine(place, axis, loops) for place, axis in places)))

    def _affine(self, place: Place, axis: Index, loops: tuple[Index, ...]) -> Affine:
        if place.gather is not None:
            return Affine((), 0, self._gathered(place.gather, loops))
        bound = {index.name: index for index in loops}
        return fitted(affine_of(place, bound, self.binder.scope.numbers), axis)

    def _over(self, fold: Fold, loops: tuple[Index, ...]) -> tuple[Index, ...]:
        for name in fold.over:
            if any(index.name == name for index in loops):
                raise UserError(f"index '{name}' is bound twice", remedy="Use another letter for one of them.")
        return tuple(axis_of(self.axes, name) for name in fold.over)


@lru_cache(maxsize=1024)
def _products(expression: Expression) -> tuple[tuple[Fraction, tuple[str, ...]], ...] | None:
    """The products that an expression adds up, each a number and the names it multiplies; None where it is no such sum."""
    found = []
    for summand in sympy.Add.make_args(expression):
        number, rest = summand.as_coeff_Mul()
        names = _factors(rest)
        if not number.is_Rational or names is None:
            return None
        found.append((Fraction(int(number.p), int(number.q)), tuple(names)))
    return tuple(found)


def _factors(product: Expression) -> list[str] | None:
    """The names that a product multiplies, a square as two; None where it is no such product."""
    names: list[str] = []
    for factor in [] if product == 1 else sympy.Mul.make_args(product):
        base, exponent = factor.as_base_exp()
        if not base.is_Symbol or not exponent.is_Integer or not 1 <= exponent <= 2:
            return None
        names += [base.name] * int(exponent)
    return names


def _as_affine(index: Index) -> Affine:
    return Affine(((1, index),))


def _fresh(taken: Collection[str]) -> str:
    return next(letter for letter in index_letters() if letter not in taken)


def _apart(leading: tuple[Index, ...], axes: Mapping[str, Index]) -> tuple[Index, ...]:
    """The leading axes under names that the line does not use."""
    taken = {*axes, *(index.name for index in leading)}
    found = []
    for index in leading:
        if index.name in axes:
            index = Index(_fresh(taken), index.extent)
            taken.add(index.name)
        found.append(index)
    return tuple(found)
