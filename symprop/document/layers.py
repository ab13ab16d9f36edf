"""The chapter that says it for whole layers: with indices, and as matrices, the four equations of backpropagation."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Text
from symprop.document.subject import Subject
from symprop.errors import UnsupportedError
from symprop.ir.nodes import Elementwise
from symprop.ir.tensor import Access, Tensor
from symprop.notation.formula import Call, Chain, Entry, Formula, Number, Ones, Partial, Product, Sign, Symbol
from symprop.views.convert import product
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView


def index_and_matrix(subject: Subject) -> Iterator[Block]:
    """The same gradients for whole layers."""
    if not subject.small:
        yield from _index_form(subject)
    yield from _matrix_form(subject)


def _index_form(subject: Subject) -> Iterator[Block]:
    yield Heading(2, ("With indices",))
    yield Paragraph(
        (
            "One line holds for all units of a layer. ",
            Math(_example_delta(subject)),
            " is the derivative of the loss by the weighted sums of the last layer, and so for every other layer, where it is "
            "found from the layer after it.",
        )
    )
    for layer in range(subject.layers, 0, -1):
        yield Equations(f"index-{layer}", tuple(_index_chains(subject, layer)))


def _example_delta(subject: Subject) -> Formula:
    return Symbol(subject.adjoint(_example_sums(subject).name))


def _example_sums(subject: Subject) -> Tensor:
    return subject.pre_activations(subject.layers)[0].target.tensor


def _index_chains(subject: Subject, layer: int) -> Iterator[Chain]:
    view = IndexView(subject.core)
    for tensor in _differentiated(subject, layer):
        indices = tuple(index.name for index in tensor.indices)
        entry: Formula = Entry(tensor.name, indices) if indices else Symbol(tensor.name)
        gradient = Partial(Symbol(subject.loss), entry)
        adjoint = subject.adjoint(tensor.name)
        named = (Entry(adjoint, indices),) if _is_sum(subject, tensor) and indices else ()
        yield Chain((*named, gradient, view.formula(adjoint)))


def _differentiated(subject: Subject, layer: int) -> list[Tensor]:
    """The sums of a layer and its parameters, as far as their gradients were derived."""
    sums = [equation.target.tensor for equation in subject.pre_activations(layer)]
    read = [a.tensor for e in subject.pre_activations(layer) for a in e.value.accesses]
    wanted = [tensor for tensor in subject.parameters if tensor in read]
    return [t for t in (*sums, *wanted) if subject.adjoint(t.name) in subject.core.program.by_name]


def _is_sum(subject: Subject, tensor: Tensor) -> bool:
    return tensor.name in subject.forward.by_name


def _matrix_form(subject: Subject) -> Iterator[Block]:
    yield Heading(2, ("As matrices: the four equations",))
    yield Paragraph(
        (
            "Vectors are columns, and a weight matrix has a row for each unit that it leads to, so the gradient of a "
            "matrix has the matrix's own shape. ",
            Math(Product(tuple(_two_vectors(subject)), Sign.HADAMARD)),
            " multiplies element by element, and ",
            Math(_example_delta(subject)),
            " is the derivative of the loss by the weighted sums of the last layer, and so for the others. ",
            *_ones_note(subject),
            "Four kinds of equation are all there is in a dense network: δ of the output layer, δ of a hidden layer from "
            "the one after it, the gradient of a weight matrix, and that of the biases, if there are any.",
        )
    )
    for layer in range(subject.layers, 0, -1):
        chains = tuple(_matrix_chains(subject, layer))
        if chains:
            yield Equations(f"matrix-{layer}", chains)


def _two_vectors(subject: Subject) -> Iterator[Formula]:
    """Letters for any two vectors, which no quantity of the network has."""
    return islice((Symbol(letter) for letter in "uvrsmnpq" if letter not in subject.forward.tensors), 2)


def _ones_note(subject: Subject) -> Text:
    """What the column of ones is, where a bias that a layer shares brings one in."""
    shared = any(not tensor.indices for tensor in subject.parameters)
    return (Math(Ones(_example_sums(subject).extents[0])), " is a column of ones, which adds up. ") if shared else ()


def _matrix_chains(subject: Subject, layer: int) -> Iterator[Chain]:
    view = MatrixView(subject.core)
    for tensor in _differentiated(subject, layer):
        adjoint = subject.adjoint(tensor.name)
        try:
            formula = view.formula(adjoint)
        except UnsupportedError:
            continue  # the index form above is all there is
        if _is_sum(subject, tensor):
            general = _general_form(subject, layer)
            yield Chain((Symbol(adjoint), *general, *((formula,) if formula not in general else ())))
        else:
            yield Chain((Partial(Symbol(subject.loss), Symbol(tensor.name)), formula))


def _general_form(subject: Subject, layer: int) -> tuple[Formula, ...]:
    """The chain rule's step through the activation, its slope by name: ``∇ₐE ⊙ σ'(z)``, or ``Wᵀ δ ⊙ σ'(z)`` before the last.

    Nothing where the activation has no name, or is not the one way from the sums to the loss.
    """
    activation, sums = subject.activation(layer), subject.pre_activations(layer)[0].target.tensor
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
