"""The reader: a picture in, digits with confidences out. Pages and commands read through this and nothing else.

A `Reader` holds one model's `predict`, and the string net where there is one. Looking at a picture
(`hdr.vision.layout`) and reading what was found are apart, so that several models can read what was found once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from hdr.decode.chains import best_chain
from hdr.decode.ctc import Steps
from hdr.group_reader import GroupReading, read_group
from hdr.orientation import find_upright
from hdr.results import RGB, Digit, Grey, Layout, Line, Page, Patch, Row
from hdr.score.trust import Thresholds, thresholds_of
from hdr.store.models import Predict, as_input, load_digit_model, load_model
from hdr.store.promotions import default_string_model
from hdr.vision.image import decode_image
from hdr.vision.strip import pad_strips

Spelling = dict[int, Steps]
"""Step probabilities by the identity of the group whose strip they are of."""
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="reader")
_ALIKE = 64
"""Strips whose widths differ by less than this are read together."""


class Reader:
    """Reads what was found on a picture with one model."""

    def __init__(
        self, name: str, predict: Predict, spell: Predict | None = None, thresholds: Thresholds | None = None
    ) -> None:
        """Hold a model.

        Args:
            name: The model's name, written into results.
            predict: float32 (N, 28, 28, 1) in 0..1 -> (N, 10) probabilities.
            spell: float32 (N, 32, W, 1) in 0..1 -> step probabilities (N, W // 4, 11); None where there is no string
                net.
            thresholds: From which confidence a digit is sure, and what is refused as no digit; the ordinary ones and
                nothing where None.
        """
        self.name = name
        self.thresholds = thresholds or Thresholds()
        self._predict = predict
        self._spell = spell

    def with_thresholds(self, thresholds: Thresholds) -> "Reader":
        """A reader with the same nets that asks more, or less, of an answer."""
        return Reader(self.name, self._predict, self._spell, thresholds)

    def read_picture(self, data: bytes) -> Page:
        """Find and read the digits on a photo or scan, from its bytes.

        Raises:
            ImageError: The bytes are not a picture that can be read.
        """
        return self.find_and_read(decode_image(data))[1]

    def find_and_read(self, rgb: RGB) -> tuple[Layout, Page]:
        """Find and read the digits on a photo or scan; see `find_and_read_with_all`.

        Raises:
            ImageContentError: There are far more marks than a page of digits has.
        """
        layout, (page,) = find_and_read_with_all([self], rgb)
        return layout, page

    def read(self, layout: Layout, spelled: Spelling | None = None) -> Page:
        """Read what was found on a picture, in one call of the net.

        Args:
            layout: What was found.
            spelled: What the string net says of it, as `spell_groups` gives it; it is asked where None.
        """
        started = time.perf_counter()
        glyphs = [glyph for line in layout.rows for group in line.groups for glyph in group.glyphs]
        digits = iter(self.classify([span.patch for glyph in glyphs for span in glyph.spans]))
        chains = {id(glyph): best_chain(glyph, [next(digits) for _ in glyph.spans]) for glyph in glyphs}
        spelled = self.spell_groups(layout) if spelled is None else spelled
        read = [
            [
                read_group(
                    group, [chains[id(glyph)] for glyph in group.glyphs], spelled.get(id(group)), self.thresholds
                )
                for group in line.groups
            ]
            for line in layout.rows
        ]
        rows = tuple(_as_row(line, groups) for line, groups in zip(layout.rows, read, strict=True))
        rows = tuple(row for row in rows if row.groups)
        refused = tuple(mark for groups in read for group in groups for mark in group.refused)
        return Page(self.name, layout.size, rows, time.perf_counter() - started, refused)

    def classify(self, patches: list[Patch]) -> list[Digit]:
        """Read patches of one digit each, in one call of the net."""
        if not patches:
            return []
        probabilities = self._predict(as_input(np.stack([patch.image for patch in patches])))
        sure = self.thresholds.sure_from
        return [Digit(patch.box, patch.image, row, sure) for patch, row in zip(patches, probabilities, strict=True)]

    def spell_groups(self, layout: Layout) -> Spelling:
        """What the string net says of each group that has a strip."""
        asked = {id(group): group.strip for line in layout.rows for group in line.groups if group.strip is not None}
        return dict(zip(asked, self.spell(list(asked.values())), strict=True)) if self._spell else {}

    def spell(self, strips: list[Grey]) -> list[Steps]:
        """Step probabilities of strips, uint8 (32, W) each: (W // 4, 11), of a vote (members, W // 4, 11).

        Empty ones where there is no string net.
        """
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
    spell = load_model(strings).predict if strings else None
    model = load_digit_model(name)
    return Reader(name, model.predict, spell, thresholds_of(model.card))


def read_with_all(readers: list[Reader], layout: Layout) -> list[Page]:
    """Read what was found with several models at once, each in a thread of its own; TensorFlow works beside Python."""
    if len(readers) == 1:
        return [readers[0].read(layout)]
    spelled = readers[0].spell_groups(layout)
    return list(_THREADS.map(lambda reader: reader.read(layout, spelled), readers))


def find_and_read_with_all(readers: list[Reader], rgb: RGB) -> tuple[Layout, list[Page]]:
    """Find and read the digits on a photo or scan, turned by quarters of a circle where they read better so.

    Args:
        readers: One or more; the first one's confidence tells which way is up.
        rgb: uint8 (H, W, 3), as `decode_image` gives it.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    return find_upright(rgb, partial(read_with_all, readers))


def _as_row(line: Line, read: list[GroupReading]) -> Row:
    """What was read of a line; groups without digits stay where they are cells."""
    kept = [group for group in read if group.digits or line.ruled]
    return Row(tuple(group.digits for group in kept), line.ruled, tuple(group.rival for group in kept))
