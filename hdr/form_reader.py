"""Read a scan of a known form: find the form on it, cut its fields out, and decode each under its rule.

The string net and the digits cut apart both judge a field; single-digit boxes are judged one by one. Totals decide
between what parts and sum may be. Knows nothing of templates on disk or of pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hdr.decode.constrained import Decision, steps_of_digits
from hdr.decode.opinions import merge_digits, single_digit_of, weigh
from hdr.decode.rules import Rule
from hdr.decode.totals import Settlement, settle
from hdr.errors import HdrError
from hdr.form_check import complaints, doubts
from hdr.reader import Reader
from hdr.results import RGB, Box, Digit, Grey, Layout
from hdr.score.trust import Thresholds
from hdr.store.templates import Field, Template, Total
from hdr.vision.form import Registration, cut_field, register
from hdr.vision.image import decode_image, to_grey
from hdr.vision.layout import find_digits
from hdr.vision.strip import string_strip
from hdr.vision.writing import cut_cells, digit_patch

_BLANK = Decision("", 0.98, "")
"""A place in which nothing is written."""
_AROUND = 0.1
"""Margin of a field's picture for a person, as a share of the field's height."""
_SETTLED = 0.5
"""Confidence from which on texts are changed so that a sum comes out."""


@dataclass(frozen=True, eq=False)
class FieldReading:
    """One field as read.

    Attributes:
        name: The field's name.
        text: What satisfies the rule best; rows of a column are joined by `/`, an empty box within a row is a space.
        unruled: What was read without regard to the rule; of a date without its slashes.
        confidence: Probability of the text, 0..1.
        alternatives: Further texts with their probabilities, best first.
        box: Where the field lies on the scan.
        crop: uint8 (h, w, 3), the field cut out upright.
        complaint: Why the text breaks the rule or a total does not come out; None where all is well.
        blank: Whether nothing is written there.
    """

    name: str
    text: str
    unruled: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    box: Box
    crop: RGB
    complaint: str | None
    blank: bool

    @property
    def unsure(self) -> bool:
        """Whether a person should look: also where the rule made another text of it."""
        return bool(doubts(self.text, self.unruled, self.confidence, self.complaint))


@dataclass(frozen=True, eq=False)
class FormReading:
    """A form as read.

    Attributes:
        template: Name of the template.
        fields: In the template's order.
    """

    template: str
    fields: tuple[FieldReading, ...]

    @property
    def confidence(self) -> float:
        """That of the least sure field."""
        return min(field.confidence for field in self.fields)


@dataclass(frozen=True, eq=False)
class _Work:
    """A field on its way: the writing cut out and, when it is read, a decision for it or for each row of a column."""

    field: Field
    crop: RGB
    cuts: list[RGB | None]
    decisions: tuple[Decision, ...] = ()

    @property
    def text(self) -> str:
        """What was decided; rows of a column are joined by `/`."""
        return "/".join(decision.text for decision in self.decisions).rstrip("/")


def read_form(reader: Reader, rgb: RGB, template: Template) -> FormReading:
    """Read a scan or photo of a form.

    Args:
        reader: Reads strips and patches.
        rgb: uint8 (H, W, 3), upright or not.
        template: The form.

    Raises:
        ImageContentError: The picture does not show that form.
        ImageError: The template's own picture is damaged.
        SettingsError: A field's rule allows no text.
    """
    return read_registered(reader, rgb, template, register(to_grey(rgb), _decoded(template.reference)))


def read_registered(reader: Reader, rgb: RGB, template: Template, registration: Registration) -> FormReading:
    """Read a form of which is known where it lies on the scan; otherwise like `read_form`."""
    reference = _decoded(template.reference)
    works = [_cut(rgb, reference, registration, field) for field in template.fields]
    works = _decide_all(reader, works)
    works = _settle_totals(works, template.totals)
    faults = complaints(template, {work.field.name: work.text for work in works})
    fields = tuple(_finish(work, registration, faults.get(work.field.name)) for work in works)
    return FormReading(template.name, fields)


@lru_cache(maxsize=2)
def _decoded(picture: bytes) -> Grey:
    """A template's own picture, decoded once for all its forms: uint8 (H, W)."""
    return to_grey(decode_image(picture))


def _cut(rgb: RGB, reference: Grey, registration: Registration, field: Field) -> _Work:
    is_column = field.rule.kind == "column"
    count = field.cells if is_column else max(1, field.cells)
    cuts = cut_cells(rgb, reference, registration, field.box, (count, not is_column))
    return _Work(field, cut_field(rgb, registration, field.box, _AROUND * field.box[3]), cuts)


def _decide_all(reader: Reader, works: list[_Work]) -> list[_Work]:
    """Read all cuts in few calls of the nets, then decide field by field."""
    written = [cut for work in works for cut in work.cuts if cut is not None]
    steps = reader.spell([string_strip(to_grey(cut)) for cut in written])
    spelled = {id(cut): found for cut, found in zip(written, steps, strict=True)}
    boxed = [cut for work in works if _is_boxed(work.field) for cut in work.cuts if cut is not None]
    digits = reader.classify([digit_patch(cut) for cut in boxed])
    single = {id(cut): digit for cut, digit in zip(boxed, digits, strict=True)}
    return [replace(work, decisions=_decide(reader, work, spelled, single)) for work in works]


def _is_boxed(field: Field) -> bool:
    return field.cells > 1 and field.rule.kind != "column"


def _decide(
    reader: Reader, work: _Work, spelled: dict[int, NDArray[np.float32]], single: dict[int, Digit]
) -> tuple[Decision, ...]:
    rule = work.field.rule
    if not _is_boxed(work.field):
        return tuple(_decide_row(reader, cut, spelled, rule) for cut in work.cuts)
    filled = [cut for cut in work.cuts if cut is not None]
    if not filled:
        return (_BLANK,)
    merged = [merge_digits([single[id(cut)].probabilities, *_spelled_digit(spelled[id(cut)])]) for cut in filled]
    decision = weigh([steps_of_digits(merged)], rule)
    return (_with_spaces(decision, [cut is None for cut in work.cuts]),)


def _spelled_digit(steps: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    return [single_digit_of(steps)] if steps.shape[-2] else []


def _decide_row(reader: Reader, cut: RGB | None, spelled: dict[int, NDArray[np.float32]], rule: Rule) -> Decision:
    if cut is None:
        return _BLANK
    return weigh([spelled[id(cut)], _apart(reader, cut)], rule)


def _apart(reader: Reader, writing: RGB) -> NDArray[np.float64]:
    """What the digits cut apart say, as steps; no steps where none are found."""
    try:
        layout = find_digits(writing)
    except HdrError:
        return np.zeros((0, 11))
    rows = tuple(replace(row, groups=tuple(replace(g, strip=None) for g in row.groups)) for row in layout.rows)
    digits = (
        reader.with_thresholds(Thresholds()).read(Layout(layout.size, layout.stages, rows)).digits
    )  # refuses no mark
    return steps_of_digits([digit.probabilities for digit in digits]) if digits else np.zeros((0, 11))


def _with_spaces(decision: Decision, empty: Sequence[bool]) -> Decision:
    """The texts with a space for each empty box between filled ones, where every filled box has its digit."""
    filled = len(empty) - sum(empty)

    def spread(text: str) -> str:
        digits = iter(text)
        return "".join(" " if bare else next(digits) for bare in empty).strip() if len(text) == filled else text

    others = tuple((spread(text), share) for text, share in decision.alternatives)
    return Decision(spread(decision.text), decision.confidence, spread(decision.unruled), others)


def _settle_totals(works: list[_Work], totals: Sequence[Total]) -> list[_Work]:
    """The decisions with those changed that a sum decides."""
    by_name = {work.field.name: work for work in works}
    for total in totals:
        parts = [by_name[name] for name in total.parts]
        decisions = [decision for part in parts for decision in part.decisions]
        sums = by_name[total.field].decisions
        found = settle([_options(decision) for decision in decisions], _options(sums[0]))
        if found is not None and found.confidence >= _SETTLED:
            texts = iter(found.parts)
            for part in parts:
                settled = tuple(_settled(decision, next(texts), found) for decision in part.decisions)
                by_name[part.field.name] = replace(part, decisions=settled)
            by_name[total.field] = replace(by_name[total.field], decisions=(_settled(sums[0], found.total, found),))
    return [by_name[work.field.name] for work in works]


def _options(decision: Decision) -> list[tuple[str, float]]:
    return [(decision.text, decision.confidence), *decision.alternatives]


def _settled(decision: Decision, text: str, found: Settlement) -> Decision:
    """The decision for the text that the sum demands."""
    others = tuple(pair for pair in _options(decision) if pair[0] != text)
    own = decision.confidence if text == decision.text else 0.0
    return Decision(text, max(own, found.confidence), decision.unruled, others)


def _finish(work: _Work, registration: Registration, complaint: str | None) -> FieldReading:
    decisions, field = work.decisions, work.field
    return FieldReading(
        field.name,
        work.text,
        "/".join(decision.unruled for decision in decisions).rstrip("/"),
        min(decision.confidence for decision in decisions),
        decisions[0].alternatives[:5] if len(decisions) == 1 else (),
        registration.box_on_scan(field.box),
        work.crop,
        complaint,
        blank=all(cut is None for cut in work.cuts),
    )
