"""What a net learns from: batches of strings, their loss and mark. Digit lessons are tested through test_fit."""

import numpy as np
import pytest

from hdr.data.compose import Composer
from hdr.data.datasets import Dataset
from hdr.data.strings import Numbers, as_numbers
from hdr.learn.fit import fit_net
from hdr.learn.lessons import FRAME, StringLesson, _ctc_loss, _exact
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from tests.data.test_strings import amount
from tests.tiny import drawn_digits

IMAGES, LABELS = drawn_digits(100, 3)
COMPOSER = Composer(Dataset("drawn", IMAGES, LABELS.astype(np.int64)))
REAL = [amount("1234"), amount("98"), amount("555")]
SETTINGS = TrainSettings(epochs=1, batch_size=20, augment=False, calibrate=False, label_smoothing=0.0)


def lesson(share: float, held_out: Numbers | None = None) -> StringLesson:
    return StringLesson(COMPOSER, REAL, share, held_out or as_numbers(REAL))


def texts_of(rows: np.ndarray) -> list[str]:
    return ["".join(str(d) for d in row if d >= 0) for row in rows]


def logits(*texts: str, steps: int = 12) -> np.ndarray:
    """Logits that spell texts, a blank after each digit."""
    found = np.zeros((len(texts), steps, 11), np.float32)
    for row, text in zip(found, texts, strict=True):
        row[:, 10] = 9.0
        for place, digit in enumerate(text):
            row[2 * place] = 0
            row[2 * place, int(digit)] = 9.0
    return found


def rows_of(*texts: str) -> np.ndarray:
    found = np.full((len(texts), 32), -1, np.int32)
    for row, text in zip(found, texts, strict=True):
        row[: len(text)] = [int(c) for c in text]
    return found


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_batches_mix_composed_and_real_numbers(share):
    strips, rows = lesson(share).batch(np.arange(60), SETTINGS, np.random.default_rng(1))
    assert strips.shape == (60, 32, FRAME, 1)
    assert strips.dtype == np.float32
    real = {"1234", "98", "555"} | {
        a.text[:i] + b.text[j:] for a in REAL for b in REAL for i in range(5) for j in range(4)
    }
    found = sum(text in real for text in texts_of(rows))
    if share == 1.0:
        assert found == 60
    elif share == 0.0:
        assert found < 25


def test_the_validation_part_is_as_it_is():
    strips, rows = lesson(0.5).check
    assert strips.shape[:2] == (3, 32)
    assert texts_of(rows) == ["1234", "98", "555"]


@pytest.mark.parametrize(
    ("read", "true", "marks"),
    [
        (("12", "345"), ("12", "345"), [1, 1]),
        (("12", "345"), ("12", "346"), [1, 0]),
        (("12", ""), ("1", "7"), [0, 0]),
        (("11", "1"), ("11", "11"), [1, 0]),
        (("", "5"), ("", "5"), [1, 1]),
    ],
)
def test_only_whole_numbers_count(read, true, marks):
    load_keras()
    assert np.asarray(_exact(rows_of(*true), logits(*read))).tolist() == marks


def test_the_loss_is_low_where_the_text_is_right():
    load_keras()
    right, wrong = np.asarray(_ctc_loss(rows_of("12", "13"), logits("12", "12")))
    assert 0 <= right < 0.1
    assert wrong > 5


def test_a_small_net_learns_strings():
    """A dense layer on the columns, on numbers of plain blocks: loss falls, and the run is what it is for digits."""
    keras = load_keras()

    def columns() -> object:
        strip = keras.Input((32, None, 1))
        x = keras.layers.AveragePooling2D((32, 4))(strip)
        x = keras.layers.Reshape((-1, 1))(x)
        x = keras.layers.Dense(24, activation="relu")(x)
        found = keras.layers.Dense(11, name="logits")(x)
        return keras.Model(strip, keras.layers.Softmax(name="probabilities")(found))

    settings = TrainSettings(epochs=2, batch_size=64, label_smoothing=0.0, learning_rate=0.02, seed=3)
    fitted = fit_net(columns, lesson(0.0), settings)
    assert [line["epoch"] for line in fitted.history] == [0, 1]
    assert fitted.history[1]["loss"] < fitted.history[0]["loss"]
    assert 0.4 < fitted.temperature < 5.1
