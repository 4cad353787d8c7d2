"""The string net made ready: strips in, step probabilities out; compiled once, safe to call from several threads."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.vision.strip import STEP

_COLUMNS = 64 * 256
"""Columns of strips that are read in one go."""


class Speller:
    """float32 (N, 32, W, 1) in 0..1, W a multiple of 4 -> float32 (N, W // 4, 11) probabilities."""

    def __init__(self, model: Any) -> None:
        """Compile the graph; takes about a second, so that the first answer does not.

        Args:
            model: A Keras model running on TensorFlow. It must not be trained any further.
        """
        import tensorflow as tf

        signature = tf.TensorSpec((None, 32, None, 1), tf.float32)
        forward = tf.function(lambda strips: model(strips, training=False))
        self._tensor = tf.convert_to_tensor
        self._run = forward.get_concrete_function(signature)
        self(np.zeros((1, 32, 64, 1), np.float32))

    def __call__(self, strips: NDArray[np.float32]) -> NDArray[np.float32]:
        """Step probabilities (N, W // 4, 11); N may be 0."""
        count, _, width, _ = strips.shape
        if count == 0:
            return np.zeros((0, width // STEP, 11), np.float32)
        size = max(1, _COLUMNS // width)
        chunks = [strips[i : i + size] for i in range(0, count, size)]
        return np.concatenate([self._run(self._tensor(chunk)).numpy() for chunk in chunks])
