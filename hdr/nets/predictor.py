"""A Keras model made ready for one picture or a thousand: compiled once, safe to call from several threads.

A single picture runs through an XLA program with a fixed signature (a recurrent net answers in a tenth of the time);
several run through an ordinary graph whose first dimension is open.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 512


class Predictor:
    """float32 (N, 28, 28, 1) in 0..1, or paths (N, 54, 5) -> float32 (N, 10) probabilities."""

    def __init__(self, model: Any) -> None:
        """Compile both graphs; takes about a second, so that the first answer does not.

        Args:
            model: A Keras model running on TensorFlow. It must not be trained any further.
        """
        import tensorflow as tf

        def forward(images: Any) -> Any:
            return model(images, training=False)

        shape = model.input_shape[1:]

        def compiled(count: int | None, *, xla: bool) -> Any:
            signature = tf.TensorSpec((count, *shape), tf.float32)
            return tf.function(forward, jit_compile=xla).get_concrete_function(signature)

        self._tensor = tf.convert_to_tensor
        self._one = compiled(1, xla=True)
        self._many = compiled(None, xla=False)
        blank = np.zeros((2, *shape), np.float32)
        self(blank[:1])
        self(blank)

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (N, 10); N may be 0."""
        if len(images) == 0:
            return np.zeros((0, 10), np.float32)
        run = self._one if len(images) == 1 else self._many
        chunks = [images[i : i + CHUNK] for i in range(0, len(images), CHUNK)]
        return np.concatenate([run(self._tensor(chunk)).numpy() for chunk in chunks])
