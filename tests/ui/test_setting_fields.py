"""Settings in the words of the form: messages of the library, and the settings of a run."""

from dataclasses import asdict

import pytest

from hdr.learn.plan import make_plan
from hdr.learn.settings import SETTINGS
from hdr.ui.setting_fields import LABELS, in_labels, settings_in_words


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("learning_rate must be 1e-08 to 10, not 0.0.", "Learning rate must be 1e-08 to 10, not 0.0."),
        ("average must be 0 to 0.99999, not 1.", "Averaged weights must be 0 to 0.99999, not 1."),
        ("rotate must be 0 to 45, not 46.", "Turn, degrees must be 0 to 45, not 46."),
        ("trial 2 of 9: learning_rate 0.002, batch_size 64", "trial 2 of 9: Learning rate 0.002, Batch size 64"),
        ("Start from it with seed=1 and validation=0.1.", "Start from it with Seed 1 and Share for validation 0.1."),
        ("No model is called quick_cnn; the loss is high.", "No model is called quick_cnn; the loss is high."),
        ("", ""),
    ],
)
def test_messages_call_settings_as_the_form_does(message, said):
    assert in_labels(message) == said


def test_every_setting_has_a_label():
    plan = make_plan("cnn")
    assert LABELS.keys() == {*SETTINGS, *asdict(plan.augmentation)}
    assert len(set(LABELS.values())) == len(LABELS)


def shown(net: str, **changes) -> dict[str, str]:
    return {row["setting"]: row["value"] for row in settings_in_words(make_plan(net, changes))}


def test_the_settings_of_a_run_are_in_words():
    settings = shown("cnn", seed=0, validation=1 / 12, patience=0, dropout=None)
    assert (settings["Seed"], settings["Share for validation"], settings["Early stopping"]) == ("0", "0.08333", "off")
    assert (settings["Dropout"], settings["Distort the pictures"], settings["Turn, degrees"]) == (
        "as the net has it",
        "on",
        "12",
    )
    assert "Frozen layers" not in settings, "nothing can be frozen of a fresh net"


@pytest.mark.parametrize(
    ("changes", "idle"),
    [
        ({"augment": False}, {"Gentle end", "Turn, degrees", "Blur, share"}),
        ({"optimizer": "sgd"}, {"Weight decay"}),
    ],
)
def test_what_had_no_effect_is_left_out(changes, idle):
    assert idle <= shown("cnn").keys()
    assert not idle & shown("cnn", **changes).keys()
