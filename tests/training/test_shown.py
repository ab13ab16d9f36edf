"""Runs in notebooks: a curve and a table, in which texts are escaped."""

from __future__ import annotations

from html.parser import HTMLParser

import symprop
from symprop.training.plots import loss_svg, sweep_svg
from symprop.training.sweep import sweep
from tests.training.nets import worked


class Tags(HTMLParser):
    """The tags that are open, and the texts of cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Nothing stays open."""

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.texts.append(data)


def test_a_history_shows_itself() -> None:
    model, x, t = worked("classroom")
    history = model.fit(x, t, epochs=3, learning_rate=0.5)
    tags = Tags(history._repr_html_())
    assert tags.open == []
    assert tags.texts[:4] == ["updates", "3", "loss before", f"{history.losses[0]:.6g}"]
    assert history._repr_svg_().startswith("<svg ")


def test_a_sweep_shows_itself() -> None:
    model, x, t = worked("classroom")
    runs = sweep(model, x, t, [0.5, 1000], 5)
    tags = Tags(runs._repr_html_())
    assert tags.open == []
    assert tags.texts[5:7] == ["0.5", "0"]
    assert tags.texts[-1] == "stuck"


def test_the_axis_has_the_name_of_the_loss() -> None:
    line = symprop.Equations(
        ["y = m*x", "L = (t - y)**2"], loss="L", parameters=["m"], values={"m": 0.5, "x": 2, "t": 3}
    )
    model = line.derive().compile()
    history = model.fit([[2.0, 3.0]], epochs=2, learning_rate=0.01)
    assert history._repr_svg_() == loss_svg(history.losses, "losses", loss="loss L")
    assert history._repr_svg_() in history._repr_html_()
    assert history._repr_svg_() != loss_svg(history.losses, "losses", loss="loss E_total")
    runs = sweep(model, [[2.0, 3.0]], None, [0.01, 0.02], 2)
    curves = [(run.learning_rate, run.losses, str(run.verdict)) for run in runs]
    assert sweep_svg(curves, "rates", loss="loss L") in runs._repr_html_()


def test_why_a_run_ended_is_said() -> None:
    model, x, t = worked("classroom")
    assert "all epochs are done" in model.fit(x, t, epochs=2)._repr_html_()
    assert "the loss has settled" in model.fit(x, t, epochs=99, tolerance=0.5)._repr_html_()
    assert "interrupted" in model.fit(x, t, epochs=9, progress=lambda update, loss: update == 2)._repr_html_()
    wild = symprop.load("2-1", activation="identity", loss="squared_error").derive().compile()
    history = wild.fit([[1, 2]], [[3]], learning_rate=1e150)
    said = f"not finite after update {history.diverged_at}, which is undone"
    assert said in history._repr_html_()
    assert said in history._repr_latex_()


def test_reasons_stand_below_the_runs() -> None:
    model, x, t = worked("classroom")
    runs = sweep(model, x, t, [0.5, 1000], 5)
    assert f"<p>1000, stuck: {runs[1].explanation}</p>" in runs._repr_html_()
    assert runs._repr_latex_().endswith("\\text{stuck}\n\\end{array}$$")
    assert repr(runs).splitlines()[2] == "  1000, seed 0: stuck"


def test_at_a_prompt_a_run_is_one_line() -> None:
    model, x, t = worked("classroom")
    history = model.fit(x, t, epochs=100, learning_rate=0.5)
    assert repr(history) == "<history of 100 updates: loss E_total from 0.0141814 to 0.000614262>"
    assert repr(model) == "<model: E_total and its gradients by W1, W2, compiled by numpy in float64>"
