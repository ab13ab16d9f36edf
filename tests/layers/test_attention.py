"""Attention by hand: weights that sum to 1, and nothing from later positions where it is causal."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.layers.attention import Attention, MultiHeadAttention
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated

RANDOM = np.random.default_rng(3)


def test_equal_keys_give_the_mean_of_the_values() -> None:
    spec = NetworkSpec({"q": (2, 3), "k": (4, 3), "v": (4, 2)}, [Attention(inputs=("q", "k", "v"))])
    values = RANDOM.normal(size=(4, 2))
    found = evaluated(spec, q=RANDOM.normal(size=(2, 3)), k=np.ones((4, 3)), v=values)
    assert found["P1"] == pytest.approx(np.full((2, 4), 1 / 4))
    assert found["o1"] == pytest.approx(np.tile(values.mean(0), (2, 1)))


@pytest.mark.parametrize("layer", [Attention(causal=True, inputs=("x", "x", "x")), MultiHeadAttention(2, causal=True)])
def test_a_causal_layer_does_not_see_what_comes_later(layer: Attention | MultiHeadAttention) -> None:
    spec = NetworkSpec((3, 4), [layer])
    weights = {
        name: RANDOM.normal(size=t.extents) for name, t in spec.elaborate().tensors.items() if t.role == "parameter"
    }
    x = RANDOM.normal(size=(3, 4))
    later = np.vstack([x[:2], RANDOM.normal(size=(1, 4))])
    name = "o1" if isinstance(layer, Attention) else "y1"
    one, other = (evaluated(spec, x=given, **weights)[name] for given in (x, later))
    assert one[:2].tolist() == other[:2].tolist()
    assert one[2] != pytest.approx(other[2])


def test_every_head_has_the_scale_of_its_own_dimension() -> None:
    found = evaluated(NetworkSpec((2, 6), [MultiHeadAttention(3)]))
    assert found["scale1"] == pytest.approx(1 / np.sqrt(2))


@pytest.mark.parametrize("size", [1.0, 300.0, 3000.0])
def test_no_score_reaches_past_the_mask(size: float) -> None:
    """However large the scores, a position gathers from itself and from those before it alone."""
    random = np.random.default_rng(7)
    queries, keys = size * random.normal(size=(3, 2)), random.normal(size=(3, 2))
    spec = NetworkSpec({"q": (3, 2), "k": (3, 2), "v": (3, 1)}, [Attention(causal=True, inputs=("q", "k", "v"))])
    values = {"q": queries, "k": keys, "v": np.array([[1.0], [2.0], [4.0]])}
    found = evaluated(spec, **values)
    assert found["o1"][0, 0] == 1
    assert np.triu(np.array(found["P1"], dtype=float), 1).max() == 0
