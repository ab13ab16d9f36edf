"""The file as a whole: its sheets, what stands in cells, what is refused; formulas are worked out in `test_recalculation`."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl.utils import get_column_letter

import symprop
from symprop import Dense, Network
from symprop.cli import main
from symprop.document.blocks import Equations, Pairs
from symprop.errors import BudgetError, UserError
from symprop.network import Training
from symprop.workbook import workbook
from symprop.workbook.style import NEUTRAL, YOURS
from tests.workbook.books import FIRST, MIXED, SATURATED, SOFTMAX, columns_of, content, labelled, opened

SHEETS = ["Network", "Derivation", "Training", "Learning rates", "Working"]


@pytest.fixture(scope="module")
def classroom() -> bytes:
    return content(symprop.load("classroom"), 3)


def test_sheets_and_the_named_rate(classroom: bytes) -> None:
    book = opened(classroom)
    assert book.sheetnames == SHEETS
    rate = labelled(book["Network"], "learning rate η")
    assert rate.value == 0.5
    assert book.defined_names["η"].attr_text == f"Network!$C${rate.row}"
    assert book["Training"].freeze_panes == "B4"
    assert len(book["Training"]._charts) == len(book["Network"]._charts) == len(book["Learning rates"]._charts) == 1
    assert len(book["Network"]._images) == 1


def test_everything_beyond_the_first_row_is_a_formula(classroom: bytes) -> None:
    sheet = opened(classroom)["Training"]
    cells = [cell.value for row in sheet.iter_rows(min_row=FIRST) for cell in row]
    assert len(cells) == 4 * 40
    assert [value for value in cells if not str(value).startswith("=")] == [0]  # the number of the first update
    columns = columns_of(sheet)
    weight = labelled(opened(classroom)["Network"], "w3")
    assert sheet.cell(FIRST, columns["w3"]).value == f"=Network!${weight.column_letter}${weight.row}"


def test_formulas_have_their_numbers_beside_them(classroom: bytes) -> None:
    sheet = opened(classroom, values=True)["Training"]
    columns = columns_of(sheet)
    history = symprop.load("classroom").derive().compile().fit(epochs=3)
    losses = [sheet.cell(FIRST + k, columns["E_total"]).value for k in range(4)]
    assert losses == history.losses
    rates = opened(classroom, values=True)["Learning rates"]
    assert [cell.value for cell in rates[3]][1:8] == [0.1, 0.2, 0.5, 0.8, 1, 2, 1000]
    assert [rates.cell(FIRST + k, 4).value for k in range(4)] == history.losses


def test_what_has_no_value_is_an_error_in_its_cell() -> None:
    network = symprop.Equations(["E = exp(w)*exp(w)"], "E", ["w"], values={"w": 600})
    sheet = opened(content(network, 2), values=True)["Training"]
    assert sheet.cell(FIRST, columns_of(sheet)["E"]).value == "#NUM!"


def test_the_derivation_has_every_equation_of_the_document_by_its_id(classroom: bytes) -> None:
    document = symprop.load("classroom").derive().document()
    ids = [block.id for block in document.blocks if isinstance(block, Equations | Pairs)]
    sheet = opened(classroom)["Derivation"]
    last = max(cell.column for row in sheet.iter_rows() for cell in row if cell.value in ids)
    assert [cell.value for row in sheet.iter_rows(min_col=last, max_col=last) for cell in row if cell.value] == ids
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "∂E_total/∂w5 = (a_o1 − t1) · a_o1(1 − a_o1) · a_h1" in text


def test_the_derivation_calls_quantities_as_its_prose_does(classroom: bytes) -> None:
    sheet = opened(classroom)["Derivation"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "δ_2 = ∂E_total/∂a2 ⊙ σ'(z2) = (a2 − t) ⊙ a2 ⊙ (1 − a2)" in text
    assert "δ_2 is the derivative of the loss" in text
    assert "next_w1 = w1 − η · ∂E_total/∂w1" in text
    assert "dE_total" not in text


def test_the_derivation_has_letters_for_steps_in_time_and_for_the_loss() -> None:
    network = Network((3, 2), [symprop.LSTM(2), Dense(1)], "mean_squared_error")
    sheet = opened(content(network, 1))["Derivation"]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert "ℓ_MSE(a, t) = (t − a)²" in text
    assert "c1_τ = f1_τ ⊙ c1_(τ−1) + i1_τ ⊙ g1_τ" in text
    assert "∂E_total/∂W1_i = Σ_{τ=1..3} δ_1_i_τ x[τ]ᵀ" in text
    assert "tau" not in text
    assert "bar_" not in text


def test_the_derivation_is_said_to_follow_no_change(classroom: bytes) -> None:
    book = opened(classroom)
    about = str(book["Network"]["A2"].value)
    assert "every number that training computes is a formula" in about
    assert "The sheet Derivation is text and stays as it is." in about
    told = " ".join(str(book["Derivation"].cell(row, 1).value) for row in range(2, 5))
    assert "worked out from those that the file began with." in told


def test_pictures_and_charts_have_words_for_who_cannot_see_them(classroom: bytes) -> None:
    with zipfile.ZipFile(BytesIO(classroom)) as archive:
        drawings = "".join(archive.read(n).decode() for n in archive.namelist() if "drawings/drawing" in n)
        said = re.findall(r'<xdr:cNvPr [^>]*descr="([^"]*)"', drawings)
        assert len(said) == drawings.count("<xdr:cNvPr ") == 4
        assert "the loss of classroom over the updates. Its numbers stand on the sheet Training." in drawings
        assert b"<dc:title>classroom</dc:title>" in archive.read("docProps/core.xml")


@pytest.mark.parametrize(("name", "loss", "height"), [("classroom", "E_total", 1), ("xor", "mean E_total", 4)])
def test_charts_show_the_cells_of_the_loss(name: str, loss: str, height: int) -> None:
    """Both charts of the run follow the column that the header calls the loss; that of rates, the losses under each rate."""
    data = content(symprop.load(name), 2)
    column = get_column_letter(columns_of(opened(data)["Training"])[loss])
    last = FIRST + 3 * height - 1
    run = [f"Training!$A${FIRST}:$A${last}", f"Training!${column}${FIRST}:${column}${last}"]
    rates, end = "'Learning rates'!", FIRST + 2
    updates = f"{rates}$A${FIRST}:$A${end}"
    compared = [text for at in "BCDEFGH" for text in (f"{rates}${at}$3", updates, f"{rates}${at}${FIRST}:${at}${end}")]
    with zipfile.ZipFile(BytesIO(data)) as archive:
        charts = [re.findall("<c:f>([^<]*)</c:f>", archive.read(f"xl/charts/chart{k}.xml").decode()) for k in (1, 2, 3)]
    assert sorted(charts, key=len) == [run, run, compared]


@pytest.mark.parametrize(("epsilon", "is_logarithmic"), [(1.0, False), (1e-9, True)])
def test_the_loss_has_a_logarithmic_axis_where_it_spans_decades(epsilon: float, is_logarithmic: bool) -> None:
    equations = symprop.Equations([f"E = w*w + {epsilon}"], "E", ["w"], values={"w": 3.0})
    with zipfile.ZipFile(BytesIO(content(equations, 6))) as archive:
        charts = [archive.read(f"xl/charts/chart{k}.xml").decode() for k in (1, 2, 3)]
    assert [("logBase" in chart) for chart in charts] == [is_logarithmic, is_logarithmic, True]


def test_many_inputs_stand_below_each_other() -> None:
    network = Network(14, [Dense(3)], training=Training(x=[list(range(14)), [0.5] * 14], t=[[7, 8, 9], [1, 2, 3]]))
    book = opened(content(network, 1))
    row = labelled(book["Network"], "i14").row
    assert [cell.value for cell in book["Network"][row]][:3] == ["i14", 13, 0.5]
    assert [cell.value for cell in book["Network"][row + 3]][:3] == ["t3", 9, 3]
    sheet = book["Training"]
    column = columns_of(sheet)["t3"]
    assert [sheet.cell(FIRST + k, column).value for k in (0, 1)] == [f"=Network!$B${row + 3}", f"=Network!$C${row + 3}"]


def test_integers_stand_in_cells_that_are_not_for_the_reader() -> None:
    """What is wired into the formulas is grey; what the formulas follow is yellow."""
    sheet = opened(content(MIXED, 1))["Network"]
    (row,) = (cell.row for cells in sheet.iter_rows() for cell in cells if cell.value == "x_1")
    cells = {header.value: sheet.cell(row + 1, header.column) for header in sheet[row] if header.value}
    colours = {name: cell.fill.fgColor.rgb[2:].lower() for name, cell in cells.items()}
    assert {colours.pop(name) for name in ("x_1", "x_2", "x_3")} == {NEUTRAL[1:]}
    assert len(colours) == 6
    assert set(colours.values()) == {YOURS[1:]}


def test_the_same_network_gives_the_same_file(classroom: bytes) -> None:
    assert classroom == content(symprop.load("classroom"), 3)


def test_text_from_a_file_is_never_a_formula() -> None:
    network = Network(2, [Dense(2)], name='1 =HYPERLINK("x") <script>&', values={"x": [1, 2], "t": [0, 1]})
    data = content(network, 2)
    book = opened(data)
    for name in SHEETS[:2]:
        assert not [c.coordinate for row in book[name].iter_rows() for c in row if c.data_type == "f"]
    assert book["Network"]["A1"].value == network.name
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if b"<script>" in archive.read(name)]
        assert not [name for name in archive.namelist() if re.search(rb"<f>[^<]*HYPERLINK", archive.read(name))]


@pytest.mark.parametrize("network", [SOFTMAX, SATURATED, symprop.load("2-3-1"), symprop.load("logistic_equations")])
def test_networks_of_other_kinds(network: Any) -> None:
    book = opened(content(network, 2))
    assert book.sheetnames == SHEETS


def test_what_was_drawn_and_what_targets_have_to_keep_is_said() -> None:
    drawn = Network(2, [Dense(3), symprop.Softmax()], "categorical_cross_entropy")
    notes = [str(opened(content(drawn, 2))["Network"].cell(row, 1).value) for row in range(1, 8)]
    assert any("Nobody gave numbers for W1, x, t: they were drawn by seed 0." in note for note in notes)
    assert any("t1 + t2 + t3 = 1" in note for note in notes)
    assert any("from 0 to 1" in note for note in notes)


def test_too_many_cells_are_refused_with_what_would_fit() -> None:
    derivation = symprop.load("xor").derive()
    with pytest.raises(
        BudgetError, match=r"at most 200,000 cells, got [0-9,]+ for 5,000 updates\)\. Ask for at most \d+ rows"
    ):
        workbook(derivation, 5000)
    with pytest.raises(
        BudgetError,
        match=r"^network: .*16,384 columns, got 17,011 columns, of which 'W1' alone takes 8,100\)\. Make the layers smaller",
    ):
        workbook(Network(90, [Dense(90)]).derive())
    many = Training(x=[[1.0] * 60] * 50, t=[[1.0] * 40] * 50)
    with pytest.raises(BudgetError, match=r"train on fewer examples"):
        workbook(Network(60, [Dense(40)], training=many).derive(), 1)


def test_a_workbook_has_as_many_updates_as_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("symprop.workbook.book.MOST_CELLS", 41 * (41 + 7 * 10))
    assert main(["export", "classroom", "-o", str(tmp_path / "x.xlsx")]) == 0
    assert capsys.readouterr().err == "note: the workbook has 40 updates; there is no room for the usual 100.\n"
    assert opened((tmp_path / "x.xlsx").read_bytes())["Training"].max_row == FIRST + 40
    assert main(["export", "classroom", "-o", str(tmp_path / "y.xlsx"), "--rows", "41"]) == 2
    assert "Ask for at most 40 rows." in capsys.readouterr().err
    assert main(["export", "classroom", "-o", str(tmp_path / "y.xlsx"), "--rows", "40"]) == 0
    assert capsys.readouterr().err == ""


def test_learning_rates_have_fewer_rows_where_room_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symprop.workbook.book.MOST_CELLS", 41 * 41 + 7 * 36 * 13 + 40)
    book = opened(content(symprop.load("classroom"), 40))
    sheet = book["Learning rates"]
    column = [cell.value for cell in sheet["A"]]
    assert column[-1] == "The first 12 updates of 40: more would make the workbook too large."
    assert book["Training"].max_row == FIRST + 40
    assert book["Working"].max_row == FIRST + 12


@pytest.mark.parametrize("rows", [0, -1, 2.5, True, "ten"])
def test_rows_are_a_whole_number(rows: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the number of rows is a whole number from 1"):
        symprop.load("classroom").derive().export(tmp_path / "x.xlsx", rows=rows)
    assert not (tmp_path / "x.xlsx").exists()


def test_export_writes_the_updates_asked_for_and_what_they_lead_to(tmp_path: Path) -> None:
    (file,) = symprop.load("classroom").derive().export(tmp_path / "x.xlsx", rows=2)
    assert opened(file.read_bytes())["Training"].max_row == FIRST + 2


def test_a_batch_and_what_is_kept_between_updates() -> None:
    """Examples are headed as in training, states by themselves, and no cell's text runs into the next one's."""
    network = Network(
        2,
        [Dense(3), symprop.BatchNorm(), Dense(1)],
        batch=2,
        training=Training(x=[[0.1, 0.2], [0.4, -0.3]], t=[[1], [0]]),
    )
    book = opened(content(network))
    sheet = book["Network"]
    trained = columns_of(book["Training"])
    (examples,) = (cell.row for row in sheet.iter_rows() for cell in row if cell.value == "Examples")
    headers = [cell.value for cell in sheet[examples + 1] if cell.value is not None]
    assert headers == ["x_1", "x_2", "t_1"]
    assert set(headers) <= set(trained)
    heading = labelled(sheet, "mean2_1").offset(-1, -1).value
    assert heading == "Kept between updates"
    told = book["Derivation"]
    (cell,) = (c for row in told.iter_rows() for c in row if str(c.value).startswith("running variance"))
    assert len(cell.value) < told.column_dimensions[cell.column_letter].width


def test_a_cell_of_the_derivation_that_is_too_long_is_broken() -> None:
    told = opened(content(Network(2, [Dense(1, activation="gelu")], training=Training(x=[[0.1, 0.2]], t=[[1]]))))[
        "Derivation"
    ]
    cells = [c for row in told.iter_rows() for c in row if str(c.value).endswith("named since the derivative needs it")]
    assert cells
    assert all(cell.alignment.wrap_text and told.row_dimensions[cell.row].height == 30 for cell in cells)
