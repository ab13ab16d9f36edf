"""The command `formulas`: which gradients, in which form, printed how; what is printed is put together in other modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from symprop.cli.budget import check_size
from symprop.cli.options import Activation, Json, Loss, NetworkName, NoBias, Notation, examples, load_network
from symprop.cli.output import columns, heading, on_terminal, say, show, show_json
from symprop.errors import BudgetError, UserError, nearest

if TYPE_CHECKING:
    from symprop.cli.sections import Numbers, Section
    from symprop.face import Derivation

FORMS = ("scalar", "index", "matrix")
MOST_EXPLAINED = 16
MOST_IN_JSON = 2000  # gradients written out for a program, which reads more than people do
EXAMPLES = examples(
    "symprop formulas classroom",
    "symprop formulas classroom --wrt w5 --numbers",
    "symprop formulas 3-4-2 --activation tanh --form matrix",
)


def formulas(
    network: NetworkName,
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="FORM", help="scalar, index or matrix; else scalar for small networks."),
    ] = None,
    wrt: Annotated[
        str | None,
        typer.Option(
            "--wrt", metavar="NAME", help="One gradient with its steps: by w5, W2, i1, h1 or any other quantity."
        ),
    ] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Symbols, then numbers, then the result.")] = False,
    notation: Notation = "classroom",
    latex: Annotated[bool, typer.Option("--latex", help="LaTeX, one equation a line.")] = False,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Print the formula of every gradient.

    The forward pass comes first, since the formulas refer to its quantities by name.
    """
    if form is not None and form not in FORMS:
        raise UserError(f"unknown form '{form}'", remedy=nearest(form, FORMS))
    net = load_network(network, activation, loss, no_bias)
    derivation = net.derive(None if wrt is None else [wrt], notation)
    chosen = form or ("scalar" if numbers else _form(derivation, wrt, json))
    if chosen == "scalar":
        whole = wrt is None or numbers or bool(net.values)
        check_size(derivation, whole=whole, remedy="Use --form index or --form matrix.")
    wanted = _wanted(derivation, chosen, wrt)
    if json:
        from symprop.cli.described import described

        show_json(described(derivation, wanted, chosen))
        return
    sections = _sections(derivation, chosen, wanted if wrt else None, numbers)
    if latex:
        from symprop.cli.typeset import as_latex

        show(as_latex(sections, derivation.names))
    else:
        from symprop.cli.typeset import as_text

        show(f"{heading(title(derivation))}\n")
        show(as_text(sections, derivation, columns(), matrix=chosen == "matrix", fold=on_terminal()))


def _form(derivation: Derivation, wrt: str | None, json: bool) -> str:
    """Weight by weight for as many gradients as the documents write out, else with indices; says so."""
    from symprop.cli.sections import count_gradients
    from symprop.document.subject import MOST_PARAMETERS

    count = count_gradients(derivation)
    by_element = wrt is not None and wrt not in derivation.core.forward.tensors
    if by_element or count <= (MOST_IN_JSON if json else MOST_PARAMETERS):
        return "scalar"
    say(f"note: {count:,} gradients are too many to read one by one, so this is the index form; see --form and --wrt.")
    return "index"


def _wanted(derivation: Derivation, form: str, wrt: str | None) -> list[str]:
    """The elements, or the tensors, whose gradients are asked for."""
    tensors = derivation.core.forward.tensors
    if form != "scalar":
        if wrt is not None and wrt not in tensors:
            (holder,) = derivation.core.gradients
            say(f"note: '{wrt}' is an element of '{holder}', which the {form} form gives as a whole.")
        return list(derivation.core.gradients)
    if wrt is None or wrt not in tensors:
        return derivation.parameters() if wrt is None else [wrt]
    return derivation.scalars.identifiers(tensors[wrt])


def _sections(derivation: Derivation, form: str, explain: Sequence[str] | None, numbers: bool) -> list[Section]:
    from symprop.cli import sections

    if form != "scalar":
        if numbers:
            raise UserError(f"--numbers goes with the scalar form, not with '{form}'", remedy="Add --form scalar.")
        return list(sections.tensor_sections(derivation, form))
    known: Numbers = sections.given_numbers(derivation) if numbers else {}
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
        return f"{spec.name}: {len(spec.equations)} equations for {spec.loss}"
    sizes = "-".join(str(size) for size in (spec.inputs, *(layer.units for layer in spec.layers)))
    loss = spec.loss_rule.name.replace("_", " ")
    return f"{sizes}, {loss}" if spec.name == sizes else f"{spec.name}: {sizes}, {loss}"
