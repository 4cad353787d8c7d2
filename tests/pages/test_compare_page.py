"""The Compare page's logic: choices, missing results, views, and a chosen cell, without a browser."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hdr.errors import DataError
from hdr.score.compare import load_entry
from hdr.store.predictions import Predictions, predictions_path

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def compare():
    """Opens the page, with session state of one's own."""

    def open_page(**state) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/compare.py")
        for key, value in state.items():
            app.session_state[key] = value
        return app.run()

    return open_page


def texts(app: AppTest) -> str:
    """Everything that stands on the page as text or HTML."""
    kinds = ("markdown", "caption", "subheader", "info", "warning")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)) + "\n".join(
        block.proto.body for block in app.get("html")
    )


def test_it_opens_with_cnn_and_rnn(compare):
    app = compare()
    assert not app.exception
    assert app.multiselect(key="compare").value == ["CNN", "RNN"]
    assert "McNemar" in texts(app)


def test_nothing_chosen_says_what_to_do(compare):
    app = compare(compare=[])
    assert not app.exception
    assert any("Choose a model" in info.value for info in app.info)


def test_one_model_has_no_difference(compare):
    app = compare(compare=["CNN"])
    assert not app.exception
    assert "McNemar" not in texts(app)


def test_a_vote_joins_in(compare):
    app = compare(vote=True)
    assert not app.exception
    assert "Vote of 2" in texts(app)


@pytest.mark.parametrize("view", ["Overview", "Curves", "Confusion", "Digits", "Robustness", "Confidence", "Settings"])
@pytest.mark.parametrize("models", [["CNN"], ["CNN", "RNN"], ["CNN", "RNN", "Krishna MLP", "Naive Bayes"]])
def test_every_view(compare, view, models):
    app = compare(compare=models, view=view)
    assert not app.exception
    assert not app.error


def test_a_cell_says_why_its_pictures_are_missing(compare, monkeypatch):
    monkeypatch.setattr("hdr.ui.mistakes.pictures_of", _refuse)
    app = compare(view="Confusion", cell=(4, 6, "rnn"))
    assert not app.exception
    assert "4 read as 6 by RNN" in texts(app)
    assert any("pictures themselves are not here" in info.value for info in app.info)


def _refuse(name):
    raise DataError(f"{name} was not found.")


def test_missing_predictions_name_the_command(compare, monkeypatch):
    def path(name, data, *rest):
        return Path("/nowhere") if name == "rnn" else predictions_path(name, data, *rest)

    monkeypatch.setattr("hdr.store.predictions.predictions_path", path)
    monkeypatch.setattr("hdr.ui.comparing._newest", lambda _name: 0.5)
    app = compare()
    assert not app.exception
    assert any("python -m hdr evaluate rnn --data mnist" in warning.value for warning in app.warning)
    assert "CNN" in texts(app)


def test_answers_on_other_pictures_are_not_compared(compare, monkeypatch):
    def load(name, data, _changed):
        entry = load_entry(name, data)
        if name == "cnn":
            return entry
        kept = entry.predictions
        return replace(entry, predictions=Predictions(kept.labels[:100], kept.probabilities[:100]))

    monkeypatch.setattr("hdr.ui.comparing._entry", load)
    app = compare()
    assert not app.exception
    assert any("RNN answered other pictures than CNN" in warning.value for warning in app.warning)


def test_without_any_model(compare, monkeypatch):
    monkeypatch.setattr("hdr.ui.comparing.digit_models", list)
    app = compare()
    assert not app.exception
    assert app.info
