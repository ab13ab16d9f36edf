"""Files that cannot be read as TOML: each gets one message, with the line where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from symprop.errors import BudgetError, UserError
from symprop.network_file import load
from symprop.network_file.source import LARGEST_FILE, read

BROKEN: list[tuple[bytes, str]] = [
    (b"inputs = 2\nloss = huber\n", ":2: this is not valid TOML: Invalid value, at column 8. Text needs quotes, as in"),
    (b"inputs = [2,\n", ": this is not valid TOML: Invalid value, at the end of the file"),
    (
        b"inputs = 2\n\ninputs = 3\n",
        ":3: this is not valid TOML: Cannot overwrite a value, at column 11. Give each key once.",
    ),
    (b"inputs 2\n", ":1: this is not valid TOML: Expected '='"),
    (b'name = "a\0"\n', ":1: this is not valid TOML: Illegal character '\\x00'"),
    (b"inputs = " + b"9" * 5000, ": this is not valid TOML: a number has too many digits"),
    (b"x = " + b"[" * 100_000, ": this is nested too deeply"),
    (b"inputs = 2\n# caf\xe9\n", ":2: this is not UTF-8 text. Save the file as UTF-8."),
    ('name = "a"'.encode("utf-16"), ":1: this is not UTF-8 text"),
    (bytes(range(256)), "this is not"),
]


@pytest.mark.parametrize(("content", "message"), BROKEN, ids=[message[:40] for _, message in BROKEN])
def test_a_broken_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load(file)
    assert str(caught.value).startswith(str(file))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mark_of_byte_order_and_windows_lines_are_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_bytes(b'\xef\xbb\xbfname = "a"\r\ninputs = 2\r\n[[layers]]\r\nunits = 3\r\nbais = true\r\n')
    with pytest.raises(
        UserError, match=r"net.toml:5: unknown key 'bais' in \[\[layers\]\] number 1. Did you mean 'bias'\?"
    ):
        load(file)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        load(tmp_path)
    assert str(caught.value) == f"{tmp_path}: this is a directory. Give a TOML file."


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_bytes(b"#" * (LARGEST_FILE + 1))
    with pytest.raises(
        BudgetError, match=r"the file is too large \(expected at most 10 MB\). Give large data as a CSV file."
    ):
        load(file)
    file.write_bytes(b"#" * LARGEST_FILE)
    with pytest.raises(UserError, match="missing key 'inputs'"):
        load(file)


def test_an_endless_file_is_not_read() -> None:
    with pytest.raises(BudgetError, match="the file is too large"):
        load("/dev/zero")


def test_a_file_whose_name_cannot_be_shown_is_quoted(tmp_path: Path) -> None:
    file = tmp_path / "a\nb.toml"
    file.write_text("loss = 1")
    with pytest.raises(UserError) as caught:
        load(file)
    assert "a\\nb.toml'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_places_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "net.toml"
    file.write_text("# first\ninputs = 2\n[training]\nseed = 3\n")
    top = read(file)
    assert top.place("inputs") == f"{file}:2"
    assert top.table("training").place("seed") == f"{file}:4"
    assert top.place() == str(file)
