"""The picture of the network that a document shows; how it is drawn is `drawing`'s affair."""

from __future__ import annotations

from collections.abc import Mapping

from symprop.document.blocks import Picture
from symprop.drawing import drawing_of
from symprop.equations import EquationsSpec
from symprop.errors import BudgetError
from symprop.ir.program import Program
from symprop.network import NetworkSpec
from symprop.notation.names import Names


def network_picture(
    spec: NetworkSpec | EquationsSpec, program: Program, names: Names, values: Mapping[str, float], language: str
) -> Picture | None:
    """The network drawn, the same on every machine; None where it is too large to be seen."""
    try:
        drawing = drawing_of(spec, program, names, values, language=language)
    except BudgetError:
        return None
    return Picture("network", drawing.says, drawing)
