"""The string net: convolutions look at a strip, an LSTM reads along it both ways, CTC spells out the digits."""

from typing import Any

import numpy as np

from hdr.nets.backend import load_keras

_TOWERS = 3
_JOINT = "towers"
"""Name of the layer that takes all towers."""


def build_crnn() -> Any:
    """1,232,507 parameters; input float32 (N, 32, W, 1) in 0..1, output (N, W // 4, 11) probabilities.

    Channels 0 to 9 are the digits, channel 10 the blank of connectionist temporal classification (Graves et al.
    2006). Three towers of one shape, which differ in their first weights alone, look at the strip, and one dense layer
    gives the mean of what they say, as an ensemble would.
    """
    keras = load_keras()
    layers = keras.layers
    strip = keras.Input((32, None, 1), name="strip")
    seen = layers.Concatenate(name=_JOINT)([_tower(strip) for _ in range(_TOWERS)])
    logits = layers.Dense(11, name="logits")(seen)
    return keras.Model(strip, layers.Softmax(name="probabilities")(logits), name="crnn")


def _tower(strip: Any) -> Any:
    """What one tower makes of a strip (N, 32, W, 1): (N, W // 4, 256).

    The order of layers is that of Shi et al. 2015: convolutions that keep the width fine and fold the height away, then
    a bidirectional LSTM.
    """
    layers, x = load_keras().layers, strip
    for filters, pool in ((16, (2, 2)), (32, (2, 2)), (64, (2, 1)), (96, (2, 1))):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(pool)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.Permute((2, 1, 3))(x)
    x = layers.Reshape((-1, 2 * 96))(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Bidirectional(layers.LSTM(128, return_sequences=True))(x)
    return layers.Dropout(0.2)(x)


def together_and_apart(net: Any) -> Any:
    """A model that shares the string net's layers: logits (N, W // 4, 1 + towers, 11), of all towers and of each alone.

    A net without towers answers as a whole only, (N, W // 4, 1, 11).

    To be taught by: towers that only ever answer together learn to lean on each other, and those that were only ever
    taught apart spell a digit at different steps, so that their mean is no good. The mean of what the towers say alone
    is what they say together.
    """
    keras = load_keras()
    logits = net.get_layer("logits")
    seen = logits.input
    joint = next((layer for layer in net.layers if layer.name == _JOINT), None)
    widths = [tower.shape[-1] for tower in joint.input] if joint else []
    owners = np.arange(len(widths)).repeat(widths)
    alone = [seen * (len(widths) * (owners == tower).astype(np.float32)) for tower in range(len(widths))]
    return keras.Model(net.inputs, keras.ops.stack([logits(part) for part in (seen, *alone)], axis=2))
