"""Registry of everything that can be trained: one dict, name -> spec. To add a net, write one builder and one line.

A Keras builder takes nothing and returns an uncompiled model whose last dense layer is named `logits`: float32
(N, 28, 28, 1) in 0..1 -> (N, 10) probabilities, for strings (N, 32, W, 1) -> (N, W // 4, 11), for paths of a pen
(N, 54, 5) -> (N, 10). A scikit-learn builder takes a seed and returns an unfitted classifier of rows of 784 pixels.
Importing this package imports neither of both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hdr.nets import classical, papers
from hdr.nets.cnn import build_cnn, build_quick_cnn
from hdr.nets.crnn import build_crnn
from hdr.nets.pen import build_pen
from hdr.nets.rnn import build_rnn


@dataclass(frozen=True)
class Claim:
    """What a paper says of its system.

    Attributes:
        accuracy: On its test set, 0..1.
        about: The set and what else the paper gives.
    """

    accuracy: float
    about: str


@dataclass(frozen=True)
class NetSpec:
    """A net that can be trained.

    Attributes:
        title: What a person calls it.
        about: One sentence on how it reads a picture.
        build: Makes a fresh, uncompiled Keras model.
        recipe: Training settings that differ from the trainer's defaults.
        claim: What a paper says of it, for the papers' nets.
        quick: Net of the registry that a quick look trains in its place.
        data: Sources that it learns from, with their shares, unless others are chosen.
        reads: `digit`, `string` for a net that reads a row of digits without cutting it, or `path` for one that reads
            the path of a pen.
    """

    title: str
    about: str
    build: Callable[[], Any]
    recipe: dict[str, Any]
    claim: Claim | None = None
    quick: str | None = None
    data: tuple[tuple[str, float], ...] = (("mnist", 1.0),)
    reads: str = "digit"


@dataclass(frozen=True)
class ClassicalSpec:
    """A classifier of scikit-learn.

    Attributes:
        title: What a person calls it.
        about: One sentence on how it reads a picture.
        build: Makes a fresh, unfitted classifier from a seed.
        shipped: Whether its weights are small enough for the repository; else only card and predictions are kept.
    """

    title: str
    about: str
    build: Callable[[int], Any]
    shipped: bool = True


@dataclass(frozen=True)
class VoteSpec:
    """A soft vote of stored models.

    Attributes:
        title: What a person calls it.
        reads: What its members read, as `NetSpec.reads`.
    """

    title: str
    reads: str


USUAL_NET = "cnn"
"""The net that is trained where none is named, and the stored model of that name."""

ENSEMBLE = ("cnn", "rnn")
"""Members of the shipped ensemble."""

STRING_NET = "crnn"
"""The net that reads rows of digits."""

PEN_NET = "pen"
"""The net that reads the path of a pen, and the stored model of that name that drawings are read with."""

_PLAIN = {
    "optimizer": "adam",
    "schedule": "constant",
    "learning_rate": 1e-3,
    "batch_size": 32,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "augment": False,
    "calibrate": False,
}
"""What all papers have in common: Keras's Adam at its defaults, batches of 32, pictures as they are."""

_TRUSTED = {"negatives": 0.1, "average": 0.999}
"""What our own nets are trained with to be unsure of what is no digit, and steadier than their last step."""

NETS: dict[str, NetSpec | ClassicalSpec] = {
    "cnn": NetSpec(
        "CNN",
        "Looks for small shapes all over the picture and counts them up.",
        build_cnn,
        {"epochs": 36, "gentle": 0.25} | _TRUSTED,
        quick="quick_cnn",
    ),
    "quick_cnn": NetSpec(
        "Quick CNN",
        "A slim CNN for a first look: trained in under a minute, on pictures as they are.",
        build_quick_cnn,
        {"epochs": 2, "batch_size": 96, "learning_rate": 8e-3, "augment": False},
    ),
    "rnn": NetSpec(
        "RNN",
        "Reads the picture line by line, by rows and by columns, and remembers what it saw.",
        build_rnn,
        {"epochs": 32, "batch_size": 128, "gentle": 0.375} | _TRUSTED,
    ),
    STRING_NET: NetSpec(
        "String net",
        "Reads a row of digits without cutting it: convolutions, an LSTM both ways, CTC.",
        build_crnn,
        {"epochs": 72, "weight_decay": 0.02, "gentle": 0.2, "average": 0.998},
        data=(("mnist", 0.4), ("cheques", 0.6)),
        reads="string",
    ),
    PEN_NET: NetSpec(
        "Pen RNN",
        "Reads no picture but the path of the pen, point by point, both ways.",
        build_pen,
        {"epochs": 30, "batch_size": 256, "learning_rate": 5e-3, "weight_decay": 0.02, "label_smoothing": 0.02}
        | {"average": 0.998},
        reads="path",
    ),
    "mendapara_cnn": NetSpec(
        "Mendapara CNN",
        "A small CNN: five convolutions and a global average.",
        papers.build_mendapara_cnn,
        _PLAIN | {"epochs": 30, "validation": 0.1},
        Claim(0.9885, "MNIST, 34,842 parameters, training and validation 9 : 1"),
    ),
    "nagpal_cnn": NetSpec(
        "Nagpal CNN",
        "Two broad convolutions of 128 and a dense layer.",
        papers.build_nagpal_cnn,
        _PLAIN | {"epochs": 10, "schedule": "one-cycle"},
        Claim(0.9937, "MNIST, 10 epochs; 98.5 % on noisy digits"),
    ),
    "viegas_cnn": NetSpec(
        "Viegas CNN",
        "Two convolutions with dropout, trained by plain gradient descent.",
        papers.build_viegas_cnn,
        _PLAIN | {"epochs": 10, "optimizer": "sgd", "learning_rate": 0.01},
        Claim(0.9894, "EMNIST, 55,000 / 5,000 / 10,000 pictures; precision, recall and F1 the same"),
    ),
    "krishna_mlp": NetSpec(
        "Krishna MLP",
        "Two dense layers of 50 on the bare pixels.",
        papers.build_krishna_mlp,
        _PLAIN | {"epochs": 10, "loss": "binary"},
        Claim(0.971, "MNIST, 10 epochs"),
    ),
    "arun_cnn": NetSpec(
        "Arun CNN",
        "A plain CNN: two convolutions and a dense layer.",
        papers.build_arun_cnn,
        _PLAIN | {"epochs": 15, "batch_size": 128, "schedule": "one-cycle", "learning_rate": 2e-3},
        Claim(0.9915, "MNIST"),
    ),
    "arun_rnn": NetSpec(
        "Arun RNN",
        "One LSTM over the 28 rows.",
        papers.build_arun_rnn,
        _PLAIN | {"epochs": 20},
        Claim(0.9874, "MNIST"),
    ),
    "knn": ClassicalSpec(
        "k-nearest neighbours", "Asks the most similar training pictures.", classical.build_knn, shipped=False
    ),
    "svm": ClassicalSpec(
        "SVM (RBF)", "Draws the widest margin between each two digits.", classical.build_svm, shipped=False
    ),
    "decision_tree": ClassicalSpec("Decision tree", "Asks one pixel after another.", classical.build_decision_tree),
    "random_forest": ClassicalSpec(
        "Random forest", "The vote of 300 decision trees.", classical.build_random_forest, shipped=False
    ),
    "gradient_boosting": ClassicalSpec(
        "Gradient boosting",
        "Small trees, each of which mends what the ones before got wrong.",
        classical.build_gradient_boosting,
    ),
    "logistic_regression": ClassicalSpec(
        "Logistic regression", "One weight for each pixel and digit.", classical.build_logistic_regression
    ),
    "naive_bayes": ClassicalSpec(
        "Naive Bayes", "Takes every pixel for independent of the others.", classical.build_naive_bayes
    ),
}


VOTES = {
    "ensemble": VoteSpec("Ensemble", "digit"),
    "string_ensemble": VoteSpec("String ensemble", "string"),
}


def kind_of(net: str) -> str:
    """What a net of this name reads: `digit`, `string` or `path`; `digit` where the registry does not know it."""
    spec = NETS.get(net) or VOTES.get(net)
    return spec.reads if isinstance(spec, NetSpec | VoteSpec) else "digit"


def is_for_comparing(name: str) -> bool:
    """Whether a shipped model of this name is not to read with: a paper's net, a classical classifier, a variant."""
    spec = NETS.get(name)
    return name not in VOTES and not (isinstance(spec, NetSpec) and spec.claim is None)
