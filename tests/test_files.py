"""Files appear whole or not at all; where they cannot, one message says why and nothing is left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from symprop.errors import UserError
from symprop.files import check_place, check_suffix, check_together, write_atomically, write_together

ROOT = Path(__file__).parent.parent


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes(tmp_path: Path) -> None:
    write_atomically(tmp_path / "x.md", "δ\n")
    write_atomically(str(tmp_path / "x.pdf"), b"\x00\r\n")
    assert (tmp_path / "x.md").read_bytes() == "δ\n".encode()
    assert (tmp_path / "x.pdf").read_bytes() == b"\x00\r\n"
    assert names(tmp_path) == ["x.md", "x.pdf"]


def test_permissions(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before")
    old.chmod(0o640)
    mask = os.umask(0o027)
    try:
        write_atomically(old, "after")
        write_atomically(new, "after")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(mask)
    assert [path.stat().st_mode & 0o777 for path in (old, new)] == [0o640, 0o640]
    assert old.read_text() == "after"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("exists", "dangles"):
        (tmp_path / name).symlink_to(tmp_path / "there" / name)
    (tmp_path / "there" / "exists").write_text("before")
    for name in ("exists", "dangles"):
        write_atomically(tmp_path / name, "after")
        assert (tmp_path / name).is_symlink()
        assert (tmp_path / "there" / name).read_text() == "after"
    assert names(tmp_path / "there") == ["dangles", "exists"]


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UserError, match="loop"):
        write_atomically(tmp_path / "loop", "x")
    assert (tmp_path / "loop").is_symlink()


@pytest.mark.parametrize("redirected", [True, False])
def test_standard_output(redirected: bool, tmp_path: Path) -> None:
    script = "from symprop.files import write_atomically as w; w('/dev/stdout', 'δ')"
    command = [sys.executable, "-X", "utf8", "-c", script]
    target = tmp_path / "out"
    with target.open("wb") as stream:
        to = stream if redirected else subprocess.PIPE
        done = subprocess.run(command, stdout=to, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert done.stderr == b""
    assert (target.read_bytes() if redirected else done.stdout) == "δ".encode()
    assert names(tmp_path) == ["out"]


def test_a_pipe_is_written_straight(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_atomically(pipe, "x")
    reader.join(10)
    assert read == [b"x"]
    assert names(tmp_path) == ["pipe"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "is a directory. Give a file name"),
        ("missing/x.md", r"does not exist\. Make .*missing"),
        ("file/x.md", "Not a directory"),
        ("x" * 300, r"…: cannot write the file: its name is too long\. Choose a shorter one"),
        ("a\0b", "null"),
        ("new.md/", "new.md/: cannot write a file here: it is a directory"),
    ],
)
def test_where_nothing_can_be_written(path: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(UserError, match=message):
        write_atomically(f"{tmp_path}/{path}", "x")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("path", [5, None, b"x.md"])
def test_what_is_no_path(path: Any) -> None:
    with pytest.raises(UserError, match="a file is named by text or a path"):
        write_atomically(path, "x")


def test_a_directory_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(UserError, match=r"x\.md: cannot write the file: permission denied\. Choose another place"):
        write_atomically(tmp_path / "x.md", "x")


def test_a_file_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.md").write_text("kept")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the superuser may write anything, so ask no real file
    with pytest.raises(UserError, match="permission denied"):
        write_atomically(tmp_path / "x.md", "x")
    assert (tmp_path / "x.md").read_text() == "kept"


def test_a_failure_on_the_way_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "x.md").write_text("kept")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(UserError, match="No space left on device"):
        write_atomically(tmp_path / "x.md", "x")
    assert names(tmp_path) == ["x.md"]
    assert (tmp_path / "x.md").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "got"), [("a.gif", r"\.gif"), ("a", "no suffix"), ("a.png.b", r"\.b"), (".png", "no suffix")]
)
def test_a_suffix_is_one_of_those_known(name: str, got: str) -> None:
    assert check_suffix(Path("a.b.Svg"), {".png": 1, ".svg": 2}, "a picture") == ".svg"
    with pytest.raises(
        UserError, match=rf"{name}: a picture cannot have this format \(expected \.png, \.svg, got {got}\)"
    ):
        check_suffix(name, iter((".png", ".svg")), "a picture")


def test_no_other_module_refuses_suffixes() -> None:
    modules = (ROOT / "symprop").rglob("*.py")
    assert [path.name for path in modules if '"no suffix"' in path.read_text(encoding="utf-8")] == ["files.py"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("folder", "it is a directory"),
        ("new.toml/", "it is a directory"),
        ("missing/x.md", "its directory does not exist"),
        ("x" * 300, "its name is too long"),
    ],
)
def test_a_place_is_refused_as_writing_to_it_would_be(path: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    check_place(str(tmp_path / "x.md"))
    told = []
    for attempt in (check_place, lambda place: write_atomically(place, "x")):
        with pytest.raises(UserError, match=message) as raised:
            attempt(f"{tmp_path}/{path}")
        told.append(str(raised.value))
    assert told[0] == told[1]
    assert names(tmp_path) == ["folder"]


def test_a_directory_that_takes_no_files() -> None:
    with pytest.raises(UserError, match="its directory takes no new files"):
        write_atomically("/proc/x.svg", "x")


def test_files_beside_replace_none_but_their_own(tmp_path: Path) -> None:
    main, beside = tmp_path / "x.md", tmp_path / "x.svg"
    beside.write_text("somebody's own")
    for attempt in (lambda: check_together(main, beside), lambda: write_together({main: "text", beside: "picture"})):
        with pytest.raises(
            UserError, match=r"x\.svg: a file of this name is there.* with .*x\.md\. Choose another name"
        ):
            attempt()
    assert (names(tmp_path), beside.read_text()) == (["x.svg"], "somebody's own")
    beside.unlink()
    for content in ("first", "second"):
        write_together({main: content, beside: content})
        assert main.read_text() == beside.read_text() == content


def test_a_name_that_is_too_long_among_several(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="its name is too long"):
        write_together({tmp_path / "x.md": "x", tmp_path / ("x" * 300): "y"})
    assert names(tmp_path) == []


def test_a_link_and_a_pipe_stay_where_a_later_file_fails(tmp_path: Path) -> None:
    link, target, pipe = tmp_path / "x.md", tmp_path / "target.md", tmp_path / "pipe"
    link.symlink_to(target)
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for first in (link, pipe):
            with pytest.raises(UserError, match="does not exist"):
                write_together({first: "text", tmp_path / "none" / "y.svg": "picture"})
    finally:
        os.close(reader)
    assert link.is_symlink()
    assert names(tmp_path) == ["pipe", "x.md"]
