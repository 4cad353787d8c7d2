"""The nets of the five papers on digit recognition that the project starts from, layer by layer as printed.

Each builder takes nothing and returns an uncompiled Keras model as `hdr.nets` asks for. Where a paper leaves a number
open, the docstring says what was chosen. Knows nothing of training; the recipes stand in the registry.
"""

from typing import Any

from hdr.nets.backend import load_keras


def build_mendapara_cnn() -> Any:
    """34,842 parameters: 3 x 3 convolutions of 8, 16, 32, 32 and 64 with LeakyReLU, then a global average."""
    layers = load_keras().layers

    def leaky(units: Any) -> list[Any]:
        return [units, layers.LeakyReLU()]

    return _stack(
        "mendapara_cnn",
        *leaky(layers.Conv2D(8, 3, padding="same")),
        *leaky(layers.Conv2D(16, 3, padding="same")),
        layers.MaxPooling2D(),
        *leaky(layers.Conv2D(32, 3, padding="same")),
        *leaky(layers.Conv2D(32, 3, padding="same")),
        layers.MaxPooling2D(),
        *leaky(layers.Conv2D(64, 3, padding="same")),
        layers.GlobalAveragePooling2D(),
        layers.Dropout(0.2),
        *leaky(layers.Dense(16)),
    )


def build_nagpal_cnn() -> Any:
    """354,378 parameters: two 3 x 3 convolutions of 128, each with a pooling, and a dense layer of 64."""
    layers = load_keras().layers
    return _stack(
        "nagpal_cnn",
        layers.Conv2D(128, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(128, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
    )


def build_viegas_cnn() -> Any:
    """421,642 parameters: 3 x 3 convolutions of 32 and 64, each with a pooling, dropout and a dense layer of 128."""
    layers = load_keras().layers
    return _stack(
        "viegas_cnn",
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dropout(0.5),
    )


def build_krishna_mlp() -> Any:
    """42,310 parameters: two dense layers of 50 and ten sigmoids, which are divided by their sum."""
    layers = load_keras().layers
    return _stack(
        "krishna_mlp",
        layers.Flatten(),
        layers.Dense(50, activation="relu"),
        layers.Dense(50, activation="relu"),
        sigmoid=True,
    )


def build_arun_cnn() -> Any:
    """225,034 parameters: 3 x 3 convolutions of 32 and 64, each with a pooling, and a dense layer of 128.

    The paper gives no sizes; these are the usual ones of a plain CNN, with dropout before the dense layer.
    """
    layers = load_keras().layers
    return _stack(
        "arun_cnn",
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(128, activation="relu"),
    )


def build_arun_rnn() -> Any:
    """81,674 parameters: one LSTM of 128 over the 28 rows; the paper gives no size."""
    layers = load_keras().layers
    return _stack("arun_rnn", layers.Reshape((28, 28), name="rows"), layers.LSTM(128))


def _stack(name: str, *hidden: Any, sigmoid: bool = False) -> Any:
    """A net of layers one after another, ending in ten logits and their softmax.

    The softmax of log-sigmoids is each sigmoid divided by the sum of all ten.
    """
    keras = load_keras()
    answers = [keras.layers.Dense(10, name="logits")]
    if sigmoid:
        answers.append(keras.layers.Activation("log_sigmoid"))
    answers.append(keras.layers.Softmax(name="probabilities"))
    return keras.Sequential([keras.Input((28, 28, 1), name="image"), *hidden, *answers], name=name)
