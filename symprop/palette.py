"""The colours that tell things apart: hues for curves, and fills for layers on light and on dark paper.

All are those of Okabe and Ito (2002), or tints of them, which the colour-blind tell apart.
"""

from __future__ import annotations

# Without yellow, which is too light for lines.
CURVES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9", "#e69f00")

# The inputs come first; what comes after the last begins again behind them. In print they read as greys.
LAYERS = ("#eeeeee", "#d6e8f7", "#fbe3c4", "#cfeee2", "#f6d9e7", "#fdf6c3", "#e0dcf3", "#f9d5c9")
DARK_LAYERS = ("#2d2f33", "#1d3a54", "#4b3714", "#174231", "#4b243a", "#454017", "#332d55", "#4e2a20")


def shade(layer: int) -> int:
    """Which of the fills a layer has, the inputs being layer 0.

    >>> [shade(layer) for layer in (0, 1, 7, 8)]
    [0, 1, 7, 1]
    """
    return 0 if layer == 0 else 1 + (layer - 1) % (len(LAYERS) - 1)
