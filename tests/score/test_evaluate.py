"""A model on a labelled set: figures checked by hand, kept answers used again, and the shipped models on real sets."""

import json
import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tiny import drawn_digits, shipped, tiny_card, write_mnist

from hdr.config import MODELS
from hdr.data.datasets import Dataset, load_dataset
from hdr.errors import DataError, ModelError
from hdr.score import evaluate as module
from hdr.score.evaluate import answers_of, evaluate, evaluate_stored, figures_of, milliseconds
from hdr.store.cards import digit_models, read_card
from hdr.store.models import Model, as_input
from hdr.store.predictions import Predictions, predictions_path, read_predictions, write_predictions
from hdr.store.weights import weights_path

MNIST = Path(os.environ.get("HDR_DATA", "")) / "mnist.npz"
CARD = tiny_card(sha256="0")


def answers(*pairs: tuple[int, int]) -> np.ndarray:
    """A row for each (likeliest digit at 0.5, second at 0.3); the other eight have 0.025 each."""
    table = np.full((len(pairs), 10), 0.025)
    for row, (first, second) in zip(table, pairs, strict=True):
        row[first], row[second] = 0.5, 0.3
    return table


# --- figures --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def five():
    """Figures of five pictures: an 8 is taken for a 3, but nearly was an 8, and a 0 for an 8; 0 comes third there."""
    probabilities = answers((3, 0), (3, 5), (3, 8), (8, 3), (8, 1))
    return figures_of(Predictions(np.array([3, 3, 8, 8, 0]), probabilities))


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        ("accuracy", 0.6),
        ("n", 5),
        ("errors", 2),
        ("loss", -(3 * np.log(0.5) + np.log(0.3) + np.log(0.025)) / 5),
        ("interval", pytest.approx((0.2307, 0.8824), abs=5e-5)),
        ("top2", 0.8),
        ("ece", 0.1),
        ("macro", {"precision": 7 / 18, "recall": 1 / 2, "f1": 1.3 / 3}),
        ("weighted", {"precision": 7 / 15, "recall": 3 / 5, "f1": 2.6 / 5}),
    ],
)
def test_figures_by_hand(five, figure, expected):
    assert five[figure] == pytest.approx(expected)


def test_figures_of_each_digit(five):
    known = {0: (0.0, 0.0, 0.0, 1), 3: (2 / 3, 1.0, 0.8, 2), 8: (0.5, 0.5, 0.5, 2)}
    names = ("precision", "recall", "f1", "support")
    expected = [dict(zip(names, known.get(digit, (0.0, 0.0, 0.0, 0)), strict=True)) for digit in range(10)]
    assert five["per_digit"] == [pytest.approx(line) for line in expected]


def test_the_confusion_has_a_row_for_each_digit_written(five):
    expected = np.zeros((10, 10), int)
    expected[[3, 8, 8, 0], [3, 3, 8, 8]] = [2, 1, 1, 1]
    assert five["confusion"] == expected.tolist()


def test_figures_can_be_written_as_json(five):
    written = json.loads(json.dumps(five))
    assert written == five | {"interval": list(five["interval"])}


def test_a_fake_model_on_a_set():
    """Pictures reach the model as it takes them; of equal digits the smaller is the second likeliest."""
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 0, 0] = [30, 31, 32, 33]
    seen = []

    def predict(pictures):
        seen.append(pictures)
        table = np.full((len(pictures), 10), 0.05)
        table[:, 3] = 0.55
        return table

    found = evaluate(predict, Dataset("four", images, np.array([3, 3, 3, 0])))
    loss = -(3 * np.log(0.55) + np.log(0.05)) / 4
    expected = {"data": "four", "accuracy": 0.75, "loss": loss, "n": 4, "errors": 1, "top2": 1.0, "ece": 0.2}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert [pictures.shape for pictures in seen] == [(4, 28, 28, 1)]
    assert seen[0].dtype == np.float32
    np.testing.assert_allclose(seen[0][:, 0, 0, 0] * 255, [30, 31, 32, 33], atol=1e-4)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [([5, 1, 9], 5), ([1, 1, 400], 1), ([2, 4, 6, 8, 100], 6), ([7], 7)],
    ids=["unsorted", "one that was held up", "five", "one"],
)
def test_milliseconds_is_the_median_of_single_pictures(monkeypatch, taken, expected):
    """The clock stands still but for the time that the fake model takes; three pictures go round."""
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 0, 0] = [0, 1, 2]
    clock, seen = SimpleNamespace(now=0.0), []
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: clock.now))

    def predict(pictures):
        clock.now += taken[len(seen)] / 1000
        seen.append((pictures.shape, round(float(pictures[0, 0, 0, 0]) * 255)))

    found = milliseconds(predict, Dataset("three", images, np.arange(3)), repeats=len(taken))
    assert found == pytest.approx(expected)
    assert seen == [((1, 28, 28, 1), index % 3) for index in range(len(taken))]


# --- answers that are kept ------------------------------------------------------------------------------------------


class Stored:
    """A folder of models with one, `tiny`, that reads by the grey of a picture; and a note of each loading."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loadings = 0
        (folder / "tiny").mkdir(parents=True)
        (folder / "tiny" / "card.json").write_text(json.dumps(CARD))

    def load(self, name: str) -> Model:
        self.loadings += 1
        return Model(name, CARD, self.predict)

    @staticmethod
    def predict(images: np.ndarray) -> np.ndarray:
        levels = np.round(images.sum(axis=(1, 2, 3)) * 8).astype(int) % 10
        return answers(*((level, (level + 1) % 10) for level in levels)).astype(np.float32)

    def expected(self, data: str) -> dict:
        """The figures as they must come out."""
        return evaluate(self.predict, load_dataset(data))

    def files(self) -> set[str]:
        return {path.name for path in (self.folder / "tiny").iterdir()} - {"card.json"}


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """The stored model in place of the shipped ones, and 60 drawn digits in place of MNIST's test set."""
    found = Stored(tmp_path / "models")
    for function in (read_card, read_predictions, predictions_path):
        monkeypatch.setattr(module, function.__name__, partial(function, folder=found.folder))
    monkeypatch.setattr(module, "load_model", found.load)
    (tmp_path / "data").mkdir()
    write_mnist(tmp_path / "data", train=10, test=60)
    monkeypatch.setenv("HDR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return found


def forge(stored: Stored, **changes) -> None:
    """Keep answers on MNIST as if all had been right, under the right fingerprint unless another is given."""
    data = load_dataset("mnist")
    fields = {"labels": data.labels, "probabilities": np.eye(10, dtype=np.float32)[data.labels]}
    predictions = Predictions(**fields | {"data_sha256": data.sha256()} | changes)
    write_predictions(predictions_path("tiny", "mnist", stored.folder), predictions)


@pytest.mark.parametrize(("data", "file", "n"), [("mnist", "predictions.npz", 60), ("digits", None, 1797)])
def test_answers_are_kept_and_used_again(stored, data, file, n):
    first, second = evaluate_stored("tiny", data), evaluate_stored("tiny", data)
    assert first == {"model": "tiny", "kept": False, **stored.expected(data)}
    assert second == first | {"kept": True}
    assert (first["n"], stored.loadings) == (n, 1)
    assert stored.files() == {file or f"predictions-{data}.npz"}
    dataset, kept = load_dataset(data), read_predictions("tiny", data, stored.folder)
    np.testing.assert_array_equal(kept.labels, dataset.labels)
    np.testing.assert_array_equal(kept.probabilities, stored.predict(as_input(dataset.images)))
    assert kept.data_sha256 == dataset.sha256()


def test_answers_on_what_is_never_trained_on_are_kept_too(stored):
    expected = {"model": "tiny", **stored.expected("digits-test")}
    assert evaluate_stored("tiny", "digits-test") == expected | {"kept": False}
    assert evaluate_stored("tiny", "digits-test") == expected | {"kept": True}
    assert (stored.loadings, stored.files()) == (1, {"predictions-digits-test.npz"})


def test_answers_for_whoever_has_the_set_already(stored):
    data = load_dataset("mnist")
    first, second = answers_of("tiny", "mnist", data), answers_of("tiny", "mnist", data)
    np.testing.assert_array_equal(first.probabilities, stored.predict(as_input(data.images)))
    np.testing.assert_array_equal(second.probabilities, first.probabilities)
    assert (second.data_sha256, stored.loadings, stored.files()) == (data.sha256(), 1, {"predictions.npz"})
    other = Dataset("mnist-test", data.images[:7], data.labels[:7])
    assert (len(answers_of("tiny", "mnist", other).labels), stored.loadings) == (7, 2)


def test_the_figures_come_from_the_kept_answers(stored):
    assert stored.expected("mnist")["accuracy"] < 0.5
    forge(stored)
    found = evaluate_stored("tiny", "mnist")
    assert (found["accuracy"], found["kept"], stored.loadings) == (1.0, True, 0)


def test_fresh_makes_the_model_answer_again(stored):
    forge(stored)
    found = evaluate_stored("tiny", "mnist", fresh=True)
    assert found == {"model": "tiny", "kept": False, **stored.expected("mnist")}
    assert evaluate_stored("tiny", "mnist") == found | {"kept": True}
    assert stored.loadings == 1


@pytest.mark.parametrize("sha256", ["", "0" * 64], ids=["without a fingerprint", "of another set"])
def test_answers_on_who_knows_what_are_not_used(stored, sha256):
    forge(stored, data_sha256=sha256)
    found = evaluate_stored("tiny", "mnist")
    assert found == {"model": "tiny", "kept": False, **stored.expected("mnist")}
    assert evaluate_stored("tiny", "mnist")["kept"]


@pytest.mark.parametrize("change", ["fewer pictures", "another label", "another pixel"])
def test_a_changed_set_is_noticed(stored, change, tmp_path, monkeypatch):
    before = evaluate_stored("tiny", "mnist")
    images, labels = drawn_digits(60, 2)
    if change == "fewer pictures":
        images, labels = images[:40], labels[:40]
    elif change == "another label":
        labels[0] = 7
    else:
        images[0, 0, 0] += 1
    other = tmp_path / "other"
    other.mkdir()
    np.savez(other / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    monkeypatch.setenv("HDR_DATA", str(other))
    after = evaluate_stored("tiny", "mnist")
    assert after == {"model": "tiny", "kept": False, **stored.expected("mnist")}
    assert after["n"] == (40 if change == "fewer pictures" else 60)
    assert before["n"] == 60
    assert evaluate_stored("tiny", "mnist") == after | {"kept": True}
    monkeypatch.setenv("HDR_DATA", str(tmp_path / "data"))
    assert evaluate_stored("tiny", "mnist") == before


@pytest.mark.parametrize("name", ["mine", "./digits"])
def test_answers_on_a_folder_are_not_kept(stored, tmp_path, monkeypatch, name):
    """Not even where the folder bears the name of a set whose answers are."""
    monkeypatch.chdir(tmp_path)
    folder = Path(name)
    for image, digit in zip(*drawn_digits(10, 4), strict=True):
        (folder / str(digit)).mkdir(parents=True)
        Image.fromarray(255 - image).resize((112, 112)).save(folder / str(digit) / "any.png")
    for loading in (1, 2):
        found = evaluate_stored("tiny", name)
        assert (found["data"], found["n"], found["kept"]) == (folder.name, 10, False)
        assert (stored.loadings, stored.files()) == (loading, set())


@pytest.mark.parametrize("step", ["tempfile.mkstemp", "os.replace"])
def test_a_folder_that_cannot_be_written_gives_the_figures_all_the_same(stored, monkeypatch, step):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(f"hdr.files.{step}", refuse)
    for _ in range(2):
        assert evaluate_stored("tiny", "mnist") == {"model": "tiny", "kept": False, **stored.expected("mnist")}
    assert stored.files() == set()


def test_damaged_answers_are_refused_and_made_anew(stored):
    path = predictions_path("tiny", "mnist", stored.folder)
    path.write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(ModelError, match="python -m hdr evaluate tiny --data mnist --fresh"):
        evaluate_stored("tiny", "mnist")
    assert not evaluate_stored("tiny", "mnist", fresh=True)["kept"]
    assert evaluate_stored("tiny", "mnist")["kept"]


def test_an_unknown_model(stored):
    with pytest.raises(ModelError, match="No model is called 'cmm'"):
        evaluate_stored("cmm", "digits")
    assert stored.loadings == 0


def test_an_unknown_set(stored):
    with pytest.raises(DataError, match="No data set is called 'nist'"):
        evaluate_stored("tiny", "nist")
    assert (stored.loadings, stored.files()) == (0, set())


# --- the shipped models ---------------------------------------------------------------------------------------------

SHIPPED = digit_models(MODELS)


@pytest.fixture
def predict(request):
    """The model of the test's `name`, or a skip where its weights are too large to be shipped."""
    name = request.getfixturevalue("name")
    if weights_path(name) is None and not read_card(name).get("shipped", True):
        pytest.skip(f"the weights of {name} are not shipped; make them with: python -m hdr train {name} --replace")
    return shipped(name).predict


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_on_a_set_they_never_saw(name, predict):
    """scikit-learn's digits, 8 x 8 pixels: our own nets read most of such enlarged pictures; each beats guessing."""
    found = evaluate(predict, load_dataset("digits"))
    assert found["n"] == 1797
    assert found["accuracy"] > (0.9 if name in {"cnn", "rnn"} else 0.2)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_says_what_the_kept_answers_give(name):
    figures, told = figures_of(read_predictions(name, "mnist")), read_card(name)["metrics"]["mnist-test"]
    assert {key: figures[key] for key in told} == pytest.approx(told, rel=1e-4)
    assert {"accuracy", "loss", "n", "errors"} <= told.keys()


@pytest.mark.data
@pytest.mark.skipif(not MNIST.is_file(), reason="needs MNIST: set HDR_DATA to the folder that holds mnist.npz")
@pytest.mark.parametrize("name", SHIPPED)
def test_kept_answers_are_what_the_model_says_of_mnist(name, predict):
    data, kept = load_dataset("mnist"), read_predictions(name, "mnist")
    np.testing.assert_array_equal(kept.labels, data.labels)
    assert kept.data_sha256 == data.sha256()
    np.testing.assert_allclose(predict(as_input(data.images[:500])), kept.probabilities[:500], atol=1e-3)
