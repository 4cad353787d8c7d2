"""Classical classifiers: built from a seed, fitted to bare pixels, and brought to ten probabilities."""

from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from threadpoolctl import threadpool_limits
from tiny import drawn_digits

from hdr.nets import NETS, ClassicalSpec
from hdr.nets.classical import ClassicalPredictor
from hdr.store.models import as_input

CLASSICAL = {
    "knn": "KNeighborsClassifier",
    "svm": "SVC",
    "decision_tree": "DecisionTreeClassifier",
    "random_forest": "RandomForestClassifier",
    "gradient_boosting": "HistGradientBoostingClassifier",
    "logistic_regression": "LogisticRegression",
    "naive_bayes": "BernoulliNB",
}
SLOW = {"random_forest": {"n_estimators": 20, "n_jobs": 1}, "gradient_boosting": {"max_iter": 3}}
"""What is made smaller in the tests, where threads may have to wait for each other."""
IMAGES, LABELS = drawn_digits(200, 1)
OTHERS, OTHER_LABELS = drawn_digits(100, 2)
ROWS = OTHERS.reshape(100, 784).astype(np.float32) / 255


# --- builders -------------------------------------------------------------------------------------------------------


def test_what_the_registry_holds():
    specs = {name: spec for name, spec in NETS.items() if isinstance(spec, ClassicalSpec)}
    assert {name: type(spec.build(1)).__name__ for name, spec in specs.items()} == CLASSICAL
    assert {name for name, spec in specs.items() if not spec.shipped} == {"knn", "svm", "random_forest"}


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_fresh_unfitted_classifier_of_its_seed(name):
    first, second = NETS[name].build(3), NETS[name].build(4)
    assert first is not second
    assert not hasattr(first, "classes_")
    parameters = first.get_params()
    if "random_state" in parameters:
        assert (parameters["random_state"], second.get_params()["random_state"]) == (3, 4)
    else:
        assert name in ("knn", "naive_bayes")  # neither draws anything


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("knn", {"n_neighbors": 4, "weights": "distance", "p": 2}),
        ("svm", {"kernel": "rbf", "C": 5.0, "gamma": 0.02}),
        ("decision_tree", {"max_depth": 20}),
        ("random_forest", {"n_estimators": 300}),
        ("gradient_boosting", {"max_iter": 150, "early_stopping": False}),
        ("logistic_regression", {"C": 0.1}),
        ("naive_bayes", {"binarize": 0.4}),
    ],
)
def test_as_the_docstring_says(name, parameters):
    assert NETS[name].build(1).get_params().items() >= parameters.items()


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_fitted_classifier_gives_probabilities(name):
    classifier = NETS[name].build(1).set_params(**SLOW.get(name, {}))
    with threadpool_limits(1):
        classifier.fit(as_input(IMAGES).reshape(len(IMAGES), -1), LABELS)
        predict = ClassicalPredictor(classifier)
        answers = predict(as_input(OTHERS))
        alone = predict(as_input(OTHERS[7:8]))
    assert (answers.shape, answers.dtype) == ((100, 10), np.float32)
    assert answers.min() >= 0
    np.testing.assert_allclose(answers.sum(axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(alone, answers[7:8], atol=1e-5)
    assert (answers.argmax(axis=1) == OTHER_LABELS).mean() > 0.5
    assert predict(as_input(OTHERS[:0])).shape == (0, 10)


# --- the way to probabilities ---------------------------------------------------------------------------------------


def sums(pixels) -> np.ndarray:
    """Ten sums of pixels for each picture, float64 as scikit-learn's answers."""
    return np.add.reduceat(pixels.astype(float), range(0, 780, 78), axis=1) / 10


class Margins:
    """A classifier without probabilities."""

    def __init__(self) -> None:
        self.shown: list[Any] = []

    def decision_function(self, pixels):
        self.shown.append(pixels)
        return sums(pixels)


class Shares:
    """A classifier that has both, and shall be asked for its probabilities."""

    def predict_proba(self, pixels):
        return sums(pixels) / sums(pixels).sum(axis=1, keepdims=True)

    def decision_function(self, _pixels):
        pytest.fail("asked for margins, though there are probabilities")


@pytest.mark.parametrize("temperature", [1.0, 0.25, 4.0])
def test_margins_become_a_softmax_with_a_temperature(temperature):
    answers = ClassicalPredictor(Margins(), temperature)(as_input(OTHERS))
    np.testing.assert_allclose(answers, softmax(sums(ROWS) / temperature, axis=1), rtol=1e-4)
    assert answers.dtype == np.float32


def test_probabilities_are_taken_as_they_are():
    answers = ClassicalPredictor(Shares(), temperature=3.0)(as_input(OTHERS))
    np.testing.assert_allclose(answers, sums(ROWS) / sums(ROWS).sum(axis=1, keepdims=True), rtol=1e-4)
    assert answers.dtype == np.float32


@pytest.mark.parametrize("count", [1, 3])
def test_the_classifier_is_shown_rows_of_pixels(count):
    classifier = Margins()
    ClassicalPredictor(classifier)(as_input(OTHERS[:count]))
    (shown,) = classifier.shown
    assert shown.dtype == np.float32
    np.testing.assert_array_equal(shown, ROWS[:count])


def test_no_picture_is_no_question():
    classifier = Margins()
    answers = ClassicalPredictor(classifier)(as_input(OTHERS[:0]))
    assert (answers.shape, answers.dtype, classifier.shown) == ((0, 10), np.float32, [])
