"""Runs every example of the README and of docs/, page by page, each page in an empty folder of its own.

What a block is called decides what is done with it:

- ``python``: run in order, with the names of the page's earlier blocks; after ``>>>`` the output is compared.
- ``console``: a bash session. A command stands after ``$``, its further lines after ``>``; if output is shown it must
  match. A command that fails must be followed by ``$ echo $?``, which shows the reader the exit code, too.
- ``toml``: written to the file that its first line names (``# net.toml``), for the later blocks.
- ``sh`` (installing, testing), ``text`` and ``math`` are only shown.

No other name is allowed, so that no example goes unrun by mistake.

``...`` in shown output stands for anything, and a number is compared to the digits shown.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.doctest import NUMBER, OutputChecker
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FLAGS = doctest.ELLIPSIS | NUMBER
RUN, SHOWN = {"python", "console", "toml"}, {"sh", "text", "math"}
MARK = "end of command, status"


def commands(session: str) -> list[tuple[str, str]]:
    """The commands of a session, each with the output shown below it."""
    before, *pieces = re.split(r"^\$ (.*\n(?:> .*\n)*)", session + "\n", flags=re.MULTILINE)
    assert not before.strip(), "a session starts with a command"
    return [
        (re.sub(r"^> ", "", c, flags=re.MULTILINE).strip(), s) for c, s in zip(pieces[::2], pieces[1::2], strict=True)
    ]


def run_session(example: Example) -> str | None:
    """What is wrong with a console block, if anything is."""
    pairs = commands(example.parsed)
    printed = run_in_bash([command for command, _ in pairs])
    *ran, rest = re.split(rf"{MARK} (\d+)\n", printed)
    if len(ran) != 2 * len(pairs):
        return f"the session stopped early:\n{rest}"
    following = [command for command, _ in pairs[1:]] + [""]
    for (command, shown), output, status, after in zip(pairs, ran[::2], ran[1::2], following, strict=True):
        if complaint := judge(command, shown, output, int(status), after):
            return complaint
    return None


def run_in_bash(commands: list[str]) -> str:
    """What the commands print in one session, a line with MARK and the exit code after each."""
    script = "\n".join(f"{command}\nstatus=$?; echo '{MARK}' $status; (exit $status)" for command in commands)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    session = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return session.stdout


def judge(command: str, shown: str, output: str, status: int, after: str) -> str | None:
    if status and after != "echo $?":
        return f"$ {command}\nfailed with exit code {status}:\n{output}"
    shown, output = shown.rstrip() + "\n", output.rstrip() + "\n"
    if shown.strip() and not OutputChecker().check_output(shown, output, FLAGS):
        return f"$ {command}\n" + OutputChecker().output_difference(doctest.Example(command, shown), output, FLAGS)
    return None


def write_file(example: Example) -> str | None:
    named = re.match(r"# ([\w-]+\.toml)\n", example.parsed)
    if named is None:
        return "the first line of a toml block names its file: # net.toml"
    Path(named[1]).write_text(example.parsed, encoding="utf-8")
    return None


SYBIL = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=FLAGS),
        CodeBlockParser("console", run_session),
        CodeBlockParser("toml", write_file),
    ]
)


def run_page(page: Path) -> None:
    """Run a page's examples in the current folder; raises SybilFailure with the page and line."""
    languages = set(re.findall(r"^[ \t]*```+([\w-]+)[ \t]*$", page.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert languages <= RUN | SHOWN, f"{page.name}: nothing runs a block called {languages - RUN - SHOWN}"
    for example in SYBIL.parse(page):
        example.evaluate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page)


GOOD = """
```toml
# a.toml
x = 1
```
```console
$ cat a.toml
# a.toml
x = 1
$ cat <<END
> one
> END
one
$ cd /; false
$ echo $?
1
$ pwd; echo 0.123456
/
0.12
$ true
```
```python
y = 2
```
```python
>>> y + 1
3
```
"""


def test_a_good_page_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(GOOD)
    run_page(page)


@pytest.mark.parametrize(
    "block",
    [
        "```console\n$ echo one\ntwo\n```",
        "```console\n$ false\n$ true\n```",
        "```console\n$ echo 0.12\n0.34\n```",
        "```console\n$ exit 0\n$ echo one\n```",
        "```console\necho one\n```",
        "```python\n>>> 1 + 1\n3\n```",
        "```python\nassert False\n```",
        "```toml\nx = 1\n```",
        "```bash\necho one\n```",
    ],
)
def test_a_wrong_page_fails(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(block + "\n")
    with pytest.raises(AssertionError):
        run_page(page)
