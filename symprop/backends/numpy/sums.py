"""Writes the calls for sums of products: matrix products where there are any, sums and products of whole arrays elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from symprop.backends.numpy.arrays import Arrays
from symprop.backends.numpy.contraction import Factor, Indices, Plan, plan, size
from symprop.backends.numpy.memory import Memory
from symprop.ir.nodes import SumOfProducts, Term
from symprop.ir.tensor import Access, Affine, Index

Calls = list[str]


class Sums:
    """Calls that compute sums of products over arrays of fixed place."""

    def __init__(self, arrays: Arrays, memory: Memory) -> None:
        self.arrays, self.memory = arrays, memory
        self._temporaries: list[str] = []

    def spent(self) -> list[str]:
        """The arrays made since this was asked last, for one equation alone."""
        found, self._temporaries = self._temporaries, []
        return found

    def temporary(self, wanted: str, indices: Sequence[Index]) -> str:
        """An array over the indices for the present equation."""
        name = self.memory.array(wanted, [index.extent for index in indices])
        self._temporaries.append(name)
        return name

    def factor(self, access: Access) -> tuple[Factor, Calls]:
        """What an access reads, and the calls that read it where there are integers among its indices."""
        if not access.gathers:
            return self.arrays.factor(access), []
        name = self.temporary(f"{access.tensor.name}_read", access.free)
        call = f"read_at({self.arrays.names[access.tensor.name]}, {self.places(access)}, {name})"
        return Factor(name, self.memory[name], access.free), [call]

    def places(self, access: Access) -> str:
        """Source for the positions that an access names on each axis, over its free indices."""
        return f"({', '.join(self._place(affine, access.free) for affine in access.indices)},)"

    def _place(self, affine: Affine, free: Indices) -> str:
        parts = [] if affine.offset == 0 and (affine.terms or affine.gather) else [str(affine.offset)]
        for factor, index in affine.terms:
            shape = tuple(index.extent if each == index else 1 for each in free)
            text = f"arange({index.extent}).reshape({shape})"
            parts.append(text if factor == 1 else f"{factor}*{text}")
        if affine.gather is not None:
            inner = affine.gather
            if inner.gathers or not inner.bounded:
                parts.append(f"gathered({self.arrays.names[inner.tensor.name]}, {self.places(inner)})")
            else:
                parts.append(self.arrays.aligned(self.arrays.factor(inner), free))
        return " + ".join(parts)

    def write(self, node: SumOfProducts, loops: Indices, place: str, over: str = "") -> Calls:
        """The calls that put the sum over the loops into an array that no factor reads, or where the tensor `over` stands.

        The terms that read that tensor then come first, see `can_replace`.
        """
        calls: Calls = []
        shared, terms = _shared(node.terms)
        reads = any(_reads(term, over) for term in terms)
        if reads:
            terms = sorted(terms, key=lambda term: (not _reads(term, over), not _is_alone(term), _sign(term) < 0))
        else:
            terms = sorted(terms, key=lambda term: (not self._fills(term, loops), _sign(term) < 0))
        if terms and not reads and self._fills(terms[0], loops):
            first, *terms = terms
            calls += self._term(first, loops, place)[1]
            if _sign(first) < 0:
                calls.append(f"negative({place}, {place})")
            read = place
        else:
            read = ""
        for term in terms:
            value, before = self._term(term, loops, None)
            calls += before
            if read:
                calls.append(f"{'add' if _sign(term) > 0 else 'subtract'}({read}, {value}, {place})")
                read = place
            elif _sign(term) > 0:
                read = value
            else:
                calls.append(f"negative({value}, {place})")
                read = place
        if read != place:
            calls.append(f"copyto({place}, {read or '0.0'})")
        return [*calls, f"multiply({place}, {float(shared)!r}, {place})"] if shared != 1 else calls

    def value(self, node: SumOfProducts, loops: Indices) -> tuple[str, int, Calls]:
        """The sum as an array over the loops, of extent 1 where it does not vary, the sign to take it with, and the calls."""
        if len(node.terms) == 1:
            value, calls = self._term(node.terms[0], loops, None)
            return value, _sign(node.terms[0]), calls
        place = self.temporary("value", loops)
        return place, 1, self.write(node, loops, place)

    def _fills(self, term: Term, loops: Indices) -> bool:
        """Whether a term is computed, and varies with every loop, so that its calls can write the whole result."""
        met = {index for factor in term.factors for index in factor.free}
        is_computed = bool(term.looped) or len(term.factors) > 1 or (len(term.factors) == 1 and _size(term) != 1)
        return is_computed and all(index in met for index in loops)

    def _term(self, term: Term, loops: Indices, place: str | None) -> tuple[str, Calls]:
        """The term without its sign, over the loops, and the calls for it, which write to `place` if one is given."""
        number = _size(term)
        if not term.factors:
            return repr(float(number)), []
        factors, calls = list[Factor](), Calls()
        for access in term.factors:
            factor, before = self.factor(access)
            factors.append(factor)
            calls += before
        if not term.looped:
            value, more = self._multiplied(factors, loops, place, float(number))
            return value, calls + more
        if len(factors) == 1:
            value, more = self._summed(factors[0], term.looped, loops, place)
        else:
            value, more = self._contracted(factors[0], factors[1], term.looped, loops, place)
        calls += more
        if number != 1:
            calls.append(f"multiply({value}, {float(number)!r}, {value})")
        return value, calls

    def _multiplied(
        self, factors: Sequence[Factor], loops: Indices, place: str | None, number: float
    ) -> tuple[str, Calls]:
        """The product at each position, of the smaller arrays first."""
        first, *rest = [self.arrays.aligned(f, loops) for f in sorted(factors, key=lambda f: size(f.indices))]
        if number == 1.0 and not rest:
            return first, []
        met = {index for factor in factors for index in factor.indices}
        out = place or self._aligned_temporary([index for index in loops if index in met], loops)
        calls = []
        if number != 1.0:
            calls.append(f"multiply({first}, {number!r}, {out})" if not rest else "")
        for each in rest:
            calls.append(f"multiply({first}, {each}, {out})")
            first = out
        if number != 1.0 and rest:
            calls.append(f"multiply({out}, {number!r}, {out})")
        return out, [call for call in calls if call]

    def _aligned_temporary(self, indices: Sequence[Index], loops: Indices) -> str:
        name = self.temporary("product", indices)
        return self.arrays.aligned(Factor(name, self.memory[name], tuple(indices)), loops)

    def _summed(self, factor: Factor, over: Indices, loops: Indices, place: str | None) -> tuple[str, Calls]:
        kept = tuple(index for index in loops if index in factor.indices)
        source = self.arrays.turned(factor, (*kept, *over))
        out = place if place is not None else self.temporary("sum", kept)
        axes = tuple(range(len(kept), len(kept) + len(over)))
        call = f"add.reduce({source}, {axes}, None, {out})"
        return self.arrays.aligned(Factor(out, self.memory[out], kept), loops) if place is None else out, [call]

    def _contracted(self, a: Factor, b: Factor, over: Indices, loops: Indices, place: str | None) -> tuple[str, Calls]:
        """The sum over products of two arrays, each summed first over what it has alone."""
        calls: Calls = []
        a, before = self._alone(a, [index for index in over if index not in b.indices])
        calls += before
        b, before = self._alone(b, [index for index in over if index not in a.indices])
        calls += before
        both = tuple(index for index in over if index in a.indices and index in b.indices)
        kept = tuple(index for index in loops if index in a.indices or index in b.indices)
        if not both:
            value, more = self._multiplied([a, b], loops, place, 1.0)
            return value, calls + more
        if set(a.indices) == set(b.indices):
            product, more = self._multiplied([a, b], (*kept, *both), None, 1.0)
            whole = Factor(product, self.memory[product], (*kept, *both))
            value, last = self._summed(whole, both, loops, place)
            return value, calls + more + last
        chosen = plan(self.arrays.alternatives(a), self.arrays.alternatives(b), both, kept if place else None)
        value, more = self._matrix_product(chosen, kept, loops, place)
        return value, calls + more

    def _alone(self, factor: Factor, over: Sequence[Index]) -> tuple[Factor, Calls]:
        over = tuple(index for index in over if index in factor.indices)
        if not over:
            return factor, []
        kept = tuple(index for index in factor.indices if index not in over)
        name, calls = self._summed(factor, over, kept, None)
        return Factor(name, self.memory[name], kept), calls

    def _matrix_product(self, p: Plan, kept: Indices, loops: Indices, place: str | None) -> tuple[str, Calls]:
        left, calls = self._matrices(p.left, p.stack, p.rows, p.inner)
        right, more = self._matrices(p.right, p.stack, p.inner, p.columns)
        calls += more
        shape = [*(index.extent for index in p.stack), size(p.rows), size(p.columns)]
        direct = self.memory.reshaped(f"{place}_matrix", place, shape) if place and p.result == kept else None
        if direct is not None and place is not None:
            return place, [*calls, f"matmul({left}, {right}, {direct})"]
        product = self.temporary("product", p.result)
        whole = self.memory.reshaped(f"{product}_matrix", product, shape)
        assert whole is not None
        calls.append(f"matmul({left}, {right}, {whole})")
        factor = Factor(product, self.memory[product], p.result)
        if p.after:
            result = tuple(index for index in p.result if index not in p.after)
            value, more = self._summed(factor, p.after, kept if place else result, place)
            factor = Factor(value, self.memory[value], result)
            return (place, calls + more) if place else (self.arrays.aligned(factor, loops), calls + more)
        if place is None:
            return self.arrays.aligned(factor, loops), calls
        return place, [*calls, f"copyto({place}, {self.arrays.turned(factor, kept)})"]

    def _matrices(self, factor: Factor, stack: Indices, rows: Indices, columns: Indices) -> tuple[str, Calls]:
        """A factor as a stack of matrices; one that cannot be seen so is copied."""
        calls: Calls = []
        order = tuple(index for index in (*stack, *rows, *columns) if index in factor.indices)
        source = self.arrays.turned(factor, order)
        if not factor.merges(stack, rows, columns):
            copy = self.memory.new(f"{factor.name}_copy", [index.extent for index in order])
            self.arrays.remember(factor, copy, order)
            calls.append(f"copyto({copy}, {source})")
            source = copy
        shape = [index.extent if index in factor.indices else 1 for index in stack]
        merged = self.memory.reshaped(f"{source}_matrix", source, [*shape, size(rows), size(columns)])
        assert merged is not None
        return merged, calls


def _shared(terms: Sequence[Term]) -> tuple[Fraction, Sequence[Term]]:
    """A number that several terms are all multiplied by, but for the sign, and the terms without it."""
    sizes = {_size(term) for term in terms}
    if len(terms) < 2 or len(sizes) > 1:
        return Fraction(1), terms
    return sizes.pop(), [replace(term, coefficient=Fraction(_sign(term), term.repeated)) for term in terms]


def can_replace(node: SumOfProducts, name: str) -> bool:
    """Whether the sum can be written where the tensor stands: its own terms are read before anything is written.

    One term may read it, or two of which one is the tensor itself.
    """
    own = [term for term in node.terms if _reads(term, name)]
    if any(term.looped for term in own):
        return False
    return len(own) < 2 or (len(own) == 2 and any(_is_alone(term) and _sign(term) > 0 for term in own))


def _reads(term: Term, name: str) -> bool:
    return any(factor.tensor.name == name for factor in term.factors)


def _is_alone(term: Term) -> bool:
    """Whether the term is one tensor as it is, but for a sign."""
    return len(term.factors) == 1 and not term.looped and _size(term) == 1


def _size(term: Term) -> Fraction:
    return abs(term.coefficient * term.repeated)


def _sign(term: Term) -> int:
    return -1 if term.coefficient < 0 else 1
