"""Attention: one head on queries, keys and values that are given, and several heads on one sequence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from symprop.errors import UserError, option
from symprop.layers import checks
from symprop.layers.layer import Declaration, Layer, Range, Shape

# What is taken off the score of a later position. Its exponential is then 0 in every floating-point format, unless its score is
# larger by about as much: no network that trains has such scores.
HIDDEN = 10**9

_MEANINGS: Mapping[str, str] = {
    "past": "1 for a position itself and for those before it (for later ones the index leaves the range, where it is 0)",
    "mask": "the causal mask: 0 for these, and so far below 0 for later positions that nothing is left of their share",
    "scale": "one over the root of a query's dimension, which keeps the scores small",
    "S": "the score of each position m for each position s",
    "l": "the logarithm of the sum of their exponentials",
    "P": "the share of position m in what position s gathers: the softmax of the scores",
    "o": "what each position gathers",
}


@dataclass(frozen=True, repr=False)
class Attention(Layer):
    """``softmax(Q Kᵀ / √d) V`` of three inputs: Q of shape (…, s, d), K (…, m, d), V (…, m, e).

    With `causal`, a position attends to itself and to earlier ones.
    Source: Vaswani et al., Attention is all you need, NIPS 2017, eq. 1.
    """

    causal: bool = False

    meanings: ClassVar[Mapping[str, str]] = _MEANINGS
    least_inputs: ClassVar[int] = 3
    most_inputs: ClassVar[int | None] = 3

    def declare(self, *shapes: Shape) -> Declaration:
        for shape in shapes:
            checks.rank(self, shape, least=2, axes="(…, positions, dimension)")
        self._check_fit(*shapes)
        equations = _heads("x1[..., s, d]", "x2[..., m, d]", "x3[..., m, e]", "", self.causal)
        return Declaration(equations, _masked(self.causal, shapes[1][-2]), {"size": shapes[0][-1]})

    def output_range(self, *read: Range) -> Range:
        """Each output is a mean of values."""
        return read[2]

    def _check_fit(self, queries: Shape, keys: Shape, values: Shape) -> None:
        fits = queries[:-2] == keys[:-2] == values[:-2] and queries[-1] == keys[-1] and keys[-2] == values[-2]
        if not fits or (self.causal and queries[-2] != keys[-2]):
            raise UserError(
                "queries, keys and values do not fit",
                where=option("inputs"),
                expected="(…, s, d), (…, s, d) and (…, s, e)" if self.causal else "(…, s, d), (…, m, d) and (…, m, e)",
                got=f"{queries}, {keys} and {values}",
                remedy="Queries and keys share a dimension d, keys and values their positions"
                f"{', which a causal mask takes to be those of the queries too' if self.causal else ''}.",
            ).at(checks.kind(self))


@dataclass(frozen=True, repr=False)
class MultiHeadAttention(Layer):
    """Attention of a sequence of shape (…, positions, dimension) to itself, by `heads` heads; the shape stays.

    Weights: ``Q``, ``K``, ``V`` of shape (heads, dimension/heads, dimension) and ``O`` of (dimension, heads, dimension/heads).
    Source: Vaswani et al., Attention is all you need, NIPS 2017, §3.2.2.
    """

    heads: int
    causal: bool = False

    meanings: ClassVar[Mapping[str, str]] = {
        "Q": "weights of the queries",
        "K": "weights of the keys",
        "V": "weights of the values",
        "O": "weights that join the heads",
        "q": "the queries of each head",
        "k": "its keys",
        "v": "its values",
        **_MEANINGS,
    }

    def check(self) -> None:
        checks.positive(self, heads=self.heads)

    def declare(self, *shapes: Shape) -> Declaration:
        (shape,) = shapes
        checks.rank(self, shape, least=2, axes="(…, positions, dimension)")
        each, rest = divmod(shape[-1], self.heads)
        if rest:
            what = f"a dimension of {shape[-1]} does not make {self.heads} heads of one size"
            raise UserError(what, where=checks.kind(self), remedy="Choose a divisor of the dimension.")
        equations = (
            "q[..., h, s, d] = Sum(Q[h,d,i]*x[..., s, i], i)",
            "k[..., h, s, d] = Sum(K[h,d,i]*x[..., s, i], i)",
            "v[..., h, s, e] = Sum(V[h,e,i]*x[..., s, i], i)",
            *_heads("q[..., h, s, d]", "k[..., h, m, d]", "v[..., h, m, e]", "h, ", self.causal),
            "y[..., s, j] = Sum(O[j,h,e]*o[..., h, s, e], h, e)",
        )
        extents = {"h": self.heads, "d": each, "e": each, "j": shape[-1], **_masked(self.causal, shape[-2])}
        return Declaration(equations, extents, {"size": each})


def _heads(query: str, key: str, value: str, head: str, causal: bool) -> tuple[str, ...]:
    mask = " + mask[s, m]" if causal else ""
    return (
        *(("past[r] = 1", f"mask[s, m] = {HIDDEN}*past[s - m] - {HIDDEN}") if causal else ()),
        "scale = 1/sqrt(size)",
        f"S[..., {head}s, m] = Sum(scale*{query}*{key}, d){mask}",
        f"l[..., {head}s] = LogSumExp(S[..., {head}s, m], m)",
        f"P[..., {head}s, m] = exp(S[..., {head}s, m] - l[..., {head}s])",
        f"o[..., {head}s, e] = Sum(P[..., {head}s, m]*{value}, m)",
    )


def _masked(causal: bool, positions: int) -> dict[str, int]:
    return {"r": positions, "s": positions, "m": positions} if causal else {}
