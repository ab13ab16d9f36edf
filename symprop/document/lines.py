"""One equation over whole tensors as it stands on the page: with indices, and as matrices where there is such a form."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from symprop.derivation.step import Derivation
from symprop.ir.tensor import BACKWARD
from symprop.notation.formula import Chain, Formula, Partial, Symbol
from symprop.views.delta import is_delta
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView


class Pair(NamedTuple):
    """An equation with indices; the same as matrices, or None where no matrix form says it, or says it otherwise."""

    by_index: Chain
    by_matrix: Chain | None


def chain(core: Derivation, view: IndexView | MatrixView, name: str, *, introduced: bool = True) -> Chain:
    """The equation of a name; an adjoint may be `introduced` as the derivative that it is. A scatter adds up.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> from symprop.notation.plain import plain_chain
    >>> core = derive(NetworkSpec(3, [Dense(2)]).elaborate())
    >>> plain_chain(chain(core, IndexView(core), "dE_total_dW1"))
    'dE_total/dW1[j,k] = dE_total_dz1[j]*x[k]'
    """
    target, formula = core.program.by_name[name].target, view.formula(name)
    primal = target.tensor.primal
    if target.tensor.role not in BACKWARD or primal is None:
        return Chain((view.target(name), formula), "=" if target.plain else "+=")
    partial: Formula = Partial(Symbol(core.forward.loss), view.labelled(core.program.tensors[primal], name))
    unnamed = name in core.gradients.values() and not is_delta(core.program, name)
    if not target.plain:
        return Chain((partial if unnamed else view.target(name), formula), "+=")
    if unnamed:
        return Chain((partial, formula))
    return Chain((view.target(name), *((partial,) if introduced else ()), formula))


class Lines:
    """The equations of a derivation in both forms."""

    def __init__(self, core: Derivation) -> None:
        self.core = core

    @cached_property
    def index(self) -> IndexView:
        return IndexView(self.core)

    @cached_property
    def matrix(self) -> MatrixView:
        return MatrixView(self.core)

    def pair(self, name: str) -> Pair:
        """One equation in both forms, an adjoint by its name alone."""
        by_index = chain(self.core, self.index, name, introduced=False)
        if not self.matrix.has(name):
            return Pair(by_index, None)
        by_matrix = chain(self.core, self.matrix, name, introduced=False)
        return Pair(by_index, None if by_matrix == by_index else by_matrix)

    def lacks_matrix(self, name: str) -> bool:
        """Whether an equation over tensors has no matrix form."""
        return not self.matrix.has(name)
