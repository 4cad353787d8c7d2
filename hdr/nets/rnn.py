"""Recurrent net: reads the picture row by row and column by column, each in both directions."""

from typing import Any

from hdr.nets.backend import load_keras

UNITS = 96


def build_rnn() -> Any:
    """643,594 parameters; input float32 (N, 28, 28, 1) in 0..1, output (N, 10) probabilities.

    Two bidirectional LSTM layers (Hochreiter and Schmidhuber 1997; Schuster and Paliwal 1997) over the 28 rows, two
    more over the 28 columns; each sequence is summed up by its mean and its maximum over time.
    """
    keras = load_keras()
    layers = keras.layers
    image = keras.Input((28, 28, 1), name="image")
    rows = layers.Reshape((28, 28), name="rows")(image)
    columns = layers.Permute((2, 1), name="columns")(rows)
    summaries = [part for sequence in (rows, columns) for part in _read_sequence(keras, sequence)]
    x = layers.Concatenate()(summaries)
    x = layers.Dropout(0.3)(x)
    logits = layers.Dense(10, name="logits")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(logits), name="rnn")


def _read_sequence(keras: Any, x: Any) -> list[Any]:
    layers = keras.layers
    for _ in range(2):
        x = layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True))(x)
    return [layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)]
