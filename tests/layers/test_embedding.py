"""Rows by integers: looked up, and a row that is used twice gets both gradients."""

from __future__ import annotations

import numpy as np
import pytest

from symprop.errors import UserError
from symprop.layers.embedding import Embedding
from symprop.network import NetworkSpec
from tests.layers.spelled import evaluated


def test_rows_are_looked_up_and_a_row_gets_the_sum_of_its_uses() -> None:
    table = np.arange(8.0).reshape(4, 2)
    found = evaluated(NetworkSpec((3,), [Embedding(4, 2)], values={"x": [2, 0, 2]}), W1=table)
    assert found["y1"].tolist() == table[[2, 0, 2]].tolist()
    assert found["dE_total_dW1"] == pytest.approx(table * np.array([[1], [0], [2], [0]]))


def test_an_integer_outside_the_table_is_refused() -> None:
    with pytest.raises(UserError, match=r"wrong value in 'x' \(expected whole numbers from 0 to 3, got 4\)"):
        NetworkSpec((3,), [Embedding(4, 2)], values={"x": [2, 0, 4]})
