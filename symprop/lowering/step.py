"""One training step as one program: forward, backward and update; the loop around it is `training`'s."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from symprop.derivation.step import Derivation
from symprop.ir.check import check
from symprop.ir.program import Program
from symprop.ir.tensor import Role
from symprop.lowering.updates import Updates
from symprop.rules.optimizers import Optimizer
from symprop.rules.update_rule import UpdateRule


@dataclass(frozen=True)
class TrainingStep:
    """The program of a step, in which the learning rate and the settings of the update rule are free scalars.

    `updated` names, for each parameter and for everything else that one update hands to the next, its new value; `starts`
    has the value from which those of the optimizer start. `learning_rate` is the free scalar η, `settings` the values of
    the other free scalars of the rule, by their names in the program. Where the rule needs them, `update_number` counts the
    updates from 1, itself among what is updated, and `total_updates` is free, for the trainer to give.
    """

    program: Program
    updated: dict[str, str]
    learning_rate: str
    settings: dict[str, float] = field(default_factory=dict)
    starts: dict[str, float] = field(default_factory=dict)
    update_number: str | None = None
    total_updates: str | None = None


def training_step(derivation: Derivation, rule: UpdateRule | Optimizer) -> TrainingStep:
    """The derivation's program with an update for each trainable parameter that has a gradient, unrolled or not.

    A state whose next value the program has, such as a running mean, is among what is updated. Updates are simultaneous:
    each reads the old parameters only, since no line reads a new one.

    >>> from symprop.derivation.sweep import derive
    >>> from symprop.layers.dense import Dense
    >>> from symprop.network import NetworkSpec
    >>> step = training_step(derive(NetworkSpec(2, [Dense(3, bias=False)]).elaborate()), UpdateRule("momentum"))
    >>> step.updated, step.settings, step.starts
    ({'W1': 'next_W1', 'v_W1': 'next_v_W1'}, {'mu': 0.9}, {'v_W1': 0.0})
    """
    rule = UpdateRule(rule) if isinstance(rule, Optimizer) else rule
    program = derivation.program
    states = (equation.target.tensor for equation in program.equations)
    kept = {t.primal: t.name for t in states if t.role is Role.STATE and t.primal is not None}
    pairs = ((program.tensors[name], program.tensors[slope]) for name, slope in derivation.gradients.items())
    trained = [pair for pair in pairs if pair[0].role is Role.PARAMETER and pair[0].trainable]
    updates = Updates(program, rule)
    if trained:
        updates.add(trained)
    whole = replace(program, free=(*program.free, *updates.free), equations=(*program.equations, *updates.equations))
    return TrainingStep(
        check(whole),
        {**kept, **updates.updated},
        updates.learning_rate,
        updates.settings,
        updates.starts,
        updates.update_number,
        updates.total_updates,
    )
