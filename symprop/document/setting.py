"""The first chapters: the network with its table of symbols, and the forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import sympy

from symprop.document.blocks import Block, Equations, Heading, Paragraph, Table
from symprop.document.subject import MOST_EQUATIONS, MOST_PARAMETERS, Subject
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation
from symprop.ir.tensor import Role, Tensor
from symprop.notation.formula import Call, Chain, Formula, Number, Symbol
from symprop.prose.places import place_title
from symprop.prose.text import Math, Text
from symprop.rules.joint_losses import MEANINGS, JointLoss
from symprop.rules.losses import Loss
from symprop.scalar.function import X, declarations
from symprop.views.convert import to_formula
from symprop.views.index import IndexView, entry
from symprop.views.scalar import equation_formula

_MEANINGS = {Role.INPUT: "meaning.inputs", Role.TARGET: "meaning.targets", Role.LOSS: "meaning.total_loss"}


def symbol_table(subject: Subject) -> Iterator[Block]:
    """What stands for what, with shapes."""
    yield Heading(2, subject.say("network.heading"))
    yield Paragraph(_described(subject))
    yield from subject.drawn
    yield from loss_function(subject)
    tensors = [t for t in subject.forward.tensors.values() if t.indices or subject.layers]
    if not tensors:
        return
    rows = tuple(_row(subject, tensor) for tensor in tensors)
    header = headed(subject, "table.symbol", "table.elements", "table.meaning", "table.shape")
    yield Table(header, rows, (False, False, False, False))
    matrices, one_example = subject.say("setting.weight_matrix"), subject.say("network.one_example")
    yield Paragraph(subject.prose.sentences_of(matrices, one_example))


def headed(subject: Subject, *keys: str) -> tuple[Text, ...]:
    """The header of a table, by the keys of its columns' titles."""
    return tuple(map(subject.say, keys))


def _described(subject: Subject) -> Text:
    prose = subject.prose
    if not subject.layers:
        return prose.say("setting.equations", count=f"{len(subject.forward.equations):,}")
    first = subject.forward.tensors["x"].extents[0]
    sizes = [subject.activation(layer).target.tensor.extents[0] for layer in range(1, subject.layers + 1)]
    if len(sizes) == 1:
        layers = prose.counted("setting.one_layer", sizes[0])
    else:
        layers = prose.say("setting.layers", number=len(sizes), sizes=prose.listed(sizes))
    shape = "-".join(map(str, (first, *sizes)))
    return prose.say("setting.network", shape=shape, inputs=prose.counted("setting.inputs", first), layers=layers)


def loss_function(subject: Subject) -> Iterator[Block]:
    """The loss function by its names, and its formula where it counts outputs one by one."""
    rule = subject.loss_rule
    if rule is None:
        return
    a, t = (Symbol(subject.names.any(word)) for word in "at")
    name, named = subject.prose.name(rule.name), Call(_key(rule), (a, t))
    if isinstance(rule, JointLoss):
        yield Paragraph(subject.say("setting.joint_loss", name=name, loss=Math(named)))
    else:
        key = {"sum": "setting.added_up", "mean": "setting.averaged"}[rule.reduction]
        yield Paragraph(subject.say(key, name=name, output=Math(a), target=Math(t)))
        yield Equations("loss-function", (Chain((named, _of_one_output(rule, subject))),))
    if subject.batch is not None and subject.batch > 1:
        averaged = isinstance(rule, Loss) and rule.reduction == "mean"
        key = "setting.mean_of_batch_too" if averaged else "setting.mean_of_batch"
        yield Paragraph(subject.say(key, loss=Math(Symbol(subject.loss)), number=subject.batch))
    yield from _penalties_note(subject)


def _penalties_note(subject: Subject) -> Iterator[Block]:
    """What the total loss has besides."""
    known = subject.forward.by_name
    read = [access.tensor.name for access in known[subject.loss].value.accesses]
    penalties = [Math(Symbol(name)) for name in read if name in known and known[name].origin.rule == "penalty"]
    if penalties:
        listed = subject.prose.listed(penalties)
        yield Paragraph(subject.prose.counted("setting.penalties", len(penalties), penalties=listed))


def loss_looks(subject: Subject) -> dict[str, str]:
    """The look of the loss function, by what stands for it in formulas."""
    return {} if subject.loss_rule is None else {_key(subject.loss_rule): subject.loss_rule.latex}


def _key(rule: Loss | JointLoss) -> str:
    return f"{rule.name} loss"  # the space: nothing else is called so


def _of_one_output(rule: Loss, subject: Subject) -> Formula:
    output, target = (sympy.Symbol(subject.names.any(word)) for word in "at")
    return to_formula(rule.definition(output, target))


def _row(subject: Subject, tensor: Tensor) -> tuple[Text, ...]:
    meaning = _meaning(subject, tensor)
    return (Math(Symbol(tensor.name)),), elements(subject, tensor), meaning, shape(subject, tensor)


def shape(subject: Subject, tensor: Tensor) -> Text:
    """The extents of a tensor; in words where it has none."""
    return (" × ".join(map(str, tensor.extents)),) if tensor.indices else subject.say("table.a_number")


def elements(subject: Subject, tensor: Tensor) -> Text:
    """All elements of a short tensor, the first and the last of a long one."""
    if not tensor.indices:
        return ("",)
    first, *others = (Math(Symbol(name)) for name in subject.view.identifiers(tensor, 2))
    if prod(tensor.extents) <= 2:
        return subject.prose.enumerated([first, *others])
    last = subject.names.element(tensor.name, tuple(extent - 1 for extent in tensor.extents), tensor.extents)
    return subject.say("table.from_first_to_last", first=first, last=Math(Symbol(last)))


def _meaning(subject: Subject, tensor: Tensor) -> Text:
    if tensor.role is Role.PARAMETER:
        if not tensor.indices:
            return fixed(subject, tensor, bias_of_all_units(subject, tensor))
        layers = subject.layers_that_read(tensor)
        kind = subject.say("meaning.weights" if len(tensor.indices) == 2 else "meaning.biases")
        listed = subject.prose.listed(layers)
        meaning = subject.prose.counted("meaning.of_layers", len(layers), meaning=kind, layers=listed)
        return fixed(subject, tensor, meaning)
    if tensor.role in _MEANINGS:
        return subject.say(_MEANINGS[tensor.role])
    return _computed(subject, subject.forward.by_name[tensor.name])


def bias_of_all_units(subject: Subject, tensor: Tensor) -> Text:
    """What a single number is that is a layer's bias."""
    layers = subject.layers_that_read(tensor)
    return subject.prose.counted("meaning.bias_of_all_units", len(layers), layers=subject.prose.listed(layers))


def fixed(subject: Subject, parameter: Tensor, meaning: Text) -> Text:
    """What a parameter means, and that it is fixed, if it is."""
    return meaning if parameter.trainable else subject.say("meaning.fixed", meaning=meaning)


def _computed(subject: Subject, equation: Equation) -> Text:
    """What an equation of the forward pass defines, by the rule that made it."""
    layer, rule = equation.origin.layer, equation.origin.rule
    if rule == "pre-activation":
        return subject.say("meaning.weighted_sums", layer=layer or 0)
    if rule == "activation":
        return subject.say("meaning.activations", layer=layer or 0)
    if rule == "loss":
        return loss_meaning(subject, equation)
    if belongs_to_loss(subject, equation):
        return subject.say("meaning.part_of_the_loss")
    return subject.say("meaning.part_of_an_activation", layer=layer or 0)


def loss_meaning(subject: Subject, equation: Equation) -> Text:
    """What an equation of the loss defines: each output's share, all of an example's, or what a joint loss declares."""
    if not isinstance(subject.loss_rule, JointLoss):
        return subject.say("meaning.loss_of_each_output")
    if equation.name in MEANINGS:
        return (subject.prose.word(MEANINGS[equation.name]),)
    return subject.say("meaning.loss_at_a_place" if equation.target.indices else "meaning.loss_of_the_example")


def forward_pass(subject: Subject) -> Iterator[Block]:
    """Every forward equation: element by element in a small net, else with indices."""
    yield Heading(2, subject.say("setting.forward_pass"))
    if not subject.layers:
        yield from _given_equations(subject)
        return
    yield Paragraph(subject.say("setting.forward"))
    if not subject.small:
        yield Paragraph(subject.say("setting.large", most=MOST_PARAMETERS))
    for layer in range(1, subject.layers + 1):
        yield Heading(3, place_title(subject.prose, layer, subject.layers))
        yield Equations(f"forward-{layer}", _layer_chains(subject, layer))
        if not subject.small:
            own = [e for e in subject.forward.equations if e.origin.layer == layer]
            yield from function_note(subject, str(layer), own, spelled_out=False)
    yield Heading(3, subject.say("setting.the_loss"))
    yield Equations("forward-loss", _loss_chains(subject))
    own = [e for e in subject.forward.equations if belongs_to_loss(subject, e)]
    yield from function_note(subject, "loss", own, spelled_out=subject.small)
    yield from _same_loss_note(subject)
    yield from facts_note(subject)


def _given_equations(subject: Subject) -> Iterator[Block]:
    """The equations of a list, or the first of them and that of the loss."""
    given = subject.forward.equations
    shown = dict.fromkeys((*given[:MOST_EQUATIONS], subject.forward.by_name[subject.loss]))
    if len(given) == len(shown):
        yield Paragraph(subject.say("setting.forward_equations"))
    else:
        yield Paragraph(subject.say("setting.first_equations", count=f"{len(given):,}", most=MOST_EQUATIONS))
    names = (name for equation in shown for name in subject.view.identifiers(equation.target.tensor))
    yield Equations("forward", tuple(_scalar_chain(subject.view.line(name)) for name in names))


def _layer_chains(subject: Subject, layer: int) -> tuple[Chain, ...]:
    equations = [e for e in subject.forward.equations if e.origin.layer == layer and not belongs_to_loss(subject, e)]
    return _chains(subject, equations)


def belongs_to_loss(subject: Subject, equation: Equation) -> bool:
    """Whether an equation comes after the last activation."""
    order = list(subject.forward.by_name)
    return order.index(equation.name) > order.index(subject.activation(subject.layers).name)


def _loss_chains(subject: Subject) -> tuple[Chain, ...]:
    return _chains(subject, [e for e in subject.forward.equations if belongs_to_loss(subject, e)])


def _chains(subject: Subject, equations: list[Equation]) -> tuple[Chain, ...]:
    if not subject.small:
        view = IndexView(subject.core)
        return tuple(Chain((entry(e.target), view.formula(e.name))) for e in equations)
    wanted = {identifier for e in equations for identifier in subject.view.identifiers(e.target.tensor)}
    return tuple(_scalar_chain(e) for e in subject.view.forward if e.name in wanted)


def _scalar_chain(equation: Equation) -> Chain:
    """``a_h1 = σ(h1) = 1/(1 + exp(−h1))``: a declared function is followed by its definition."""
    formula = equation_formula(equation)
    definition = _definition(equation)
    return Chain((Symbol(equation.name), formula, *definition))


def _definition(equation: Equation) -> tuple[Formula, ...]:
    value = equation.value
    if not isinstance(value, Elementwise) or len(value.operands) != 1:
        return ()
    function = getattr(type(value.expression), "declaration", None)
    if function is None:
        return ()
    operand = Symbol(value.operands[0].tensor.name)
    return (to_formula(function.definition(*value.expression.args), lambda _: operand),)


def function_note(subject: Subject, place: str, equations: list[Equation], *, spelled_out: bool) -> Iterator[Block]:
    """What the declared functions mean, but for those that equations which are `spelled_out` explain themselves."""
    values = [e.value for e in equations if isinstance(e.value, Elementwise)]
    if spelled_out:
        values = [value for value in values if not hasattr(type(value.expression), "declaration")]
    found = {n: f for v in values for n, f in declarations(v.expression).items() if f.shown}
    if found:
        z = Symbol(subject.names.any("z"))
        chains = tuple(Chain((Call(name, (z,)), to_formula(f.definition(X), lambda _: z))) for name, f in found.items())
        yield Paragraph(subject.say("setting.functions"))
        yield Equations(f"functions-{place}", chains)


def nothing_asked(subject: Subject) -> Iterator[Block]:
    """Says so where no gradient was derived."""
    if not subject.parameters:
        yield Paragraph(subject.say("setting.nothing_asked"))


def facts_note(subject: Subject) -> Iterator[Block]:
    """The conditions under which the derivatives are as short as they are, and what follows from them."""
    computed = subject.forward.by_name
    given, implied = list[Chain](), list[Chain]()
    view = IndexView(subject.core)
    for fact in subject.forward.facts:
        follows = any(access.tensor.name in computed for access in fact.value.accesses)
        chain = Chain((view.node(fact.value, fact.indices), Number(fact.number)))
        (implied if follows else given).append(chain)
    if given:
        yield Paragraph(subject.prose.counted("setting.conditions", len(given)))
        yield Equations("conditions", tuple(given))
    if implied:
        yield Paragraph(subject.say("setting.follows" if given else "setting.short_since"))
        yield Equations("consequences", tuple(implied))


def _same_loss_note(subject: Subject) -> Iterator[Block]:
    """Says so where the loss is computed on the weighted sums instead of the activations."""
    rule = subject.loss_rule
    value = next(e.value for e in subject.forward.equations if e.origin.rule == "loss")
    outputs = subject.activation(subject.layers).target.tensor
    if not isinstance(rule, Loss) or not rule.after or outputs in (access.tensor for access in value.accesses):
        return
    yield Paragraph(subject.say("setting.same_loss", loss=Math(_of_one_output(rule, subject))))
