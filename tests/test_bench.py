"""The benches run and report what they measured."""

import numpy as np
import pytest
from tiny import shipped

from hdr.bench import bench, read_photos, time_drawing
from hdr.config import SAMPLES, machine
from hdr.errors import ModelError, SettingsError
from hdr.reader import Reader


@pytest.fixture(scope="module")
def reader():
    return Reader("cnn", shipped("cnn").predict)


@pytest.fixture
def photos(tmp_path):
    """A folder as HDR_DATA, with the sample page as its one photo, right, and the drawing with a wrong truth."""
    folder = tmp_path / "real"
    folder.mkdir()
    for name in ("page.jpg", "drawing.png"):
        (folder / name).write_bytes((SAMPLES / name).read_bytes())
    (folder / "truth.csv").write_text(
        "file,text,kind\npage.jpg,27 1863/40 5912/3 14159,photo\ndrawing.png,47,drawing\n"
    )
    return folder


PHOTOS = {
    "drawing": {"pictures": 1, "exact": 0, "digits": 2, "errors": 1, "accuracy": 0.5},
    "photo": {"pictures": 1, "exact": 1, "digits": 18, "errors": 0, "accuracy": 1.0},
}


def test_a_drawing_is_timed_against_the_usual_way(reader):
    times = time_drawing([reader], 3)
    assert sorted(times) == ["median_ms", "ratio", "usual_way_ms"]
    assert 0 < times["median_ms"] < 5_000
    assert 0 < times["usual_way_ms"] < 5_000
    assert times["ratio"] == pytest.approx(times["usual_way_ms"] / times["median_ms"], rel=0.05, abs=0.1)


def test_photos(reader, photos):
    assert read_photos(reader, photos) == PHOTOS


@pytest.mark.parametrize("with_photos", [True, False])
def test_the_whole_bench(photos, tmp_path, monkeypatch, with_photos):
    monkeypatch.setenv("HDR_DATA", str(tmp_path if with_photos else photos))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    report = bench(("cnn",), "cnn", repeats=1)
    assert (report["machine"], report["models"], report["pages_with"]) == (machine(), ["cnn"], "cnn")
    assert np.isfinite(list(report["drawing"].values())).all()
    assert report.get("photos") == ({"cnn": PHOTOS} if with_photos else None)


@pytest.mark.parametrize("name", ["ensemble", "svm", "decision_tree"])
def test_what_is_no_keras_net_is_refused(name):
    with pytest.raises(SettingsError, match=f"{name}.* is no Keras net"):
        time_drawing([Reader(name, lambda _: np.zeros((0, 10), np.float32))], 1)


def test_an_unknown_model():
    with pytest.raises(ModelError, match="No model is called 'cmm'"):
        bench(("cmm",), "cnn", repeats=1)
