"""The string net: convolutions look at a strip, an LSTM reads along it both ways, CTC spells out the digits."""

from typing import Any

from hdr.nets.backend import load_keras


def build_crnn() -> Any:
    """410,843 parameters; input float32 (N, 32, W, 1) in 0..1, output (N, W // 4, 11) probabilities.

    Channels 0 to 9 are the digits, channel 10 the blank of connectionist temporal classification (Graves et al.
    2006). The order of layers is that of Shi et al. 2015: convolutions that keep the width fine and fold the height
    away, then a bidirectional LSTM, then a dense layer at every step.
    """
    keras = load_keras()
    layers = keras.layers
    strip = x = keras.Input((32, None, 1), name="strip")
    for filters, pool in ((16, (2, 2)), (32, (2, 2)), (64, (2, 1)), (96, (2, 1))):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        x = layers.MaxPooling2D(pool)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    x = layers.Permute((2, 1, 3))(x)
    x = layers.Reshape((-1, 2 * 96))(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Bidirectional(layers.LSTM(128, return_sequences=True))(x)
    x = layers.Dropout(0.2)(x)
    logits = layers.Dense(11, name="logits")(x)
    return keras.Model(strip, layers.Softmax(name="probabilities")(logits), name="crnn")
