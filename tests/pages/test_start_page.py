"""The Start page: the models with the figures of their cards, and what it says where none is installed."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = str(Path(__file__).parents[2] / "app.py")


def test_the_models_are_listed_with_their_accuracy():
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception
    assert set(app.dataframe[0].value["model"]) >= {"CNN", "RNN"}
    assert any(text.value.startswith("**RNN**: Reads the picture line by line") for text in app.markdown)
    assert app.dataframe[0].value["trained"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()


def test_without_models_it_says_how_to_make_one(monkeypatch):
    for found in ("start.digit_models", "frame.digit_models", "frame.list_models"):
        monkeypatch.setattr(f"hdr.ui.{found}", lambda *_folder: [])
    app = AppTest.from_file(APP, default_timeout=60).run()
    assert not app.exception
    assert any("python -m hdr train" in info.value for info in app.info)
