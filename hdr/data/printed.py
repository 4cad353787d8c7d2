"""Print as it stands beside numbers on forms and cheques: currencies, labels, headings.

In: a generator of random numbers. Out: pictures of words, uint8 (h, w), ink up to 255 on 0, at most some thirty pixels
high.
"""

import cv2
import numpy as np

from hdr.data.glyphs import FONTS
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


def draw_word(words: tuple[str, ...], scale: float, rng: np.random.Generator) -> Grey:
    """One of some words, upright or slanted, light or bold, with a little paper after it.

    Args:
        words: To choose from.
        scale: Height of a capital, in twenty pixels or so.
        rng: Source of all randomness.
    """
    text, font, thickness = str(rng.choice(words)), int(rng.choice(FONTS)), int(rng.integers(1, 3))
    text = text.upper() if rng.random() < 0.2 else text
    (wide, high), low = cv2.getTextSize(text, font, scale, thickness)
    picture = np.zeros((high + low + 2, wide + int(rng.integers(2, 12))), np.uint8)
    shade = 255 * rng.uniform(0.5, 1.0)
    return np.asarray(cv2.putText(picture, text, (0, high + 1), font, scale, shade, thickness, cv2.LINE_AA), np.uint8)
