"""A document as the parts of one HTML page: nested sections, contents, equations in two widths; the looks are the template's."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from symprop.document.blocks import Block, Document, Equations, Heading, Pairs, Table
from symprop.drawing.styles import properties
from symprop.notation.layout import Run, lay_out, side_by_side
from symprop.notation.mathml import content, readable
from symprop.notation.names import Names
from symprop.notation.plain import plain
from symprop.prose import prose
from symprop.prose.text import Text, as_words
from symprop.renderers.views import Format, View, block_text, equations_id, view
from symprop.templating import Safe

# The words of the page's own, by what the template calls them.
SAYS = {"contents": "page.contents", "skip": "page.skip", "anchor": "page.anchor", "table": "page.table"}
WIDE_EM, NARROW_EM = 41.0, 18.5  # of formulas on a page, and on one that is as narrow as a phone
_LINES, _DEEPEST = 12, 6  # so many lines are kept together in print; headings go down to h6


@dataclass(frozen=True, slots=True)
class Live:
    """What makes a page live: HTML, data as JSON, and the texts of a script and of a style sheet.

    The HTML is inserted as it is: who makes it escapes what comes from files.
    """

    markup: str
    data: str
    script: str
    style: str
    title: str = ""  # of the entry in the contents, which the script shows; none without it


@dataclass(slots=True)
class _Section:
    """A heading with what stands below it."""

    id: str
    text: Safe
    depth: int
    level: int
    blocks: list[View] = field(default_factory=list)
    sections: list[_Section] = field(default_factory=list)


def page(document: Document, form: Format, live: Live | None) -> View:
    """What the template is given."""
    names = readable(document.names)
    ids = _Ids()
    opening = _Section("", Safe(""), 1, 1)
    path = [opening]
    for block in document.blocks:
        if isinstance(block, Heading):
            path = _below(path, block, names, form)
        else:
            path[-1].blocks.append(_view(block, names, form, ids))
    return {
        "language": prose(document.language).tag,
        "title": document.title,
        "heading": block_text((document.title,), names, form),
        "says": {name: as_words(prose(document.language).say(key)) for name, key in SAYS.items()},
        "opening": opening,
        "drawing": {side: Safe(properties(dark=side == "dark")) for side in ("light", "dark")},
        "policy": Safe(_policy(live)),
        "live": None if live is None else _inserted(live),
    }


def _below(path: Sequence[_Section], heading: Heading, names: Names, form: Format) -> list[_Section]:
    """The way to a new section, which is put where its heading's level says; no level is left out on the way."""
    level = max(heading.level, 2)
    above = [section for section in path if section.level < level]
    number = len(above[-1].sections) + 1
    name = f"{above[-1].id or 'section'}-{number}"
    depth = min(above[-1].depth + 1, _DEEPEST)
    section = _Section(name, block_text(heading.text, names, form), depth, level)
    above[-1].sections.append(section)
    return [*above, section]


class _Ids:
    """Tells identifiers apart; the page's own are taken."""

    def __init__(self) -> None:
        self.taken = {"main", "contents", "explorer"}

    def new(self, wanted: str) -> Safe:
        """As wanted, with a number behind it where it is taken; it begins with a letter or digit."""
        base = wanted if re.match("[A-Za-z0-9]", wanted) else f"equations{wanted}"
        found, number = base, 2
        while found in self.taken or re.match("section-[0-9]", found):
            found, number = (
                f"{base}-{number}" if not re.match("section-[0-9]", base) else f"equations-{base}",
                number + 1,
            )
        self.taken.add(found)
        return Safe(found)


def _view(block: Block, names: Names, form: Format, ids: _Ids) -> View:
    match block:
        case Equations(name, chains):
            return _equations(ids.new(equations_id(name)), lambda em: [Run(lay_out(chains, names, em, marked=True))])
        case Pairs(name, pairs):
            return _equations(ids.new(equations_id(name)), lambda em: side_by_side(pairs, names, em, marked=True))
        case Table(header, rows):
            heads = {"header": [_spoken(cell) for cell in header], "rows": [_spoken(row[0]) for row in rows if row]}
            return {**view(block, names, form), "spoken": heads}
    return view(block, names, form)


def _spoken(cell: Text) -> str:
    """What is read aloud for a cell with nothing but a formula, which not every reader of a table's heads looks for."""
    in_words = any(isinstance(inline, str) and inline.strip() for inline in cell)
    return "" if in_words else " ".join(plain(inline.formula) for inline in cell if not isinstance(inline, str))


def _equations(name: Safe, lay: Callable[[float], Sequence[Run]]) -> View:
    """The lines for a wide page and, where they differ, for a narrow one."""
    wide, narrow = lay(WIDE_EM), lay(NARROW_EM)
    layouts = [("all", wide)] if wide == narrow else [("wide", wide), ("narrow", narrow)]
    return {
        "kind": "equations",
        "id": name,
        "layouts": [(shown, [list(_rows(run)) for run in runs if run.lines]) for shown, runs in layouts],
        "short": sum(len(run.lines) for run in wide) <= _LINES,
    }


def _rows(run: Run) -> Iterator[list[Safe]]:
    beside = run.beside or [()] * len(run.lines)
    for line, other in zip(run.lines, beside, strict=True):
        yield [Safe(content(cell)) if cell else Safe() for cell in (*line, *other)]


def _policy(live: Live | None) -> str:
    """No network, and no script but the one of the live part, which is known by its hash."""
    script = "'none'" if live is None else f"'sha256-{_hash(_in_script(live.script))}'"
    rules = ("default-src 'none'", f"script-src {script}", "style-src 'unsafe-inline'", "img-src data:")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _inserted(live: Live) -> dict[str, str]:
    """The texts so that none of them ends the element that it stands in."""
    data = live.data.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")
    style = re.sub("</(?=style)", r"<\\/", live.style, flags=re.IGNORECASE)
    texts = {"markup": live.markup, "data": data, "script": _in_script(live.script), "style": style}
    return {"title": live.title, **{name: Safe(text) for name, text in texts.items()}}


def _in_script(script: str) -> str:
    return re.sub("<(?=/script|script|!--)", r"\\x3c", script, flags=re.IGNORECASE)
