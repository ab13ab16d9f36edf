"""Elements of MathML Core, and rows of them with the operators that are meant but not seen; no LaTeX is known here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from symprop.templating import xml_text

_TIMES, _APPLY = "\N{INVISIBLE TIMES}", "\N{FUNCTION APPLICATION}"


class Kind(Enum):
    """How an element behaves in a row."""

    PLAIN = auto()
    FUNCTION = auto()  # is applied to what follows
    PREFIX = auto()  # a sum sign or a differential: what follows is neither multiplied nor an argument
    BINARY = auto()
    RELATION = auto()
    OPENING = auto()
    CLOSING = auto()
    SEPARATOR = auto()
    SPACE = auto()


@dataclass(frozen=True, slots=True)
class Element:
    """An element with its text, or the elements within it.

    `limits` says that scripts go below and above where there is room. A name that is no quantity's `may_apply`: it is a
    function's where a parenthesis follows.
    """

    tag: str
    content: str | tuple[Element, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = Kind.PLAIN
    limits: bool = False
    may_apply: bool = False

    def having(self, **attributes: str) -> Element:
        """The element with more attributes; in their names ``_`` stands for ``-``."""
        more = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return replace(self, attributes={**self.attributes, **more})

    def written(self) -> str:
        """As text in which all is escaped."""
        content = self.content
        body = xml_text(content) if isinstance(content, str) else "".join([element.written() for element in content])
        attributes = "".join([f' {name}="{xml_text(value)}"' for name, value in self.attributes.items()])
        return f"<{self.tag}{attributes}>{body}</{self.tag}>"


def space(em: float) -> Element:
    """Empty space so wide."""
    return Element("mspace", attributes={"width": f"{em:g}em"}, kind=Kind.SPACE)


def row(items: Sequence[Element], *, small: bool) -> Element:
    """The items as one element; in a `small` one, such as an index, letters side by side are no product."""
    items = _in_script(items) if small else _complete(items)
    return items[0] if len(items) == 1 else Element("mrow", tuple(items))


def _in_script(items: Iterable[Element]) -> list[Element]:
    """As TeX sets them: no space around operators."""
    kinds = (Kind.BINARY, Kind.RELATION, Kind.SEPARATOR)
    return [item.having(lspace="0", rspace="0") if item.tag == "mo" and item.kind in kinds else item for item in items]


def _complete(items: Iterable[Element]) -> list[Element]:
    """With the forms of operators, and with products and applications that are not seen."""
    done: list[Element] = []
    before: Element | None = None
    for item in items:
        if item.kind is Kind.SPACE:
            done.append(item)
            continue
        if item.kind is Kind.BINARY and item.tag == "mo":
            item = _formed(item, before, continued=bool(done))
        elif before is not None:
            done += _between(before, item)
        done.append(item)
        before = item
    return done


def _formed(operator: Element, before: Element | None, continued: bool) -> Element:
    """A sign where nothing stands before that it could join; the line before it counts."""
    alone = not continued if before is None else before.kind not in (Kind.PLAIN, Kind.CLOSING, Kind.FUNCTION)
    return operator.having(form="prefix" if alone else "infix")


_ENDS = (Kind.PLAIN, Kind.CLOSING)
_STARTS = (Kind.PLAIN, Kind.OPENING, Kind.FUNCTION, Kind.PREFIX)


def _between(before: Element, after: Element) -> list[Element]:
    if after.kind not in _STARTS:
        return []
    if before.kind is Kind.FUNCTION or (before.may_apply and after.kind is Kind.OPENING):
        thin = [] if after.kind in (Kind.OPENING, Kind.PREFIX) or before.limits else [space(0.17)]
        return [Element("mo", _APPLY), *thin]
    return [Element("mo", _TIMES)] if before.kind in _ENDS else []
