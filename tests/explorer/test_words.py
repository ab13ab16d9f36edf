"""The words: each that is asked for is there, each that is there is asked for, and with the names that it has places for."""

from __future__ import annotations

import re
from importlib.resources import files

from symprop.explorer.page import PAGE, SCRIPTS
from symprop.prose import prose

WORDS = prose("en").templates(PAGE)
EXPLORER = files("symprop.explorer")
ASSETS = EXPLORER / "assets"
SCRIPT = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
MARKUP = (EXPLORER / "templates" / "explorer.html.jinja").read_text(encoding="utf-8")


def test_every_word_is_there_and_none_too_many() -> None:
    asked = set(re.findall(r'"([a-z_]+)"', SCRIPT)) | set(re.findall(r"words\.(\w+)|button\(\"(\w+)\"", MARKUP))
    names = {part for each in asked for part in ((each,) if isinstance(each, str) else each) if part}
    names |= {f"phase_{phase}" for phase in ("start", "forward", "backward", "update")}
    names |= {f"point_{what}" for what in ("weights", "blocks", "none")}
    called = set(re.findall(r'say\("([a-z_]+)"', SCRIPT)) | set(re.findall(r"words\.(\w+)", MARKUP))
    assert called <= set(WORDS)
    assert set(WORDS) <= names


def test_the_places_of_words_are_filled() -> None:
    for key, places in re.findall(r'say\("([a-z_]+)", \{([^}]*)\}', SCRIPT):
        given = set(re.findall(r"(\w+)(?=[:,}\s]|$)", places))
        assert set(re.findall(r"\{(\w+)\}", WORDS[key])) <= given, key


def test_every_script_says_what_it_owns_and_none_evaluates_text() -> None:
    for asset in ASSETS.iterdir():
        text = asset.read_text(encoding="utf-8")
        if asset.name.endswith(".js"):
            assert text.startswith("// "), asset.name
            assert not re.search(r"\beval\(|new Function|\bon[a-z]+=", text), asset.name
    assert {asset.name.removesuffix(".js") for asset in ASSETS.iterdir() if asset.name.endswith(".js")} == set(SCRIPTS)
