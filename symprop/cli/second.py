"""What `formulas --hessian` and `--jacobian` print entry by entry; over whole tensors it is `cli.blocks`'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from symprop.cli.output import columns, heading, in_ascii, on_terminal, show, show_json
from symprop.cli.sections import Numbers, Section, chain_of, declared, given_numbers, heads, scalar_sections
from symprop.cli.typeset import as_latex, as_text
from symprop.errors import UserError
from symprop.ir.tensor import BACKWARD
from symprop.notation.formula import Chain, Formula, Partial, Product, Sign, Symbol
from symprop.notation.latex import latex
from symprop.notation.plain import plain
from symprop.scalar.numeric import FLOAT, evaluate
from symprop.views.convert import elementary, to_formula
from symprop.views.numbers import as_number, with_numbers
from symprop.views.tree import map_parts, walk

if TYPE_CHECKING:
    from symprop.face import Derivation
    from symprop.views.second import Definition

Expression = Any
Reading = Mapping[str, Formula]  # names, and the derivatives that they are read as


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
        show(as_latex(sections, derivation.names), as_it_is=True)
    else:
        show(f"{heading(title)}\n")
        width = columns()
        show(as_text(sections, derivation, width, fold=on_terminal(), ascii_only=in_ascii(), widest=width // 2))


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
        several = any(entry.of != entry.wrt for entry in entries)
        title = "Hessian"
        note = "The order of the two does not matter, so each pair stands once." if several else ""
    else:
        title, note = "Jacobian", ""
    definitions = derivation.second_view.definitions(*(entry.value for entry in entries))
    if asked.numbers:
        known = _with_values(known, definitions)
    reading = {each.name: each.read for each in definitions if not each.is_first}
    chains = [*_introduced(derivation, definitions), *(_definition(each, known, reading) for each in definitions)]
    chains += [_equated((entry.left,), entry.value, known, reading) for entry in entries]
    yield Section(title, tuple(chains), note)


def _introduced(derivation: Derivation, definitions: Sequence[Definition]) -> Iterator[Chain]:
    """What the adjoints are that something is differentiated by but no line defines."""
    defined = {each.name for each in definitions}
    for by in dict.fromkeys(each.by for each in definitions):
        if by.role in BACKWARD and by.primal is not None and by.name not in defined:
            yield Chain((Symbol(by.name), Partial(Symbol(derivation.program.loss), Symbol(by.primal))))


def _definition(definition: Definition, known: Numbers, reading: Reading) -> Chain:
    """What a name stands for: an adjoint of the first order goes by the name, one of the second by what it is."""
    left = (Symbol(definition.name), definition.read) if definition.is_first else (definition.read,)
    return _equated(left, definition.value, known, reading)


def _equated(left: Sequence[Formula], value: Expression, known: Numbers, reading: Reading) -> Chain:
    """``left = symbols``, and where there are numbers ``= numbers = result``."""
    formula = to_formula(value)
    sides = [*(_read(side, reading) for side in left), _read(formula, reading)]
    if known:
        sides += [with_numbers(formula, known), as_number(evaluate(value, known, FLOAT))]
    return chain_of(*sides)


def _read(formula: Formula, reading: Reading) -> Formula:
    """The formula with derivatives in the place of their names; beside such, products are spaced."""
    if isinstance(formula, Symbol):
        return reading.get(formula.name, formula)
    read = map_parts(formula, lambda part: _read(part, reading))
    spaced = isinstance(read, Product) and any(isinstance(part, Partial) for part in walk(read))
    return replace(read, sign=Sign.DOT) if spaced and isinstance(read, Product) else read


def _with_values(known: Numbers, definitions: Sequence[Definition]) -> Numbers:
    """The numbers, and those of what is defined, one after the other."""
    found = dict(known)
    for each in definitions:
        found[each.name] = evaluate(each.value, found, FLOAT)
    return found


def _described(derivation: Derivation, kind: str, entries: list[Entry]) -> dict[str, Any]:
    definitions = derivation.second_view.definitions(*(entry.value for entry in entries))
    values: Numbers = {} if derivation.numbers_left_out else derivation.numbers
    values = _with_values(values, definitions) if values else {}
    functions = declared(derivation)
    reading = {each.name: each.read for each in definitions if not each.is_first}
    names = derivation.names

    def described(value: Expression) -> dict[str, Any]:
        formula = to_formula(value)
        return {
            "formula": plain(elementary(formula, functions)),
            "latex": latex(_read(formula, reading), names),
            "value": evaluate(value, values, FLOAT) if values else None,
        }

    first = "first" if kind == "hessian" else "output"
    second = "second" if kind == "hessian" else "wrt"
    found = [{first: entry.of, second: entry.wrt, **described(entry.value)} for entry in entries]
    content = {**heads(derivation), kind: found}
    adjoints = {each.name: {"target": plain(each.read), **described(each.value)} for each in definitions}
    return {**content, **({"adjoints": adjoints} if adjoints else {})}
