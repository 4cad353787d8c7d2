"""A form in the project's own pen is read by a reader that compares pictures; totals and rules have their say."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from hdr.decode.constrained import Decision
from hdr.decode.rules import Rule
from hdr.errors import ImageContentError
from hdr.form_reader import _settle_totals, _Work, read_form, read_registered
from hdr.reader import Reader
from hdr.store.templates import Field, Template, Total
from hdr.vision.form import Registration
from hdr.vision.image import decode_image, encode_png
from hdr.vision.normalise import normalise_digit

HERE = Registration(np.eye(3))
FIELDS = (
    Field("Number", (300, 100, 260, 70), Rule(lengths=(1, 6))),
    Field("Boxes", (300, 220, 400, 70), Rule("boxes"), 5),
    Field("Card", (300, 340, 420, 70), Rule(lengths=(7, 7), check="luhn")),
    Field("Born", (300, 460, 480, 70), Rule("date", date_format="DDMMYYYY"), 8),
    Field("Amounts", (300, 600, 200, 210), Rule("column", lengths=(1, 3)), 3),
    Field("Sum", (300, 850, 200, 70), Rule()),
)
TEXTS = {"Number": "4711", "Boxes": "12345", "Card": "1234566", "Born": "14071978", "Amounts": "12//41", "Sum": "53"}


@pytest.fixture(scope="module")
def blank() -> np.ndarray:
    """A form with frames and print, uint8 (1000, 900, 3)."""
    page = np.full((1000, 900, 3), 248, np.uint8)
    for line, field in enumerate(FIELDS):
        x, y, width, height = field.box
        cv2.rectangle(page, (x, y), (x + width, y + height), (80, 80, 80), 2)
        cv2.putText(page, f"{field.name} No {line * 37}", (30, y + 45), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (70, 70, 70), 2)
        for i in range(1, field.cells):
            if field.rule.kind == "column":
                at = y + i * height // field.cells
                cv2.line(page, (x, at), (x + width, at), (80, 80, 80), 2)
            else:
                at = x + i * width // field.cells
                cv2.line(page, (at, y), (at, y + height), (80, 80, 80), 2)
    cv2.putText(page, "PLEASE FILL IN CLEARLY", (60, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (60, 60, 60), 2)
    return page


@pytest.fixture(scope="module")
def template(blank) -> Template:
    return Template("form", (900, 1000), FIELDS, (Total("Sum", ("Amounts",)),), encode_png(blank))


@pytest.fixture(scope="module")
def reader(draw) -> Reader:
    """Knows the pen's own ten digits and compares with them; there is no string net."""
    known = (
        np.stack([normalise_digit(draw((90, 80), str(d), 18, 18, 44, 5)) for d in range(10)]).reshape(10, -1) / 255.0
    )

    def predict(images: np.ndarray) -> np.ndarray:
        distance = ((images.reshape(len(images), 1, -1) - known[None]) ** 2).sum(axis=2)
        weights = np.exp(-0.25 * (distance - distance.min(axis=1, keepdims=True)))
        return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)

    return Reader("nearest", predict)


def fill(blank: np.ndarray, draw, texts: dict[str, str]) -> np.ndarray:
    ink = np.zeros(blank.shape[:2], np.uint8)
    for field in FIELDS:
        x, y, width, height = field.box
        text = texts[field.name]
        if field.rule.kind == "column":
            for i, part in enumerate(text.split("/")):
                draw(ink, part, x + 30, y + i * height / field.cells + 14, 44, 5, pitch=1.0)
        elif field.cells:
            draw(ink, text, x + 0.25 * width / field.cells, y + 14, 44, 5, pitch=width / field.cells / 44)
        else:
            draw(ink, text, x + 25, y + 14, 44, 5, pitch=1.1)
    return np.where(ink[..., None] > 100, np.array([25, 40, 110]), blank).astype(np.uint8)


def read(reader, template, page) -> dict[str, object]:
    return {field.name: field for field in read_registered(reader, page, template, HERE).fields}


def test_a_form_is_read_field_by_field(reader, template, blank, draw):
    fields = read(reader, template, fill(blank, draw, TEXTS))
    assert {name: field.text for name, field in fields.items()} == TEXTS
    assert [field.complaint for field in fields.values()] == [None] * len(FIELDS)
    assert not any(field.blank for field in fields.values())
    assert fields["Number"].box == (300, 100, 260, 70)
    assert fields["Number"].crop.shape[:2] == (84, 274)


def test_a_shifted_and_turned_scan_gives_the_same_texts(reader, template, blank, draw):
    matrix = cv2.getRotationMatrix2D((450, 500), 8, 1.1)
    matrix[:, 2] += (60, -20)
    scan = cv2.warpAffine(fill(blank, draw, TEXTS), matrix, (1000, 1100), borderValue=(248,) * 3)
    reading = read_form(reader, scan, template)
    assert {field.name: field.text for field in reading.fields} == TEXTS
    assert reading.template == "form"
    assert reading.confidence == min(field.confidence for field in reading.fields)
    left, top, _, _ = reading.fields[0].box
    corner = np.array([[300, 100, 1]]) @ matrix.T
    np.testing.assert_allclose((left, top), (corner[0, 0], corner[0, 1] - 260 * 1.1 * np.sin(np.deg2rad(8))), atol=6)


def test_a_templates_picture_is_decoded_once_for_all_its_forms(reader, template, blank, monkeypatch):
    decoded = []
    monkeypatch.setattr("hdr.form_reader.decode_image", lambda data: decoded.append(data) or decode_image(data))
    own = replace(template, reference=encode_png(blank[:, ::-1]), totals=())
    for _ in range(2):
        read_form(reader, blank[:, ::-1].copy(), own)
    assert decoded == [own.reference]


def test_another_sheet_is_refused(reader, template):
    with pytest.raises(ImageContentError, match="does not look like this form"):
        read_form(reader, np.full((600, 500, 3), 240, np.uint8), template)


def test_an_empty_form_is_blank_and_without_complaint(reader, template, blank):
    fields = read(reader, template, blank).values()
    assert all(field.blank and field.text == "" and field.complaint is None for field in fields)
    assert not any(field.unsure for field in fields)


def test_a_required_field_left_empty_is_complained_of(reader, template, blank):
    required = tuple(replace(field, rule=replace(field.rule, required=True)) for field in FIELDS)
    fields = read(reader, replace(template, fields=required), blank).values()
    assert all(field.complaint == "The field is empty." and field.unsure for field in fields)


def test_empty_boxes_are_kept(reader, template, blank, draw):
    fields = read(reader, template, fill(blank, draw, TEXTS | {"Boxes": "1 3 5"}))
    assert fields["Boxes"].text == "1 3 5"
    assert fields["Boxes"].complaint == "A box between digits is empty."
    assert read(reader, template, fill(blank, draw, TEXTS | {"Boxes": "  345"}))["Boxes"].text == "345"


def test_what_breaks_its_rule_is_unsure(reader, template, blank, draw):
    fields = read(reader, template, fill(blank, draw, TEXTS | {"Card": "1234567", "Born": "99991978"}))
    for field in (fields["Card"], fields["Born"]):
        assert field.unsure
        assert field.text != field.unruled or field.complaint


def test_a_total_that_does_not_come_out_is_said(reader, template, blank, draw):
    fields = read(reader, template, fill(blank, draw, TEXTS | {"Sum": "88"}))
    if fields["Sum"].text == "88":
        assert "parts add up to 53" in fields["Sum"].complaint
        assert "does not come out" in fields["Amounts"].complaint
    assert fields["Sum"].unsure


def work(name: str, *options: list[tuple[str, float]]) -> _Work:
    decisions = tuple(Decision(o[0][0], o[0][1], o[0][0], tuple(o[1:])) for o in options)
    return _Work(Field(name, (0, 0, 9, 9)), np.zeros((4, 4, 3), np.uint8), [], decisions)


@pytest.mark.parametrize(
    ("part", "total", "texts"),
    [
        ([("12", 0.6), ("17", 0.39)], [("47", 0.95)], ("17", "47")),
        ([("12", 0.9), ("17", 0.05)], [("47", 0.5), ("42", 0.4)], ("12", "42")),
        ([("12", 0.99)], [("99", 0.99)], ("12", "99")),
    ],
)
def test_a_total_decides_between_what_was_read(part, total, texts):
    works = [work("A", part), work("B", [("30", 0.99)]), work("T", total)]
    settled = _settle_totals(works, [Total("T", ("A", "B"))])
    assert (settled[0].text, settled[2].text) == texts
    if texts[1] != "99":
        assert settled[0].decisions[0].confidence > 0.8
