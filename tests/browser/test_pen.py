"""The pen net on drawings in a real Chromium: each digit along the project's own strokes, then undo and two at once."""

import pytest
from playwright.sync_api import expect

from scripts.dashboard import draw_digit, settle

pytestmark = pytest.mark.browser


def test_each_digit_is_read_by_the_path_of_the_pen(visit):
    page = visit("/draw?models=CNN")
    for digit in range(10):
        draw_digit(page, digit, 60 + 8 * digit, 90 - 6 * digit, 130 + 12 * digit)
        expect(page.get_by_test_id("reading-cnn")).to_have_text(str(digit))
        expect(page.get_by_test_id("reading-pen")).to_have_text(str(digit))
        page.get_by_role("button", name="Clear").click()
        expect(page.get_by_test_id("reading-pen")).to_have_count(0)
        settle(page)


def test_two_digits_then_undo(visit):
    page = visit("/draw")
    draw_digit(page, 3, 30, 90, 150)
    expect(page.get_by_test_id("reading-pen")).to_have_text("3")
    draw_digit(page, 8, 140, 90, 150)
    expect(page.get_by_test_id("reading-pen")).to_have_text("38")
    page.get_by_test_id("stBaseButton-secondary").filter(has_text="Undo").click()
    expect(page.get_by_test_id("reading-pen")).to_have_text("3")


def test_the_example_is_read_by_the_path_of_the_pen(visit):
    page = visit("/draw")
    page.get_by_role("button", name="Example").click()
    expect(page.get_by_test_id("reading-pen")).to_have_text("42")
