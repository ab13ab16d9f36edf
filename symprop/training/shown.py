"""Runs as a notebook shows them: their curves, and a short table; the curves are drawn by `plots`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symprop.templating import xml_text
from symprop.training.plots import sweep_svg

if TYPE_CHECKING:
    from symprop.training.model import History
    from symprop.training.sweep import Run

MOST_ROWS = 40


def history_html(history: History) -> str:
    """One run: the curve of its losses, how many updates it took, and why it ended."""
    facts = {
        "updates": f"{history.updates:,}",
        "loss before": f"{history.losses[0]:.6g}",
        "loss after": f"{history.losses[-1]:.6g}",
        "stopped": history.stopped,
    }
    rows = "".join(f"<tr><th>{xml_text(name)}</th><td>{xml_text(value)}</td></tr>" for name, value in facts.items())
    return f"<div>{history._repr_svg_()}<table>{rows}</table></div>"


def runs_html(runs: Sequence[Run]) -> str:
    """The runs of a sweep: their curves, and for each its rate, its seed, its losses and its verdict."""
    curves = [(run.learning_rate, run.all_losses, str(run.verdict)) for run in runs]
    header = "".join(f"<th>{name}</th>" for name in ("rate", "seed", "loss before", "loss after", "verdict"))
    rows = "".join(
        f"<tr>{''.join(f'<td>{xml_text(cell)}</td>' for cell in _cells(run))}</tr>" for run in runs[:MOST_ROWS]
    )
    more = f"<p>and {len(runs) - MOST_ROWS} more</p>" if len(runs) > MOST_ROWS else ""
    picture = sweep_svg(curves, "rates", loss=f"loss {runs[0].loss_name}" if runs else "loss")
    return f"<div>{picture}<table><tr>{header}</tr>{rows}</table>{more}</div>"


def _cells(run: Run) -> list[str]:
    losses = (f"{run.losses[0]:.6g}", f"{run.losses[-1]:.6g}")
    return [f"{run.learning_rate:g}", str(run.seed), *losses, str(run.verdict)]
