"""The public classes: a network or a list of equations that can derive, a derivation that can be asked, exported, compiled.

Each method hands its work to the package that owns it and is imported when it is called, so that printing a formula
imports neither NumPy nor Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import fields
from functools import cached_property
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.derivation.step import Derivation as Derived
from symprop.derivation.sweep import derive
from symprop.displayed import Displayed, Drawn
from symprop.equations import EquationsSpec
from symprop.errors import UserError
from symprop.ir.evaluate import evaluate_program
from symprop.ir.program import Equation, Program
from symprop.ir.size import scalar_count
from symprop.ir.tensor import BACKWARD
from symprop.network import NetworkSpec, Training
from symprop.network_file import load as load_spec
from symprop.notation.names import Names
from symprop.notation.packs import check_names, names_for
from symprop.rules.losses import Loss
from symprop.scalar.function import ScalarFunction
from symprop.scalar.numeric import FLOAT
from symprop.values import element_values, missing
from symprop.views.asked import Asked, asked
from symprop.views.budget import MOST_SCALARS, check_scalars
from symprop.views.checked_step import CheckedStep
from symprop.views.delta import with_adjoints
from symprop.views.expressions import check_form, check_name, gradient_expression
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView
from symprop.views.steps import StepView

if TYPE_CHECKING:
    from symprop.document.blocks import Document
    from symprop.drawing import Drawing
    from symprop.training.evaluation import Evaluation
    from symprop.training.model import Model
    from symprop.views.certificate import Certificate
    from symprop.views.second import SecondView

Spec = NetworkSpec | EquationsSpec


class Network(NetworkSpec, Drawn):
    """A feed-forward network; `derive()` gives its gradients.

    Its `values` are checked and copied as it is made. Raises UserError for one that does not fit.

    >>> from symprop import Dense
    >>> net = Network(inputs=2, layers=[Dense(3, activation="tanh"), Dense(1)], loss="squared_error")
    >>> net.derive().gradient("w7")
    a_h1*(2*a_o1 - 2*t1)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        _keep_values(self)

    def derive(self, wrt: str | Sequence[str] | None = None, notation: str = "classroom") -> Derivation:
        """Derives the gradient by every trainable parameter, or by the tensors or elements in `wrt`."""
        return Derivation(self, wrt, notation)


class Equations(EquationsSpec, Drawn):
    """A list of ``name = expression`` lines; `derive()` gives the gradients of the loss among them.

    Its `values` are checked and copied as it is made. Raises UserError for one that does not fit.

    >>> Equations(["h = w*x", "E = (t - h)**2/2"], loss="E", parameters=["w"]).derive().gradient("w")
    x*(h - t)
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        _keep_values(self)

    def derive(self, wrt: str | Sequence[str] | None = None, notation: str = "classroom") -> Derivation:
        """Derives the gradient by every parameter, or by the quantities in `wrt`."""
        return Derivation(self, wrt, notation)


def _keep_values(spec: Spec) -> None:
    """Checks what a declaration says about numbers, and makes its values its own, so that they stay as they are."""
    if not isinstance(spec.training, Training):
        raise UserError("wrong settings for training", expected="a Training", got=type(spec.training).__name__)
    object.__setattr__(spec, "values", deepcopy(dict(spec.values)))


def load(
    network: str | Path,
    *,
    activation: str | ScalarFunction | None = None,
    loss: str | Loss | None = None,
    bias: bool | str | None = None,
) -> Network | Equations:
    """A network by a built-in example's name, a TOML file, or a shorthand such as ``2-3-1``.

    The options are for shorthands alone: `activation` of every layer (sigmoid), `loss` (half_squared_error) and `bias`
    ("unit", "layer" or False). Raises UserError, with the file and line, for anything that is wrong with it.

    >>> load("classroom").inputs
    2
    """
    spec = load_spec(network, activation=activation, loss=loss, bias=bias)
    given = {field.name: getattr(spec, field.name) for field in fields(spec)}
    return Network(**given) if isinstance(spec, NetworkSpec) else Equations(**given)


class Derivation(Displayed):
    """The gradients of one network, by the chain rule; documents, code and numbers are all read off it."""

    def __init__(self, spec: Spec, wrt: str | Sequence[str] | None = None, notation: str = "classroom") -> None:
        self.spec, self.notation = spec, notation
        forward = spec.elaborate()
        check_names(forward)
        plain_names = names_for(forward, notation)
        self.asked: Asked | None = None if wrt is None else asked(wrt, forward, plain_names)
        self.core: Derived = derive(forward, None if self.asked is None else self.asked.tensors)
        self.names: Names = with_adjoints(plain_names, self.core)

    @cached_property
    def trained(self) -> Derivation:
        """What training takes: the gradients of all that is trained, whichever were asked for, and of what was asked for."""
        every = dict.fromkeys([*(tensor.name for tensor in self.core.forward.trainable), *self.core.gradients])
        return self if len(every) == len(self.core.gradients) else Derivation(self.spec, list(every), self.notation)

    @property
    def program(self) -> Program:
        """Forward and backward equations, in order."""
        return self.core.program

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The equations of `program`."""
        return self.core.program.equations

    @cached_property
    def scalars(self) -> ScalarView:
        """The per-weight view."""
        return ScalarView(self.core, self.names)

    @cached_property
    def values(self) -> dict[str, float]:
        """The numbers that the network's declaration gives, by element."""
        return element_values(self.core.forward, self.names, self.spec.values)

    def parameters(self) -> list[str]:
        """The elements whose gradients were derived, in order."""
        tensors = self.core.forward.tensors
        return [name for tensor in self.core.gradients for name in self.scalars.identifiers(tensors[tensor])]

    def gradient(self, name: str, form: str = "scalar", expand: bool = False) -> Any:
        """``∂loss/∂name`` in SymPy.

        `name` is an element (``w5``) or a tensor (``W2``). The scalar form of a tensor is a matrix of its elements'
        gradients; "index" gives `Indexed` and `Sum`, "matrix" a matrix expression. `expand` writes a scalar form over
        inputs, targets and parameters alone. Raises UserError for an unknown name or form, UnsupportedError where
        there is no such form.

        >>> load("classroom").derive().gradient("w5")
        a_h1*a_o1*(1 - a_o1)*(a_o1 - t1)
        """
        return gradient_expression(self.scalars, name, form, expand=expand)

    def hessian(self, first: str | None = None, second: str | None = None, form: str = "scalar") -> Any:
        """``∂²loss/∂first ∂second`` in SymPy, over forward names; a large entry refers to adjoints by name, as gradients do.

        Either name is an element (``w5``) or a tensor (``W2``); without `second` both are the first, and without any they
        are all that was differentiated by, in the order of `parameters()`. The result is a matrix, or, for two elements,
        one expression. The other forms, those of `gradient`, are of two tensors: the entry under the indices of both, or a
        matrix for two vectors. What the names in entries stand for is told by ``second_view.definitions(*entries)``. Raises
        UserError for an unknown name or form, BudgetError where the entries are too many or too large, UnsupportedError
        where there is no such form.

        >>> load("classroom").derive().hessian("w5", "w6")
        a_h1*a_h2*a_o1*(1 - a_o1)*(a_o1*(1 - a_o1) + (1 - 2*a_o1)*(a_o1 - t1))
        """
        if check_form(form) != "scalar":
            return self.second_view.whole_hessian(first, second, form)
        view, default = self.second_view, tuple(self.core.gradients)
        rows, columns = view.elements(first, default), view.elements(second or first, default)
        return view.shaped(view.hessian(rows, columns), first, second or first)

    def jacobian(self, output: str | None = None, wrt: str | None = None, form: str = "scalar") -> Any:
        """``∂output/∂wrt`` in SymPy, over forward names: a row for each element of the first, a column for the second.

        Without `output`, it is what the network predicts; without `wrt`, all that was differentiated by. Each may be any
        tensor or element; for two elements the result is one expression. The other forms are of two tensors, and refer to
        the Jacobians between by name: ``da2_dz1`` is the one of ``a2`` by ``z1``. It raises what `hessian` does.

        >>> load("classroom").derive().jacobian("a2", "w5")
        Matrix([
        [a_h1*a_o1*(1 - a_o1)],
        [                   0]])
        >>> load("classroom").derive().jacobian("a2", "x", form="matrix")
        da2_dz1*W1
        """
        output = self.core.forward.output if output is None else output
        if output is None:
            raise UserError("a list of equations does not say what it predicts", remedy="Name a quantity.")
        if check_form(form) != "scalar":
            return self.second_view.whole_jacobian(output, wrt, form)
        view = self.second_view
        found = view.jacobian(view.elements(output), view.elements(wrt, tuple(self.core.gradients)))
        return view.shaped(found, output, wrt)

    def hessian_vector_product(self, name: str, form: str = "scalar") -> Any:
        """The rows ``name`` of the Hessian times a vector, in SymPy, in the forms that `gradient` has.

        The vector has one entry for each parameter: ``v_W2`` beside ``W2``. It takes two sweeps and no Hessian: ``Dv``, the
        derivative of the loss along the vector, is differentiated once more, so ``dDv_dz2`` is what this gives for ``z2``.
        It raises what `gradient` does.

        >>> derivation = load("classroom").derive(wrt="W2")
        >>> derivation.hessian_vector_product("W2", form="index")
        a1[k]*dDv_dz2[j]
        >>> derivation.hessian_vector_product("z2", form="matrix").shape
        (2, 1)
        """
        return gradient_expression(self.product_view, name, form)

    @cached_property
    def second_view(self) -> SecondView:
        """The view of second derivatives and Jacobians."""
        from symprop.views.second import SecondView

        return SecondView(self.core, self.names)

    @cached_property
    def product_view(self) -> ScalarView:
        """The per-weight view of the product of the Hessian with a vector."""
        from symprop.views.second import vector_product

        product = vector_product(self.core, tuple(self.core.gradients))
        return ScalarView(product, with_adjoints(self.names, product))

    def steps(self, name: str) -> tuple[CheckedStep, ...]:
        """Every step of the chain rule between the loss and one element, in order; each has a `verify()` of its own.

        >>> print(load("classroom").derive().steps("w5")[-1])
        dE_total/dw5 gets dE_total/do1 * do1/dw5
        """
        check_name(name)
        return tuple(CheckedStep.of(step, self.scalars) for step in StepView(self.scalars).chain(name))

    @cached_property
    def index_view(self) -> IndexView:
        """The view in index notation."""
        return IndexView(self.core)

    @cached_property
    def matrix_view(self) -> MatrixView:
        """The view over vectors and matrices."""
        return MatrixView(self.core)

    @cached_property
    def is_valued(self) -> bool:
        """Whether the network's declaration gives a number for every free quantity."""
        return not missing(self.core.forward, self.names, self.spec.values, most=1)

    @property
    def numbers_left_out(self) -> bool:
        """Whether the declaration gives all numbers, but what follows from them is too much to be worked out one by one."""
        return scalar_count(self.program) > MOST_SCALARS and self.is_valued

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Every scalar's value where the declaration gives one for each free quantity, gradients included; else nothing.

        Raises BudgetError for a network too large to be worked out scalar by scalar.
        """
        if not self.is_valued:
            return {}
        check_scalars(self.program)
        program = self.scalars.program
        found = evaluate_program(program, self.values, FLOAT)
        if isfinite(found[program.loss]):
            return found
        backward = {e.name for e in program.equations if e.target.tensor.role in BACKWARD}  # no value, so no slope
        return {name: nan if name in backward else value for name, value in found.items()}

    @property
    def not_finite(self) -> str | None:
        """The first quantity that is infinite, or has no value, at the numbers that the declaration gives."""
        return next((name for name, value in self.numbers.items() if not isfinite(value)), None)

    def document(self, language: str = "en") -> Document:
        """The derivation as a `Document`, the one source of every rendering, in a language that has a catalogue.

        Raises UserError for another language.
        """
        from symprop.document.narrative import narrate
        from symprop.document.picture import network_picture
        from symprop.document.subject import Subject

        training = self.spec.training
        examples = len(training.x) if training.x is not None else 1
        subject = Subject(
            self.spec.name,
            self.core,
            self.names,
            self.scalars,
            {} if self.numbers_left_out or self.not_finite else self.numbers,
            training.learning_rate,
            examples=examples,
            numbers_left_out=self.numbers_left_out,
            network=self.spec if isinstance(self.spec, NetworkSpec) else None,
            rule=training.update,
            updates=training.updates(examples),
            language=language,
            asked=self.asked.elements if self.asked else {},
            picture=network_picture(self.spec, self.core.forward, self.names, self.values, language),
        )
        return narrate(subject)

    def drawing(self, highlight: str | None = None, language: str = "en") -> Drawing:
        """The network drawn; the paths of the element or tensor `highlight` to the loss stand out. Raises as `drawing_of`.

        >>> load("classroom").derive().drawing(highlight="w5").paths
        ('w5', 'o1', 'a_o1', 'E1', 'E_total')
        """
        from symprop.drawing import drawing_of

        return drawing_of(self.spec, self.core.forward, self.names, self.values, highlight, language=language)

    def export(
        self,
        path: str | Path,
        *,
        dtype: str | None = None,
        rows: int | None = None,
        fragment: bool = False,
        width: float | None = None,
        language: str | None = None,
    ) -> tuple[Path, ...]:
        """Writes the derivation to a file, by its suffix, whole or not at all; gives the files that it wrote, that one first.

        `symprop.exports.EXPORTS` has what there is for each suffix, and which of the options go with it: `dtype`
        ("float64", the default, or "float32") is of code, `rows` the number of updates in a workbook (else 100, or as many as
        there is room for), `fragment` asks for LaTeX without a preamble, for a text `width` of so many em (else 34.5),
        `language` is that of all that is no code. Raises UserError for another suffix, for an
        option that does not go with it, and for a place that cannot be written.
        """
        from symprop.exports import Options, write

        return write(self, path, Options(dtype, rows, fragment, width, language))

    def verify(
        self, points: int = 1, digits: int = 50, seed: int = 0, progress: Callable[[int], None] | None = None
    ) -> Certificate:
        """Checks every gradient against differences of the forward equations alone, at random points, to many digits.

        At a point of its own, the index, matrix and scalar form of each are evaluated as they are printed and compared.
        `progress` is told after each quantity how many differences there were. Raises UserError where nothing was derived,
        and what `derivation.verify.verify` does.

        >>> load("classroom").derive().verify().ok
        True
        """
        from symprop.views.certificate import certify

        if not self.core.gradients:
            remedy = "Ask for a gradient by an input or another quantity: derive(wrt=[…]), or --wrt."
            raise UserError("nothing here is trained, so there is no gradient to check", remedy=remedy)
        return certify(self.core, self.names, points=points, digits=digits, seed=seed, progress=progress)

    def compile(self, backend: str = "numpy", dtype: str = "float64", devices: int | None = None) -> Model:
        """Loss and gradients as a function that trains; see `Model`."""
        from symprop.training.model import Model

        return Model.of(self.core, self.names, self.spec, backend, dtype, self.evaluation, devices)

    @cached_property
    def evaluation(self) -> Evaluation:
        """The network as it predicts, and what the numbers of one example are called."""
        from symprop.training.evaluation import Evaluation

        return Evaluation.of(self.spec, self.notation)
