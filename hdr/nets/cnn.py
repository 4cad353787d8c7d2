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
    """38,438 parameters: three 3 x 3 convolutions, two pooled before they are normalised, and one dense layer.

    The fewest operations that still read well: pooling first leaves a quarter of the numbers to normalise.
    """
    keras = load_keras()
    layers = keras.layers
    image = x = keras.Input((28, 28, 1), name="image")
    for filters, padding in ((12, "same"), (32, "same"), (64, "valid")):
        x = layers.Conv2D(filters, 3, padding=padding, use_bias=False)(x)
        if padding == "same":
            x = layers.MaxPooling2D()(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    logits = layers.Dense(10, name="logits")(layers.Flatten()(x))
    return keras.Model(image, layers.Softmax(name="probabilities")(logits), name="quick_cnn")


def _convolve(keras: Any, x: Any, filters: int, *, size: int = 3, stride: int = 1) -> Any:
    layers = keras.layers
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    return layers.ReLU()(x)
