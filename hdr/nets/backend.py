"""The one door to Keras: imported late, because it takes seconds, and told to keep quiet."""

import os
from types import ModuleType


def load_keras() -> ModuleType:
    """Import Keras on first use; TensorFlow's start-up chatter is turned off unless the caller has set it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # whatever a person's own Keras settings say
    import keras

    return keras
