"""Pictures inside HTML, and the style of a canvas that fits its column."""

import base64

import numpy as np
import pytest

from hdr.results import Stage
from hdr.ui.canvas import canvas_css
from hdr.ui.embedded import captioned, data_url, img
from hdr.vision.image import decode_image

PICTURE = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)


def test_an_address_carries_the_picture():
    kind, _, data = data_url(PICTURE).partition(",")
    assert kind == "data:image/png;base64"
    assert np.array_equal(decode_image(base64.b64decode(data))[..., 0], PICTURE)


@pytest.mark.parametrize(
    ("about", "options", "begins"),
    [
        ("", {}, '<img alt="" src="data:'),
        ("a 4", {"pixel": True}, '<img class="pixel" alt="a 4" src="data:'),
        ('"<b>', {"tooltip": True}, '<img alt="&quot;&lt;b&gt;" title="&quot;&lt;b&gt;" src="data:'),
    ],
)
def test_an_image_says_what_it_shows(about, options, begins):
    assert img(PICTURE, about, **options).startswith(begins)


def test_a_step_with_its_words():
    shown = captioned(Stage("Ink", "White on black.", PICTURE))
    assert (shown.title, shown.note) == ("Ink", "White on black.")
    assert shown.picture is PICTURE


def test_a_canvas_is_as_wide_as_its_column():
    assert canvas_css("scan", 200, [300, 400], narrowest=0.5) == (
        "<style>.st-key-scan {container-type: inline-size} "
        ".st-key-scan [data-testid=stBidiComponentIsolated] {zoom: 0.5}"
        "@container (min-width: 300px) {.st-key-scan [data-testid=stBidiComponentIsolated] {zoom: 1.500}}"
        "@container (min-width: 400px) {.st-key-scan [data-testid=stBidiComponentIsolated] {zoom: 2.000}}</style>"
    )
