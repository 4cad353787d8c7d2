"""Labelled paths: traced once and kept, blank pictures left out, and those of the project's own pen."""

import numpy as np
import pytest
from tiny import drawn_digits

from hdr.data import traced
from hdr.data.datasets import Dataset
from hdr.data.traced import Paths, drawn_paths, load_paths, trace_set, unseen_paths
from hdr.errors import DataError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def data() -> Dataset:
    images, labels = drawn_digits(20, 3)
    return Dataset("drawn", images, labels.astype(np.int64))


def test_what_was_traced_is_kept(data, monkeypatch):
    first = trace_set(data)
    monkeypatch.setattr(traced, "trace_digits", lambda _images: pytest.fail("traced again"))
    again = trace_set(data)
    assert [len(strokes) for strokes in again.digits] == [len(strokes) for strokes in first.digits]
    for one, other in zip(first.digits, again.digits, strict=True):
        np.testing.assert_allclose(np.concatenate(one), np.concatenate(other), atol=1e-4)
    np.testing.assert_array_equal(again.labels, data.labels)
    assert again.sha256() == first.sha256()


def test_a_damaged_cache_is_made_again(data, home):
    first = trace_set(data)
    (kept,) = (home / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:100])
    assert trace_set(data).sha256() == first.sha256()
    assert kept.stat().st_size > 100


def test_another_picture_is_another_set(data):
    changed = data.images.copy()
    changed[0] = 255 - changed[0]
    other = trace_set(Dataset("drawn", changed, data.labels))
    assert other.sha256() != trace_set(data).sha256()


def test_a_home_that_cannot_be_written_does_no_harm(data, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "file"))
    assert len(trace_set(data)) == 20


def test_blank_pictures_are_left_out(data):
    images = data.images.copy()
    images[[0, 5]] = 0
    for _ in range(2):
        found = trace_set(Dataset("some blank", images, data.labels))
        assert found.labels.tolist() == [label for i, label in enumerate(data.labels.tolist()) if i not in (0, 5)]


def test_nothing_but_blank_pictures():
    with pytest.raises(DataError, match="no ink"):
        trace_set(Dataset("blank", np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.int64)))


@pytest.mark.parametrize(("digits", "labels"), [([], [1]), ([[]], [1])])
def test_paths_that_do_not_fit(digits, labels):
    with pytest.raises(DataError):
        Paths("odd", digits, np.array(labels))


def test_the_pens_own_paths():
    found, again, other = drawn_paths(30), drawn_paths(30), drawn_paths(30, seed=1)
    assert found.labels.tolist() == list(range(10)) * 3
    assert found.sha256() == again.sha256() != other.sha256()
    sizes = [np.ptp(np.concatenate(strokes), axis=0).max() for strokes in found.digits]
    assert max(sizes) > 2 * min(sizes)


def test_sets_by_name():
    assert load_paths("drawn").name == "drawn"
    with pytest.raises(DataError, match="No data set"):
        load_paths("nowhere")


def test_the_sets_to_test_on(monkeypatch, data):
    monkeypatch.setattr(traced, "unseen_tests", lambda _seen: iter([("mnist", data)]))
    assert [paths.name for paths in unseen_paths(["mnist"])] == ["drawn", "mnist-traced"]
