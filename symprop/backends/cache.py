"""Where compiled code is kept between processes; what it holds is each back end's own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from symprop.errors import UserError


def cache_folder(kind: str) -> Path:
    """The folder of one kind of compiled code, below the user's cache; it is made if need be.

    Raises UserError where that cannot be done.
    """
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache") / "symprop" / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = "Set XDG_CACHE_HOME to a folder that may be written to."
        raise UserError(f"cannot keep compiled code: {reason}", where=str(folder), remedy=remedy) from error
    return folder


def key_of(*texts: str) -> str:
    """A name for what is made of the texts: the same for the same.

    >>> len(key_of("int x;", "-O3")), key_of("ab", "c") == key_of("a", "bc")
    (32, False)
    """
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()[:32]
