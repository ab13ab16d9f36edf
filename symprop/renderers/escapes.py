"""Text made safe for Markdown, LaTeX and HTML: it shows as it stands, whatever it holds; no mathematics here."""

from __future__ import annotations

import re
import unicodedata

from symprop.notation.looks import GREEK
from symprop.templating import xml_text

_RUN = 20  # characters without a space that a line may have to hold
_CHUNK = 10  # where a longer run may be broken

_MARKDOWN = {c: f"\\{c}" for c in "\\`*[]#|~"} | {"<": "&lt;", ">": "&gt;"}
# A backslash does not keep GitHub from reading a dollar as mathematics; an element does.
_MARKDOWN["$"] = "<span>$</span>"

_LATEX = {c: f"\\{c}" for c in "#$%&_{}"} | {c: f"{{{c}}}" for c in "[]*"}  # [ and * would be read as options of \\
_LATEX |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "|": r"\textbar{}"}
_LATEX |= {"<": r"\textless{}", ">": r"\textgreater{}", '"': r"\symbol{34}", "`": r"\textasciigrave{}"}
_LATEX |= {"–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\dots{}", "•": r"\textbullet{}", "’": "'"}
_LATEX |= {"‘": r"\textquoteleft{}", "“": r"\textquotedblleft{}", "”": r"\textquotedblright{}"}
_LATEX |= {"ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "Œ": r"\OE{}"}
_LATEX |= {"ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "§": r"\S{}", "©": r"\copyright{}", "°": r"\textdegree{}"}
_MATHS = {
    "−": "-", "·": r"\cdot", "×": r"\times", "±": r"\pm", "∂": r"\partial", "⊙": r"\odot", "∇": r"\nabla", "∑": r"\sum",
    "∏": r"\prod", "√": r"\surd", "∞": r"\infty", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx",
    "→": r"\to", "←": r"\leftarrow", "⇒": r"\Rightarrow", "∈": r"\in", "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}",
    "¾": r"\frac{3}{4}", "′": r"{}^\prime", "ᵀ": r"{}^\top", "⊤": r"\top", "µ": r"\mu", "∥": r"\Vert", "↦": r"\mapsto",
}  # fmt: skip
_MATHS |= {letter: f"\\{word}" for letter, word in GREEK.items()}
_ACCENTS = dict(
    zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327", "`'^~=u.\"rHvc", strict=True)
)
_SCRIPTS = {"<super>": "textsuperscript", "<sub>": "textsubscript"}


def markdown_text(text: str) -> str:
    r"""The text for GitHub's Markdown, on one line; the start of a block still needs `markdown_start`.

    >>> markdown_text("a_h1 * _b_ <script> 5 $")
    'a_h1 \\* \\_b\\_ &lt;script&gt; 5 <span>$</span>'
    """
    line = re.sub(r"&(?=#?\w+;)", "&amp;", _one_line(text))
    line = "".join(_MARKDOWN.get(c, c) for c in line)
    # An underscore between letters or digits marks nothing, and names are full of them.
    return re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", line)


def notebook_text(text: str) -> str:
    r"""The text for a notebook's Markdown, on one line, in which nothing is taken for mathematics.

    Notebooks look for dollars and for backslashes before they read Markdown, and for both again in what they show.

    >>> notebook_text(r"5 $ and \(x\)")
    '5 <span>&#36;</span> and <span>&#92;</span>(x<span>&#92;</span>)'
    """
    lines = (markdown_text(part).replace("<span>$</span>", "<span>&#36;</span>") for part in text.split("\\"))
    return "<span>&#92;</span>".join(lines)


def markdown_start(line: str) -> str:
    r"""A block's first line, so that it starts no list, rule or heading.

    >>> markdown_start("1. by hand"), markdown_start("- by hand")
    ('1\\. by hand', '\\- by hand')
    """
    line = re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", line.strip())
    return re.sub(r"^([-+](?=\s|$|-)|=)", r"\\\1", line)


def latex_text(text: str) -> str:
    r"""The text for LaTeX, in ASCII; long runs without a space can be broken.

    >>> print(latex_text("100% of a_h1: η ≥ ½, é"))
    100\% of a\_h1: \(\eta\) \(\ge\) \(\frac{1}{2}\), \'{e}
    """
    return "".join(_broken(word) if i % 2 == 0 else " " for i, word in enumerate(re.split(r"( )", _one_line(text))))


def html_text(text: str) -> str:
    """The text for HTML, between tags and in quoted attributes, on one line.

    >>> html_text('<b title="x">')
    '&lt;b title=&quot;x&quot;&gt;'
    """
    return xml_text(_one_line(text))


def _one_line(text: str) -> str:
    """White space and control characters as single spaces."""
    return re.sub(r"\s+", " ", "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text))


def _broken(word: str) -> str:
    """A word in LaTeX; where it is longer than a line may hold, with places to break it."""
    followed = zip(word, [*word[1:], ""], strict=True) if word else ()
    pieces = [_latex_character(c) + ("{}" if _ligature(c, after) else "") for c, after in followed]
    if len(pieces) <= _RUN:
        return "".join(pieces)
    chunks = ("".join(pieces[i : i + _CHUNK]) for i in range(0, len(pieces), _CHUNK))
    return r"\allowbreak{}".join(chunks)


def _ligature(character: str, after: str) -> bool:
    """Whether TeX would join two characters to one, as it makes a dash of two hyphens."""
    return character == after and character in "-,'"


def _latex_character(character: str) -> str:
    if character in _LATEX:
        return _LATEX[character]
    if character.isascii():
        return character
    if character in _MATHS:
        return rf"\({_MATHS[character]}\)"
    kind, _, codes = unicodedata.decomposition(character).partition(" ")
    if kind in _SCRIPTS:
        inner = "".join(_latex_character(chr(int(code, 16))) for code in codes.split())
        return rf"\{_SCRIPTS[kind]}{{{inner}}}"
    base, *marks = tuple(unicodedata.normalize("NFKD", character))
    if base.isascii() and len(marks) == 1 and marks[0] in _ACCENTS:
        return rf"\{_ACCENTS[marks[0]]}{{{_latex_character(base)}}}"
    if base != character and not any(unicodedata.combining(mark) for mark in marks):
        return "".join(_latex_character(c) for c in (base, *marks))
    return f"{{[}}U+{ord(character):04X}{{]}}"
