"""The Compare page's logic: choices, missing results, views, and a chosen cell, without a browser."""

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hdr.errors import DataError
from hdr.score.compare import load_entry
from hdr.store.predictions import Predictions, predictions_path
from hdr.ui.words import ALWAYS_MNIST

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


REJECTION = {
    "n": 500,
    "auroc": {"scribbles": 0.97, "letters": 0.99, "all": 0.98},
    "refused": {"scribbles": 0.5, "letters": 0.7, "all": 0.61},
    "examples": [
        {"kind": "scribbles", "png": "AAAA", "digit": 8, "confidence": 0.93},
        {"kind": "letters", "png": "BBBB", "digit": 4, "confidence": 0.31},
    ],
}


@pytest.fixture
def measured(monkeypatch):
    """The measures of the CNN and the RNN; of the latter, answers on other pictures."""

    def give(**measures) -> None:
        def load(name, data, _changed):
            return replace(load_entry(name, data), measures=measures[name])

        monkeypatch.setattr("hdr.ui.comparing._entry", load)

    return give


def test_confidence_shows_what_is_no_digit(compare, measured):
    other = [example | {"png": "CCCC"} for example in REJECTION["examples"]]
    measured(cnn={"rejection": REJECTION}, rnn={"rejection": REJECTION | {"examples": other}})
    app = compare(view="Confidence")
    assert not app.exception
    text = texts(app)
    assert "CNN 61% · RNN 61%" in text
    assert text.count("<figure>") == 2
    assert '<span class="wrong">CNN<b>8</b>93%</span>' in text
    assert '<span class="right">CNN<b>4</b>31%</span>' in text
    assert "RNN<b>" not in text
    assert not app.info


def test_confidence_that_was_not_measured_names_the_command(compare, measured):
    measured(cnn={"rejection": REJECTION}, rnn={})
    app = compare(view="Confidence")
    assert not app.exception
    assert [
        "Not measured yet: rnn. Measure with `python -m hdr measure rnn --only rejection`." in info.value
        for info in app.info
    ] == [True]
    assert "CNN 61%." in texts(app)
    measured(cnn={}, rnn={})
    app = compare(view="Confidence")
    assert not app.exception
    assert "python -m hdr measure cnn rnn" in app.info[0].value
    assert "<figure>" not in texts(app)


@pytest.mark.parametrize("data", ["mnist", "usps"])
def test_robustness_says_what_it_was_measured_on(compare, data):
    text = texts(compare(view="Robustness", data=data))
    assert "Gaussian noise on MNIST's test pictures: CNN 10,000 · RNN 10,000." in text
    assert (ALWAYS_MNIST in text) == (data != "mnist")


def test_coverage_is_of_the_chosen_set(compare, measured):
    measured(cnn={}, rnn={})
    shares = [texts(compare(view="Confidence", data=data)).split("of them right: ")[1] for data in ("mnist", "usps")]
    assert shares[0] != shares[1]
    assert shares[0].startswith("CNN 98.")


def test_without_any_model(compare, monkeypatch):
    monkeypatch.setattr("hdr.ui.comparing.digit_models", list)
    app = compare()
    assert not app.exception
    assert app.info
