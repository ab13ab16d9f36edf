"""The command `export`: the derivation as a document or as code in a file; what it says and how it looks is decided elsewhere."""

from __future__ import annotations

from typing import Annotated

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
)
from symprop.cli.output import in_words, say, show, show_json

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
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Ends in .md, .tex, .pdf (needs LaTeX), .html, .ipynb, .xlsx (a workbook), .c or .h (code).",
            show_default=False,
        ),
    ],
    wrt: Wrt = None,
    notation: Notation = "classroom",
    dtype: Annotated[
        str | None, typer.Option("--dtype", metavar="NAME", help="Of C code: float64 or float32; else float64.")
    ] = None,
    fragment: Annotated[
        bool, typer.Option("--fragment", help="Of .tex: equations with labels to \\input, and a file of their symbols.")
    ] = False,
    rows: Annotated[
        int | None, typer.Option("--rows", metavar="NUMBER", help="Of .xlsx: how many updates; else 100.")
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
    from symprop.exports import is_document

    derivation = load_network(network, activation, loss, no_bias).derive(wrt, notation)
    written = derivation.export(output, dtype=dtype, rows=rows, fragment=fragment, language=language)
    if is_document(output) and not derivation.numbers_left_out and derivation.not_finite is not None:
        say(f"note: '{derivation.not_finite}' is not finite at the values given, so the document has no numbers.")
    if json:
        show_json({"network": derivation.spec.name, "file": output, "beside": [str(path) for path in written[1:]]})
    else:
        show(f"wrote {in_words([output, *map(str, written[1:])])}")
