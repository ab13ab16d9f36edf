"""PDF: with the engine that is installed, with none, and with ones that fail."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from symprop.errors import InternalError, UserError
from symprop.renderers import pdf
from symprop.renderers.pdf import typeset

DOCUMENT = r"\documentclass{article}\begin{document}%s\end{document}"


def engine(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Make a program of our own the only LaTeX there is."""
    program = folder / "lualatex"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_pdf_comes_out() -> None:
    assert typeset(DOCUMENT % "x").startswith(b"%PDF-")


def test_no_shell_is_run(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    typeset(DOCUMENT % rf"x\immediate\write18{{touch {target}}}")
    assert not target.exists()


def test_files_outside_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.tex"
    secret.write_text("secret")
    with pytest.raises((InternalError, UserError)):
        typeset(DOCUMENT % rf"\input{{{secret}}}")


def test_without_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=r"pdflatex.*apt-get install texlive-latex-recommended.*MacTeX.*MiKTeX"):
        typeset(DOCUMENT % "x")


def test_an_error_in_the_document_is_ours() -> None:
    with pytest.raises(InternalError, match="Undefined control sequence"):
        typeset(DOCUMENT % r"\undefinedthing")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine(tmp_path, monkeypatch, 'echo "! LaTeX Error: File \\`mathtools.sty\' not found."; exit 1')
    with pytest.raises(UserError, match=r"lacks mathtools\.sty\. Debian"):
        typeset(DOCUMENT % "x")


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    engine(tmp_path, monkeypatch, "exit 0")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(UserError, match=r"document\.tex: cannot write the LaTeX source: No space left on device"):
        typeset(DOCUMENT % "x")


def test_an_engine_that_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine(tmp_path, monkeypatch, "exit 0")
    with pytest.raises(InternalError, match="lualatex could not typeset"):
        typeset(DOCUMENT % "x")


def test_an_engine_that_hangs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine(tmp_path, monkeypatch, "exec /bin/sleep 60")
    monkeypatch.setattr(pdf, "_SECONDS", 0.2)
    with pytest.raises(UserError, match="still at work"):
        typeset(DOCUMENT % "x")


def test_it_runs_again_until_the_columns_settle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine(tmp_path, monkeypatch, f"echo run >> {tmp_path}/runs; echo Rerun; echo %PDF-1.5 > document.pdf")
    assert typeset(DOCUMENT % "x") == b"%PDF-1.5\n"
    assert (tmp_path / "runs").read_text().count("run") == 4
