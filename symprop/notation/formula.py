"""The tree of a printed formula, in which order is kept; printers (plain, LaTeX) and layout live beside it.

SymPy sorts the arguments of a product and of a sum, so a formula that a teacher wrote in chain-rule order would not survive
it. This tree holds what stands on the page and nothing of what it means: the mathematics stays with SymPy and the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

WHOLE = ":"  # an index that stands for all positions of its axis


class Sign(Enum):
    """How the factors of a product are joined."""

    DOT = "dot"  # scalars:  a · b
    JUXTAPOSED = "juxtaposed"  # a matrix product or a tight scalar group:  W a,  2x
    HADAMARD = "hadamard"  # elementwise:  a ⊙ b


@dataclass(frozen=True, slots=True)
class Number:
    """A constant; a Fraction prints exactly, a float to so many significant `digits`, or as its printer is told."""

    value: Fraction | float
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named quantity, by its identifier; a `Names` pack knows how it looks in LaTeX."""

    name: str


@dataclass(frozen=True, slots=True)
class Ones:
    """A column of so many ones, which adds up what it is multiplied by; no quantity can be taken for it."""

    length: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tensor under named indices, such as ``W2[j,k]``; the indices are printed as they stand.

    An index ``:`` stands for a whole axis, and so does each axis behind the last index: ``S2[h]``, ``O2[:,h,:]``.
    """

    tensor: str
    indices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partial:
    """The derivative ``∂of/∂wrt``, not worked out.

    A `direct` one is of the equation of `of` alone: everything else that the equation reads is held fixed, even where it
    depends on `wrt` too.
    """

    of: Formula
    wrt: Formula
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """Factors in the order in which they are to be read."""

    factors: tuple[Formula, ...]
    sign: Sign = Sign.DOT


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms in the order in which they are to be read; a `Negative` term prints with a minus."""

    terms: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus the operand."""

    operand: Formula


@dataclass(frozen=True, slots=True)
class Power:
    """``base ** exponent``; `elementwise` where it is each element of an array that is raised."""

    base: Formula
    exponent: Formula
    elementwise: bool = False


@dataclass(frozen=True, slots=True)
class Quotient:
    """A fraction."""

    numerator: Formula
    denominator: Formula


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name in the tables of `rules` (``sigmoid``) or of Python's mathematics (``exp``), applied.

    `elementwise` where it is applied to each element of an array: e to a matrix would be something else.
    """

    function: str
    arguments: tuple[Formula, ...]
    elementwise: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition; `relation` is one of ``< <= > >= == !=``."""

    relation: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Compound:
    """Conditions joined by a `word`: "and" where all must hold, "or" where one of them must."""

    word: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Cases:
    """A choice by the first condition that holds; the last condition is None, for "otherwise"."""

    branches: tuple[tuple[Formula, Condition | None], ...]


@dataclass(frozen=True, slots=True)
class Summation:
    """``Σ_index body``, the index a printed letter with an inclusive upper limit (or None, not printed).

    It counts from 1 along an axis; a sum over anything else has its `first` number, and its limits always print.
    """

    index: str
    upper: int | None
    body: Formula
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """The maximum or the logsumexp, as `kind` says, of the operands over the printed indices.

    Each index counts from 1 to its number among `uppers`, which are not printed; an operand that is out of range is left
    out.
    """

    kind: str
    operands: tuple[Formula, ...]
    indices: tuple[str, ...]
    uppers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers in rows, and rows of rows: the value of a whole tensor."""

    elements: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Transpose:
    """The transpose of a matrix, or a column turned to a row."""

    operand: Formula


Condition = Comparison | Compound
Formula = (
    Number
    | Symbol
    | Ones
    | Entry
    | Partial
    | Product
    | Sum
    | Negative
    | Power
    | Quotient
    | Call
    | Comparison
    | Compound
    | Cases
    | Summation
    | Fold
    | Array
    | Transpose
)


@dataclass(frozen=True, slots=True)
class Chain:
    """``first = second = …``: one line of reasoning, which a layout may break before each equals sign.

    With ``+=`` for the first `relation` it adds, for every value of its indices, to the element that the first side names.
    """

    sides: tuple[Formula, ...]
    relation: str = "="
