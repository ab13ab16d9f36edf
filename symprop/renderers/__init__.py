"""Documents as Markdown, LaTeX and PDF: `render` gives the content, `export` writes it to a file."""

from __future__ import annotations

from symprop.renderers.output import export, render

__all__ = ["export", "render"]
