"""What a person does on the Compare page, in a real Chromium: choose, click a cell, see pictures, take the report."""

import csv
import io
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hdr.store.predictions import read_predictions
from scripts.dashboard import click_cell, settle

pytestmark = pytest.mark.browser
needs_mnist = pytest.mark.skipif(
    not (Path(os.environ.get("HDR_DATA", "")) / "mnist.npz").is_file(),
    reason="needs MNIST's pictures: set HDR_DATA to the folder that holds mnist.npz",
)


def tiles(page: Page):
    return page.locator(".hdr-tile header")


def confusions(name: str, written: int, read: int) -> set[int]:
    """Indices of the pictures that the stored predictions put into a cell."""
    kept = read_predictions(name, "mnist")
    guesses = kept.probabilities.argmax(axis=1)
    return {int(index) for index in ((kept.labels == written) & (guesses == read)).nonzero()[0]}


def test_cnn_and_rnn_stand_side_by_side_at_first(visit):
    page = visit("/compare")
    expect(tiles(page)).to_have_text([re.compile("^CNN"), re.compile("^RNN")])
    expect(page.locator(".hdr-verdict")).to_contain_text("McNemar")


def test_a_choice_is_in_the_address_and_a_link_shows_it_again(visit):
    page = visit("/compare")
    page.get_by_test_id("stMultiSelect").locator("input").fill("Krishna")
    page.get_by_role("option", name="Krishna MLP").click()
    page.keyboard.press("Escape")
    expect(tiles(page)).to_have_count(3)
    page.get_by_role("tab", name="Curves").click()
    expect(page.locator(".st-key-accuracy-curves")).to_be_visible()
    settle(page)
    link = page.url
    assert "Krishna" in link
    assert "Curves" in link
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator(".st-key-accuracy-curves")).to_contain_text("Krishna MLP")


@needs_mnist
def test_a_clicked_cell_shows_its_pictures_with_all_answers(visit):
    page = visit("/compare?view=Confusion")
    click_cell(page, "matrix-rnn", written=4, read=6)
    wanted = confusions("rnn", 4, 6)
    assert wanted
    expect(page.get_by_text(f"4 read as 6 by RNN: {len(wanted)}")).to_be_visible()
    pictures = page.locator(".hdr-gallery figure")
    expect(pictures).to_have_count(len(wanted))
    assert {int(index) for index in pictures.evaluate_all("all => all.map(one => one.dataset.index)")} == wanted
    expect(pictures.first).to_contain_text(re.compile("label 4.*RNN6.*CNN", re.DOTALL))
    click_cell(page, "matrix-cnn", written=5, read=3)
    expect(page.get_by_text("5 read as 3 by CNN")).to_be_visible()


@pytest.mark.parametrize(
    "view", ["Overview", "Curves", "Confusion", "Digits", "Robustness", "Confidence", "Attacks", "Settings"]
)
def test_every_view_fits_the_screen(visit, fits, view):
    page = visit(f"/compare?view={view}")
    tab = page.get_by_role("tab", name=view)
    expect(tab).to_have_attribute("aria-selected", "true")
    fits(page)
    expect(tab).to_have_attribute("aria-selected", "true")


def test_the_open_view_is_on_a_narrow_screen(visit):
    page = visit("/compare?view=Settings", width=390)
    tab = page.get_by_role("tab", name="Settings")
    expect(tab).to_have_attribute("aria-selected", "true")
    page.wait_for_function(
        "tab => {const {left, right} = tab.getBoundingClientRect(); return left >= 0 && right <= 390}",
        arg=tab.element_handle(),
    )


def contrast(place: Locator) -> float:
    """Of an element's text against the nearest background that lets nothing through, after WCAG 2."""
    return place.evaluate("""place => {
      const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
      const layers = [];
      for (let at = place; at; at = at.parentElement) {
        const [r, g, b, alpha = 1] = numbers(getComputedStyle(at).backgroundColor);
        layers.unshift([r, g, b, alpha]);
        if (alpha === 1) break;
      }
      const over = (below, [r, g, b, a]) => [r, g, b].map((c, i) => a * c + (1 - a) * below[i]);
      const under = layers.reduce(over, [255, 255, 255]);
      const light = colour => colour.slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
      const [low, high] = [light(numbers(getComputedStyle(place).color)), light(under)].sort((a, b) => a - b);
      return (high + 0.05) / (low + 0.05);
    }""")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_accent_can_be_read(visit, scheme):
    page = visit("/compare")
    page.emulate_media(color_scheme=scheme)
    settle(page)
    chosen = page.get_by_role("radio", name="MNIST test").locator("p")
    for place in (page.get_by_role("tab", name="Overview").locator("p"), chosen, page.locator("[data-tag] span").first):
        assert contrast(place) >= 4.5


def test_the_report_opens_without_a_network(visit, tmp_path):
    page = visit("/compare")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Report (HTML)").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    asked = []
    report = page.context.new_page()
    report.on("request", lambda request: asked.append(request.url))
    report.goto(path.as_uri())
    expect(report.get_by_role("heading", level=1)).to_have_text("Comparison on MNIST test")
    expect(report.locator(".main-svg").first).to_be_visible()
    assert report.locator(".js-plotly-plot").count() >= 6
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_the_figures_as_csv(visit, tmp_path):
    page = visit("/compare")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Figures (CSV)").click()
    waiting.value.save_as(tmp_path / "figures.csv")
    lines = list(csv.DictReader(io.StringIO((tmp_path / "figures.csv").read_text())))
    assert [line["model"] for line in lines] == ["CNN", "RNN"]
    assert all(0.99 < float(line["accuracy"]) < 1 for line in lines)
