"""How a loss becomes equations on a network's output: each example's, then their total; the losses are declared in `rules`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from math import prod

from symprop.ir.bind import Scope, bind
from symprop.ir.index_text import read_line
from symprop.ir.nodes import Term, elementwise, operand, single, total
from symprop.ir.program import Equation, Fact, Origin
from symprop.ir.tensor import Access, Role, Tensor
from symprop.layers.layer import FUNCTIONS, LayerEquations
from symprop.rules.applied import apply_function
from symprop.rules.functions import log_probability, negative_entropy
from symprop.rules.joint_losses import JOINT_LOSSES, JointLoss
from symprop.rules.losses import LOSSES, Loss
from symprop.scalar.function import ScalarFunction

LOSS_NAME = "E_total"
LOSS_PER_OUTPUT = "E"
_FUNCTIONS = {**FUNCTIONS, **{f.name: f for f in (log_probability, negative_entropy)}}


@dataclass(frozen=True)
class LossEquations:
    """A loss spelled out: the equations up to each example's or output's own, `each`, and what is known of the targets."""

    equations: tuple[Equation, ...]
    facts: tuple[Fact, ...]
    each: Tensor
    reduction: str


def spell_out_loss(rule: Loss | JointLoss, last: LayerEquations, t: Tensor, number: int) -> LossEquations:
    """The equations of a loss on the output of the last layer, `number`, against targets of its shape.

    Where the rule names a loss that means the same before the layer's activation, or before the layer, that one is taken.
    """
    if isinstance(rule, JointLoss):
        return _joint(rule, last, t)
    return _each_output(rule, last, t, number)


def _joint(rule: JointLoss, last: LayerEquations, t: Tensor) -> LossEquations:
    known = {"a": last.output, "t": t}
    if last.kind in rule.after:
        before = JOINT_LOSSES[rule.after[last.kind]]
        rule = before if "smoothing" not in rule.numbers else before.smoothed(float(rule.numbers["smoothing"]))
        known = {**last.tensors, "a": last.tensors["x"], "t": t}
    lines = [read_line(text, _FUNCTIONS) for text in rule.equations]
    lines = [line for line in lines if line.target.tensor not in known]
    numbers = {**rule.numbers, "classes": Fraction(t.extents[-1])}
    bound = bind(lines, Scope(known, t.indices[:-1], numbers=numbers, origin=Origin("loss")))
    facts = tuple(_sums_to_one(bound.tensors[name]) for name in rule.distributions)
    return LossEquations(bound.equations, facts, bound.tensors[LOSS_PER_OUTPUT], "sum")


def _sums_to_one(tensor: Tensor) -> Fact:
    *leading, last = tensor.indices
    return Fact(single(1, tensor(), over=(last,)), tuple(leading), Fraction(1))


def _each_output(rule: Loss, last: LayerEquations, t: Tensor, number: int) -> LossEquations:
    source, equations = last.output, list[Equation]()
    if last.pre_activation is not None and last.function is not None and last.function.name in rule.after:
        rule, source = LOSSES[rule.after[last.function.name]], last.pre_activation
    else:
        for stem, meaning in rule.names:
            named = ScalarFunction(stem, meaning, "", "", opaque=False)
            part = Tensor(stem, source.indices)
            equations += apply_function(named, source(), part, number, "abbreviation")
    each = Tensor(LOSS_PER_OUTPUT, source.indices)
    value = elementwise(rule.definition(operand(0), operand(1)), source(), t(*source.indices))
    return LossEquations((*equations, Equation(each(), value, Origin("loss"))), (), each, rule.reduction)


def total_loss(loss: LossEquations, penalties: Sequence[Tensor], batch: int) -> Equation:
    """The mean over the batch of each example's loss, plus the penalties; `batch` is the number of the batch's axes."""
    examples, outputs = loss.each.extents[:batch], loss.each.extents[batch:]
    share = Fraction(1, prod(examples) * (prod(outputs) if loss.reduction == "mean" else 1))
    terms = [Term(share, (loss.each(),), loss.each.indices), *(Term(Fraction(1), (r(),)) for r in penalties)]
    return Equation(Access(Tensor(LOSS_NAME, (), Role.LOSS)), total(*terms), Origin("total loss"))


def penalty(weights: Sequence[Tensor], l1: float, l2: float, number: int) -> tuple[Equation, ...]:
    """``l1 Σ|w| + l2 Σ w²`` over weights of layer `number`; one of the factors is not 0.

    Source: Tikhonov, On the stability of inverse problems, 1943; Tibshirani, Regression shrinkage and selection via the
    lasso, JRSS B 58, 1996.
    """
    parts = []
    numbers = count()  # each axis has a letter of its own: two weights may differ in extent
    for weight in weights:
        letters = [f"i{next(numbers)}" for _ in weight.indices]
        entry = f"{weight.name}[{', '.join(letters)}]" if letters else weight.name
        parts += [f"l2*{_summed(f'{entry}**2', letters)}"] * bool(l2)
        parts += [f"l1*{_summed(f'abs({entry})', letters)}"] * bool(l1)
    scope = Scope(
        {weight.name: weight for weight in weights},
        numbers={"l1": Fraction(str(l1)), "l2": Fraction(str(l2))},
        origin=Origin("penalty", number),
    )
    return bind([read_line(f"R{number} = {' + '.join(parts)}")], scope).equations


def _summed(text: str, letters: Sequence[str]) -> str:
    return f"Sum({', '.join((text, *letters))})" if letters else text
