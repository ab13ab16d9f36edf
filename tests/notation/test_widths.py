"""Estimated widths against TeX's own, so that lines neither overflow nor break for nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from symprop.notation.formula import Formula
from symprop.notation.leaves import Setting
from symprop.notation.names import Names
from symprop.notation.nodes import printed
from symprop.notation.widths import text_width
from tests.notation.samples import GRADIENT_W1, GRADIENT_W5, HALF_SQUARE, KINDS, LONG, PLACES

EM = 10.95  # points at 11 pt
LOOKS = [
    "w_{jk}^{(l)}",
    r"\delta^{(2)}",
    r"\mathbf{W}",
    r"\bar{P}",
    r"\mathtt{il\_x}",
    r"\mathit{rate}",
    r"\boldsymbol{x}",
]
LOOKS += [
    r"\Omega",
    r"\mathcal{L}",
    "W^{(2)}",
    "a'",
    r"E_{\mathrm{total}}",
    r"x \le y",
    r"x + y - z",
    r"\tanh",
    r"\psi",
]


def measured(texts: list[str], folder: Path) -> list[float]:
    """The widths in em as TeX sets them on one line."""
    boxes = "\n".join(rf"\setbox0=\hbox{{$\displaystyle {t}$}}\typeout{{wide \the\wd0 .}}" for t in texts)
    packages = r"\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath,mathtools}"
    source = rf"\documentclass[11pt]{{article}}{packages}\begin{{document}}{boxes}\end{{document}}"
    (folder / "wide.tex").write_text(source)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "wide.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=True)
    return [float(width) / EM for width in re.findall(r"^wide ([\d.]+)pt", run.stdout, re.MULTILINE)]


def test_estimates_are_close_and_rarely_short(tmp_path: Path) -> None:
    formulas: list[Formula] = [GRADIENT_W1, GRADIENT_W5, HALF_SQUARE, *LONG.values()]
    formulas += [place(kind) for place in PLACES.values() for kind in KINDS]
    results = [result for f in formulas if (result := printed(f, Setting(Names()))).width < 400]
    texts = [*LOOKS, *(result.text for result in results)]
    estimates = [*map(text_width, LOOKS), *(result.width for result in results)]
    widths = measured(texts, tmp_path)
    short = {t: (e, w) for t, e, w in zip(texts, estimates, widths, strict=True) if e < 0.97 * w - 0.02}
    loose = {t: (e, w) for t, e, w in zip(texts, estimates, widths, strict=True) if e > 1.35 * w + 0.7}
    assert short == {}
    assert loose == {}
