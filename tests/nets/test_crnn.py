"""The string net's towers: what they say together is the mean of what each says alone."""

import numpy as np
import pytest

from hdr.nets.backend import load_keras
from hdr.nets.crnn import build_crnn, together_and_apart

STRIPS = np.random.default_rng(1).random((2, 32, 64, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def net() -> object:
    load_keras().utils.set_random_seed(1)
    return build_crnn()


def answers(net: object) -> np.ndarray:
    return np.asarray(together_and_apart(net)([STRIPS]))


def test_together_is_the_mean_of_each_alone(net):
    found = answers(net)
    assert found.shape == (2, 16, 4, 11)
    np.testing.assert_allclose(found[:, :, 0], found[:, :, 1:].mean(axis=2), atol=1e-5)
    assert np.abs(found[:, :, 1] - found[:, :, 2]).max() > 0.01
    odds = np.exp(found[:, :, 0])
    np.testing.assert_allclose(np.asarray(net(STRIPS)), odds / odds.sum(axis=-1, keepdims=True), atol=1e-5)


def test_the_layers_are_shared(net):
    taught = together_and_apart(net)
    assert [id(v) for v in taught.trainable_variables] == [id(v) for v in net.trainable_variables]


def test_a_tower_hears_nothing_of_the_other():
    one = build_crnn()
    before = answers(one)
    lstm = [layer for layer in one.layers if type(layer).__name__ == "Bidirectional"][-1]
    lstm.set_weights([weights + 0.3 for weights in lstm.get_weights()])
    changed = np.abs(answers(one) - before).max(axis=(0, 1, 3)) > 1e-4
    assert changed.tolist() == [True, False, False, True]


@pytest.mark.parametrize("width", [8, 256])
def test_a_net_without_towers_answers_as_a_whole(width):
    keras = load_keras()
    strip = keras.Input((32, None, 1))
    seen = keras.layers.Reshape((-1, 8))(keras.layers.AveragePooling2D((4, 4))(strip))
    seen = keras.layers.Dense(width)(seen)
    plain = keras.Model(strip, keras.layers.Softmax()(keras.layers.Dense(11, name="logits")(seen)))
    assert answers(plain).shape == (2, 16, 1, 11)
