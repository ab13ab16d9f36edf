"""A program of one example, or of one batch, becomes that of many: data get an axis, the loss is the mean over it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symprop.ir.check import check
from symprop.ir.names import fresh_name
from symprop.ir.nodes import SumOfProducts, Term, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.spread import fresh_axis, spread
from symprop.ir.tensor import Access, Index, Role, Tensor

# What differs from example to example.
DATA = (Role.INPUT, Role.TARGET, Role.INDEX, Role.CONSTANT)
# What there is once, of however many examples: it becomes the mean.
_ONCE = (Role.LOSS, Role.STATE)


def batch(program: Program, extent: int) -> Program:
    """The forward program of `extent` examples: what it takes from the data gets a first axis, the loss becomes the mean.

    A program that holds a batch already gets an axis of batches. The next value of a state, such as a running mean, is the
    mean over them too.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(2, [Dense(3)]).elaborate()
    >>> batch(net, 5).tensors["t"].extents, batch(net, 5).tensors["E_total"].extents
    ((5, 3), ())
    """
    axis = batch_axis(program, extent)
    wide = spread(program, axis, [tensor.name for tensor in program.free if tensor.role in DATA])
    equations: list[Equation] = []
    taken = set(wide.tensors)
    for equation in wide.equations:
        once = equation.target.tensor.role in _ONCE and axis in equation.target.free
        equations.extend(_averaged(equation, axis, taken) if once else [equation])
    return check(replace(wide, equations=tuple(equations)))


def batch_axis(program: Program, extent: int) -> Index:
    """The axis that `batch` gives to the data; no other axis of the program has its name.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> net = NetworkSpec(2, [Dense(3)]).elaborate()
    >>> batch(net, 5).tensors["x"].indices[0] == batch_axis(net, 5)
    True
    """
    return fresh_axis(program, "n", extent)


def _averaged(equation: Equation, axis: Index, taken: set[str]) -> list[Equation]:
    """The mean over the axis, in one line where the quantity is a sum of products."""
    tensor, share = equation.target.tensor, Fraction(1, axis.extent)
    mean = Access(replace(tensor, indices=tensor.indices[1:]), equation.target.indices[1:])
    if isinstance(equation.value, SumOfProducts):
        terms = [_mean_term(term, axis, share) for term in equation.value.terms]
        return [replace(equation, target=mean, value=total(*terms))]
    each = Tensor(fresh_name(f"{tensor.name}_each", taken), tensor.indices)
    read = Access(each, equation.target.indices)
    summed = total(Term(share, (read,), (axis,)))
    return [
        replace(equation, target=read),
        Equation(mean, summed, Origin("mean", equation.origin.layer)),
    ]


def _mean_term(term: Term, axis: Index, share: Fraction) -> Term:
    """A term that is the same for all examples, such as a penalty, is its own mean."""
    if not any(axis in factor.free for factor in term.factors):
        return term
    return replace(term, coefficient=term.coefficient * share, over=(axis, *term.over))
