"""The chapters on the hidden layers: what reaches a unit along its paths, then its weights; with δ where it would be long."""

from __future__ import annotations

from collections.abc import Iterator

from symprop.document.blocks import Block, Equations, Heading, Paragraph
from symprop.document.subject import LONG, Subject
from symprop.document.weights import (
    account,
    gradients,
    is_lost,
    remarked,
    short_gradients,
    use_factors,
    weights_and_biases,
    why_zero,
)
from symprop.ir.tensor import Tensor
from symprop.notation.formula import Chain, Formula, Partial, Symbol
from symprop.prose.text import Math, Text
from symprop.views.convert import product, total
from symprop.views.steps import ChainPath
from symprop.views.tree import size


def hidden_weights(subject: Subject) -> Iterator[Block]:
    """Back through the hidden layers, the last one first."""
    yield from _Backward(subject).layers()


class _Backward:
    """Walks back through the layers; `named` holds those whose δ the reader has met."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.named = subject, set[int]()

    def layers(self) -> Iterator[Block]:
        for layer in range(self.subject.layers - 1, 0, -1):
            if any(self.subject.weights_of(earlier) for earlier in range(1, layer + 1)):
                yield from self._paths_to(layer)
            for tensors in self._groups(layer):
                yield from self._weights_of(layer, tensors)

    def _groups(self, layer: int) -> list[list[Tensor]]:
        """The parameters to tell of with a layer: its own, then those that it shares, by the layers that they stand in."""
        groups: dict[tuple[int, ...], list[Tensor]] = {}
        for tensor in self.subject.weights_of(layer):
            groups.setdefault(tuple(self.subject.layers_that_read(tensor)), []).append(tensor)
        return [groups[readers] for readers in sorted(groups, key=len)]

    def _sums(self, layer: int) -> list[str]:
        return self.subject.view.identifiers(self.subject.pre_activations(layer)[0].target.tensor)

    def _name_deltas(self, layer: int) -> Iterator[Block]:
        """Introduces δ for a layer's sums, once, after those of the layers behind it, which it is made of.

        A derivative that is a plain number needs no name.
        """
        if layer in self.named or layer > self.subject.layers:
            return
        yield from self._name_deltas(layer + 1)
        is_first = not self.named
        self.named.add(layer)
        sums = [unit for unit in self._sums(layer) if self.subject.steps.is_named(unit)]
        if not sums:
            return
        yield Paragraph(self._naming(sums[0]) if is_first else self.subject.say("hidden.names_before"))
        adjoints = map(self.subject.adjoint, sums)
        lines = (Chain((Symbol(name), self.subject.view.value(name, stop=True))) for name in adjoints)
        yield Equations(f"deltas-{layer}", tuple(lines))

    def _naming(self, unit: str) -> Text:
        delta, gradient = Math(Symbol(self.subject.adjoint(unit))), Math(self.subject.gradient(unit))
        return self.subject.say("hidden.name", delta=delta, gradient=gradient)

    def _delta(self, unit: str) -> Formula:
        """The derivative by a unit's sum, by its name if it has one."""
        named = self.subject.steps.is_named(unit)
        return Symbol(self.subject.adjoint(unit)) if named else self.subject.steps.derivative(unit)

    def _paths_to(self, layer: int) -> Iterator[Block]:
        """How the loss depends on a hidden layer's outputs: a sum over the units that each one feeds."""
        say = self.subject.say
        units = self.subject.view.identifiers(self.subject.activation(layer).target.tensor)
        alone = self.subject.layers == 2
        yield Heading(2, say("hidden.back_to_only") if alone else say("hidden.back_to", layer=layer))
        paths = self.subject.steps.branches(units[0])
        if not paths:
            yield Paragraph(why_zero(self.subject, units[0]))
            return
        several = len(paths) > 1
        yield Paragraph(say("hidden.several_paths" if several else "hidden.one_path"))
        long = size(self._written_out(units[0])) > LONG
        if long:
            yield from self._name_deltas(layer + 1)
        yield Paragraph(say("hidden.each_path" if several else "hidden.the_path", unit=Math(Symbol(units[0]))))
        yield Equations(f"paths-{units[0]}", tuple(self._path(path, paths, through_delta=long) for path in paths))
        if not long and self.subject.steps.opening(paths[0]) and not self._is_told(paths[0].start):
            yield from account(self.subject, paths[0].start)
        if several or len(units) > 1:
            yield Paragraph(say("hidden.altogether"))
            yield Equations(f"adjoints-{layer}", tuple(self._sum_of_paths(unit, long) for unit in units))

    def _is_told(self, start: str) -> bool:
        """Whether an earlier chapter has said how the derivative by a quantity comes about."""
        units = (self._outputs(layer) for layer in range(1, self.subject.layers))
        return any(start in names for names in units) or bool(self.subject.weights_of(self.subject.layers))

    def _outputs(self, layer: int) -> list[str]:
        return self.subject.view.identifiers(self.subject.activation(layer).target.tensor)

    def _written_out(self, unit: str) -> Formula:
        return total(self.subject.steps.worked_out(path) for path in self.subject.steps.branches(unit))

    def _path(self, path: ChainPath, paths: tuple[ChainPath, ...], *, through_delta: bool) -> Chain:
        """One path as partials and worked out; through δ, only its last step is new."""
        steps, unit = self.subject.steps, path.steps[-1].wrt.tensor.name
        if through_delta:
            via = path.steps[-1].via.tensor.name
            partials = product([self.subject.gradient(via), path.partials[-1]])
            return Chain((partials, product([self._delta(via), steps.factor(path.steps[-1])])))
        sides = (steps.product_of_partials(path), steps.worked_out(path))
        # Where the path is one of several from where it starts, its product is not the whole derivative.
        only = sum(other.start == path.start for other in paths) == 1
        is_whole = only and not steps.opening(path) and path.start != self.subject.loss
        return Chain((Partial(Symbol(path.start), Symbol(unit)), *sides) if is_whole else sides)

    def _sum_of_paths(self, unit: str, through_delta: bool) -> Chain:
        adjoint = self.subject.adjoint(unit)
        value = self.subject.view.value(adjoint, stop=True) if through_delta else self._written_out(unit)
        return Chain((self.subject.gradient(unit), value))

    def _weights_of(self, layer: int, tensors: list[Tensor]) -> Iterator[Block]:
        """Some parameters of a layer: through the layer's output, or, where several sums read one, through each of them."""
        subject, first = self.subject, self.subject.identifiers(tensors, 1)[0]
        readers = subject.layers_that_read(tensors[0])
        yield Heading(2, self._title(layer, tensors, readers))
        place = f"{layer}-shared-{len(readers)}" if len(readers) > 1 else str(layer)
        if is_lost(subject, first):
            yield Paragraph(why_zero(subject, first))
            yield Equations(f"hidden-gradients-{place}", gradients(subject, subject.identifiers(tensors)))
        elif subject.steps.path(first).steps:
            yield from self._through_output(layer, first, is_weight=len(tensors[0].indices) > 1)
            yield from self._all(layer, subject.identifiers(tensors), place)
        else:
            yield from self._through_sums(layer, first, place)
            identifiers = subject.identifiers(tensors)
            if len(identifiers) > 1:
                yield Paragraph(subject.say("hidden.others"))
                yield Equations(f"hidden-gradients-{place}", short_gradients(subject, identifiers))

    def _title(self, layer: int, tensors: list[Tensor], readers: list[int]) -> Text:
        say, parameters = self.subject.say, weights_and_biases(self.subject, tensors)
        if len(readers) > 1:
            return say("hidden.shared", parameters=parameters, layers=self.subject.prose.listed(readers))
        if self.subject.layers == 2:
            return say("hidden.all_of_only", parameters=parameters)
        return say("hidden.all_of", parameters=parameters, layer=layer)

    def _through_output(self, layer: int, first: str, *, is_weight: bool) -> Iterator[Block]:
        """From the unit's output to its sum and on to the weight or bias."""
        subject, path = self.subject, self.subject.steps.path(first)
        onward = subject.say("hidden.on_to_the_weight" if is_weight else "hidden.on_to_the_bias")
        here = remarked(subject, subject.say("hidden.for", parameter=Math(Symbol(first))), [path])
        yield Paragraph(subject.prose.sentences_of(onward, subject.say("joined.colon", sentence=here)))
        chain = Chain((subject.gradient(first), subject.steps.product_of_partials(path)))
        yield Equations(f"hidden-chain-{layer}", (chain, *use_factors(subject, path)))

    def _all(self, layer: int, identifiers: list[str], place: str) -> Iterator[Block]:
        """Every gradient, through δ where they would be long."""
        subject = self.subject
        if all(size(subject.view.formula(name)) <= LONG for name in identifiers):
            yield Paragraph(subject.say("hidden.together_and_others" if len(identifiers) > 1 else "hidden.together"))
            yield Equations(f"hidden-gradients-{place}", gradients(subject, identifiers))
            return
        yield from self._name_deltas(layer)
        yield Paragraph(subject.say("hidden.short"))
        yield Equations(f"hidden-gradients-{place}", short_gradients(subject, identifiers))

    def _through_sums(self, layer: int, first: str, place: str) -> Iterator[Block]:
        """A parameter that several sums read: the derivative by each of them times what the parameter is multiplied by."""
        subject = self.subject
        uses = subject.steps.uses(first)
        yield from self._name_deltas(layer)
        several = subject.say("hidden.several_sums", parameter=Math(Symbol(first)))
        direct = subject.say("hidden.direct") if any(use.direct for use in uses) else ()
        yield Paragraph(subject.prose.sentences_of(several, direct))
        ways = total(product([subject.gradient(use.via.tensor.name), use.partial]) for use in uses)
        worked = total(product([self._delta(use.via.tensor.name), subject.steps.factor(use)]) for use in uses)
        last = dict.fromkeys(Chain((use.partial, subject.steps.factor(use))) for use in uses)
        chains = (Chain((subject.gradient(first), ways)), *last, Chain((subject.gradient(first), worked)))
        yield Equations(f"hidden-chain-{place}", chains)
