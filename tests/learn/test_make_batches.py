"""Batches: each picture once an epoch, the same ones again from the same seed, and as before where one goes on."""

from types import SimpleNamespace

import numpy as np
import pytest
from tiny import drawn_digits, tiny_net

from hdr.data.datasets import Dataset
from hdr.learn.batches import make_batches
from hdr.learn.fit import Watcher, fit_net
from hdr.learn.lessons import DigitLesson
from hdr.learn.settings import TrainSettings


def settings(**changes) -> TrainSettings:
    return TrainSettings(**{"epochs": 4, "batch_size": 10, "seed": 7, "gentle": 0.5, "augment": False} | changes)


def noted(size: int = 45) -> SimpleNamespace:
    """A lesson whose batches are what it was asked for: pictures, a number drawn for them, whether gently."""
    return SimpleNamespace(
        size=size, batch=lambda chosen, _settings, rng, *, gently: (chosen.tolist(), rng.random(), gently)
    )


def epochs_of(batches, count: int) -> list[list]:
    """So many epochs as Keras goes through them, which tells of an end before the first, too."""
    found = []
    for _ in range(count):
        batches.on_epoch_end()
        found.append([batches[index] for index in range(len(batches))])
    return found


def pictures(epoch: list) -> list[int]:
    return [number for chosen, _, _ in epoch for number in chosen]


@pytest.mark.parametrize(
    ("size", "batch_size", "most", "count"),
    [(45, 10, None, 4), (40, 10, None, 4), (45, 45, None, 1), (45, 10, 25, 2), (45, 10, 45, 4), (45, 10, 900, 4)],
)
def test_every_picture_once_but_the_last_odd_ones(size, batch_size, most, count):
    batches = make_batches(noted(size), settings(batch_size=batch_size), most=most)
    for epoch in epochs_of(batches, 2):
        assert [len(chosen) for chosen, _, _ in epoch] == [batch_size] * count
        assert len(set(pictures(epoch))) == batch_size * count
        assert set(pictures(epoch)) <= set(range(size))


def test_fewer_pictures_are_the_same_in_every_epoch():
    epochs = [pictures(epoch) for epoch in epochs_of(make_batches(noted(), settings(), most=20), 3)]
    assert epochs[0] != epochs[1] != epochs[2]
    assert set(epochs[0]) == set(epochs[1]) == set(epochs[2])
    assert set(epochs[0]) != set(range(20))


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_the_seed_fixes_order_and_draws(seed, same):
    one, other = (epochs_of(make_batches(noted(), settings(seed=number)), 2) for number in (7, seed))
    assert (one == other) is same
    assert (pictures(one[0]) == pictures(other[0])) is same
    assert (one[0][0][1] == other[0][0][1]) is same


def test_no_two_batches_draw_alike():
    epochs = epochs_of(make_batches(noted(), settings()), 3)
    assert len({draw for epoch in epochs for _, draw, _ in epoch}) == 12


def test_it_does_not_matter_in_which_order_batches_are_taken():
    """Nor how often: nothing hangs on what was asked for before, or on the global generator."""
    batches, again = make_batches(noted(), settings()), make_batches(noted(), settings())
    forwards = [batches[index] for index in (0, 1, 2, 3)]
    np.random.seed(1)
    assert [again[index] for index in (3, 1, 1, 0, 2)] == [forwards[index] for index in (3, 1, 1, 0, 2)]


@pytest.mark.parametrize("most", [None, 25])
@pytest.mark.parametrize("known", [0, 1, 3])
def test_a_resumed_training_sees_the_same_batches(known, most):
    whole = epochs_of(make_batches(noted(), settings(), most=most), 4)
    rest = epochs_of(make_batches(noted(), settings(), known, most), 4 - known)
    assert rest == whole[known:]


@pytest.mark.parametrize(
    ("gentle", "expected"), [(0.0, [False] * 4), (0.25, [False] * 3 + [True]), (0.5, [False] * 2 + [True] * 2)]
)
def test_the_last_epochs_are_gentle(gentle, expected):
    epochs = epochs_of(make_batches(noted(), settings(gentle=gentle)), 4)
    assert [{gently for _, _, gently in epoch} for epoch in epochs] == [{wish} for wish in expected]


def test_keras_goes_through_them_alike_where_it_goes_on(tmp_path, monkeypatch):
    """Trained for real, in two goes and in one; a look at the shapes comes first."""
    images, labels = drawn_digits(60, 1)
    data, seen = Dataset("drawn", images, labels.astype(np.int64)), []
    ask = DigitLesson.batch

    def batch(self, chosen, wishes, rng, **how):
        seen.append((chosen.tolist(), rng.bit_generator.state["state"]))
        return ask(self, chosen, wishes, rng, **how)

    class AfterTwo(Watcher):
        epochs = 0

        def epoch_done(self, history):
            self.epochs = len(history)

        def batch_done(self, done, of):
            del done, of
            return self.epochs == 2

    monkeypatch.setattr(DigitLesson, "batch", batch)
    lesson, wishes, state = DigitLesson(data, data), settings(batch_size=50, calibrate=False), tmp_path / "state.npz"
    fit_net(tiny_net, lesson, wishes)
    whole = seen[1:]
    assert fit_net(tiny_net, lesson, wishes, watcher=AfterTwo(), checkpoint=state).stopped
    seen.clear()
    fit_net(tiny_net, lesson, wishes, checkpoint=state)
    assert len(whole) == 4
    assert seen[1:] == whole[2:]
