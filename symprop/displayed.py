"""How networks and derivations show themselves in notebooks; what is shown is the affair of `drawing` and `renderers.shown`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from symprop.equations import EquationsSpec
from symprop.errors import BudgetError, UserError
from symprop.network import NetworkSpec

if TYPE_CHECKING:
    from symprop.drawing import Drawing
    from symprop.renderers.shown import Shown
    from symprop.views.asked import Asked
    from symprop.views.scalar import ScalarView


class Drawn:
    """A network, or a list of equations, which a notebook shows as its drawing, with its equations."""

    def _repr_svg_(self) -> str | None:
        from symprop.drawing import svg_of

        assert isinstance(self, NetworkSpec | EquationsSpec)
        try:
            return svg_of(self)
        except BudgetError:  # too large to be seen, so that there are equations alone
            return None

    def _repr_latex_(self) -> str:
        return self._shown_network._repr_latex_()

    def _repr_html_(self) -> str:
        return self._shown_network._repr_html_()

    @cached_property
    def _shown_network(self) -> Shown:
        from symprop.derivation.sweep import derive
        from symprop.notation.packs import names_for
        from symprop.renderers.shown import shown_network
        from symprop.views.scalar import ScalarView

        assert isinstance(self, NetworkSpec | EquationsSpec)
        forward = self.elaborate()
        return shown_network(ScalarView(derive(forward), names_for(forward)), self._repr_svg_)


class Displayed:
    """What `Derivation` is to a person at a prompt or in a notebook."""

    spec: Any
    asked: Asked | None

    if TYPE_CHECKING:

        @property
        def scalars(self) -> ScalarView: ...

        def drawing(self, highlight: str | None = None) -> Drawing: ...

    def formula(self, name: str, form: str = "scalar") -> Shown:
        """The equation of ``∂loss/∂name`` as it is read: factors in the order of the chain rule, set in notebooks.

        The forms, and what is raised, are those of `Derivation.gradient`.

        >>> from symprop import load
        >>> load("classroom").derive().formula("w5")
        dE_total/dw5 = (a_o1 - t1)*a_o1*(1 - a_o1)*a_h1
        """
        from symprop.renderers.shown import shown_gradient

        return shown_gradient(self.scalars, name, form, lambda: self._drawn(name))

    def _drawn(self, name: str | None) -> str | None:
        """The drawing in which the paths of a quantity stand out, where it has any; None of what is too large."""
        from symprop.drawing import svg

        try:
            return svg(self.drawing(highlight=name))
        except BudgetError:
            return None
        except UserError:  # no way leads from it to the loss
            return svg(self.drawing())

    @cached_property
    def _shown(self) -> Shown:
        from symprop.renderers.shown import shown_gradients

        elements = self.asked.elements if self.asked else {}
        return shown_gradients(self.scalars, self.spec.name, self._repr_svg_, elements)

    def __repr__(self) -> str:
        return f"<gradients of {self.spec.name} by {', '.join(self.scalars.derivation.gradients) or 'nothing'}>"

    def _repr_latex_(self) -> str:
        return self._shown._repr_latex_()

    def _repr_html_(self) -> str:
        return self._shown._repr_html_()

    def _repr_svg_(self) -> str | None:
        return self._drawn(None)
