"""The command `examples`: the networks that come with symprop."""

from __future__ import annotations

from symprop.cli.options import Json
from symprop.cli.options import examples as example_lines
from symprop.cli.output import show, show_json, table

EXAMPLES = example_lines("symprop examples")


def examples(json: Json = False) -> None:
    """List the built-in networks.

    Each name can stand for NETWORK in the other commands.
    """
    from symprop.examples import summaries

    found = summaries()
    if json:
        show_json({"examples": [{"name": name, "description": text} for name, text in found.items()]})
        return
    show(table(["Name", "What it shows"], [[name, text] for name, text in found.items()], [False, False]))
