"""Sphinx's settings; the pages are MyST Markdown, and the reference is read from the docstrings."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "symprop"
author = "The symprop authors"
copyright = "2026, The symprop authors"
version = release = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]["version"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "command_tables",
    "function_tables",
    "layer_entries",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_fence_as_directive = ["math"]  # as GitHub shows it
myst_heading_anchors = 3

default_role = "code"  # docstrings write `name` for code
autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = "symprop"
