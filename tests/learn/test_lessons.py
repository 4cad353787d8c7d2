"""What a net learns from: strings, their loss and mark; no digits among digits. The rest of those is in test_fit."""

from itertools import permutations

import numpy as np
import pytest

from hdr.data.compose import Composer
from hdr.data.datasets import Dataset
from hdr.data.strings import Numbers, as_numbers
from hdr.decode.ctc import log_probabilities
from hdr.learn.fit import Watcher, fit_net
from hdr.learn.lessons import FRAME, DigitLesson, StringLesson, _accuracy_of_digits, _ctc_loss, _exact
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from tests.data.test_strings import amount
from tests.tiny import drawn_digits, tiny_net

IMAGES, LABELS = drawn_digits(100, 3)
COMPOSER = Composer(Dataset("drawn", IMAGES, LABELS.astype(np.int64)))
REAL = [amount("1234"), amount("98"), amount("555")]
SETTINGS = TrainSettings(epochs=1, batch_size=20, augment=False, calibrate=False, label_smoothing=0.0)


def lesson(share: float, held_out: Numbers | None = None) -> StringLesson:
    return StringLesson(COMPOSER, REAL, share, held_out or as_numbers(REAL))


def texts_of(rows: np.ndarray) -> list[str]:
    return ["".join(str(d) for d in row if d >= 0) for row in rows]


def logits(*texts: str, steps: int = 12) -> np.ndarray:
    """Logits of towers together that spell texts, a blank after each digit: (N, steps, 1, 11)."""
    found = np.zeros((len(texts), steps, 1, 11), np.float32)
    for row, text in zip(found[:, :, 0], texts, strict=True):
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
    found = sum(set(text) <= set("1234985") for text in texts_of(rows))  # the digits of the real ones
    if share == 1.0:
        assert found == 60
    elif share == 0.0:
        assert found < 40


def test_gentle_epochs_keep_each_number_to_one_hand_or_two():
    real = (
        {"1234", "98", "555"}
        | {a.text[:i] + b.text[j:] for a in REAL for b in REAL for i in range(5) for j in range(4)}
        | {"".join(order) for a in REAL for order in permutations(a.text)}
    )
    for gently in (True, False):
        _, rows = lesson(1.0).batch(np.arange(60), SETTINGS, np.random.default_rng(1), gently=gently)
        assert all(text in real for text in texts_of(rows)) == gently


def test_the_validation_part_is_as_it_is():
    strips, rows = lesson(0.5).validation_batch
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


def test_the_loss_of_an_empty_text_is_that_of_blanks_alone():
    random = np.random.default_rng(1).normal(size=(3, 12, 11)).astype(np.float32)
    texts = ["12", "", "5"]
    steps = np.exp(random) / np.exp(random).sum(axis=-1, keepdims=True)
    wanted = [-log_probabilities(row, [text])[0] for row, text in zip(steps, texts, strict=True)]
    np.testing.assert_allclose(np.asarray(_ctc_loss(rows_of(*texts), random[:, :, None])), wanted, rtol=1e-4)


def test_the_loss_is_the_mean_of_the_towers_together_and_alone_but_the_mark_is_of_both_together():
    load_keras()
    both = np.concatenate([logits("12", "34"), logits("12", "12"), logits("12", "34")], axis=2)
    rows = rows_of("12", "34")
    by_each = [np.asarray(_ctc_loss(rows, both[:, :, [one]])) for one in range(3)]
    np.testing.assert_allclose(np.asarray(_ctc_loss(rows, both)), np.mean(by_each, axis=0), rtol=1e-5)
    assert np.asarray(_exact(rows, both)).tolist() == [1, 1]
    assert np.asarray(_exact(rows, both[:, :, ::-1][:, :, 1:])).tolist() == [1, 0]


def test_a_small_net_learns_strings(monkeypatch):
    """A dense layer on the columns, on numbers of plain blocks: loss falls, and the run is what it is for digits."""
    monkeypatch.setattr("hdr.learn.lessons.STRINGS", 1_600)
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


# --- no digits among digits -----------------------------------------------------------------------------------------

DIGITS = DigitLesson(
    Dataset("train", IMAGES, LABELS.astype(np.int64)), Dataset("check", IMAGES[:40], LABELS[:40].astype(np.int64))
)


def mixed(share: float, seed: int = 1, **changes) -> tuple[np.ndarray, np.ndarray]:
    settings = TrainSettings(**{"augment": False, "negatives": share} | changes)
    return DIGITS.batch(np.arange(36), settings, np.random.default_rng(seed))


@pytest.mark.parametrize(("share", "beside"), [(0.0, 0), (0.01, 1), (0.1, 4), (0.25, 12), (0.5, 36)])
@pytest.mark.parametrize("augment", [False, True])
def test_a_batch_has_its_share_of_no_digits(share, beside, augment):
    images, targets = mixed(share, augment=augment)
    assert images.shape == (36 + beside, 28, 28, 1)
    assert (images.dtype, targets.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(targets[:36], np.eye(10)[LABELS[:36]])
    np.testing.assert_allclose(targets[36:], 0.1)
    assert targets.shape == (36 + beside, 10)


def test_digits_are_the_same_with_and_without():
    np.testing.assert_array_equal(mixed(0.3)[0][:36], mixed(0.0)[0])
    assert not (mixed(0.3)[0][36:] == IMAGES[:15, ..., None] / 255).all(axis=(1, 2, 3)).any()


def test_the_same_batch_comes_again_and_others_differ():
    np.testing.assert_array_equal(mixed(0.3, 5)[0], mixed(0.3, 5)[0])
    assert (mixed(0.3, 5)[0] != mixed(0.3, 6)[0]).any()


def test_no_digits_are_distorted_too():
    plain, distorted = mixed(0.5)[0], mixed(0.5, augment=True)[0]
    inked = plain[36:].max(axis=(1, 2, 3)) > 0.9
    assert (plain[36:] != distorted[36:]).any(axis=(1, 2, 3))[inked].all()


def test_the_validation_part_holds_digits_alone():
    images, targets = DIGITS.validation_batch
    assert (len(images), targets.max(axis=1).tolist()) == (40, [1.0] * 40)


def test_no_digits_do_not_count_for_the_accuracy():
    metric = _accuracy_of_digits()
    even, guess = np.full((3, 10), 0.1, np.float32), np.eye(10, dtype=np.float32)
    metric.update_state(np.concatenate([guess[[1, 2, 3, 4]], even]), np.concatenate([guess[[1, 2, 3, 5]], guess[:3]]))
    assert metric.name == "accuracy"
    assert float(metric.result()) == pytest.approx(0.75)


def test_a_net_learns_to_be_unsure_of_no_digits():
    """Of a half of uniform targets the mean loss stays above the entropy's half; accuracy is of digits all the same."""
    settings = TrainSettings(epochs=3, batch_size=20, augment=False, negatives=0.5, learning_rate=0.02, seed=3)
    fitted = fit_net(tiny_net, DIGITS, settings)
    assert fitted.history[-1]["accuracy"] > 0.5
    assert fitted.history[-1]["loss"] > 0.5 * np.log(10)


def test_a_resumed_training_sees_the_same_no_digits(tmp_path):
    class AfterTwo(Watcher):
        def __init__(self) -> None:
            self.epochs = 0

        def epoch_done(self, history) -> None:
            self.epochs = len(history)

        def batch_done(self, done: int, of: int) -> bool:
            del done, of
            return self.epochs == 2

    settings = TrainSettings(epochs=4, batch_size=20, augment=False, negatives=0.2, deterministic=True, seed=3)
    whole = fit_net(tiny_net, DIGITS, settings)
    checkpoint = tmp_path / "checkpoint"
    assert fit_net(tiny_net, DIGITS, settings, watcher=AfterTwo(), checkpoint=checkpoint).stopped
    resumed = fit_net(tiny_net, DIGITS, settings, checkpoint=checkpoint)
    assert len(resumed.history) == 4
    for one, other in zip(whole.net.get_weights(), resumed.net.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
