"""All that a derivation can be written as, by a file's suffix; each is written by the package that owns it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from symprop.errors import InternalError, UserError
from symprop.files import check_name, check_suffix
from symprop.prose import ENGLISH
from symprop.renderers.catalogue import RENDERERS
from symprop.renderers.code import CODE
from symprop.renderers.source import Source

if TYPE_CHECKING:
    from symprop.document.blocks import Document


@dataclass(frozen=True, slots=True)
class Options:
    """What may be asked of an output beside its file's name; what is not asked for is None or False."""

    dtype: str | None = None
    rows: int | None = None
    fragment: bool = False
    width: float | None = None
    language: str | None = None


class Kind(Enum):
    """What a file is for."""

    DOCUMENT = "to be read"
    WORKBOOK = "to be computed in"
    CODE = "to be compiled"


@dataclass(frozen=True, slots=True)
class Export:
    """What the file is, what writes it and tells the files that it wrote, and which of the `Options` go with it."""

    what: str
    write: Callable[[Source, Path, Options], tuple[Path, ...]]
    kind: Kind = Kind.DOCUMENT
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        known = [option.name for option in fields(Options)]
        unknown = [name for name in self.options if name not in known]
        if unknown:
            what = f"{self.what} takes an option that nobody can give"
            raise InternalError(what, got=", ".join(unknown), expected=", ".join(known))


def _document(source: Source, options: Options) -> Document:
    return source.document(options.language or ENGLISH)


def _write_document(source: Source, path: Path, options: Options) -> tuple[Path, ...]:
    document = _document(source, options)
    if options.fragment:
        from symprop.renderers.fragment import WIDTH, export_fragment

        return export_fragment(document, path, WIDTH if options.width is None else options.width)
    if options.width is not None:
        raise UserError(
            "a width is for a fragment's equations", where=str(path), remedy="Ask for a fragment: --fragment."
        )
    from symprop.renderers.output import export, is_page

    if not is_page(path):
        return export(document, path)
    from symprop.explorer.page import live

    return export(document, path, live(source.trained, document.language))


def _write_code(source: Source, path: Path, options: Options) -> tuple[Path, ...]:
    from symprop.renderers.code import export_code

    export_code(source, path, options.dtype)
    return (path,)


def _write_notebook(source: Source, path: Path, options: Options) -> tuple[Path, ...]:
    from symprop.renderers.notebook import export_notebook

    return export_notebook(source, _document(source, options), path)


def _write_workbook(source: Source, path: Path, options: Options) -> tuple[Path, ...]:
    from symprop.workbook import export_workbook

    export_workbook(source, path, options.rows, options.language or ENGLISH)
    return (path,)


EXPORTS: Mapping[str, Export] = {
    **{
        renderer.suffix: Export(f"a document in {name}", _write_document, options=renderer.options)
        for name, renderer in RENDERERS.items()
    },
    ".ipynb": Export("a notebook", _write_notebook, options=("language",)),
    ".xlsx": Export("a workbook", _write_workbook, Kind.WORKBOOK, ("rows", "language")),
    **{suffix: Export("C code", _write_code, Kind.CODE, ("dtype",)) for suffix in CODE},
}


def write(source: Source, path: str | Path, options: Options) -> tuple[Path, ...]:
    """Writes the file, and what must stand beside it; gives their paths, its own first.

    Raises UserError for an unknown suffix, for an option that does not go with it, and for a place that cannot be written.
    """
    check_name(path)
    export = _export(path)
    for option in fields(options):
        asked = getattr(options, option.name)  # 0 is asked for too, though it equals False
        if asked is not None and asked is not False and option.name not in export.options:
            takes = sorted(suffix for suffix, other in EXPORTS.items() if option.name in other.options)
            what = f"{export.what} takes no option '{option.name}'"
            raise UserError(what, where=str(path), remedy=f"Leave it out; it goes with {', '.join(takes)}.")
    return export.write(source, Path(path), options)


def is_document(path: str | Path) -> bool:
    """Whether the file tells readers of the network, and is not code."""
    return _export(path).kind is not Kind.CODE


def is_workbook(path: str | Path) -> bool:
    """Whether the file is a spreadsheet."""
    return _export(path).kind is Kind.WORKBOOK


def _export(path: str | Path) -> Export:
    return EXPORTS[check_suffix(path, sorted(EXPORTS), "an export")]
