"""The one door to Keras: imported late, because it takes seconds, and told to keep quiet."""

import ctypes
import os
from types import ModuleType

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
"""Numbers of `mallopt`'s parameters, from malloc.h."""


def load_keras() -> ModuleType:
    """Import Keras on first use; TensorFlow's start-up chatter is turned off unless the caller has set it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # whatever a person's own Keras settings say
    import keras

    return keras


def sum_in_order() -> None:
    """Make TensorFlow add up in the same order every time, for the rest of this process; somewhat slower."""
    load_keras()
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def keep_freed_memory() -> None:
    """Make glibc keep what is freed for the next step, for the rest of this process; elsewhere nothing happens.

    Left to itself it gives every large block back to the system and asks for it again in the next training step, which
    takes a third of the time of a small net's training.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    for parameter, value in ((_M_TOP_PAD, 64 << 20), (_M_MMAP_THRESHOLD, 32 << 20), (_M_TRIM_THRESHOLD, 1 << 30)):
        if mallopt:
            mallopt(parameter, value)
