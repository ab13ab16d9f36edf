"""Files of drawings: every format of the table, whole, the same each time, and readable by the programs it is for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from symprop.drawing import FORMATS, draw, png, tikz
from symprop.drawing.dot import dot
from symprop.drawing.figure import Drawing, Label
from symprop.drawing.painted import pdf
from symprop.drawing.styles import POINT
from symprop.drawing.tikz import document, maths
from symprop.errors import UserError
from tests.drawing.made import EQUATIONS, HOSTILE, SKIP, drawing, of

STARTS = {".svg": b"<svg ", ".png": b"\x89PNG", ".pdf": b"%PDF", ".tex": b"\\documentclass", ".dot": b'digraph "'}
ALL = [
    drawing("classroom", "w1"),
    drawing("four_layers"),
    of(HOSTILE),
    of(EQUATIONS),
    of(SKIP, "W1"),
    drawing("mnist_cnn"),
]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("drawn", [drawing("2-3-1", "w1"), of(HOSTILE), of(EQUATIONS, "w")], ids=lambda d: d.style)
def test_every_format(drawn: Drawing, suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{k}{suffix.upper()}" for k in range(2)]
    for path in paths:
        draw(drawn, path)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first.startswith(STARTS[suffix])


@pytest.mark.parametrize(("name", "got"), [("net.gif", "got .gif"), ("net", "got no suffix")])
def test_another_suffix_is_refused(name: str, got: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        draw(drawing("1-1"), tmp_path / name)
    assert "expected .svg, .png, .pdf, .tex, .dot" in str(error.value)
    assert got in str(error.value)
    assert not list(tmp_path.iterdir())


def test_nothing_but_a_page_needs_matplotlib() -> None:
    code = (
        "import sys; from symprop.drawing import png, svg, tikz; from symprop.drawing.dot import dot; from symprop import load;"
        "d = load('classroom').derive().drawing('w1'); svg(d); tikz(d); png(d); dot(d); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_picture_is_the_drawing_s_size() -> None:
    drawn = drawing("1-1")
    content = png(drawn)
    size = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    assert size == (int(2 * drawn.width), int(2 * drawn.height))
    assert re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", pdf(drawn))[1].startswith(  # type: ignore[index]
        str(int(drawn.width * 0.75)).encode()
    )


def test_a_name_that_matplotlib_cannot_set() -> None:
    label = Label(r"\unknowncommand{x}", 20.0, 20.0)
    assert png(Drawing("", "", "blocks", (), (), (label,), 40.0, 40.0)).startswith(b"\x89PNG")


def test_tikz_is_a_picture_alone() -> None:
    text = tikz(drawing("classroom"))
    assert text.startswith("\\begin{tikzpicture}")
    assert text.endswith("\\end{tikzpicture}\n")
    assert r"{a_{h1}}" in text
    assert text in document(drawing("classroom"))


def test_tikz_escapes() -> None:
    text = document(of(HOSTILE))
    assert "script" not in text
    assert "\\input{x}" not in text
    assert maths("a_%$\\…−") == r"\mathrm{a\_\%\$\backslash \ldots {-}}"
    assert text.isascii()


@pytest.mark.parametrize("drawn", [drawing("classroom", "w1"), of(SKIP), of(EQUATIONS)], ids=lambda d: d.style)
def test_no_label_is_squeezed_at_its_estimated_width(drawn: Drawing) -> None:
    """What TikZ lets a label take, scaled, is a little more than the room that the drawing has for it, and no more."""
    found = re.findall(r"scale=([\d.]+).*symproplabel\{([\d.]+)pt\}", tikz(drawn))
    allowed = sorted(float(scale) * float(most) for scale, most in found)
    wanted = sorted(label.width * POINT for label in drawn.labels)
    assert len({label.size for label in drawn.labels}) > 1
    assert all(width < most < 1.1 * width for width, most in zip(wanted, allowed, strict=True))


def test_dot_escapes() -> None:
    text = dot(of(EQUATIONS))
    assert text.startswith('digraph "hostile & <b>\\"\'$\\\\x{}</b>" {\n')
    assert '"w" -> "h" ' in text
    assert "<TR><TD><I>w</I></TD></TR><TR><TD>0.5</TD></TR></TABLE>>" in text


def test_graphviz_has_a_row_for_each_line_and_fades_what_is_not_highlighted() -> None:
    drawn = drawing("classroom", "w1")
    lines = {line.split()[0]: line for line in dot(drawn).splitlines() if "label=" in line and "->" not in line}
    edges = [line for line in dot(drawn).splitlines() if "->" in line]
    assert 'fontcolor="#111111",' in lines['"h1"']
    assert 'fontcolor="#11111159",' in lines['"h2"']
    faded = [line for line in edges if re.search('color="#[0-9a-f]{6}59", fontcolor="#11111159"', line)]
    assert len(faded) == sum(not edge.lit for edge in drawn.edges)
    assert not re.search("#[0-9a-f]{8}", dot(drawing("classroom")))


@pytest.mark.slow
@pytest.mark.parametrize("drawn", ALL, ids=range(len(ALL)))
def test_latex_sets_it_on_one_page(drawn: Drawing, tmp_path: Path) -> None:
    (tmp_path / "net.tex").write_text(document(drawn), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "(1 page" in done.stdout
    assert not re.search(r"(Over|Under)full|Warning", done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("drawn", ALL, ids=range(len(ALL)))
def test_graphviz_reads_it(drawn: Drawing) -> None:
    done = subprocess.run(["dot", "-Tplain"], input=dot(drawn), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    lines = [line.split() for line in done.stdout.splitlines()]
    assert sum(words[0] == "node" for words in lines if words) == len(drawn.nodes)
    assert sum(words[0] == "edge" for words in lines if words) == len(drawn.edges)
