"""Runs as a notebook shows them: their curves, and a short table, as HTML and as LaTeX; the curves are drawn by `plots`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from symprop.prose import ENGLISH, Prose, prose
from symprop.templating import xml_text
from symprop.training.compared import of_one_seed
from symprop.training.plots import Labels, PlottedRun, loss_svg, sweep_svg

if TYPE_CHECKING:
    from symprop.training.model import History
    from symprop.training.sweep import Run

MOST_ROWS = 40
_WHY = {"epochs": "shown.by_epochs", "converged": "shown.by_converged", "interrupted": "shown.by_interrupted"}

Table = Sequence[Sequence[str]]


def history_svg(history: History) -> str:
    """The curve of the losses, with its end marked where the run diverged."""
    losses = [*history.losses, *([] if history.diverged_at is None else [inf])]
    return loss_svg(losses, "losses", loss=_loss(history.loss_name))


def history_html(history: History) -> str:
    """One run: the curve of its losses, how many updates it took, and why it ended."""
    rows = "".join(f"<tr><th>{xml_text(name)}</th><td>{xml_text(value)}</td></tr>" for name, value in _facts(history))
    return f"<div>{history_svg(history)}<table>{rows}</table></div>"


def history_latex(history: History) -> str:
    """The table alone, as mathematics."""
    return _array("lr", _facts(history))


def _facts(history: History) -> list[tuple[str, str]]:
    words = prose(ENGLISH)
    return [
        (words.phrase("shown.updates"), f"{history.updates:,}"),
        (words.phrase("shown.before"), f"{history.losses[0]:.6g}"),
        (words.phrase("shown.after"), f"{history.losses[-1]:.6g}"),
        (words.phrase("shown.ended"), _ended(history, words)),
    ]


def _ended(history: History, words: Prose) -> str:
    if history.diverged_at is not None:
        return words.phrase("shown.by_diverged", update=f"{history.diverged_at:,}")
    return words.phrase(_WHY[history.stopped])


def curves_of(runs: Sequence[Run], language: str = ENGLISH) -> list[PlottedRun]:
    """Runs as pictures take them: the rate, the losses, and what became of it, with the seed where there are several."""
    words = prose(language)
    return [(run.learning_rate, run.all_losses, _told(run, of_one_seed(runs), words)) for run in runs]


def _told(run: Run, alone: bool, words: Prose) -> str:
    verdict = words.word(str(run.verdict))
    return verdict if alone else words.phrase("picture.with_seed", seed=run.seed, verdict=verdict)


def runs_svg(runs: Sequence[Run]) -> str:
    """The curves of a sweep."""
    return sweep_svg(curves_of(runs), "rates", loss=_loss(runs[0].loss_name if runs else ""))


def runs_html(runs: Sequence[Run]) -> str:
    """The runs of a sweep: their curves, for each its rate, its seed, its losses and its verdict, and why it is that."""
    header, *rows = _table(runs)
    lines = [_row("th", header), *(_row("td", row) for row in rows)]
    reasons = "".join(
        f"<p>{xml_text(name)}: {xml_text(run.explanation)}</p>"
        for run, name in zip(runs[:MOST_ROWS], (f"{row[0]}, {row[-1]}" for row in rows), strict=True)
        if run.explanation
    )
    more = f"<p>{xml_text(_more(runs))}</p>" if len(runs) > MOST_ROWS else ""
    return f"<div>{runs_svg(runs)}<table>{''.join(lines)}</table>{more}{reasons}</div>"


def runs_latex(runs: Sequence[Run]) -> str:
    """The table of the runs alone, as mathematics."""
    return _array("rrrrl", _table(runs), _more(runs) if len(runs) > MOST_ROWS else "")


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{xml_text(cell)}</{tag}>' for cell in cells)}</tr>"


def _table(runs: Sequence[Run]) -> Table:
    words = prose(ENGLISH)
    keys = ("shown.rate", "shown.seed", "shown.before", "shown.after", "shown.verdict")
    return [[words.phrase(key) for key in keys], *(_cells(run, words) for run in runs[:MOST_ROWS])]


def _cells(run: Run, words: Prose) -> list[str]:
    losses = (f"{run.losses[0]:.6g}", f"{run.losses[-1]:.6g}")
    return [f"{run.learning_rate:g}", str(run.seed), *losses, words.word(str(run.verdict))]


def _more(runs: Sequence[Run]) -> str:
    return prose(ENGLISH).phrase("shown.more", count=f"{len(runs) - MOST_ROWS:,}")


def _array(columns: str, rows: Table, below: str = "") -> str:
    r"""Plain words and numbers as LaTeX sets them; nobody's names are among them.

    >>> print(_array("lr", [["updates", "3"]]))
    $$\begin{array}{lr}
    \text{updates} & \text{3}
    \end{array}$$
    """
    lines = [" & ".join(rf"\text{{{cell}}}" for cell in row) for row in rows]
    said = [rf"\text{{{below}}}"] if below else []
    return f"$$\\begin{{array}}{{{columns}}}\n" + " \\\\\n".join([*lines, *said]) + "\n\\end{array}$$"


def _loss(name: str) -> str:
    return Labels(loss=name).of_loss if name else ""
