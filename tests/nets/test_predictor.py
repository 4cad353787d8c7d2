"""A model made ready to answer: one picture, many, none, and from several threads at once."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tiny import drawn_digits, shipped, tiny_net

from hdr.config import MODELS
from hdr.nets.predictor import Predictor
from hdr.store.cards import digit_models
from hdr.store.models import as_input

IMAGES = as_input(drawn_digits(40, 3)[0])


@pytest.fixture(scope="module")
def tiny():
    net = tiny_net()
    return net, Predictor(net)


def test_it_answers_as_the_net_does(tiny):
    net, predict = tiny
    np.testing.assert_allclose(predict(IMAGES), np.asarray(net(IMAGES)), atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 511, 512, 513, 1100])
def test_any_number_of_pictures(tiny, count):
    _, predict = tiny
    images = np.resize(IMAGES, (count, 28, 28, 1))
    answers = predict(images)
    assert (answers.shape, answers.dtype) == ((count, 10), np.float32)
    for index in range(count)[::173]:
        np.testing.assert_allclose(answers[index], predict(images[index : index + 1])[0], atol=1e-6)


@pytest.mark.parametrize("name", digit_models(MODELS))
class TestShipped:
    """The models of the repository, whose answers are far from even."""

    def test_one_picture_and_many_give_the_same_answers(self, name):
        predict = shipped(name).predict
        one_by_one = np.concatenate([predict(IMAGES[i : i + 1]) for i in range(len(IMAGES))])
        assert one_by_one.max(axis=1).mean() > 0.3
        np.testing.assert_allclose(one_by_one, predict(IMAGES), atol=1e-5)

    def test_probabilities_add_up(self, name):
        answers = shipped(name).predict(IMAGES)
        assert answers.min() >= 0
        np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-5)

    def test_no_picture(self, name):
        assert shipped(name).predict(IMAGES[:0]).shape == (0, 10)

    def test_four_threads_at_once(self, name):
        predict = shipped(name).predict
        jobs = [IMAGES[i : i + 1 + i % 3] for i in range(32)]
        alone = [predict(job) for job in jobs]
        with ThreadPoolExecutor(4) as pool:
            for expected, found in zip(alone, pool.map(predict, jobs), strict=True):
                np.testing.assert_allclose(found, expected, atol=1e-5)
