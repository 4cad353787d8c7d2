"""The reader: patches in, digits with confidences out. Pages and commands read through this and nothing else.

A `Reader` holds one model's `predict`, and the string net where there is one. Looking at a picture
(`hdr.vision.layout`) and reading it are apart, so that several models can read what was looked at once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np

from hdr.decode.ctc import Steps
from hdr.decode.verdict import cut_probability, doubted, spell_out, weighed
from hdr.errors import ImageContentError
from hdr.results import RGB, UNSURE, Digit, Glyph, Grey, Group, Layout, Line, Page, Patch, Row
from hdr.score.trust import Thresholds, thresholds_of
from hdr.store.cards import read_card
from hdr.store.models import Predict, as_input, load_digit_model, load_model
from hdr.store.promotions import default_string_model
from hdr.vision.image import decode_image
from hdr.vision.layout import find_digits
from hdr.vision.strip import cut_strip, pad_strips
from hdr.vision.turn import FEWEST, quarter_turns

Spelling = dict[int, Steps]
"""Step probabilities by the identity of the group whose strip they are of."""
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="reader")
_ANOTHER_DIGIT = 0.4
"""Cost of each digit in a chain, as -log of a probability: of two equal ways, the one with fewer digits wins."""
_TRUST_IN_CUTS = 0.1
"""Weight of digits cut out of a crop of a single line, where security print and cut-off strokes confuse the cutting."""
_BACKED = 0.4
"""A mark that looks like no digit stays one where the string net's word lifts it to this confidence."""
_PLAIN, _CLEARLY = 0.85, 0.1
"""A page read with this mean confidence lies as it should; another turn must read by so much better."""
_ALIKE = 64
"""Strips whose widths differ by less than this are read together."""


@dataclass(frozen=True)
class _Read:
    """A group as read: its digits, what the other way made of it where it differs, and the marks that are no digit."""

    digits: list[Digit]
    rival: str | None = None
    refused: tuple[Digit, ...] = ()


class Reader:
    """Reads what was found on a picture with one model."""

    def __init__(
        self, name: str, predict: Predict, spell: Predict | None = None, thresholds: Thresholds | None = None
    ) -> None:
        """Args:
        name: The model's name, written into results.
        predict: float32 (N, 28, 28, 1) in 0..1 -> (N, 10) probabilities.
        spell: float32 (N, 32, W, 1) in 0..1 -> step probabilities (N, W // 4, 11); None where there is no string net.
        thresholds: From which confidence a digit is sure, and what is refused as no digit; the ordinary ones and
            nothing where None.
        """
        self.name = name
        self.thresholds = thresholds or Thresholds()
        self._predict = predict
        self._spell = spell

    def asking(self, thresholds: Thresholds) -> "Reader":
        """A reader with the same nets that asks more, or less, of an answer."""
        return Reader(self.name, self._predict, self._spell, thresholds)

    def read(self, layout: Layout, spelled: Spelling | None = None) -> Page:
        """Read a picture that was looked at, in one call of the net.

        Args:
            layout: What was found on the picture.
            spelled: What the string net says of it, as `ask` gives it; it is asked where None.
        """
        started = time.perf_counter()
        groups = [group for line in layout.rows for group in line.groups]
        glyphs = [glyph for group in groups for glyph in group.glyphs]
        digits = iter(self.classify([span.patch for glyph in glyphs for span in glyph.spans]))
        chains = {id(glyph): _best_chain(glyph, [next(digits) for _ in glyph.spans]) for glyph in glyphs}
        spelled = self.ask(layout) if spelled is None else spelled
        read = [[self._read_group(group, chains, spelled) for group in line.groups] for line in layout.rows]
        rows = tuple(_as_row(line, groups) for line, groups in zip(layout.rows, read, strict=True))
        rows = tuple(row for row in rows if row.groups)
        refused = tuple(mark for groups in read for group in groups for mark in group.refused)
        return Page(self.name, layout.size, rows, time.perf_counter() - started, refused)

    def _read_group(self, group: Group, chains: dict[int, tuple[float, list[Digit]]], spelled: Spelling) -> _Read:
        """A group's digits by the better-founded way, and what the other way made of it where it differs."""
        own = [chains[id(glyph)] for glyph in group.glyphs]
        marks = [digits for _, digits in own]
        cut = [digit for digits in marks for digit in digits]
        odd = {id(digit) for digit in cut if self.thresholds.refuse(digit.probabilities)}
        if id(group) not in spelled:
            return _sorted_out(cut, marks, odd)
        found, text = spell_out(spelled[id(group)]), _text(cut)
        trust = _TRUST_IN_CUTS if group.whole else 1.0
        if len(found.text) == len(cut):
            digits = weighed(cut, found, trust)
            backed = {id(mark) for mark, digit in zip(cut, digits, strict=True) if digit.confidence >= _BACKED}
            return _sorted_out(digits, marks, set() if group.whole else odd - backed, found.text, text)
        plain = [digit for digit in cut if id(digit) not in odd]
        if len(found.text) == len(plain) and not group.whole:  # the string net leaves out the same marks
            rest = iter(weighed(plain, found, trust))
            digits = [mark if id(mark) in odd else next(rest) for mark in cut]
            return _sorted_out(digits, marks, odd, found.text, _text(plain))
        likely = trust * cut_probability(cut, sum(oddness for oddness, _ in own))
        if likely >= found.probability:
            return _sorted_out(doubted(cut, likely, found.probability), marks, odd, found.text)
        pieces = cut_strip(group, found.places)
        digits = [
            Digit(box, image, row, self.thresholds.sure_from)
            for (box, image), row in zip(pieces, found.digits, strict=True)
        ]
        refused = () if digits else tuple(cut)  # the string net sees no digit at all
        return _Read(doubted(digits, found.probability, likely), text, refused)

    def ask(self, layout: Layout) -> Spelling:
        """What the string net says of each group that has a strip."""
        asked = {id(group): group.strip for line in layout.rows for group in line.groups if group.strip is not None}
        return dict(zip(asked, self.spell(list(asked.values())), strict=True)) if self._spell else {}

    def read_picture(self, data: bytes) -> Page:
        """Read the bytes of a photo or scan.

        Raises:
            ImageError: The bytes are not a picture that can be read.
        """
        return self.look(decode_image(data))[1]

    def look(self, rgb: RGB) -> tuple[Layout, Page]:
        """Find and read the digits on a photo or scan; see `look_with_all`.

        Raises:
            ImageContentError: There are far more marks than a page of digits has.
        """
        layout, (page,) = look_with_all([self], rgb)
        return layout, page

    def classify(self, patches: list[Patch]) -> list[Digit]:
        """Read patches of one digit each, in one call of the net."""
        if not patches:
            return []
        probabilities = self._predict(as_input(np.stack([patch.image for patch in patches])))
        sure = self.thresholds.sure_from
        return [Digit(patch.box, patch.image, row, sure) for patch, row in zip(patches, probabilities, strict=True)]

    def spell(self, strips: list[Grey]) -> list[Steps]:
        """Step probabilities (W // 4, 11) of strips, uint8 (32, W) each; empty ones where there is no string net."""
        answers: list[Steps] = [np.zeros((0, 11), np.float32)] * len(strips)
        by_width: dict[int, list[int]] = {}
        for index, strip in enumerate(strips):
            by_width.setdefault(-(-strip.shape[1] // _ALIKE), []).append(index)
        for indices in by_width.values():
            if self._spell:
                found = self._spell(as_input(pad_strips([strips[index] for index in indices], _ALIKE)))
                for index, steps in zip(indices, found, strict=True):
                    answers[index] = steps
        return answers


def load_reader(name: str) -> Reader:
    """The reader of a stored model, loaded and warmed, with the stored string net; takes seconds, so keep it.

    Raises:
        ModelError: A model is missing or damaged.
    """
    strings = default_string_model()
    spell = _string_net(strings, read_card(strings)["sha256"]) if strings else None
    model = load_digit_model(name)
    return Reader(name, model.predict, spell, thresholds_of(model.card))


@lru_cache(maxsize=1)
def _string_net(name: str, sha256: str) -> Predict:
    """The string net that all readers share; other weights are another net."""
    del sha256
    return load_model(name).predict


def read_with_all(readers: list[Reader], layout: Layout) -> list[Page]:
    """Read what was found with several models at once, each in a thread of its own; TensorFlow works beside Python."""
    if len(readers) == 1:
        return [readers[0].read(layout)]
    spelled = readers[0].ask(layout)
    return list(_THREADS.map(lambda reader: reader.read(layout, spelled), readers))


def look_with_all(readers: list[Reader], rgb: RGB) -> tuple[Layout, list[Page]]:
    """Find and read the digits on a photo or scan, turned by quarters of a circle where they read better so.

    Other turns are tried only where the digits lie on their side, or most of them are read with little confidence.

    Args:
        readers: One or more.
        rgb: uint8 (H, W, 3), as `decode_image` gives it.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    layout = find_digits(rgb)
    pages = read_with_all(readers, layout)
    least, best, sureness = _sureness(pages[0]) + _CLEARLY, (layout, pages), 0.0
    for quarter in _turns_to_try(layout, pages[0]):
        try:
            turned = find_digits(rgb, quarter=quarter)
        except ImageContentError:  # slivers at an edge, which are left out of an upright page, may be far too many
            continue
        others = read_with_all(readers, turned)
        if _sureness(others[0]) > max(sureness, least):
            best, sureness = (turned, others), _sureness(others[0])
    return best


def _turns_to_try(layout: Layout, page: Page) -> tuple[int, ...]:
    """Quarter turns at which a page might read better than as it came."""
    whole = any(group.whole for line in layout.rows for group in line.groups)
    if len(_marks(page)) < FEWEST or whole:  # a crop of a single line lies as it should
        return ()
    turns = quarter_turns(layout)
    if 0 not in turns:
        return turns
    return (*turns[1:], 2) if _sureness(page) < _PLAIN else ()


def _sureness(page: Page) -> float:
    """Mean confidence of all that may be a digit on a page, 0..1."""
    marks = _marks(page)
    return float(np.mean([mark.confidence for mark in marks])) if marks else 0.0


def _marks(page: Page) -> tuple[Digit, ...]:
    """Digits and refused marks alike: a page that lies on its head is mostly refused."""
    return (*page.digits, *page.refused)


def _as_row(line: Line, read: list[_Read]) -> Row:
    """What was read of a line; groups without digits stay where they are cells."""
    kept = [group for group in read if group.digits or line.ruled]
    return Row(tuple(tuple(group.digits) for group in kept), line.ruled, tuple(group.rival for group in kept))


def _sorted_out(digits: list[Digit], marks: list[list[Digit]], odd: set[int], *texts: str) -> _Read:
    """What is left of a group without the pieces of marks that are no digit.

    Args:
        digits: As read, one for each piece.
        marks: The pieces that each mark was cut into.
        odd: Pieces that are no digit, by identity. Where one is and none of the others is read with ordinary
            certainty, the whole mark is none, such as a cross.
        texts: What was made of the group on the way; the first that is not what is left is its rival.
    """
    pieces = list(chain.from_iterable(marks))
    weak = {id(piece) for piece, digit in zip(pieces, digits, strict=True) if digit.confidence < UNSURE} | odd
    gone = set(odd)
    for mark in marks:
        own = {id(piece) for piece in mark}
        if own & odd and own <= weak:
            gone |= own
    kept = [digit for digit, piece in zip(digits, pieces, strict=True) if id(piece) not in gone]
    return _Read(kept, _other(kept, *texts), tuple(piece for piece in pieces if id(piece) in gone))


def _other(digits: list[Digit], *texts: str) -> str | None:
    """The first text that is not what the digits say."""
    return next((text for text in texts if text != _text(digits)), None)


def _text(digits: list[Digit]) -> str:
    return "".join(str(digit.value) for digit in digits)


def _best_chain(glyph: Glyph, digits: list[Digit]) -> tuple[float, list[Digit]]:
    """The cheapest chain of spans from end to end, confident digits of ordinary form and few of them; its oddness."""
    best: dict[int, tuple[float, float, list[Digit]]] = {0: (0.0, 0.0, [])}
    for span, digit in sorted(zip(glyph.spans, digits, strict=True), key=lambda pair: pair[0].end):
        if span.start not in best:
            continue
        cost, odd, chain = best[span.start]
        cost += span.oddness + _ANOTHER_DIGIT - float(np.log(max(digit.confidence, 1e-9)))
        if span.end not in best or cost < best[span.end][0]:
            best[span.end] = (cost, odd + span.oddness, [*chain, digit])
    _, odd, chain = best[max(best)]
    return odd, chain
