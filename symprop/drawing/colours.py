"""The colours of drawings: light fills, one a layer, that differ in hue for the colour-blind and read as greys in print."""

from __future__ import annotations

# Tints of the palette of Okabe and Ito, 2002; the inputs come first, and what comes after the last begins again.
LAYERS = ("#eeeeee", "#d6e8f7", "#fbe3c4", "#cfeee2", "#f6d9e7", "#fdf6c3", "#e0dcf3", "#f9d5c9")
INK, SOFT, LINE, LIGHT, STROKE, LIT = "#111111", "#555555", "#555555", "#8a8a8a", "#333333", "#b3400a"


def shade(layer: int) -> int:
    """Which of the fills a layer has, the inputs being layer 0.

    >>> [shade(layer) for layer in (0, 1, 7, 8)]
    [0, 1, 7, 1]
    """
    return 0 if layer == 0 else 1 + (layer - 1) % (len(LAYERS) - 1)
