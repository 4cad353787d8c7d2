"""The Train page without a browser: its views with nothing, with runs in every state, and where something is broken."""

import numpy as np
import pytest
from tiny import drawn_digits
from train_page import VIEWS, errors, field, open_page, quiet, run_in, run_in_every_state, save_tiny, texts

from hdr.errors import StoreError


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("New run", "This preset trains the Quick CNN in its place"),
        ("Runs", "No run yet"),
        ("Search", "A search tries settings by itself"),
        ("Default model", "Nothing was promoted yet"),
    ],
)
def test_without_runs_and_without_mnist(view, said, home, started):
    app = open_page(view)
    assert not errors(app)
    assert said in texts(app)
    assert not started
    assert not (home / "runs").exists()


def test_without_mnist_the_bundled_digits_are_chosen():
    app = open_page()
    assert app.multiselect(key="sources").value == ["digits"]
    assert not app.button(key="start").disabled
    assert field(app, "number_input", "epochs").value == 17
    assert "17 epochs of 1,100 pictures" in texts(app)


def test_with_mnist_it_is_chosen(tmp_path):
    images, labels = drawn_digits(60, 1)
    np.savez(tmp_path / "data" / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert open_page().multiselect(key="sources").value == ["mnist"]


@pytest.mark.parametrize("view", VIEWS)
def test_with_runs_in_every_state(view):
    run_in_every_state()
    app = open_page(view)
    assert not errors(app)
    assert "model-running" in texts(app)
    assert "3 waiting" in texts(app)


def test_a_home_that_cannot_be_used(home, monkeypatch):
    home.write_bytes(b"")
    app = open_page()
    (error,) = errors(app)
    assert str(home) in error
    monkeypatch.setenv("HDR_HOME", str(home.with_name("other")))
    assert not errors(quiet(app.run()))


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_database_is_a_plain_message(view, home):
    home.mkdir()
    (home / "hdr.sqlite3").write_bytes(b"junk" * 500)
    (error,) = errors(open_page(view))
    assert "hdr.sqlite3" in error
    assert "move it away" in error


@pytest.mark.parametrize(
    ("view", "kind"), [("New run", "text_input"), ("Runs", "dataframe"), ("Default model", "selectbox")]
)
def test_a_damaged_card_is_in_nobodys_way(view, kind, home):
    run_in("done", "bad")
    (home / "models" / "bad").mkdir(parents=True)
    (home / "models" / "bad" / "card.json").write_text("{}")
    assert len(getattr(open_page(view), kind))


@pytest.mark.parametrize("query", ["list_runs", "read_epochs", "default_beside"])
def test_a_database_that_is_locked_while_one_looks_is_a_plain_message(query, monkeypatch):
    run_in("done", "mine")
    save_tiny("mine")

    def fail(*_):
        raise StoreError("database is locked")

    monkeypatch.setattr(f"hdr.ui.live.{query}", fail)
    assert errors(open_page()) == ["database is locked"]
