"""Fitting one net: the schedule and optimizer asked for, batches as they are or distorted, history and temperature."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from tiny import drawn_digits, tiny_net

from hdr.data.datasets import Dataset
from hdr.learn.fit import fit_net
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from hdr.store.models import as_input

PLAIN = {"optimizer": "adam", "schedule": "constant", "augment": False, "calibrate": False, "label_smoothing": 0.0}


def drawn(name: str, count: int, seed: int) -> Dataset:
    images, labels = drawn_digits(count, seed)
    return Dataset(name, images, labels.astype(np.int64))


LEARN, CHECK = drawn("train", 300, 1), drawn("validation", 100, 2)


def settings(**changes) -> TrainSettings:
    return TrainSettings(**{"epochs": 1, "batch_size": 20, "seed": 7} | PLAIN | changes)


def history(path: Path) -> list[dict[str, float]]:
    lines = csv.DictReader(path.read_text().splitlines())
    return [{key: float(value) for key, value in line.items()} for line in lines]


def answers(net, images=CHECK.images) -> np.ndarray:
    return np.asarray(net(as_input(images)))


# --- small real fits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.01},
        {"learning_rate": 0.01, "loss": "binary"},
        {"learning_rate": 0.3, "optimizer": "sgd", "schedule": "one-cycle"},
        {"learning_rate": 0.02, "optimizer": "adamw", "schedule": "one-cycle", "augment": True},
    ],
    ids=["as the papers", "ten sigmoids", "gradient descent, one cycle", "our own"],
)
def test_a_net_learns_and_its_history_tells(changes, tmp_path):
    net, temperature = fit_net(tiny_net, LEARN, CHECK, settings(epochs=4, **changes), tmp_path / "history.csv")
    lines = history(tmp_path / "history.csv")
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    assert set(lines[0]) == {"epoch", "seconds", "accuracy", "loss", "val_accuracy", "val_loss"}
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert lines[-1]["seconds"] >= lines[0]["seconds"] >= 0
    accuracy = (answers(net).argmax(axis=1) == CHECK.labels).mean()
    assert accuracy == pytest.approx(lines[-1]["val_accuracy"], abs=1e-6)
    assert accuracy > 0.6
    assert (net.compiled, temperature) == (False, 1.0)


def test_a_loss_of_ten_sigmoids(tmp_path):
    """The loss of the validation part is the mean binary cross-entropy of the logits, not of the softmax."""
    net, _ = fit_net(tiny_net, LEARN, CHECK, settings(loss="binary"), tmp_path / "history.csv")
    keras = load_keras()
    logits = np.asarray(keras.Model(net.input, net.get_layer("logits").output)(as_input(CHECK.images)))
    signs = 2 * np.eye(10)[CHECK.labels] - 1
    loss = np.log1p(np.exp(-signs * logits)).mean()
    assert history(tmp_path / "history.csv")[0]["val_loss"] == pytest.approx(loss, rel=1e-3)


def test_one_temperature_in_the_weights_of_the_logits(tmp_path):
    """Calibrated or not, the same seed gives the same net but for the temperature."""
    change = {"learning_rate": 0.02, "epochs": 2}
    plain, one = fit_net(tiny_net, LEARN, CHECK, settings(**change), tmp_path / "plain.csv")
    soft, temperature = fit_net(tiny_net, LEARN, CHECK, settings(**change, calibrate=True), tmp_path / "soft.csv")
    assert one == 1.0
    assert abs(temperature - 1) > 0.05
    expected = softmax(np.log(answers(plain).astype(float)) / temperature, axis=1)
    np.testing.assert_allclose(answers(soft), expected, atol=1e-4)


# --- how Keras is asked, with no training ---------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What `Model.fit` was called with; it learns nothing."""
    calls = []
    monkeypatch.setattr(load_keras().Model, "fit", lambda model, **options: calls.append((model, options)))
    return calls


@pytest.mark.parametrize(
    ("optimizer", "schedule", "rates"),
    [
        ("adamw", "one-cycle", [0.1 / 25, 0.1, 0.05, 0.0]),
        ("adam", "one-cycle", [0.1 / 25, 0.1, 0.05, 0.0]),
        ("adam", "constant", [0.1, 0.1, 0.1, 0.1]),
        ("sgd", "constant", [0.1, 0.1, 0.1, 0.1]),
    ],
)
def test_optimizer_and_schedule(asked, tmp_path, optimizer, schedule, rates):
    """Rates at the first step, after a fifth, in the middle of the cosine, and at the end of 2 epochs of 15 steps."""
    change = {"optimizer": optimizer, "schedule": schedule, "learning_rate": 0.1, "weight_decay": 0.02, "epochs": 2}
    fit_net(tiny_net, LEARN, CHECK, settings(**change), tmp_path / "history.csv")
    ((model, options),) = asked
    config = model.optimizer.get_config()
    assert type(model.optimizer).__name__.lower() == optimizer
    if optimizer == "adamw":
        assert (config["weight_decay"], config["clipnorm"]) == (0.02, 1.0)
    else:
        assert not config["weight_decay"]
        assert not config["clipnorm"]
    rate = config["learning_rate"]
    if schedule == "one-cycle":
        rate = load_keras().optimizers.schedules.deserialize(rate)
        found = [float(rate(step)) for step in (0, 6, 18, 30)]
    else:
        found = [rate] * 4
    assert found == pytest.approx(rates, abs=1e-7)
    assert options["epochs"] == 2


def test_pictures_as_they_are(asked, tmp_path, monkeypatch):
    monkeypatch.setattr("hdr.learn.fit.augment", lambda *_: pytest.fail("distorted, though not asked for"))
    fit_net(tiny_net, LEARN, CHECK, settings(batch_size=30), tmp_path / "history.csv")
    options = asked[0][1]
    np.testing.assert_array_equal(options["x"], as_input(LEARN.images))
    np.testing.assert_array_equal(options["y"], np.eye(10)[LEARN.labels])
    assert options["batch_size"] == 30
    np.testing.assert_array_equal(options["validation_data"][0], as_input(CHECK.images))
    np.testing.assert_array_equal(options["validation_data"][1], np.eye(10)[CHECK.labels])


def test_distorted_pictures_are_shuffled_anew_in_every_epoch(asked, tmp_path, monkeypatch):
    """Each batch goes through `augment` once; here that only darkens it, so that the pictures can be told."""
    monkeypatch.setattr("hdr.learn.fit.augment", lambda images, _strength, _rng: images / 2)
    fit_net(tiny_net, LEARN, CHECK, settings(batch_size=40, augment=True), tmp_path / "history.csv")
    batches = asked[0][1]["x"]
    number = {image.tobytes(): index for index, image in enumerate(as_input(LEARN.images) / 2)}
    epochs = []
    for _ in range(2):
        lessons = [batches[index] for index in range(len(batches))]
        assert [images.shape for images, _ in lessons] == [(40, 28, 28, 1)] * 7
        order = [number[image.tobytes()] for images, _ in lessons for image in images]
        assert len(set(order)) == 280
        labels = np.concatenate([labels for _, labels in lessons])
        np.testing.assert_array_equal(labels.argmax(axis=1), LEARN.labels[order])
        epochs.append(order)
        batches.on_epoch_end()
    assert epochs[0] != epochs[1]


def test_each_batch_has_its_own_draws_and_the_seed_fixes_them(asked, tmp_path, monkeypatch):
    """Here a picture becomes the number that was drawn for its batch."""
    monkeypatch.setattr("hdr.learn.fit.augment", lambda images, _strength, rng: images * 0 + rng.random())
    drawn_numbers = []
    for seed in (7, 7, 8):
        fit_net(tiny_net, LEARN, CHECK, settings(augment=True, seed=seed), tmp_path / "history.csv")
        batches = asked[-1][1]["x"]
        first = [float(batches[index][0][0, 0, 0, 0]) for index in (0, 1, 0)]
        batches.on_epoch_end()
        drawn_numbers.append((*first, float(batches[0][0][0, 0, 0, 0])))
    one, again, other = drawn_numbers
    assert one == again
    assert one[0] == one[2]
    assert len({*one, *other}) == 6
