"""What `formulas --json` prints: every formula as text that Python's parser reads, in LaTeX, and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from symprop.cli.indices import extents, shapes
from symprop.cli.sections import declared, heads, nested
from symprop.ir.tensor import Role, Tensor
from symprop.notation.formula import Formula
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.views.convert import elementary
from symprop.views.delta import adjoints_by_name
from symprop.views.named import named_adjoints

if TYPE_CHECKING:
    from symprop.face import Derivation

Content = dict[str, Any]


def described(derivation: Derivation, wanted: Sequence[str], form: str) -> Content:
    """The gradients of the `wanted` elements or, in another form than the scalar, of the wanted tensors.

    `adjoints` is there where formulas refer to some by name; they refer to earlier ones of its entries alone. Values are
    null where the network does not give enough of them, or is too large for them to be worked out one by one. The formula
    of a tensor is that of its `target`; where the `relation` is ``+=`` it adds to it for every value of its indices.
    """
    found = _scalars(derivation, wanted) if form == "scalar" else _tensors(derivation, wanted, form)
    return {**heads(derivation), **found}


def _numbers(derivation: Derivation) -> Mapping[str, float]:
    return {} if derivation.numbers_left_out else derivation.numbers


def _scalars(derivation: Derivation, wanted: Sequence[str]) -> Content:
    view, numbers = derivation.scalars, _numbers(derivation)
    names = {identifier: view.gradient_name(identifier) for identifier in wanted}
    formulas = {identifier: view.formula(identifier) for identifier in wanted}
    texts = _Texts(derivation)
    adjoints = {
        name: texts.entry(view.value(name, stop=True), name) for name in named_adjoints(view, formulas.values())
    }
    gradients = [{"parameter": i, **texts.entry(f, names[i], with_latex=True)} for i, f in formulas.items()]
    forward = {name: numbers[name] for name in _forward_names(derivation)} if numbers else None
    return {"forward": forward, "gradients": gradients, **({"adjoints": adjoints} if adjoints else {})}


def _forward_names(derivation: Derivation) -> Iterator[str]:
    """What formulas refer to beside the parameters: the inputs and targets, and every forward quantity."""
    for tensor in derivation.core.forward.free:
        if tensor.role is not Role.PARAMETER:
            yield from derivation.scalars.identifiers(tensor)
    yield from (equation.name for equation in derivation.scalars.forward)


class _Texts:
    """Formulas as the text, LaTeX and value of a JSON object."""

    def __init__(self, derivation: Derivation) -> None:
        self.names, self.functions, self.numbers = derivation.names, declared(derivation), _numbers(derivation)

    def entry(self, formula: Formula, name: str, *, with_latex: bool = False) -> Content:
        text = plain(elementary(formula, self.functions))
        shown = {"latex": latex(formula, self.names)} if with_latex else {}
        return {"formula": text, **shown, "value": self.numbers.get(name)}


def _tensors(derivation: Derivation, wanted: Sequence[str], form: str) -> Content:
    program, core = derivation.program, derivation.core
    known_shapes = shapes(program.tensors.values())

    def entry(name: str) -> Content:
        matrix = form == "matrix" and derivation.matrix_view.has(name)
        view = derivation.matrix_view if matrix else derivation.index_view
        formula = view.formula(name)
        value = _nested(derivation, program.tensors[name])
        target = view.target(name)
        runs = extents(derivation.index_view.readable(name).target.free, target, formula, known_shapes)
        return {
            "target": plain(target),
            "relation": "=" if program.by_name[name].target.plain else "+=",
            "formula": plain(formula, matrix=matrix),
            "latex": latex(formula, derivation.names),
            "value": value,
            **({"extents": runs} if runs else {}),
        }

    unnamed = set(core.gradients.values())
    adjoints = {name: entry(name) for name in adjoints_by_name(program, unnamed)}
    gradients = [{"parameter": name, **entry(core.gradients[name])} for name in wanted]
    known = (t for t in core.forward.tensors.values() if t.role is not Role.PARAMETER)
    forward = {t.name: _nested(derivation, t) for t in known} if _numbers(derivation) else None
    shown = {name: known_shapes[name] for name in (*core.forward.tensors, *adjoints, *core.gradients.values())}
    return {"forward": forward, "shapes": shown, "gradients": gradients, **({"adjoints": adjoints} if adjoints else {})}


def _nested(derivation: Derivation, tensor: Tensor) -> Any:
    """A tensor's numbers in nested lists of its shape; None where they are not known."""
    numbers = _numbers(derivation)
    return nested(derivation, tensor, numbers) if numbers else None
