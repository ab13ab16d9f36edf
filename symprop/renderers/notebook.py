"""A notebook: the derivation as cells of text, then cells of code that derive, check and train the same network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symprop.document.blocks import Block, Document, Equations, Heading, Pairs, Picture
from symprop.errors import UserError
from symprop.files import check_name, write_atomically
from symprop.prose import prose
from symprop.renderers.catalogue import CELL
from symprop.renderers.notebook_code import Code
from symprop.renderers.views import block_text, equations_id, view

if TYPE_CHECKING:
    from symprop.renderers.source import Source

Cell = dict[str, Any]

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def export_notebook(source: Source, document: Document, path: Path) -> tuple[Path, ...]:
    """Writes the notebook, whole or not at all; the file.

    Raises UserError where nbformat is not installed and for a place that cannot be written, UnsupportedError for a network
    that no file can declare.
    """
    check_name(path)
    write_atomically(path, notebook(source, document))
    return (path,)


def notebook(source: Source, document: Document) -> str:
    """The notebook as JSON; the same network gives the same text."""
    try:
        nbformat: Any = import_module("nbformat")
    except ImportError:
        remedy = "Install it: pip install 'symprop[notebook]'."
        raise UserError("making a notebook needs the package nbformat", remedy=remedy) from None
    code = Code(source, prose(document.language))
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    title = block_text((document.title,), document.names, CELL.form)
    cells = [
        _text(f"# {title}", "title"),
        *(_code(source, f"code-{name}", pictures if name == "load" else ()) for name, source in code.opening()),
        *_derivation(document),
        *(
            _text(text, f"about-{name}") if is_text else _code(text, f"code-{name}")
            for name, text, is_text in code.rest()
        ),
    ]
    content = {"cells": cells, "metadata": {"kernelspec": _KERNEL}, "nbformat": 4, "nbformat_minor": 5}
    made = nbformat.from_dict(content)
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _derivation(document: Document) -> Iterator[Cell]:
    """A cell for each step: what is said, and the equations that it leads to."""
    for number, blocks in enumerate(_steps(document.blocks), start=1):
        views = [view(block, document.names, CELL.form) for block in blocks]
        ids = [str(equations_id(block.id)) for block in blocks if isinstance(block, Equations | Pairs)]
        yield _text(CELL.filled(blocks=views), f"step-{number}", ids)


def _steps(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks in steps: each ends in equations, or before a heading."""
    step: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and step and not all(isinstance(earlier, Heading) for earlier in step):
            yield step
            step = []
        if not isinstance(block, Picture):
            step.append(block)
        if isinstance(block, Equations | Pairs):
            yield step
            step = []
    if step:
        yield step


def _text(source: str, name: str, equations: Sequence[str] = ()) -> Cell:
    about = {"symprop": {"equations": list(equations)}} if equations else {}
    return {"cell_type": "markdown", "id": name, "metadata": about, "source": re.sub(r"\n{3,}", "\n\n", source).strip()}


def _code(source: str, name: str, pictures: Sequence[Picture] = ()) -> Cell:
    """A cell of code, with pictures as what it has shown; they are drawn anew when it runs."""
    shown = [
        {
            "output_type": "display_data",
            "data": {"image/svg+xml": picture.svg, "text/plain": picture.says},
            "metadata": {},
        }
        for picture in pictures
    ]
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": None,
        "source": source.strip(),
        "outputs": shown,
    }
