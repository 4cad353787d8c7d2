"""What a person does, in a real Chromium: draw with mouse and finger, upload, open each page cold."""

import io
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from scripts.dashboard import draw_digit, settle

pytestmark = pytest.mark.browser
PROJECT = Path(__file__).parents[2]
REAL = Path(os.environ.get("HDR_DATA", "")) / "real"


def reading(page: Page, model: str = "cnn"):
    return page.get_by_test_id(f"reading-{model}")


def undo_button(page: Page):
    return page.get_by_test_id("stBaseButton-secondary").filter(has_text="Undo")


def canvas(page: Page):
    return page.locator("canvas.upper-canvas").first


@pytest.mark.parametrize("path", ["/", "/draw", "/upload", "/compare", "/train"])
@pytest.mark.parametrize("width", [1280, 390])
def test_each_page_opens_cold_with_the_same_navigation(visit, path, width):
    page = visit(path, width=width)
    if width == 390:
        page.get_by_test_id("stExpandSidebarButton").click()
    links = page.get_by_test_id("stSidebar").get_by_test_id("stPageLink")
    expect(links).to_have_text([re.compile(name) for name in ("Start", "Draw", "Upload", "Compare", "Train")])
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_digits_drawn_with_the_mouse_are_read_after_each_stroke(visit):
    page = visit("/draw")
    draw_digit(page, 3, 30, 90, 150)
    expect(reading(page)).to_have_text("3")
    expect(reading(page, "rnn")).to_have_text("3")
    draw_digit(page, 8, 140, 90, 150)
    expect(reading(page)).to_have_text("38")
    page.get_by_role("button", name="Clear").click()
    expect(reading(page)).to_have_count(0)
    expect(page.get_by_text("The canvas is empty")).to_be_visible()


def test_undo_takes_back_stroke_after_stroke_and_drawing_goes_on(visit):
    page = visit("/draw?models=CNN")
    draw_digit(page, 3, 30, 90, 150)
    expect(reading(page)).to_have_text("3")
    draw_digit(page, 8, 140, 90, 150)
    expect(reading(page)).to_have_text("38")
    undo_button(page).click()
    expect(reading(page)).to_have_text("3")
    settle(page)
    draw_digit(page, 2, 140, 90, 150)
    expect(reading(page)).to_have_text("32")
    for _ in range(2):
        undo_button(page).click()
        settle(page)
    expect(page.get_by_text("The canvas is empty")).to_be_visible()
    expect(undo_button(page)).to_be_disabled()


@pytest.mark.parametrize(("left", "top", "height"), [(8, 8, 60), (250, 250, 70), (40, 20, 300)])
def test_place_and_size_do_not_matter(visit, left, top, height):
    page = visit("/draw?models=CNN")
    draw_digit(page, 5, left, top, height)
    expect(reading(page)).to_have_text("5")


@pytest.mark.parametrize("pen", ["Fine", "Broad"])
def test_thin_and_thick_pens_are_read(visit, pen):
    page = visit("/draw")
    page.get_by_role("radio", name=pen).click()
    page.wait_for_timeout(300)
    draw_digit(page, 2, 90, 70, 200)
    expect(reading(page)).to_have_text("2")
    expect(reading(page, "rnn")).to_have_text("2")


def test_a_finger_draws_too(visit):
    page = visit("/draw", width=390, height=844, touch=True)
    canvas(page).wait_for()
    box = canvas(page).bounding_box()
    client = page.context.new_cdp_session(page)
    x, top, bottom = box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"], box["y"] + 0.8 * box["height"]
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": top}]})
    for step in range(1, 21):
        y = top + (bottom - top) * step / 20
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(reading(page)).to_have_text("1")


def test_the_choice_of_models_holds_across_pages_and_in_the_address(visit):
    page = visit("/draw")
    page.get_by_role("radio", name="RNN").click()
    page.get_by_test_id("stSidebar").get_by_text("Upload").click()
    expect(page.get_by_role("radio", name="RNN")).to_be_checked()
    expect(page).to_have_url(re.compile("models=RNN"))
    expect(page.get_by_role("tab", name="CNN")).to_have_count(0)


def test_a_photo_is_uploaded_beside_a_bad_file(visit, tmp_path):
    bad = tmp_path / "broken.png"
    bad.write_bytes(b"this is no picture")
    page = visit("/upload?models=CNN")
    page.locator("input[type=file]").first.set_input_files([PROJECT / "samples" / "page.jpg", bad])
    expect(page.get_by_text("This is not a picture that can be read")).to_be_visible()
    settle(page)
    expect(page.get_by_test_id("stCode")).to_have_text(re.compile(r"27 1863\s*40 5912\s*3 14159"))
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.get_by_role("button", name="Download", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CNN as JSON").click()
    written = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert written["page.jpg"]["text"] == "27 1863/40 5912/3 14159"


def test_large_files_arrive_and_those_too_large_are_refused_in_words(visit, tmp_path):
    scan, photo, book = tmp_path / "scan.pdf", tmp_path / "photo.png", tmp_path / "book.pdf"
    drawn = io.BytesIO()
    Image.open(PROJECT / "samples" / "page.jpg").save(drawn, "PDF")
    head, rest = drawn.getvalue().split(b"\n", 1)
    scan.write_bytes(b"\n".join([head, b"%" + b"0" * 12_000_000, rest]))
    photo.write_bytes(b"\x89PNG" + b"0" * 12_000_000)
    page = visit("/upload?models=CNN")
    page.locator("input[type=file]").first.set_input_files([scan, photo])
    expect(page.get_by_text("The file has 12.0 MB, at most 10 MB are read.")).to_be_visible()
    expect(page.get_by_test_id("stCode")).to_have_text(re.compile(r"27 1863\s*40 5912\s*3 14159"))
    with book.open("wb") as file:
        file.truncate(53_000_000)
    page.locator("input[type=file]").first.set_input_files(book)
    expect(page.get_by_text("File must be 50.0MB or smaller.")).to_be_visible()


def test_every_step_is_shown(visit):
    page = visit("/upload")
    page.get_by_role("tab", name="Step by step").click()
    captions = page.get_by_test_id("stImageCaption")
    for step in ("Picture", "Grey", "Paper", "Ink", "Strokes"):
        expect(captions.get_by_text(re.compile(rf"\d\. {step}:"))).to_be_visible()


@pytest.mark.data
@pytest.mark.skipif(not REAL.is_dir(), reason="needs photos of paper: set HDR_DATA to a folder that holds real/")
def test_a_real_photo_is_read(visit):
    page = visit("/upload?models=CNN")
    page.locator("input[type=file]").first.set_input_files(REAL / "niraj_wild_1.jpg")
    expect(page.get_by_test_id("stCode").filter(has_text="7899777743")).to_be_visible()
