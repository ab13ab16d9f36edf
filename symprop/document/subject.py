"""What a document is about: one derivation with its names and numbers, and what can be asked of its layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from math import prod

from symprop.derivation.step import Derivation
from symprop.derivation.sweep import derive
from symprop.document.blocks import Picture
from symprop.document.updates import UpdateLines
from symprop.ir.program import Equation, Program
from symprop.ir.tensor import Role, Tensor
from symprop.layers.dense import Dense
from symprop.lowering.step import TrainingStep, training_step
from symprop.network import NetworkSpec
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.notation.names import Names
from symprop.prose import ENGLISH, Prose, Value, prose
from symprop.prose.text import Text
from symprop.rules.joint_losses import JointLoss
from symprop.rules.losses import Loss
from symprop.rules.update_rule import UpdateRule
from symprop.views.delta import with_added
from symprop.views.scalar import ScalarView
from symprop.views.steps import StepView

# Formulas for each weight are written out for nets of up to this many trainable parameters; the document says so.
MOST_PARAMETERS = 60
# So many of a list of equations are written out, and so many of the adjoints that stand by name; the document says so.
MOST_EQUATIONS = 200
# The chain rule is told for a quantity that is so many equations away from the loss.
MOST_STEPS = 60
# A formula of more nodes than this is better read in two steps, with δ for what is known already.
LONG = 40


# The rules that the equations of a dense layer come from.
_OF_DENSE = {"pre-activation", "activation", "abbreviation"}


@dataclass(frozen=True)
class Subject:
    """One derivation, ready to be told.

    `numbers` holds every scalar that is known, backward ones too, or nothing; `numbers_left_out` says that values are given,
    but that the network is too large for its numbers to be worked out. `network` is there unless the loss is given by
    equations. Training takes `updates` by the `rule`. It is told in a `language`, with a `picture` of the network if there
    is one. Of the tensors in `asked`, these elements alone were asked for.
    """

    title: str
    core: Derivation
    names: Names
    view: ScalarView
    numbers: Mapping[str, float]
    learning_rate: float
    examples: int = 1
    numbers_left_out: bool = False
    network: NetworkSpec | None = None
    rule: UpdateRule = field(default=UpdateRule())
    updates: int = 1
    language: str = ENGLISH
    picture: Picture | None = None
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def drawn(self) -> tuple[Picture, ...]:
        """The picture, as the blocks that it is: one or none."""
        return () if self.picture is None else (self.picture,)

    @cached_property
    def prose(self) -> Prose:
        """The sentences of the language."""
        return prose(self.language)

    def say(self, key: str, /, **values: Value) -> Text:
        """A sentence of the language."""
        return self.prose.say(key, **values)

    @cached_property
    def steps(self) -> StepView:
        """The chain rule, product by product."""
        return StepView(self.view)

    @cached_property
    def whole(self) -> Derivation:
        """What an update takes: the gradients of all that is trained, where some of it was asked for."""
        every, some = {tensor.name for tensor in self.forward.trainable}, self.core.gradients.keys()
        wanted = dict.fromkeys((*(tensor.name for tensor in self.forward.trainable), *some))
        return self.core if some.isdisjoint(every) or every <= some else derive(self.forward, wanted)

    @property
    def is_part(self) -> bool:
        """Whether an update changes more parameters than were asked for."""
        shapes, some = self.forward.tensors, self.asked.keys() & self.changed.keys()
        return self.whole is not self.core or any(len(self.asked[n]) < prod(shapes[n].extents) for n in some)

    @property
    def alone(self) -> list[str]:
        """All elements that were asked for one by one, in order."""
        return [name for elements in self.asked.values() for name in elements]

    @cached_property
    def training(self) -> TrainingStep:
        """One step of training, as a program."""
        return training_step(self.whole, self.rule)

    @cached_property
    def update_lines(self) -> UpdateLines:
        """The equations of an update as they are printed."""
        return UpdateLines(self.whole, self.names, self.training)

    @cached_property
    def training_names(self) -> Names:
        """The names, with those of the learning rate and of the new values."""
        return with_added(self.names, self.training.program)

    @cached_property
    def changed(self) -> dict[str, str]:
        """The parameters that an update changes by their gradients, with the names of their new values."""
        tensors = self.training.program.tensors
        return {old: new for old, new in self.training.updated.items() if tensors[old].role is Role.PARAMETER}

    @cached_property
    def trained(self) -> dict[str, str]:
        """Those of the parameters that an update changes that were asked for."""
        return {old: new for old, new in self.changed.items() if old in self.core.gradients}

    @cached_property
    def states(self) -> dict[str, str]:
        """What is kept from one update to the next without a gradient, with the names of the next values.

        What the optimizer keeps is not among it.
        """
        kept = self.forward.tensors.keys() - self.changed.keys()
        return {old: new for old, new in self.training.updated.items() if old in kept}

    @property
    def batch(self) -> int | None:
        """The number of examples that stand in the equations together; None where they are for one."""
        return None if self.network is None else self.network.batch

    @property
    def forward(self) -> Program:
        """The network's own program, without what was derived."""
        return self.core.forward

    @property
    def loss_rule(self) -> Loss | JointLoss | None:
        """The loss as declared; None where it is given by equations."""
        return None if self.network is None else self.network.loss_rule

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self.core.forward.loss

    @cached_property
    def layers(self) -> int:
        """The number of layers; 0 for a list of equations."""
        return max((equation.origin.layer or 0 for equation in self.forward.equations), default=0)

    @cached_property
    def parameters(self) -> list[Tensor]:
        """The tensors whose gradients were derived."""
        return [self.forward.tensors[name] for name in self.core.gradients]

    @cached_property
    def small(self) -> bool:
        """Whether formulas are written out weight by weight."""
        return sum(prod(tensor.extents) for tensor in self.parameters) <= MOST_PARAMETERS

    @cached_property
    def is_chain(self) -> bool:
        """Whether this is a chain of dense layers, from a vector to a vector, so that it can be told weight by weight."""
        source = "x"
        for layer in range(1, self.layers + 1):
            sums = self.pre_activations(layer)
            rules = {e.origin.rule for e in self.forward.equations if e.origin.layer == layer}
            plain = len(sums) == 1 and len(sums[0].target.indices) == 1 and rules <= _OF_DENSE
            if not plain or source not in (access.tensor.name for access in sums[0].value.accesses):
                return False
            source = self.activation(layer).name
        layers = () if self.network is None else self.network.layers
        return self.layers > 0 and all(isinstance(layer, Dense) for layer in layers)

    @cached_property
    def outputs(self) -> dict[int, Tensor]:
        """What each layer gives to those after it, by its number; one without equations hands on what it reads."""
        found: dict[int, Tensor] = {}
        for node in () if self.network is None else self.network.nodes:
            own = [e.target.tensor for e in self.forward.equations if e.origin.layer == node.number and _gives(e)]
            source = node.sources[0]
            found[node.number] = (
                own[-1] if own else self.forward.tensors[source] if isinstance(source, str) else found[source]
            )
        return found

    def layers_that_read(self, tensor: Tensor) -> list[int]:
        """The numbers of the layers that a tensor stands in the equations of, in order."""
        return self._readers.get(tensor.name, [])

    @cached_property
    def _readers(self) -> dict[str, list[int]]:
        found: dict[str, set[int]] = {}
        for equation in self.forward.equations:
            for access in equation.value.accesses if equation.origin.layer else ():
                found.setdefault(access.tensor.name, set()).add(equation.origin.layer or 0)
        return {name: sorted(layers) for name, layers in found.items()}

    def weights_of(self, layer: int) -> list[Tensor]:
        """The parameters that were asked for as a whole and that a layer, and none before it, reads.

        So the story, which goes backward, comes to a parameter that several layers share when it has met all its uses.
        """
        others = {tensor.name for tensor in self.others}
        weights = (tensor for tensor in self.parameters if tensor.name not in others)
        return [tensor for tensor in weights if self.layers_that_read(tensor)[:1] == [layer]]

    def parameters_of(self, layer: int, most: int | None = None) -> list[str]:
        """The elements of `weights_of` a layer; the first `most` where that is given."""
        return self.identifiers(self.weights_of(layer), most)

    @cached_property
    def others(self) -> list[Tensor]:
        """What was asked for and is no parameter, such as an input, or by some elements alone."""
        return [t for t in self.parameters if t.role is not Role.PARAMETER or t.name in self.asked]

    def identifiers(self, tensors: Iterable[Tensor], most: int | None = None) -> list[str]:
        """The elements of several tensors that were asked for, the first `most` of them where that is given."""
        named = (n for tensor in tensors for n in self.asked.get(tensor.name) or self.view.identifiers(tensor, most))
        return list(islice(named, most))

    def pre_activations(self, layer: int) -> list[Equation]:
        """The equations of a layer's weighted sums; none where it has none."""
        return [e for e in self.forward.equations if e.origin.layer == layer and e.origin.rule == "pre-activation"]

    def activation(self, layer: int) -> Equation:
        """The equation that defines a layer's output."""
        return next(e for e in self.forward.equations if e.origin.layer == layer and e.origin.rule == "activation")

    def gradient(self, identifier: str) -> Formula:
        """``∂E_total/∂identifier``, not worked out."""
        return Partial(Symbol(self.loss), Symbol(identifier))

    def adjoint(self, name: str) -> str:
        """The name of ``∂loss/∂name``."""
        return self.core.adjoint(name)


def _gives(equation: Equation) -> bool:
    """Whether a layer's equation may be the one that defines its output."""
    return equation.origin.rule in ("layer", "activation") and equation.target.tensor.role is Role.INTERMEDIATE
