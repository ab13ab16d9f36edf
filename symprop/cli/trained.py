"""What a training run came to: as a few lines and tables for people, and by element for programs; nothing is trained here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from symprop.cli.output import number, table
from symprop.cli.training_data import Rows, count
from symprop.ir.tensor import Role

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.network import Training
    from symprop.training.model import History, Model

MOST_SHOWN = 40  # parameters
MOST_EXAMPLES, MOST_INPUTS, MOST_OUTPUTS = 5, 4, 4
_WHY = {
    "epochs": "",
    "converged": ", until the loss settled",
    "diverged": ", until it diverged",
    "interrupted": ", until it was interrupted",
}


def by_element(derivation: Derivation, parameters: Mapping[str, Any]) -> dict[str, float]:
    """Parameters by the names of their elements, as numbers."""
    tensors = derivation.core.forward.tensors
    return {
        name: float(value)
        for tensor, array in parameters.items()
        for name, value in zip(derivation.scalars.identifiers(tensors[tensor]), array.ravel().tolist(), strict=True)
    }


def summary(
    derivation: Derivation,
    model: Model,
    settings: Training,
    start: Mapping[str, Any],
    history: History,
    data: tuple[Rows, Rows],
) -> str:
    """A run in a few lines: the loss, the parameters where they are not too many, and what the first examples give."""
    rate = f"learning rate {settings.learning_rate:g}"
    whose = " (of one batch)" if is_in_batches(settings, data) else ""
    lines = [
        f"{derivation.spec.name}: {manner(history.updates, settings, rate)}{_WHY[history.stopped]}",
        f"loss before: {number(history.losses[0])}{whose}",
        f"loss after:  {number(history.losses[-1])}{whose}",
    ]
    before, after = by_element(derivation, start), by_element(derivation, history.parameters)
    if len(after) <= MOST_SHOWN:
        rows = [[name, number(before[name]), number(after[name])] for name in after]
        lines += ["", table(["Parameter", "Before", "After"], rows, [False, True, True])]
    inputs, targets = (model.evaluation.columns(role) for role in (Role.INPUT, Role.TARGET))
    if targets:  # a list of equations has none, and no outputs
        lines += ["", *_outputs(model, history, data, inputs, targets)]
    return "\n".join(lines)


def remarks(history: History, settings: Training) -> list[str]:
    """What is to be known of a run that ended by itself: where its loss leapt."""
    from symprop.prose import ENGLISH, prose
    from symprop.prose.text import in_unicode
    from symprop.training.leaps import told

    text = in_unicode(told(history.losses, settings, prose(ENGLISH)))
    return [text] if text else []


def is_in_batches(settings: Training, data: tuple[Rows, Rows]) -> bool:
    """Whether an update takes fewer than all examples."""
    return settings.batch_size is not None and settings.batch_size < count(data)


def manner(updates: int, settings: Training, where: str) -> str:
    """How many updates there are, by which rule and at which rate.

    >>> from symprop.network import Training
    >>> from symprop.rules.update_rule import UpdateRule
    >>> manner(1, Training(), "learning rate 0.5")
    '1 update at learning rate 0.5'
    >>> manner(7000, Training(update=UpdateRule("adam", "cosine")), "learning rate 0.1")
    '7,000 updates by adam at learning rate 0.1 (cosine)'
    """
    rule, plan = settings.update.rule.name, settings.update.plan.name
    by = "" if rule == "sgd" else f" by {rule}"
    changing = "" if plan == "constant" else f" ({plan})"
    return f"{updates:,} update{'' if updates == 1 else 's'}{by} at {where}{changing}"


def _outputs(
    model: Model, history: History, data: tuple[Rows, Rows], inputs: list[str], targets: list[str]
) -> Iterator[str]:
    """A table of what the first examples give beside what they should, and a line on what it leaves out."""
    together = model.evaluation.batch or 1
    given, wanted = data[0][: -(-MOST_EXAMPLES // together) * together], data[1][:MOST_EXAMPLES]
    predicted = model.predict(history.parameters, given).tolist()[: len(wanted)]
    inputs = inputs if len(inputs) <= MOST_INPUTS else []
    pairs = list(zip(model.outputs, targets, strict=True))[:MOST_OUTPUTS]
    rows = [
        [*x[: len(inputs)], *(value for pair in zip(found, t, strict=True) for value in pair)]
        for x, found, t in zip(given[: len(wanted)], predicted, wanted, strict=True)
    ]
    header = [*inputs, *(name for pair in pairs for name in pair)]
    yield table(header, [[number(value) for value in row[: len(header)]] for row in rows], [True] * len(header))
    parts = [("examples", len(wanted), len(data[0])), ("outputs", len(pairs), len(targets))]
    left_out = [f"the first {shown:,} of {count:,} {what}" for what, shown, count in parts if shown < count]
    if left_out:
        yield f"({', '.join(left_out)})"
