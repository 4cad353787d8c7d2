"""How far a training is, told by made-up figures: history, best weights, patience, checkpoints. No net is here."""

import json

import numpy as np
import pytest

from hdr.errors import RunError
from hdr.learn.progress import Progress
from hdr.store.checkpoints import read_checkpoint, write_checkpoint

FIGURES = {"accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.4, "val_loss": 2.0}


def after(*losses: float) -> Progress:
    """Epochs with these validation losses; the weights after each are its number."""
    progress = Progress()
    for epoch, loss in enumerate(losses):
        progress.note(FIGURES | {"val_loss": loss}, 10.0 * (epoch + 1), lambda epoch=epoch: [np.array(epoch)])
    return progress


def test_before_the_first_epoch():
    progress = Progress()
    assert (progress.history, progress.best, progress.finished, progress.seconds) == ([], [], 0, 0.0)
    assert not progress.is_over(1)


def test_an_epoch_is_a_line_of_plain_numbers():
    """What Keras tells besides is left out; its own kinds of numbers could not be written as JSON."""
    progress, logs = Progress(), {name: np.float32(value) for name, value in FIGURES.items()}
    progress.note(logs | {"learning_rate": np.float32(0.1)}, 1.26, list)
    progress.note(logs, 2.04, list)
    assert progress.history == [
        {"epoch": 0, "seconds": 1.3} | {name: pytest.approx(value) for name, value in FIGURES.items()},
        {"epoch": 1, "seconds": 2.0} | {name: pytest.approx(value) for name, value in FIGURES.items()},
    ]
    assert list(progress.history[0]) == ["epoch", "seconds", *FIGURES]
    assert json.loads(json.dumps(progress.history)) == progress.history
    assert (progress.finished, progress.seconds) == (2, 2.0)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_figure_that_is_no_number(name, value):
    """Of the epoch nothing is noted, and its weights are not asked for."""
    progress = after(2.0, 1.0)
    with pytest.raises(RunError, match=r"no number any more in epoch 3\. Lower the learning rate"):
        progress.note(FIGURES | {name: value}, 30.0, lambda: pytest.fail("asked for"))
    assert (progress.finished, progress.best) == (2, [1])


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ((1.0,), 0),
        ((3.0, 2.0, 1.0), 2),
        ((1.0, 2.0, 3.0), 0),
        ((3.0, 1.0, 2.0), 1),
        ((2.0, 1.0, 1.0), 2),  # the latest of equal ones
        ((1.0, 2.0, 1.0, 2.0), 2),
    ],
)
def test_the_weights_of_the_lowest_loss_are_kept(losses, best):
    assert after(*losses).best == [best]


def test_weights_are_asked_for_only_where_they_are_the_best():
    progress = after(1.0)
    progress.note(FIGURES, 20.0, lambda: pytest.fail("asked for"))
    assert progress.finished == 2


@pytest.mark.parametrize(
    ("losses", "waited"),
    [
        ((1.0,), 0),
        ((3.0, 2.0, 1.0), 0),
        ((1.0, 2.0), 1),
        ((3.0, 1.0, 2.0, 2.0), 2),
        ((3.0, 1.0, 1.0, 1.0), 2),  # an equal loss is no lower one
        ((1.0, 4.0, 3.0, 2.0), 3),
    ],
)
def test_patience_is_over_after_so_many_epochs_without_a_lower_loss(losses, waited):
    over = [patience for patience in range(6) if after(*losses).is_over(patience)]
    assert over == list(range(1, waited + 1))


def test_it_goes_on_from_a_checkpoint(tmp_path):
    whole, part = after(3.0, 1.0, 2.0, 0.5), after(3.0, 1.0, 2.0)
    write_checkpoint(tmp_path / "state.npz", part.checkpoint([np.arange(3)]))
    known = read_checkpoint(tmp_path / "state.npz")
    resumed = Progress.resumed(known)
    assert known.state[0].tolist() == [0, 1, 2]
    assert (resumed, resumed.finished, resumed.seconds) == (part, 3, 30.0)
    assert resumed.is_over(1)
    resumed.note(FIGURES | {"val_loss": 0.5}, 40.0, lambda: [np.array(3)])
    assert resumed == whole
    assert not resumed.is_over(1)
