"""What notebooks show of formulas: LaTeX, HTML with MathML, and a drawing; which formulas there are is the affair of `views`.

Of several kinds Jupyter takes HTML, then LaTeX, then SVG. So the HTML holds all that there is to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType

from symprop.document.lines import chain
from symprop.errors import BudgetError, UserError
from symprop.notation.formula import Chain, Partial, Symbol
from symprop.notation.layout import lay_out
from symprop.notation.mathml import content, readable
from symprop.notation.names import Names
from symprop.notation.plain import plain_chain
from symprop.prose import ENGLISH, prose
from symprop.templating import xml_text
from symprop.views.expressions import check_form, check_name, derived
from symprop.views.index import IndexView
from symprop.views.matrix import MatrixView
from symprop.views.scalar import ScalarView, equation_formula

Draw = Callable[[], str | None]  # an SVG, or None of what is too large to be seen

MOST_SHOWN = 40  # equations of single elements, or lines of whole tensors
_WIDTH = 60.0  # em
_TITLE = '<caption style="text-align: left; white-space: nowrap">{title}</caption>'
_CELL = '<td style="text-align: {side}; padding: 0.35em 0.15em; font-size: 115%"><math displaystyle="true">{formula}</math></td>'


def _nothing() -> None:
    """No drawing."""


@dataclass(frozen=True, repr=False)
class Shown:
    """Equations as they are read, factors in the order of the chain rule: text by `str`, mathematics in a notebook.

    `Derivation.gradient` gives the same as an expression of SymPy, which sorts factors. `draw` makes the drawing that goes
    with them; what stands behind the equations or, with `drawing_first`, what they stand behind, is folded.
    """

    chains: tuple[Chain, ...]
    names: Names = field(compare=False)
    title: str = ""
    remark: str = ""
    draw: Draw = field(default=_nothing, compare=False)
    drawing_first: bool = False

    def __str__(self) -> str:
        return "\n".join([*map(plain_chain, self.chains), *([self.remark] if self.remark else [])])

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        lines = lay_out(self.chains, self.names, _WIDTH)
        rows = [f"{line.left} &{line.right}" for line in lines]
        said = [rf"&\text{{{self.remark}}}"] if self.remark else []
        return "$$\\begin{aligned}\n" + " \\\\\n".join([*rows, *said]) + "\n\\end{aligned}$$"

    def _repr_svg_(self) -> str | None:
        return self.draw()

    def _repr_html_(self) -> str:
        drawing, equations, words = self.draw(), self._equations, prose(ENGLISH)
        if drawing is None:
            return f"<div>{equations}</div>"
        if self.drawing_first:
            return f"<div>{drawing}{_folded(words.phrase('shown.equations'), equations)}</div>"
        return f"<div>{equations}{_folded(words.phrase('shown.drawing'), drawing)}</div>"

    @property
    def _equations(self) -> str:
        names = readable(self.names)
        rows = [
            _CELL.format(side="right", formula=content(line.left))
            + _CELL.format(side="left", formula=content(line.right))
            for line in lay_out(self.chains, names, _WIDTH)
        ]
        title = _TITLE.format(title=xml_text(self.title)) if self.title else ""
        remark = f"<p>{xml_text(self.remark)}</p>" if self.remark else ""
        return f"<table>{title}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>{remark}"


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{xml_text(summary)}</summary>{content}</details>"


def shown_network(view: ScalarView, draw: Draw) -> Shown:
    """The drawing, with the forward equations behind it: element by element of a small network, else with indices."""
    core = view.derivation
    lines = core.forward.equations
    count = sum(prod(line.target.tensor.extents) for line in lines)
    if count <= MOST_SHOWN:
        with suppress(BudgetError, UserError):  # of sums that are too long, or of integers that are not given
            scalars = tuple(Chain((Symbol(line.name), equation_formula(line))) for line in view.forward)
            return Shown(scalars, view.names, draw=draw, drawing_first=True)
    forms = IndexView(core)
    chains = tuple(chain(core, forms, line.name) for line in lines[:MOST_SHOWN])
    return Shown(chains, view.names, remark=_left_out(len(lines)), draw=draw, drawing_first=True)


def shown_gradient(view: ScalarView, name: str, form: str, draw: Draw = _nothing) -> Shown:
    """``∂loss/∂name`` in one of the forms: of an element in that of scalars, of a tensor in the others.

    Raises UserError for an unknown name or form, and UnsupportedError where there is no such form.
    """
    check_name(name)
    core = view.derivation
    if check_form(form) == "scalar":
        tensor = core.forward.tensors.get(name)
        elements = [name] if tensor is None or not tensor.indices else view.identifiers(tensor)
        return Shown(_by_element(view, elements[:MOST_SHOWN]), view.names, remark=_left_out(len(elements)), draw=draw)
    forms = IndexView(core) if form == "index" else MatrixView(core)
    return Shown((chain(core, forms, derived(view, name, form)),), view.names, draw=draw)


def shown_gradients(
    view: ScalarView, network: str, draw: Draw, asked: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Shown:
    """All gradients of a small network, element by element; of a larger one those of tensors, with indices.

    Of the tensors in `asked` only these elements were asked for.
    """
    core, title = view.derivation, prose(ENGLISH).phrase("shown.gradients", network=network)
    if not core.gradients:
        return Shown((), view.names, title, prose(ENGLISH).phrase("shown.nothing"), draw)
    tensors = [core.forward.tensors[name] for name in core.gradients]
    if sum(len(asked.get(t.name, ())) or prod(t.extents) for t in tensors) <= MOST_SHOWN:
        with suppress(BudgetError, UserError):  # of sums that are too long, or of integers that are not given
            chains = _by_element(view, [n for t in tensors for n in asked.get(t.name) or view.identifiers(t)])
            return Shown(chains, view.names, title, draw=draw)
    forms, adjoints = IndexView(core), list(core.gradients.values())
    lines = tuple(chain(core, forms, adjoint) for adjoint in adjoints[:MOST_SHOWN])
    return Shown(lines, view.names, title, _left_out(len(adjoints)), draw)


def _by_element(view: ScalarView, elements: Sequence[str]) -> tuple[Chain, ...]:
    loss = Symbol(view.derivation.forward.loss)
    return tuple(Chain((Partial(loss, Symbol(name)), view.formula(name))) for name in elements)


def _left_out(count: int) -> str:
    return prose(ENGLISH).phrase("shown.more", count=f"{count - MOST_SHOWN:,}") if count > MOST_SHOWN else ""
