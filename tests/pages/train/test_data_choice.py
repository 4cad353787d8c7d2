"""What a run learns from, chosen on the Train page without a browser: sources, their parts, one's own pictures."""

import io
import zipfile

import cv2
import pytest
from streamlit.testing.v1 import AppTest
from tiny import drawn_digits
from train_page import APP, errors, keep_mine, only_plan, open_page, press, quiet, texts

from hdr.data.labelled import kept_sets


@pytest.mark.parametrize(
    ("sources", "said"),
    [([], "Choose one source or more"), (["mnist"], "could not be downloaded"), (["digits", "mnist"], "not stored")],
)
def test_data_that_cannot_be_had(sources, said):
    app = open_page(sources=sources)
    assert said in texts(app)
    assert app.button(key="start").disabled


def test_a_source_that_is_gone_is_no_longer_chosen():
    assert open_page(sources=["digits", "mine"]).multiselect(key="sources").value == ["digits"]


def test_a_link_carries_data_and_shares():
    keep_mine()
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    app.query_params["sources"] = ["scikit-learn's digits", "mine"]
    app.query_params["sources-mine"] = "25"
    quiet(app.run())
    assert app.multiselect(key="sources").value == ["digits", "mine"]
    assert [app.slider(key=f"sources-{name}").value for name in ("digits", "mine")] == [50, 25]
    quiet(app.run())
    assert app.slider(key="sources-mine").value == 25


def test_several_sources_by_their_parts():
    keep_mine()
    app = open_page(sources=["digits", "mine"])
    assert "An epoch: 50% scikit-learn's digits, 50% mine" in texts(app)
    app.slider(key="sources-digits").set_value(80)
    quiet(app.slider(key="sources-mine").set_value(20).run())
    assert "80% scikit-learn's digits, 20% mine" in texts(app)
    press(app, "start")
    assert dict(only_plan().data) == pytest.approx({"digits": 0.8, "mine": 0.2})


def zipped(**pictures: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    return file.getvalue()


def uploaded(content: bytes) -> AppTest:
    app = open_page(set_name="mine")
    assert app.button(key="keep_set").disabled
    quiet(app.file_uploader(key="set_zip").set_value([("mine.zip", content, "application/zip")]).run())
    return press(app, "keep_set")


def test_own_pictures_are_kept_and_can_be_chosen():
    images, labels = drawn_digits(20, 1)
    files = {
        f"{label}/{index}.png": cv2.imencode(".png", cv2.resize(255 - image, (112, 112)))[1].tobytes()
        for index, (image, label) in enumerate(zip(images, labels, strict=True))
    }
    app = uploaded(zipped(**files, **{"3/bad.png": b"no picture"}))
    assert kept_sets() == ["mine"]
    assert "20 pictures are kept as mine; choose it under Learn from. 1 were left out: 3/bad.png" in texts(app)
    assert "mine" in app.multiselect(key="sources").options
    press(app, "forget-mine")
    assert kept_sets() == []
    assert "mine" not in app.multiselect(key="sources").options


def test_a_damaged_zip_file():
    app = uploaded(b"no zip file")
    assert "damaged or not a zip file" in errors(app)[0]
    assert kept_sets() == []
