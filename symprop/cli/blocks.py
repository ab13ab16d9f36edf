"""What `formulas --hessian` and `--jacobian` print over whole tensors, by indices or as matrices; `views.jacobian` has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from symprop.cli.indices import conventions, extents, shapes
from symprop.cli.output import columns, heading, in_ascii, in_words, on_terminal, show, show_json
from symprop.cli.second import Asked, predicted
from symprop.cli.sections import Section, adding, heads, tensor_sections, with_note
from symprop.cli.typeset import as_latex, as_text
from symprop.document.lines import chain
from symprop.ir.tensor import BACKWARD
from symprop.notation.formula import Chain, Formula, Partial, Product, Sign, Symbol
from symprop.notation.latex import latex
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.views.delta import with_added
from symprop.views.diagonal import tensor_name
from symprop.views.jacobian import JacobianView
from symprop.views.tree import map_parts, walk

if TYPE_CHECKING:
    from symprop.face import Derivation


def print_blocks(derivation: Derivation, asked: Asked, title: str) -> None:
    """Prints the blocks of the Hessian, each pair of tensors once, or the Jacobians of the output, with what is between."""
    views = list(_views(derivation, asked))
    if asked.json:
        show_json(_described(derivation, asked, views))
        return
    forward = list(takewhile(lambda section: section.title != "Gradients", tensor_sections(derivation, asked.form, {})))
    sections = list(_told_once(_section(view, asked, title) for title, view in views))
    if len(views) > 1:
        sections = with_note(sections, "The order of the two does not matter, so each pair of tensors stands once.")
    if note := conventions(equation for _, view in views for equation in view.program.equations):
        sections = with_note(sections, f"{note}.")
    if asked.latex:
        show(as_latex(forward, derivation.names), as_it_is=True)
        for (_, view), section in zip(views, sections, strict=True):
            show(as_latex([section], _names(derivation, view)), as_it_is=True)
    else:
        show(f"{heading(title)}\n")
        matrix, width = asked.form == "matrix", columns()
        told = [*forward, *sections]
        show(
            as_text(
                told, derivation, width, matrix=matrix, fold=on_terminal(), ascii_only=in_ascii(), widest=width // 2
            )
        )


def _views(derivation: Derivation, asked: Asked) -> Iterator[tuple[str, JacobianView]]:
    """The view of each output, under the title of its section."""
    second, tensors = derivation.second_view, list(derivation.core.gradients)
    if asked.kind == "jacobian":
        yield "Jacobian", second.jacobian_view(predicted(derivation), tensors)
        return
    for place, first in enumerate(tensors):
        title = "Hessian" if len(tensors) == 1 else f"Hessian, the rows of {first}"
        yield title, second.hessian_view(first, tensors[place:])


def _names(derivation: Derivation, view: JacobianView) -> Names:
    """The names of the program that was differentiated, which may be the gradient's."""
    return with_added(derivation.names, view.jacobians.derivation.forward)


def _section(view: JacobianView, asked: Asked, title: str) -> Section:
    lines = [_line(view, name, asked.form) for name in view.listed]
    read = tuple(replace(line, sides=tuple(map(view.read, line.sides))) for line in lines)
    return Section(title, (*_introduced(view), *read), " ".join(_notes(view, lines, asked.form)))


def _told_once(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections without the lines that stand in an earlier one, or say what an adjoint is that one has defined."""
    told: set[Chain] = set()
    names: set[str] = set()
    for section in sections:
        kept = [
            line
            for line in section.chains
            if line not in told and not (_is_introduction(line) and _left(line) in names)
        ]
        yield replace(section, chains=tuple(kept))
        told.update(kept)
        names.update(map(_left, kept))


def _left(line: Chain) -> str:
    return tensor_name(line.sides[0])


def _is_introduction(line: Chain) -> bool:
    return bool(_left(line)) and isinstance(line.sides[-1], Partial)


def _introduced(view: JacobianView) -> Iterator[Chain]:
    """What the adjoints are that the gradient is differentiated by but no line defines."""
    by = dict.fromkeys(view.blocks[name].wrt for name in view.listed if name in view.blocks)
    loss = Symbol(view.jacobians.derivation.forward.loss)
    for adjoint in by:
        if (
            adjoint is not None
            and adjoint.primal is not None
            and adjoint.role in BACKWARD
            and adjoint.name not in view.listed
        ):
            yield Chain((Symbol(adjoint.name), Partial(loss, Symbol(adjoint.primal))))


def _line(view: JacobianView, name: str, form: str) -> Chain:
    """One equation, a block under its identifier; beside matrices, scalars are not multiplied as such."""
    by_matrix = form == "matrix" and view.matrix.has(name)
    if name in view.blocks:
        line = view.equation(name, form)
    else:
        line = chain(view.jacobians.derivation, view.matrix if by_matrix else view.index, name)
    return line if by_matrix or form == "index" else replace(line, sides=tuple(map(_of_scalars, line.sides)))


def _of_scalars(formula: Formula) -> Formula:
    formula = map_parts(formula, _of_scalars)
    return replace(formula, sign=Sign.DOT) if isinstance(formula, Product) else formula


def _notes(view: JacobianView, lines: Sequence[Chain], form: str) -> Iterator[str]:
    """What has to be said about the lines: what has no matrix form, what an identity is called, where a block is zero."""
    if form == "matrix" and not all(map(view.matrix.has, view.listed)):
        yield "What has no matrix form stands with its indices."
    parts = dict.fromkeys(part for line in lines for side in line.sides for part in walk(side))
    identities = list(dict.fromkeys(tensor_name(part) for part in parts if view.is_identity(part)))
    if identities:
        what = "is the identity matrix" if len(identities) == 1 else "are identity matrices"
        yield f"{in_words(identities)} {what}."
    if any(view.stands_twice(part) for part in parts):
        yield "A derivative in which an index stands twice is 0 where the two differ."
    if note := adding(lines):
        yield f"{note}."


def _described(derivation: Derivation, asked: Asked, views: Sequence[tuple[str, JacobianView]]) -> dict[str, Any]:
    """The blocks, and by name what they refer to, each behind what its own formula refers to."""
    first, second = ("first", "second") if asked.kind == "hessian" else ("output", "wrt")
    adjoints: dict[str, Any] = {}
    blocks = []
    tensors = list(derivation.core.forward.tensors.values())
    for _, view in views:
        names, wanted = _names(derivation, view), view.jacobians.derivation.gradients
        of = view.jacobians.output.primal if asked.kind == "hessian" else view.jacobians.output.name
        found = {name: _entry(view, name, asked.form, names) for name in view.listed}
        blocks += [{first: of, second: wrt, "name": name, **found[name]} for wrt, name in wanted.items()]
        adjoints |= {name: entry for name, entry in found.items() if name not in wanted.values()}
        tensors += [view.shown(name) for name in found]
    content = {**heads(derivation), "shapes": shapes(tensors), asked.kind: blocks}
    return {**content, **({"adjoints": adjoints} if adjoints else {})}


def _entry(view: JacobianView, name: str, form: str, names: Names) -> dict[str, Any]:
    """One equation: what it defines or, where it scatters, adds to, and what that is."""
    line = _line(view, name, form)
    left, right = line.sides[0], line.sides[-1]
    known = shapes(map(view.shown, view.program.tensors))
    runs = extents(view.index.readable(name).target.free, left, right, known)
    return {
        "target": plain(left),
        "relation": line.relation,
        "formula": plain(right, matrix=form == "matrix"),
        "latex": latex(view.read(right), names),
        **({"extents": runs} if runs else {}),
    }
