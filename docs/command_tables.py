"""The directive `options`: a table of one command's options, read off the command itself; a Sphinx extension of these pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_LITERAL = re.compile(r"--[a-z][a-z-]*|\b\d+(-\d+)+\b")  # an option, sizes


def options(name: str) -> Iterator[list[str]]:
    """Each option of a command with its placeholder, its help and its default."""
    application = typer.Typer(add_completion=False)
    application.command()(getattr(import_module(f"symprop.cli.{name}"), name))
    for parameter in typer.main.get_command(application).params:
        if parameter.param_type_name == "option" and parameter.name != "help":
            yield [_spelled(parameter), _LITERAL.sub(r"`\g<0>`", parameter.help), _default(parameter)]


def _spelled(parameter: Any) -> str:
    longest_first = sorted(parameter.opts, key=len, reverse=True)
    value = "" if parameter.is_flag else f" {parameter.metavar}"
    return ", ".join(f"`{spelling}{value}`" for spelling in longest_first)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    return "" if parameter.default in (None, False) else f"`{parameter.default}`"


class Options(SphinxDirective):
    """The table of the options of the command that the argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        lines = ["```{list-table}", ":header-rows: 1", ":widths: 32 52 16", ""]
        for row in (["Option", "Meaning", "Default"], *options(self.arguments[0])):
            lines += [f"{'* ' if not k else '  '}- {cell}" for k, cell in enumerate(row)]
        box = nodes.container()
        self.state.nested_parse(StringList([*lines, "```"], source="symprop"), 0, box)
        return list(box.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("options", Options)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
