"""The chapters on the output layer, weight by weight: one in every step, then all; hidden layers are in `hidden`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod

from symprop.document.blocks import Block, Equations, Heading, Paragraph
from symprop.document.subject import LONG, MOST_EQUATIONS, MOST_PARAMETERS, MOST_STEPS, Subject
from symprop.ir.tensor import Tensor
from symprop.notation.formula import Chain, Formula, Symbol
from symprop.prose.text import Math, Text
from symprop.views.convert import total
from symprop.views.named import named_adjoints
from symprop.views.steps import ChainPath, Use
from symprop.views.tree import size

# In a large net this many formulas are written out for each layer; the document says so.
MOST_PER_LAYER = 6
# A quantity that more equations read is not told path by path.
MOST_PATHS = 12


def one_output_weight(subject: Subject) -> Iterator[Block]:
    """One weight of the last layer, every step named."""
    weights = subject.weights_of(subject.layers)
    if not weights:
        return
    yield Heading(2, subject.say("weights.one_weight" if len(weights[0].indices) > 1 else "weights.one_bias"))
    yield from explained(subject, subject.identifiers(weights, 1)[0])


def weights_and_biases(subject: Subject, tensors: Iterable[Tensor]) -> Text:
    """What a layer's parameters are: weights, biases, or both."""
    ranks = {len(tensor.indices) > 1 for tensor in tensors}
    if len(ranks) > 1:
        return subject.say("meaning.weights_and_biases")
    return subject.say("meaning.weights" if True in ranks else "meaning.biases")


def explained(subject: Subject, identifier: str, met: set[str] | None = None) -> Iterator[Block]:
    """The split of the loss, the chain along each path, each factor, and the product.

    `met` are the quantities by which the derivative has been told already; what is told here joins them.
    """
    met = set() if met is None else met
    if identifier in met:
        yield Paragraph(subject.say("weights.told_above"))
        yield Equations(f"again-{identifier}", gradients(subject, [identifier]))
        return
    met.add(identifier)
    if is_lost(subject, identifier):
        yield Paragraph(why_zero(subject, identifier))
        return
    alone = subject.steps.path(identifier)
    if alone.steps:
        yield from _along(subject, identifier, alone, met)
    elif identifier != subject.loss:
        yield Paragraph(_several(subject, identifier))
        yield from _along_several(subject, identifier)


def _along(subject: Subject, identifier: str, path: ChainPath, met: set[str]) -> Iterator[Block]:
    steps = subject.steps
    yield Paragraph(_opening(subject, identifier, path))
    sides = tuple(dict.fromkeys((*steps.split_loss(identifier), steps.product_of_partials(path))))
    if len(sides) > 1:  # a quantity that the loss itself reads is one step away from it
        yield Equations(f"chain-{identifier}", (Chain(sides),))
    told = bool(steps.opening(path)) and steps.count_uses(path.start) <= MOST_PATHS and path.start not in met
    if told:
        met.add(path.start)
        yield from account(subject, path.start)
    yield Paragraph(_factors_note(subject, [path], told=told))
    yield Equations(f"factors-{identifier}", tuple(use_factors(subject, path)) if told else factors(subject, path))
    alone = len(path.partials) + len(steps.opening(path)) == 1
    yield Paragraph(subject.say("weights.the_gradient_is" if alone else "weights.multiplied"))
    yield Equations(f"gradient-{identifier}", (Chain((subject.gradient(identifier), steps.worked_out(path))),))


def account(subject: Subject, start: str) -> Iterator[Block]:
    """How the derivative by a quantity comes about that several equations read and that a chain begins with."""
    first = subject.say("weights.first_factor", quantity=Math(Symbol(start)), loss=Math(Symbol(subject.loss)))
    yield Paragraph(subject.prose.sentences_of(first, _direct_note(subject, subject.steps.branches(start))))
    yield from _along_several(subject, start)


def _several(subject: Subject, identifier: str) -> Text:
    loss, quantity = Math(Symbol(subject.loss)), Math(Symbol(identifier))
    how = subject.say("weights.how", loss=loss, quantity=quantity)
    paths = subject.say("weights.several_paths", loss=loss)
    return subject.prose.sentences_of(how, paths, _direct_note(subject, subject.steps.branches(identifier)))


def _direct_note(subject: Subject, paths: Iterable[ChainPath]) -> Text:
    direct = any(use.direct for path in paths for use in path.steps)
    return subject.say("weights.direct") if direct else ()


def _along_several(subject: Subject, identifier: str) -> Iterator[Block]:
    """A quantity that several equations read: one path for each, and what comes along them is added."""
    steps, paths = subject.steps, subject.steps.branches(identifier)
    chain = total(steps.product_of_partials(path) for path in paths)
    yield Equations(f"chain-{identifier}", (Chain((subject.gradient(identifier), chain)),))
    yield Paragraph(_factors_note(subject, paths, told=False))
    yield Equations(f"factors-{identifier}", tuple(dict.fromkeys(f for p in paths for f in factors(subject, p))))
    worked = total(steps.worked_out(path) for path in paths)
    short = steps.derivative(identifier)
    by_facts = bool(subject.forward.facts) and short != worked
    yield Paragraph(subject.say("weights.multiplied_and_short" if by_facts else "weights.multiplied_and_added"))
    sides = (subject.gradient(identifier), worked, *((short,) if by_facts else ()))
    yield Equations(f"gradient-{identifier}", (Chain(sides),))


def _factors_note(subject: Subject, paths: Iterable[ChainPath], *, told: bool) -> Text:
    """What the factors are: derivatives of equations, of their named parts, or of all that leads to a quantity."""
    paths = list(paths)
    uses = [use for path in paths for use in path.steps]
    openings = dict.fromkeys(path.start for path in paths if subject.steps.opening(path))
    alone = len(uses) == 1
    if openings and told:
        factors = subject.say("weights.other_factor" if alone else "weights.each_other_factor")
    elif openings:
        quantities = subject.prose.listed([Math(Symbol(name)) for name in openings])
        factors = subject.prose.counted("weights.each_factor_but", len(openings), quantities=quantities)
    else:
        factors = subject.say("weights.only_factor" if alone else "weights.each_factor")
    applied = any(_rule(subject, use) == "activation" for use in uses)
    return subject.say("weights.own_value" if applied else "joined.colon", sentence=remarked(subject, factors, paths))


def _rule(subject: Subject, use: Use) -> str:
    place = subject.view.place(use.via.tensor.name)
    return "" if place is None else subject.forward.by_name[place[0].name].origin.rule


def remarked(subject: Subject, sentence: Text, paths: Iterable[ChainPath]) -> Text:
    """The sentence with the parts that a factor goes through, so that it is the derivative of several lines of the page."""
    uses = (use for path in paths for use in path.steps)
    parts = list(dict.fromkeys(name for use in uses for name in _parts_passed(subject, use)))
    if not parts:
        return sentence
    names = subject.prose.listed([Math(Symbol(name)) for name in parts])
    return subject.prose.counted("weights.with_parts", len(parts), sentence=sentence, parts=names)


def _parts_passed(subject: Subject, use: Use) -> list[str]:
    """The named parts of an equation between what it defines and what it is differentiated by."""
    found: dict[str, None] = {}
    waiting = [use.via.tensor.name]
    while waiting:
        for access in subject.view.line(waiting.pop()).value.accesses:
            name = access.tensor.name
            place = subject.view.place(name)
            equation = place and subject.forward.by_name.get(place[0].name)
            if equation and equation.abbreviation and name != use.wrt.tensor.name and name not in found:
                found[name] = None
                waiting.append(name)
    return list(found)


def is_lost(subject: Subject, identifier: str) -> bool:
    """Whether no path leads from a quantity to the loss, so that its gradient is 0."""
    return identifier != subject.loss and not subject.steps.uses(identifier)


def why_zero(subject: Subject, identifier: str) -> Text:
    """What stands in the way from a quantity to the loss."""
    flat = [Math(partial) for partial in subject.steps.flat(identifier)]
    loss, quantity = Math(Symbol(subject.loss)), Math(Symbol(identifier))
    if not flat:
        return subject.say("weights.independent", loss=loss, quantity=quantity)
    derivatives = subject.prose.listed(flat)
    return subject.prose.counted("weights.flat", len(flat), derivatives=derivatives, quantity=quantity, loss=loss)


def _opening(subject: Subject, identifier: str, path: ChainPath) -> Text:
    say, prose, without = subject.say, subject.prose, subject.steps.independent_of(identifier)
    sentences = [say("weights.how", loss=Math(Symbol(subject.loss)), quantity=Math(Symbol(identifier)))]
    split = without and len(subject.steps.summands()) - len(without) == 1
    if split:
        losses = prose.listed([Math(Symbol(name)) for name in without])
        sentences.append(prose.counted("weights.does_not_depend", len(without), losses=losses))
    if len(path.partials) == 1:
        sentences.append(say("weights.one_equation"))
    else:
        sentences.append(say("weights.backward_from_there" if split else "weights.backward"))
    return prose.sentences_of(*sentences)


def use_factors(subject: Subject, path: ChainPath) -> Iterator[Chain]:
    """Each partial derivative of a path, what it opens with left out, and what it is."""
    for partial, use in zip(path.partials, path.steps, strict=True):
        yield Chain((partial, subject.steps.factor(use)))


def factors(subject: Subject, path: ChainPath) -> tuple[Chain, ...]:
    """Each partial derivative of a path, and what it is."""
    opening = subject.steps.opening(path)
    opened = _opened(subject, opening[0], path.start) if opening else ()
    return (*opened, *use_factors(subject, path))


def _opened(subject: Subject, partial: Formula, start: str) -> tuple[Chain, ...]:
    """What a path opens with, written out; where that is long, through adjoints that stand before it."""
    full = subject.steps.derivative(start)
    if size(full) <= LONG:
        return (Chain((partial, full)),)
    short = subject.steps.derivative(start, stop=True)
    named = named_adjoints(subject.view, [short])
    return (*(Chain((Symbol(name), subject.view.value(name, stop=True))) for name in named), Chain((partial, short)))


def output_weights(subject: Subject) -> Iterator[Block]:
    """Every parameter of the last layer, where there are others than the one that was explained."""
    weights = subject.weights_of(subject.layers)
    identifiers = subject.identifiers(weights)
    if len(identifiers) <= 1:
        return
    yield Heading(2, subject.say("weights.all_output", parameters=weights_and_biases(subject, weights)))
    yield Paragraph(subject.prose.sentences_of(*_others(subject, weights)))
    yield Equations("output-gradients", gradients(subject, identifiers))


def _others(subject: Subject, weights: list[Tensor]) -> Iterator[Text]:
    """What the gradients of a layer's parameters have in common."""
    yield subject.say("weights.others")
    if any(tensor.extents[-1] > 1 for tensor in weights if len(tensor.indices) > 1):
        yield subject.say("weights.share_first_factors")
    if len({len(tensor.indices) > 1 for tensor in weights}) > 1:
        yield subject.say("weights.of_a_bias")
    if any(not tensor.indices for tensor in weights):
        yield subject.say("weights.of_a_shared_bias")


def gradients(subject: Subject, identifiers: Iterable[str]) -> tuple[Chain, ...]:
    """Gradients written out."""
    return tuple(Chain((subject.gradient(name), subject.view.formula(name))) for name in identifiers)


def short_gradients(subject: Subject, identifiers: Iterable[str]) -> tuple[Chain, ...]:
    """Gradients with the adjoints of the sums by name."""
    return tuple(Chain((subject.gradient(n), subject.view.value(subject.adjoint(n), stop=True))) for n in identifiers)


def weight_by_weight(subject: Subject) -> Iterator[Block]:
    """For a list of equations: one quantity in every step, then all, or the last `MOST_PARAMETERS`."""
    identifiers = subject.identifiers(subject.parameters[-MOST_PARAMETERS:], MOST_PARAMETERS)
    if not identifiers:
        return
    met: set[str] = set()
    for name in subject.alone[:MOST_PER_LAYER] or identifiers[-1:]:
        yield from _step_by_step(subject, name, met)
    if subject.small:
        yield Heading(2, subject.say("weights.all_gradients" if len(identifiers) > 1 else "weights.the_gradient"))
    else:
        yield Heading(2, subject.say("weights.gradients"))
        count = sum(prod(tensor.extents) for tensor in subject.parameters)
        yield Paragraph(subject.say("weights.last_gradients", count=f"{count:,}", most=MOST_PARAMETERS))
    shown = gradients(subject, identifiers)
    yield from introduced(subject, shown)
    yield Equations("gradients", shown)


def _step_by_step(subject: Subject, identifier: str, met: set[str]) -> Iterator[Block]:
    quantity = Math(Symbol(identifier))
    several = len(subject.alone) > 1
    yield Heading(
        2, subject.say("asked.heading", quantity=quantity) if several else subject.say("weights.step_by_step")
    )
    steps = len(subject.steps.path(identifier).steps)
    if steps > MOST_STEPS:
        yield Paragraph(subject.say("weights.far_away", quantity=quantity, count=f"{steps:,}", most=MOST_STEPS))
    else:
        yield from explained(subject, identifier, met)


def introduced(subject: Subject, chains: Iterable[Chain], place: str = "adjoints") -> Iterator[Block]:
    """The derivatives that long formulas refer to by name."""
    named = named_adjoints(subject.view, [side for chain in chains for side in chain.sides])
    if not named:
        return
    some: Text = ()
    if len(named) > MOST_EQUATIONS:
        some = subject.say("weights.first_by_name", most=MOST_EQUATIONS, count=f"{len(named):,}")
    yield Paragraph(subject.prose.sentences_of(subject.say("weights.by_name"), some))
    yield Equations(place, tuple(_named(subject, name) for name in named[:MOST_EQUATIONS]))


def _named(subject: Subject, adjoint: str) -> Chain:
    gradient = subject.gradient(subject.core.primal(adjoint))
    return Chain((Symbol(adjoint), gradient, subject.view.value(adjoint, stop=True)))


def single_weights(subject: Subject) -> Iterator[Block]:
    """For a large net: the first weights of each layer, through δ."""
    groups = [(str(layer), subject.weights_of(layer)) for layer in range(subject.layers, 0, -1)]
    groups = [(place, tensors) for place, tensors in (*groups, ("others", subject.others)) if tensors]
    if not groups:
        return
    yield Heading(2, subject.say("weights.single"))
    key = "weights.asked_for" if subject.asked else "weights.first_of_each_layer"
    yield Paragraph(subject.say(key, most=MOST_PER_LAYER))
    for place, tensors in groups:
        yield Equations(f"single-{place}", short_gradients(subject, subject.identifiers(tensors, MOST_PER_LAYER)))
