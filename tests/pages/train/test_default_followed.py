"""Draw and Upload without a browser read with the default model, and with whichever a person chose."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from train_page import APP, quiet, save_tiny

from hdr.config import DEFAULT_MODEL
from hdr.reader import Reader
from hdr.store.promotions import promote


@pytest.fixture
def read_with(monkeypatch):
    """The names of the models that a page asked for, in place of their readers."""
    names = []

    def reader(name: str, *_weights: str) -> Reader:
        names.append(name)
        return Reader(name, lambda images: np.full((len(images), 10), 0.1, np.float32))

    monkeypatch.setattr("hdr.ui.readers._shared_reader", reader)
    return names


def choice(app: AppTest) -> tuple[list[str], str]:
    group = app.button_group(key="models")
    return list(group.options), group.value


def test_draw_follows_the_default_without_a_restart(read_with):
    save_tiny("mine")
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "Both")
    assert set(read_with) == {"cnn", "rnn"}
    promote("mine", {})
    read_with.clear()
    quiet(app.run())
    assert choice(app) == (["mine", "CNN", "RNN", "Both", "Ensemble"], "mine")
    assert set(read_with) == {"mine"}
    promote("cnn", {})
    quiet(app.run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "CNN")
    promote(DEFAULT_MODEL, {})
    quiet(app.run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "Both")


def test_upload_reads_with_the_default_and_draw_with_both_until_a_person_chooses(read_with):
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/upload.py").run())
    assert (choice(app)[1], set(read_with)) == ("Ensemble", {"ensemble"})
    quiet(app.switch_page("pages/draw.py").run())
    assert choice(app)[1] == "Both"
    quiet(app.switch_page("pages/upload.py").run())
    assert choice(app)[1] == "Ensemble"
    quiet(app.button_group(key="models").set_value("RNN").run())
    quiet(app.switch_page("pages/draw.py").run())
    assert choice(app)[1] == "RNN"


def test_whoever_chose_another_model_keeps_it(read_with):
    save_tiny("mine")
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    quiet(app.button_group(key="models").set_value("RNN").run())
    promote("mine", {})
    read_with.clear()
    quiet(app.run())
    assert choice(app)[1] == "RNN"
    assert set(read_with) == {"rnn"}


@pytest.mark.usefixtures("read_with")
def test_draw_without_a_usable_database(home):
    home.mkdir()
    (home / "hdr.sqlite3").write_bytes(b"junk" * 500)
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    (warning,) = app.sidebar.warning
    assert "hdr.sqlite3" in warning.value
