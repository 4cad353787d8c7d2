"""Convolutional net: a strided 5 x 5 stem, three 3 x 3 convolutions, then a global average."""

from typing import Any

from hdr.nets.backend import load_keras


def build_cnn() -> Any:
    """243,114 parameters; input float32 (N, 28, 28, 1) in 0..1, output (N, 10) probabilities.

    Batch normalisation after every convolution (Ioffe and Szegedy 2015) and a global average instead of a dense
    layer (Lin et al. 2013): few parameters, and little care where in the frame the digit lies.
    """
    keras = load_keras()
    layers = keras.layers
    image = keras.Input((28, 28, 1), name="image")
    x = _convolve(keras, image, 32, size=5, stride=2)
    x = _convolve(keras, x, 64)
    x = layers.MaxPooling2D()(x)
    x = _convolve(keras, x, 128)
    x = _convolve(keras, x, 128)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    logits = layers.Dense(10, name="logits")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(logits), name="cnn")


def build_quick_cnn() -> Any:
    """68,482 parameters: the fewest operations that still read well; every convolution halves the picture."""
    keras = load_keras()
    layers = keras.layers
    image = keras.Input((28, 28, 1), name="image")
    x = _convolve(keras, image, 24, size=5, stride=2)
    x = _convolve(keras, x, 48, stride=2)
    x = _convolve(keras, x, 96, stride=2)
    logits = layers.Dense(10, name="logits")(layers.Flatten()(x))
    return keras.Model(image, layers.Softmax(name="probabilities")(logits), name="quick_cnn")


def _convolve(keras: Any, x: Any, filters: int, *, size: int = 3, stride: int = 1) -> Any:
    layers = keras.layers
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
