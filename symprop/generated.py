"""Rebuilds the folder `generated/`: what the built-in examples are written as, kept so that every change to it shows.

Run it as ``python -m symprop.generated`` in the project's folder. What the documents say is decided in `document`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from symprop import examples
from symprop.errors import SympropError
from symprop.face import load
from symprop.files import write_atomically

FOLDER = Path("generated")
SUFFIXES = (".md", ".tex", ".html")
WORKED_EXAMPLE = "classroom"


def contents() -> dict[str, bytes]:
    """What every file in the folder holds, by its name."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        for name in examples.names():
            derivation = load(name).derive()
            for suffix in SUFFIXES:
                derivation.export(folder / f"{name}{suffix}")
        load(WORKED_EXAMPLE).derive().export(folder / f"{WORKED_EXAMPLE}.xlsx")
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def differences(folder: Path) -> list[str]:
    """What is missing, extra or out of date in the folder, one line each; none where it is fresh."""
    return _differences(folder, contents())


def fixed(name: str, content: bytes) -> bytes:
    """What must not differ between two machines: all but the bitmaps in a workbook, which depend on fonts' libraries."""
    if not name.endswith(".xlsx"):
        return content
    with ZipFile(BytesIO(content)) as book:
        kept = [member for member in sorted(book.namelist()) if not re.fullmatch(r"xl/media/.*", member)]
        return b"\n".join(member.encode() + b"\n" + book.read(member) for member in kept)


def _differences(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    lacking = [f"{name} is missing" for name in wanted if name not in present]
    extra = [f"{name} belongs to no example" for name in sorted(present - set(wanted))]
    changed = [
        f"{name} is out of date"
        for name, content in wanted.items()
        if name in present and fixed(name, (folder / name).read_bytes()) != fixed(name, content)
    ]
    return [*lacking, *extra, *changed]


def rebuild(folder: Path) -> list[str]:
    """Writes every file; gives what is still amiss, which a person has to look at: files that belong to no example."""
    folder.mkdir(parents=True, exist_ok=True)
    found = contents()
    for name, content in found.items():
        write_atomically(folder / name, content)
    return _differences(folder, found)


def main() -> int:
    """Rebuilds the folder in the current one; the exit code is 1 where something is left to do by hand."""
    try:
        amiss = rebuild(FOLDER)
    except (SympropError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in amiss:
        print(f"{FOLDER}/{line}", file=sys.stderr)
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
