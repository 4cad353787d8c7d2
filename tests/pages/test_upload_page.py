"""The Upload page's logic without a browser: the sample page, good and bad files, PDFs, tables, equal names."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
from markup import unescaped
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from hdr.data.pen import digit_strokes, draw_strokes
from hdr.errors import ImageFormatError
from hdr.reader import Reader
from hdr.results import Digit, Page, Row
from hdr.store.cards import read_card
from hdr.ui import pictures
from hdr.ui.uploading import _stem
from hdr.vision.document import DocumentPage
from hdr.vision.image import decode_image

APP = str(Path(__file__).parents[2] / "app.py")


def picture(text: str) -> bytes:
    canvas = np.zeros((200, 140 * max(1, len(text)) + 60), np.uint8)
    for index, digit in enumerate(text):
        draw_strokes(canvas, digit_strokes(int(digit), 50 + 130 * index, 40, 120), 9)
    return cv2.imencode(".png", 255 - canvas)[1].tobytes()


@pytest.fixture
def upload_page():
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/upload.py")
    app.session_state["models"] = "CNN"
    app.run()
    assert not app.exception
    return app


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(name, data, "image/png") for name, data in files])
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> list[str]:
    return [element.proto.body for element in app.get("html")]


def test_with_nothing_uploaded_the_sample_page_is_read(upload_page):
    assert "Nothing uploaded yet" in upload_page.info[0].value
    assert upload_page.code[0].value == "27 1863\n40 5912\n3 14159"


def test_a_bad_file_gets_its_message_beside_a_good_one(upload_page):
    upload(upload_page, ("bad.png", b"not a picture"), ("good.png", picture("307")))
    assert len(upload_page.error) == 1
    assert "not a picture" in upload_page.error[0].value
    assert upload_page.code[0].value == "307"


def test_a_blank_page_is_called_blank(upload_page):
    upload(upload_page, ("blank.png", picture("")))
    assert "Blank" in upload_page.info[0].value


def test_two_files_of_one_name_are_both_shown(upload_page):
    upload(upload_page, ("a.png", picture("12")), ("a.png", picture("34")))
    assert [block.value for block in upload_page.code] == ["12", "34"]
    assert "<strong>a (2).png</strong>" in shown(upload_page)


def test_the_table_has_a_line_per_digit(upload_page):
    upload(upload_page, ("a.png", picture("581")))
    table = upload_page.dataframe[0].value
    assert list(table["digit"]) == [5, 8, 1]
    assert table["confidence"].between(0, 1).all()


def sheets(*contents) -> list:
    """The pages of a PDF as they come from its process: a text is a page, an error a page that cannot be drawn."""
    made = []
    for number, content in enumerate(contents, 1):
        bad = isinstance(content, Exception)
        rgb = None if bad else decode_image(picture(content))
        made.append(DocumentPage(number, len(contents), rgb, content if bad else None))
    return made


def test_every_page_of_a_pdf_is_a_picture_and_a_bad_one_gets_its_message(upload_page, monkeypatch):
    drawn = []

    def draw(_data, *, first=1):
        for sheet in sheets("12", ImageFormatError("This page is damaged."), "34")[first - 1 :]:
            drawn.append(sheet.number)
            yield sheet

    monkeypatch.setattr(pictures, "read_document_pages", draw)
    st.cache_data.clear()
    upload(upload_page, ("a.pdf", b"%PDF-1.4 of this test"))
    assert [block.value for block in upload_page.code] == ["12", "34"]
    assert [unescaped(error.value) for error in upload_page.error] == ["This page is damaged."]
    assert [line for line in shown(upload_page) if "a.pdf" in line] == [
        f"<strong>a.pdf#{number}</strong>" for number in (1, 2, 3)
    ]
    assert drawn == [1, 2, 3]
    upload_page.run()
    assert drawn == [1, 2, 3], "what was read is kept"


def test_a_pdf_that_breaks_off_is_not_drawn_again(upload_page, monkeypatch):
    def draw(_data, *, first=1):
        assert first == 1
        yield from sheets("12", ImageFormatError("From page 2 on nothing was read."), "", "")[:2]

    monkeypatch.setattr(pictures, "read_document_pages", draw)
    st.cache_data.clear()
    upload(upload_page, ("a.pdf", b"%PDF-1.4 of that test"))
    assert [unescaped(error.value) for error in upload_page.error] == ["From page 2 on nothing was read."]
    upload_page.run()
    assert len(upload_page.error) == 1


def test_a_document_that_is_refused_as_a_whole_has_no_page_numbers(upload_page):
    upload(upload_page, ("b.pdf", b"%PDF-1.4 that is none"))
    assert "<strong>b.pdf</strong>" in shown(upload_page)
    assert len(upload_page.error) == 1


def test_of_many_pictures_some_are_shown_at_a_time(upload_page):
    upload(upload_page, *((f"{name}.png", b"none") for name in "abcdefghij"))
    assert len(upload_page.error) == 8
    assert "10 pictures" in "".join(caption.value for caption in upload_page.caption)


def digit_of(value: int, confidence: float = 1.0) -> Digit:
    shares = np.full(10, (1 - confidence) / 9, np.float32)
    shares[value] = confidence
    return Digit((0, 0, 9, 9), np.zeros((28, 28), np.uint8), shares)


def test_the_unsure_digits_come_first_and_of_very_many_some_are_shown(upload_page, monkeypatch):
    row = Row((tuple(digit_of(index % 9, 0.3 if index == 65 else 1.0) for index in range(70)),))
    monkeypatch.setattr(Reader, "read", lambda self, layout: Page(self.name, layout.size, (row,), 0.01))
    st.cache_data.clear()
    upload(upload_page, ("many.png", picture("1")))
    table = upload_page.dataframe[0].value
    assert len(table) == 70
    assert list(table["digit"][:4]) == [65 % 9, 0, 1, 2]
    assert "60, the unsure ones first, of 70" in captions(upload_page)
    assert "And 10 more" in captions(upload_page)
    (strip,) = [body for body in shown(upload_page) if '<div class="hdr-strip' in body]
    assert strip.count("<figure>") == 60
    assert "30.0%" in strip.partition("</figure>")[0]
    st.cache_data.clear()


def test_how_far_the_reading_is_takes_the_place_of_other_pictures(upload_page, monkeypatch):
    said = []
    progress = DeltaGenerator.progress
    monkeypatch.setattr(
        DeltaGenerator, "progress", lambda self, share, text: said.append((share, text)) or progress(self, share, text)
    )
    upload(upload_page, ("a.png", picture("12")), ("b.png", picture("34")))
    assert {share: unescaped(text) for share, text in said} == {
        0.0: "Reading picture 1 of 2, a.png …",
        0.5: "Reading picture 2 of 2, b.png …",
    }
    assert not upload_page.get("progress")
    said.clear()
    upload_page.run()
    assert said == []


def test_how_large_a_picture_may_be_is_said(upload_page):
    assert "A picture may have 10 MB, a PDF or a TIFF of several pages 50 MB." in captions(upload_page)


def test_a_table_is_shown_with_its_empty_cells(upload_page, monkeypatch):
    digit, unsure = digit_of(4), digit_of(4, 0.3)
    row = Row(((digit,), (), (digit, digit)), ruled=True, rivals=(None, None, "14"))

    def read(self, layout):
        return Page(self.name, layout.size, (row, Row(((), (unsure,), ()), ruled=True)), 0.01)

    monkeypatch.setattr(Reader, "read", read)
    st.cache_data.clear()
    upload(upload_page, ("table.png", picture("1")))
    assert upload_page.dataframe[0].value.to_numpy().tolist() == [["4", "", "44"], ["", "4", ""]]
    styles = upload_page.dataframe[0].proto.arrow_data.styler.styles
    amber = [line.partition("{")[0] for line in styles.splitlines() if "row" in line]
    assert "row0_col2" in styles
    assert "row1_col1" in styles
    assert len(amber) <= 2, "the others keep their colour"
    assert "**44** may be **14**" in "".join(text.value for text in upload_page.markdown)
    st.cache_data.clear()


@pytest.mark.parametrize(("cells", "beside"), [(9, True), (12, False)])
def test_a_broad_table_stands_below_its_picture(upload_page, monkeypatch, cells, beside):
    row = Row(tuple((digit_of(4),) for _ in range(cells)), ruled=True)
    monkeypatch.setattr(Reader, "read", lambda self, layout: Page(self.name, layout.size, (row,), 0.01))
    st.cache_data.clear()
    upload(upload_page, ("boxes.png", picture("1")))
    assert upload_page.dataframe[0].value.shape == (1, cells)
    assert any(column.dataframe for column in upload_page.columns) is beside
    st.cache_data.clear()


def test_the_uploaded_pictures_stay_while_one_looks_at_the_forms(upload_page):
    upload(upload_page, ("a.png", picture("307")))
    upload_page.session_state["upload"] = "Forms"
    upload_page.run()
    assert not upload_page.code
    upload_page.session_state["upload"] = "Read pictures"
    upload_page.run()
    assert upload_page.code[0].value == "307"


# --- how many wrong ones may pass -----------------------------------------------------------------------------------

CURVE = {
    "n": 5000,
    "sureness": 0.95,
    "threshold": [0.99999, 0.9],
    "coverage": [0.4, 0.95],
    "wrong_per_1000": [0.0, 2.0],
    "at_most_per_1000": [1.5, 4.0],
    "refuse_above": 0.6,
}


@pytest.fixture
def trust(monkeypatch):
    """Sets what the card says of how far its confidence can be trusted."""

    def set_trust(trust: dict | None) -> None:
        card = read_card("cnn")
        known = {name: value for name, value in card.items() if name != "trust"}
        monkeypatch.setattr("hdr.ui.caution.read_card", lambda _: known | ({"trust": trust} if trust else {}))

    return set_trust


def wish(app: AppTest, wrong: str) -> AppTest:
    app.session_state["wrong"] = wrong
    app.run()
    assert not app.exception
    return app


def captions(app: AppTest) -> str:
    return " ".join(caption.value for caption in app.caption)


def test_fewer_wrong_ones_make_more_unsure(upload_page, trust):
    trust(CURVE)
    upload(upload_page, ("a.png", picture("581")))
    assert "Green boxes are sure" in captions(upload_page)
    wish(upload_page, "2")
    assert "CNN: sure from 100 %, as 40.0% of clean digits are." in captions(upload_page).replace("99.999", "100")
    table = upload_page.dataframe[0].value
    below = table["confidence"] < 0.9999  # the table shows four digits of it
    assert below.any()
    assert (table["reason"][below] == "sure, but less than asked").all()


def test_what_a_model_cannot_promise_is_said(upload_page, trust):
    trust(CURVE | {"at_most_per_1000": [0.9, 4.0]})
    wish(upload_page.run(), "1")
    assert not upload_page.warning
    trust(CURVE)
    upload_page.run()
    assert "reads with its ordinary threshold" in upload_page.warning[0].value
    assert "It cannot promise 1 of 1,000; choose 2." in upload_page.warning[0].value
    assert upload_page.code[0].value == "27 1863\n40 5912\n3 14159"


def wishes(app: AppTest) -> list[str]:
    return app.button_group(key="wrong").options


def test_a_wish_that_no_model_can_fulfil_is_not_offered(upload_page, trust):
    trust(CURVE)
    assert wishes(upload_page.run()) == ["as usual", "10", "5", "2"]
    trust(CURVE | {"at_most_per_1000": [0.9, 4.0]})
    assert wishes(upload_page.run()) == ["as usual", "10", "5", "2", "1"]
    trust(None)
    assert wishes(upload_page.run()) == ["as usual", "10", "5", "2", "1"]


def test_a_model_without_thresholds_says_so(upload_page, trust):
    trust(None)
    wish(upload_page, "5")
    assert "has no thresholds of confidence" in upload_page.warning[0].value


def test_what_is_no_digit_is_counted_beside_the_answer(upload_page, monkeypatch):
    read = Reader.read

    def refuse_the_last(self, layout, spelled=None):
        page = read(self, layout, spelled)
        *others, last = page.rows[0].groups[0]
        return Page(page.model, page.size, (Row((tuple(others),)),) if others else (), page.seconds, (last,))

    monkeypatch.setattr(Reader, "read", refuse_the_last)
    upload(upload_page, ("a.png", picture("587")), ("b.png", picture("4")))
    assert upload_page.code[0].value == "58"
    assert "1 mark unlike any digit, left out" in captions(upload_page)
    assert "No digit: 1 mark unlike any digit." in upload_page.info[0].value


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("scan.pdf#3", "scan 3"),
        ("scan.pdf#12", "scan 12"),
        ("page.jpg", "page"),
        ("no#7.png", "no#7"),
        ("plain", "plain"),
    ],
)
def test_a_downloaded_picture_is_named_after_its_page(name, stem):
    assert _stem(name) == stem
