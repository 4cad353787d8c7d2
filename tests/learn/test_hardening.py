"""Training on attacked pictures: it holds out better, what is attacked stays in its ball, and the card says both."""

import numpy as np
import pytest
from test_fit import CHECK, LESSON, deep_net, settings
from tiny import drawn_digits, tiny_card, tiny_net

from hdr.data.datasets import Dataset, load_dataset
from hdr.learn.fit import fit_net
from hdr.learn.hardening import gain_and_loss, harden, in_words
from hdr.learn.lessons import DigitLesson
from hdr.nets.backend import load_keras
from hdr.score.attack import Victim, pgd
from hdr.store.models import TrainingRecord, as_input, save_model

CARD = tiny_card(title="CNN")


def small_net():
    keras = load_keras()
    image = keras.Input((28, 28, 1))
    x = keras.layers.Conv2D(8, 5, strides=2, use_bias=False)(image)
    x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
    logits = keras.layers.Dense(10, name="logits")(keras.layers.Flatten()(x))
    return keras.Model(image, keras.layers.Softmax()(logits))


def under_attack(net, data: Dataset, epsilon: float) -> float:
    victim, images = Victim([net]), as_input(data.images)
    answers = victim.predict(pgd(victim, images, data.labels, epsilon, steps=10))
    return float((answers.argmax(axis=1) == data.labels).mean())


def test_it_holds_out_better():
    """On the bundled digits, against the same net trained on them as they are."""
    digits = load_dataset("digits")
    learn, check = (
        Dataset("digits", digits.images[part], digits.labels[part]) for part in (slice(1500), slice(1500, None))
    )
    lesson = DigitLesson(learn, check)
    nets = [
        fit_net(small_net, lesson, settings(epochs=3, learning_rate=0.005, attack=attack)).net for attack in (0.0, 0.1)
    ]
    plain, hardened = (under_attack(net, check, 0.1) for net in nets)
    assert hardened > plain + 0.2


@pytest.mark.parametrize("loss", ["categorical", "binary"])
def test_what_is_learned_from(monkeypatch, loss):
    """Every pixel within its ball and 0..1, and moved; what is no digit stays as it is."""
    seen = []
    keras = load_keras()
    monkeypatch.setattr(keras.Model, "train_step", lambda _self, data: seen.append(data) or {})
    net = deep_net() if loss == "categorical" else None
    inner = deep_net()
    net = net or keras.Model(inner.inputs, inner.get_layer("logits").output)
    model = harden(net, 0.2, 7)
    model.compile(keras.optimizers.SGD(), "mse")
    images = as_input(CHECK.images[:6])
    labels = np.eye(10, dtype=np.float32)[CHECK.labels[:6]]
    labels[5] = 0.1
    for _ in range(2):
        model.train_step((images, labels))
    model.optimizer.iterations.assign(1)
    model.train_step((images, labels))
    one, again, later = (np.asarray(attacked) for attacked, _ in seen)
    moved = np.abs(one - images)
    assert moved.max() <= 0.2 + 1e-6
    assert (one.min(), one.max()) >= (0, 0)
    assert one.max() <= 1
    assert (moved[:5].reshape(5, -1).max(axis=1) > 0.19).all()
    np.testing.assert_array_equal(one[5], images[5])
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - later).max() > 0.01


def test_the_weights_are_those_of_the_net():
    net = deep_net()
    model = harden(net, 0.1, 1)
    assert [id(variable) for variable in model.trainable_variables] == [
        id(variable) for variable in net.trainable_variables
    ]


def test_the_validation_part_is_not_attacked():
    fitted = fit_net(tiny_net, LESSON, settings(epochs=1, attack=0.5))
    answers = np.asarray(fitted.net(as_input(CHECK.images))).argmax(axis=1)
    assert fitted.history[0]["val_accuracy"] == pytest.approx((answers == CHECK.labels).mean(), abs=1e-6)


# --- what the card says ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    return fit_net(tiny_net, LESSON, settings(epochs=4, learning_rate=0.01)).net


def test_gain_and_loss_beside_a_stored_model(tmp_path, trained):
    golden = drawn_digits(16, 4)[0]
    save_model("cnn", tiny_net(), TrainingRecord(CARD, None, golden, {}), tmp_path)
    found = gain_and_loss(trained, CHECK, 0.02, "cnn", tmp_path)
    assert (found["epsilon"], found["n"], found["steps"]) == (0.02, 100, 20)
    assert found["clean"] >= found["attacked"]
    assert found["clean"] > found["beside"]["clean"]
    assert found["beside"]["name"] == "cnn"


@pytest.mark.parametrize("rival", [None, "cnn", "broken"])
def test_without_a_rival(tmp_path, trained, rival):
    """None is named, it is not stored, or its weights are gone."""
    save_model("broken", tiny_net(), TrainingRecord(CARD, None, drawn_digits(16, 4)[0], {}), tmp_path)
    (tmp_path / "broken" / "model.keras").unlink()
    assert gain_and_loss(trained, CHECK, 0.02, rival, tmp_path).keys() == {
        "epsilon",
        "steps",
        "n",
        "clean",
        "attacked",
    }


def test_in_words():
    found = {"epsilon": 0.2, "steps": 20, "n": 1000, "clean": 0.985, "attacked": 0.931}
    alone = (
        "Trained on attacked pictures (epsilon 0.2): of 1,000 validation pictures it reads 93.1% under PGD and "
        "98.5% clean"
    )
    assert in_words(found) == f"{alone}."
    beside = {"name": "cnn", "title": "CNN", "clean": 0.996, "attacked": 0.0}
    assert in_words(found | {"beside": beside}) == f"{alone}, where CNN reads 0.0% and 99.6%."
