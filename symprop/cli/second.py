"""What `formulas --hessian` and `--jacobian` print entry by entry; over whole tensors it is `cli.blocks`'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from symprop.cli.output import columns, heading, on_terminal, show, show_json
from symprop.cli.sections import Section, chain_of, declared, given_numbers, scalar_sections
from symprop.cli.typeset import as_latex, as_text
from symprop.errors import UserError
from symprop.notation.formula import Formula, Partial, Symbol
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.convert import elementary, to_formula
from symprop.views.numbers import as_number, with_numbers

if TYPE_CHECKING:
    from symprop.face import Derivation

Expression = Any


@dataclass(frozen=True)
class Asked:
    """Which derivatives are asked for, ``hessian`` or ``jacobian``, and how: in which form, with numbers, as LaTeX, as JSON."""

    kind: str
    wrt: str | None
    form: str
    numbers: bool
    latex: bool
    json: bool


@dataclass(frozen=True)
class Entry:
    """One derivative: of `of` by `wrt`, which for a Hessian are both differentiated by."""

    of: str
    wrt: str
    left: Formula
    value: Expression


def asked_for(
    hessian: bool, jacobian: bool, *, wrt: str | None, form: str, numbers: bool, latex: bool, json: bool
) -> Asked:
    """What the options ask for; UserError for those that do not go together."""
    if hessian and jacobian:
        raise UserError("--hessian and --jacobian are two questions", remedy="Ask for one at a time.")
    kind = "hessian" if hessian else "jacobian"
    if numbers and form != "scalar":
        raise UserError(f"--{kind} takes --numbers in the scalar form alone", remedy="Leave out --form, or --numbers.")
    return Asked(kind, wrt, form, numbers, latex, json)


def print_second(derivation: Derivation, asked: Asked, title: str) -> None:
    """Prints the Hessian of the loss, each pair once, or the Jacobian of the outputs."""
    if asked.form != "scalar":
        from symprop.cli.blocks import print_blocks

        print_blocks(derivation, asked, title)
        return
    entries = list(_hessian(derivation, asked.wrt) if asked.kind == "hessian" else _jacobian(derivation, asked.wrt))
    if asked.json:
        show_json(_described(derivation, asked.kind, entries))
        return
    sections = list(_sections(derivation, asked, entries))
    if asked.latex:
        show(as_latex(sections, derivation.names))
    else:
        show(f"{heading(title)}\n")
        show(as_text(sections, derivation, columns(), fold=on_terminal()))


def _hessian(derivation: Derivation, wrt: str | None) -> Iterator[Entry]:
    view = derivation.second_view
    names = view.elements(wrt, tuple(derivation.core.gradients))
    loss = Symbol(derivation.program.loss)
    for row, (one, entries) in enumerate(zip(names, view.hessian(names, names), strict=True)):
        for other, value in zip(names[row:], entries[row:], strict=True):
            yield Entry(one, other, Partial(Partial(loss, Symbol(one)), Symbol(other)), value)


def _jacobian(derivation: Derivation, wrt: str | None) -> Iterator[Entry]:
    view = derivation.second_view
    outputs = view.elements(predicted(derivation))
    names = view.elements(wrt, tuple(derivation.core.gradients))
    for one, entries in zip(outputs, view.jacobian(outputs, names), strict=True):
        for other, value in zip(names, entries, strict=True):
            yield Entry(one, other, Partial(Symbol(one), Symbol(other)), value)


def predicted(derivation: Derivation) -> str:
    """The tensor that the network predicts; UserError for a list of equations, which does not say."""
    output = derivation.core.forward.output
    if output is None:
        remedy = "In Python, derivation.jacobian(output) takes any quantity."
        raise UserError("a list of equations does not say what it predicts", remedy=remedy)
    return output


def _sections(derivation: Derivation, asked: Asked, entries: list[Entry]) -> Iterator[Section]:
    """What the formulas refer to, and then the derivatives."""
    known = given_numbers(derivation) if asked.numbers else {}
    yield from takewhile(lambda section: not section.title.startswith("Gradients"), scalar_sections(derivation, known))
    if asked.kind == "hessian":
        title, note = "Hessian", "The order of the two does not matter, so each pair stands once."
    else:
        title, note = "Jacobian", ""
    chains = []
    for entry in entries:
        formula = to_formula(entry.value)
        sides = [entry.left, formula]
        if asked.numbers:
            value = evaluate(entry.value, known, FLOAT)
            sides += [with_numbers(formula, known), as_number(value)]
        chains.append(chain_of(*sides))
    yield Section(title, tuple(chains), note)


def _described(derivation: Derivation, kind: str, entries: list[Entry]) -> dict[str, Any]:
    values: Mapping[str, float] = {} if derivation.numbers_left_out else derivation.numbers
    functions = declared(derivation)
    first = "first" if kind == "hessian" else "output"
    second = "second" if kind == "hessian" else "wrt"
    found = [
        {
            first: entry.of,
            second: entry.wrt,
            "formula": plain(elementary(to_formula(entry.value), functions)),
            "latex": latex(to_formula(entry.value), derivation.names),
            "value": evaluate(entry.value, values, FLOAT) if values else None,
        }
        for entry in entries
    ]
    return {"network": derivation.spec.name, "loss": derivation.program.loss, kind: found}
