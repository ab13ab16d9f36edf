"""Written network files: `tomllib` reads back what was written, and every network starts from what training gave it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop import examples
from symprop.derivation.sweep import derive
from symprop.equations import EquationsSpec
from symprop.network import NetworkSpec
from symprop.network_file import declared, load
from symprop.network_file.write import toml, without_parameters
from symprop.notation.packs import names_for
from symprop.training.checkpoint import save
from symprop.training.model import Model

OWN = """
inputs = 3
loss = { name = "quartic", expression = "(t - a)**4 / 4", reduction = "mean" }

[[layers]]
units = 3
weights = "V"
bias = "layer"
bias_trainable = false
activation = { name = "clipped", expression = "min(max(x, 0), 6)", codomain = [0, inf] }

[[layers]]
units = 3
weights = "V"
bias = false

[[layers]]
units = 2
trainable = false

[values]
i2 = 0.5
t1 = 1
w1 = -0.25
b1 = 0.125
w10 = 3

[training]
epochs = 7
x = [[0.1, 0.2, 0.3], [1, 2, 3]]
t = [[0, 1], [1e-5, 0.5]]
"""


def model(spec: NetworkSpec | EquationsSpec) -> Model:
    forward = spec.elaborate()
    return Model.of(derive(forward), names_for(forward), spec)


def trained(name: str, spec: NetworkSpec | EquationsSpec, path: Path, fit: Callable[[Model], Any]) -> Any:
    """The history of a run whose parameters are saved at the path, as `symprop train --save` does it."""
    program = spec.elaborate()
    history = fit(model(spec))
    save(path, history.parameters, without_parameters(declared(name, spec), program, names_for(program)))
    return history


# The others have no data, and stand for their formulas.
TRAINED = [name for name in examples.names() if load(name).values or load(name).training.x]


@pytest.mark.parametrize("name", [*TRAINED, "own.toml"])
def test_a_saved_network_goes_on_where_training_stopped(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(OWN, encoding="utf-8")
    spec = load(name)
    history = trained(name, spec, Path("trained.toml"), lambda m: m.fit(epochs=3))
    again = load("trained.toml")
    assert again == replace(spec, values=again.values, loss=again.loss)
    assert getattr(again.loss, "name", again.loss) == getattr(spec.loss, "name", spec.loss)
    assert again.training.x == spec.training.x
    further = model(again).fit(epochs=2)
    assert further.losses == pytest.approx(model(spec).fit(epochs=5).losses[3:], rel=1e-12)
    assert further.losses[0] == pytest.approx(history.losses[-1], rel=1e-15)
    known = {key: value for key, value in spec.values.items() if key in ("x", "t", "i2", "t1")}
    assert {key: again.values[key] for key in known} == known


def test_a_saved_shorthand_is_a_network_file(tmp_path: Path) -> None:
    spec = load("3-4-2", activation="tanh", loss="huber", bias=False)
    x, t = np.ones((2, 3)), np.zeros((2, 2))
    history = trained("3-4-2", spec, tmp_path / "trained.toml", lambda m: m.fit(x, t, epochs=4, seed=6))
    again = load(tmp_path / "trained.toml")
    assert isinstance(again, NetworkSpec)
    assert isinstance(spec, NetworkSpec)
    assert (again.name, again.inputs, again.layers, again.loss) == ("3-4-2", 3, spec.layers, "huber")
    assert model(again).fit(x, t, epochs=1).losses[0] == history.losses[-1]


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_what_is_written_is_read_back(content: dict[str, Any]) -> None:
    assert tomllib.loads(toml(content)) == content


def test_tables_come_last_and_long_lists_of_text_line_by_line() -> None:
    content = {
        "values": {"x": [1]},
        "equations": ["a" * 50, "b" * 50],
        "short": ["a", "b"],
        "layers": [{}, {"units": 2}],
    }
    lines = toml(content).splitlines()
    assert lines[0] == "equations = ["
    assert lines[3:5] == ["]", 'short = ["a", "b"]']
    assert lines[5:] == ["", "[values]", "x = [1]", "", "[[layers]]", "", "[[layers]]", "units = 2"]


def test_running_statistics_are_saved_once(tmp_path: Path) -> None:
    given = tmp_path / "given.toml"
    given.write_text(NORMALISED, encoding="utf-8")
    spec = load(given)
    history = trained(str(given), spec, tmp_path / "trained.toml", lambda m: m.fit(epochs=4))
    again = load(tmp_path / "trained.toml")
    assert again.values["mean2"] == history.parameters["mean2"].tolist()
    assert set(again.values) == {"W1", "b1", "mean2", "variance2", "g2", "b2"}
    assert model(again).fit(epochs=1).losses[0] == pytest.approx(history.losses[-1], rel=1e-15)


NORMALISED = """
inputs = 2
batch = 3
[[layers]]
units = 2
[[layers]]
type = "batch_norm"
[values]
mean2_1 = 0.3
variance2 = [1, 2]
w1 = 0.5
[training]
x = [[0.1, 0.2], [0.3, 0.5], [0.9, -0.2]]
t = [[0, 1], [1, 0], [1, 1]]
"""
