"""Documents as Markdown, LaTeX and PDF: `render` gives the content, `export` writes it to a file; code by `export_code`."""

from __future__ import annotations

from symprop.renderers.code import CODE, export_code
from symprop.renderers.output import export, render

__all__ = ["CODE", "export", "export_code", "render"]
