"""Output files appear whole or not at all; what stands in them is made elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from errno import ENAMETOOLONG
from pathlib import Path

from symprop.errors import UserError

# Their entries stand for open files, which must not be replaced, even where output is redirected to a regular file.
_DEVICES = (Path("/dev"), Path("/dev/fd"))


def write_atomically(path: str | Path, data: str | bytes) -> None:
    """Write the data, text as UTF-8, beside the target and rename it into place.

    A link is followed and an existing file keeps its permissions. What is not a regular file, such as a terminal or a
    pipe, is written straight. Raises UserError where that cannot be done, and then leaves what was there.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(Path(folder) / "x.md", "δ = p − t")
    ...     (Path(folder) / "x.md").read_text(encoding="utf-8")
    'δ = p − t'
    """
    content = data.encode() if isinstance(data, str) else data
    check_name(path)
    try:
        _write(Path(path), content)
    except RuntimeError as error:  # how Python 3.11 and 3.12 report a link that leads back to itself
        raise UserError("cannot write the file: its link leads in a circle", where=str(path)) from error
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def write_together(files: Mapping[Path, str | bytes]) -> None:
    """Write several files that belong together, each as by `write_atomically`; where one fails, none of them has changed.

    The first is the one that was asked for. Those beside it replace files only where it replaces one, which they then
    belong to. Raises UserError where that cannot be done.

    >>> with tempfile.TemporaryDirectory() as folder, suppress(UserError):
    ...     write_together({Path(folder, "x.tex"): "x", Path(folder, "none", "y.tex"): "y"})
    >>> print(Path(folder, "x.tex").exists())
    False
    """
    check_together(*files)
    before: dict[Path, bytes | None] = {}
    try:
        for path, data in files.items():
            kept = path.read_bytes() if os.path.isfile(path) else None  # false too for what can be no name
            write_atomically(path, data)
            if not _is_stream(path):
                before[path.resolve()] = kept
    except BaseException:
        for target, content in before.items():
            if content is None:
                target.unlink()
            else:
                write_atomically(target, content)
        raise


def check_together(main: Path, *beside: Path) -> None:
    """Refuses files that would be replaced by others than they belong to, as `write_together` does; raises UserError."""
    there = next((path for path in beside if os.path.lexists(path)), None)  # links that lead nowhere are there, too
    if there is not None and not os.path.lexists(main):
        what = f"a file of this name is there, and another would be written with {main}"
        raise UserError(what, where=str(there), remedy="Choose another name, or move this file.")


def check_place(path: str | Path) -> None:
    """Refuses a file that could not be written where it is to lie, before the work is done that it is to hold.

    Raises UserError as `write_atomically` would.
    """
    check_name(path)
    try:
        if Path(path).is_dir():
            raise IsADirectoryError
        if not Path(path).parent.is_dir():
            raise FileNotFoundError
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def check_name(path: str | Path) -> None:
    """UserError for what is no path, and for one that ends as a directory's does, which `Path` would forget."""
    if not isinstance(path, str | Path):
        raise UserError("a file is named by text or a path", got=type(path).__name__)
    if str(path).endswith(("/", os.sep)):
        raise _refused(path, IsADirectoryError())


def check_suffix(path: str | Path, known: Iterable[str], what: str) -> str:
    """The suffix of a path, in lower case; UserError where it is none of those that the thing named by `what` can have.

    >>> check_suffix("loss.PNG", (".png", ".svg"), "a picture")
    '.png'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (suffixes := tuple(known)):
        expected, got = ", ".join(suffixes), suffix or "no suffix"
        raise UserError(f"{what} cannot have this format", where=str(path), expected=expected, got=got)
    return suffix


def _write(path: Path, content: bytes) -> None:
    if path.is_dir():
        raise IsADirectoryError
    if _is_stream(path):
        with path.open("wb") as stream:
            stream.write(content)
    else:
        _replace(path.resolve(), content)


def _is_stream(path: Path) -> bool:
    """Whether this is written straight, as a terminal or a pipe is: it cannot be put in place whole, nor taken back."""
    return path.exists() and (not path.is_file() or path.parent in _DEVICES)


def _replace(target: Path, content: bytes) -> None:
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError
    handle, beside = tempfile.mkstemp(prefix=".symprop-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(beside).chmod(mode)
        os.replace(beside, target)
    except BaseException:
        with suppress(OSError):
            Path(beside).unlink()
        raise


def _umask() -> int:
    """The mask for new files, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _refused(path: str | Path, error: OSError | ValueError) -> UserError:
    if isinstance(error, IsADirectoryError):
        return UserError("cannot write a file here: it is a directory", where=str(path), remedy="Give a file name.")
    if isinstance(error, FileNotFoundError) and not (folder := Path(path).resolve().parent).exists():
        return UserError(
            "cannot write the file: its directory does not exist", where=str(path), remedy=f"Make {folder}."
        )
    if isinstance(error, FileNotFoundError):
        what = "cannot write the file: its directory takes no new files"
        return UserError(what, where=str(path), remedy="Choose another place.")
    if isinstance(error, OSError) and error.errno == ENAMETOOLONG:
        shortened = f"{str(path)[:40]}…"
        return UserError("cannot write the file: its name is too long", where=shortened, remedy="Choose a shorter one.")
    if isinstance(error, PermissionError):
        remedy = "Choose another place, or change its permissions."
        return UserError("cannot write the file: permission denied", where=str(path), remedy=remedy)
    reason = getattr(error, "strerror", None) or str(error)
    return UserError(f"cannot write the file: {reason}", where=repr(str(path))[1:-1])
