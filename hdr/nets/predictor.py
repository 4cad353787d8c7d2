"""A Keras model made ready for one picture or a thousand: compiled once, safe to call from several threads.

A single picture runs through an XLA program with a fixed signature (a recurrent net answers in a tenth of the time);
several run through an ordinary graph whose first dimension is open.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 512


class Predictor:
    """float32 (N, 28, 28, 1) in 0..1 -> float32 (N, 10) probabilities."""

    def __init__(self, model: Any) -> None:
        """Compile both graphs; takes about a second, so that the first answer does not.

        Args:
            model: A Keras model running on TensorFlow. It must not be trained any further.
        """
        import tensorflow as tf

        def forward(images: Any) -> Any:
            return model(images, training=False)

        def signature(count: int | None) -> list[Any]:
            return [tf.TensorSpec((count, 28, 28, 1), tf.float32)]

        self._one = tf.function(forward, input_signature=signature(1), jit_compile=True)
        self._many = tf.function(forward, input_signature=signature(None))
        blank = np.zeros((2, 28, 28, 1), np.float32)
        self(blank[:1])
        self(blank)

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, 10); N may be 0."""
        if len(images) == 0:
            return np.zeros((0, 10), np.float32)
        if len(images) == 1:
            return self._one(images).numpy()
        return np.concatenate([self._many(images[i : i + CHUNK]).numpy() for i in range(0, len(images), CHUNK)])
