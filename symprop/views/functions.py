"""Which declared functions a program applies; what they mean is said in their declarations."""

from __future__ import annotations

from collections.abc import Mapping

from symprop.ir.nodes import Elementwise
from symprop.ir.program import Program
from symprop.scalar.function import ScalarFunction, declarations


def declared_functions(program: Program) -> Mapping[str, ScalarFunction]:
    """The declared functions that the equations apply, by name.

    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> sorted(declared_functions(NetworkSpec(3, [Dense(2, "sigmoid")]).elaborate()))
    ['sigmoid']
    """
    factors = (f for e in program.equations if isinstance(e.value, Elementwise) for f in e.value.factors)
    return {name: function for factor in factors for name, function in declarations(factor).items()}
