"""The chapter that says it for whole layers: with indices, and as matrices, the four equations of backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice

from symprop.document.blocks import Block, Equations, Heading, Paragraph
from symprop.document.subject import Subject
from symprop.ir.nodes import Elementwise
from symprop.ir.tensor import Access, Role, Tensor
from symprop.notation.formula import Call, Chain, Formula, Number, Ones, Partial, Product, Sign, Symbol
from symprop.prose.text import Math, Text
from symprop.views.convert import product
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView


def index_and_matrix(subject: Subject) -> Iterator[Block]:
    """The same gradients for whole layers, as far as there are any."""
    if not subject.small:
        yield from _index_form(subject)
    yield from _matrix_form(subject)


def _index_form(subject: Subject) -> Iterator[Block]:
    blocks = _blocks(subject, "index", _index_chains)
    if not blocks:
        return
    yield Heading(2, subject.say("layers.indices"))
    found = subject.say("layers.from_the_next") if subject.layers > 1 else ()
    yield Paragraph(subject.prose.sentences_of(subject.say("layers.one_line"), _delta_note(subject), found))
    yield from blocks


def _blocks(
    subject: Subject, form: str, chains_of: Callable[[Subject, list[Tensor], int], Iterator[Chain]]
) -> list[Equations]:
    """The equations of each layer, the last one first, then those by what was asked for besides; none that are empty."""
    groups: list[tuple[str, list[Tensor], int]] = [
        (str(layer), _differentiated(subject, layer), layer) for layer in range(subject.layers, 0, -1)
    ]
    groups.append(("others", subject.others, 0))
    found = ((place, tuple(chains_of(subject, tensors, layer))) for place, tensors, layer in groups)
    return [Equations(f"{form}-{place}", chains) for place, chains in found if chains]


def _delta_note(subject: Subject) -> Text:
    """What δ is, by the last layer that has one; nothing where none stands."""
    for layer in range(subject.layers, 0, -1):
        adjoint = subject.adjoint(_sums(subject, layer).name)
        if adjoint in subject.core.program.by_name:
            delta, others = Math(Symbol(adjoint)), layer > 1
            if layer == subject.layers:
                key = "layers.delta_of_the_last_and_others" if others else "layers.delta_of_the_last"
                return subject.say(key, delta=delta)
            return subject.say("layers.delta_and_others" if others else "layers.delta", delta=delta, layer=layer)
    return ()


def _sums(subject: Subject, layer: int) -> Tensor:
    return subject.pre_activations(layer)[0].target.tensor


def _index_chains(subject: Subject, tensors: list[Tensor], layer: int) -> Iterator[Chain]:
    view = IndexView(subject.core)
    for tensor in tensors:
        yield _index_chain(subject, view, tensor, is_sum=layer > 0 and tensor == _sums(subject, layer))


def _index_chain(subject: Subject, view: IndexView, tensor: Tensor, *, is_sum: bool) -> Chain:
    adjoint = subject.adjoint(tensor.name)
    gradient = Partial(Symbol(subject.loss), view.labelled(tensor, adjoint))
    return Chain((*((view.target(adjoint),) if is_sum else ()), gradient, view.formula(adjoint)))


def _differentiated(subject: Subject, layer: int) -> list[Tensor]:
    """The sums of a layer and its parameters, as far as their gradients were derived."""
    sums = _sums(subject, layer)
    derived = subject.adjoint(sums.name) in subject.core.program.by_name and sums not in subject.others
    return [*((sums,) if derived else ()), *subject.weights_of(layer)]


def _matrix_form(subject: Subject) -> Iterator[Block]:
    blocks = _blocks(subject, "matrix", _matrix_chains)
    if not blocks:
        return
    four = any(tensor not in subject.others for tensor in subject.parameters)
    yield Heading(2, subject.say("layers.four_equations" if four else "layers.matrices"))
    product = Math(Product(tuple(_two_vectors(subject)), Sign.HADAMARD))
    columns = subject.say("layers.columns", product=product)
    kinds = subject.say(_kinds(subject)) if four else ()
    yield Paragraph(subject.prose.sentences_of(columns, _delta_note(subject), _ones_note(subject), kinds))
    yield from blocks


def _kinds(subject: Subject) -> str:
    """Which sentence says what kinds of equation there are: with those of biases, or why there are none."""
    biases = [t for t in subject.forward.free if t.role is Role.PARAMETER and len(t.indices) < 2]
    if any(tensor in subject.parameters for tensor in biases):
        return "layers.four_kinds"
    if not biases:
        return "layers.three_kinds"
    asked_out = any(tensor.trainable for tensor in biases)
    return "layers.three_kinds_asked" if asked_out else "layers.three_kinds_fixed"


def _two_vectors(subject: Subject) -> Iterator[Formula]:
    """Letters for any two vectors, which no quantity of the network has."""
    return islice((Symbol(letter) for letter in "uvrsmnpq" if letter not in subject.forward.tensors), 2)


def _ones_note(subject: Subject) -> Text:
    """What the column of ones is, where a bias that a layer shares brings one in."""
    shared = [tensor for tensor in subject.parameters if tensor.role is Role.PARAMETER and not tensor.indices]
    layers = [layer for tensor in shared for layer in subject.layers_that_read(tensor)]
    return subject.say("layers.ones", ones=Math(Ones(_sums(subject, layers[-1]).extents[0]))) if layers else ()


def _matrix_chains(subject: Subject, tensors: list[Tensor], layer: int) -> Iterator[Chain]:
    view, by_index = MatrixView(subject.core), IndexView(subject.core)
    for tensor in tensors:
        adjoint = subject.adjoint(tensor.name)
        if not view.has(adjoint):
            if subject.small:  # a large net's index form stands above
                yield _index_chain(subject, by_index, tensor, is_sum=False)
        elif layer and tensor == _sums(subject, layer):
            formula, general = view.formula(adjoint), _general_form(subject, layer)
            yield Chain((Symbol(adjoint), *general, *((formula,) if formula not in general else ())))
        else:
            yield Chain((Partial(Symbol(subject.loss), Symbol(tensor.name)), view.formula(adjoint)))


def _general_form(subject: Subject, layer: int) -> tuple[Formula, ...]:
    """The chain rule's step through the activation, its slope by name: ``∇ₐE ⊙ σ'(z)``, or ``Wᵀ δ ⊙ σ'(z)`` before the last.

    Nothing where the activation has no name, or is not the one way from the sums to the loss.
    """
    activation, sums = subject.activation(layer), _sums(subject, layer)
    name = _function_name(activation.value)
    steps = [step for step in subject.core.steps if step.wrt.tensor == sums]
    if name is None or [step.via.tensor for step in steps] != [activation.target.tensor]:
        return ()
    slope = Call(f"{name}'", (Symbol(sums.name),))
    return (product((_before(subject, steps[0].adjoint, layer), slope), Sign.HADAMARD),)


def _before(subject: Subject, adjoint: Access | Fraction, layer: int) -> Formula:
    """What reaches a layer's activation: for the last layer as a derivative, for the others worked out."""
    if isinstance(adjoint, Fraction):
        return Number(adjoint)
    if layer == subject.layers:
        return Partial(Symbol(subject.loss), Symbol(subject.core.primal(adjoint.tensor.name)))
    return MatrixView(subject.core).formula(adjoint.tensor.name)


def _function_name(value: object) -> str | None:
    if not isinstance(value, Elementwise) or len(value.operands) != 1 or not value.expression.is_Function:
        return None
    declaration = getattr(type(value.expression), "declaration", None)
    return str(declaration.name if declaration else type(value.expression).__name__)
