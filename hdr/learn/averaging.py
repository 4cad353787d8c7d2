"""An exponential moving average of a net's weights while it is trained (Polyak and Juditsky 1992), kept beside them.

Everything that the net answers with is averaged, the moving statistics of batch normalisation too, over the same steps:
the statistics that each set of weights was seen with are then averaged as the weights are, and no further pass over the
data is needed. Keras's own `use_ema` leaves them as of the last step, which is another net's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.nets.backend import load_keras

Arrays = list[NDArray[Any]]


class Average:
    """The average of a net's weights; it starts where the net is.

    Attributes:
        variables: Its values, in the order of the net's weights: part of a checkpoint.
    """

    def __init__(self, net: Any, momentum: float, steps: Any) -> None:
        """Copy the weights.

        Args:
            net: A Keras model that is about to be trained.
            momentum: Share of the average that stays at each step, above 0 and below 1. In the first steps it is
                lower, (1 + t) / (10 + t) at step t, so that the first weights do not weigh on a short training.
            steps: The optimizer's count of steps, from which t is taken: a resumed training goes on with it.
        """
        import tensorflow as tf

        self._net = net
        self.variables = [tf.Variable(np.asarray(weight), trainable=False) for weight in net.weights]

        def update() -> None:
            step = tf.cast(tf.convert_to_tensor(steps), tf.float32)
            share = 1.0 - tf.minimum(momentum, (1.0 + step) / (10.0 + step))
            for mean, weight in zip(self.variables, net.weights, strict=True):
                mean.assign_add(share * (tf.convert_to_tensor(weight) - mean))

        self.update = tf.function(update, autograph=False)

    @property
    def weights(self) -> Arrays:
        """Copies of its values, as `set_weights` takes them."""
        return [variable.numpy().copy() for variable in self.variables]

    def callback(self) -> Any:
        """Keras's callback that keeps the average up to date and has it validated in the net's place."""
        average = self

        class Averaging(load_keras().callbacks.Callback):  # type: ignore[misc]
            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature
                average.update()

            def on_test_begin(self, logs: Any = None) -> None:  # noqa: ARG002
                average.swap()

            def on_test_end(self, logs: Any = None) -> None:  # noqa: ARG002
                average.swap()

        return Averaging()

    def swap(self) -> None:
        """Give the net the average, and keep the net's weights in its place; once more puts both back."""
        own = self._net.get_weights()
        self._net.set_weights(self.weights)
        for variable, weight in zip(self.variables, own, strict=True):
            variable.assign(weight)
