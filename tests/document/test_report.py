"""The report of a sweep: its blocks, and that the numbers in its sentences are the run's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import symprop
from symprop.cli.reported import document, tracers
from symprop.document.blocks import Document, Equations, Heading, Paragraph, Picture, Table
from symprop.network import Training
from symprop.notation.plain import plain, plain_chain
from symprop.prose.text import Math, Text
from symprop.renderers import render
from symprop.rules.update_rule import UpdateRule
from symprop.training.own_data import own_data
from symprop.training.sweep import Run, sweep


def reported(
    net: Any,
    rates: Sequence[float],
    epochs: int = 100,
    rows: Any = None,
    seeds: Sequence[int] = (0,),
    update: UpdateRule | None = None,
    batch_size: int | None = None,
) -> tuple[Document, list[Run]]:
    derivation = net.derive()
    model, spec = derivation.compile(), derivation.spec
    rows = rows or own_data(derivation.core.forward, derivation.names, spec.training, derivation.values)
    watched = tracers(model, rows, len(rates) * len(seeds))
    x, t = rows
    runs = sweep(model, x, t, rates, epochs, seeds=seeds, batch_size=batch_size, update=update, watches=watched)
    settings = Training(epochs=epochs, batch_size=batch_size, update=update or UpdateRule())
    return document(derivation, model, rows, runs, watched, settings), runs


def words(text: Text) -> str:
    return "".join(plain(inline.formula) if isinstance(inline, Math) else inline for inline in text)


def section(found: Document, start: str) -> list[Any]:
    """The blocks under a heading."""
    blocks = iter(found.blocks)
    assert any(isinstance(block, Heading) and words(block.text).startswith(start) for block in blocks)
    under = []
    for block in blocks:
        if isinstance(block, Heading):
            break
        under.append(block)
    return under


def said(found: Document, start: str) -> str:
    return " ".join(words(block.text) for block in section(found, start) if isinstance(block, Paragraph))


@pytest.fixture(scope="module")
def classroom() -> tuple[Document, list[Run]]:
    return reported(symprop.load("classroom"), [0.1, 2, 100, 1000])


def test_what_it_holds(classroom: tuple[Document, list[Run]]) -> None:
    found, _ = classroom
    assert found.title == "Learning rates for classroom"
    headings = [words(block.text) for block in found.blocks if isinstance(block, Heading)]
    assert headings == [
        "What limits the learning rate",
        "Learning rate 0.1: converging",
        "Learning rate 2: converged",
        "Learning rate 100: converged",
        "Learning rate 1000: stuck",
    ]
    assert [block.name for block in found.blocks if isinstance(block, Picture)] == ["curves", "limits"]


def test_the_table_of_losses(classroom: tuple[Document, list[Run]]) -> None:
    found, runs = classroom
    table = next(block for block in found.blocks if isinstance(block, Table))
    for row, run in zip(table.rows, runs, strict=True):
        cells = list(map(words, row))
        assert (cells[0], cells[-1]) == (f"{run.learning_rate:g}", run.verdict)
        assert list(map(float, cells[1:-1])) == pytest.approx([run.losses[k] for k in (0, 1, 10, 100)], rel=1e-5)


def test_why_rate_2_converges(classroom: tuple[Document, list[Run]]) -> None:
    found, runs = classroom
    text = said(found, "Learning rate 2")
    assert "which is below 2" in text
    assert "The loss falls with every update." in text
    assert "estimate" not in text
    between = re.search(r"At the updates measured eta.lambda_max lies between (\S+) and (\S+), which", text)
    assert between
    assert 0 < float(between[1]) <= float(between[2]) < 2
    pace = re.search(r"= (\S+), and the last one multiplied it by (\S+?)\.$", text)
    assert pace
    losses = runs[1].losses
    assert [float(number) for number in pace.groups()] == pytest.approx([losses[-1] / losses[-2]] * 2, rel=1e-3)


def test_why_rate_100_gets_there_all_the_same(classroom: tuple[Document, list[Run]]) -> None:
    found, runs = classroom
    text = said(found, "Learning rate 100:")
    assert "is 2.68 at the start, which is above 2" in text
    assert f"rises to as much as {max(runs[2].losses):.4g}" in text


def test_why_rate_1000_is_stuck_at_a_quarter(classroom: tuple[Document, list[Run]]) -> None:
    found, runs = classroom
    text = said(found, "Learning rate 1000")
    weights = runs[3].parameters
    hidden = 1 / (1 + np.exp(-weights["W1"] @ [0.05, 0.1]))
    output = 1 / (1 + np.exp(-weights["W2"] @ hidden))
    assert "The first update moves the parameters by 28.5, where all of them together measure 1.06." in text
    assert re.search(r"o1 and o2 are saturated: a_o1 = \S+, the factor da_o1/do1 = a_o1\*\(1 - a_o1\) = ", text)
    slopes, cost = (block for block in section(found, "Learning rate 1000") if isinstance(block, Equations))
    results = [float(plain_chain(line).rpartition("= ")[2]) for line in (*slopes.chains, *cost.chains)]
    gradient = (output[0] - 0.5) * output[0] * (1 - output[0]) * hidden[0]
    halves = (0.5 - output) ** 2 / 2
    assert results == pytest.approx([*(output * (1 - output)), gradient, *halves, halves.sum()], rel=1e-5)
    assert results[-1] == pytest.approx(0.25, abs=1e-4)


@pytest.mark.parametrize("suffix", ["markdown", "html"])
def test_it_is_rendered(classroom: tuple[Document, list[Run]], suffix: str) -> None:
    text = render(classroom[0], suffix, "rates")
    assert isinstance(text, str)
    assert ("rates.curves.svg" in text) == (suffix == "markdown")
    assert ("<svg" in text) == (suffix == "html")


def test_leaps_are_told_and_a_loss_that_falls_beyond_the_limit() -> None:
    net = symprop.Network(2, [symprop.Dense(2, "tanh"), symprop.Dense(1)])
    rows = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    found, runs = reported(net, [0.5, 0.8], rows=rows, epochs=200)
    assert "The last update lowers the loss all the same" in said(found, "Learning rate 0.5")
    assert "On the way the loss leaps, from" in said(found, "Learning rate 0.8")
    assert [str(run.verdict) for run in runs] == ["converging", "oscillating"]
    assert "runs come out otherwise on another back end" in said(found, "What limits")


LINE = symprop.Equations(
    ["y = m*x + c", "E = (t - y)**2"], loss="E", parameters=["m", "c"], values={"m": 0.5, "c": 0, "x": 2, "t": 3}
)


def test_the_limit_of_a_parabola_is_exact() -> None:
    """Here the largest eigenvalue is 2·(2² + 1) = 10 everywhere."""
    found, _ = reported(LINE, [0.01, 0.2, 0.21, 10], epochs=200)
    assert "At the updates measured eta*lambda_max is 0.1, which is below 2" in said(found, "Learning rate 0.01")
    assert "an update overshoots by just what it was off" in said(found, "Learning rate 0.2:")
    assert "is 2.1 at the start and 2.1 at the end, which is above 2" in said(found, "Learning rate 0.21")
    assert "After update 78 the loss or a parameter is not finite" in said(found, "Learning rate 10")


def test_other_rules_have_no_such_limit() -> None:
    found, _ = reported(symprop.load("xor"), [0.01, 0.5], epochs=30, update=UpdateRule("adam", "cosine"))
    assert "another rule (adam, cosine), to which it does not apply" in said(found, "What limits")
    assert "lambda" not in said(found, "Learning rate 0.5")


def test_many_runs_are_told_by_verdict() -> None:
    found, runs = reported(LINE, [0.01 * k for k in range(1, 8)], epochs=40, seeds=(0, 1))
    verdicts = {run.verdict for run in runs}
    told = [words(block.text) for block in found.blocks if isinstance(block, Heading)][1:]
    assert len(told) == len(verdicts) < len(runs)
    assert all("seed" in heading for heading in told)


def test_of_several_examples_a_gradient_of_the_first_is_shown() -> None:
    net = symprop.Network(2, [symprop.Dense(1, "relu")], values={"W1": [[0.1, 0.2]], "b1": [0.5]})
    found, runs = reported(net, [1000.0], rows=([[1.0, 2.0], [2.0, 1.0]], [[0.0], [1.0]]))
    assert runs[0].verdict == "stuck"
    assert "A gradient of the first example" in said(found, "Learning rate 1000")
    assert len([block for block in section(found, "Learning rate 1000") if isinstance(block, Equations)]) == 1


@pytest.mark.parametrize(("batch_size", "on_average"), [(None, False), (1, True), (2, True), (3, False), (4, False)])
def test_in_batches_what_limits_a_rate_holds_on_the_average(batch_size: int | None, on_average: bool) -> None:
    net = symprop.Network(2, [symprop.Dense(1)], values={"W1": [[0.1, 0.2]], "b1": [0.5]})
    rows = ([[1.0, 2.0], [2.0, 1.0], [0.5, 0.0]], [[0.0], [1.0], [0.5]])
    found, _ = reported(net, [0.01], epochs=4, rows=rows, batch_size=batch_size)
    assert ("these numbers hold on the average" in said(found, "What")) == on_average


def test_a_stuck_run_without_flat_units() -> None:
    found, runs = reported(symprop.load("classroom"), [1e-7], epochs=20)
    assert runs[0].verdict == "stuck"
    text = said(found, "Learning rate 1e-07")
    assert "No unit is saturated (the smallest factor is da_" in text
    assert "so at learning rate 1e-07 an update moves the weights by" in text


def test_names_from_files_are_escaped() -> None:
    spec = symprop.Network(2, [symprop.Dense(1)], name="a <script>x</script> & b", values={"x": [1, 2], "t": [1]})
    found, _ = reported(spec, [0.1], epochs=2)
    text = render(found, "html", "r")
    assert isinstance(text, str)
    assert "<script>x" not in text


def test_a_saturated_unit_of_several_examples_has_the_numbers_of_one() -> None:
    net = symprop.Network(2, [symprop.Dense(1, activation="tanh")])
    rows = [[9.0, 9.0], [-9.0, -9.0], [9.0, 8.0]], [[0.5], [0.25], [-0.5]]
    found, (run,) = reported(net, [1e5], rows=rows)
    assert run.verdict == "stuck"
    text = said(found, "Learning rate 100000")
    assert "On average over the examples it takes the sum o1 from" in text
    factor = r"the factor da_o1/do1 = 1 - a_o1\*\*2 = (\S+),"
    numbers = re.search(rf"for example (\d), where it is steepest, a_o1 = (\S+), {factor}", text)
    assert numbers
    outputs = np.tanh(np.array(rows[0]) @ run.parameters["W1"].T + run.parameters["b1"])[:, 0]
    value = outputs[int(numbers[1]) - 1]
    assert float(numbers[2]) == pytest.approx(value, rel=1e-6)
    assert float(numbers[3]) == pytest.approx(1 - value**2, rel=0.05)


def test_negative_curvature_is_no_limit(classroom: tuple[Document, list[Run]]) -> None:
    text = said(classroom[0], "What limits")
    assert "Where lambda is positive, an update" in text
    assert "Where lambda is negative, the parabola has a top and no bottom" in text
    assert "estimate from below" not in text


def test_of_many_parameters_the_limit_is_called_an_estimate() -> None:
    net = symprop.Network(3, [symprop.Dense(9, "tanh"), symprop.Dense(1)])
    found, _ = reported(net, [0.01], rows=([[1.0, 2.0, 0.5], [2.0, 1.0, 0.0]], [[0.0], [1.0]]))
    assert "For more than 40 parameters, as there are here, lambda_max is an estimate from below" in said(found, "What")
    assert "As far as this estimate from below goes, along no direction" in said(found, "Learning rate 0.01")


def test_a_pace_that_the_curvature_does_not_predict_stands_beside_it() -> None:
    """One line through three points that lie on none: the loss does not go to 0."""
    net = symprop.Network(1, [symprop.Dense(1)])
    found, (run,) = reported(net, [0.05], rows=([[1.0], [2.0], [4.0]], [[0.0], [2.0], [1.0]]), epochs=30)
    assert run.verdict in ("converging", "converged")
    pace = re.search(
        r"= (\S+). That does not hold here: the last one multiplied it by (\d\.\d+)", said(found, "Learning")
    )
    assert pace
    losses = run.losses
    assert float(pace[2]) == pytest.approx(losses[-1] / losses[-2], rel=1e-3)
    assert abs(float(pace[1]) - float(pace[2])) > 0.05 * (1 - losses[-1] / losses[-2])


def test_rates_alike_in_six_digits_have_blocks_of_their_own() -> None:
    found, _ = reported(symprop.load("classroom"), [1000.0, 1000.0001])
    names = [block.id for block in found.blocks if isinstance(block, Equations)]
    assert names == ["slopes-1000-0", "loss-1000-0", "slopes-1000.0001-0", "loss-1000.0001-0"]


def test_a_pace_along_negative_curvature_is_no_prediction() -> None:
    found, _ = reported(symprop.load("xor"), [0.5], epochs=50)
    assert "curvature along the gradient" not in said(found, "Learning rate 0.5")
