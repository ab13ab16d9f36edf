"""Notebooks: valid, the same each time, with the document's equations; their code runs, and no text becomes code."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import symprop
from symprop import Dense, Embedding, IndexLayer, Network, UserError, activation_from_text, load
from symprop.document.blocks import Document, Equations, Heading, Pairs, Paragraph, Picture, Table
from symprop.face import Derivation
from symprop.notation.names import Names
from symprop.renderers.notebook import notebook
from symprop.renderers.views import equations_id
from symprop.training.sample import draw_sample
from tests.renderers.documents import ORDINARY, STRESS

Notebook = Any
ROOT = Path(symprop.__file__).parent.parent

HOSTILE = "x'''\"\"\" $a$ \\(b\\) <script> {{ }} %matplotlib !ls"
OWN = """
name = "own #1"
inputs = 2
loss = { name = "quartic", expression = "(t - a)**4" }

[[layers]]
type = "index_layer"
equations = ["y[j] = Sum(W[j,i]*x[i]**2, i) + b[j]"]
sizes = { j = 3 }
activation = { name = "swish2", expression = "x/(1 + exp(-2*x))" }

[[layers]]
units = 1

[training]
learning_rate = 0.01
"""


def read(derivation: Derivation, document: Document | None = None) -> Notebook:
    made = nbformat.reads(notebook(derivation, document or derivation.document()), as_version=4)
    nbformat.validate(made)
    return made


def code(made: Notebook) -> list[str]:
    return [cell.source for cell in made.cells if cell.cell_type == "code"]


def texts(made: Notebook) -> str:
    return "\n\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")


def own(folder: Path) -> Derivation:
    path = folder / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    return load(path).derive()


@pytest.mark.parametrize("name", ["classroom", "four_layers", "logistic_equations"])
def test_the_equations_are_the_documents(name: str) -> None:
    derivation = load(name).derive()
    document, made = derivation.document(), read(derivation)
    wanted = [equations_id(block.id) for block in document.blocks if isinstance(block, Equations | Pairs)]
    assert [i for cell in made.cells for i in cell.metadata.get("symprop", {}).get("equations", [])] == wanted
    assert re.findall(r"<!-- (\S+) -->", texts(made)) == wanted
    assert texts(made).count("$$") >= 2 * len(wanted)
    assert texts(made).count("$$") % 2 == 0
    tables = [block for block in document.blocks if isinstance(block, Table)]
    assert len(re.findall(r"^\|( -+:? \|)+$", texts(made), re.MULTILINE)) >= len(tables)


def test_it_is_the_same_each_time() -> None:
    one, other = (notebook(d, d.document()) for d in (load("classroom").derive(), load("classroom").derive()))
    assert one == other
    ids = [cell["id"] for cell in json.loads(one)["cells"]]
    assert len(ids) == len(set(ids))


def test_a_built_in_and_a_shorthand_are_loaded_by_name() -> None:
    assert "symprop.load('classroom')" in code(read(load("classroom").derive()))[0]
    assert "symprop.load('2-3-1')" in code(read(load("2-3-1").derive()))[0]


def test_what_is_called_like_a_built_in_but_is_another_is_written_out() -> None:
    for network in (Network(2, [Dense(2)], name="classroom"), load("2-3-1", activation="tanh")):
        first = code(read(network.derive()))[0]
        assert "file.write_text" in first
        assert f'name = "{network.name}"' in first


def test_a_file_beside_it_is_not_what_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text(OWN, encoding="utf-8")
    assert "symprop.load('mine')" not in code(read(load("mine").derive()))[0]


def test_notation_and_what_is_asked_for() -> None:
    derived = load("classroom").derive(wrt=["x", "W1"], notation="textbook")
    assert "derivation = network.derive(wrt=['x', 'W1'], notation='textbook')\nderivation" in code(read(derived))
    assert "derivation = network.derive()\nderivation" in code(read(load("classroom").derive()))


@pytest.mark.parametrize("name", ["n" + HOSTILE, "n'''; import os; '''", "n\\", "n'"])
def test_text_does_not_become_code(name: str, tmp_path: Path) -> None:
    swish = activation_from_text("import_os", "x/(1 + exp(-2*x))")
    network = Network(2, [IndexLayer(("y[j] = Sum(W[j,i]*x[i], i)",), {"j": 2}), Dense(1, swish)], name=name)
    made = read(network.derive())
    tree = ast.parse(code(made)[0])
    (text,) = [n.value.value for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Constant)]
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    assert load(path).name == network.name
    calls = {
        ast.unparse(n.func) for source in code(made) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)
    }
    assert calls <= {
        *("symprop.load", "TemporaryDirectory", "Path", "file.write_text", "network.derive", "derivation.formula"),
        *("derivation.gradient", "derivation.verify", "derivation.compile", "model.source.splitlines", "print"),
        *("model.fit", "model.value_and_gradient", "draw_sample", "certificate.failures", "'\\n'.join"),
    }


def test_text_does_not_become_mathematics() -> None:
    made = read(load("2-1").derive(), Document(HOSTILE, Names(), (Paragraph((HOSTILE,)), Heading(2, (HOSTILE,)))))
    for cell in made.cells[:1] + [cell for cell in made.cells if cell.id.startswith("step")]:
        assert "$" not in cell.source
        assert "\\(" not in cell.source
        assert "<script" not in cell.source


@pytest.mark.parametrize("document", [ORDINARY, STRESS], ids=["ordinary", "stress"])
def test_every_document_makes_a_notebook(document: Document) -> None:
    made = read(load("2-1").derive(), document)
    assert "```" not in texts(made)


def test_pictures_stand_where_the_network_is_loaded() -> None:
    picture = Picture("network", "two neurons", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    first = next(
        c for c in read(load("2-1").derive(), Document("t", Names(), (picture,))).cells if c.cell_type == "code"
    )
    assert first.outputs[0].data["image/svg+xml"] == picture.svg
    assert first.outputs[0].data["text/plain"] == "two neurons"


def test_data_are_those_of_pages_and_workbooks() -> None:
    derivation = load("transformer_block").derive()
    made = read(derivation)
    assert "Nobody gave numbers for `x`, `t`, so they are drawn at random with seed 0." in texts(made)
    space: dict[str, Any] = {"network": load("transformer_block"), "derivation": derivation}
    exec(next(cell.source for cell in made.cells if cell.id == "code-data"), space)
    wanted = draw_sample(derivation.spec, derivation.names, derivation.evaluation)
    assert (space["x"], space["t"]) == (wanted.x, wanted.t)
    history = derivation.compile().fit(space["x"], space["t"])
    assert history.losses[-1] < 0.1 * history.losses[0]
    assert "x = [[0.05, 0.1]]\nt = [[0.5, 0.5]]" in code(read(load("classroom").derive()))


def test_a_run_that_diverges_is_told_with_a_smaller_rate(capsys: pytest.CaptureFixture[str]) -> None:
    training = symprop.network.Training(learning_rate=40.0)
    network = Network(2, [Dense(3, "tanh"), Dense(1)], training=training)
    derivation = network.derive()
    made, space = read(derivation), {"network": network, "derivation": derivation}
    for cell in made.cells:
        if cell.id in ("code-compile", "code-data", "code-train", "code-compare"):
            exec(cell.source, space)
    assert re.search(r"after update \d+ it is not finite: try fit\(x, t, learning_rate=4\)", capsys.readouterr().out)


def test_embeddings_without_integers() -> None:
    derivation = Network((4,), [Embedding(vocabulary=7, dimension=2)]).derive()
    assert "derivation.formula('W1', form='index')" in code(read(derivation))
    derivation.formula("W1", form="index")


def test_nothing_to_train_on_and_nothing_trained() -> None:
    lines = symprop.Equations(["E = (t - m*x - log(c))**2"], loss="E", parameters=["m", "c"])
    assert "the loss has no value, so there is nothing to train on" in texts(read(lines.derive()))
    assert not any("fit" in source for source in code(read(lines.derive())))
    fixed = Network(2, [Dense(1, trainable=False)])
    assert "Nothing here is trained" in texts(read(fixed.derive()))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(UserError, match=r"pip install 'symprop\[notebook\]'"):
        load("2-1").derive().export(tmp_path / "x.ipynb")
    assert list(tmp_path.iterdir()) == []


def run(made: Notebook, folder: Path) -> dict[str, Any]:
    """The outputs of each cell of code by its id, after a run in an empty folder."""
    client = NotebookClient(made, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute()
    return {cell.id: cell.outputs for cell in made.cells if cell.cell_type == "code"}


def printed(outputs: Any) -> str:
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["classroom", "xor", "four_layers", "logistic_equations", "transformer_block", "2-3-1", "own", "odd"]
)
def test_it_runs_from_top_to_bottom(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    odd = Network(2, [Dense(3, "tanh"), Dense(1)], name="n" + HOSTILE)
    derivation = own(tmp_path) if name == "own" else (odd if name == "odd" else load(name)).derive()
    empty = tmp_path / "empty"
    empty.mkdir()
    outputs = run(read(derivation), empty)
    (shown,) = outputs["code-load"]
    assert shown.data["image/svg+xml"].lstrip().startswith("<")
    (shown,) = outputs["code-derive"]
    assert {"text/html", "text/latex", "image/svg+xml"} <= set(shown.data)
    (shown,) = outputs["code-formula"]
    assert shown.data["text/latex"].startswith("$$\\begin{aligned}")
    assert "<math" in shown.data["text/html"]
    (shown,) = outputs["code-gradient"]
    assert shown.data["text/latex"].startswith("$")
    assert printed(outputs["code-verify"]).startswith("every gradient is right")
    (shown,) = outputs["code-train"]
    assert "image/svg+xml" in shown.data
    losses = re.findall(r": ([0-9.e+-]+)$", printed(outputs["code-compare"]), re.MULTILINE)
    before, after = map(float, losses)
    assert after < before
    assert list(empty.iterdir()) == []
    assert np.isfinite(after)


@pytest.mark.slow
def test_the_command_writes_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "symprop", "export", "classroom", "-o", "derivation.ipynb"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.stdout == "wrote derivation.ipynb\n"
    nbformat.validate(nbformat.read(tmp_path / "derivation.ipynb", as_version=4))
