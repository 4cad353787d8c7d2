"""Which way is up: a page is read as it came and, where that is in doubt, turned by quarters of a circle.

The form and the order of digits tell whether a page lies on its side (`hdr.vision.turn`); whether it stands on its head
only how well it is read. Knows no net: what reads is handed in.
"""

from collections.abc import Callable

import numpy as np

from hdr.errors import ImageContentError
from hdr.results import RGB, Digit, Layout, Page
from hdr.vision.layout import find_digits
from hdr.vision.turn import FEWEST, has_upright_rule, quarter_turns

_PLAIN, _SURE = 0.85, 0.96
"""A page read with less than the first mean confidence may lie anyhow; one with less than the second, on its head."""
_CLEARLY, _CERTAIN = 0.1, 0.98
"""Another turn must read by so much better, or with so much confidence."""
_SURE_DIGIT, _SURER = 0.95, 0.25
"""Confidence of a digit from which on it speaks for a turn, and by which share of the digits more of them must."""


def find_upright(rgb: RGB, read: Callable[[Layout], list[Page]]) -> tuple[Layout, list[Page]]:
    """Find the digits on a picture and read them, the way up that is read best.

    Other turns are tried only where the digits lie on their side, upright rules tie them together, or they are read
    with little confidence; a half turn where they are read with some doubt, which takes a confidence to be trusted.

    Args:
        rgb: uint8 (H, W, 3), as `decode_image` gives it.
        read: Reads what was found with one or several models; the first one's confidence decides.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    layout = find_digits(rgb)
    pages = read(layout)
    best, best_confidence = (layout, pages), _mean_confidence(pages[0])
    for quarter in _turns_to_try(layout, pages[0]):
        try:
            turned = find_digits(rgb, quarter=quarter)
        except ImageContentError:  # slivers at an edge, which are left out of an upright page, may be far too many
            continue
        others = read(turned)
        confidence = _mean_confidence(others[0])
        if confidence > best_confidence and _reads_better(others[0], pages[0]):
            best, best_confidence = (turned, others), confidence
    return best


def _reads_better(turned: Page, page: Page) -> bool:
    """Whether a page turned reads clearly or certainly better, and many more of its digits are sure."""
    least = min(_mean_confidence(page) + _CLEARLY, _CERTAIN)
    as_many = 2 * len(turned.digits) >= len(page.digits)
    surer = _count_sure(turned) - _count_sure(page) >= _SURER * len(turned.digits)
    return as_many and surer and _mean_confidence(turned) > least


def _count_sure(page: Page) -> int:
    return sum(digit.confidence >= _SURE_DIGIT for digit in page.digits)


def _turns_to_try(layout: Layout, page: Page) -> tuple[int, ...]:
    """Quarter turns at which a page might read better than as it came."""
    whole = any(group.whole for line in layout.rows for group in line.groups)
    if whole:  # a crop of a single line lies as it should
        return ()
    if len(_marks(page)) < FEWEST:
        return (1, 3) if has_upright_rule(layout) else ()
    if _mean_confidence(page) < _PLAIN:
        return (1, 2, 3)
    turns = quarter_turns(layout)
    if 0 not in turns:
        return turns
    return (2,) if _mean_confidence(page) < _SURE else ()


def _mean_confidence(page: Page) -> float:
    """Mean confidence of all that may be a digit on a page, 0..1."""
    marks = _marks(page)
    return float(np.mean([mark.confidence for mark in marks])) if marks else 0.0


def _marks(page: Page) -> tuple[Digit, ...]:
    """Digits and refused marks alike: a page that lies on its head is mostly refused."""
    return (*page.digits, *page.refused)
