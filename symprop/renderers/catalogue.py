"""The renderers, one declaration each: to add one is to add an entry here and a template that it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symprop.document.blocks import Document
from symprop.notation.formula import Formula
from symprop.notation.latex import latex
from symprop.notation.mathml import runs
from symprop.notation.names import Names
from symprop.renderers.escapes import html_text, latex_text, markdown_start, markdown_text, notebook_text
from symprop.renderers.page import WIDE_EM, Live, page
from symprop.renderers.pdf import typeset
from symprop.renderers.tables import INLINE_LIMIT
from symprop.renderers.views import Format, View
from symprop.templating import ANGLES, BRACES, Syntax, template


@dataclass(frozen=True, slots=True)
class Renderer:
    """A file name's suffix, a template, what it asks of text, and what is done to its output at the end.

    `options` are those of an export that go with it.
    `pictures_beside` says that pictures are files of their own. A `page` gives its template more than a list of blocks, and
    may have a live part.
    """

    suffix: str
    template: str
    form: Format
    syntax: Syntax = BRACES
    finish: Callable[[str], str | bytes] = str
    pictures_beside: bool = False
    page: Callable[[Document, Format, Live | None], View] | None = None
    options: tuple[str, ...] = ("language",)

    def filled(self, **content: object) -> str:
        """The template with its content, before it is finished."""
        return template("symprop.renderers", self.template, self.form.text, self.syntax).render(content)


def _markdown_math(formula: Formula, names: Names) -> str:
    return f"$`{latex(formula, names, inline=True, limit=INLINE_LIMIT)}`$"


def _markdown_cell(cell: str) -> str:
    """A cell in which no bar ends it: the text's bars are escaped already, those of mathematics get their names."""
    return re.sub(r"\$`(.*?)`\$", lambda math: re.sub(r"\\?\|", _bar, math.group()), cell.strip())


def _bar(match: re.Match[str]) -> str:
    return r"\Vert " if match.group().startswith("\\") else r"\vert "


def _notebook_math(formula: Formula, names: Names) -> str:
    return f"${latex(formula, names, inline=True, limit=INLINE_LIMIT)}$"


def _notebook_cell(cell: str) -> str:
    """As in Markdown: a notebook's mathematics has no backquotes, and no dollar stands in a text."""
    return re.sub(r"\$([^$]*)\$", lambda math: re.sub(r"\\?\|", _bar, math.group()), cell.strip())


def _latex_math(formula: Formula, names: Names) -> str:
    text = latex(formula, names, inline=True, limit=INLINE_LIMIT, mark=r"\penalty900 ")
    return rf"\({text}\)"


def _latex_cell(cell: str) -> str:
    """A cell in which a shape is not broken."""
    return cell.strip().replace(r" \(\times\) ", r"~\(\times\)~")


def _html_math(formula: Formula, names: Names) -> str:
    return " ".join(runs(formula, names, INLINE_LIMIT, _INLINE_ROOM))


def _html_block(text: str) -> str:
    """Running text in which what follows a formula without a space stays on its line; browsers would break there."""
    return re.sub(r"(<math>(?:(?!</math>).)*</math>)([.,;:!?)]+)", r'<span class="whole">\1\2</span>', text.strip())


def _html_cell(cell: str) -> str:
    """The same for a cell, in which a shape is not broken either."""
    return _html_block(cell).replace(" × ", "&nbsp;×&nbsp;")


_INLINE_ROOM = 16.0  # em of a formula in running text, so that it fits on a phone

_LATEX = Renderer(
    suffix=".tex",
    template="latex.tex.jinja",
    # A4 with margins of 25 mm holds 41.5 em at 11 pt; displays are indented by one.
    form=Format(text=latex_text, math=_latex_math, width_em=40.0, table_em=41.0, cell=_latex_cell),
    syntax=ANGLES,
    options=("fragment", "width", "language"),
)

# One cell of a notebook; what its cells are is decided in `notebook`.
CELL = Renderer(
    suffix=".ipynb",
    template="cell.md.jinja",
    # What JupyterLab shows beside its file list without a scroll bar.
    form=Format(text=notebook_text, math=_notebook_math, width_em=44.0, start=markdown_start, cell=_notebook_cell),
)

# Equations alone, and the macros that they are written in: two files, which `fragment` fills.
FRAGMENT = replace(_LATEX, template="fragment.tex.jinja")
NOTATION = replace(_LATEX, template="notation.tex.jinja")

RENDERERS: Mapping[str, Renderer] = {
    "markdown": Renderer(
        suffix=".md",
        template="markdown.md.jinja",
        # What GitHub shows beside its file list without a scroll bar.
        form=Format(text=markdown_text, math=_markdown_math, width_em=44.0, start=markdown_start, cell=_markdown_cell),
        pictures_beside=True,
    ),
    "latex": _LATEX,
    "html": Renderer(
        suffix=".html",
        template="html.jinja",
        form=Format(text=html_text, math=_html_math, width_em=WIDE_EM, start=_html_block, cell=_html_cell),
        page=page,
    ),
    "pdf": replace(_LATEX, suffix=".pdf", finish=typeset, options=("language",)),
}
