"""Compiles C code with the system's compiler into a shared library and loads it; built once for the same text."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from symprop.backends.cache import cache_folder, key_of
from symprop.errors import InternalError, UnsupportedError

# Products and sums may be contracted, but nothing is reordered and no NaN is assumed away.
FLAGS = ("-std=c99", "-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", "-fPIC", "-shared")


@lru_cache(maxsize=8)
def compiler(wanted: str) -> tuple[tuple[str, ...], str]:
    """The command of the compiler and its version; UnsupportedError where there is none."""
    command = tuple(shlex.split(wanted))
    path = shutil.which(command[0]) if command else None
    if path is None:
        remedy = "Install one, such as gcc or clang, or name it in the environment variable CC."
        raise UnsupportedError(f"the back end 'c' needs a C compiler, and there is no '{wanted}'", remedy=remedy)
    version = subprocess.run([path, *command[1:], "--version"], capture_output=True, text=True, check=False)
    return (path, *command[1:]), version.stdout


def load_library(source: str) -> ctypes.CDLL:
    """The library that the source makes; compiled, unless that has been done before."""
    command, version = compiler(os.environ.get("CC") or "cc")
    path = cache_folder("c") / f"{key_of(source, ' '.join((*command, *FLAGS)), version, _processor())}.so"
    if not path.exists():
        _compile(command, source, path)
    return ctypes.CDLL(str(path))


@lru_cache(maxsize=1)
def _processor() -> str:
    """What code for this very processor depends on: a cache may be shared by several machines."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _refusal(command: tuple[str, ...], status: int, said: str) -> UnsupportedError | InternalError:
    """The error for code that is not compiled: where even an empty file is not, it is the compiler's."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "empty.c"
        text.write_text("int nothing;\n", encoding="utf-8")
        again = [*command, *FLAGS, "-o", str(text.with_suffix(".so")), str(text)]
        works = subprocess.run(again, capture_output=True, check=False).returncode == 0
    if works:
        return InternalError(f"the C compiler refuses the code:\n{said}")
    what = f"the C compiler '{' '.join(command)}' does not work (exit code {status}): {said or 'it says nothing'}"
    return UnsupportedError(what, remedy="Name another in the environment variable CC, such as gcc or clang.")


def _compile(command: tuple[str, ...], source: str, path: Path) -> None:
    """Compiles in a folder beside the target and renames the result into place."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        text, library = Path(folder) / "symprop.c", Path(folder) / "symprop.so"
        text.write_text(source, encoding="utf-8")
        arguments = [*command, *FLAGS, "-o", str(library), str(text), "-lm"]
        run = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if run.returncode:
            raise _refusal(command, run.returncode, run.stderr.strip()[:2000])
        os.replace(library, path)
