"""Rebuilds the folder `generated/`: the documents of all the built-in examples, kept so that every change to them shows.

Run it as ``python -m symprop.generated`` in the project's folder. What the documents say is decided in `document`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from symprop import examples
from symprop.errors import SympropError
from symprop.face import load
from symprop.files import write_atomically
from symprop.renderers import render

FOLDER = Path("generated")
SUFFIXES = (".md", ".tex")


def documents() -> dict[str, str]:
    """The text of every file in the folder, by its name."""
    found = {}
    for name in examples.names():
        document = load(name).derive().document()
        for suffix in SUFFIXES:
            text = render(document, suffix)
            assert isinstance(text, str)  # of these suffixes
            found[f"{name}{suffix}"] = text
    return found


def differences(folder: Path) -> list[str]:
    """What is missing, extra or out of date in the folder, one line each; none where it is fresh."""
    return _differences(folder, documents())


def _differences(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    lacking = [f"{name} is missing" for name in wanted if name not in present]
    extra = [f"{name} belongs to no example" for name in sorted(present - set(wanted))]
    changed = [
        f"{name} is out of date"
        for name, text in wanted.items()
        if name in present and (folder / name).read_text(encoding="utf-8") != text
    ]
    return [*lacking, *extra, *changed]


def rebuild(folder: Path) -> list[str]:
    """Writes every document; gives what is still amiss, which a person has to look at: files that belong to no example."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = documents()
    for name, text in texts.items():
        write_atomically(folder / name, text)
    return _differences(folder, texts)


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
