"""Programs whose gradients are second derivatives or Jacobians: the sweep applied to its own result, or to an output."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symprop.derivation.step import Derivation
from symprop.errors import UserError, nearest
from symprop.ir.check import check
from symprop.ir.nodes import Term, total
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Role, Tensor


def with_loss(program: Program, name: str) -> Program:
    """The program with another scalar to differentiate; what only the old one needs stays, and has no gradient.

    Of a derivation's own program, and one of its gradients, the derivatives are rows of the Hessian; with an output in
    place of the loss, they are rows of the Jacobian. Raises UserError for an unknown name and for a tensor with indices.
    """
    if name not in program.tensors:
        raise UserError(f"there is no quantity '{name}' to differentiate", remedy=nearest(name, program.tensors))
    if program.tensors[name].indices:
        raise UserError(
            f"'{name}' is no scalar", remedy="Differentiate one of its elements, or unroll the program first."
        )
    return check(replace(program, loss=name))


def directional(derivation: Derivation, prefix: str = "v_", name: str = "Dv") -> Program:
    """The derivative of the loss along a direction ``v``, one free tensor for each quantity that was differentiated by.

    Its gradient is the product of the Hessian with v, which no Hessian is needed for.
    Source: Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6, 1994.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.equations import EquationsSpec
    >>> first = derive(EquationsSpec(["E = w*w*x"], loss="E", parameters=["w"]).elaborate())
    >>> second = derive(directional(first), ["w"])
    >>> from symprop.ir.evaluate import evaluate_program
    >>> from symprop.scalar.numeric import FLOAT
    >>> evaluate_program(second.program, {"w": 3.0, "x": 5.0, "v_w": 1.0}, FLOAT)[second.gradients["w"]]
    10.0
    """
    program = derivation.program
    while any(taken.startswith(prefix) or taken == name for taken in program.tensors):
        prefix, name = f"v{prefix}", f"D{name}"
    directions: list[Tensor] = []
    terms: list[Term] = []
    for wrt, gradient in derivation.gradients.items():
        slope = program.tensors[gradient]
        direction = Tensor(prefix + wrt, slope.indices, Role.INPUT)
        directions.append(direction)
        terms.append(Term(Fraction(1), (slope(), direction()), slope.indices))
    along = Equation(Tensor(name, (), Role.LOSS)(), total(*terms), Origin("directional derivative"))
    whole = replace(program, free=(*program.free, *directions), equations=(*program.equations, along), loss=name)
    return check(whole)
