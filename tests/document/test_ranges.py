"""How far letters run: said once, with the lines where it differs, and of steps in time too."""

from __future__ import annotations

from symprop.document.lines import Pair
from symprop.document.ranges import Told, ranges
from symprop.document.time import Run
from symprop.notation.formula import Chain, Entry, Fold, Partial, Summation, Symbol
from symprop.prose import prose
from symprop.prose.text import Text
from tests.document.reading import said


def told(chain: Chain, extents: dict[str, int], steps: tuple[int, int] = (0, 0)) -> Told:
    return Told(Pair(chain, None), ("q",), Run(chain, *steps), {n: {e} for n, e in extents.items()}, lacks_matrix=True)


def line(name: str, **extents: int) -> Told:
    return told(Chain((Entry(name, tuple(extents)), Symbol("x"))), extents)


def text(*lines: Told) -> str:
    found: Text = ranges(prose("en"), lines, "tau")
    return "".join(map(said, found))


def test_each_letter_once() -> None:
    assert text(line("y", j=3, k=4), line("z", k=4)) == "Indices run from 1: j to 3 and k to 4."


def test_lines_where_a_letter_runs_elsewhere_are_named() -> None:
    found = text(line("y", p=5), line("z", p=7), line("v", p=5), line("w", p=7), line("u", p=9), line("t", p=5))
    assert found == "Indices run from 1: p to 5 (to 7 in z and w; to 9 in u)."


def test_a_gradient_is_named_as_it_stands() -> None:
    gradient = told(Chain((Partial(Symbol("E"), Entry("W", ("j",))), Symbol("x"))), {"j": 2})
    assert text(line("y", j=3), gradient) == "Indices run from 1: j to 3 (to 2 in dE/dW)."


def test_sums_count_too() -> None:
    summed = told(Chain((Symbol("y"), Summation("k", 4, Entry("x", ("k",))))), {})
    assert text(summed) == "Indices run from 1: k to 4."


def test_what_a_maximum_is_taken_over_counts_too() -> None:
    window = told(Chain((Entry("y", ("p",)), Fold("max", (Entry("x", ("p + u",)),), ("u",), (2,)))), {"p": 5})
    assert text(window) == "Indices run from 1: p to 5 and u to 2."


def test_steps_have_both_ends() -> None:
    steps = told(Chain((Entry("h1_tau", ("j",)), Symbol("x"))), {"j": 3}, (2, 4))
    assert text(steps, line("h1_1", j=3)) == (
        "Indices run from 1: tau from 2 to 4 and j to 3. A line with tau holds for each of these steps in time."
    )


def test_a_sum_over_steps_has_its_ends_itself() -> None:
    summed = told(Chain((Symbol("y"), Summation("tau", 4, Symbol("h1_tau"), 1))), {})
    assert text(summed) == "tau counts steps in time."


def test_of_numbers_nothing_is_said() -> None:
    assert text(told(Chain((Symbol("y"), Symbol("x"))), {})) == ""
