"""Which adjoints formulas refer to by name, in the order in which a reader must meet them; what a formula says is `scalar`'s."""

from __future__ import annotations

from collections.abc import Iterable

from symprop.notation.formula import Formula
from symprop.views.scalar import ScalarView


def named_adjoints(view: ScalarView, formulas: Iterable[Formula]) -> list[str]:
    """The adjoints that formulas refer to, in person or through another; each stands behind those in its own formula.

    >>> from symprop.equations import EquationsSpec
    >>> from symprop.derivation.sweep import derive
    >>> from symprop.notation.names import Names
    >>> view = ScalarView(derive(EquationsSpec(["h = w*x", "p = sin(h)", "E = p**2"], "E", ["w"]).elaborate()), Names())
    >>> named_adjoints(view, [view.value("dE_dw", stop=True)])
    ['dE_dp', 'dE_dh']
    """
    found: dict[str, None] = {}
    waiting = [name for formula in formulas for name in view.deltas(formula)][::-1]
    while waiting:
        inner = [name for name in view.deltas(view.value(waiting[-1], stop=True)) if name not in found]
        if inner:
            waiting += reversed(inner)
        else:
            found.setdefault(waiting.pop())
    return list(found)
