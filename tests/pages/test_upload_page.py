"""The Upload page's logic without a browser: the sample page, good and bad files, a blank one, equal names."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hdr.data.pen import ink_strokes, place

APP = str(Path(__file__).parents[2] / "app.py")


def picture(text: str) -> bytes:
    canvas = np.zeros((200, 140 * max(1, len(text)) + 60), np.uint8)
    for index, digit in enumerate(text):
        ink_strokes(canvas, place(int(digit), 50 + 130 * index, 40, 120), 9)
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
    assert "<strong>a (2).png</strong>" in [element.proto.body for element in upload_page.get("html")]


def test_the_table_has_a_line_per_digit(upload_page):
    upload(upload_page, ("a.png", picture("581")))
    table = upload_page.dataframe[0].value
    assert list(table["digit"]) == [5, 8, 1]
    assert table["confidence"].between(0, 1).all()
