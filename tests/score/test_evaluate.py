"""A model on a labelled set: figures that can be checked by hand, and the shipped models on real sets."""

import os
from pathlib import Path

import numpy as np
import pytest
from tiny import shipped

from hdr.data.datasets import Dataset, load_dataset
from hdr.errors import DataError, ModelError
from hdr.score.evaluate import evaluate, evaluate_stored
from hdr.store.models import as_input, list_models, weights_path

MNIST = Path(os.environ.get("HDR_DATA", "")) / "mnist.npz"


def test_figures_of_a_fake_model():
    images = np.zeros((4, 28, 28), np.uint8)
    images[:, 0, 0] = [30, 31, 32, 33]
    seen = []

    def predict(pictures):
        seen.append(pictures)
        answers = np.full((len(pictures), 10), 0.05)
        answers[:, 3] = 0.55
        return answers

    found = evaluate(predict, Dataset("four", images, np.array([3, 3, 3, 8])))
    loss = -(3 * np.log(0.55) + np.log(0.05)) / 4
    assert found == {"data": "four", "accuracy": 0.75, "loss": pytest.approx(loss), "n": 4, "errors": 1}
    assert seen[0].dtype == np.float32
    np.testing.assert_allclose(seen[0][:, 0, 0, 0] * 255, [30, 31, 32, 33], atol=1e-4)


def test_an_unknown_model():
    with pytest.raises(ModelError, match="No model is called 'cmm'"):
        evaluate_stored("cmm", "digits")


def test_an_unknown_set():
    with pytest.raises(DataError, match="No data set is called 'nist'"):
        evaluate_stored("cnn", "nist")


@pytest.mark.parametrize("name", list_models())
def test_shipped_models_on_a_set_they_never_saw(name):
    """scikit-learn's digits, 8 x 8 pixels; a reader of enlarged pictures should still get most of them."""
    found = evaluate(shipped(name).predict, load_dataset("digits"))
    assert found["n"] == 1797
    assert found["accuracy"] > 0.9


@pytest.mark.data
@pytest.mark.skipif(not MNIST.is_file(), reason="needs MNIST: set HDR_DATA to the folder that holds mnist.npz")
@pytest.mark.parametrize("name", list_models())
def test_stored_predictions_are_what_the_net_says_of_mnist(name):
    data = load_dataset("mnist")
    with np.load(weights_path(name).with_name("predictions.npz")) as stored:
        np.testing.assert_array_equal(stored["labels"], data.labels)
        answers = shipped(name).predict(as_input(data.images[:500]))
        np.testing.assert_allclose(answers, stored["probabilities"][:500], atol=1e-3)
