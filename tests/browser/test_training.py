"""Training from the page, in a real Chromium: start, watch, kill the server, come back, promote, draw with it."""

import os
import re
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from hdr.learn.jobs import reconcile
from hdr.store.promotions import default_model
from hdr.store.runs import list_runs
from scripts.dashboard import draw_digit, serve_dashboard, settle

CURVE = "[class*=st-key-accuracy-of-run] .scatterlayer"
pytestmark = pytest.mark.browser


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's folder of its own; a trainer that is still at work in the end is killed."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    yield tmp_path
    for run in list_runs():
        if run.state == "running" and run.pid:
            os.kill(run.pid, signal.SIGKILL)


def open_train(chromium, address: str, view: str = "New run", width: int = 1280) -> Page:
    page = chromium.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/train?train={view}")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)
    return page


def learn_from_digits(page: Page) -> None:
    """Choose scikit-learn's bundled digits alone."""
    field = page.get_by_test_id("stMultiSelect").first.locator("input")
    field.click()
    page.keyboard.press("Backspace")
    settle(page)
    field.fill("scikit")
    page.get_by_role("option", name="scikit-learn's digits").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("epochs of 1,100 pictures")).to_be_visible()
    settle(page)


def set_number(page: Page, label: str, value: str) -> None:
    field = page.get_by_role("spinbutton", name=label)
    field.fill(value)
    field.press("Enter")
    settle(page)


def dots(page: Page) -> int:
    """Points of the validation curve on the screen."""
    return page.locator(f"{CURVE} .point").count()


@pytest.mark.usefixtures("home")
def test_a_run_outlives_tab_and_server_and_its_model_reads_a_drawing(chromium):
    with serve_dashboard() as (address, server):
        page = open_train(chromium, address)
        learn_from_digits(page)
        page.get_by_text("Settings", exact=True).click()
        set_number(page, "Epochs", "0")
        expect(page.get_by_text("Epochs must be a whole number, 1 to")).to_be_visible()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
        set_number(page, "Epochs", "30")
        page.get_by_role("button", name="Start", exact=True).click()
        expect(page.get_by_text(re.compile(r"epoch \d+ of 30"))).to_be_visible()
        page.locator("[class*=st-key-accuracy-of-run] .point").first.wait_for()
        before = dots(page)
        page.wait_for_function(f"document.querySelectorAll('{CURVE} .point').length > {before}")
        page.close()
        os.kill(server, signal.SIGKILL)
    trainer = list_runs()[0].pid
    os.kill(trainer, 0)
    epoch = list_runs()[0].epoch
    with serve_dashboard() as (address, _):
        page = open_train(chromium, address)
        expect(
            page.get_by_text(re.compile(r"epoch \d+ of 30")).or_(page.get_by_text("done", exact=True))
        ).to_be_visible()
        expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=120_000)
        assert (list_runs()[0].epoch, list_runs()[0].pid) == (30, None)
        assert list_runs()[0].epoch > epoch
        draw = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        draw.goto(f"{address}/draw")
        draw.get_by_test_id("stSidebar").get_by_text("Both").wait_for()
        page.get_by_role("button", name="Promote …").click()
        page.get_by_role("button", name="Make quick_cnn-1 the default").click(timeout=120_000)
        expect(page.get_by_text("Draw and Upload read with quick_cnn-1")).to_be_visible()
        assert default_model() == "quick_cnn-1"
        draw.reload()
        draw_digit(draw, 3, 100, 70, 200)
        expect(draw.get_by_test_id("reading-quick_cnn-1")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Back to it").click()
        expect(page.get_by_text("Draw and Upload read with Ensemble")).to_be_visible()


@pytest.mark.usefixtures("home")
def test_a_killed_trainer_is_shown_and_resumed(chromium):
    with serve_dashboard() as (address, _):
        page = open_train(chromium, address)
        learn_from_digits(page)
        page.get_by_role("button", name="Start", exact=True).click()
        page.locator("[class*=st-key-accuracy-of-run] .point").first.wait_for()
        os.kill(list_runs()[0].pid, signal.SIGKILL)
        killed = time.monotonic()
        expect(page.get_by_text("interrupted")).to_be_visible(timeout=60_000)
        assert time.monotonic() - killed < 60
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_text("done", exact=True)).to_be_visible(timeout=120_000)
        reconcile()
        run = list_runs()[0]
        assert (run.epoch, run.epochs) == (run.epochs, run.epochs)


@pytest.mark.parametrize("view", ["New run", "Runs", "Search", "Default model"])
def test_every_view_fits_the_screen(visit, fits, view):
    fits(visit(f"/train?train={view}"))
