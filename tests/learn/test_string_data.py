"""The data of a string net's run."""

import numpy as np
import pytest

from hdr.data.datasets import Dataset
from hdr.errors import DataError, SettingsError
from hdr.learn import string_data
from hdr.learn.plan import make_plan, own_data
from hdr.learn.settings import TrainSettings
from hdr.learn.string_data import load_string_parts
from tests.data.test_strings import amount
from tests.tiny import drawn_digits

SETTINGS = TrainSettings(validation=0.25, seed=3)
BOTH = (("digits", 0.7), ("cheques", 0.3))


@pytest.fixture(autouse=True)
def sources(monkeypatch):
    """Forty drawn digits by any name, and twenty real numbers as the cheques."""
    images, labels = drawn_digits(40, 4)
    numbers = [amount(str(1000 + i)) for i in range(20)]
    monkeypatch.setattr(string_data, "load_source", lambda name: Dataset(name, images, labels.astype(np.int64)))
    monkeypatch.setattr(string_data, "load_numbers", lambda _name: numbers)
    monkeypatch.setattr(string_data, "_COMPOSED", 30)


def test_real_numbers_are_held_out():
    parts = load_string_parts(BOTH, SETTINGS)
    held_out = set(parts.sources["cheques"].texts)
    assert len(held_out) == 5
    assert held_out.isdisjoint(number.text for number in parts.lesson.amounts)
    assert len(parts.lesson.amounts) == 15
    assert parts.lesson.share == 0.3
    assert len(parts.sources["digits"]) == 30
    assert len(parts.validation) == 35
    assert parts.golden.shape[:2] == (16, 32)
    assert set(parts.sha256) == {"digits", "cheques"}
    assert "20" in parts.about
    assert "30% real numbers of cheques" in parts.about


def test_another_seed_holds_out_others():
    first, other = (load_string_parts(BOTH, TrainSettings(validation=0.25, seed=seed)) for seed in (3, 4))
    assert first.sources["cheques"].texts != other.sources["cheques"].texts


def test_composed_numbers_alone():
    parts = load_string_parts((("digits", 1.0),), SETTINGS)
    assert parts.lesson.share == 0
    assert parts.lesson.amounts == []


def test_nothing_to_compose_from():
    with pytest.raises(SettingsError, match="Add a source"):
        load_string_parts((("cheques", 1.0),), SETTINGS)


def test_too_few_numbers():
    with pytest.raises(SettingsError, match="hold out 20 of 20"):
        load_string_parts(BOTH, TrainSettings(validation=20))


def test_a_batch_must_fit_into_an_epoch():
    with pytest.raises(SettingsError, match="batch_size must be 1 to 6400, the pictures of an epoch, not 6401"):
        load_string_parts(BOTH, TrainSettings(batch_size=6401))


def test_the_string_net_has_data_of_its_own():
    assert own_data("crnn") == (("mnist", 0.4), ("cheques", 0.6))
    assert own_data("cnn") == own_data("svm") == (("mnist", 1.0),)
    assert make_plan("crnn").data == own_data("crnn")


def test_whole_numbers_are_for_string_nets():
    with pytest.raises(SettingsError, match="whole numbers"):
        make_plan("cnn", data=(("cheques", 1.0),))


def test_an_unknown_source(monkeypatch):
    def fail(name: str) -> Dataset:
        raise DataError(f"no {name}")

    monkeypatch.setattr(string_data, "load_source", fail)
    with pytest.raises(DataError, match="no nowhere"):
        load_string_parts((("nowhere", 1.0),), SETTINGS)
