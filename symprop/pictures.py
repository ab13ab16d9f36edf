"""matplotlib, set up so that one figure gives the same bytes each time, whatever a reader's own settings; draws nothing.

It is imported only when a figure is made.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[["Figure"], None]
Size = tuple[float, float]  # in inches

# What would make two files of the same picture differ.
METADATA: Mapping[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def picture(
    draw: Draw,
    suffix: str,
    size: Size,
    *,
    dpi: int = 150,
    layout: Literal["constrained"] | None = "constrained",
    settings: Mapping[Any, Any] | None = None,
) -> bytes:
    """A figure of a size as the content of a file with one of the suffixes of `METADATA`.

    `dpi` are the dots in an inch of a PNG, `settings` those of matplotlib that differ from its own.
    """
    import matplotlib
    from matplotlib.figure import Figure

    content = BytesIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of glyphs that the font lacks
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "symprop", **(settings or {})})
        figure = Figure(figsize=size, layout=layout)
        draw(figure)
        figure.savefig(content, format=suffix[1:], dpi=dpi, metadata=METADATA[suffix])
    return content.getvalue()


def is_drawable(math: str) -> bool:
    """Whether matplotlib can set this mathematics."""
    from matplotlib.mathtext import MathTextParser

    try:
        MathTextParser("path").parse(math)
    except (ValueError, RuntimeError):
        return False
    return True
