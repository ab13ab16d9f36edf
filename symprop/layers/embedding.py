"""Embedding: rows of a table, picked by integers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Shape


@dataclass(frozen=True, repr=False)
class Embedding(Layer):
    """Row ``x`` of the table ``W`` of shape (vocabulary, dimension), for each integer x, counted from 0, of the input.

    Source: Bengio et al., A neural probabilistic language model, JMLR 3, 2003.
    """

    vocabulary: int
    dimension: int

    meanings: ClassVar[Mapping[str, str]] = {"W": "table of embeddings"}

    def check(self) -> None:
        checks.positive(self, vocabulary=self.vocabulary, dimension=self.dimension)

    @property
    def integers(self) -> Collection[str]:
        return ("x",)

    def declare(self, *shapes: Shape) -> Declaration:
        table = {"W": (self.vocabulary, self.dimension)}
        return Declaration(("y[..., d] = W[x[...], d]",), {"d": self.dimension}, shapes=table)
