"""The command `export`: the derivation as a document in a file; what it says and how it looks is decided elsewhere."""

from __future__ import annotations

from typing import Annotated

import typer

from symprop.cli.options import Activation, Json, Loss, NetworkName, NoBias, Notation, Wrt, examples, load_network
from symprop.cli.output import say, show, show_json

EXAMPLES = examples(
    "symprop export classroom -o backprop.md", "symprop export net.toml -o backprop.tex --notation textbook"
)


def export(
    network: NetworkName,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A .md, .tex or .pdf file (.pdf needs LaTeX).", show_default=False
        ),
    ],
    wrt: Wrt = None,
    notation: Notation = "classroom",
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Write the derivation as a document, explained step by step."""
    derivation = load_network(network, activation, loss, no_bias).derive(wrt, notation)
    derivation.export(output)
    if not derivation.numbers_left_out and derivation.not_finite is not None:
        say(f"note: '{derivation.not_finite}' is not finite at the values given, so the document has no numbers.")
    if json:
        show_json({"network": derivation.spec.name, "file": output})
    else:
        show(f"wrote {output}")
