"""The catalogue of sentences: all that readers are told is in it, each sentence is said, and a language is one file."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from pathlib import Path
from zipfile import ZipFile

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text as MatplotlibText
from openpyxl import load_workbook

import symprop
from symprop import Derivation, InternalError, UserError
from symprop import prose as module
from symprop.cli import main
from symprop.document.blocks import Document, Equations, Pairs, Picture
from symprop.drawing import svg
from symprop.explorer.page import PAGE, live
from symprop.ir.size import scalar_count
from symprop.layers import HOMES, file_name, layer_class
from symprop.notation.formula import Symbol
from symprop.notation.letters import identifier
from symprop.prose import ENGLISH, catalogue, check_against, prose, read
from symprop.prose.text import Math, as_words
from symprop.renderers import render
from symprop.renderers.notebook import notebook
from symprop.rules.activations import ACTIVATIONS
from symprop.rules.joint_losses import JOINT_LOSSES, MEANINGS
from symprop.rules.losses import LOSSES
from symprop.training import figures, plots
from symprop.training.sample import draw_sample
from symprop.training.surface import surface
from symprop.training.trace import Gauge, Tracer
from symprop.training.verdict import Verdict
from symprop.workbook.columns import Kind, columns
from symprop.workbook.plan import Plan

PACKAGE = Path(symprop.__file__).parent
ROOMS = ("prose", "drawing", "document", "renderers", "explorer", "workbook")
# Of training, what makes pictures and reasons; the rest has messages for programmers.
OF_TRAINING = [
    PACKAGE / "training" / f"{name}.py" for name in ("leaps", "plots", "saturation", "shown", "surface", "sweep")
]
SPEAKING = sorted([*OF_TRAINING, *(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))])
# Their texts are code, or messages of LaTeX.
CODE = {PACKAGE / "renderers" / name for name in ("code.py", "notebook_code.py", "pdf.py")}
NO_PROSE = {
    "DejaVu Sans",
    "DejaVu Sans Mono",
    "upper center",
    "offset points",
    "local derivative",
    "$|\\partial a/\\partial z|$",
    "const program = null;",
    '"use strict";',
    "img-src data:",
}
NO_KEYS = {PAGE, "explorer.css", "network.png"}
CATALOGUE = PACKAGE / "prose" / "en.toml"
EN = prose(ENGLISH)
TABLES = {key.partition(".")[0] for key in EN.sentences}


def base(key: str) -> str:
    """A key without the form that depends on a number."""
    return key.removesuffix(".one").removesuffix(".other")


def places(key: str) -> set[str]:
    return {
        name for full, pieces in EN.sentences.items() if base(full) == key for _, name in pieces if name is not None
    }


# What stands in the code.


OF_ERRORS = {"what", "expected", "got", "remedy"}  # what the parts of a message are called


def parts(target: ast.expr) -> list[ast.expr]:
    """The names that are assigned to."""
    return target.elts if isinstance(target, ast.Tuple) else [target]


def literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """Texts that are no docstrings, nothing that is compared with, and no message of an error."""
    match tree:
        case ast.Raise() | ast.Compare():
            return
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Call(func=ast.Name(id=name)) if name.endswith("Error") or name == "check_suffix":
            return
        case ast.Assign(targets=[target]) if set(map(ast.unparse, parts(target))) <= OF_ERRORS:
            return
        case ast.Constant(value=str()):
            yield tree
    for part in ast.iter_child_nodes(tree):
        yield from literals(part)


def sentences_in(source: str) -> list[str]:
    """The texts of a source that hold prose: letters, a space, letters, outside tags."""
    found = (re.sub("<[^>]*>", "", str(text.value)) for text in literals(ast.parse(source)))
    return [text for text in found if re.search(r"[^\W\d_] [^\W\d_]", text) and text not in NO_PROSE]


@pytest.mark.parametrize(
    "path", [path for path in SPEAKING if path not in CODE], ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_no_sentence_stands_in_the_code(path: Path) -> None:
    assert sentences_in(path.read_text(encoding="utf-8")) == []


def test_a_sentence_in_the_code_is_seen() -> None:
    assert sentences_in("x = Paragraph(('The loss', f' is {x} or so'))") == ["The loss", " or so"]
    assert sentences_in("'''Owns nothing.'''\nif rule == 'of this':\n    raise UserError('what is wrong')") == []


def keys_in(path: Path) -> set[str]:
    texts = (str(text.value) for text in literals(ast.parse(path.read_text(encoding="utf-8"))))
    return {text for text in texts if re.fullmatch(rf"({'|'.join(TABLES)})\.[a-z_]+", text)} - NO_KEYS


def test_each_sentence_is_said_and_each_said_one_exists() -> None:
    there = {base(key) for key in EN.sentences if not key.startswith(f"{PAGE}.")}  # of those tests/explorer takes care
    assert sorted(set().union(*map(keys_in, SPEAKING)) - there) == []
    assert sorted(there - set().union(*map(keys_in, SPEAKING))) == []


def calls(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Each call of `say`, `phrase` or `counted` whose key and values are written out: the method, a key, the values' names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", None))
        if isinstance(node, ast.Call) and name in ("say", "phrase", "counted"):
            given = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
            if len(given) == len(node.keywords):
                first = node.args[0]
                options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                yield from ((name, o.value, given) for o in options if isinstance(o, ast.Constant))


def test_sentences_are_said_with_the_values_of_their_places() -> None:
    found = [call for path in SPEAKING for call in calls(path)]
    assert len({key for _, key, _ in found}) > 0.6 * len(set(map(base, EN.sentences)))
    for method, key, given in found:
        optional = {"number"} if method == "counted" else set()
        assert given - optional == places(key) - optional, key
        assert (f"{key}.one" in EN.sentences) == (method == "counted"), key


def test_the_forms_of_a_sentence_come_together() -> None:
    forms = [key for key in EN.sentences if base(key) != key]
    assert {base(key) + form for key in forms for form in (".one", ".other")} == set(forms)


# Another language.


def declared_words() -> set[str]:
    """What layers, activations and losses are called, and what layers and losses say of their quantities."""
    classes = [layer_class(name) for name in HOMES]
    names = [*map(file_name, HOMES), *ACTIVATIONS, *LOSSES, *JOINT_LOSSES]
    meanings = [words for each in classes for words in each.meanings.values()]
    return {word.replace("_", " ") for word in [*names, *meanings, *MEANINGS.values(), *map(str, Verdict)]}


def inverted() -> str:
    """English in capitals, each sentence between ⟦ and ⟧, what is put in from the last to the first."""
    lines = []
    for key, pieces in EN.sentences.items():
        texts = "".join(text for text, _ in pieces).upper()
        filled = "".join(f"{{{name}}} " for _, name in reversed(pieces) if name)
        lines.append(f"{key} = '''⟦{filled}{texts}⟧'''")
    words = [f'"{word}" = "⟦{word.upper()}⟧"' for word in sorted(declared_words())]
    return "\n".join([*lines, "[words]", *words])


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A language that is one file more."""
    (tmp_path / "en.toml").write_bytes(CATALOGUE.read_bytes())
    (tmp_path / "xx.toml").write_text(inverted(), encoding="utf-8")
    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    catalogue.cache_clear()
    yield "xx"
    catalogue.cache_clear()


def small() -> symprop.Network:
    rule = symprop.UpdateRule("adam", "cosine")
    values = {"x": [[1, 2], [3, 4]], "t": [[0.5], [0.25]], "W1": [[0.5, 0.25]], "b1": [1]}
    layers = [symprop.Dense(1), symprop.BatchNorm()]
    training = symprop.network.Training(learning_rate=0.5, update=rule)
    return symprop.Network(2, layers, batch=2, values=values, training=training)


NETS: dict[str, Callable[[], Derivation]] = {
    "classroom": lambda: symprop.load("classroom").derive(["W1", "W2", "x"]),
    "mazur": lambda: symprop.load("mazur").derive(notation="textbook"),
    "xor": lambda: symprop.load("xor").derive(),
    "equations": lambda: symprop.load("logistic_equations").derive(),
    "four_layers": lambda: symprop.load("four_layers").derive(),
    "own names": lambda: symprop.Network(
        (4, 2), [symprop.LSTM(3, sequence=True, name="first"), symprop.GRU(2)]
    ).derive(),
    "large": lambda: symprop.Network(20, [symprop.Dense(9, "tanh", weights="W", l2=0.1), symprop.Dense(2)]).derive(),
    "joint": lambda: symprop.Network(
        3, [symprop.Dense(4, "mish", bias="layer"), symprop.Softmax()], loss="categorical_cross_entropy"
    ).derive(),
    "batch": lambda: small().derive(),
    "random": lambda: symprop.Network(3, [symprop.Dense(2), symprop.Dropout(0.5), symprop.Dense(1)]).derive(),
    "fixed": lambda: symprop.Network(2, [symprop.Dense(2, trainable=False)]).derive(),
    "transformer_block": lambda: symprop.load("transformer_block").derive(),
    "mnist_cnn": lambda: symprop.load("mnist_cnn").derive(),
}
SLOW = ("transformer_block", "mnist_cnn")


@pytest.mark.parametrize("name", [name for name in NETS if name not in SLOW])
def test_a_language_is_one_file(name: str, other: str) -> None:
    check_language(NETS[name](), other)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_a_language_is_one_file_for_large_networks_too(name: str, other: str) -> None:
    check_language(NETS[name](), other)


def check_language(derivation: Derivation, language: str) -> None:
    """Whether the document in the other language says nothing that is not from its catalogue, and has the same formulas."""
    document, english = derivation.document(language), derivation.document()
    assert (document.language, english.language) == (language, "en")
    assert document.title == f"⟦{derivation.spec.name} BACKPROPAGATION BY HAND: ⟧"
    markdown = render(document, "markdown")
    assert isinstance(markdown, str)
    assert unsaid(outside(markdown), derivation) == set()
    assert formulas(document) == formulas(english)
    assert formulas(document)


def formulas(document: Document) -> list[object]:
    return [block for block in document.blocks if isinstance(block, Equations | Pairs)]


def outside(markdown: str) -> str:
    """What Markdown says outside mathematics and comments, below the title."""
    _, _, body = markdown.partition("\n")
    return re.sub(r"```math.*?```|\$`.*?`\$|<!--.*?-->", "", body, flags=re.DOTALL).replace("\\_", "_")


def unsaid(text: str, derivation: Derivation, names: Iterable[str] = ()) -> set[str]:
    """The words of a text in the other language that are not from its catalogue: outside of brackets, or in small letters.

    What people name, what is cited, quantities, and numbers such as 1e-08 may stand in it.
    """
    rule = derivation.spec.training.update
    cited = [rule.rule.reference, rule.plan.reference, rule.rule.name, rule.plan.name, *derivation.program.tensors]
    named = [layer.name for layer in getattr(derivation.spec, "layers", ()) if layer.name is not None]
    given = "|".join([*map(re.escape, [*cited, *named, *names, *elements(derivation)]), r"[0-9.]+e[-+][0-9]+"])
    text, before = re.sub(rf"(?<!\w)({given})(?!\w)", "", text), ""
    while text != before:
        text, before = re.sub(r"⟦[^⟦⟧a-z]*⟧", "", text), text
    return set(re.findall(r"[^\W\d_]+", text))


def elements(derivation: Derivation) -> list[str]:
    """The names of the numbers of a network that is drawn number by number."""
    return list(derivation.scalars.program.tensors) if small_enough(derivation) else []


def small_enough(derivation: Derivation) -> bool:
    return scalar_count(derivation.program) < 500


@pytest.mark.parametrize("name", ["classroom", "xor", "equations", "four_layers", "own names", "batch"])
def test_a_drawing_has_its_language(name: str, other: str) -> None:
    derivation = NETS[name]()
    drawing = derivation.drawing(language=other)
    told = [label.text for label in drawing.labels if label.style in ("text", "title")]
    assert len(told) >= (0 if name == "equations" else 2)
    assert unsaid("\n".join([drawing.says, *told]), derivation) == set()
    picture = next(block for block in derivation.document(other).blocks if isinstance(block, Picture))
    assert (picture.says, picture.svg) == (drawing.says, svg(drawing))


@pytest.mark.parametrize("name", ["classroom", "xor", "random"])
def test_a_page_with_its_explorer_has_the_language_of_its_document(name: str, other: str) -> None:
    derivation = NETS[name]()
    html = render(derivation.document(other), "html", live=live(derivation, other))
    assert isinstance(html, str)
    assert html.startswith('<!DOCTYPE html>\n<html lang="xx">')
    assert [label for label in re.findall(r'aria-label="(.*?)"', html) if not re.fullmatch("⟦[^a-z]*⟧", label)] == []
    texts = re.sub(
        r"<(style|math|title|script)\b.*?</\1>|<text class=\"name\".*?</text>|<[^>]*>", " ", html, flags=re.DOTALL
    )
    texts = re.sub(r"\{\w+\}", "", unescape(texts))  # places that the script fills
    assert unsaid(texts, derivation, [derivation.spec.name]) == set()
    data = json.loads(re.findall(r'<script [^>]*type="application/json"[^>]*>(.*?)</script>', html, flags=re.DOTALL)[0])
    places = [re.sub(r"\{\w+\}", "", words) for words in data["words"].values()]
    assert [words for words in places if not re.fullmatch("⟦[^a-z]*⟧", words)] == []


@pytest.mark.parametrize("name", ["classroom", "xor", "equations", "batch"])
def test_a_workbook_has_its_language(name: str, other: str, tmp_path: Path) -> None:
    derivation = NETS[name]()
    derivation.export(tmp_path / "book.xlsx", rows=3, language=other)
    book = load_workbook(tmp_path / "book.xlsx")
    assert all(re.fullmatch("⟦[^a-z]*⟧", sheet) for sheet in book.sheetnames)
    network, _, *tables = book.worksheets
    cells = [cell.value for sheet in (network, *tables) for row in sheet.iter_rows() for cell in row]
    texts = [text for text in cells if isinstance(text, str) and not text.startswith("=")]
    assert unsaid("\n".join(texts), derivation, names_in_workbook(derivation)) == set()
    assert any("⟦NETWORK⟧'!$" in text for text in cells if isinstance(text, str) and text.startswith("="))
    with ZipFile(tmp_path / "book.xlsx") as parts:
        titles = [
            parts.read(part).decode()
            for part in parts.namelist()
            if "charts/chart" in part or "drawings/drawing" in part
        ]
    shown = [text for part in titles for text in re.findall(r'<a:t>(.*?)</a:t>|descr="(.*?)"', part)]
    assert len(shown) >= 4
    assert unsaid("\n".join(map("".join, shown)), derivation, [derivation.spec.name]) == set()


def names_in_workbook(derivation: Derivation) -> list[str]:
    """What the network and its quantities are called in a workbook."""
    spec = derivation.spec
    sample = draw_sample(spec, derivation.names, derivation.evaluation)
    plan = Plan.of(derivation.core, derivation.names, sample, spec.training)
    found = [column.header.removeprefix("new ") for column in columns(plan, spec) if column.kind is not Kind.MEAN]
    others = (
        plan.step.learning_rate,
        plan.step.total_updates or "",
        *plan.step.settings,
        *sample.inputs,
        *sample.targets,
        *sample.drawn,
    )
    return [spec.name, *found, *map(identifier, others)]


def test_a_sheet_that_excel_does_not_take_is_told(other: str, tmp_path: Path) -> None:
    file = module._FOLDER / f"{other}.toml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("⟦WORKING⟧", "WHAT IS WORKED OUT AT THE OTHER RATES"), encoding="utf-8"
    )
    with pytest.raises(UserError, match=r"^xx.toml: no sheet can be called 'WHAT IS .*31 characters at most"):
        symprop.load("classroom").derive().export(tmp_path / "book.xlsx", language=other)
    assert list(tmp_path.glob("*.xlsx")) == []


def test_a_notebook_has_the_language_of_its_document(other: str) -> None:
    derivation = symprop.load("xor").derive()
    cells = json.loads(notebook(derivation, derivation.document(other)))["cells"]
    said = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    texts = [re.sub(r"\$\$.*?\$\$|\$.*?\$|<!--.*?-->|<a .*?>", "", text, flags=re.DOTALL) for text in said[1:]]
    assert set().union(*(unsaid(text, derivation) for text in texts)) == set()
    assert any("⟦COMPILE AND TRAIN⟧" in text for text in said)


def test_what_is_not_from_the_catalogue_is_seen() -> None:
    derivation = symprop.load("classroom").derive()
    assert unsaid("⟦SAID ⟦WITHIN⟧ 3⟧ W1 · ⟦W1⟧", derivation) == set()
    assert unsaid("⟦SAID⟧ by ⟦hand⟧", derivation) == {"by", "hand"}


# What is wrong with a catalogue.

TWO = """
[joined]
last = "{item} and {others}"
[loss]
told = "{loss} of {quantity}, {{so}}"
"""


def test_braces_are_doubled_and_places_may_change_their_order() -> None:
    there = read(TWO.replace("{loss} of {quantity}", "of {quantity} the {loss}"), "xx")
    check_against(there, read(TWO, "en"))
    loss = Math(Symbol("E"))
    assert read(TWO, "en").say("loss.told", loss=loss, quantity=5) == (loss, " of 5, {so}")
    assert there.say("loss.told", loss=loss, quantity=("w", loss)) == ("of w", loss, " the ", loss, ", {so}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('told = "{loss} of {quantity}, {{so}}"', ""), "the sentence 'loss.told' is missing"),
        (("{quantity}", "{other}"), "(expected {loss}, {quantity}, got {loss}, {other})"),
        (("[loss]", '[loss]\nmore = "x"'), "the sentence 'loss.more' is not said anywhere"),
        (("{quantity}", "{quantity"), "the braces of the sentence 'loss.told' do not match"),
        (("{quantity}", "{0}"), "a place without a plain name"),
        (("{quantity}", "{quantity:d}"), "a place without a plain name"),
        (('"{item} and {others}"', "3"), "'joined.last' is no sentence (expected a text, got 3)"),
        (('"{item}', "{item}"), "this is no TOML"),
        (("[loss]", "[words]\nrunning.mean = 'x'\n[loss]"), "'words' is no table of texts"),
        (("[joined]", "words = 3\n[joined]"), "'words' is no table of texts"),
    ],
)
def test_a_wrong_catalogue_is_told(change: tuple[str, str], message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        check_against(read(TWO.replace(*change), "xx"), read(TWO, "en"))
    assert str(caught.value).startswith("xx.toml: ")


def test_a_wrong_file_is_told_when_it_is_read(other: str) -> None:
    file = module._FOLDER / f"{other}.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("story.title", "story.titel"), encoding="utf-8")
    with pytest.raises(UserError, match=r"^xx.toml: the sentence 'story.title' is missing \(expected Backprop"):
        symprop.load("classroom").derive().document(other)


def test_a_language_without_a_catalogue_is_told() -> None:
    with pytest.raises(UserError, match="there is no catalogue of the language 'fr'"):
        symprop.load("classroom").derive().document("fr")


def test_values_that_do_not_fit_are_our_own_mistake() -> None:
    with pytest.raises(InternalError, match="no such sentence"):
        EN.say("story.end")
    with pytest.raises(InternalError, match=r"expected \{network\}, got \{net\}, \{network\}"):
        EN.say("story.title", network="a", net="b")
    with pytest.raises(InternalError, match="expected none, got"):
        EN.say("story.question", network="a")


# Lists and numbers.


def test_lists() -> None:
    loss = Math(Symbol("E"))
    assert (EN.listed([]), EN.listed([loss]), EN.listed([1, 2])) == ((), (loss,), ("1 and 2",))
    assert EN.listed([loss, "b", loss, ("c", loss)]) == (loss, ", b, ", loss, " and c", loss)
    assert EN.enumerated(["a", "b", "c"]) == ("a, b, c",)
    assert EN.clauses(["a", "b", "c"]) == ("a; b; c",)
    assert EN.sentences_of(("A.",), (), (loss, " b.")) == ("A. ", loss, " b.")


def test_a_number_chooses_the_form() -> None:
    told = read('[t]\nn.one = "one of {all}"\nn.other = "{number} of {all}"', "en")
    assert [as_words(told.counted("t.n", n, all=9)) for n in (0, 1, 2)] == ["0 of 9", "one of 9", "2 of 9"]
    assert as_words(told.counted("t.n", 1000, number="1,000", all=9)) == "1,000 of 9"
    assert as_words(told.counted("t.n", 1, number="1", all=9)) == "one of 9"


# When it is read.


def test_formulas_need_no_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    catalogue.cache_clear()
    for wanted in (["--wrt", "w5"], ["--form", "matrix"], ["--hessian"]):
        assert main(["formulas", "classroom", *wanted]) == 0
    assert "E_total" in capsys.readouterr().out
    assert catalogue.cache_info().misses == 0
    symprop.load("classroom").derive().document()
    symprop.load("classroom").derive().document()
    assert catalogue.cache_info().misses == 1


# A catalogue of one's own.


def test_a_catalogue_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "de.toml"
    file.write_text(inverted(), encoding="utf-8")
    derivation = symprop.load("xor").derive()
    document = derivation.document(str(file))
    assert document.title == "⟦xor BACKPROPAGATION BY HAND: ⟧"
    html = render(document, "html", live=live(derivation, str(file)))
    assert isinstance(html, str)
    assert html.startswith('<!DOCTYPE html>\n<html lang="de">')
    derivation.export(tmp_path / "book.xlsx", rows=2, language=str(file))
    assert load_workbook(tmp_path / "book.xlsx").sheetnames[0] == "⟦NETWORK⟧"


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "de.toml"
    file.write_text(inverted(), encoding="utf-8")
    assert prose(str(file)).phrase("page.contents") == "⟦CONTENTS⟧"
    file.write_text(inverted().replace("⟦CONTENTS⟧", "⟦INHALT⟧"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert prose(str(file)).phrase("page.contents") == "⟦INHALT⟧"


def test_a_file_that_does_not_fit_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent.toml: this catalogue cannot be read .*Copy .*en.toml there"):
        prose(str(tmp_path / "absent.toml"))
    for content, message in ((b"\xff", "cannot be read"), (b"[story]\n", "the sentence 'joined.last' is missing")):
        (tmp_path / "x.toml").write_bytes(content)
        os.utime(tmp_path / "x.toml", ns=(len(content), len(content)))
        with pytest.raises(UserError, match=re.escape(f"{tmp_path / 'x.toml'}: ") + f".*{message}"):
            prose(str(tmp_path / "x.toml"))


def test_the_command_line_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "de.toml"
    file.write_text(inverted(), encoding="utf-8")
    said = ["--language", str(file)]
    few = ["--epochs", "3", "--learning-rates", "0.5,1000"]
    assert main(["export", "classroom", "-o", str(tmp_path / "x.md"), *said]) == 0
    assert main(["draw", "classroom", "-o", str(tmp_path / "x.svg"), *said]) == 0
    assert main(["sweep", "classroom", *few, "--report", str(tmp_path / "rates.md"), *said]) == 0
    assert main(["train", "xor", "--epochs", "3", "--plot", str(tmp_path / "x.pdf"), *said]) == 0
    for name in ("x.md", "x.svg", "rates.md"):
        assert "⟦" in (tmp_path / name).read_text(encoding="utf-8")
    report = re.sub(r"(?m)^# .*", "", outside((tmp_path / "rates.md").read_text(encoding="utf-8")))
    named = ["classroom", "rates.curves.svg", "rates.limits.svg"]
    assert unsaid(report, symprop.load("classroom").derive(), named) == set()
    assert main(["train", "xor", "--epochs", "3", *said]) == 2
    assert "--language goes with what is written" in capsys.readouterr().err
    assert main(["export", "classroom", "-o", str(tmp_path / "x.c"), *said]) == 2


def test_pictures_of_training_have_their_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text of matplotlib's, by what is handed to it."""
    file = tmp_path / "de.toml"
    file.write_text(inverted(), encoding="utf-8")
    told: list[str] = []
    monkeypatch.setattr(figures, "_replace_unknown", lambda figure: told.extend(texts_of(figure)))
    model = symprop.load("xor").derive().compile()
    data = model.training.x, model.training.t
    tracer = Tracer(Gauge(model, *data))
    history = model.fit(epochs=3, watch=tracer)
    found = surface(model, history.parameters, *data)
    trace, labels = tracer.trace(history.updates, history.parameters), plots.Labels(language=str(file))
    title = plots.run_title("xor", 3, model.training, str(file))
    plots.run_panels(history.losses, tmp_path / "x.svg", title, trace, found, labels, of_batches=True)
    plots.sweep_svg([(0.5, [1.0, 0.5], "⟦CONVERGED⟧")], "s", language=str(file))
    plots.limits_svg([(0.5, [(0, 0.1), (4, 0.2)])], "l", language=str(file))
    plain = [re.sub(r"\$.*?\$", "", text) for text in told]
    assert unsaid("\n".join(plain), symprop.load("xor").derive(), ["xor"]) == set()
    assert len([text for text in told if "⟦" in text]) > 12


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(MatplotlibText) if isinstance(text, MatplotlibText)]
