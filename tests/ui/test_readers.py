"""Readers are kept for all sessions for as long as the weights that they read with are the stored ones."""

import json

import numpy as np
import pytest
import streamlit as st
from tiny import tiny_card

from hdr.config import home_folder
from hdr.reader import Reader
from hdr.store.promotions import promote
from hdr.ui import pictures, readers
from hdr.vision.image import encode_png


@pytest.fixture(autouse=True)
def loaded(tmp_path, monkeypatch):
    """The names of the models that were loaded; a model of one's own, `mine`, is stored."""
    names = []

    def load(name: str) -> Reader:
        names.append(name)
        return Reader(name, lambda images: np.full((len(images), 10), 0.1, np.float32))

    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr(readers, "load_reader", load)
    monkeypatch.setattr(readers, "spare_the_collector", lambda: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    store("mine", "first")
    yield names
    st.cache_resource.clear()
    st.cache_data.clear()


def store(name: str, sha256: str, net: str = "cnn") -> None:
    """A model's card alone, which says what its weights are."""
    path = home_folder() / "models" / name / "card.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tiny_card(net=net, sha256=sha256)), encoding="utf-8")


def replace_the_model() -> None:
    store("mine", "second")


def promote_a_string_net() -> None:
    store("strings", "others", "crnn")
    promote("strings", {})


def change_nothing() -> None:
    pass


def damage_the_database() -> None:
    (home_folder() / "hdr.sqlite3").write_bytes(b"junk" * 500)


CHANGES = [(change_nothing, 1), (damage_the_database, 1), (replace_the_model, 2), (promote_a_string_net, 2)]


@pytest.mark.parametrize(("change", "times"), CHANGES)
def test_a_reader_is_loaded_once_for_its_weights(change, times, loaded):
    readers.readers(("mine",))
    change()
    readers.readers(("mine",))
    assert loaded == ["mine"] * times


@pytest.mark.parametrize(("change", "times"), CHANGES)
def test_a_picture_is_read_once_with_the_same_weights(change, times, monkeypatch):
    looked, look = [], pictures.find_and_read_with_all
    monkeypatch.setattr(pictures, "find_and_read_with_all", lambda *asked: looked.append(asked) or look(*asked))
    files = {"blank.png": encode_png(np.full((60, 80, 3), 255, np.uint8))}
    list(pictures.read_files(files, readers.readers(("mine",))))
    change()
    list(pictures.read_files(files, readers.readers(("mine",))))
    assert len(looked) == times
