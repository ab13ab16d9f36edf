"""From a document to its rendered content and to a file; what a renderer is stands in `catalogue`."""

from __future__ import annotations

from pathlib import Path

from symprop.document.blocks import Document, Picture
from symprop.errors import UserError, nearest
from symprop.files import check_name, write_together
from symprop.renderers.catalogue import RENDERERS, Renderer
from symprop.renderers.page import Live
from symprop.renderers.views import block_text, picture_file, view


def render(document: Document, name: str, stem: str = "", live: Live | None = None) -> str | bytes:
    r"""The document by a renderer's name (``"markdown"``) or suffix (``".md"``).

    Where pictures are files beside the document, their names begin with `stem`; without it they are left out. A page may
    have a `live` part. Raises UserError for an unknown renderer, and for PDF where no LaTeX is installed.

    >>> from symprop.notation.names import Names
    >>> render(Document("A net", Names()), "markdown")
    '# A net\n'
    """
    renderer = _named(name)
    form = renderer.form
    if renderer.page is not None:
        return renderer.finish(renderer.filled(**renderer.page(document, form, live)))
    blocks = [view(block, document.names, form, stem) for block in document.blocks]
    title = block_text((document.title,), document.names, form)
    return renderer.finish(renderer.filled(title=title, blocks=blocks))


def export(document: Document, path: str | Path, live: Live | None = None) -> tuple[Path, ...]:
    """Writes the document to a file in the format of its suffix, whole or not at all; the files that it wrote, it first.

    Pictures that a format cannot hold are written beside it, as SVG. Raises UserError for an unknown suffix, for a place
    that cannot be written, and as `render` does.
    """
    check_name(path)
    path = Path(path)
    renderer = _named(path.suffix.lower())
    content = render(document, renderer.suffix, path.stem, live)
    pictures = [block for block in document.blocks if isinstance(block, Picture) and renderer.pictures_beside]
    beside = [path.with_name(picture_file(path.stem, picture.name)) for picture in pictures]
    write_together({path: content, **{place: p.svg for place, p in zip(beside, pictures, strict=True)}})
    return path, *beside


def is_page(path: str | Path) -> bool:
    """Whether the file is a page, which may have a live part; UserError for an unknown suffix."""
    return _named(Path(path).suffix.lower()).page is not None


def _named(name: str) -> Renderer:
    suffixes = {renderer.suffix: key for key, renderer in RENDERERS.items()}
    key = suffixes.get(name, name)
    if key not in RENDERERS:
        raise UserError(f"unknown document format '{name}'", remedy=nearest(name, [*RENDERERS, *suffixes]))
    return RENDERERS[key]
