"""What the shared options check before any work is done, and that the commands share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from symprop.cli import sweep, train
from symprop.cli.options import check_plot, examples, load_network, only_one
from symprop.errors import UserError
from symprop.network import NetworkSpec


@pytest.mark.parametrize(
    "option",
    [
        *("epochs", "plot", "data", "inputs", "targets", "seed", "optimizer", "schedule", "settings", "batch_size"),
        *("no_shuffle", "backend", "dtype", "verbose"),
    ],
)
def test_train_and_sweep_share(option: str) -> None:
    assert train.train.__annotations__[option] == sweep.sweep.__annotations__[option]


def test_a_picture_is_refused_before_the_work(tmp_path: Path) -> None:
    check_plot(None)
    check_plot(str(tmp_path / "loss.svg"))
    with pytest.raises(UserError, match="a picture cannot have this format"):
        check_plot(str(tmp_path / "loss.gif"))
    with pytest.raises(UserError, match="its directory does not exist"):
        check_plot(str(tmp_path / "none" / "loss.png"))


def test_of_several_names_none_is_lost() -> None:
    assert only_one("--wrt", None) is only_one("--wrt", []) is None
    assert only_one("--wrt", ["w5"]) == "w5"
    with pytest.raises(UserError, match=r"--wrt is given several times \(expected one name, got w5, x\)"):
        only_one("--wrt", ["w5", "x"])


def test_options_left_out_are_not_given() -> None:
    plain = load_network("2-3-1", None, None, False)
    assert isinstance(plain, NetworkSpec)
    assert (plain.loss, plain.layers[0].bias) == ("half_squared_error", "unit")
    given = load_network("2-3-1", "tanh", "huber", True)
    assert isinstance(given, NetworkSpec)
    assert (given.loss, given.layers[0].activation, given.layers[0].bias) == ("huber", "tanh", False)


def test_one_example_is_not_many() -> None:
    assert examples("symprop demo").splitlines() == ["\b", "Example:", "  symprop demo"]
    assert examples("a", "b").splitlines()[1:] == ["Examples:", "  a", "  b"]
