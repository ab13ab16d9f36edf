"""The first chapters: the network with its table of symbols, and the forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import sympy

from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Table, Text, in_words, listed
from symprop.document.subject import MOST_EQUATIONS, MOST_PARAMETERS, Subject
from symprop.ir.nodes import Elementwise
from symprop.ir.program import Equation
from symprop.ir.tensor import Role, Tensor
from symprop.notation.formula import Call, Chain, Formula, Number, Symbol
from symprop.rules.joint_losses import MEANINGS, JointLoss
from symprop.rules.losses import Loss
from symprop.scalar.function import X, declarations
from symprop.views.convert import to_formula
from symprop.views.index import IndexView, entry
from symprop.views.scalar import equation_formula

_MEANINGS = {
    Role.INPUT: "inputs",
    Role.TARGET: "targets: what the outputs should be",
    Role.LOSS: "total loss, which training makes small",
}


def symbol_table(subject: Subject) -> Iterator[Block]:
    """What stands for what, with shapes."""
    yield Heading(2, ("The network",))
    yield Paragraph((_described(subject),))
    yield from loss_function(subject)
    tensors = [t for t in subject.forward.tensors.values() if t.indices or subject.layers]
    if not tensors:
        return
    rows = tuple(_row(subject, tensor) for tensor in tensors)
    yield Table((("Symbol",), ("Its elements",), ("Meaning",), ("Shape",)), rows, (False, False, False, False))
    yield Paragraph(
        (
            "In a weight matrix the row says where a weight leads, the column where it comes from. "
            "Indices count from 1. "
            "The formulas are for one example; the loss of several is the mean of theirs, and so are the gradients.",
        )
    )


def _described(subject: Subject) -> str:
    if not subject.layers:
        count = len(subject.forward.equations)
        return f"The loss is given by {count:,} equations, each in terms of the ones before it."
    sizes = [subject.forward.tensors["x"].extents[0]]
    sizes += [subject.activation(layer).target.tensor.extents[0] for layer in range(1, subject.layers + 1)]
    words = [str(size) for size in sizes]
    shape = "-".join(words)
    layers = f"{_counted(sizes[0], 'input')}, then {_counted(len(sizes) - 1, 'layer')} of {in_words(words[1:])}"
    return f"A {shape} network: {layers} {'unit' if sizes[1:] == [1] else 'units'}."


def loss_function(subject: Subject) -> Iterator[Block]:
    """The loss function by its names, and its formula where it counts outputs one by one."""
    rule = subject.loss_rule
    if rule is None:
        return
    a, t = (Symbol(subject.names.any(word)) for word in "at")
    words, named = rule.name.replace("_", " "), Call(_key(rule), (a, t))
    if isinstance(rule, JointLoss):
        yield Paragraph((f"Its loss function is {words}, ", Math(named), ", of all outputs of an example together."))
    else:
        joined = {"sum": "added up", "mean": "averaged"}[rule.reduction]
        ends = " and its target ", Math(t), f", {joined} over the outputs:"
        yield Paragraph((f"Its loss function is {words}, for an output ", Math(a), *ends))
        yield Equations("loss-function", (Chain((named, _of_one_output(rule, subject))),))
    yield from _penalties_note(subject)


def _penalties_note(subject: Subject) -> Iterator[Block]:
    """What the total loss has besides."""
    known = subject.forward.by_name
    read = [access.tensor.name for access in known[subject.loss].value.accesses]
    penalties = [Math(Symbol(name)) for name in read if name in known and known[name].origin.rule == "penalty"]
    if penalties:
        what, verb = ("penalty", "is") if len(penalties) == 1 else ("penalties", "are")
        yield Paragraph((f"The {what} ", *listed(penalties), f" on the weights {verb} added to it."))


def loss_looks(subject: Subject) -> dict[str, str]:
    """The look of the loss function, by what stands for it in formulas."""
    return {} if subject.loss_rule is None else {_key(subject.loss_rule): subject.loss_rule.latex}


def _key(rule: Loss | JointLoss) -> str:
    return f"{rule.name} loss"  # the space: nothing else is called so


def _of_one_output(rule: Loss, subject: Subject) -> Formula:
    output, target = (sympy.Symbol(subject.names.any(word)) for word in "at")
    return to_formula(rule.definition(output, target))


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _row(subject: Subject, tensor: Tensor) -> tuple[Text, ...]:
    shape = " × ".join(map(str, tensor.extents)) or "a number"
    return (Math(Symbol(tensor.name)),), elements(subject, tensor), (_meaning(subject, tensor),), (shape,)


def elements(subject: Subject, tensor: Tensor) -> Text:
    """All elements of a short tensor, the first and the last of a long one."""
    if not tensor.indices:
        return ("",)
    first, *others = (Math(Symbol(name)) for name in subject.view.identifiers(tensor, 2))
    if prod(tensor.extents) <= 2:
        return first, *(inline for other in others for inline in (", ", other))
    last = subject.names.element(tensor.name, tuple(extent - 1 for extent in tensor.extents), tensor.extents)
    return first, " to ", Math(Symbol(last))


def _meaning(subject: Subject, tensor: Tensor) -> str:
    if tensor.role is Role.PARAMETER:
        fixed = "" if tensor.trainable else ", fixed"
        kind = "weights" if len(tensor.indices) == 2 else "biases"
        if not tensor.indices:
            return f"bias that all units of {_layers_that_read(subject, tensor)} share{fixed}"
        return f"{kind} of {_layers_that_read(subject, tensor)}{fixed}"
    if tensor.role in _MEANINGS:
        return _MEANINGS[tensor.role]
    return _computed(subject, subject.forward.by_name[tensor.name])


def _computed(subject: Subject, equation: Equation) -> str:
    """What an equation of the forward pass defines, by the rule that made it."""
    layer, rule = equation.origin.layer, equation.origin.rule
    if rule == "pre-activation":
        return f"weighted sums of layer {layer}, before the activation"
    if rule == "activation":
        return f"activations of layer {layer}: its outputs"
    if rule == "loss":
        return loss_meaning(subject, equation)
    whose = "the loss" if belongs_to_loss(subject, equation) else f"layer {layer}'s activation"
    return f"a part of {whose}, named since the derivative needs it"


def loss_meaning(subject: Subject, equation: Equation) -> str:
    """What an equation of the loss defines: each output's share, all of an example's, or what a joint loss declares."""
    if isinstance(subject.loss_rule, JointLoss):
        example = "loss of the example" if not equation.target.indices else "loss, one for all outputs at a place"
        return MEANINGS.get(equation.name, example)
    return "loss of each output"


def _layers_that_read(subject: Subject, tensor: Tensor) -> str:
    readers = subject.layers_that_read(tensor)
    return ("layer " if len(readers) == 1 else "layers ") + in_words([str(number) for number in readers])


def forward_pass(subject: Subject) -> Iterator[Block]:
    """Every forward equation: element by element in a small net, else with indices."""
    yield Heading(2, ("Forward pass",))
    if not subject.layers:
        yield from _given_equations(subject)
        return
    yield Paragraph(
        (
            "From the inputs to the loss. Each unit adds up what comes in, each input times the weight of its connection, "
            "and applies its activation function to the sum.",
        )
    )
    if not subject.small:
        yield Paragraph(
            (
                f"This network has more than {MOST_PARAMETERS} trainable parameters, so the formulas are given layer by "
                "layer, with indices and as matrices; written out for each weight they would fill pages.",
            )
        )
    for layer in range(1, subject.layers + 1):
        yield Heading(3, (_layer_title(subject, layer),))
        yield Equations(f"forward-{layer}", _layer_chains(subject, layer))
        if not subject.small:
            own = [e for e in subject.forward.equations if e.origin.layer == layer]
            yield from function_note(subject, str(layer), own, spelled_out=False)
    yield Heading(3, ("The loss",))
    yield Equations("forward-loss", _loss_chains(subject))
    own = [e for e in subject.forward.equations if belongs_to_loss(subject, e)]
    yield from function_note(subject, "loss", own, spelled_out=subject.small)
    yield from _same_loss_note(subject)
    yield from facts_note(subject)


def _given_equations(subject: Subject) -> Iterator[Block]:
    """The equations of a list, or the first of them and that of the loss."""
    given = subject.forward.equations
    shown = dict.fromkeys((*given[:MOST_EQUATIONS], subject.forward.by_name[subject.loss]))
    listed = (
        "" if len(given) == len(shown) else f"; of {len(given):,} equations the first {MOST_EQUATIONS}, and the loss"
    )
    yield Paragraph((f"From the free quantities to the loss, in order{listed}:",))
    names = (name for equation in shown for name in subject.view.identifiers(equation.target.tensor))
    yield Equations("forward", tuple(_scalar_chain(subject.view.line(name)) for name in names))


def _layer_title(subject: Subject, layer: int) -> str:
    if layer == subject.layers:
        return "Output layer"
    return "Hidden layer" if subject.layers == 2 else f"Hidden layer {layer}"


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
        yield Paragraph(("Here",))
        yield Equations(f"functions-{place}", chains)


_NOTHING = (
    "Nothing in this network is trained, so there is no gradient to derive, unless one by an input or by any other quantity is "
    "asked for."
)


def nothing_asked(subject: Subject) -> Iterator[Block]:
    """Says so where no gradient was derived."""
    if not subject.parameters:
        yield Paragraph((_NOTHING,))


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
        count = "one condition" if len(given) == 1 else "these conditions"
        yield Paragraph((f"The derivatives hold, and are as short as they are, on {count}:",))
        yield Equations("conditions", tuple(given))
    if implied:
        yield Paragraph(("From this follows" if given else "The derivatives are as short as they are since",))
        yield Equations("consequences", tuple(implied))


def _same_loss_note(subject: Subject) -> Iterator[Block]:
    """Says so where the loss is computed on the weighted sums instead of the activations."""
    rule = subject.loss_rule
    value = next(e.value for e in subject.forward.equations if e.origin.rule == "loss")
    outputs = subject.activation(subject.layers).target.tensor
    if not isinstance(rule, Loss) or not rule.after or outputs in (access.tensor for access in value.accesses):
        return
    yield Paragraph(
        (
            "This is ",
            Math(_of_one_output(rule, subject)),
            " with the output layer's activation put in; in this form nothing overflows.",
        )
    )
