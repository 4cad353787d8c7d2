"""Pictures changed on purpose so that a net errs, no pixel by more than epsilon: FGSM, PGD, accuracy against epsilon.

Takes Keras nets of single digits, alone or as a vote, and float32 pictures (N, 28, 28, 1) in 0..1. What is climbed are
the log-odds against the right digit: their gradient points where cross-entropy's does, and does not vanish where a net
is so sure that a float has no room left. Knows nothing of training and of pages.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.data.datasets import Dataset
from hdr.errors import ModelError
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import load_keras
from hdr.store.cards import read_card, title_of
from hdr.store.models import as_input
from hdr.store.weights import load_weights

Images = NDArray[np.float32]
Labels = NDArray[np.int64]

EPSILONS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Most that a pixel is changed by along the curves, as shares of full ink."""
STEPS = 20
"""Steps of PGD."""
SAMPLE = 1_000
"""Pictures that the curves are of: evenly spread over the set, for the first half of MNIST's test set is the easier."""
_CHUNK = 250


class Victim:
    """One net, or several that vote, made ready for attacks; a vote is the mean of its members' probabilities."""

    def __init__(self, nets: Sequence[Any]) -> None:
        """Trace the graph.

        Args:
            nets: Keras models with a layer named `logits`; they must not be trained any further.
        """
        import tensorflow as tf

        logits = [logits_of(net) for net in nets]
        picture, number = tf.TensorSpec((None, 28, 28, 1), tf.float32), tf.TensorSpec((), tf.float32)

        def climb(images: Any, centres: Any, labels: Any, epsilon: Any, step: Any) -> tuple[Any, Any]:
            direction, answers = ascent(logits, images, tf.one_hot(labels, 10))
            right = tf.equal(tf.argmax(answers, axis=1), labels)
            return within(images + step * direction, centres, epsilon), right

        def forward(images: Any) -> Any:
            return tf.exp(_log_vote(logits, images))

        self._forward = tf.function(forward, autograph=False).get_concrete_function(picture)
        digits = tf.TensorSpec((None,), tf.int64)
        self._climb = tf.function(climb, autograph=False).get_concrete_function(
            picture, picture, digits, number, number
        )
        self._tensor = tf.convert_to_tensor

    def predict(self, images: Images) -> Images:
        """Probabilities (N, 10)."""
        parts = [self._forward(self._tensor(part)).numpy() for part in _chunks(images)]
        return np.concatenate([np.zeros((0, 10), np.float32), *parts])

    def climb(
        self, images: Images, centres: Images, labels: Labels, *, epsilon: float, step: float
    ) -> tuple[Images, NDArray[np.bool_]]:
        """One step of every picture along its gradient's sign, back into its ball, and which it read right before."""
        limits = [self._tensor(np.float32(value)) for value in (epsilon, step)]
        parts = [
            self._climb(*(self._tensor(part) for part in parts), *limits)
            for parts in zip(_chunks(images), _chunks(centres), _chunks(labels.astype(np.int64)), strict=True)
        ]
        stepped = np.concatenate([images[:0], *(found.numpy() for found, _ in parts)])
        return stepped, np.concatenate([np.zeros(0, bool), *(right.numpy() for _, right in parts)])


def load_victim(name: str, folder: Path | None = None) -> Victim:
    """A stored net, or the nets of a stored vote, ready to be attacked.

    Raises:
        ModelError: It is missing or damaged, or has no gradient.
    """
    members = list(read_card(name, folder).get("members", [name]))
    for member in members:
        card = read_card(member, folder)
        if not _is_digit_net(card):
            raise ModelError(
                f"{title_of(card, member)} has no gradient to attack it by: only nets of layers that read single "
                f"digits have one. Choose another model than {name!r}."
            )
    return Victim([load_weights(member, folder) for member in members])


def has_gradient(card: dict[str, Any], folder: Path | None = None) -> bool:
    """Whether a model with this card can be attacked: a net of layers that reads single digits, or a vote of such."""
    try:
        members = [read_card(member, folder) for member in card.get("members", ())]
    except ModelError:  # a member was deleted
        return False
    return all(map(_is_digit_net, members or [card]))


def _is_digit_net(card: dict[str, Any]) -> bool:
    spec = NETS.get(card["net"])
    return isinstance(spec, NetSpec) and spec.reads == "digit"


def fgsm(victim: Victim, images: Images, labels: Labels, epsilon: float) -> Images:
    """The fast gradient sign method (Goodfellow et al. 2014): every pixel by epsilon where the gradient points.

    Args:
        victim: What is attacked.
        images: float32 (N, 28, 28, 1) in 0..1.
        labels: int64 (N,), what they show.
        epsilon: Most that a pixel is changed by, 0..1.

    Returns:
        The attacked pictures, in 0..1.
    """
    return victim.climb(images, images, labels, epsilon=epsilon, step=epsilon)[0]


def pgd(  # noqa: PLR0913 - the method's own
    victim: Victim, images: Images, labels: Labels, epsilon: float, *, steps: int = STEPS, seed: int = 0
) -> Images:
    """Projected gradient descent (Madry et al. 2017): from a random start, small steps that stay in the ball.

    Steps are of 2.5 epsilon / `steps`, so that the ball can be crossed. A picture that is misread is left as it is.

    Args:
        victim: What is attacked.
        images: float32 (N, 28, 28, 1) in 0..1.
        labels: int64 (N,), what they show.
        epsilon: Most that a pixel is changed by, 0..1.
        steps: How many, 1 or more.
        seed: Fixes the start.

    Returns:
        The attacked pictures, in 0..1.
    """
    noise = np.random.default_rng(seed).uniform(-epsilon, epsilon, images.shape)
    attacked = np.clip(images + noise, 0.0, 1.0).astype(np.float32)
    standing = np.arange(len(images))
    for _ in range(steps):
        stepped, right = victim.climb(
            attacked[standing], images[standing], labels[standing], epsilon=epsilon, step=2.5 * epsilon / steps
        )
        standing = standing[right]
        attacked[standing] = stepped[right]
    return attacked


def attack_curves(victim: Victim, data: Dataset, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Accuracy under FGSM and under PGD at every epsilon, on a sample.

    A picture that PGD turned at one epsilon counts as turned at every larger one, whose ball holds it too.

    Args:
        victim: What is attacked.
        data: Clean pictures, of which `SAMPLE` are taken.
        progress: Told the name of each step before it is taken.

    Returns:
        `n`, `steps` of PGD, and `fgsm` and `pgd`, lists of [epsilon, accuracy].
    """
    some = sample(data)
    images, labels = as_input(some.images), some.labels
    curves: dict[str, list[list[float]]] = {"fgsm": [], "pgd": []}
    standing = victim.predict(images).argmax(axis=1) == labels
    clean = float(standing.mean())
    for epsilon in EPSILONS:
        progress(f"attack {epsilon:.2f}")
        turned = victim.predict(fgsm(victim, images, labels, epsilon)).argmax(axis=1)
        curves["fgsm"].append([epsilon, float((turned == labels).mean()) if epsilon else clean])
        if epsilon:
            left = images[standing], labels[standing]
            standing[standing] = victim.predict(pgd(victim, *left, epsilon)).argmax(axis=1) == left[1]
        curves["pgd"].append([epsilon, float(standing.mean())])
    return {"n": len(some), "steps": STEPS, **curves}


def sample(data: Dataset, size: int = SAMPLE) -> Dataset:
    """Some of a set's pictures, evenly spread over it; all of a smaller set."""
    chosen = np.linspace(0, len(data) - 1, min(size, len(data))).round().astype(int)
    return Dataset(data.name, data.images[chosen], data.labels[chosen])


def ascent(logits: Sequence[Any], images: Any, labels: Any) -> tuple[Any, Any]:
    """Where to change each pixel, -1, 0 or 1, so that the right digit loses most, and the vote's log-probabilities.

    Args:
        logits: Keras models that give logits.
        images: Tensor (N, 28, 28, 1).
        labels: Tensor (N, 10), one-hot.
    """
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(images)
        answers = _log_vote(logits, images)
        own = tf.reduce_sum(answers * labels, axis=1)
        against = tf.reduce_logsumexp(answers - 1e9 * labels, axis=1) - own
    return tf.sign(tape.gradient(against, images)), answers


def within(images: Any, centres: Any, epsilon: Any) -> Any:
    """Tensors of pictures brought back into the balls around their centres, and into 0..1."""
    import tensorflow as tf

    return tf.clip_by_value(images, tf.maximum(centres - epsilon, 0.0), tf.minimum(centres + epsilon, 1.0))


def logits_of(net: Any) -> Any:
    """The net without its softmax; it shares the weights."""
    return load_keras().Model(net.inputs, net.get_layer("logits").output)


def _log_vote(logits: Sequence[Any], images: Any) -> Any:
    """Logarithm of the mean of the members' probabilities, (N, 10)."""
    import tensorflow as tf

    answers = tf.stack([tf.nn.log_softmax(member(images, training=False)) for member in logits])
    return tf.reduce_logsumexp(answers, axis=0) - tf.math.log(float(len(logits)))


def _chunks(values: NDArray[Any]) -> list[NDArray[Any]]:
    return [values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK)]
