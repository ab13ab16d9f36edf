"""LaTeX: the ordinary document as printed, and the stress document through pdflatex without a single complaint."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from symprop.document.blocks import Document, Equations, Pairs, Table
from symprop.notation.formula import Chain, Symbol
from symprop.renderers import render
from tests.document.test_layerwise import case, example, identified
from tests.layers.test_layers import CASES
from tests.renderers.documents import NAMES, ORDINARY, STRESS

COMPLAINT = re.compile(r"^!|Overfull|Underfull|Warning|Missing character", re.MULTILINE)


def compiled(source: str, folder: Path) -> str:
    """The log of the last run: longtable needs up to three for its columns, and says when it wants another."""
    (folder / "x.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    for _ in range(3):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        assert done.returncode == 0, done.stdout[-2000:]
        log = (folder / "x.log").read_text(encoding="utf-8", errors="replace")
        if "Rerun" not in log:
            break
    return log


def source_of(document: Document) -> str:
    source = render(document, "latex")
    assert isinstance(source, str)
    return source


@pytest.mark.parametrize("document", [ORDINARY, STRESS], ids=["ordinary", "stress"])
def test_it_compiles_without_a_complaint(document: Document, tmp_path: Path) -> None:
    source = source_of(document)
    assert source.isascii()
    log = compiled(source, tmp_path)
    assert [line for line in log.splitlines() if COMPLAINT.search(line)] == []


def test_an_overfull_line_would_be_seen(tmp_path: Path) -> None:
    source = source_of(ORDINARY).replace(r"\end{document}", rf"\mbox{{{'x ' * 200}}}\end{{document}}")
    assert COMPLAINT.search(compiled(source, tmp_path))


def test_the_ordinary_document() -> None:
    body = source_of(ORDINARY).partition(r"\begin{document}")[2]
    assert (
        body
        == r"""
\section*{\LARGE Backpropagation by hand}

\section*{The gradient of \(w_{5}\)}

Each weight has a gradient, here \(\frac{\partial E_{\mathrm{total}}}{\partial w_{5}}\), of three factors.
% w5
\begin{align*}
a_{h1} &= \sigma(h_{1}) = \frac{1}{1 + e^{-h_{1}}} \\*
\frac{\partial E_{\mathrm{total}}}{\partial w_{5}} &= """
        + (
            r"\frac{\partial E_{\mathrm{total}}}{\partial a_{o1}} \cdot \frac{\partial a_{o1}}{\partial w_{5}}"
            r" = (a_{o1} - t_{1}) \cdot a_{o1}(1 - a_{o1}) \cdot a_{h1}"
        )
        + r"""
\end{align*}
% one
\begin{align*}
w_{5} &= \begin{cases} x & \text{if } x > 0 \\ \alpha \cdot x & \text{otherwise} \end{cases}
\end{align*}

{
\begin{tabular}{lr}
\toprule
Name & Value \\
\midrule
\(w_{5}\) & 0.5 \\
a\textbar{}b & \(-\)1 \\
\bottomrule
\end{tabular}\par\medskip
}

\subsection*{The end}
\end{document}
"""
    )


@pytest.mark.parametrize("number", range(len(CASES)), ids=identified)
def test_every_layer_compiles_without_a_complaint(number: int, tmp_path: Path) -> None:
    log = compiled(source_of(case(number)[1]), tmp_path)
    assert [line for line in log.splitlines() if COMPLAINT.search(line)] == []


@pytest.mark.parametrize("name", ["transformer_block", "mnist_cnn"])
def test_the_large_examples_compile_without_a_complaint(name: str, tmp_path: Path) -> None:
    log = compiled(source_of(example(name)), tmp_path)
    assert [line for line in log.splitlines() if COMPLAINT.search(line)] == []


def test_pairs_stand_side_by_side() -> None:
    x, y = (Chain((Symbol("E"), Symbol(name))) for name in "xy")
    body = source_of(Document("", NAMES, (Pairs("p", ((x, y), (x, None))),)))
    assert "\\begin{alignat*}{2}\nE &= x &\\qquad E &= y \\\\*\nE &= x &\\qquad  &\n\\end{alignat*}" in body


def test_no_line_of_a_text_or_of_equations_stands_alone_on_a_page() -> None:
    chains = tuple(Chain((Symbol("E"), Symbol(f"x{k}"))) for k in range(5))
    source = source_of(Document("", NAMES, (Equations("p", chains),)))
    assert r"\clubpenalty=10000" in source
    assert r"\widowpenalty=10000" in source
    ends = [line[line.index(r"\\") :] for line in source.splitlines() if line.startswith("E &") and r"\\" in line]
    assert ends == [r"\\*", r"\\", r"\\", r"\\*"]


def test_a_shape_stays_on_one_line_and_a_short_table_on_one_page() -> None:
    words = "what it is and does, in many words " * 3
    rows = (((words,), ("32 × 16 × 3 × 3",)), ((words,), ("4 × 6",)))
    source = source_of(Document("", NAMES, (Table((("Meaning",), ("Shape",)), rows, (False, False)),)))
    assert r"32~\(\times\)~16~\(\times\)~3~\(\times\)~3" in source
    assert r"\begin{tabular}{>{\raggedright" in source
