"""Classical classifiers of scikit-learn on the 784 bare pixels, and their way to probabilities.

Each builder takes a seed and returns an unfitted classifier of float32 (N, 784) in 0..1. scikit-learn and scipy are
imported where they are used, because they take a second.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def build_knn(_seed: int) -> Any:
    """The four nearest training pictures by Euclidean distance, nearer ones counting more."""
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=4, weights="distance")


def build_svm(seed: int) -> Any:
    """Support vectors with a Gaussian kernel (Cortes and Vapnik 1995)."""
    from sklearn.svm import SVC

    return SVC(C=5.0, gamma=0.02, cache_size=1000, random_state=seed)


def build_decision_tree(seed: int) -> Any:
    """One tree of at most 20 questions in a row (Breiman et al. 1984)."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=20, min_samples_leaf=3, random_state=seed)


def build_random_forest(seed: int) -> Any:
    """300 trees, each on its own draw of pictures and pixels (Breiman 2001)."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=300, n_jobs=-1, random_state=seed)


def build_gradient_boosting(seed: int) -> Any:
    """150 rounds of ten small trees on binned pixels (Friedman 2001; Ke et al. 2017)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=150, learning_rate=0.15, early_stopping=False, random_state=seed)


def build_logistic_regression(seed: int) -> Any:
    """Ten linear functions of the pixels, softmax and a little weight decay."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, max_iter=300, random_state=seed)


def build_naive_bayes(_seed: int) -> Any:
    """Each pixel on or off, independent of the others given the digit."""
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB(alpha=0.1, binarize=0.4)


class ClassicalPredictor:
    """float32 (N, 28, 28, 1) in 0..1 -> float32 (N, 10) probabilities, of a fitted classifier.

    A classifier without probabilities gives the softmax of its decision function, divided by a temperature.
    """

    def __init__(self, classifier: Any, temperature: float = 1.0) -> None:
        self.classifier = classifier
        self.temperature = temperature

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, 10); N may be 0."""
        if len(images) == 0:
            return np.zeros((0, 10), np.float32)
        pixels = images.reshape(len(images), -1)
        if hasattr(self.classifier, "predict_proba"):
            return self.classifier.predict_proba(pixels).astype(np.float32)
        from scipy.special import softmax

        return softmax(self.classifier.decision_function(pixels) / self.temperature, axis=1).astype(np.float32)
