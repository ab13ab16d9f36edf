"""Documents as Markdown, LaTeX and PDF: `render` gives the content, `export` writes it to a file; code is written by `code`."""

from __future__ import annotations

from symprop.renderers.output import export, render

__all__ = ["export", "render"]
