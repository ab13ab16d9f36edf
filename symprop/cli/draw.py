"""The command `draw`: the network as a picture in a file; what is drawn and how is decided elsewhere."""

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
    examples,
    load_network,
    output_file,
)
from symprop.cli.output import show, show_json

EXAMPLES = examples(
    "symprop draw classroom -o net.svg",
    "symprop draw classroom -o net.png --highlight w1",
    "symprop draw net.toml -o net.tex --notation textbook",
)


def draw(
    network: NetworkName,
    output: Annotated[str, output_file("A .svg, .png or .pdf file, a .tex file (TikZ) or a .dot file (Graphviz).")],
    highlight: Annotated[
        str | None,
        typer.Option(
            "--highlight", metavar="NAME", help="The paths by which this quantity reaches the loss stand out."
        ),
    ] = None,
    notation: Notation = "classroom",
    language: Language = None,
    json: Json = False,
    activation: Activation = None,
    loss: Loss = None,
    no_bias: NoBias = False,
) -> None:
    """Draw the network, neuron by neuron or as blocks.

    A small chain of dense layers is drawn with every neuron and weight, a list of equations as a graph of its quantities.
    """
    from symprop.drawing import check_format, drawing_of
    from symprop.drawing import draw as write
    from symprop.notation.packs import names_for
    from symprop.prose import ENGLISH
    from symprop.values import element_values

    check_format(output)
    spec = load_network(network, activation, loss, no_bias)
    forward = spec.elaborate()
    names = names_for(forward, notation)
    values, said = element_values(forward, names, spec.values), language or ENGLISH
    drawing = drawing_of(spec, forward, names, values, highlight, language=said, graphviz=True)
    write(drawing, output)
    if json:
        paths = {} if highlight is None else {"highlight": highlight, "paths": list(drawing.paths)}
        show_json({"network": spec.name, "file": output, "style": drawing.style, **paths})
    else:
        show(f"wrote {output}")
