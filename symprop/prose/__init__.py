"""All sentences and words that readers of documents, drawings, pages and workbooks meet, a catalogue for each language.

Which of them are said is decided where they are said.

A catalogue is a file beside this one. It has a table for each chapter, and in it a template for each sentence, with named
places for what is put in: ``one = "The output {output} has one path."``. What depends on a number has the forms ``one`` and
``other``. English is the catalogue that the others are held against: they have its keys, and the places that it has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from symprop.errors import InternalError, UserError, nearest
from symprop.prose.text import Inline, Math, Text, as_words

_FOLDER = Path(__file__).parent
ENGLISH = "en"
WORDS = "words"  # the table of what declarations call things; English needs none

Value = str | int | Math | Text
Pieces = tuple[tuple[str, str | None], ...]  # text, and the name of the place after it


@dataclass(frozen=True)
class Prose:
    """The sentences of one language, by their keys, such as ``weights.one_path``; `words` are those of declarations.

    `language` is what `prose` takes for it: a name, or a file.
    """

    language: str
    sentences: Mapping[str, Pieces]
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The language's code, as pages say it: the name of the file without its suffix.

        >>> Prose("texts/de.toml", {}).tag
        'de'
        """
        return Path(self.language).stem if _is_file(self.language) else self.language

    @property
    def file(self) -> str:
        """The catalogue, as messages call it."""
        return _file(self.language)

    def say(self, key: str, /, **values: Value) -> Text:
        """A sentence with what is put in its places; text next to text is joined.

        Raises InternalError for a sentence that is in no catalogue, and for values that are not those of its places.

        >>> prose("en").say("setting.hidden_layer", layer=2)
        ('Hidden layer 2',)
        """
        if key not in self.sentences:
            raise InternalError("no such sentence", where=self.file, got=key)
        pieces = self.sentences[key]
        places = _places(pieces)
        if places != values.keys():
            expected, got = _in_order(places), _in_order(values)
            raise InternalError(f"'{key}' is said with other values", expected=expected, got=got)
        return _joined(inline for text, name in pieces for inline in (text, *(_inlines(values[name]) if name else ())))

    def counted(self, key: str, count: int, /, **values: Value) -> Text:
        """The sentence about so many things; the number stands in the place ``{number}`` of the forms that have it.

        >>> prose("en").counted("setting.inputs", 1), prose("en").counted("setting.inputs", 3)
        (('1 input',), ('3 inputs',))
        """
        form = f"{key}.{'one' if count == 1 else 'other'}"
        if "number" in _places(self.sentences.get(form, ())):
            return self.say(form, **{"number": count, **values})
        return self.say(form, **{name: value for name, value in values.items() if name != "number"})

    def phrase(self, key: str, /, **values: Value) -> str:
        """A sentence without formulas in it, as plain text.

        >>> prose("en").phrase("page.contents")
        'Contents'
        """
        return as_words(self.say(key, **values))

    def templates(self, table: str) -> dict[str, str]:
        """The sentences of a table, with the names of their places in braces: for scripts, which fill the places themselves.

        >>> prose("en").templates("explorer.page")["parameter"]
        'parameter {name}'
        """
        keys = (key for key in self.sentences if key.startswith(f"{table}."))
        return {key.removeprefix(f"{table}."): _template(self.sentences[key]) for key in keys}

    def listed(self, items: Sequence[Value]) -> Text:
        """The items with commas, and a word for "and" between the last two.

        >>> prose("en").listed(["1", "2", "3"])
        ('1, 2 and 3',)
        """
        return self._folded("joined.last", "joined.before", items)

    def enumerated(self, items: Sequence[Value]) -> Text:
        """The items with commas alone."""
        return self._folded("joined.before", "joined.before", items)

    def clauses(self, items: Sequence[Value]) -> Text:
        """The items with semicolons, since they have commas of their own."""
        return self._folded("joined.clause", "joined.clause", items)

    def sentences_of(self, *texts: Text) -> Text:
        """Sentences one after the other; empty ones are left out."""
        return self._folded("joined.sentence", "joined.sentence", list(filter(None, texts)))

    def name(self, name: str) -> str:
        """What a declaration is called, in words of this language.

        >>> prose("en").name("layer_norm")
        'layer norm'
        """
        return self.word(name.replace("_", " "))

    def word(self, words: str) -> str:
        """What a declaration says, in this language; as it is declared where the catalogue does not have it."""
        return self.words.get(words, words)

    def _folded(self, last: str, before: str, items: Sequence[Value]) -> Text:
        """The items put together from the end, each pair by a template."""
        if not items:
            return ()
        found = _joined(_inlines(items[-1]))
        for position, item in enumerate(reversed(items[:-1])):
            found = self.say(before if position else last, item=item, others=found)
        return found


def languages() -> list[str]:
    """The languages that there is a catalogue for.

    >>> languages()
    ['en']
    """
    return sorted(file.stem for file in _FOLDER.glob("*.toml"))


def prose(language: str) -> Prose:
    """The sentences of a language, by its name or in a file of one's own (``texts/de.toml``), which is read when it changes.

    Raises UserError for a language without a catalogue, for a file that cannot be read, and for a catalogue that lacks
    something that English has, with the key.
    """
    if not _is_file(language):
        return catalogue(language)
    try:
        changed = Path(language).stat().st_mtime_ns
    except OSError as error:
        remedy = f"Copy {_FOLDER / ENGLISH}.toml there and translate it."
        raise UserError("this catalogue cannot be read", where=language, got=error.strerror, remedy=remedy) from error
    return _own(language, changed)


def _is_file(language: str) -> bool:
    return language.endswith(".toml")


def _file(language: str) -> str:
    return language if _is_file(language) else f"{language}.toml"


@lru_cache(8)
def _own(file: str, changed: int) -> Prose:
    """The catalogue in a file, as it was when it `changed` last."""
    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("this catalogue cannot be read", where=file, got=str(error)) from error
    found = read(text, file)
    check_against(found, catalogue(ENGLISH))
    return found


@cache
def catalogue(language: str) -> Prose:
    """The sentences of a language that symprop has, read once."""
    if language not in languages():
        remedy = nearest(language, languages()) + " A catalogue of your own is a file that ends in .toml."
        raise UserError(f"there is no catalogue of the language '{language}'", remedy=remedy.strip())
    file = _FOLDER / f"{language}.toml"
    found = read(file.read_text(encoding="utf-8"), language)
    if language != ENGLISH:
        check_against(found, catalogue(ENGLISH))
    return found


def read(text: str, language: str) -> Prose:
    """The sentences in the text of a catalogue. Raises UserError for text that is no catalogue.

    >>> read('[layer]\\ntitle = "The layer {name}"', "en").say("layer.title", name="dense")
    ('The layer dense',)
    """
    where = _file(language)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError("this is no TOML", where=where, got=str(error)) from error
    words = tables.pop(WORDS, {})
    if not isinstance(words, Mapping) or not all(isinstance(word, str) for word in words.values()):
        raise UserError(f"'{WORDS}' is no table of texts", where=where, remedy="Put words with spaces into quotes.")
    return Prose(language, {key: _pieces(key, text, where) for key, text in _flat(tables)}, words)


def check_against(prose: Prose, english: Prose) -> None:
    """Raises UserError for the first sentence that is missing, or that English does not have, or that has other places."""
    where = prose.file
    for key, pieces in english.sentences.items():
        if key not in prose.sentences:
            raise UserError(f"the sentence '{key}' is missing", where=where, expected=_template(pieces))
        expected, got = _places(pieces), _places(prose.sentences[key])
        if got != expected:
            what = f"the sentence '{key}' has not the places of the English one"
            raise UserError(what, where=where, expected=_in_order(expected), got=_in_order(got))
    for key in prose.sentences:
        if key not in english.sentences:
            remedy = nearest(key, list(english.sentences))
            raise UserError(f"the sentence '{key}' is not said anywhere", where=where, remedy=remedy)


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    for name, item in table.items():
        if isinstance(item, Mapping):
            yield from _flat(item, f"{before}{name}.")
        else:
            yield f"{before}{name}", item


def _pieces(key: str, template: object, where: str) -> Pieces:
    """A template as text and places; braces that stand for themselves are doubled in it."""
    if not isinstance(template, str):
        raise UserError(f"'{key}' is no sentence", where=where, expected="a text", got=repr(template))
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise UserError(f"the braces of the sentence '{key}' do not match", where=where, got=template) from error
    for _, name, form, conversion in parsed:
        if name is not None and (not name.isidentifier() or form or conversion):
            raise UserError(f"the sentence '{key}' has a place without a plain name", where=where, got=template)
    return tuple((text, name) for text, name, _, _ in parsed)


def _places(pieces: Pieces) -> set[str]:
    return {name for _, name in pieces if name is not None}


def _template(pieces: Pieces) -> str:
    return "".join(text + (f"{{{name}}}" if name else "") for text, name in pieces)


def _in_order(names: Sequence[str] | set[str] | Mapping[str, object]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names)) or "none"


def _inlines(value: Value) -> Text:
    if isinstance(value, tuple):
        return value
    return (value if isinstance(value, str | Math) else str(value),)


def _joined(inlines: Iterator[Inline] | Text) -> Text:
    """The inlines with text next to text in one, and no empty text."""
    found: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, str) and found and isinstance(found[-1], str):
            found[-1] += inline
        elif inline != "":
            found.append(inline)
    return tuple(found)
