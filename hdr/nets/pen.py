"""The pen net: reads no picture but the path of the pen, point by point, in both directions."""

from typing import Any

from hdr.data.paths import FEATURES, STEPS
from hdr.nets.backend import load_keras

UNITS = 64
TOGETHER = 3
"""Points that are read in one step; a third of the steps takes a third of the time."""


def build_pen() -> Any:
    """108,170 parameters; input float32 (N, 54, 5) as of `hdr.data.paths`, output (N, 10) probabilities.

    Two bidirectional GRU layers (Cho et al. 2014) along the path, three points at a step, summed up by their mean and
    maximum over it.
    """
    keras = load_keras()
    layers = keras.layers
    path = keras.Input((STEPS, FEATURES), name="path")
    x = layers.Reshape((STEPS // TOGETHER, TOGETHER * FEATURES), name="segments")(path)
    x = layers.Bidirectional(layers.GRU(UNITS, return_sequences=True))(x)
    x = layers.Dropout(0.1)(x)
    x = layers.Bidirectional(layers.GRU(UNITS, return_sequences=True))(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(0.2)(x)
    logits = layers.Dense(10, name="logits")(x)
    return keras.Model(path, layers.Softmax(name="probabilities")(logits), name="pen")
