"""The command `export`: the derivation as a document or as code in a file; what it says and how it looks is decided elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from symprop.cli.options import (
    Activation,
    Json,
    Language,
    Loss,
    NetworkName,
    NoBias,
    Notation,
    Wrt,
    examples,
    load_network,
    output_file,
)
from symprop.cli.output import in_words, say, show, show_json

if TYPE_CHECKING:
    from symprop.face import Derivation

EXAMPLES = examples(
    "symprop export classroom -o backprop.md",
    "symprop export net.toml -o backprop.tex --notation textbook",
    "symprop export classroom -o page.html",
    "symprop export classroom -o gradients.tex --fragment",
    "symprop export classroom -o book.xlsx --rows 50",
    "symprop export classroom -o classroom.c --dtype float32",
)


def export(
    network: NetworkName,
    output: Annotated[
        str,
        output_file("Ends in .md, .tex, .pdf (needs LaTeX), .html, .ipynb, .xlsx (a workbook), .c or .h (code)."),
    ],
    wrt: Wrt = None,
    notation: Notation = "classroom",
    dtype: Annotated[
        str | None, typer.Option("--dtype", metavar="NAME", help="Of C code: float64 or float32; else float64.")
    ] = None,
    fragment: Annotated[
        bool, typer.Option("--fragment", help="Of .tex: equations with labels to \\input, and a file of their symbols.")
    ] = False,
    width: Annotated[
        float | None, typer.Option("--width", metavar="EM", help="Of --fragment: the text's width; else 34.5 em.")
    ] = None,
    rows: Annotated[
        int | None, typer.Option("--rows", metavar="NUMBER", help="Of .xlsx: how many updates; else 100, or what fits.")
    ] = None,
    language: Language = None,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Write it all as a document, page, workbook, notebook or code.

    The suffix of the file says which. A document's pictures stand in it or, for .md, in files beside it.
    """
    from symprop.exports import is_document, is_workbook

    derivation = load_network(network, activation, loss, no_bias).derive(wrt, notation)
    written = derivation.export(output, dtype=dtype, rows=rows, fragment=fragment, width=width, language=language)
    if is_document(output) and not derivation.numbers_left_out and derivation.not_finite is not None:
        say(f"note: '{derivation.not_finite}' is not finite at the values given, so the document has no numbers.")
    if is_workbook(output) and rows is None:
        _say_if_short(derivation)
    if json:
        show_json({"network": derivation.spec.name, "file": output, "beside": [str(path) for path in written[1:]]})
    else:
        show(f"wrote {in_words([output, *map(str, written[1:])])}")


def _say_if_short(derivation: Derivation) -> None:
    """Says how many updates there are in a workbook that has no room for the usual number."""
    from symprop.workbook import ROWS, usual_rows

    rows = usual_rows(derivation)
    if rows < ROWS:
        say(f"note: the workbook has {rows} updates; there is no room for the usual {ROWS}.")
