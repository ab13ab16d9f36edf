"""From a document to its rendered content and to a file; what a renderer is stands in `catalogue`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from symprop.document.blocks import Document
from symprop.errors import UserError, nearest
from symprop.files import check_name, write_atomically
from symprop.renderers.catalogue import RENDERERS, Renderer
from symprop.renderers.code import CODE
from symprop.renderers.views import Safe, block_text, view

if TYPE_CHECKING:
    from jinja2 import Environment


def render(document: Document, name: str) -> str | bytes:
    r"""The document by a renderer's name (``"markdown"``) or suffix (``".md"``).

    Raises UserError for an unknown one, and for PDF where no LaTeX is installed.

    >>> from symprop.notation.names import Names
    >>> render(Document("A net", Names()), "markdown")
    '# A net\n'
    """
    renderer = _named(name)
    form = renderer.form
    template = _environment(renderer).get_template(renderer.template)
    blocks = [view(block, document.names, form) for block in document.blocks]
    return renderer.finish(template.render(title=block_text((document.title,), document.names, form), blocks=blocks))


def export(document: Document, path: str | Path) -> None:
    """Write the document to a file in the format of its suffix; the file appears whole or not at all.

    Raises UserError for an unknown suffix, for a place that cannot be written, and as `render` does.
    """
    check_name(path)
    suffix = Path(path).suffix.lower()
    known = {renderer.suffix for renderer in RENDERERS.values()}
    if suffix not in known:
        what = (
            f"no format goes by the suffix '{suffix}'"
            if suffix
            else "the file name has no suffix, which chooses the format"
        )
        raise UserError(what, where=str(path), remedy=f"Known: {', '.join(sorted({*known, *CODE}))}.")
    write_atomically(path, render(document, suffix))


def _named(name: str) -> Renderer:
    suffixes = {renderer.suffix: key for key, renderer in RENDERERS.items()}
    key = suffixes.get(name, name)
    if key not in RENDERERS:
        raise UserError(f"unknown document format '{name}'", remedy=nearest(name, [*RENDERERS, *suffixes]))
    return RENDERERS[key]


@cache
def _environment(renderer: Renderer) -> Environment:
    """Jinja, told to escape whatever is not marked as safe, and to refuse a name that is missing; it keeps what it compiles."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # here, because it takes time to import

    def finalize(value: object) -> str:
        return value if isinstance(value, Safe) else renderer.form.text(str(value))

    syntax = renderer.syntax
    return Environment(
        *syntax.statement,
        *syntax.value,
        *syntax.comment,
        loader=PackageLoader("symprop.renderers"),
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=False,  # Jinja's own knows HTML only
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
