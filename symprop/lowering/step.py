"""One training step as one program: forward, backward and update; the loop around it is `training`'s."""

from __future__ import annotations

from dataclasses import dataclass, replace

from symprop.derivation.step import Derivation
from symprop.ir.bind import NEXT
from symprop.ir.check import check
from symprop.ir.nodes import elementwise, operand
from symprop.ir.program import Equation, Origin, Program
from symprop.ir.tensor import Role, Tensor
from symprop.rules.optimizers import LEARNING_RATE, Optimizer


@dataclass(frozen=True)
class TrainingStep:
    """The program of a step: `updated` names, for each parameter, its new value; `learning_rate` the free scalar η."""

    program: Program
    updated: dict[str, str]
    learning_rate: str


def training_step(derivation: Derivation, optimizer: Optimizer) -> TrainingStep:
    """The derivation's program with an update for each trainable parameter that has a gradient, unrolled or not.

    A state whose next value the program has, such as a running mean, is among what is updated.
    Updates are simultaneous: each reads the old parameters only, since no line reads a new one.
    """
    program = derivation.program
    eta = Tensor(_learning_rate(program), (), Role.HYPERPARAMETER)
    prefix = _prefix(program)
    states = (equation.target.tensor for equation in program.equations)
    updated: dict[str, str] = {t.primal: t.name for t in states if t.role is Role.STATE and t.primal is not None}
    equations: list[Equation] = []
    for name, gradient in derivation.gradients.items():
        parameter, slope = program.tensors[name], program.tensors[gradient]
        if parameter.role is not Role.PARAMETER or not parameter.trainable:
            continue
        new = Tensor(prefix + name, parameter.indices, Role.STATE, primal=name)
        rule = optimizer.update(operand(1), operand(2), operand(0))
        value = elementwise(rule, eta(), parameter(), slope())  # η first: it is printed before the gradient
        equations.append(Equation(new(), value, Origin("update")))
        updated[name] = new.name
    whole = replace(program, free=(*program.free, eta), equations=(*program.equations, *equations))
    return TrainingStep(check(whole), updated, eta.name)


def _learning_rate(program: Program) -> str:
    """η's name, with underscores where the program has that name already."""
    name = LEARNING_RATE
    while name in program.tensors:
        name = f"{name}_"
    return name


def _prefix(program: Program) -> str:
    """What stands before the name of a new value: `next_`, repeated where the program has such names already."""
    prefix = NEXT
    while any(name.startswith(prefix) for name in program.tensors):
        prefix = f"{NEXT}{prefix}"
    return prefix
