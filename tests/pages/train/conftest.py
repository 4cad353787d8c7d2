"""Fixtures of the tests of the Train page. No process is started: `started` counts how often one would have been."""

from functools import cache

import pytest
import streamlit as st

from hdr.data import datasets
from hdr.errors import DataError
from hdr.learn import jobs


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """The bundled digits, whose way through the normalisation takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "_bundled_digits", cache(datasets._bundled_digits))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, no MNIST, and nothing that the pages remember."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HDR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(datasets, "_download_mnist", _no_mnist)
    st.cache_data.clear()
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """How often the next run would have been started."""
    calls = []
    monkeypatch.setattr(jobs, "start_next", lambda: calls.append("start"))
    return calls


def _no_mnist():
    raise DataError("MNIST is not stored here and could not be downloaded.")
