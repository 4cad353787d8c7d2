"""Times, dates and runs in the words of a page."""

import datetime

import pytest

from hdr.store.runs import add_run
from hdr.ui.words import as_date, as_time, net_title, run_title


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s"), (3600, "1 h 0 min"), (7500, "2 h 5 min")],
)
def test_a_duration(seconds, expected):
    assert as_time(seconds) == expected


def test_a_moment():
    assert as_date(datetime.datetime(2024, 5, 7, 9, 3, 59).timestamp()) == "2024-05-07 09:03"


def test_a_net():
    assert net_title("cnn") == "CNN"


@pytest.mark.parametrize(
    ("kind", "model", "expected"),
    [("train", "mine", "mine"), ("train", "", "Replaced model"), ("search", "", "Search")],
)
def test_what_a_run_makes(kind, model, expected, tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    assert run_title(add_run(kind, "{}", 1, model)) == expected
