"""The colours that mean something stand in one place, but for the theme's file, which must agree with it."""

import tomllib

import pytest

from hdr import colours
from hdr.config import PROJECT
from hdr.ui.style import STYLE, accent

THEME = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize(
    ("colour", "opacity", "expected"),
    [
        ((0, 0, 0), 1, "#000000"),
        ((53, 96, 214), 1, "#3560d6"),
        ((255, 9, 16), 1.0, "#ff0910"),
        ((53, 96, 214), 0.14, "rgba(53, 96, 214, 0.14)"),
        ((1, 2, 3), 0, "rgba(1, 2, 3, 0)"),
    ],
)
def test_a_colour_as_css(colour, opacity, expected):
    assert colours.css(colour, opacity) == expected


def test_the_theme_has_the_accent():
    assert THEME["light"]["primaryColor"] == colours.css(colours.ACCENT)
    assert THEME["dark"]["primaryColor"] == colours.css(colours.ACCENT_ON_DARK)
    assert f"light-dark({THEME['light']['primaryColor']}, {THEME['dark']['primaryColor']})" in STYLE


def test_a_page_of_no_known_theme_is_taken_for_light():
    assert accent() == colours.ACCENT


@pytest.mark.parametrize(
    ("colour", "ground"), [(colours.ACCENT, (255, 255, 255)), (colours.ACCENT_ON_DARK, (0x14, 0x16, 0x1C))]
)
def test_text_in_the_accent_can_be_read(colour, ground):
    assert _contrast(colour, ground) >= 4.5


def _contrast(first, second):
    """Contrast ratio after WCAG 2."""
    low, high = sorted(map(_luminance, (first, second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour):
    shares = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return sum(c * weight for c, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
