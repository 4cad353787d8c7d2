"""The data of a pen net's run, and a small net that learns from it and is stored, tested and compared."""

import json

import numpy as np
import pytest
from tiny import drawn_digits

from hdr.data import traced
from hdr.data.datasets import Dataset
from hdr.data.paths import FEATURES, STEPS
from hdr.data.traced import DRAWN, drawn_paths
from hdr.errors import DataError, ModelError, SettingsError
from hdr.learn import mixture, path_lesson
from hdr.learn.mixture import epoch_size
from hdr.learn.path_lesson import PathLesson, load_path_parts
from hdr.learn.plan import make_plan, own_data
from hdr.learn.settings import TrainSettings
from hdr.learn.train import load_plan, train
from hdr.nets import NETS, pen
from hdr.nets.backend import load_keras
from hdr.score.evaluate import evaluate_stored
from hdr.score.gate import compare_on_tests
from hdr.store.cards import digit_models, headline, kind_of_model, read_card
from hdr.store.models import load_model
from hdr.store.promotions import default_beside, default_model, default_pen_model, defaults, promote

SETTINGS = TrainSettings(validation=0.25, batch_size=16, seed=3)


@pytest.fixture(autouse=True)
def sources(monkeypatch, tmp_path):
    """Eighty drawn digits by any name, an empty home, and forty as the only set of pictures to test on."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    images, labels = drawn_digits(80, 4)
    data = Dataset("source", images, labels.astype(np.int64))
    monkeypatch.setattr(path_lesson, "load_source", lambda _name: data)
    tests = Dataset("mnist-test", images[:40], data.labels[:40])
    monkeypatch.setattr(traced, "unseen_tests", lambda _seen: iter([("mnist", tests)]))
    monkeypatch.setattr(traced, "load_dataset", lambda _name: tests)


def lesson() -> PathLesson:
    return PathLesson(drawn_paths(40), drawn_paths(20, seed=1))


def test_a_part_is_held_out():
    parts = load_path_parts((("mnist", 1.0),), SETTINGS)
    assert (parts.lesson.size, len(parts.validation)) == (60, 20)
    assert np.bincount(parts.validation.labels).tolist() == [2] * 10
    known = {strokes[0].tobytes() for strokes in parts.lesson.learn.digits}
    assert known.isdisjoint(strokes[0].tobytes() for strokes in parts.validation.digits)
    assert (parts.golden.shape, parts.golden.dtype) == ((16, STEPS, FEATURES), np.float32)
    assert parts.about == "paths traced from MNIST training set, 60 of its 80 pictures"
    assert set(parts.sha256) == {"mnist"}


def test_another_seed_holds_out_others():
    first, other = (
        load_path_parts((("mnist", 1.0),), TrainSettings(validation=20, batch_size=16, seed=seed)) for seed in (3, 4)
    )
    assert first.validation.sha256() != other.validation.sha256()


@pytest.mark.parametrize(
    ("settings", "match"), [({"validation": 80}, "hold out 80 of the 80"), ({"batch_size": 64}, "batch_size must be")]
)
def test_too_few_digits(settings, match):
    with pytest.raises(SettingsError, match=match):
        load_path_parts((("mnist", 1.0),), TrainSettings(**{"validation": 0.25, "batch_size": 16} | settings))


def test_blank_sources(monkeypatch):
    blank = Dataset("blank", np.zeros((9, 28, 28), np.uint8), np.zeros(9, np.int64))
    monkeypatch.setattr(path_lesson, "load_source", lambda _name: blank)
    with pytest.raises(DataError, match="no ink"):
        load_path_parts((("blank", 1.0),), SETTINGS)


def test_batches_are_as_asked_for_and_distorted_on_request():
    chosen = np.array([3, 14, 25])
    plain, again = (
        lesson().batch(chosen, TrainSettings(augment=False), np.random.default_rng(seed))[0] for seed in (1, 2)
    )
    bent, targets = lesson().batch(chosen, TrainSettings(), np.random.default_rng(1))
    np.testing.assert_array_equal(plain, again)
    assert np.abs(plain - bent).max() > 0.1
    assert targets.argmax(axis=1).tolist() == [3, 4, 5]


def test_sources_are_mixed_by_their_shares_and_a_small_one_is_repeated_up_to_20_times(monkeypatch):
    images, _ = drawn_digits(200, 5)
    sizes = {"large": 200, "small": 4}
    labels = {"large": 1, "small": 7}

    def load(name: str) -> Dataset:
        return Dataset(name, images[: sizes[name]], np.full(sizes[name], labels[name]))

    monkeypatch.setattr(path_lesson, "load_source", load)
    monkeypatch.setattr(mixture, "load_source", load)
    data = (("small", 0.9), ("large", 0.1))
    learn = load_path_parts(data, SETTINGS).lesson.learn  # 150 and 3 of them
    assert np.bincount(learn.labels)[[1, 7]].tolist() == [7, 59]
    assert epoch_size(data, "pen") == 88


def test_the_pen_net_learns_from_mnist():
    assert own_data("pen") == (("mnist", 1.0),)
    assert isinstance(load_plan(make_plan("pen", {"batch_size": 16})).lesson, PathLesson)


@pytest.fixture
def small(monkeypatch):
    """A pen net that is built and fitted in a moment: one dense layer on the path."""

    def build() -> object:
        keras = load_keras()
        path = keras.Input((pen.STEPS, pen.FEATURES))
        logits = keras.layers.Dense(10, name="logits")(keras.layers.Flatten()(path))
        return keras.Model(path, keras.layers.Softmax(name="probabilities")(logits))

    spec = NETS["pen"]
    monkeypatch.setitem(NETS, "pen", type(spec)(spec.title, spec.about, build, spec.recipe, reads="path"))


@pytest.mark.usefixtures("small")
def test_a_run_from_the_plan_to_the_default():
    """Trained, stored, loaded, tested, compared, made the default; and kept apart from the nets of pictures."""
    plan = make_plan("pen", {"epochs": 2, "batch_size": 16, "validation": 0.25, "learning_rate": 0.02})
    for name in ("pen-1", "pen-2"):
        folder = train(plan, name=name)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert set(card["metrics"]) == {"validation", DRAWN, "mnist-traced"}
    assert headline(card) == (card["metrics"]["mnist-traced"], "mnist-traced")
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "golden.npz", "history.csv", "model.keras"]
    assert load_model("pen-2").predict(np.zeros((1, STEPS, FEATURES), np.float32)).shape == (1, 10)
    for data, known in (("mnist", "mnist-traced"), (DRAWN, DRAWN)):
        assert evaluate_stored("pen-2", data)["accuracy"] == pytest.approx(
            read_card("pen-2")["metrics"][known]["accuracy"]
        )
    assert kind_of_model("pen-2") == "path"
    assert "pen-2" not in digit_models()
    trials = compare_on_tests("pen-2", "pen-1")
    assert {trial.data: trial.verdict for trial in trials} == {DRAWN: "level", "mnist-traced": "level"}
    with pytest.raises(ModelError, match="different things"):
        compare_on_tests("pen-2", "cnn")
    before = default_model()
    promote("pen-2", {})
    assert (default_pen_model(), default_beside("pen-1"), default_model()) == ("pen-2", "pen-2", before)
    assert {before, "pen-2"} <= defaults()
