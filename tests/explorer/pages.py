"""Pages with an explorer, as files and in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from symprop.explorer.page import live
from symprop.face import Derivation
from symprop.renderers import render

GELU = """\
inputs = 3
loss = "categorical_cross_entropy_from_logits"

[[layers]]
units = 4
activation = "gelu"

[[layers]]
units = 2
activation = "softplus"

[[layers]]
units = 3
activation = "identity"

[training]
optimizer = "adam"
learning_rate = 0.01
x = [[0.5, -1.2, 0.3], [-0.4, 0.9, 2.0]]
t = [[0.2, 0.5, 0.3], [1, 0, 0]]
"""
BATCHES = """\
inputs = 2
batch = 3
loss = "squared_error"

[[layers]]
units = 2
activation = "tanh"

[[layers]]
type = "batch_norm"

[[layers]]
units = 1

[training]
optimizer = "momentum"
clip_norm = 0.5
schedule = "cosine"
learning_rate = 0.1
x = [[0.1, 0.4], [0.9, -0.3], [-0.6, 0.2], [0.5, 0.5], [-0.8, 0.7], [0.2, -0.9]]
t = [[0.3], [0.8], [0.1], [0.4], [0.9], [0.6]]
"""
LSTM = """\
inputs = [4, 3]

[[layers]]
type = "lstm"
units = 2

[[layers]]
units = 2
"""


def html(derivation: Derivation) -> str:
    """The page of a derivation: its drawing, its document, its explorer."""
    return str(render(derivation.document(), "html", live=live(derivation)))


@contextmanager
def opened(browser: Browser, derivation: Derivation, folder: Path, **settings: Any) -> Iterator[Page]:
    """The page in a browser, without a network; what its console says is an error."""
    path = folder / "page.html"
    path.write_text(html(derivation), encoding="utf-8")
    said: list[str] = []
    page = browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **settings})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert said == []
