"""Data sets by name: where they are looked for, how they come out, and a clear error for all that can be wrong."""

import hashlib
import io
import urllib.error
import urllib.request
from pathlib import PurePosixPath

import numpy as np
import pytest
from PIL import Image

from hdr.data import datasets
from hdr.data.datasets import (
    BUILT_IN,
    Dataset,
    is_picture,
    load_dataset,
    load_digits,
    load_mnist,
    read_arrays,
    read_picture,
    seen_tests,
    unseen_tests,
)
from hdr.errors import DataError, ImageError, StoreError

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    """HDR_DATA and HDR_HOME in an empty folder, and no network."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.setenv("HDR_DATA", str(data))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return data


def refuse(*_args, **_options):
    raise urllib.error.URLError("no network in tests")


def mnist_arrays(train: int = 5, test: int = 3) -> dict[str, np.ndarray]:
    """Arrays as in mnist.npz, a few of each."""
    return {
        "x_train": RNG.integers(0, 256, (train, 28, 28), dtype=np.uint8),
        "y_train": np.arange(train, dtype=np.uint8) % 10,
        "x_test": RNG.integers(0, 256, (test, 28, 28), dtype=np.uint8),
        "y_test": np.arange(test, dtype=np.uint8)[::-1] % 10,
    }


def as_npz(arrays: dict[str, np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


# --- the value type -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (np.zeros((2, 16, 16), np.uint8), np.zeros(2, int), "(2, 16, 16)"),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, int), "float32"),
        (np.zeros((28, 28), np.uint8), np.zeros(28, int), "(28, 28)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, int), "2 images"),
        (np.zeros((2, 28, 28), np.uint8), np.array([0, 10]), "10"),
        (np.zeros((2, 28, 28), np.uint8), np.array([-1, 3]), "-1"),
    ],
    ids=["size", "dtype", "one picture", "count", "label too high", "label negative"],
)
def test_dataset_checks_itself(images, labels, said):
    with pytest.raises(DataError) as caught:
        Dataset("mine", images, labels)
    assert "mine" in str(caught.value)
    assert said in str(caught.value)


def test_fingerprint_follows_pictures_and_labels():
    images, labels = mnist_arrays()["x_train"], np.arange(5)
    one = Dataset("a", images, labels)
    assert len(one) == 5
    assert one.sha256() == Dataset("b", images.copy(), labels.astype(np.int32)).sha256()
    assert one.sha256() != Dataset("a", images, labels[::-1]).sha256()
    assert one.sha256() != Dataset("a", images[::-1], labels).sha256()


# --- by name --------------------------------------------------------------------------------------------------------


def test_bundled_digits():
    dataset = load_dataset("digits")
    assert dataset.name == "digits"
    assert dataset.images.shape == (1797, 28, 28)
    assert np.bincount(dataset.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert (dataset.images.max(axis=(1, 2)) == 255).all()


def test_bundled_digits_in_two_parts():
    """In their order, so that the writers of the last pictures are none of the first."""
    whole, train, test = load_dataset("digits"), load_digits("train"), load_digits("test")
    assert (train.name, len(train), test.name, len(test)) == ("digits-train", 1200, "digits-test", 597)
    np.testing.assert_array_equal(np.concatenate([train.images, test.images]), whole.images)
    np.testing.assert_array_equal(np.concatenate([train.labels, test.labels]), whole.labels)
    assert np.bincount(test.labels, minlength=10).min() > 50
    assert load_dataset("digits-test").sha256() == test.sha256()


@pytest.mark.parametrize(
    ("trained_on", "tests"),
    [
        ([], ["mnist", "usps", "optdigits", "digits"]),
        (["mnist"], ["mnist", "usps", "optdigits", "digits"]),
        (["my own", "mnist"], ["mnist", "usps", "optdigits", "digits"]),
        (["digits"], ["mnist", "usps", "digits-test"]),
        (("mnist", "digits"), ["mnist", "usps", "digits-test"]),
    ],
)
def test_test_sets_that_hold_nothing_that_was_trained_on(folders, trained_on, tests):
    """optdigits are the bundled digits at a finer grid."""
    for name, side in (("usps_test_16x16.npz", 16), ("optdigits_windep_32x32.npz", 32)):
        images = np.zeros((2, side, side), np.uint8)
        images[:, 2:10, 3:7] = 200
        (folders / name).write_bytes(as_npz({"x": images, "y": np.array([1, 1])}))
    (folders / "mnist.npz").write_bytes(as_npz(mnist_arrays()))
    found = dict(unseen_tests(trained_on))
    assert sorted(found) == sorted(tests)
    assert {name: data.sha256() for name, data in found.items()} == {
        name: load_dataset(name).sha256() for name in tests
    }


@pytest.mark.parametrize(
    ("trained_on", "seen"), [([], set()), (["mnist"], set()), (("mnist", "digits"), {"digits", "optdigits"})]
)
def test_test_sets_that_hold_what_was_trained_on(trained_on, seen):
    assert seen_tests(trained_on) == seen


def test_test_sets_that_are_not_here_are_passed_over(folders):
    (folders / "usps_test_16x16.npz").write_bytes(b"damaged")
    assert [name for name, _ in unseen_tests([])] == ["digits"]
    assert [name for name, _ in unseen_tests(["digits"])] == ["digits-test"]


@pytest.mark.parametrize(("part", "count"), [("train", 5), ("test", 3)])
def test_mnist_from_hdr_data(folders, part, count):
    arrays = mnist_arrays()
    (folders / "mnist.npz").write_bytes(as_npz(arrays))
    dataset = load_mnist(part)
    assert dataset.name == f"mnist-{part}"
    assert len(dataset) == count
    assert dataset.labels.dtype == np.int64
    np.testing.assert_array_equal(dataset.images, arrays[f"x_{part}"])
    np.testing.assert_array_equal(dataset.labels, arrays[f"y_{part}"])


def test_mnist_by_name_is_its_test_part(folders):
    (folders / "mnist.npz").write_bytes(as_npz(mnist_arrays()))
    assert load_dataset("mnist").sha256() == load_mnist("test").sha256()


def test_hdr_data_comes_before_the_cache(folders, tmp_path):
    cache = tmp_path / "home" / "data"
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(as_npz(mnist_arrays(test=7)))
    assert len(load_dataset("mnist")) == 7
    (folders / "mnist.npz").write_bytes(as_npz(mnist_arrays(test=4)))
    assert len(load_dataset("mnist")) == 4


@pytest.mark.parametrize(
    ("name", "file", "side"), [("usps", "usps_test_16x16.npz", 16), ("optdigits", "optdigits_windep_32x32.npz", 32)]
)
def test_other_sizes_are_brought_to_28(folders, name, file, side):
    images = np.zeros((2, side, side), np.uint8)
    images[0, 2:10, 3:7] = images[1, 1:5, 2:12] = 200
    (folders / file).write_bytes(as_npz({"x": images, "y": np.array([1, 7])}))
    dataset = load_dataset(name)
    assert dataset.images.shape == (2, 28, 28)
    assert dataset.labels.tolist() == [1, 7]
    assert (dataset.images > 127).any(axis=2).sum(axis=1).tolist() == [20, 8]
    assert (dataset.images > 127).any(axis=1).sum(axis=1).tolist() == [10, 20]


def test_a_part_that_mnist_lacks():
    with pytest.raises(DataError, match=r"train and test.*'validation'"):
        load_mnist("validation")


@pytest.mark.parametrize("name", ["emnist", "MNIST ", "no/such/folder"])
def test_unknown_name(name):
    with pytest.raises(DataError) as caught:
        load_dataset(name)
    assert BUILT_IN == ("mnist", "usps", "optdigits", "digits")
    assert all(known in str(caught.value) for known in (repr(name), *BUILT_IN, "FOLDER"))


@pytest.mark.parametrize(
    ("name", "file"), [("usps", "usps_test_16x16.npz"), ("optdigits", "optdigits_windep_32x32.npz")]
)
def test_missing_file_says_where_it_was_looked_for(folders, name, file):
    with pytest.raises(DataError) as caught:
        load_dataset(name)
    assert all(part in str(caught.value) for part in (file, str(folders), "HDR_DATA"))


WHOLE = as_npz(mnist_arrays())
DAMAGED = {
    "empty": b"",
    "text": b"not an archive",
    "cut": WHOLE[: len(WHOLE) // 2],
    "archive damaged inside": WHOLE[:200] + b"\xff" * 400 + WHOLE[600:],
    "keys missing": as_npz({"x": np.zeros((2, 28, 28), np.uint8)}),
    "wrong shape": as_npz(mnist_arrays() | {"x_test": np.zeros((3, 16, 16), np.uint8)}),
    "labels too few": as_npz(mnist_arrays() | {"y_test": np.zeros(2, np.uint8)}),
    "labels are words": as_npz(mnist_arrays() | {"y_test": np.array(["one", "two", "six"])}),
    "pickled": as_npz(mnist_arrays() | {"x_test": np.array([{}, {}, {}], dtype=object)}),
    "npy, not npz": None,
}


@pytest.mark.parametrize("part", ["test", "train"])
@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file(folders, name, part):
    if (name, part) == ("archive damaged inside", "test"):
        pytest.skip("the damage lies in the training part, which is not read here")
    content = DAMAGED[name]
    if content is None:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((2, 28, 28), np.uint8))
        content = buffer.getvalue()
    (folders / "mnist.npz").write_bytes(content)
    if part == "train" and (
        "y_test" in name or name in ("wrong shape", "labels too few", "labels are words", "pickled")
    ):
        assert len(load_mnist("train")) == 5
        return
    with pytest.raises(DataError, match="mnist"):
        load_mnist(part)


# --- arrays and pictures --------------------------------------------------------------------------------------------


def test_arrays_of_any_size(tmp_path):
    path = tmp_path / "mine.npz"
    images, labels = RNG.integers(0, 256, (4, 9, 7), dtype=np.uint8), np.array([3, 0, 9, 3], np.uint8)
    path.write_bytes(as_npz({"pictures": images, "digits": labels, "more": np.zeros(1)}))
    found_images, found_labels = read_arrays(path, "pictures", "digits")
    np.testing.assert_array_equal(found_images, images)
    np.testing.assert_array_equal(found_labels, labels)
    assert found_labels.dtype == np.int64


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"mine\.npz cannot be read as a data set .*it must hold x and y"),
        (b"", "cannot be read as a data set"),
        (as_npz({"x": np.zeros((2, 28, 28), np.uint8)}), "cannot be read as a data set .*'y"),
        (as_npz({"x": np.zeros((2, 28, 28)), "y": np.zeros(2)}), r"x must be uint8 \(N, H, W\).*float64 \(2, 28, 28\)"),
        (as_npz({"x": np.zeros((2, 784), np.uint8), "y": np.zeros(2)}), r"not uint8 \(2, 784\)"),
        (as_npz({"x": np.zeros((0, 28, 28), np.uint8), "y": np.zeros(0)}), "with N > 0"),
    ],
    ids=["missing", "empty", "no labels", "dtype", "rows", "no picture"],
)
def test_arrays_that_are_none(tmp_path, content, message):
    if content is not None:
        (tmp_path / "mine.npz").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_arrays(tmp_path / "mine.npz", "x", "y")


@pytest.mark.parametrize("light", [False, True], ids=["pen on paper", "chalk on slate"])
def test_one_picture(draw, light):
    ink = draw((80, 60), "7", 14, 15, 50, 5)
    buffer = io.BytesIO()
    Image.fromarray(ink if light else 255 - ink).save(buffer, "PNG")
    image = read_picture(buffer.getvalue())
    assert (image.shape, image.dtype, image.max(), image[0, 0]) == ((28, 28), np.uint8, 255, 0)
    assert (image > 127).any(axis=1).sum() == 20


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n but no more"])
def test_one_picture_that_is_none(content):
    with pytest.raises(ImageError):
        read_picture(content)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("mine/3/any.png", True),
        ("any", True),
        ("3/Thumbs.png", True),
        ("mine/.hidden/3/any.png", True),
        ("mine/3/.DS_Store", False),
        ("mine/3/._any.png", False),
        ("mine/3/Thumbs.db", False),
        ("desktop.ini", False),
        ("__MACOSX/mine/3/any.png", False),
    ],
)
def test_what_is_meant_as_a_picture(path, meant):
    assert is_picture(PurePosixPath(path)) is meant


# --- a folder of labelled pictures ----------------------------------------------------------------------------------


def save_digit(folder, draw, label: int, name: str, light: bool = False) -> None:
    (folder / str(label)).mkdir(parents=True, exist_ok=True)
    ink = draw((80, 60), str(label), 14, 15, 50, 5)
    Image.fromarray(ink if light else 255 - ink).save(folder / str(label) / name)


def test_folder_of_labelled_pictures(tmp_path, draw):
    folder = tmp_path / "mine"
    for label in (3, 7, 0):
        save_digit(folder, draw, label, "a.png")
        save_digit(folder, draw, label, "b.png", light=True)
    (folder / "notes").mkdir()
    dataset = load_dataset(str(folder))
    assert dataset.name == "mine"
    assert dataset.labels.tolist() == [0, 0, 3, 3, 7, 7]
    assert (dataset.images.max(axis=(1, 2)) == 255).all()
    alike = [np.corrcoef(dataset.images[i].ravel(), dataset.images[i + 1].ravel())[0, 1] for i in (0, 2, 4)]
    assert min(alike) > 0.95


@pytest.mark.parametrize("inside", [[], ["other/x.png"], ["3"]], ids=["empty", "other names", "empty sub-folder"])
def test_folder_without_pictures(tmp_path, inside):
    folder = tmp_path / "mine"
    folder.mkdir()
    for path in inside:
        (folder / path).mkdir(parents=True)
    with pytest.raises(DataError, match=r"no labelled pictures.*0 to 9"):
        load_dataset(str(folder))


def test_folder_with_a_file_that_is_no_picture_names_it(tmp_path, draw):
    folder = tmp_path / "mine"
    save_digit(folder, draw, 4, "good.png")
    (folder / "4" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n but no more")
    with pytest.raises((DataError, ImageError), match=r"broken\.png"):
        load_dataset(str(folder))


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._good.png"])
def test_folder_with_what_file_managers_leave_behind(tmp_path, draw, name):
    folder = tmp_path / "mine"
    save_digit(folder, draw, 4, "good.png")
    (folder / "4" / name).write_bytes(b"\0\0\0\1Bud1")
    assert load_dataset(str(folder)).labels.tolist() == [4]


# --- the download ---------------------------------------------------------------------------------------------------


def answer(monkeypatch, content: bytes | Exception) -> list[str]:
    """Make the network answer with this; returns the addresses asked for."""
    asked = []

    def urlopen(address, *_args, **_options):
        asked.append(address if isinstance(address, str) else address.full_url)
        if isinstance(content, Exception):
            raise content
        return io.BytesIO(content)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    return asked


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("no route"),
        urllib.error.HTTPError("https://example.org", 503, "busy", None, None),
        TimeoutError("too slow"),
        ConnectionResetError("cut off"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_failed_download_says_how_to_get_it(monkeypatch, tmp_path, error):
    answer(monkeypatch, error)
    with pytest.raises(DataError) as caught:
        load_dataset("mnist")
    assert all(part in str(caught.value) for part in ("mnist.npz", str(tmp_path / "home" / "data"), "HDR_DATA"))


def test_download_with_a_wrong_hash_is_refused_and_not_kept(monkeypatch, tmp_path):
    answer(monkeypatch, as_npz(mnist_arrays()))
    with pytest.raises(DataError, match=r"damaged: SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}"):
        load_dataset("mnist")
    assert not list(tmp_path.rglob("*.npz*"))


def test_good_download_is_kept(monkeypatch, tmp_path):
    content = as_npz(mnist_arrays())
    monkeypatch.setattr(datasets, "MNIST_SHA256", hashlib.sha256(content).hexdigest())
    asked = answer(monkeypatch, content)
    assert len(load_dataset("mnist")) == len(load_dataset("mnist")) == 3
    assert asked == [datasets.MNIST_URL]
    assert [path.name for path in (tmp_path / "home" / "data").iterdir()] == ["mnist.npz"]


def test_a_good_download_that_cannot_be_kept_says_where(monkeypatch, tmp_path):
    content = as_npz(mnist_arrays())
    monkeypatch.setattr(datasets, "MNIST_SHA256", hashlib.sha256(content).hexdigest())
    answer(monkeypatch, content)
    (tmp_path / "home").write_bytes(b"a file is in its way")
    with pytest.raises(StoreError, match=r"data/mnist\.npz cannot be written"):
        load_dataset("mnist")
