"""The chapters on the output layer, weight by weight: one in every step, then all; hidden layers are in `hidden`."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from symprop.document.blocks import Block, Equations, Heading, Inline, Math, Paragraph, Text, listed
from symprop.document.subject import LONG, MOST_EQUATIONS, MOST_PARAMETERS, MOST_STEPS, Subject
from symprop.notation.formula import Chain, Formula, Symbol
from symprop.views.convert import total
from symprop.views.named import named_adjoints
from symprop.views.steps import ChainPath
from symprop.views.tree import size

# In a large net this many formulas are written out for each layer; the document says so.
MOST_PER_LAYER = 6


def one_output_weight(subject: Subject) -> Iterator[Block]:
    """One weight of the last layer, every step named."""
    candidates = subject.parameters_of(subject.layers)
    if not candidates:
        return
    first = candidates[0]
    yield Heading(2, ("The chain rule, for one output weight",))
    yield from _explained(subject, first)


def _explained(subject: Subject, identifier: str) -> Iterator[Block]:
    """The split of the loss, the chain along each path, each factor, and the product."""
    if is_lost(subject, identifier):
        yield Paragraph(why_zero(subject, identifier))
        return
    alone = subject.steps.path(identifier)
    if alone.steps:
        yield from _along(subject, identifier, alone)
    elif identifier != subject.loss:
        yield from _along_several(subject, identifier)


def _along(subject: Subject, identifier: str, path: ChainPath) -> Iterator[Block]:
    steps = subject.steps
    yield Paragraph(_opening(subject, identifier))
    sides = tuple(dict.fromkeys((*steps.split_loss(identifier), steps.product_of_partials(path))))
    if len(sides) > 1:  # a quantity that the loss itself reads is one step away from it
        yield Equations(f"chain-{identifier}", (Chain(sides),))
    yield Paragraph(_FACTORS)
    yield Equations(f"factors-{identifier}", factors(subject, path))
    yield Paragraph(("Multiplied together, in the order of the chain:",))
    yield Equations(f"gradient-{identifier}", (Chain((subject.gradient(identifier), steps.worked_out(path))),))


def _along_several(subject: Subject, identifier: str) -> Iterator[Block]:
    """A quantity that several equations read: one path for each, and what comes along them is added."""
    steps, paths = subject.steps, subject.steps.branches(identifier)
    loss, quantity = Math(Symbol(subject.loss)), Math(Symbol(identifier))
    text: list[Inline] = ["How does ", loss, " change with ", quantity, "? Several equations read it, so ", loss]
    text += [" reaches it along several paths, and what comes along them is added."]
    if any(use.direct for path in paths for use in path.steps):
        text += [" The mark “direct” says that everything else an equation reads is held fixed."]
    yield Paragraph(tuple(text))
    chain = total(steps.product_of_partials(path) for path in paths)
    yield Equations(f"chain-{identifier}", (Chain((subject.gradient(identifier), chain)),))
    yield Paragraph(_FACTORS)
    yield Equations(f"factors-{identifier}", tuple(dict.fromkeys(f for p in paths for f in factors(subject, p))))
    yield Paragraph(("Multiplied together along each path, and added:",))
    worked = total(steps.worked_out(path) for path in paths)
    yield Equations(f"gradient-{identifier}", (Chain((subject.gradient(identifier), worked)),))


_FACTORS: Text = (
    "Each factor is the derivative of one equation of the forward pass. That of an activation is written through the "
    "activation's own value, where this is shorter:",
)


def is_lost(subject: Subject, identifier: str) -> bool:
    """Whether no path leads from a quantity to the loss, so that its gradient is 0."""
    return identifier != subject.loss and not subject.steps.uses(identifier)


def why_zero(subject: Subject, identifier: str) -> Text:
    """What stands in the way from a quantity to the loss."""
    flat = [Math(partial) for partial in subject.steps.flat(identifier)]
    loss, quantity = Math(Symbol(subject.loss)), Math(Symbol(identifier))
    if not flat:
        return loss, " does not depend on ", quantity, ", so the gradient is 0."
    verb = " is" if len(flat) == 1 else " are"
    return (
        *listed(flat),
        f"{verb} 0 everywhere, so no small change of ",
        quantity,
        " reaches ",
        loss,
        ". The gradient is 0.",
    )


def _opening(subject: Subject, identifier: str) -> Text:
    without = subject.steps.independent_of(identifier)
    text: list[Inline] = ["How does ", Math(Symbol(subject.loss)), " change with ", Math(Symbol(identifier)), "? "]
    if without and len(subject.steps.summands()) - len(without) == 1:
        text += [
            *listed([Math(Symbol(name)) for name in without]),
            " does not depend on it, " if len(without) == 1 else " do not depend on it, ",
        ]
        text += ["so only one term is left. "]
    text += ["From there one follows the forward pass backward, one equation at a time; the chain rule multiplies."]
    return tuple(text)


def factors(subject: Subject, path: ChainPath) -> tuple[Chain, ...]:
    """Each partial derivative of a path, and what it is."""
    chains = [Chain((p, subject.steps.factor(s))) for p, s in zip(path.partials, path.steps, strict=True)]
    opening = subject.steps.opening(path)
    return (*_opened(subject, opening[0], path.start), *chains) if opening else tuple(chains)


def _opened(subject: Subject, partial: Formula, start: str) -> tuple[Chain, ...]:
    """What a path opens with, written out; where that is long, through adjoints that stand before it."""
    full = subject.steps.derivative(start)
    if size(full) <= LONG:
        return (Chain((partial, full)),)
    short = subject.steps.derivative(start, stop=True)
    named = named_adjoints(subject.view, [short])
    return (*(Chain((Symbol(name), subject.view.value(name, stop=True))) for name in named), Chain((partial, short)))


def output_weights(subject: Subject) -> Iterator[Block]:
    """Every parameter of the last layer."""
    identifiers = subject.parameters_of(subject.layers)
    if not identifiers:
        return
    yield Heading(2, ("All output weights",))
    yield Paragraph(
        (
            "The others are found in the same way. All weights into one unit share their first factors; "
            "only the last one changes, which is what the weight multiplies.",
        )
    )
    yield Equations("output-gradients", gradients(subject, identifiers))


def gradients(subject: Subject, identifiers: list[str]) -> tuple[Chain, ...]:
    """Gradients written out."""
    return tuple(Chain((subject.gradient(name), subject.view.formula(name))) for name in identifiers)


def weight_by_weight(subject: Subject) -> Iterator[Block]:
    """For a list of equations: one quantity in every step, then all, or the last `MOST_PARAMETERS`."""
    identifiers = subject.identifiers(subject.parameters[-MOST_PARAMETERS:], MOST_PARAMETERS)
    if not identifiers:
        return
    last = identifiers[-1]
    yield Heading(2, ("The chain rule, step by step",))
    steps = len(subject.steps.path(last).steps)
    if steps > MOST_STEPS:
        text = f" is {steps:,} equations away from the loss, too many to go through one by one: {MOST_STEPS} at the most are."
        yield Paragraph((Math(Symbol(last)), text))
    else:
        yield from _explained(subject, last)
    yield Heading(2, ("All gradients",) if subject.small else ("Gradients",))
    if not subject.small:
        count = sum(prod(tensor.extents) for tensor in subject.parameters)
        yield Paragraph(
            (f"There are {count:,} gradients. Those by the last {MOST_PARAMETERS} quantities are written out.",)
        )
    shown = gradients(subject, identifiers)
    yield from _introduced(subject, shown)
    yield Equations("gradients", shown)


def _introduced(subject: Subject, chains: tuple[Chain, ...]) -> Iterator[Block]:
    """The derivatives that long formulas refer to by name."""
    named = named_adjoints(subject.view, [side for chain in chains for side in chain.sides])
    if not named:
        return
    some = f" The first {MOST_EQUATIONS} of {len(named):,}, from the loss on:" if len(named) > MOST_EQUATIONS else ""
    yield Paragraph(
        ("Where a formula would be long, it refers to the derivative by an earlier quantity by name." + some,)
    )
    yield Equations("adjoints", tuple(_named(subject, name) for name in named[:MOST_EQUATIONS]))


def _named(subject: Subject, adjoint: str) -> Chain:
    gradient = subject.gradient(subject.core.primal(adjoint))
    return Chain((Symbol(adjoint), gradient, subject.view.value(adjoint, stop=True)))


def single_weights(subject: Subject) -> Iterator[Block]:
    """For a large net: the first weights of each layer, through δ."""
    yield Heading(2, ("For single weights",))
    yield Paragraph(
        (
            f"Written out for single weights, the first {MOST_PER_LAYER} of each layer at the most, "
            "with δ for the derivative by the sum that the weight belongs to:",
        )
    )
    for layer in range(subject.layers, 0, -1):
        identifiers = subject.parameters_of(layer, MOST_PER_LAYER)
        if identifiers:
            yield Equations(f"single-{layer}", short_gradients(subject, identifiers))


def short_gradients(subject: Subject, identifiers: list[str]) -> tuple[Chain, ...]:
    """Gradients with the adjoints of the sums by name."""
    return tuple(Chain((subject.gradient(n), subject.view.value(subject.adjoint(n), stop=True))) for n in identifiers)
