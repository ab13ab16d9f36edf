"""The table of renderers as a contract, and files written by suffix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from symprop.document.blocks import Document, Heading, Paragraph, Picture, Table
from symprop.errors import InternalError, UserError
from symprop.notation.names import Names
from symprop.renderers import export, render
from symprop.renderers.catalogue import RENDERERS
from tests.drawing.made import drawing
from tests.renderers.documents import ORDINARY


@pytest.mark.parametrize("name", RENDERERS)
def test_every_renderer_renders_and_exports(name: str, tmp_path: Path) -> None:
    suffix = RENDERERS[name].suffix
    content = render(ORDINARY, name)
    assert len(content) > 200
    path = tmp_path / f"net{suffix.upper()}"
    export(ORDINARY, path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if isinstance(content, str):
        assert path.read_text(encoding="utf-8") == content == render(ORDINARY, suffix)
    else:
        assert path.read_bytes().startswith(content[:5])


@pytest.mark.parametrize("name", [n for n, r in RENDERERS.items() if r.suffix != ".pdf"])
def test_a_document_without_blocks(name: str) -> None:
    assert "Empty" in str(render(Document("Empty", Names()), name))


@pytest.mark.parametrize(
    ("path", "message"), [(5, "named by text or a path"), ("d.md/", "d.md/: .* it is a directory")]
)
def test_what_names_no_file(path: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        export(Document("Empty", Names()), path)


def test_suffixes_are_distinct() -> None:
    assert len({renderer.suffix for renderer in RENDERERS.values()}) == len(RENDERERS)


def test_an_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"'\.docx'"):
        export(ORDINARY, tmp_path / "net.docx")
    assert list(tmp_path.iterdir()) == []


CHART = Picture("losses", "A [curve] that falls", "<svg><title>0.5 > 0.1</title></svg>")
NETWORK = Picture("network", "Two neurons", drawing("classroom"))


def test_pictures_stand_in_the_document_or_beside_it(tmp_path: Path) -> None:
    document = Document("A net", Names(), (CHART,))
    written = export(document, tmp_path / "my net.md")
    assert [path.name for path in written] == ["my net.md", "my net.losses.svg"]
    assert written[1].read_text() == CHART.svg
    assert "![A \\[curve\\] that falls](my%20net.losses.svg)" in written[0].read_text()
    assert "losses" not in str(render(document, "markdown"))


def test_latex_draws_networks_and_leaves_charts_out(tmp_path: Path) -> None:
    (latex,) = export(Document("A net", Names(), (NETWORK, CHART)), tmp_path / "net.tex")
    text = latex.read_text()
    assert text.count(NETWORK.tikz) == text.count(r"\usepackage{tikz}") == 1
    assert CHART.tikz == ""
    assert "0.5 > 0.1" not in text


def test_an_unknown_format() -> None:
    with pytest.raises(UserError, match="Did you mean 'markdown'"):
        render(ORDINARY, "markdwon")


def test_a_failing_document_leaves_no_file(tmp_path: Path) -> None:
    ragged = Table((("a",), ("b",)), ((("1",),),), (False, False))
    with pytest.raises(InternalError, match="differ in length"):
        export(Document("T", Names(), (Heading(2, ("x",)), ragged)), tmp_path / "x.md")
    assert list(tmp_path.iterdir()) == []


def test_a_block_of_another_kind_is_refused() -> None:
    with pytest.raises(InternalError, match="got str"):
        render(Document("T", Names(), (Paragraph(("x",)), "block")), "markdown")  # type: ignore[arg-type]
