"""Which epoch counts as a run's best."""

import pytest

from hdr.ui.run_figures import kept_epoch, kept_validation


@pytest.mark.parametrize(
    ("losses", "kept"), [([0.5], 0), ([0.5, 0.3, 0.4], 1), ([0.5, 0.3, 0.3], 2), ([0.1, 0.2, 0.3], 0)]
)
def test_the_last_epoch_with_the_lowest_validation_loss_is_kept(losses, kept):
    accuracies = [0.9 + index / 100 for index in range(len(losses))]
    history = {"val_loss": losses, "val_accuracy": accuracies}
    assert kept_epoch(history) == kept
    assert kept_validation(history) == f"{accuracies[kept]:.2%}"


def test_before_the_first_epoch_nothing_is_kept():
    assert kept_validation({}) == "–"
