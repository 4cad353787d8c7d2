"""Training on pictures that were attacked just before (Goodfellow et al. 2014, Madry et al. 2017), and what it changes.

Every step attacks its own batch by one long FGSM step from a random start (Wong et al. 2020, "Fast is better than
free"), with the net as it answers: no dropout, the moving statistics of batch normalisation. The validation part stays
as it is; how the net holds out under PGD is measured once, when it is trained.
"""

from pathlib import Path
from typing import Any

from hdr.data.datasets import Dataset
from hdr.errors import ModelError
from hdr.nets.backend import load_keras
from hdr.score.attack import STEPS, Victim, ascent, load_victim, logits_of, pgd, sample, within
from hdr.store.cards import list_models, read_card, title_of
from hdr.store.models import as_input

_OVERSHOOT = 1.25
"""Length of the step in epsilons, as Wong et al. have it."""


def harden(net: Any, epsilon: float, seed: int) -> Any:
    """A model that shares the net's layers and learns from attacked pictures; it is to be compiled.

    What is no digit, whose target has no peak, stays as it is. The random start hangs on the seed and the optimizer's
    count of steps alone, so that a resumed training goes on as it would have.

    Args:
        net: A Keras model with a layer named `logits`.
        epsilon: Most that a pixel is changed by, above 0.
        seed: Fixes the random starts.
    """
    import tensorflow as tf

    keras, logits = load_keras(), logits_of(net)

    class Hardened(keras.Model):  # type: ignore[misc, name-defined]
        def train_step(self, data: Any) -> Any:
            images, labels = (tf.cast(part, tf.float32) for part in data)
            radius = epsilon * tf.cast(tf.reduce_max(labels, axis=1) > 0.5, tf.float32)[:, None, None, None]
            draw = tf.stack([tf.constant(seed, tf.int64), tf.cast(self.optimizer.iterations.value, tf.int64)])
            noise = tf.random.stateless_uniform(tf.shape(images), draw, -epsilon, epsilon)
            start = within(images + noise, images, radius)
            direction, _ = ascent([logits], start, labels)
            attacked = within(start + _OVERSHOOT * epsilon * direction, images, radius)
            return super().train_step((tf.stop_gradient(attacked), labels))

    return Hardened(net.inputs, net.outputs[0])


def gain_and_loss(
    net: Any, validation: Dataset, epsilon: float, rival: str | None, folder: Path | None = None
) -> dict[str, Any]:
    """What a card says of a hardened net: accuracy on clean and on attacked pictures, of it and of one that is not.

    Args:
        net: The trained Keras model.
        validation: The validation part, of which a sample is attacked.
        epsilon: What it was trained with.
        rival: Stored model to set it beside; None, or one that is not there, for none.
        folder: Folder of the models.

    Returns:
        `epsilon`, `steps` of PGD, `n`, `clean` and `attacked` (0..1), and of the rival, where there is one, the same
        two under `beside`, with its `name`.
    """
    some = sample(validation)
    found: dict[str, Any] = {"epsilon": epsilon, "steps": STEPS, "n": len(some)} | _accuracies(
        Victim([net]), some, epsilon
    )
    if rival in list_models(folder):
        try:
            beside = _accuracies(load_victim(rival, folder), some, epsilon)
        except ModelError:  # its weights are not here
            return found
        found["beside"] = {"name": rival, "title": title_of(read_card(rival, folder), rival)} | beside
    return found


def in_words(found: dict[str, Any]) -> str:
    """One sentence on what `gain_and_loss` found."""
    own = (
        f"Trained on attacked pictures (epsilon {found['epsilon']:g}): of {found['n']:,} validation pictures it reads "
        f"{found['attacked']:.1%} under PGD and {found['clean']:.1%} clean"
    )
    if "beside" not in found:
        return f"{own}."
    beside = found["beside"]
    return f"{own}, where {beside['title']} reads {beside['attacked']:.1%} and {beside['clean']:.1%}."


def _accuracies(victim: Victim, data: Dataset, epsilon: float) -> dict[str, float]:
    images, labels = as_input(data.images), data.labels
    attacked = pgd(victim, images, labels, epsilon)
    return {
        name: float((victim.predict(pictures).argmax(axis=1) == labels).mean())
        for name, pictures in (("clean", images), ("attacked", attacked))
    }
