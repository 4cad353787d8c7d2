"""Which epoch counts as a run's best, and what its test is worth."""

from types import SimpleNamespace

import pytest

from hdr.learn.plan import make_plan
from hdr.ui import run_figures
from hdr.ui.run_figures import kept_epoch, kept_validation, unlike_its_test


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


OWN, MNIST = (("mine", 1.0),), (("mnist", 0.5), ("mine", 0.5))


@pytest.mark.parametrize(
    ("data", "base", "test", "said"),
    [
        (OWN, "", "mnist-test", "Its test pictures, of MNIST, are of another kind than what it learned from."),
        (OWN, "", "digits-test", "of scikit-learn's digits, are of another kind"),
        (OWN, "", "validation", ""),
        (OWN, "cnn", "mnist-test", ""),
        (MNIST, "", "mnist-test", ""),
        (MNIST, "", "mnist-traced", ""),
    ],
)
def test_a_test_of_another_kind_is_said(monkeypatch, data, base, test, said):
    plan = make_plan("cnn", data=data, base=base)
    monkeypatch.setattr(run_figures, "tested", lambda _: ("71.00%", test))
    found = unlike_its_test(SimpleNamespace(kind="train", plan=plan.as_json()))
    assert (said in found) if said else not found
