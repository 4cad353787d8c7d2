"""Kept answers of a model: written whole or not at all, one file for each set, refused with the command that helps."""

import re
from pathlib import Path

import numpy as np
import pytest
from tiny import spoil

from hdr.config import MODELS
from hdr.data.datasets import COMPARED
from hdr.errors import ModelError, StoreError
from hdr.store.predictions import (
    Predictions,
    predictions_file,
    predictions_path,
    read_predictions,
    stored_sets,
    write_predictions,
)

LABELS = np.array([3, 1, 4, 1, 5, 9], np.int64)
ANSWERS = np.random.default_rng(1).dirichlet(np.ones(10), 6).astype(np.float32)
GIVEN = Predictions(LABELS, ANSWERS, "fingerprint of the set")


@pytest.fixture
def folder(tmp_path):
    """A folder with the model `cnn` and its answers on MNIST."""
    (tmp_path / "cnn").mkdir()
    write_predictions(tmp_path / "cnn" / "predictions.npz", GIVEN)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cnn").iterdir())


# --- where and what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "file"),
    [
        ("mnist", "predictions.npz"),
        ("usps", "predictions-usps.npz"),
        ("optdigits", "predictions-optdigits.npz"),
        ("digits", "predictions-digits.npz"),
        ("digits-test", "predictions-digits-test.npz"),
    ],
)
def test_a_file_for_each_set(folder, data, file):
    path = predictions_path("cnn", data, folder)
    assert path == folder / "cnn" / predictions_file(data) == folder / "cnn" / file
    write_predictions(path, Predictions(LABELS[:2], ANSWERS[:2], data))
    assert read_predictions("cnn", data, folder).data_sha256 == data
    assert stored_sets("cnn", folder) == [known for known in COMPARED if known in ("mnist", data)]


def test_the_sets_whose_answers_are_kept():
    assert set(COMPARED) >= {"mnist", "usps", "optdigits", "digits"}
    assert len({predictions_file(data) for data in COMPARED}) == len(COMPARED)


def test_answers_of_a_persons_own_model(folder, tmp_path, monkeypatch):
    """They lie beside the model, wherever that is."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    own = tmp_path / "home" / "models" / "mine"
    own.mkdir(parents=True)
    (own / "card.json").write_text("{}")
    assert predictions_path("mine", "usps") == own / "predictions-usps.npz"
    assert predictions_path("cnn", "mnist") == MODELS / "cnn" / "predictions.npz"
    assert predictions_path("cnn", "mnist", folder) == folder / "cnn" / "predictions.npz"
    write_predictions(predictions_path("mine", "usps"), GIVEN)
    assert stored_sets("mine") == ["usps"]
    assert read_predictions("mine", "usps").data_sha256 == GIVEN.data_sha256


def test_what_is_written_is_read(folder):
    found = read_predictions("cnn", "mnist", folder)
    np.testing.assert_array_equal(found.labels, LABELS)
    np.testing.assert_array_equal(found.probabilities, ANSWERS)
    assert (found.labels.dtype, found.probabilities.dtype) == (np.int64, np.float32)
    assert (found.data_sha256, type(found.data_sha256)) == ("fingerprint of the set", str)


def test_the_newest_answers_stay(folder):
    write_predictions(folder / "cnn" / "predictions.npz", Predictions(LABELS[:2], ANSWERS[:2], "another set"))
    found = read_predictions("cnn", "mnist", folder)
    assert (len(found.labels), found.data_sha256) == (2, "another set")
    assert names(folder) == ["predictions.npz"]


def test_everybody_may_read_the_file(folder):
    assert (folder / "cnn" / "predictions.npz").stat().st_mode & 0o777 == 0o644


def test_older_files_have_no_fingerprint(folder):
    np.savez(folder / "cnn" / "predictions.npz", labels=LABELS, probabilities=ANSWERS)
    assert read_predictions("cnn", "mnist", folder).data_sha256 == ""


@pytest.mark.parametrize("name", ["cnn", "rnn"])
def test_no_answers_yet(folder, name):
    assert "usps" not in stored_sets(name, folder)
    message = (
        f"Model '{name}' has no predictions on usps yet. Make them with: python -m hdr evaluate {name} --data usps"
    )
    with pytest.raises(ModelError, match=re.escape(message) + "$"):
        read_predictions(name, "usps", folder)


def test_other_files_are_no_sets(folder):
    for name in ("predictions-nist.npz", "predictions-usps.npz.part", ".predictions.npz-x1y2"):
        (folder / "cnn" / name).write_bytes(b"")
    (folder / "cnn" / "predictions-digits.npz").mkdir()
    assert stored_sets("cnn", folder) == ["mnist"]


@pytest.mark.parametrize(
    ("labels", "shape"),
    [
        ((0,), (0, 10)),
        ((3,), (2, 10)),
        ((3,), (3, 9)),
        ((3,), (3,)),
        ((3,), (3, 10, 1)),
        ((1,), (10,)),
        ((3, 1), (3, 10)),
    ],
)
def test_shapes_that_do_not_belong_together(labels, shape):
    message = f"must be (N, 10) for N > 0 labels, not {shape} for {labels}"
    with pytest.raises(ModelError, match=re.escape(message)):
        Predictions(np.zeros(labels, np.int64), np.zeros(shape, np.float32))


@pytest.mark.parametrize("label", [-1, 10])
def test_labels_that_are_no_digits(label):
    with pytest.raises(ModelError, match="Labels must be 0 to 9"):
        Predictions(np.array([3, label]), ANSWERS[:2])


# --- damage ---------------------------------------------------------------------------------------------------------


def without(key: str):
    arrays = {"labels": LABELS, "probabilities": ANSWERS, "data_sha256": "x"}
    del arrays[key]
    return lambda path: np.savez(path, **arrays)


def code(path: Path) -> None:
    """Objects in place of numbers, which reading would bring to life."""
    np.savez(path, labels=LABELS, probabilities=np.full((6, 10), print, object), allow_pickle=True)


DAMAGE = {
    "empty": lambda path: path.write_bytes(b""),
    "no npz": lambda path: path.write_bytes(b"not an npz"),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "no labels": without("labels"),
    "no probabilities": without("probabilities"),
    "no picture": lambda path: np.savez(path, labels=LABELS[:0], probabilities=ANSWERS[:0]),
    "other lengths": lambda path: np.savez(path, labels=LABELS[:5], probabilities=ANSWERS),
    "no digits": lambda path: np.savez(path, labels=LABELS + 7, probabilities=ANSWERS),
    "nonsense inside": spoil,
    "code": code,
}


@pytest.mark.parametrize(("data", "file"), [("mnist", "predictions.npz"), ("usps", "predictions-usps.npz")])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_noticed_and_the_command_named_that_helps(folder, data, file, damage):
    path = predictions_path("cnn", data, folder)
    write_predictions(path, GIVEN)
    damage(path)
    command = f"Make them with: python -m hdr evaluate cnn --data {data} --fresh"
    with pytest.raises(ModelError, match=f"^{file} of model 'cnn' cannot be read .*{command}$"):
        read_predictions("cnn", data, folder)


# --- a write that fails ---------------------------------------------------------------------------------------------


def half(file, **_arrays):
    file.write(b"half of an np")
    raise OSError("No space left on device")


@pytest.mark.parametrize("data", ["mnist", "usps"])
def test_a_write_that_fails_changes_nothing(folder, monkeypatch, data):
    before = (folder / "cnn" / "predictions.npz").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez_compressed", half)
        with pytest.raises(StoreError, match=r"cannot be written \(No space left on device\)"):
            write_predictions(predictions_path("cnn", data, folder), Predictions(LABELS[:2], ANSWERS[:2]))
    assert (names(folder), (folder / "cnn" / "predictions.npz").read_bytes()) == (["predictions.npz"], before)
