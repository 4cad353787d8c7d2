"""What several models held out alike: the same pictures, or nothing."""

import numpy as np
import pytest
from tiny import write_mnist

from hdr.data.datasets import load_mnist
from hdr.learn.held_out import held_out_by_all
from hdr.learn.mixture import split
from hdr.learn.settings import TrainSettings


@pytest.fixture(autouse=True)
def mnist(tmp_path, monkeypatch):
    write_mnist(tmp_path)
    monkeypatch.setenv("HDR_DATA", str(tmp_path))


def card(validation: float = 100, seed: int = 7, trained_on: tuple[str, ...] = ("mnist",)) -> dict:
    return {"settings": {"validation": validation, "seed": seed, "epochs": 3}, "trained_on": list(trained_on)}


@pytest.mark.parametrize("cards", [[card()], [card(), card()], [card(100), card(1 / 6)]])
def test_the_same_pictures(cards):
    found = held_out_by_all(cards)
    expected = split(load_mnist("train"), TrainSettings(validation=100, seed=7))[1]
    np.testing.assert_array_equal(found.images, expected.images)
    np.testing.assert_array_equal(found.labels, expected.labels)


@pytest.mark.parametrize(
    "cards",
    [
        [card(), card(seed=8)],
        [card(), card(120)],
        [card(), card(trained_on=("digits", "mnist"))],
        [card(), {"settings": {"validation": 100, "seed": 7}}],
        [card(), {"settings": {}, "trained_on": ["mnist"]}],
        [],
    ],
    ids=["another seed", "more", "other data too", "unknown data", "an older card", "no models"],
)
def test_nothing(cards):
    assert held_out_by_all(cards) is None
