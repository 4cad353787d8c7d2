"""Averaged weights: as computed by hand, moving statistics among them; what is validated and kept; going on later."""

import numpy as np
import pytest
from test_fit import CHECK, LESSON, Diary, answers, assert_alike, check_loss, deep_net, in_order, settings
from tiny import tiny_net

from hdr.learn.averaging import Average
from hdr.learn.fit import Watcher, fit_net
from hdr.nets.backend import load_keras

__all__ = ["in_order"]


def counter():
    return load_keras().Variable(0, dtype="int64", trainable=False)


def test_the_average_by_hand():
    """In the first steps the momentum is (1 + t) / (10 + t); later it is what was asked for."""
    net, steps, rng = deep_net(), counter(), np.random.default_rng(1)
    average = Average(net, 0.7, steps)
    expected = net.get_weights()
    for step in range(1, 41):
        weights = [rng.normal(size=array.shape).astype(np.float32) for array in expected]
        net.set_weights(weights)
        steps.assign(step)
        average.update()
        momentum = min(0.7, (1 + step) / (10 + step))
        expected = [momentum * mean + (1 - momentum) * new for mean, new in zip(expected, weights, strict=True)]
    assert len(average.weights) == len(net.weights) == 8
    for found, array in zip(average.weights, expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-5)


def test_a_swap_and_back():
    net, steps = tiny_net(), counter()
    average, first = Average(net, 0.5, steps), net.get_weights()
    net.set_weights([weights + 1 for weights in first])
    average.swap()
    assert all(map(np.array_equal, net.get_weights(), first))
    average.swap()
    assert all(map(np.array_equal, average.weights, first))
    np.testing.assert_allclose(net.get_weights()[0], first[0] + 1)


class Spy(Watcher):
    """Notes a net's weights after every step; `build` makes the net that is trained first."""

    def __init__(self) -> None:
        self.net, self.steps = None, []

    def build(self):
        net = tiny_net()
        self.net = self.net or net
        return net

    def batch_done(self, done: int, of: int) -> bool:
        del done, of
        self.steps.append(self.net.get_weights())
        return False


def test_the_average_is_kept_and_validated():
    """Of all weights of a training, started with the first; the training itself does not feel it."""
    spy, start = Spy(), tiny_net().get_weights()
    fitted = fit_net(spy.build, LESSON, settings(epochs=2, average=0.9, learning_rate=0.01), watcher=spy)
    expected = start
    for step, weights in enumerate(spy.steps, 1):
        momentum = min(0.9, (1 + step) / (10 + step))
        expected = [momentum * mean + (1 - momentum) * new for mean, new in zip(expected, weights, strict=True)]
    for found, array in zip(fitted.net.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, array, atol=1e-5)
    assert check_loss(fitted.net) == pytest.approx(fitted.history[-1]["val_loss"], rel=1e-4)
    accuracy = (answers(fitted.net).argmax(axis=1) == CHECK.labels).mean()
    assert fitted.history[-1]["val_accuracy"] == pytest.approx(accuracy, abs=1e-6)
    plain = fit_net(tiny_net, LESSON, settings(epochs=2, learning_rate=0.01))
    assert [line["loss"] for line in fitted.history] == pytest.approx([line["loss"] for line in plain.history])


@pytest.mark.usefixtures("in_order")
def test_a_training_goes_on_as_if_nothing_had_been(tmp_path):
    """Average and random starts of attacks too."""
    change = {"average": 0.95, "attack": 0.1, "optimizer": "adamw", "learning_rate": 0.01}
    wishes = settings(epochs=3, deterministic=True, **change)
    whole, state = fit_net(deep_net, LESSON, wishes), tmp_path / "state.npz"
    fit_net(deep_net, LESSON, wishes, watcher=Diary(stop_at=20), checkpoint=state)
    rest = fit_net(deep_net, LESSON, wishes, checkpoint=state)
    assert_alike(rest, whole)
    assert len(rest.history) == 3
