"""What each macro of our LaTeX is in MathML: the character, and how it behaves in a row; how it is read is `reader`'s."""

from __future__ import annotations

from symprop.notation.looks import GREEK
from symprop.notation.mathml.tree import Kind

LETTERS = {f"\\{word}": letter for letter, word in GREEK.items()} | {
    r"\varphi": "φ", r"\phi": "ϕ", r"\epsilon": "ϵ", r"\varepsilon": "ε", r"\ell": "ℓ", r"\infty": "∞", r"\top": "⊤",
    r"\cdots": "⋯", r"\ldots": "…", r"\dots": "…", r"\vdots": "⋮", r"\nabla": "∇", r"\prime": "′", r"\emptyset": "∅",
}  # fmt: skip
_WORDS = ("exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan")
FUNCTIONS = frozenset(f"\\{word}" for word in _WORDS)
LIMITED = {r"\max": "max", r"\min": "min"}  # what is below them in a display stands beside them in running text
LARGE = {r"\sum": "∑", r"\prod": "∏"}
OPERATORS = {
    "+": ("+", Kind.BINARY), "-": ("−", Kind.BINARY), "*": ("∗", Kind.BINARY), "/": ("/", Kind.BINARY),
    r"\cdot": ("⋅", Kind.BINARY), r"\odot": ("⊙", Kind.BINARY), r"\times": ("×", Kind.BINARY),
    r"\pm": ("±", Kind.BINARY), r"\wedge": ("∧", Kind.BINARY), r"\backslash": ("∖", Kind.BINARY),
    "=": ("=", Kind.RELATION), "<": ("<", Kind.RELATION), ">": (">", Kind.RELATION), ":": (":", Kind.RELATION),
    r"\le": ("≤", Kind.RELATION), r"\ge": ("≥", Kind.RELATION), r"\ne": ("≠", Kind.RELATION),
    r"\approx": ("≈", Kind.RELATION), r"\sim": ("∼", Kind.RELATION), r"\in": ("∈", Kind.RELATION),
    r"\leftarrow": ("←", Kind.RELATION), r"\to": ("→", Kind.RELATION), r"\mapsto": ("↦", Kind.RELATION),
    ",": (",", Kind.SEPARATOR), ";": (";", Kind.SEPARATOR), "!": ("!", Kind.CLOSING), "?": ("?", Kind.CLOSING),
}  # fmt: skip
FENCES = {
    "(": ("(", Kind.OPENING), ")": (")", Kind.CLOSING), "[": ("[", Kind.OPENING), "]": ("]", Kind.CLOSING),
    r"\lbrack": ("[", Kind.OPENING), r"\rbrack": ("]", Kind.CLOSING), r"\{": ("{", Kind.OPENING),
    r"\}": ("}", Kind.CLOSING), r"\lvert": ("|", Kind.OPENING), r"\rvert": ("|", Kind.CLOSING),
    "|": ("|", Kind.CLOSING), r"\vert": ("|", Kind.CLOSING), r"\Vert": ("‖", Kind.CLOSING),
}  # fmt: skip
# A slightly larger parenthesis is a larger letter: browsers give a stretched one the room of the tallest that there is.
_SIZES = {
    "big": {"stretchy": "false", "mathsize": "120%"},
    "Big": {"stretchy": "true", "minsize": "1.8em", "maxsize": "1.8em"},
    "bigg": {"stretchy": "true", "minsize": "2.4em", "maxsize": "2.4em"},
    "Bigg": {"stretchy": "true", "minsize": "3em", "maxsize": "3em"},
}
SIZES = {rf"\{size}{side}": attributes for size, attributes in _SIZES.items() for side in ("", "l", "r")}
SPACES = {r"\,": 0.17, r"\:": 0.22, r"\;": 0.28, "\\ ": 0.33, r"\quad": 1.0, r"\qquad": 2.0}
# Accents over a formula, and the combining characters that they are in a word.
ACCENTS = {
    r"\grave": ("`", "\u0300"), r"\acute": ("´", "\u0301"), r"\hat": ("^", "\u0302"), r"\tilde": ("~", "\u0303"),
    r"\bar": ("¯", "\u0304"), r"\breve": ("˘", "\u0306"), r"\dot": ("˙", "\u0307"), r"\ddot": ("¨", "\u0308"),
    r"\mathring": ("˚", "\u030a"), r"\check": ("ˇ", "\u030c"),
}  # fmt: skip
# What stands for a character in words.
CHARACTERS = {f"\\{c}": c for c in "_$%#&{}"} | {
    r"\backslash": "\\", r"\vert": "|", r"\wedge": "^", r"\sim": "~", "\\ ": "\N{NO-BREAK SPACE}",
    r"\,": "\N{THIN SPACE}", ".": ".", "@": "@",
}  # fmt: skip
