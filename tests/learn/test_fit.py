"""Fitting one net: schedule and optimizer, batches, dropout and frozen layers, the best epoch, and going on later."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import softmax
from tiny import drawn_digits, tiny_net

from hdr.data.augment import Augmentation
from hdr.data.datasets import Dataset
from hdr.errors import RunError, SettingsError, StoreError
from hdr.learn.fit import Watcher, fit_net
from hdr.learn.lessons import DigitLesson
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from hdr.store.checkpoints import read_checkpoint
from hdr.store.models import as_input

PLAIN = {"optimizer": "adam", "schedule": "constant", "augment": False, "calibrate": False, "label_smoothing": 0.0}
COLUMNS = ["epoch", "seconds", "accuracy", "loss", "val_accuracy", "val_loss"]


def drawn(name: str, count: int, seed: int) -> Dataset:
    images, labels = drawn_digits(count, seed)
    return Dataset(name, images, labels.astype(np.int64))


LEARN, CHECK = drawn("train", 310, 1), drawn("validation", 100, 2)
MISLEADING = Dataset("misleading", LEARN.images, (LEARN.labels + 1) % 10)
"""The more it is learnt from, the worse the validation part is read."""
LESSON, MISLED = DigitLesson(LEARN, CHECK), DigitLesson(MISLEADING, CHECK)


def settings(**changes) -> TrainSettings:
    return TrainSettings(**{"epochs": 1, "batch_size": 20, "seed": 7} | PLAIN | changes)


def answers(net, images=CHECK.images) -> np.ndarray:
    return np.asarray(net(as_input(images)))


def check_loss(net) -> float:
    return -np.log(answers(net)[np.arange(len(CHECK)), CHECK.labels]).mean()


def deep_net():
    """Two layers with weights and a dropout before the logits."""
    keras = load_keras()
    image = keras.Input((28, 28, 1))
    x = keras.layers.Dense(12, activation="relu", name="first")(keras.layers.Flatten()(image))
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = keras.layers.Dropout(0.25, name="drop")(x)
    return keras.Model(image, keras.layers.Softmax()(keras.layers.Dense(10, name="logits")(x)), name="deep")


# --- small real fits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.01},
        {"learning_rate": 0.01, "loss": "binary"},
        {"learning_rate": 0.3, "optimizer": "sgd", "schedule": "one-cycle"},
        {"learning_rate": 0.02, "optimizer": "adamw", "schedule": "one-cycle", "augment": True},
    ],
    ids=["as the papers", "ten sigmoids", "gradient descent, one cycle", "our own"],
)
def test_a_net_learns_and_its_history_tells(changes):
    fitted = fit_net(tiny_net, LESSON, settings(epochs=4, **changes))
    lines = fitted.history
    assert [line["epoch"] for line in lines] == [0, 1, 2, 3]
    assert [list(line) for line in lines] == [COLUMNS] * 4
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert lines[-1]["seconds"] >= lines[0]["seconds"] >= 0
    accuracy = (answers(fitted.net).argmax(axis=1) == CHECK.labels).mean()
    assert accuracy == pytest.approx(best(lines)["val_accuracy"], abs=1e-6)
    assert accuracy > 0.6
    assert (fitted.net.compiled, fitted.temperature, fitted.stopped) == (False, 1.0, False)


def best(history: list[dict[str, float]]) -> dict[str, float]:
    return min(history, key=lambda line: line["val_loss"])


def test_a_loss_of_ten_sigmoids():
    """The loss of the validation part is the mean binary cross-entropy of the logits, not of the softmax."""
    fitted = fit_net(tiny_net, LESSON, settings(loss="binary"))
    keras = load_keras()
    logits = np.asarray(keras.Model(fitted.net.input, fitted.net.get_layer("logits").output)(as_input(CHECK.images)))
    signs = 2 * np.eye(10)[CHECK.labels] - 1
    loss = np.log1p(np.exp(-signs * logits)).mean()
    assert fitted.history[0]["val_loss"] == pytest.approx(loss, rel=1e-3)


def test_one_temperature_in_the_weights_of_the_logits():
    """Calibrated or not, the same seed gives the same net but for the temperature."""
    change = {"learning_rate": 0.02, "epochs": 2}
    plain = fit_net(tiny_net, LESSON, settings(**change))
    soft = fit_net(tiny_net, LESSON, settings(**change, calibrate=True))
    assert plain.temperature == 1.0
    assert abs(soft.temperature - 1) > 0.05
    expected = softmax(np.log(answers(plain.net).astype(float)) / soft.temperature, axis=1)
    np.testing.assert_allclose(answers(soft.net), expected, atol=1e-4)


def test_the_best_epoch_is_kept():
    """Here the first one; the history tells of all."""
    fitted = fit_net(tiny_net, MISLED, settings(epochs=4, learning_rate=0.01))
    losses = [line["val_loss"] for line in fitted.history]
    assert losses == sorted(losses)
    assert len(losses) == 4
    assert check_loss(fitted.net) == pytest.approx(losses[0], rel=1e-4)
    assert losses[0] < 0.9 * losses[-1]


@pytest.mark.parametrize(("patience", "epochs"), [(0, 5), (1, 2), (2, 3), (4, 5), (5, 5)])
def test_patience_counts_epochs_without_a_lower_loss(patience, epochs):
    """From the first on there is none. The end is no stop by a person."""
    fitted = fit_net(tiny_net, MISLED, settings(epochs=5, learning_rate=0.01, patience=patience))
    assert (len(fitted.history), fitted.stopped) == (epochs, False)


def test_patience_does_not_end_what_still_learns():
    fitted = fit_net(tiny_net, LESSON, settings(epochs=4, learning_rate=0.003, patience=1))
    assert len(fitted.history) == 4


def test_a_loss_that_is_no_number():
    def broken_net():
        net = tiny_net()
        net.set_weights([weights * np.nan for weights in net.get_weights()])
        return net

    with pytest.raises(RunError, match=r"no number any more in epoch 1\. Lower the learning rate"):
        fit_net(broken_net, LESSON, settings(epochs=3))


# --- how Keras is asked, with no training ---------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What `Model.fit` was called with; it learns nothing, and tells of one epoch."""
    calls = []

    def fit(model, lessons, **options):
        calls.append(SimpleNamespace(model=model, lessons=lessons, **options))
        keeper = options["callbacks"][0]
        keeper.set_model(model)
        keeper.on_train_begin()
        keeper.on_epoch_end(0, dict.fromkeys(COLUMNS, 0.5))

    monkeypatch.setattr(load_keras().Model, "fit", fit)
    return calls


@pytest.mark.parametrize(
    ("optimizer", "schedule", "rates"),
    [
        ("adamw", "one-cycle", [0.1 / 25, 0.1, 0.05, 0.0]),
        ("adam", "one-cycle", [0.1 / 25, 0.1, 0.05, 0.0]),
        ("adam", "constant", [0.1, 0.1, 0.1, 0.1]),
        ("sgd", "constant", [0.1, 0.1, 0.1, 0.1]),
    ],
)
def test_optimizer_and_schedule(asked, optimizer, schedule, rates):
    """Rates at the first step, after a fifth, in the middle of the cosine, and at the end of 2 epochs of 15 steps."""
    change = {"optimizer": optimizer, "schedule": schedule, "learning_rate": 0.1, "weight_decay": 0.02, "epochs": 2}
    fit_net(tiny_net, LESSON, settings(**change))
    (call,) = asked
    config = call.model.optimizer.get_config()
    assert type(call.model.optimizer).__name__.lower() == optimizer
    if optimizer == "adamw":
        assert (config["weight_decay"], config["clipnorm"]) == (0.02, 1.0)
    else:
        assert not config["weight_decay"]
        assert not config["clipnorm"]
    rate = config["learning_rate"]
    if schedule == "one-cycle":
        rate = load_keras().optimizers.schedules.deserialize(rate)
        found = [float(rate(step)) for step in (0, 6, 18, 30)]
    else:
        found = [rate] * 4
    assert found == pytest.approx(rates, abs=1e-7)
    assert (call.epochs, call.initial_epoch) == (2, 0)


@pytest.mark.parametrize("augment", [False, True])
def test_pictures_are_shuffled_anew_in_every_epoch(asked, monkeypatch, augment):
    """As they are, or each batch once through `augment`, which here only darkens it; the last odd ones wait."""
    monkeypatch.setattr("hdr.learn.lessons.augment", lambda images, _strength, _rng, _labels: images / 2)
    fit_net(tiny_net, LESSON, settings(batch_size=40, augment=augment))
    batches = asked[0].lessons
    number = {image.tobytes(): index for index, image in enumerate(as_input(LEARN.images) / (2 if augment else 1))}
    epochs = []
    for _ in range(2):
        lessons = [batches[index] for index in range(len(batches))]
        assert [images.shape for images, _ in lessons] == [(40, 28, 28, 1)] * 7
        order = [number[image.tobytes()] for images, _ in lessons for image in images]
        assert len(set(order)) == 280
        labels = np.concatenate([labels for _, labels in lessons])
        np.testing.assert_array_equal(labels.argmax(axis=1), LEARN.labels[order])
        epochs.append(order)
        batches.on_epoch_end()
    assert epochs[0] != epochs[1]
    assert epochs[0] != sorted(epochs[0])


def test_the_validation_part_is_as_it_is(asked):
    fit_net(tiny_net, LESSON, settings(augment=True))
    images, labels = asked[0].validation_data
    np.testing.assert_array_equal(images, as_input(CHECK.images))
    np.testing.assert_array_equal(labels, np.eye(10)[CHECK.labels])


def test_each_batch_has_its_own_draws_and_the_seed_fixes_them(asked, monkeypatch):
    """Here a picture becomes the number that was drawn for its batch."""
    monkeypatch.setattr("hdr.learn.lessons.augment", lambda images, _strength, rng, _labels: images * 0 + rng.random())
    drawn_numbers = []
    for seed in (7, 7, 8):
        fit_net(tiny_net, LESSON, settings(augment=True, seed=seed))
        batches = asked[-1].lessons
        first = [float(batches[index][0][0, 0, 0, 0]) for index in (0, 1, 0)]
        batches.on_epoch_end()
        drawn_numbers.append((*first, float(batches[0][0][0, 0, 0, 0])))
    one, again, other = drawn_numbers
    assert one == again
    assert one[0] == one[2]
    assert len({*one, *other}) == 6


@pytest.mark.parametrize("strength", [None, Augmentation(), Augmentation(rotate=3.0, noise=0.0)])
def test_how_far_pictures_are_distorted(asked, monkeypatch, strength):
    seen = []
    monkeypatch.setattr("hdr.learn.lessons.augment", lambda images, wish, _rng, _labels: seen.append(wish) or images)
    lesson = LESSON if strength is None else DigitLesson(LEARN, CHECK, strength)
    fit_net(tiny_net, lesson, settings(augment=True))
    asked[0].lessons[0]
    assert seen == [strength or Augmentation()]


@pytest.mark.parametrize(("gentle", "halved"), [(0.0, [False] * 3), (0.3, [False, False, True]), (1.0, [True] * 3)])
@pytest.mark.parametrize("known", [0, 2], ids=["from the start", "resumed"])
def test_the_last_epochs_are_gentle(tmp_path, monkeypatch, gentle, halved, known):
    """Trained for real, for it is Keras that tells the batches of each epoch."""
    checkpoint = tmp_path / "checkpoint.npz"
    if known:
        fit_net(tiny_net, LESSON, settings(epochs=known), checkpoint=checkpoint)
    seen = []
    monkeypatch.setattr("hdr.learn.lessons.augment", lambda images, wish, _rng, _labels: seen.append(wish) or images)
    fit_net(tiny_net, LESSON, settings(augment=True, epochs=3, gentle=gentle, batch_size=280), checkpoint=checkpoint)
    full = Augmentation()
    assert seen[1:] == [full.half if half else full for half in halved[known:]]  # the first is a look at the shapes
    assert (full.half.rotate, full.half.damage) == (full.rotate / 2, full.damage / 2)


@pytest.mark.parametrize(("wish", "rate"), [(None, 0.25), (0.0, 0.0), (0.6, 0.6), (0.9, 0.9)])
def test_every_dropout_layer_gets_the_rate(asked, wish, rate):
    fit_net(deep_net, LESSON, settings(dropout=wish))
    layer = asked[0].model.get_layer("drop")
    left_out = (np.asarray(layer(np.ones((10, 2000), np.float32), training=True)) == 0).mean()
    assert (layer.rate, left_out) == (rate, pytest.approx(rate, abs=0.02))


def test_a_net_without_dropout_has_no_rate():
    with pytest.raises(SettingsError, match=r"dropout cannot be set for .*, which has no dropout layer\. Leave it out"):
        fit_net(tiny_net, LESSON, settings(dropout=0.2))


@pytest.mark.parametrize("deterministic", [False, True])
@pytest.mark.usefixtures("asked")
def test_sums_in_order_only_where_that_is_asked_for(monkeypatch, deterministic):
    calls = []
    monkeypatch.setattr("hdr.learn.fit.sum_in_order", lambda: calls.append("in order"))
    fit_net(tiny_net, LESSON, settings(deterministic=deterministic))
    assert len(calls) == deterministic


# --- frozen layers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_frozen_layers_keep_their_weights(frozen):
    """Moving means of a batch normalisation among them; the others learn. What comes out is not frozen."""
    known = deep_net().get_weights()

    def build():
        net = deep_net()
        net.set_weights(known)
        return net

    fitted = fit_net(build, LESSON, settings(frozen=frozen, learning_rate=0.01))
    before, after = build(), fitted.net
    kept = [
        all(map(np.array_equal, before.get_layer(name).get_weights(), after.get_layer(name).get_weights()))
        for name in ("first", "norm", "logits")
    ]
    assert kept == [index < frozen for index in range(3)]
    assert len(after.trainable_weights) == len(before.trainable_weights)


@pytest.mark.parametrize(("build", "frozen", "most"), [(tiny_net, 1, 0), (deep_net, 3, 2), (deep_net, 100, 2)])
def test_a_layer_must_be_left_to_learn(build, frozen, most):
    with pytest.raises(SettingsError, match=f"frozen must be 0 to {most} for .*, not {frozen}"):
        fit_net(build, LESSON, settings(frozen=frozen))


# --- who watches ----------------------------------------------------------------------------------------------------


class Diary(Watcher):
    """Notes what it hears, and stops or breaks a training at a batch, counted over all epochs."""

    def __init__(self, stop_at: int = 0, break_at: int = 0) -> None:
        self.stop_at, self.break_at = stop_at, break_at
        self.batches: list[tuple[int, int]] = []
        self.epochs: list[list[dict[str, float]]] = []

    def batch_done(self, done: int, of: int) -> bool:
        self.batches.append((done, of))
        if len(self.batches) == self.break_at:
            raise KeyboardInterrupt
        return len(self.batches) == self.stop_at

    def epoch_done(self, history: list[dict[str, float]]) -> None:
        self.epochs.append(list(history))


def test_a_watcher_hears_of_every_batch_and_epoch():
    diary = Diary()
    fitted = fit_net(tiny_net, LESSON, settings(epochs=2), watcher=diary)
    assert diary.batches == [(index, 15) for index in range(1, 16)] * 2
    assert diary.epochs == [fitted.history[:1], fitted.history]
    assert not fitted.stopped


@pytest.mark.parametrize(("stop_at", "epochs"), [(20, 1), (30, 1), (31, 2), (45, 2)])
def test_a_watcher_stops_in_the_middle_of_an_epoch(stop_at, epochs):
    """At once, after this very batch; of the broken epoch nothing is kept."""
    diary = Diary(stop_at)
    fitted = fit_net(tiny_net, LESSON, settings(epochs=5, learning_rate=0.01), watcher=diary)
    assert (len(diary.batches), fitted.stopped) == (stop_at, True)
    assert (len(fitted.history), len(diary.epochs)) == (epochs, epochs)
    assert check_loss(fitted.net) == pytest.approx(fitted.history[-1]["val_loss"], rel=1e-4)


def test_a_stopped_training_is_calibrated_too():
    change = {"epochs": 5, "learning_rate": 0.02, "calibrate": True}
    fitted = fit_net(tiny_net, LESSON, settings(**change), watcher=Diary(20))
    assert abs(fitted.temperature - 1) > 0.05


@pytest.mark.parametrize("stop_at", [1, 15])
def test_stopped_before_its_first_epoch_has_ended(tmp_path, stop_at):
    diary = Diary(stop_at)
    with pytest.raises(RunError, match="stopped before its first epoch had ended, so there is nothing to keep"):
        fit_net(tiny_net, LESSON, settings(epochs=2), watcher=diary, checkpoint=tmp_path / "state.npz")
    assert (len(diary.batches), diary.epochs, list(tmp_path.iterdir())) == (stop_at, [], [])


@pytest.mark.parametrize("stop_at", [0, 20], ids=["to its end", "stopped"])
def test_the_pictures_are_let_go_of(monkeypatch, stop_at):
    """A search trains many times in one process; of MNIST, a copy that stays takes 170 MB each time."""
    made = []

    def noted(images):
        pictures = as_input(images).copy()  # which owns its memory, so that a view of it keeps it
        made.append(weakref.ref(pictures))
        return pictures

    monkeypatch.setattr("hdr.learn.lessons.as_input", noted)
    fit_net(tiny_net, LESSON, settings(epochs=2), watcher=Diary(stop_at))
    gc.collect()
    assert [pictures() is None for pictures in made] == [True] * len(made)


def test_callbacks_of_a_watcher_are_called():
    begun = []

    class Logged(Diary):
        def callbacks(self):
            keras = load_keras()
            return [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: begun.append((epoch, set(logs))))]

    fit_net(tiny_net, LESSON, settings(epochs=2), watcher=Logged())
    assert [epoch for epoch, _ in begun] == [0, 1]
    assert all(names >= set(COLUMNS[2:]) for _, names in begun)


# --- the same again, and going on later -----------------------------------------------------------------------------

OUR_OWN = {
    "optimizer": "adamw",
    "schedule": "one-cycle",
    "learning_rate": 0.01,
    "augment": True,
    "calibrate": True,
    "label_smoothing": 0.05,
}


@pytest.fixture
def in_order():
    """TensorFlow sums as it likes again after the test."""
    yield
    from tensorflow.python.framework import config

    config.disable_op_determinism()


def assert_alike(first, second) -> None:
    """Two trainings of the same history, time aside, and of the same weights."""
    assert without_time(first.history) == [pytest.approx(line, abs=1e-6) for line in without_time(second.history)]
    for one, other in zip(first.net.get_weights(), second.net.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert first.temperature == pytest.approx(second.temperature, abs=1e-5)


def without_time(history) -> list[dict[str, float]]:
    return [{name: value for name, value in line.items() if name != "seconds"} for line in history]


@pytest.mark.usefixtures("in_order")
def test_a_seed_fixes_everything():
    runs = [
        fit_net(deep_net, LESSON, settings(epochs=2, deterministic=True, seed=seed, **OUR_OWN)) for seed in (7, 7, 8)
    ]
    assert_alike(runs[0], runs[1])
    assert abs(runs[0].history[0]["loss"] - runs[2].history[0]["loss"]) > 1e-3


@pytest.mark.usefixtures("in_order")
@pytest.mark.parametrize(
    ("build", "changes", "end"),
    [
        (tiny_net, {"learning_rate": 0.01}, {"stop_at": 31}),
        (deep_net, OUR_OWN, {"break_at": 33}),
        (deep_net, {"optimizer": "sgd", "loss": "binary", "frozen": 1, "dropout": 0.5}, {"stop_at": 40}),
    ],
    ids=["as the papers", "our own", "ten sigmoids, frozen"],
)
def test_a_training_goes_on_as_if_nothing_had_been(tmp_path, build, changes, end):
    """It ends in its third epoch of four, by a wish or by force; then order, draws and optimizer go on as they were."""
    wishes = settings(epochs=4, deterministic=True, **changes)
    whole, state, diary = fit_net(build, LESSON, wishes), tmp_path / "state.npz", Diary()
    if "stop_at" in end:
        part = fit_net(build, LESSON, wishes, watcher=Diary(**end), checkpoint=state)
        assert (len(part.history), part.stopped) == (2, True)
    else:
        with pytest.raises(KeyboardInterrupt):
            fit_net(build, LESSON, wishes, watcher=Diary(**end), checkpoint=state)
    rest = fit_net(build, LESSON, wishes, watcher=diary, checkpoint=state)
    assert_alike(rest, whole)
    assert not rest.stopped
    assert [line["seconds"] for line in rest.history] == sorted(line["seconds"] for line in rest.history)
    assert diary.epochs == [rest.history[:2], rest.history[:3], rest.history]
    assert len(diary.batches) == 30


@pytest.mark.usefixtures("in_order")
def test_a_best_epoch_before_the_stop_is_still_the_best(tmp_path):
    wishes = settings(epochs=3, learning_rate=0.01, deterministic=True)
    fit_net(tiny_net, MISLED, wishes, watcher=Diary(stop_at=16), checkpoint=tmp_path / "state.npz")
    fitted = fit_net(tiny_net, MISLED, wishes, checkpoint=tmp_path / "state.npz")
    assert len(fitted.history) == 3
    assert check_loss(fitted.net) == pytest.approx(fitted.history[0]["val_loss"], rel=1e-4)


@pytest.mark.parametrize("changes", [{"epochs": 2}, {"epochs": 5, "patience": 1}], ids=["all epochs", "patience"])
def test_a_training_that_is_over_is_not_gone_on_with(tmp_path, changes):
    """It was killed after its last epoch, while its model was saved, say."""
    wishes, state, diary = settings(learning_rate=0.01, **changes), tmp_path / "state.npz", Diary()
    first = fit_net(tiny_net, MISLED, wishes, checkpoint=state)
    again = fit_net(tiny_net, MISLED, wishes, checkpoint=state, watcher=diary)
    assert_alike(again, first)
    assert (diary.batches, diary.epochs) == ([], [first.history])


def test_a_checkpoint_after_every_epoch(tmp_path):
    state, seen = tmp_path / "run" / "state.npz", []

    class Reader(Watcher):
        def epoch_done(self, history):
            seen.append((len(history), read_checkpoint(state).history == history))

    fitted = fit_net(tiny_net, LESSON, settings(epochs=3), watcher=Reader(), checkpoint=state)
    assert seen == [(1, True), (2, True), (3, True)]
    assert list(state.parent.iterdir()) == [state]
    for kept, weights in zip(read_checkpoint(state).best, fitted.net.get_weights(), strict=True):
        np.testing.assert_array_equal(kept, weights)


@pytest.mark.parametrize("content", [b"", b"no npz", b"PK\x03\x04 and no more"])
def test_a_damaged_checkpoint(tmp_path, content):
    (tmp_path / "state.npz").write_bytes(content)
    with pytest.raises(StoreError, match=r"state\.npz cannot be read .*Repeat the run from its start"):
        fit_net(tiny_net, LESSON, settings(), checkpoint=tmp_path / "state.npz")


def test_a_checkpoint_that_cannot_be_written(tmp_path):
    (tmp_path / "run").write_bytes(b"a file is in its way")
    with pytest.raises(StoreError, match=r"state\.npz cannot be written"):
        fit_net(tiny_net, LESSON, settings(), checkpoint=tmp_path / "run" / "state.npz")
