"""What all outputs are made of, as they see it: a derivation with what belongs to it; the public class is in `face`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from symprop.prose import ENGLISH

if TYPE_CHECKING:
    from symprop.derivation.step import Derivation
    from symprop.document.blocks import Document
    from symprop.equations import EquationsSpec
    from symprop.network import NetworkSpec
    from symprop.notation.names import Names
    from symprop.training.evaluation import Evaluation
    from symprop.views.asked import Asked
    from symprop.views.scalar import ScalarView


class Source(Protocol):
    """What is written: one derivation with its names and numbers, and the document that tells it."""

    @property
    def spec(self) -> NetworkSpec | EquationsSpec:
        """The network or the equations as declared."""

    @property
    def core(self) -> Derivation:
        """The derivation of its tensors."""

    @property
    def names(self) -> Names:
        """What quantities are called and look like."""

    @property
    def scalars(self) -> ScalarView:
        """The derivation element by element."""

    @property
    def evaluation(self) -> Evaluation:
        """The program for arrays, with its columns and parameters."""

    @property
    def notation(self) -> str:
        """The name of the notation pack."""

    @property
    def asked(self) -> Asked | None:
        """What was asked for; None where it was all that is trained."""

    @property
    def trained(self) -> Source:
        """The same with the gradients of all that is trained, which training takes whatever was asked for."""

    def document(self, language: str = ENGLISH) -> Document:
        """What is told of it; UserError for a language that there is no catalogue of."""
