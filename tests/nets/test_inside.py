"""A net opened up: shares that add up, a corner that is found, maps as the layers make them, belief row by row."""

from typing import Any

import numpy as np
import pytest
from tiny import drawn_digits, tiny_net

from hdr.errors import ModelError, SettingsError
from hdr.nets import NETS
from hdr.nets.backend import load_keras
from hdr.nets.inside import FeatureMaps, Inside, along_strokes, uncovered

IMAGES = drawn_digits(10, 4)[0]
BLANK = np.zeros((28, 28), np.uint8)


def bent_net() -> Any:
    """A small net whose slopes depend on the picture: two convolutions and a dense layer, weights by chance."""
    keras = load_keras()
    keras.utils.set_random_seed(3)
    layers = keras.layers
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(4, 3, activation="relu", padding="same", bias_initializer="random_normal")(image)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(6, 3, padding="same", bias_initializer="random_normal")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(0.5)(layers.Flatten()(layers.MaxPooling2D()(x)))
    return keras.Model(image, layers.Softmax()(layers.Dense(10, name="logits")(x)))


def corner_net() -> Any:
    """One convolution that hands the picture on; ink in the top left corner speaks for 3, in the bottom right for 5."""
    keras = load_keras()
    layers = keras.layers
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(1, 1, use_bias=False)(image)
    net = keras.Model(image, layers.Softmax()(layers.Dense(10, name="logits")(layers.Flatten()(x))))
    weights = np.zeros((28, 28, 10), np.float32)
    weights[:8, :8, 3] = 1
    weights[-8:, -8:, 5] = 1
    net.set_weights([np.ones((1, 1, 1, 1)), weights.reshape(784, 10), np.zeros(10)])
    return net


@pytest.fixture(scope="module")
def bent() -> Any:
    net = bent_net()
    return net, Inside(net)


@pytest.fixture(scope="module")
def rnn() -> Any:
    net = NETS["arun_rnn"].build()
    return net, Inside(net)


def evidence(net: Any, image: np.ndarray, digit: int) -> float:
    keras = load_keras()
    logits = keras.Model(net.inputs[0], net.get_layer("logits").output)
    found = np.asarray(logits(image[None, ..., None].astype(np.float32) / 255.0))[0]
    return float(found[digit] - found.mean())


@pytest.mark.parametrize("digit", [0, 3, 9])
@pytest.mark.parametrize("kind", ["bent", "rnn"])
def test_the_shares_of_all_pixels_are_the_whole_rise_of_the_evidence(kind, digit, request):
    net, inside = request.getfixturevalue(kind)
    rise = evidence(net, IMAGES[3], digit) - evidence(net, BLANK, digit)
    assert abs(rise) > 1e-3
    heat = inside.integrated_gradients(IMAGES[3], digit, steps=64)
    assert (heat.shape, heat.dtype) == ((28, 28), np.float32)
    assert heat.sum() == pytest.approx(rise, rel=0.02, abs=2e-4)
    assert not heat[IMAGES[3] == 0].any()


def test_more_steps_come_closer(bent):
    net, inside = bent
    rise = evidence(net, IMAGES[8], 1) - evidence(net, BLANK, 1)
    errors = [abs(float(inside.integrated_gradients(IMAGES[8], 1, steps).sum()) - rise) for steps in (1, 256)]
    assert errors[1] < 0.2 * errors[0]


def test_a_net_that_only_weighs_pixels_gives_back_its_weights():
    net = tiny_net()
    kernel = net.get_layer("logits").get_weights()[0].reshape(28, 28, 10)
    expected = (kernel[..., 2] - kernel.mean(axis=2)) * IMAGES[2] / 255.0
    np.testing.assert_allclose(Inside(net).integrated_gradients(IMAGES[2], 2, steps=3), expected, atol=1e-5)


def test_sharing_among_neighbouring_ink_keeps_the_sum_and_the_ink(bent):
    heat = bent[1].integrated_gradients(IMAGES[6], 6)
    shared = along_strokes(heat, IMAGES[6])
    assert shared.sum() == pytest.approx(heat.sum(), abs=1e-4)
    assert not shared[IMAGES[6] == 0].any()
    assert shared.std() < heat.std()
    assert not along_strokes(np.zeros((28, 28), np.float32), BLANK).any()


@pytest.mark.parametrize(
    ("digit", "corner", "other"),
    [(3, np.s_[:14, :14], np.s_[14:, 14:]), (5, np.s_[14:, 14:], np.s_[:14, :14])],
)
def test_only_the_corner_that_speaks_for_a_digit_is_marked(digit, corner, other):
    image = np.zeros((28, 28), np.uint8)
    image[2:7, 2:7] = image[21:26, 21:26] = 255
    heat = Inside(corner_net()).integrated_gradients(image, digit)
    assert heat[corner].sum() > 10
    assert heat[other].sum() < -1
    assert heat[other].max() <= 0


def test_grad_cam_finds_the_only_ink_that_a_stage_answers_to():
    inside = Inside(corner_net())
    image = np.zeros((28, 28), np.uint8)
    image[2:7, 2:7] = 255
    heat = inside.grad_cam(image, 3)
    assert heat.shape == (28, 28)
    assert heat[2:7, 2:7].min() > 0.05
    assert abs(heat[9:]).max() < 1e-6
    assert inside.grad_cam(image, 7)[2:7, 2:7].max() < 0, "it speaks against all others"


def test_grad_cam_of_a_coarse_stage_covers_the_whole_picture(bent):
    heat = bent[1].grad_cam(IMAGES[4], 4)
    assert (heat.shape, heat.dtype) == ((28, 28), np.float32)
    assert np.abs(heat).max() > 0


def test_feature_maps_are_what_the_stages_put_out(bent):
    net, inside = bent
    keras = load_keras()
    first, second = inside.feature_maps(IMAGES[5])
    assert (first.title, first.maps.shape) == ("Convolution 1", (28, 28, 4))
    assert (second.title, second.maps.shape) == ("Convolution 2", (14, 14, 6))
    bends = next(layer for layer in net.layers if type(layer).__name__ == "ReLU")
    expected = keras.Model(net.inputs[0], bends.output)(IMAGES[5][None, ..., None].astype(np.float32) / 255.0)
    np.testing.assert_allclose(second.maps, np.asarray(expected)[0], atol=1e-5)
    assert second.maps.min() >= 0


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("cnn", [(14, 14, 32), (14, 14, 64), (7, 7, 128), (7, 7, 128)]),
        ("quick_cnn", [(14, 14, 12), (7, 7, 32), (5, 5, 64)]),
        ("mendapara_cnn", [(28, 28, 8), (28, 28, 16), (14, 14, 32), (14, 14, 32), (7, 7, 64)]),
        ("nagpal_cnn", [(26, 26, 128), (11, 11, 128)]),
        ("viegas_cnn", [(28, 28, 32), (14, 14, 64)]),
    ],
)
def test_each_convolution_of_the_registry_is_found(name, shapes):
    inside = Inside(NETS[name].build())
    assert (inside.convolutional, inside.recurrent) == (True, False)
    assert [found.maps.shape for found in inside.feature_maps(IMAGES[0])] == shapes


def test_belief_after_the_last_row_is_the_nets_own_answer(rnn):
    net, inside = rnn
    beliefs = inside.beliefs(IMAGES[7])
    assert beliefs.shape == (28, 10)
    np.testing.assert_allclose(beliefs.sum(axis=1), 1, atol=1e-5)
    own = np.asarray(net(IMAGES[7:8, ..., None].astype(np.float32) / 255.0))[0]
    np.testing.assert_allclose(beliefs[-1], own, atol=1e-5)
    np.testing.assert_allclose(inside.answer(IMAGES[7]), own, atol=1e-5)


def test_belief_stays_that_of_a_blank_picture_until_the_ink_begins(rnn):
    _, inside = rnn
    image = BLANK.copy()
    image[10:20, 14] = 255
    beliefs = inside.beliefs(image)
    np.testing.assert_allclose(beliefs[:10], np.tile(inside.answer(BLANK), (10, 1)), atol=1e-6)
    assert np.abs(beliefs[10] - beliefs[9]).max() > 1e-5
    np.testing.assert_allclose(beliefs[19:], np.tile(beliefs[-1], (9, 1)), atol=1e-6)


def test_a_picture_is_uncovered_row_by_row():
    shown = uncovered(IMAGES[1])
    assert (shown.shape, shown.dtype) == ((28, 28, 28), np.uint8)
    for row in (0, 11, 27):
        np.testing.assert_array_equal(shown[row, : row + 1], IMAGES[1][: row + 1])
        assert not shown[row, row + 1 :].any()


def test_a_recurrent_net_has_no_maps_but_says_what_speaks_for_a_digit(rnn):
    _, inside = rnn
    assert (inside.convolutional, inside.recurrent) == (False, True)
    with pytest.raises(ModelError, match="no convolution"):
        inside.feature_maps(IMAGES[0])
    with pytest.raises(ModelError, match="no convolution"):
        inside.grad_cam(IMAGES[0], 0)
    assert np.abs(inside.integrated_gradients(IMAGES[0], 0)).max() > 0


@pytest.mark.parametrize("digit", [-1, 10])
def test_a_digit_that_does_not_exist_is_refused(bent, digit):
    for look in (bent[1].integrated_gradients, bent[1].grad_cam):
        with pytest.raises(SettingsError, match=f"not {digit}"):
            look(IMAGES[0], digit)


def test_no_steps_are_refused(bent):
    with pytest.raises(SettingsError, match="not 0"):
        bent[1].integrated_gradients(IMAGES[0], 0, steps=0)


def test_what_is_no_digit_net_is_refused():
    keras = load_keras()
    image = keras.Input((28, 28, 1))
    nameless = keras.Model(image, keras.layers.Dense(10, name="end")(keras.layers.Flatten()(image)))
    for net, said in ((object(), "Only a neural net"), (NETS["crnn"].build(), "single digits"), (nameless, "`logits`")):
        with pytest.raises(ModelError, match=said):
            Inside(net)


def test_feature_maps_have_three_axes():
    with pytest.raises(ValueError, match="feature maps"):
        FeatureMaps("Convolution 1", np.zeros((7, 7), np.float32))
