"""What a reader does in the explorer, in Chromium: pointing, stepping, changing numbers, comparing rates, keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

import symprop
from tests.explorer.pages import BATCHES, GELU, LSTM, opened

pytestmark = pytest.mark.slow

KEYS = "nodes => nodes.map(node => node.dataset.key)"
SCRIPTS = """names => names.flatMap(name => [...name.textContent].flatMap((letter, k, letters) =>
  letters[k + 1] === "(" ? [name.getStartPositionOfChar(k + 1).x - name.getEndPositionOfChar(k).x] : []))"""
TICKS = """losses => {
  const { chart } = symprop;
  const shown = new symprop.model.losses.constructor();
  losses.forEach(each => shown.push(each));
  chart.show([{ label: "", losses: shown }]);
  const picture = chart.place.querySelector("svg");
  const texts = [...picture.querySelectorAll('.tick[text-anchor="end"]')];
  const title = [...picture.querySelectorAll(".title")].at(-1).getBoundingClientRect();
  const room = Math.min(...texts.map(text => text.getBoundingClientRect().left)) - title.right;
  const end = picture.querySelector(".end");
  const low = texts.map(text => [text.textContent, text.getAttribute("y") - 4]);
  return [[...low, [String(losses.at(-1)), Number(end.getAttribute("cy"))]], room];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(browser, symprop.load("classroom").derive(), tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture(autouse=True)
def fresh(page: Page) -> None:
    """Each test begins with the page as it opens."""
    page.reload()


def part(page: Page, name: str) -> Locator:
    return page.locator(f'#explorer [data-part="{name}"]')


def lit(page: Page) -> set[str]:
    """The names of the nodes of the explorer's drawing that are lit."""
    names = page.eval_on_selector_all("#explorer .node.lit", "nodes => nodes.map(node => node.dataset.names)")
    return {name for each in names for name in each.split()}


def field(page: Page, name: str) -> Locator:
    """The field of a parameter, or of an input or target."""
    return page.locator(f'#explorer .field:has(label [data-name="{name}"]) input')


def of_model(page: Page, expression: str) -> Any:
    return page.evaluate(f"symprop.model.{expression}")


def test_pointing_at_a_weight_lights_its_ways_and_marks_its_symbol(page: Page) -> None:
    page.locator('#explorer .edge-label[data-label-of="w1"]').hover()
    assert lit(page) == {"h1", "a_h1", "o1", "a_o1", "o2", "a_o2", "E1", "E2", "E_total"}
    edges = page.eval_on_selector_all("#explorer .edge.lit", "edges => edges.map(edge => edge.dataset.names)")
    assert {"w1", "w5", "w7"} <= set(edges)
    assert not {"w2", "w3", "w6", "w8"} & set(edges)
    marked = page.locator("math .picked").count()
    assert marked > 10
    assert marked == page.locator('math [data-name="w1"].picked').count()
    page.mouse.move(5, 5)
    assert lit(page) == set()


def test_the_chain_of_factors_has_live_numbers(page: Page) -> None:
    part(page, "parameter").select_option("w5")
    numbers = [float(text.replace("−", "-")) for text in page.locator("#explorer .factor .number").all_inner_texts()]
    python = symprop.load("classroom").derive().numbers
    a_o1, a_h1 = python["a_o1"], python["a_h1"]
    assert numbers == pytest.approx([a_o1 - 0.5, a_o1 * (1 - a_o1), a_h1], rel=1e-5)
    part(page, "many").click()
    after = page.locator("#explorer .factor .number").first.inner_text()

    assert float(after) < numbers[0]


def test_the_chain_shows_what_the_steps_have_come_to(page: Page) -> None:
    part(page, "parameter").select_option("w5")
    chain = part(page, "chain")
    scroller = chain.locator(".whole")
    scroller.focus()
    whole = scroller.element_handle()
    page.evaluate("symprop.model.next(), symprop.show()")
    assert chain.locator(".factor .number").all_inner_texts() == ["…", "…", "…"]
    assert chain.locator(".live").text_content() == "…"
    page.evaluate("symprop.tellChosen('w5')")
    assert part(page, "told").inner_text().endswith("have not come to the derivative of the loss yet.")
    page.evaluate("symprop.model.cursor = 5, symprop.show()")  # h1, a_h1, h2, a_h2, o1
    texts = chain.locator(".factor .number").all_inner_texts()
    assert texts[:2] == ["…", "…"]
    drawn = page.locator('#explorer [data-value-of="a_h1"]').text_content()
    assert float(texts[2]) == pytest.approx(float(drawn or ""), rel=1e-3)
    page.evaluate("symprop.model.finishPhase('backward'), symprop.show()")
    assert "…" not in chain.inner_text()
    assert whole.evaluate("element => element === document.activeElement")  # nothing was built anew


def test_one_update_line_by_line(page: Page) -> None:
    before = of_model(page, "parameter('w5')")
    titles = []
    for _ in range(27 + 8):
        part(page, "next").click()
        titles.append(part(page, "phase").inner_text())
        assert page.locator("#explorer .present").count() == 1
    assert titles[0].startswith("Forward pass, line 1 of 11")
    assert titles[11].startswith("Backward pass, line 1 of 16")
    assert titles[27].startswith("Update, line 1 of 8")
    assert part(page, "updates").inner_text() == "1"
    slope = symprop.load("classroom").derive().numbers["dE_total_dw5"]
    assert of_model(page, "parameter('w5')") == pytest.approx(before - 0.5 * slope, rel=1e-14)
    for _ in range(27 + 8):
        part(page, "previous").click()
    assert part(page, "updates").inner_text() == "0"
    assert of_model(page, "parameter('w5')") == before


def test_the_present_line_shows_its_numbers(page: Page) -> None:
    part(page, "next").click()
    text = re.sub(r"\s", "", page.locator("#explorer .present .numbers").inner_text())
    assert text == "=0.15⋅0.05+0.2⋅0.1=0.0275"
    assert page.locator("#explorer .node.current").get_attribute("data-names") == "h1 a_h1"
    assert page.locator('#explorer [data-value-of="a_h1"]').text_content() == "…"  # the steps have not come there


def test_phases_and_runs(page: Page) -> None:
    part(page, "forward").click()
    assert part(page, "phase").inner_text() == "Forward pass, line 11 of 11."
    part(page, "backward").click()
    assert part(page, "phase").inner_text() == "Backward pass, line 16 of 16."
    part(page, "update").click()
    assert part(page, "updates").inner_text() == "1"
    part(page, "speed").select_option("100")
    part(page, "many").click()
    assert part(page, "updates").inner_text() == "101"
    history = symprop.load("classroom").derive().compile().fit(epochs=101)
    assert of_model(page, "losses.kept") == pytest.approx(history.losses, rel=1e-12)
    part(page, "reset").click()
    assert of_model(page, "losses.count") == 1


def test_a_run_goes_on_until_it_is_paused(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, symprop.load("classroom").derive(), tmp_path) as page:
        page.clock.install()
        page.reload()
        part(page, "speed").select_option("100")
        part(page, "run").click()
        page.clock.run_for(1000)
        part(page, "run").click()
        done = of_model(page, "updates")
        assert done >= 1000
        page.clock.run_for(1000)
        assert of_model(page, "updates") == done


def test_no_run_keeps_too_many_losses(page: Page) -> None:
    page.evaluate("symprop.model.run(3000), symprop.show()")
    losses = of_model(page, "losses")
    assert (losses["count"], losses["step"], len(losses["kept"])) == (3001, 4, 751)
    history = symprop.load("classroom").derive().compile().fit(epochs=3000)
    points = [(k, history.losses[k]) for k in range(0, 3001, 4)]
    assert np.allclose(of_model(page, "losses.points"), points, rtol=1e-9)
    page.evaluate("symprop.model.takeBack(), symprop.model.takeBack()")
    assert of_model(page, "losses.points")[-2:] == [
        [2996, pytest.approx(points[-2][1])],
        [2998, of_model(page, "loss")],
    ]


def test_numbers_can_be_changed(page: Page) -> None:
    field(page, "i1").fill("1,5")
    field(page, "i1").press("Enter")
    field(page, "w1").fill("−0.25")
    field(page, "w1").press("Enter")
    derivation = symprop.load("classroom").derive()
    values = {**derivation.values, "i1": 1.5, "w1": -0.25}
    network = symprop.load("classroom")
    other = symprop.Network(inputs=2, layers=network.layers, loss=network.loss, values=values)
    assert of_model(page, "loss") == pytest.approx(other.derive().numbers["E_total"], rel=1e-14)
    rate = page.locator('#explorer [data-part="rate"] input')
    rate.fill("3")
    rate.press("Enter")
    part(page, "many").click()
    history = other.derive().compile().fit([[1.5, 0.1]], [[0.5, 0.5]], learning_rate=3.0, epochs=1)
    assert of_model(page, "losses.kept") == pytest.approx(history.losses, rel=1e-12)


def test_what_is_no_number_is_told(page: Page) -> None:
    loss = of_model(page, "loss")
    field(page, "w2").fill("0.5x")
    field(page, "w2").press("Enter")
    wrong = page.locator("#explorer .wrong", has_text="w2 must be a number")
    assert wrong.is_visible()
    assert field(page, "w2").get_attribute("aria-invalid") == "true"
    assert of_model(page, "loss") == loss
    field(page, "w2").fill("0.5")
    field(page, "w2").press("Enter")
    assert not wrong.is_visible()
    rate = page.locator('#explorer [data-part="rate"] input')
    rate.fill("-1")
    rate.press("Enter")
    assert page.locator("#explorer .wrong", has_text="positive number").is_visible()


def test_a_field_shows_all_that_it_says(page: Page) -> None:
    """With the powers of ten of small numbers, on a phone too."""
    for width in (1200, 375):
        page.set_viewport_size({"width": width, "height": 900})
        for number in ("-6.553671234e-17", "-1.234567e-300", "0.1234567891", "-123456789", "88888888888e12"):
            field(page, "w1").fill(number)
            field(page, "w1").press("Enter")
            field(page, "w2").focus()
            shown = field(page, "w1").input_value()
            assert float(shown) == pytest.approx(float(number), rel=1e-2)
            assert field(page, "w1").evaluate("input => input.scrollWidth <= input.clientWidth"), shown
    page.set_viewport_size({"width": 1200, "height": 900})


def test_an_empty_field_and_the_rate_that_still_counts(page: Page) -> None:
    rate = page.locator('#explorer [data-part="rate"] input')
    for text, told in (("", "This field is empty"), ("NaN", "“NaN” is none")):
        rate.fill(text)
        rate.press("Enter")
        message = page.locator('#explorer [data-part="rate"] .wrong').inner_text()
        assert told in message
        assert message.endswith("The last number that was right still counts.")
    assert of_model(page, "rate") == 0.5
    updates = page.locator('#explorer [data-part="compared"] input').last
    updates.fill("")
    part(page, "compare").click()
    assert page.locator("#explorer .compared .wrong").last.inner_text() == "This field is empty; a number belongs here."


def test_a_loss_without_a_logarithm_is_told(page: Page) -> None:
    legend = part(page, "legend")
    for losses, told in (([1.0, 0.0], "A loss of 0 has no logarithm"), ([1.0, 1e-30], "below 10⁻¹⁸"), ([0.0, 0.0], "")):
        page.evaluate(TICKS, losses)
        assert told in legend.inner_text()
        assert ("bottom" in legend.inner_text()) == bool(told)


def test_what_is_typed_stands_while_numbers_run(page: Page) -> None:
    """Also a wrong text, together with what is said of it, when the focus has left."""
    rate = page.locator('#explorer [data-part="rate"] input')
    rate.focus()
    page.keyboard.press("End")
    page.keyboard.type("x")
    field(page, "w1").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0.12")
    page.evaluate("symprop.model.run(3), symprop.show()")
    assert field(page, "w1").input_value() == "0.12"
    assert (rate.input_value(), rate.get_attribute("aria-invalid")) == ("0.5x", "true")
    page.keyboard.press("Tab")
    assert of_model(page, "values.w1") == 0.12
    field(page, "w2").focus()
    page.evaluate("symprop.model.run(3), symprop.show()")
    field(page, "w3").focus()
    assert float(field(page, "w2").input_value()) == pytest.approx(of_model(page, "parameter('w2')"), rel=1e-5)
    field(page, "w4").fill("x")
    field(page, "w3").focus()
    page.evaluate("symprop.show()")
    assert (field(page, "w4").input_value(), field(page, "w4").get_attribute("aria-invalid")) == ("x", "true")


def test_several_rates_overlay(page: Page) -> None:
    rates, updates = page.locator('#explorer [data-part="compared"] input').all()
    rates.fill("0.1, 2 50")
    updates.fill("40")
    part(page, "compare").click()
    labels = page.locator("#explorer .legend li").all_inner_texts()
    assert [label.strip() for label in labels] == ["this run, now η = 0.5", "η = 0.1", "η = 2", "η = 50"]
    told = part(page, "told").inner_text().split("; ")
    assert [text.split(": loss")[0] for text in told] == ["η = 0.1", "η = 2", "η = 50"]
    assert page.locator("#explorer .chart path.curve").count() >= 3
    styles = page.eval_on_selector_all(
        "#explorer .legend line", "lines => lines.map(line => getComputedStyle(line).strokeDasharray)"
    )
    assert len(set(styles)) == 4
    model = symprop.load("classroom").derive().compile()
    for rate, run in zip((0.1, 2.0, 50.0), page.evaluate("symprop.rates.runs"), strict=True):
        assert run["losses"]["kept"] == pytest.approx(model.fit(learning_rate=rate, epochs=40).losses, rel=1e-11)
    rates.fill("0.1, x")
    part(page, "compare").click()
    assert page.locator("#explorer .wrong", has_text="“x” is none").is_visible()
    assert page.locator('#explorer .wrong[role="alert"]', has_text="“x” is none").is_visible()
    part(page, "clear").click()
    assert part(page, "told").inner_text().endswith("are gone.")
    assert page.locator("#explorer .legend li").count() == 1


@pytest.mark.parametrize("width", [1200, 375])
def test_the_ticks_of_the_loss_stand_where_they_say(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    found = []
    for losses in ([0.0141805], [0.0141805, 0.0141], [0.3, 2e-13], [-1.25e-7, -1.3e-7]):
        found.append(page.evaluate(TICKS, losses))
    page.set_viewport_size({"width": 1200, "height": 900})
    for places, room in found:
        values = np.array([number(text) for text, _ in places])
        scale = np.log10(values) if (values > 0).all() else values
        heights = np.array([height for _, height in places])
        assert len(values) >= 3
        assert np.allclose(np.polyval(np.polyfit(scale - scale[0], heights, 1), scale - scale[0]), heights, atol=0.1)
        assert room >= 2


def number(text: str) -> float:
    """The number of a tick's label."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    power = re.fullmatch(r"(?:(.+)·)?10([-\d]+)", plain) if text[-1] in "⁰¹²³⁴⁵⁶⁷⁸⁹" else None
    return float(plain) if power is None else float(f"{power[1] or 1}e{power[2]}")


def test_the_drawing_keeps_its_size_on_a_small_screen(page: Page) -> None:
    page.set_viewport_size({"width": 375, "height": 800})
    sizes = part(page, "drawing").evaluate("e => [e.scrollWidth, e.clientWidth, document.documentElement.scrollWidth]")
    page.set_viewport_size({"width": 1200, "height": 900})
    assert sizes[0] > 500
    assert sizes[1] <= sizes[2] == 375


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("0,1; 0,5", [0.1, 0.5]),
        ("0,1 0,5;2", [0.1, 0.5, 2]),
        ("0,1, 0,5", [0.1, 0.5]),
        ("0.1,0.5,2", [0.1, 0.5, 2]),
        ("0.1, 2 50", [0.1, 2, 50]),
    ],
)
def test_rates_with_decimal_commas(page: Page, text: str, rates: list[float]) -> None:
    page.locator('#explorer [data-part="compared"] input').first.fill(text)
    assert page.evaluate("symprop.rates.asked.map(each => each.rate)") == rates


def test_keys_alone(page: Page) -> None:
    page.locator('#explorer [role="button"][tabindex="0"]').focus()
    assert "E_total" in lit(page)
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "parameter w2"
    assert part(page, "parameter").input_value() == "w2"
    assert part(page, "told").inner_text().startswith("Parameter w2: the derivative of the loss is 0.00063")
    assert page.locator('#explorer svg [tabindex="0"]').count() == 1
    pressed = "new KeyboardEvent('keydown', { key: ' ', cancelable: true })"
    assert not page.evaluate(f"document.activeElement.dispatchEvent({pressed})")  # the space bar does not scroll
    for key in ("Space", "Enter"):
        page.keyboard.press("Escape")
        assert lit(page) == set()
        page.keyboard.press(key)
        assert part(page, "parameter").input_value() == "w2"
        assert "E_total" in lit(page)
    part(page, "next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert of_model(page, "cursor") == 2
    assert part(page, "told").inner_text() == "Forward pass, line 2 of 11."


def test_a_run_that_leaves_the_numbers_stops_and_says_why(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "square.toml"
    path.write_text(
        'name = "square"\nloss = "E"\nequations = ["h = w*x", "E = (t - h)**2"]\nparameters = ["w"]\n'
        "[values]\nx = 2.0\nw = 1.0\nt = 1.0\n[training]\nlearning_rate = 1e3\n",
        encoding="utf-8",
    )
    with opened(browser, symprop.load(path).derive(), tmp_path) as page:
        part(page, "speed").select_option("100")
        part(page, "many").click()
        warning = part(page, "warning").inner_text()
        assert warning.startswith("Stopped: after update ")
        assert "∞" in warning or "NaN" in warning
        done = of_model(page, "updates")
        assert done < 100
        part(page, "many").click(force=True)
        assert of_model(page, "updates") == done
        part(page, "previous").click()
        assert part(page, "warning").inner_text() == ""


SIDE = """\
name = "side"
loss = "E"
equations = ["h = w*x", "side = h**2 + u*x", "after = 3*side", "E = (t - h)**2"]
parameters = ["w"]
[values]
x = 2.0
w = 1.0
u = 0.5
t = 1.0
"""


@pytest.mark.parametrize("text", [SIDE, f'name = "batches"\n{BATCHES}'])
def test_the_lit_ways_are_those_of_the_drawing(text: str, browser: Browser, tmp_path: Path) -> None:
    """Also where a branch does not lead to the loss, as that of running means does not."""
    path = tmp_path / "side.toml"
    path.write_text(text, encoding="utf-8")
    derivation = symprop.load(path).derive()
    with opened(browser, derivation, tmp_path) as page:
        for name in derivation.parameters():
            part(page, "parameter").select_option(name)
            drawn = derivation.drawing(name)
            assert set(page.eval_on_selector_all("#explorer .node.lit", KEYS)) == {n.key for n in drawn.nodes if n.lit}
            if text is SIDE:
                assert lit(page) == set(drawn.paths)


def test_targets_have_to_add_up(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "gelu.toml"
    path.write_text(f'name = "gelu"\n{GELU}', encoding="utf-8")
    with opened(browser, symprop.load(path).derive(), tmp_path) as page:
        loss = of_model(page, "loss")
        field(page, "t1").fill("0.5")
        field(page, "t1").press("Enter")
        assert page.locator("#explorer .wrong", has_text="t1, t2, t3 must add up to 1").is_visible()
        assert of_model(page, "loss") == loss
        field(page, "t2").fill("0.2")
        field(page, "t2").press("Enter")
        assert of_model(page, "examples[0].slice(3)") == [0.5, 0.2, 0.3]
        assert of_model(page, "loss") != loss
        field(page, "t3").fill("-1")
        field(page, "t3").press("Enter")
        assert page.locator("#explorer .wrong", has_text="between 0 and 1").is_visible()
        part(page, "example").select_option("1")
        assert field(page, "i3").input_value() == "2"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["classroom", "transformer_block"])
def test_axe_finds_nothing(name: str, scheme: str, browser: Browser, tmp_path: Path) -> None:
    with opened(
        browser, symprop.load(name).derive(), tmp_path, color_scheme=scheme, viewport={"width": 375, "height": 800}
    ) as page:
        choice = part(page, "parameter")
        choice.select_option(index=1)
        if name == "classroom":
            part(page, "forward").click()
            part(page, "compare").click()
            field(page, "w1").fill("x")
            field(page, "w1").press("Enter")
        found = Axe().run(page, context="#explorer")
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_large_network_lights_tensors_and_says_why(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, symprop.load("mnist_cnn").derive(), tmp_path) as page:
        assert "none are computed here" in page.locator("#explorer .note").inner_text()
        choice = part(page, "parameter")
        choice.select_option(index=1)
        assert part(page, "ways").inner_text().startswith("On the way: ")
        assert page.locator("#explorer .node.lit").count() > 3
        assert part(page, "next").count() == 0


def test_a_network_of_blocks(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "cells.toml"
    path.write_text(f'name = "cells"\n{LSTM}', encoding="utf-8")
    with opened(browser, symprop.load(path).derive(), tmp_path) as page:
        assert part(page, "introduction").inner_text().startswith("Choose a parameter here; pointing at a block")
        scripts = page.eval_on_selector_all("#explorer .node .name", SCRIPTS)
        assert len(scripts) >= 6
        assert min(scripts) > -0.5  # pixels: none stands on the letter that it belongs to
        labels = page.eval_on_selector_all(
            '#explorer svg [role="button"]', "all => all.map(each => each.getAttribute('aria-label'))"
        )
        assert len(labels) == 2
        assert labels[0].startswith("lstm, with the parameters W_i⁽¹⁾, U_i⁽¹⁾, b_i⁽¹⁾, ")
        assert labels[1] == "dense, with the parameters W⁽²⁾, b⁽²⁾"
        page.locator('#explorer svg [role="button"]').first.focus()
        assert part(page, "parameter").input_value() == "w1"
        groups = page.eval_on_selector_all("#explorer optgroup", "all => all.map(each => each.label)")
        assert groups[:3] == ["W_i⁽¹⁾", "U_i⁽¹⁾", "b_i⁽¹⁾"]
        part(page, "parameter").select_option("w3")
        assert "The mark “direct”" in part(page, "chain").inner_text()


def test_a_drawing_that_would_be_too_small_stays_in_its_place(browser: Browser, tmp_path: Path) -> None:
    for name, follows in (("classroom", True), ("transformer_block", False)):
        with opened(browser, symprop.load(name).derive(), tmp_path) as page:
            position, scale = part(page, "drawing").evaluate(
                "place => [getComputedStyle(place).position, place.firstChild.getBoundingClientRect().width"
                " / place.firstChild.viewBox.baseVal.width]"
            )
            assert (position == "sticky") == follows
            assert scale > 0.9


def test_what_there_is_not_has_no_box(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "side.toml"
    path.write_text(SIDE, encoding="utf-8")
    with opened(browser, symprop.load(path).derive(), tmp_path) as page:
        assert not page.locator("#explorer legend", has_text="Targets").is_visible()
        assert page.locator("#explorer legend", has_text="Inputs").is_visible()


def test_the_contents_lead_to_the_explorer(page: Page) -> None:
    page.locator("#contents a", has_text="Explore").click()
    assert page.evaluate("location.hash") == "#explorer"


def test_without_script_the_page_is_as_before(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, symprop.load("classroom").derive(), tmp_path, java_script_enabled=False) as page:
        assert not page.locator("#explorer").is_visible()
        assert not page.locator("#contents a", has_text="Explore").is_visible()
