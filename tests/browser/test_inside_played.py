"""The look inside the nets in a real Chromium: opened, played, stopped, and the same again by its address."""

import re

import pytest
from playwright.sync_api import Locator, expect

from scripts.dashboard import draw_digit, settle

pytestmark = pytest.mark.browser


def shown_row(chart: Locator) -> int:
    """How many rows of the picture the cover leaves open."""
    return round(chart.evaluate("chart => Number(chart.data[0].y[0])") + 0.5)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_belief_of_the_rnn_is_played_row_by_row(visit, width):
    page = visit("/draw", width=width)
    draw_digit(page, 2, 110, 60, 220)
    expect(page.get_by_test_id("reading-rnn")).to_have_text("2")
    expect(page.locator(".hdr-heat")).to_have_count(0)
    page.get_by_text("Look inside the nets").click()
    chart = page.locator(".st-key-belief-rnn .js-plotly-plot")
    chart.wait_for()
    settle(page)
    expect(page).to_have_url(re.compile("inside=true"))
    expect(page.locator(".hdr-heat")).to_have_count(2)
    expect(page.locator(".hdr-maps")).to_have_count(4)
    assert shown_row(chart) == 28
    play, stop = chart.locator(".updatemenu-button").all()
    play.click()
    page.wait_for_function("() => document.querySelector('.st-key-belief-rnn .js-plotly-plot').data[0].y[0] < 26")
    stop.click()
    page.wait_for_timeout(400)
    row = shown_row(chart)
    page.wait_for_timeout(600)
    assert shown_row(chart) == row < 28
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_address_opens_the_panel_with_its_choices(visit):
    page = visit("/draw?models=CNN&inside=true&inside_digit=9&inside_kind=Area")
    draw_digit(page, 4, 110, 60, 220)
    expect(page.locator(".hdr-heat")).to_contain_text("for 9")
    expect(page.get_by_role("radio", name="Area")).to_be_checked()
    expect(page.get_by_text("It reads 4")).to_be_visible()
