"""Attacks: a linear net's gradient is known, nothing leaves the ball, PGD is no weaker than FGSM; votes too."""

from functools import cache

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from tiny import drawn_digits, tiny_card, tiny_net

from hdr.data.datasets import Dataset
from hdr.errors import ModelError
from hdr.nets.backend import load_keras
from hdr.score import attack
from hdr.score.attack import Victim, attack_curves, fgsm, has_gradient, load_victim, pgd, sample
from hdr.store.models import TrainingRecord, Vote, as_input, load_model, save_model

PICTURES, NUMBERS = drawn_digits(40, 3)
IMAGES, LABELS = as_input(PICTURES), NUMBERS.astype(np.int64)


@cache
def trained(seed: int = 1):
    """A linear net that reads the drawn digits."""
    net = tiny_net(seed)
    net.compile("adam", "sparse_categorical_crossentropy")
    net.optimizer.learning_rate = 0.01
    images, labels = drawn_digits(300, 8)
    net.fit(as_input(images), labels, epochs=6, verbose=0)
    return net


@cache
def victim() -> Victim:
    return Victim([trained()])


def log_odds(nets, images) -> np.ndarray:
    """Against the right digit, of the mean of the nets' probabilities, in double precision."""
    logits = [images.reshape(len(images), -1).astype(float) @ kernel + bias for kernel, bias in map(weights_of, nets)]
    shares = np.mean([softmax(found, axis=1) for found in logits], axis=0)
    own = shares[np.arange(len(images)), LABELS[: len(images)]]
    return np.log1p(-own) - np.log(own)


def weights_of(net):
    return net.get_layer("logits").get_weights()


def accuracy(images, found=None) -> float:
    return float(((found or victim()).predict(images).argmax(axis=1) == LABELS).mean())


# --- one step --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.03, 0.2])
def test_fgsm_of_a_linear_net(epsilon):
    """The gradient is the weights of the other digits, each as likely as it is among them, less those of the right."""
    kernel, bias = weights_of(trained())
    logits = IMAGES.reshape(40, -1) @ kernel + bias
    logits[np.arange(40), LABELS] = -np.inf
    others = softmax(logits, axis=1)
    direction = np.sign((others - np.eye(10)[LABELS]) @ kernel.T).reshape(IMAGES.shape)
    expected = np.clip(IMAGES + epsilon * direction, 0, 1)
    assert (np.abs(fgsm(victim(), IMAGES, LABELS, epsilon) - expected) < 1e-6).mean() > 0.9999


def test_a_net_that_is_very_sure_is_attacked_all_the_same():
    """Where a softmax in floats is exactly 1, cross-entropy has no gradient."""
    kernel, bias = weights_of(trained())
    sure = tiny_net()
    sure.get_layer("logits").set_weights([100 * kernel, 100 * bias])
    found = Victim([sure])
    right = found.predict(IMAGES).argmax(axis=1) == LABELS
    assert (found.predict(IMAGES)[right].max(axis=1) == 1.0).mean() > 0.5
    turned = found.predict(fgsm(found, IMAGES, LABELS, 0.3)).argmax(axis=1) != LABELS
    assert turned[right].all()


def test_no_room_is_no_change():
    np.testing.assert_array_equal(fgsm(victim(), IMAGES, LABELS, 0.0), IMAGES)
    np.testing.assert_array_equal(pgd(victim(), IMAGES, LABELS, 0.0), IMAGES)


def test_no_pictures():
    none = IMAGES[:0], LABELS[:0]
    assert fgsm(victim(), *none, 0.1).shape == pgd(victim(), *none, 0.1).shape == (0, 28, 28, 1)
    assert victim().predict(none[0]).shape == (0, 10)


# --- many steps ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsilon", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("method", [fgsm, pgd])
def test_the_ball_is_never_left(method, epsilon):
    attacked = method(victim(), IMAGES, LABELS, epsilon)
    assert (attacked.dtype, attacked.shape) == (np.float32, IMAGES.shape)
    assert np.abs(attacked - IMAGES).max() <= epsilon + 1e-6
    assert attacked.min() >= 0
    assert attacked.max() <= 1


@pytest.mark.parametrize("epsilon", [0.02, 0.04, 0.08])
def test_pgd_is_as_strong_as_fgsm(epsilon):
    one, many = (accuracy(method(victim(), IMAGES, LABELS, epsilon)) for method in (fgsm, pgd))
    assert many <= one <= accuracy(IMAGES)


def test_what_is_misread_is_left_as_it_is():
    """From the first step on that it is; what stands is climbed on."""
    wrong = (LABELS + 1) % 10
    start = pgd(victim(), IMAGES, wrong, 0.01, steps=1, seed=4)
    misread = victim().predict(start).argmax(axis=1) != wrong
    np.testing.assert_array_equal(pgd(victim(), IMAGES, wrong, 0.01, steps=9, seed=4)[misread], start[misread])
    assert misread.any()


def test_the_seed_fixes_the_start():
    one, again, other = (pgd(victim(), IMAGES, LABELS, 0.02, steps=2, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.001


# --- curves ----------------------------------------------------------------------------------------------------------


def test_curves():
    told: list[str] = []
    data = Dataset("drawn", PICTURES, LABELS)
    found = attack_curves(victim(), data, told.append)
    assert (found["n"], found["steps"]) == (40, 20)
    assert told == [f"attack {epsilon:.2f}" for epsilon in attack.EPSILONS]
    for curve in (found["fgsm"], found["pgd"]):
        assert [epsilon for epsilon, _ in curve] == list(attack.EPSILONS)
        assert curve[0][1] == accuracy(IMAGES) > 0.9
        assert curve[-1][1] < 0.1
    falling = [share for _, share in found["pgd"]]
    assert falling == sorted(falling, reverse=True)


@pytest.mark.parametrize(("size", "chosen"), [(3, [0, 20, 39]), (40, list(range(40))), (99, list(range(40)))])
def test_a_sample_is_spread_over_the_set(size, chosen):
    np.testing.assert_array_equal(sample(Dataset("drawn", PICTURES, LABELS), size).images, PICTURES[chosen])


# --- votes, and what has no gradient ---------------------------------------------------------------------------------


def test_a_vote_is_the_mean_of_its_members_and_attacked_as_such():
    nets = [trained(1), trained(2)]
    both = Victim(nets)
    mean = np.mean([np.asarray(net(IMAGES)) for net in nets], axis=0)
    np.testing.assert_allclose(both.predict(IMAGES), mean, atol=1e-5)
    pushed = log_odds(nets, fgsm(both, IMAGES, LABELS, 0.01))
    assert (pushed > log_odds(nets, IMAGES)).all()
    assert (pushed >= log_odds(nets, fgsm(victim(), IMAGES, LABELS, 0.01)) - 1e-3).mean() > 0.9


def test_the_log_odds_of_the_test_are_those_of_one_net():
    logits = IMAGES.reshape(40, -1).astype(float) @ weights_of(trained())[0] + weights_of(trained())[1]
    others = np.where(np.eye(10, dtype=bool)[LABELS], -np.inf, logits)
    expected = logsumexp(others, axis=1) - logits[np.arange(40), LABELS]
    np.testing.assert_allclose(log_odds([trained()], IMAGES), expected, atol=1e-4)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two nets, their vote, and the cards of a tree and of a string net."""
    folder = tmp_path_factory.mktemp("models")
    for name, seed in (("one", 1), ("two", 2)):
        save_model(name, trained(seed), TrainingRecord(tiny_card(), None, PICTURES[:16], {}), folder)
    vote = Vote(tuple(load_model(name, folder) for name in ("one", "two")))
    card = tiny_card(net="ensemble", members=vote.hashes)
    save_model("vote", vote, TrainingRecord(card, None, PICTURES[:16], {}), folder)
    for name, net in (("tree", "decision_tree"), ("strings", "crnn")):
        save_model(name, trained(), TrainingRecord(tiny_card(net=net), None, PICTURES[:16], {}), folder)
    mixed = tiny_card(net="ensemble", members={"one": "", "tree": ""})
    save_model("mixed", vote, TrainingRecord(mixed, None, PICTURES[:16], {}), folder)
    return folder


@pytest.mark.parametrize("name", ["one", "vote"])
def test_stored_nets_and_votes_are_attacked(models, name):
    model, found = load_model(name, models), load_victim(name, models)
    assert has_gradient(model.card, models)
    np.testing.assert_allclose(found.predict(IMAGES), model.predict(IMAGES), atol=1e-5)


def test_a_vote_whose_member_is_gone_is_not_attacked(models):
    assert not has_gradient({"net": "ensemble", "members": {"one": "", "deleted": ""}}, models)


@pytest.mark.parametrize(("name", "culprit"), [("tree", "tree"), ("strings", "strings"), ("mixed", "tree")])
def test_what_has_no_gradient(models, name, culprit):
    with pytest.raises(
        ModelError, match=rf"^{culprit} has no gradient to attack it by: .* another model than '{name}'"
    ):
        load_victim(name, models)


def test_a_model_that_is_not_there(models):
    with pytest.raises(ModelError, match="No model is called 'none'"):
        load_victim("none", models)


def test_batch_normalisation_is_as_when_it_answers():
    """Neither its moving statistics nor its answers change by an attack."""
    keras = load_keras()
    image = keras.Input((28, 28, 1))
    x = keras.layers.BatchNormalization()(keras.layers.Flatten()(image))
    net = keras.Model(image, keras.layers.Softmax()(keras.layers.Dense(10, name="logits")(x)))
    before = net.get_weights()
    pgd(Victim([net]), IMAGES, LABELS, 0.1, steps=3)
    assert all(map(np.array_equal, before, net.get_weights()))
