"""Reading examples: the arrays that come out, and that each mistake is reported with file, line and column."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symprop.errors import BudgetError, UserError
from symprop.training import data as module
from symprop.training.data import read_csv

GOOD = "i1,i2,t1\n0.05,0.1,0.5\n-1e-3,2,3\n"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "examples.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_inputs_then_targets(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, GOOD), inputs=2, targets=1)
    np.testing.assert_array_equal(data.x, [[0.05, 0.1], [-0.001, 2.0]])
    np.testing.assert_array_equal(data.t, [[0.5], [3.0]])
    assert (data.input_names, data.target_names) == (("i1", "i2"), ("t1",))
    assert data.x.dtype == data.t.dtype == np.float64
    assert data.x.flags.writeable
    assert data.x.flags.c_contiguous


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        "\n" + GOOD.replace("\n", "\n\n") + "   \n",
        GOOD.replace(",", " , "),
        '"i1","i2","t1"\n"0.05","0.1","0.5"\n-1e-3,2,3\n',
    ],
)
def test_other_spellings_of_the_same_table(tmp_path: Path, content: str | bytes) -> None:
    data = read_csv(write(tmp_path, content), 2, 1)
    np.testing.assert_array_equal(data.x, [[0.05, 0.1], [-0.001, 2.0]])
    assert data.input_names == ("i1", "i2")


def test_named_columns_in_any_order_beside_others_that_may_hold_anything(tmp_path: Path) -> None:
    path = write(tmp_path, "label,b,t,a\nfirst,1,2,3\n,4,5,6\n")
    data = read_csv(path, 2, 1, ["a", "b"], ["t"])
    np.testing.assert_array_equal(data.x, [[3, 1], [6, 4]])
    np.testing.assert_array_equal(data.t, [[2], [5]])


def test_one_list_leaves_the_other_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a,t,b\n1,2,3\n")
    data = read_csv(path, 2, 1, target_columns=["t"])
    assert (data.input_names, data.target_names) == (("a", "b"), ("t",))
    data = read_csv(path, 1, 2, input_columns=["b"])
    assert (data.input_names, data.target_names) == (("b",), ("a", "t"))


@pytest.mark.parametrize("columns", [{}, {"input_columns": ["a", "b"]}, {"target_columns": ["t"]}])
def test_columns_with_the_quantities_names_are_theirs_in_any_order(tmp_path: Path, columns: dict[str, Any]) -> None:
    data = read_csv(write(tmp_path, "t,a,b\n1,2,3\n4,5,6\n"), ["b", "a"], ["t"], **columns)
    np.testing.assert_array_equal(data.x, [[3, 2], [6, 5]])
    np.testing.assert_array_equal(data.t, [[1], [4]])
    assert (data.input_names, data.target_names) == (("b", "a"), ("t",))


def test_other_columns_may_stand_beside_those_of_the_quantities(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, "label,t,a\nx,1,2\n"), ["a"], ["t"])
    assert (data.x.tolist(), data.t.tolist()) == ([[2]], [[1]])


def test_columns_with_some_of_the_names_go_by_position(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, "b,c,t\n1,2,3\n"), ["a", "b"], ["t"])
    assert (data.x.tolist(), data.input_names) == ([[1, 2]], ("b", "c"))


def test_a_column_may_be_input_and_target(tmp_path: Path) -> None:
    data = read_csv(write(tmp_path, "a,b\n1,2\n"), 2, 2, ["a", "b"], ["a", "b"])
    np.testing.assert_array_equal(data.x, data.t)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", ": the file is empty. The first row names the columns, such as i1,i2,t1."),
        ("\n \n", ": the file is empty."),
        ("i1,i2,t1\n", ": there are no rows after the header. Give at least one example."),
        ("0.05,0.1,0.5\n1,2,3\n", ":1: there is no header row. The first row names the columns"),
        ("i1;i2;t1\n0,5;1;2\n", ":1: the cells are separated by semicolons (expected commas)"),
        ("i1\ti2\tt1\n0\t1\t2\n", ":1: the cells are separated by tabs (expected commas)"),
        ("i1,,t1\n1,2,3\n", ":1: column 2 has no name"),
        ("i1,i2,i1\n1,2,3\n", ":1: two columns are named 'i1'. Rename one."),
        ("i1,t1\n1,2\n", ": wrong number of columns (expected 2 of inputs, then 1 of targets, got 2)"),
        ("i1,i2,t1\n1,2,3\n4,5\n", ":3: wrong number of cells (expected 3, as in the header, got 2)"),
        ("i1,i2,t1\n\n1,2,3,4\n", ":3: wrong number of cells (expected 3, as in the header, got 4)"),
        ("i1,i2,t1\n1,2,3\n1,,3\n", ":3: the cell in column 'i2' is missing (expected a number)"),
        ("i1,i2,t1\n1,2,x\n", ":2: the cell in column 't1' is not a number (expected a number, got 'x')"),
        ('i1,i2,t1\n1,"0,5",3\n', "not a number (expected a number, got '0,5'). Write 0.5, not 0,5."),
        ("i1,i2,t1\n1,1_000,3\n", ":2: the cell in column 'i2' is not a number (expected a number, got '1_000')"),
        ("i1,i2,t1\n1,nan,3\n", ":2: the cell in column 'i2' is not finite (got 'nan')"),
        ("i1,i2,t1\n-inf,2,3\n", ":2: the cell in column 'i1' is not finite (got '-inf')"),
        ("i1,i2,t1\n1e400,2,3\n", ":2: the cell in column 'i1' is not finite (got '1e400')"),
        ("i1,i2,t1\n1,2,3\n1,2,3\xff\n".encode("latin-1"), ":3: the file is not UTF-8 text. Save it as 'CSV UTF-8'."),
        ("i1,i2,t1\n1,2,3\n".encode("utf-16"), ":1: the file is not UTF-8 text"),
        ('i1,i2,t1\n1,2,"3\n4,5,6\n', ":3: the row cannot be read: unexpected end of data"),
        ("i1,i2,t1\n1,2," + "3" * 200_000 + "\n", ":2: the row cannot be read: field larger than field limit"),
    ],
)  # fmt: skip
def test_mistakes_in_the_file(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(UserError) as refused:
        read_csv(path, 2, 1)
    assert str(refused.value).startswith(f"{path}:")
    assert message in str(refused.value)
    assert len(str(refused.value)) < len(str(path)) + 250


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"input_columns": ["wide", "b"], "target_columns": ["t"]}, "there is no column 'wide'. Did you mean 'width'?"),
        ({"input_columns": ["b", "b"], "target_columns": ["t"]}, "column 'b' is chosen twice as input"),
        ({"input_columns": ["width"], "target_columns": ["t"]}, "wrong number of input columns (expected 2, got 1)"),
        ({"input_columns": ["width", "b"]}, "wrong number of target columns (expected 1, got 2)"),
        ({"target_columns": ["T"]}, "there is no column 'T'. Did you mean 't'?"),
        ({"target_columns": ["t", "x"]}, "wrong number of target columns (expected 1, got 2)"),
    ],
)
def test_mistakes_in_the_choice_of_columns(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    path = write(tmp_path, "width,b,t,x\n1,2,3,4\n")
    with pytest.raises(UserError) as refused:
        read_csv(path, 2, 1, **columns)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("name", "message"), [(".", "Is a directory"), ("absent.csv", "No such file"), ("a\0b", "null byte")]
)
def test_paths_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=f"cannot read the file: .*{message}"):
        read_csv(tmp_path / name, 2, 1)


def test_a_file_over_the_budget_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    with pytest.raises(BudgetError, match="the file is too large"):
        read_csv(write(tmp_path, GOOD), 2, 1)
    with pytest.raises(BudgetError, match="the file is too large"):
        read_csv("/dev/zero", 2, 1)


@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3), min_size=1, max_size=5))
def test_numbers_come_back_as_they_were_written(rows: list[tuple[float, float, float]]) -> None:
    with TemporaryDirectory() as folder:
        text = "a,b,c\n" + "\n".join(",".join(map(repr, row)) for row in rows)
        data = read_csv(write(Path(folder), text), 1, 2)
    np.testing.assert_array_equal(np.hstack([data.x, data.t]), rows)


@given(st.binary(max_size=60) | st.text("i1,;\t\"'\r\n.e-x_", max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = write(Path(folder), content)
        try:
            data = read_csv(path, 1, 1)
        except UserError:
            return
    assert data.x.shape == data.t.shape == (len(data.x), 1)
    assert np.isfinite(data.x).all()


def test_an_empty_cell_in_quotes_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"examples.csv:4: the cell in column 'x' is missing \(expected a number\)"):
        read_csv(write(tmp_path, 'x\n1\n\n""\n3\n'), inputs=1, targets=0)
    assert read_csv(write(tmp_path, "x\n1\n\n   \n3\n"), inputs=1, targets=0).x.tolist() == [[1.0], [3.0]]
