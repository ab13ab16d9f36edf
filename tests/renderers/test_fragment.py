"""Equations for a paper: labels for every one, no symbol but by its macro, and papers that compile with their own symbols."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from symprop import Dense, Network, load
from symprop.document.blocks import Document, Equations, Pairs
from symprop.errors import UserError
from symprop.notation.formula import Call, Chain, Product, Symbol
from symprop.notation.names import Names
from symprop.renderers.fragment import WIDTH, fragment
from symprop.renderers.views import equations_id
from tests.renderers.documents import ORDINARY, STRESS

EXAMPLES = ["classroom", "mazur", "four_layers", "logistic_equations"]
# What no notation has symbols for: operators, delimiters, spaces.
OPERATORS = re.compile(
    "frac|tfrac|sqrt|partial|sum|cdot|odot|times|top|le|ge|ne|infty|quad|notag|label|begin|end|text|[bB]igg?[lr]|Big"
    "|[lr]brack|[lr]vert|leftarrow|overset|cdots|exp|log|ln|sinh?|cosh?|tanh?|max|min|mathrel"
    "|begingroup|endgroup|allowdisplaybreaks|addtolength|jot"
)


def document(name: str, notation: str = "classroom") -> Document:
    return load(name).derive(notation=notation).document()


def body(equations: str) -> str:
    return "\n".join(line for line in equations.splitlines() if not line.startswith("%"))


def labels(equations: str) -> list[str]:
    return re.findall(r"\\label\{([^}]*)\}", body(equations))


@pytest.mark.parametrize("notation", ["classroom", "textbook"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_no_symbol_stands_but_by_its_macro(name: str, notation: str) -> None:
    equations, macros = fragment(document(name, notation), "x", "x-notation")
    text = body(equations)
    defined = set(re.findall(r"\\providecommand\{\\(net[A-Za-z]+)\}", macros))
    used = set(re.findall(r"\\([A-Za-z]+)", text))
    assert used & defined == defined
    assert [command for command in used - defined if not OPERATORS.fullmatch(command)] == []
    bare = re.sub(r"\\(?:label|begin|end|text)\{[^}]*\}|\\addtolength.*|\\[A-Za-z]+", "", text)
    assert set(re.findall("[A-Za-z]+", re.sub(r"e\^", "", bare))) == set()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_equation_has_a_label_from_the_document(name: str) -> None:
    told = document(name)
    equations, _ = fragment(told, "x", "x-notation")
    found = labels(equations)
    assert len(found) == len(set(found))
    blocks = [block for block in told.blocks if isinstance(block, Equations | Pairs)]
    counts = [
        len(b.chains) if isinstance(b, Equations) else sum(c is not None for pair in b.pairs for c in pair)
        for b in blocks
    ]
    assert [label for label in found if label.count(":") == 2] == [f"eq:x:{equations_id(b.id)}" for b in blocks]
    assert len(found) == sum(counts)
    assert all(f"%     {label}\n" in equations for label in found)


def test_the_macros_of_the_worked_example() -> None:
    equations, macros = fragment(document("classroom"), "gradients", "gradients-notation")
    gradient = r"(\neta_{\neto1} - \nett_{1}) \cdot \neta_{\neto1}(1 - \neta_{\neto1}) \cdot \neta_{\neth1}"
    assert rf"&= {gradient} \label{{eq:gradients:gradient-w5}}" in equations
    assert r"\netloss(" not in equations
    assert r"(\neta, \nett) &= \tfrac{1}{2}(\nett - \neta)^{2} \label{eq:gradients:loss-function}" in equations
    for line in (r"\netw}{w}", r"\neta}{a}", r"\netdelta}{\delta}", r"\neteta}{\eta}", r"\netfunctionsigmoid}{\sigma}"):
        assert rf"\providecommand{{{line}" in macros
    assert r"\providecommand{\netlayer}[1]{(#1)}" in macros
    assert r"\input{gradients-notation}" in equations
    assert "Markdown" not in equations


def test_macros_of_several_papers_agree() -> None:
    """A macro that two files provide stands for the same in both, whatever else they have and in whichever order."""
    meanings: dict[str, str] = {}
    clashing = Equations("c", (Chain((Symbol("deltaa_x"), Call("mine", (Symbol("e"), Symbol("é"))))),))
    other = Equations("c", (Chain((Symbol("é"), Product((Symbol("mine_1_x"), Symbol("w_é"), Symbol("e"))))),))
    made = [Document(name, ORDINARY.names, (block,)) for name, block in (("a", clashing), ("b", other))]
    for told in [
        *made,
        STRESS,
        document("classroom"),
        document("classroom", "textbook"),
        document("logistic_equations"),
    ]:
        for macro, meaning in re.findall(
            r"(?m)^\\providecommand\{(.*?)\}(?:\[1\])?\{(.*)\}$", fragment(told, "x", "y")[1]
        ):
            assert meanings.setdefault(macro, meaning) == meaning, macro


def test_lines_fit_the_width_that_is_asked_for() -> None:
    wide, narrow = (fragment(document("classroom"), "x", "y", width)[0] for width in (60.0, 16.0))
    assert narrow.count(r"\notag") > wide.count(r"\notag")
    assert labels(narrow) == labels(wide)
    column, _ = fragment(document("classroom"), "x", "y", 20.0)
    assert r"( \notag" not in column
    assert r"w_{5} + " not in column
    assert "% Lines are broken for a text width of 16 em" in narrow


@pytest.mark.parametrize("width", [0, -1.0, 11.9, float("inf"), float("nan"), "20"])
def test_a_width_that_is_none(width: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at least 12 em"):
        load("2-1").derive().export(tmp_path / "x.tex", fragment=True, width=width)
    assert list(tmp_path.iterdir()) == []


def test_a_width_goes_with_a_fragment(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Ask for a fragment"):
        load("2-1").derive().export(tmp_path / "x.tex", width=20.0)
    assert list(tmp_path.iterdir()) == []


def test_headings_are_comments_and_texts_stay_out() -> None:
    equations, _ = fragment(document("classroom"), "x", "x-notation")
    assert "% Back to the hidden layer\n" in equations
    assert "Backpropagation answers one question" not in equations


def test_a_title_cannot_leave_its_comment() -> None:
    told = Document("a\n\\input{secrets}\r\\x\u2028\\y\u0085\\z", ORDINARY.names, ORDINARY.blocks)
    for text in fragment(told, "x", "x-notation"):
        assert all(
            line.startswith("%") for line in re.split(r"[\n\r\u2028\u0085]", text) if "secrets" in line or "\\z" in line
        )


def test_a_document_without_equations() -> None:
    with pytest.raises(UserError, match="no equations"):
        fragment(Document("Nothing", Names()), "x", "x-notation")


def test_both_files_are_written(tmp_path: Path) -> None:
    written = load("classroom").derive().export(tmp_path / "gradients.tex", fragment=True)
    assert written == (tmp_path / "gradients.tex", tmp_path / "gradients-notation.tex")
    assert "documentclass" not in written[0].read_text()
    assert all(path.read_text() for path in written)


@pytest.mark.parametrize("name", ["my paper.tex", "50%.tex", "a$b.tex", "a\\b.tex"])
def test_names_that_latex_cannot_input(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="LaTeX cannot input"):
        load("2-1").derive().export(tmp_path / name, fragment=True)
    assert list(tmp_path.iterdir()) == []


def test_neither_file_is_written_where_one_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "x.tex").mkdir()
    with pytest.raises(UserError, match="directory"):
        load("2-1").derive().export(tmp_path / "x.tex", fragment=True)
    assert [path.name for path in tmp_path.iterdir()] == ["x.tex"]


def test_the_symbols_of_another_fragment_are_not_replaced(tmp_path: Path) -> None:
    derivation = load("2-1").derive()
    *_, symbols = derivation.export(tmp_path / "gradients.tex", fragment=True)
    before = symbols.read_bytes()
    with pytest.raises(UserError, match=r"is for the symbols of .*gradients\.tex\. Choose another name"):
        derivation.export(symbols, fragment=True)
    assert symbols.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2
    derivation.export(tmp_path / "gradients.tex", fragment=True)


def test_other_files_have_no_fragment(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no option 'fragment'.*goes with \.tex"):
        load("2-1").derive().export(tmp_path / "x.md", fragment=True)


def paper(folder: Path, *told: Document, own: str = "", options: str = "", width: float = WIDTH) -> str:
    """The messages of LaTeX for a paper that inputs the equations of each document and refers to all; it compiles."""
    references, files = [], [f"equations{n}" for n in range(len(told))]
    for document, file in zip(told, files, strict=True):
        equations, macros = fragment(document, file, f"{file}-notation", width)
        (folder / f"{file}.tex").write_text(equations, encoding="utf-8")
        (folder / f"{file}-notation.tex").write_text(macros, encoding="utf-8")
        references += [rf"\eqref{{{label}}}" for label in labels(equations)]
    notations, equations = ("".join(rf"\input{{{file}{of}}} " for file in files) for of in ("-notation", ""))
    source = rf"""\documentclass{options}{{article}}
\usepackage{{amsmath,mathtools}}
{own}
{notations}
\begin{{document}}
The gradients are {equations}
and {{\raggedright {" ".join(references)}\par}}
\end{{document}}
"""
    (folder / "paper.tex").write_text(source, encoding="utf-8")
    assert shutil.which("pdflatex"), "these tests need pdflatex"
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    messages = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, messages[-2000:]
    return messages


def complaints(messages: str) -> list[str]:
    return [line for line in messages.splitlines() if re.search("Overfull|undefined|multiply|Warning", line)]


def words(folder: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", "paper.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize("notation", ["classroom", "textbook"])
@pytest.mark.parametrize("name", ["classroom", "mazur", "four_layers", "transformer_block"])
def test_a_paper_compiles_without_a_complaint(name: str, notation: str, tmp_path: Path) -> None:
    assert complaints(paper(tmp_path, document(name, notation))) == []


@pytest.mark.slow
@pytest.mark.parametrize("notation", ["classroom", "textbook"])
def test_several_fragments_in_one_paper(notation: str, tmp_path: Path) -> None:
    told = document("classroom"), document("3-4-2", notation), document("logistic_equations")
    assert complaints(paper(tmp_path, *told)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["classroom", "mazur", "3-4-2", "four_layers", "transformer_block"])
def test_columns_of_a_paper_hold_equations_of_their_width(name: str, tmp_path: Path) -> None:
    assert complaints(paper(tmp_path, document(name), options="[twocolumn]", width=20.0)) == []


@pytest.mark.slow
def test_every_formula_compiles_in_a_paper(tmp_path: Path) -> None:
    assert [c for c in complaints(paper(tmp_path, STRESS)) if "Overfull" not in c] == []


@pytest.mark.slow
def test_a_paper_has_symbols_of_its_own(tmp_path: Path) -> None:
    own = r"""\newcommand{\netw}{\theta}\newcommand{\neta}{y}\newcommand{\netlayer}[1]{[#1]}
\newcommand{\netarray}[1]{\mathbf{#1}}\newcommand{\netindexnew}{\mathrm{next}}"""
    plain, changed = tmp_path / "plain", tmp_path / "changed"
    for folder, given in ((plain, ""), (changed, own)):
        folder.mkdir()
        assert complaints(paper(folder, document("classroom"), own=given)) == []
    before, after = words(plain), words(changed)
    assert "θ" not in before
    assert "θ" in after
    assert re.search(r"\bw", before)
    assert not re.search(r"\bw[0-9]?\b", after)
    assert "new" in before
    assert "new" not in after
    assert "[2]" in after


@pytest.mark.slow
def test_names_of_every_kind_in_a_paper(tmp_path: Path) -> None:
    network = Network(2, [Dense(3, "tanh", name="mid"), Dense(1)], name="odd_names & 50%")
    assert complaints(paper(tmp_path, network.derive().document())) == []
