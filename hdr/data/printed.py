"""Print as it stands beside numbers on forms and cheques: currencies, labels, headings.

In: a generator of random numbers. Out: pictures of words, uint8 (h, w), ink up to 255 on 0, at most some thirty pixels
high.
"""

from functools import cache
from string import ascii_lowercase
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hdr.data.glyphs import FONTS, LETTERS
from hdr.results import Grey

BESIDE = (
    *(
        "EUR",
        "DH",
        "D.H.",
        "Rs.",
        "Rs",
        "USD",
        "CHF",
        "kr",
        "$",
        "R$",
        "MAD",
        "Fr.",
        "Euro",
        "Nr.",
        "No.",
        "MARKS",
        "#",
    ),
)
"""What is printed before or after a number, in one line with it."""
LABELS = (
    *("Name", "Date", "Total", "Amount", "Student", "Student ID", "Phone", "Code", "PIN code", "Class", "Marks"),
    *("Subject", "Roll No.", "Signature", "Account", "Page", "Nom", "Datum", "Betrag", "Order", "Invoice", "Price"),
    *("Customer", "Address", "City", "Sum", "Result", "Exam", "Question", "Points", "Score", "Kunde", "Montant"),
)
"""What is printed above, under or at some distance from a number."""
_MADE_UP = 0.5
"""Share of words of letters drawn by lot: forms say more than any list holds."""
_ENDS = ("", "", "", ":", ":", ".")
"""What may come after a word."""
_PLAIN = {letter for letter in LETTERS if letter.upper() in LETTERS} & set(ascii_lowercase)
"""Letters that cannot be taken for digits, be they small or capitals; a word without any could be a number."""
_OUTLINED = 0.5
"""Share of words in an outline font, Pillow's own; the others are in those of OpenCV, which are drawn by strokes."""


def draw_word(words: tuple[str, ...], scale: float, rng: np.random.Generator) -> Grey:
    """One of some words, or letters drawn by lot, two up to as many as the longest has, with a little paper after it.

    Args:
        words: To choose from.
        scale: Height of a capital, in twenty pixels or so.
        rng: Source of all randomness.
    """
    word = _make_up(max(map(len, words)), rng) if rng.random() < _MADE_UP else str(rng.choice(words))
    word = word.upper() if rng.random() < 0.2 else word
    drawn = (_outlined if rng.random() < _OUTLINED else _stroked)(f"{word}{rng.choice(_ENDS)}", scale, rng)
    shaded = np.round(drawn * rng.uniform(0.5, 1.0)).astype(np.uint8)
    return np.pad(shaded, ((0, 0), (0, int(rng.integers(2, 12)))))


def _make_up(longest: int, rng: np.random.Generator) -> str:
    word = "".join(rng.choice(list(ascii_lowercase), int(rng.integers(2, longest + 1))))
    word = f"{word}m" if _PLAIN.isdisjoint(word) else word
    return word.capitalize() if rng.random() < 0.7 else word


def _stroked(text: str, scale: float, rng: np.random.Generator) -> Grey:
    """Upright or slanted, light or bold."""
    font, thickness = int(rng.choice(FONTS)), int(rng.integers(1, 3))
    (wide, high), low = cv2.getTextSize(text, font, scale, thickness)
    picture = np.zeros((high + low + 2, wide), np.uint8)
    return np.asarray(cv2.putText(picture, text, (0, high + 1), font, scale, 255, thickness, cv2.LINE_AA), np.uint8)


def _outlined(text: str, scale: float, rng: np.random.Generator) -> Grey:
    """As broad as its font has it, or narrower or broader."""
    font = _font(round(29 * scale))
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    page = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(page).text((-left, -top), text, fill=255, font=font)
    size = (max(2, round(page.width * rng.uniform(0.8, 1.2))), page.height)
    return np.asarray(page.resize(size, Image.Resampling.BILINEAR))


@cache
def _font(size: int) -> Any:
    """Pillow's own font, which would be unpacked anew for every word."""
    return ImageFont.load_default(size)
