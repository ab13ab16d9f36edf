"""The chapters on the hidden layers: what reaches a unit along its paths, then its weights; with δ where it would be long."""

from __future__ import annotations

from collections.abc import Iterator

from symprop.document.blocks import Block, Equations, Heading, Math, Paragraph, Text
from symprop.document.subject import LONG, Subject
from symprop.document.weights import factors, gradients, is_lost, short_gradients, why_zero
from symprop.notation.formula import Chain, Formula, Partial, Symbol
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
            identifiers = self.subject.parameters_of(layer)
            if identifiers or any(self.subject.parameters_of(earlier) for earlier in range(1, layer)):
                yield from self._paths_to(layer)
            if identifiers:
                yield from self._weights_of(layer, identifiers)

    def _title(self, layer: int) -> str:
        return "the hidden layer" if self.subject.layers == 2 else f"hidden layer {layer}"

    def _sums(self, layer: int) -> list[str]:
        return self.subject.view.identifiers(self.subject.pre_activations(layer)[0].target.tensor)

    def _name_deltas(self, layer: int) -> Iterator[Block]:
        """Introduces δ for a layer's sums, once, after those of the layers behind it, which it is made of."""
        if layer in self.named or layer > self.subject.layers:
            return
        yield from self._name_deltas(layer + 1)
        sums = self._sums(layer)
        yield Paragraph(self._naming(sums[0]) if not self.named else ("In the same way, for the layer before:",))
        self.named.add(layer)
        adjoints = map(self.subject.adjoint, sums)
        lines = (Chain((Symbol(name), self.subject.view.value(name, stop=True))) for name in adjoints)
        yield Equations(f"deltas-{layer}", tuple(lines))

    def _naming(self, unit: str) -> Text:
        return (
            "Written out, the formulas would be long. So the derivative by a unit's sum gets a name, ",
            Math(Symbol(self.subject.adjoint(unit))),
            " for ",
            Math(self.subject.gradient(unit)),
            ", is worked out once, and is used again:",
        )

    def _paths_to(self, layer: int) -> Iterator[Block]:
        """How the loss depends on a hidden layer's outputs: a sum over the units that each one feeds."""
        units = self.subject.view.identifiers(self.subject.activation(layer).target.tensor)
        yield Heading(2, (f"Back to {self._title(layer)}",))
        paths = self.subject.steps.branches(units[0])
        several = len(paths) > 1
        yield Paragraph(
            (
                "A hidden unit has no target of its own. It matters because it feeds ",
                "several units of the next layer, so the loss reaches it along several paths, and what comes along "
                "them is added."
                if several
                else "the next layer, and the loss reaches it along that path.",
            )
        )
        long = size(self._written_out(units[0])) > LONG
        if long:
            yield from self._name_deltas(layer + 1)
        yield Paragraph((f"For {'each path' if several else 'the path'} to ", Math(Symbol(units[0])), ":"))
        yield Equations(f"paths-{units[0]}", tuple(self._path(path, paths, through_delta=long) for path in paths))
        if several or len(units) > 1:
            yield Paragraph(("Altogether, for every unit of the layer:",))
            yield Equations(f"adjoints-{layer}", tuple(self._sum_of_paths(unit, long) for unit in units))

    def _written_out(self, unit: str) -> Formula:
        return total(self.subject.steps.worked_out(path) for path in self.subject.steps.branches(unit))

    def _path(self, path: ChainPath, paths: tuple[ChainPath, ...], *, through_delta: bool) -> Chain:
        """One path as partials and worked out; through δ, only its last step is new."""
        steps, unit = self.subject.steps, path.steps[-1].wrt.tensor.name
        if through_delta:
            via = path.steps[-1].via.tensor.name
            partials = product([self.subject.gradient(via), path.partials[-1]])
            return Chain((partials, product([Symbol(self.subject.adjoint(via)), steps.factor(path.steps[-1])])))
        sides = (steps.product_of_partials(path), steps.worked_out(path))
        # Where the path is one of several from where it starts, its product is not the whole derivative.
        only = sum(other.start == path.start for other in paths) == 1
        is_whole = only and not steps.opening(path) and path.start != self.subject.loss
        return Chain((Partial(Symbol(path.start), Symbol(unit)), *sides) if is_whole else sides)

    def _sum_of_paths(self, unit: str, through_delta: bool) -> Chain:
        adjoint = self.subject.adjoint(unit)
        value = self.subject.view.value(adjoint, stop=True) if through_delta else self._written_out(unit)
        return Chain((self.subject.gradient(unit), value))

    def _weights_of(self, layer: int, identifiers: list[str]) -> Iterator[Block]:
        subject, first = self.subject, identifiers[0]
        yield Heading(2, (f"All weights of {self._title(layer)}",))
        if is_lost(subject, first):
            yield Paragraph(why_zero(subject, first))
            yield Equations(f"hidden-gradients-{layer}", gradients(subject, identifiers))
            return
        path = subject.steps.path(first)
        yield Paragraph(
            (
                "From the unit's output the chain goes on to its sum, and from there to the weight. For ",
                Math(Symbol(first)),
                ":",
            )
        )
        chain = Chain((subject.gradient(first), subject.steps.product_of_partials(path)))
        known = len(subject.steps.opening(path))
        yield Equations(f"hidden-chain-{layer}", (chain, *factors(subject, path)[known:]))
        if all(size(subject.view.formula(name)) <= LONG for name in identifiers):
            yield Paragraph(("Put together, and in the same way for the others:",))
            yield Equations(f"hidden-gradients-{layer}", gradients(subject, identifiers))
            return
        yield from self._name_deltas(layer)
        yield Paragraph(("With it every gradient of the layer is short:",))
        yield Equations(f"hidden-gradients-{layer}", short_gradients(subject, identifiers))
