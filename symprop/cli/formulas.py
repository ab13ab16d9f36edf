"""The command `formulas`: which gradients, in which form, printed how; what is printed is put together in other modules."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Annotated

import typer

from symprop.cli.options import (
    Activation,
    Ascii,
    Json,
    Loss,
    NetworkName,
    NoBias,
    Notation,
    examples,
    load_network,
    only_one,
    typed,
)
from symprop.cli.output import columns, heading, in_ascii, on_terminal, say, show, show_json
from symprop.errors import BudgetError, UserError, nearest

if TYPE_CHECKING:
    from symprop.cli.sections import Numbers, Section
    from symprop.cli.updates import Update
    from symprop.face import Derivation
    from symprop.ir.program import Program

MOST_EXPLAINED = 16
MOST_LINES = 500  # of a forward pass that is written out
MOST_IN_JSON = 2000  # gradients written out for a program, which reads more than people do
EXAMPLES = examples(
    "symprop formulas classroom",
    "symprop formulas classroom --wrt w5 --numbers",
    "symprop formulas 3-4-2 --activation tanh --form matrix",
    "symprop formulas classroom --optimizer adam",
)

Element = Annotated[
    list[str] | None,
    typer.Option(
        "--wrt",
        metavar="NAME",
        callback=typed,
        help="One gradient with its steps: by w5, W2, i1, h1 or any other quantity.",
    ),
]


def formulas(
    network: NetworkName,
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="FORM", help="scalar, index or matrix; else scalar for small networks."),
    ] = None,
    wrts: Element = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Symbols, then numbers, then the result; JSON holds the numbers anyway.")
    ] = False,
    hessian: Annotated[bool, typer.Option("--hessian", help="The second derivatives of the loss instead.")] = False,
    jacobian: Annotated[bool, typer.Option("--jacobian", help="The derivatives of the outputs instead.")] = False,
    optimizer: Annotated[
        str | None,
        typer.Option("--optimizer", metavar="NAME", help="The update equations too, of adam or another optimizer."),
    ] = None,
    notation: Notation = "classroom",
    latex: Annotated[bool, typer.Option("--latex", help="LaTeX, one equation a line; JSON holds it anyway.")] = False,
    ascii_only: Ascii = False,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Print the formula of every gradient.

    The forward pass comes first, since the formulas refer to its quantities by name.
    """
    _check_form(form)
    wrt = only_one("--wrt", wrts)
    derivation = load_network(network, activation, loss, no_bias).derive(None if wrt is None else [wrt], notation)
    if optimizer is not None:
        from symprop.cli.updates import check_optimizer

        check_optimizer(optimizer, alone=not (hessian or jacobian))
    if hessian or jacobian:
        from symprop.cli.second import asked_for, print_second

        form = _form_of_numbers(derivation, form) or form
        form = form or (None if numbers else _form_without_integers(derivation, wrt)) or "scalar"
        asked = asked_for(hessian, jacobian, wrt=wrt, form=form, numbers=numbers, latex=latex, json=json)
        if asked.form != "scalar":
            _note_element(derivation, asked.form, wrt)
        print_second(derivation, asked, title(derivation))
        return
    _print_gradients(derivation, form, wrt, numbers, optimizer, latex=latex, json=json)


def _print_gradients(
    derivation: Derivation,
    form: str | None,
    wrt: str | None,
    numbers: bool,
    optimizer: str | None,
    *,
    latex: bool,
    json: bool,
) -> None:
    if numbers:
        from symprop.cli.sections import check_valued

        check_valued(derivation)
    chosen = _form(derivation, form, wrt, numbers, json)
    if chosen == "scalar":
        _check_size(derivation, wrt, numbers)
    wanted = _wanted(derivation, chosen, wrt)
    if not derivation.core.gradients:
        say("note: every parameter is fixed, so there are no gradients; --wrt asks for one all the same.")
    if json:
        from symprop.cli.described import described

        if derivation.numbers_left_out:
            say("note: the network is too large for its numbers to be worked out one by one, so values are null.")
        update = _update(derivation, optimizer, wanted, chosen)
        show_json({**described(derivation, wanted, chosen), **({"update": update.described()} if update else {})})
        return
    sections = _sections(derivation, chosen, wanted if wrt else None, numbers)
    update = _update(derivation, optimizer, wanted, chosen)
    sections += [update.section()] if update else []
    if latex:
        from symprop.cli.typeset import as_latex

        show(as_latex(sections, update.lines.names if update else derivation.names), as_it_is=True)
    else:
        from symprop.cli.typeset import as_text

        show(f"{heading(title(derivation))}\n")
        show(
            as_text(
                sections, derivation, columns(), matrix=chosen == "matrix", fold=on_terminal(), ascii_only=in_ascii()
            )
        )


def _update(derivation: Derivation, optimizer: str | None, wanted: Sequence[str], form: str) -> Update | None:
    """The update by an optimizer that was asked for; None where none was, or where nothing is trained."""
    if optimizer is None:
        return None
    from symprop.cli.updates import Update

    update = Update(derivation, optimizer, wanted, form)
    if update.parameter is not None:
        return update
    say("note: no gradient here is a trainable parameter's, so nothing is updated.")
    return None


def _form(derivation: Derivation, form: str | None, wrt: str | None, numbers: bool, json: bool) -> str:
    """The form asked for; else weight by weight for as many gradients as the documents write out. Says what it changes."""
    from symprop.cli.sections import count_gradients
    from symprop.document.subject import MOST_PARAMETERS
    from symprop.ir.size import scalar_count

    if _form_of_numbers(derivation, form):
        return "scalar"
    if not form and _form_without_integers(derivation, wrt):
        return "index"
    count = count_gradients(derivation)
    by_element = wrt is not None and wrt not in derivation.core.forward.tensors
    lines = scalar_count(derivation.core.forward)
    few = count <= (MOST_IN_JSON if json else MOST_PARAMETERS) and (json or lines <= MOST_LINES)
    if form or by_element or few or (numbers and lines <= MOST_LINES):
        return form or "scalar"
    many = f"{count:,} gradients" if count > MOST_PARAMETERS else f"{lines:,} forward equations"
    say(f"note: {many} are too many to read one by one, so this is the index form; see --form and --wrt.")
    return "index"


def _form_without_integers(derivation: Derivation, wrt: str | None) -> str | None:
    """The index form where all is asked for and integers are not given; says so."""
    lacking = _lacking_integers(derivation.core.forward)
    if not lacking or wrt is not None:
        return None
    say(f"note: '{lacking}' has no integers among the values, so this is the index form.")
    return "index"


def _lacking_integers(program: Program) -> str | None:
    """A tensor of integers whose elements are not given; without them nothing can be written element by element."""
    from symprop.ir.program import integer_tensors

    given = {name for name, _ in program.integers}
    return next((tensor.name for tensor in integer_tensors(program) if tensor.name not in given), None)


def _form_of_numbers(derivation: Derivation, form: str | None) -> str | None:
    """The scalar form where there are single numbers alone; says so where another is asked for."""
    if any(tensor.indices for tensor in derivation.core.forward.tensors.values()):
        return None
    if form in ("index", "matrix"):
        say(f"note: single numbers have no {form} form, so this is the scalar form.")
    return "scalar"


def _check_form(form: str | None) -> None:
    from symprop.views.expressions import FORMS

    if form is not None and form not in FORMS:
        raise UserError(f"unknown form '{form}'", remedy=nearest(form, FORMS))


def _check_size(derivation: Derivation, wrt: str | None, numbers: bool) -> None:
    """Refuses what is too large to be written out weight by weight; one gradient takes less than the whole."""
    from symprop.views.budget import check_scalars, check_sums

    one = wrt is not None and prod(_extents(derivation, wrt)) <= MOST_IN_JSON
    check = check_sums if one and not numbers else check_scalars
    check(derivation.program, remedy="Use --form index or --form matrix.")


def _extents(derivation: Derivation, name: str) -> tuple[int, ...]:
    tensor = derivation.core.forward.tensors.get(name)
    return () if tensor is None else tensor.extents


def _wanted(derivation: Derivation, form: str, wrt: str | None) -> list[str]:
    """The elements, or the tensors, whose gradients are asked for."""
    tensors = derivation.core.forward.tensors
    if form != "scalar":
        _note_element(derivation, form, wrt)
        return list(derivation.core.gradients)
    if wrt is None or wrt not in tensors:
        return derivation.parameters() if wrt is None else [wrt]
    return derivation.scalars.identifiers(tensors[wrt])


def _note_element(derivation: Derivation, form: str, wrt: str | None) -> None:
    if wrt is not None and wrt not in derivation.core.forward.tensors:
        (holder,) = derivation.core.gradients
        say(f"note: '{wrt}' is an element of '{holder}', which the {form} form gives as a whole.")


def _note_tensors(derivation: Derivation) -> None:
    """Says what whole tensors are made of where the notation calls their elements by another letter that is a tensor's."""
    names, tensors = derivation.names, derivation.core.forward.tensors
    told = [f"{name} is {next(names.elements(tensors[name]))}, …" for name in names.wholes]
    if told:
        say(f"note: whole tensors have the same names in every notation: {'; '.join(told)}.")


def _sections(derivation: Derivation, form: str, explain: Sequence[str] | None, numbers: bool) -> list[Section]:
    from symprop.cli import sections

    known: Numbers = sections.given_numbers(derivation) if numbers else {}
    if form != "scalar":
        if any(sections.is_long(derivation, name) for name in derivation.program.by_name) and numbers:
            say(
                f"note: the values of tensors of more than {sections.MOST_NUMBERS} numbers are left out; --json has them."
            )
        _note_tensors(derivation)
        from symprop.cli.indices import conventions

        told = list(sections.tensor_sections(derivation, form, known))
        return sections.with_note(told, conventions(derivation.program.equations))
    if explain is None:
        return list(sections.scalar_sections(derivation, known))
    if len(explain) > MOST_EXPLAINED:
        raise BudgetError(
            "these are too many gradients to explain one by one",
            expected=f"a tensor of at most {MOST_EXPLAINED} elements",
            got=f"{len(explain):,}",
            remedy=f"Name one element, such as {explain[0]}, or use --form index.",
        )
    from symprop.cli.explained import explained

    return [section for identifier in explain for section in explained(derivation, identifier, known)]


def title(derivation: Derivation) -> str:
    """The network in one line: ``classroom: 2-2-2, half squared error``."""
    from symprop.network import NetworkSpec

    spec = derivation.spec
    if not isinstance(spec, NetworkSpec):
        count = len(spec.equations)
        return f"{spec.name}: {count} {'equation' if count == 1 else 'equations'} for {spec.loss}"
    loss = spec.loss_rule.name.replace("_", " ")
    return f"{spec.sizes}, {loss}" if spec.name == spec.sizes else f"{spec.name}: {spec.sizes}, {loss}"
