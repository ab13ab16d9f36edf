"""LaTeX typeset by whichever engine is installed, in a folder of its own; the LaTeX is made elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from symprop.errors import InternalError, UserError

_LATEX_OPTIONS = ("-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error")
ENGINES = {
    "pdflatex": _LATEX_OPTIONS,
    "lualatex": _LATEX_OPTIONS,
    "xelatex": _LATEX_OPTIONS,
    "tectonic": ("--untrusted",),
}
_INSTALL = (
    "Debian, Ubuntu: apt-get install texlive-latex-recommended lmodern; macOS: MacTeX; Windows: MiKTeX. "
    "Or export to .tex or .md, which need no LaTeX."
)
_SECONDS = 120
_RUNS = 4  # longtable settles its columns in two or three


def typeset(latex: str) -> bytes:
    """The PDF of a LaTeX document.

    Raises UserError where no engine, or only part of one, is installed; InternalError if the document does not compile.
    """
    engine = next((name for name in ENGINES if shutil.which(name)), None)
    if engine is None:
        raise UserError("making a PDF needs LaTeX, and none was found", expected=", ".join(ENGINES), remedy=_INSTALL)
    with tempfile.TemporaryDirectory(prefix="symprop-") as folder:
        source = Path(folder, "document.tex")
        try:
            source.write_text(latex, encoding="utf-8")
        except OSError as error:  # of a full disk, which names no file
            what = f"cannot write the LaTeX source: {error.strerror}"
            remedy = "Make room there, or set TMPDIR to another folder."
            raise UserError(what, where=str(source), remedy=remedy) from error
        for _ in range(_RUNS):
            if "Rerun" not in _run(engine, source):
                break
        return source.with_suffix(".pdf").read_bytes()


def _run(engine: str, source: Path) -> str:
    """One run of the engine; its messages."""
    # Paranoid TeX reads and writes nothing outside its folder; a long line keeps its messages whole.
    surroundings = {**os.environ, "openin_any": "p", "openout_any": "p", "max_print_line": "10000"}
    try:
        done = subprocess.run(
            [engine, *ENGINES[engine], source.name],
            cwd=source.parent,
            env=surroundings,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{engine} was still at work after {_SECONDS} s", remedy="Export to .tex instead.") from error
    except OSError as error:
        raise UserError(f"{engine} could not be started: {error.strerror}", remedy=_INSTALL) from error
    messages = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    if done.returncode or not source.with_suffix(".pdf").exists():
        raise _failed(engine, messages)
    return messages


def _failed(engine: str, messages: str) -> UserError | InternalError:
    missing = re.search(r"File `([^']+)' not found", messages)
    if missing:
        return UserError(f"the LaTeX installation lacks {missing[1]}", remedy=_INSTALL)
    complaint = re.search(r"^(?:! |error: )(.*)", messages, re.MULTILINE)
    what = complaint[1] if complaint else messages.strip()[-200:]
    return InternalError(f"{engine} could not typeset the document: {what}", remedy="Export to .tex to see its source.")
