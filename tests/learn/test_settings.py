"""Settings of a training: each net's own recipe, ranges and choices, and what a card says of them."""

from dataclasses import asdict, replace

import pytest

from hdr.config import MODELS
from hdr.errors import SettingsError
from hdr.learn.settings import (
    CHOICES,
    RANGES,
    SETTINGS,
    TrainSettings,
    check_setting,
    heeded,
    settings_for,
    settings_of,
)
from hdr.nets import NETS, ClassicalSpec, NetSpec
from hdr.store.cards import list_models, read_card

KERAS = [name for name, spec in NETS.items() if isinstance(spec, NetSpec)]
CLASSICAL = [name for name, spec in NETS.items() if isinstance(spec, ClassicalSpec)]


# --- recipes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERAS)
def test_a_net_has_its_own_recipe(name):
    assert settings_for(name) == TrainSettings(**NETS[name].recipe)


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("mendapara_cnn", {"validation": 0.1}),
        ("nagpal_cnn", {"epochs": 10, "schedule": "one-cycle"}),
        ("viegas_cnn", {"optimizer": "sgd", "learning_rate": 0.01}),
        ("krishna_mlp", {"epochs": 10, "loss": "binary"}),
        ("arun_cnn", {"batch_size": 128, "schedule": "one-cycle", "learning_rate": 2e-3}),
        ("arun_rnn", {}),
    ],
)
def test_the_papers_nets_are_trained_as_printed(name, printed):
    """In batches of 32 at one rate, with nothing that the papers do not have."""
    plain = {"optimizer": "adam", "learning_rate": 0.001, "loss": "categorical", "validation": 1 / 12}
    without = {"weight_decay": 0.0, "label_smoothing": 0.0, "augment": False, "calibrate": False, "patience": 0}
    found = asdict(settings_for(name))
    assert found.items() >= ({"batch_size": 32, "schedule": "constant"} | without | plain | printed).items()


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_classical_classifier_has_no_recipe(name):
    assert settings_for(name) == TrainSettings()
    assert settings_for(name, validation=200, seed=3) == TrainSettings(validation=200, seed=3)


def test_changes_come_on_top_of_the_recipe():
    changed = settings_for("rnn", epochs=3, learning_rate=0.01, augment=False, optimizer="sgd", schedule="constant")
    assert (changed.epochs, changed.learning_rate, changed.augment) == (3, 0.01, False)
    assert (changed.optimizer, changed.schedule) == ("sgd", "constant")
    assert changed.batch_size == settings_for("rnn").batch_size == 128


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cmm", "", "CNN", "ensemble"])
def test_an_unknown_net(name):
    with pytest.raises(
        SettingsError, match=rf"No net is called '{name}'\. Known nets: cnn, quick_cnn, rnn, .*naive_bayes\."
    ):
        settings_for(name)


@pytest.mark.parametrize("name", ["epoch", "net", "self", ""])
def test_an_unknown_setting(name):
    with pytest.raises(SettingsError, match=f"Unknown setting {name}.*Known settings: epochs, batch_size, .*seed"):
        settings_for("cnn", **{name: 3})


def test_ten_sigmoids_have_no_common_temperature():
    with pytest.raises(SettingsError, match="calibrate must be false with loss=binary"):
        settings_for("krishna_mlp", calibrate=True)


def test_all_unknown_settings_are_named():
    with pytest.raises(SettingsError, match="Unknown setting pace, zeal"):
        settings_for("cnn", zeal=3, epochs=2, pace=1)


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name not in ("validation", "seed")])
def test_a_classical_classifier_takes_no_setting_of_the_nets(setting):
    with pytest.raises(SettingsError, match=rf"Unknown setting {setting}\. Known settings: validation, seed\."):
        settings_for("knn", **{setting: getattr(TrainSettings(), setting)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", -1),
        ("epochs", 10_001),
        ("epochs", 2.5),
        ("epochs", True),
        ("epochs", "many"),
        ("batch_size", 0),
        ("batch_size", 65_537),
        ("batch_size", 32.5),
        ("learning_rate", 0.0),
        ("learning_rate", -0.001),
        ("learning_rate", 11.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("learning_rate", "fast"),
        ("learning_rate", True),
        ("weight_decay", -0.1),
        ("weight_decay", 10.5),
        ("label_smoothing", -0.1),
        ("label_smoothing", 0.6),
        ("dropout", -0.1),
        ("dropout", 0.95),
        ("dropout", "much"),
        ("dropout", True),
        ("dropout", float("nan")),
        ("patience", -1),
        ("patience", 10_001),
        ("patience", 2.5),
        ("patience", None),
        ("frozen", -1),
        ("frozen", 101),
        ("frozen", 1.0),
        ("frozen", True),
        ("gentle", -0.1),
        ("gentle", 1.1),
        ("negatives", -0.1),
        ("negatives", 0.6),
        ("negatives", True),
        ("validation", 0.0),
        ("validation", 0.009),
        ("validation", 0.51),
        ("validation", 1.0),
        ("validation", 1),
        ("validation", 19),
        ("validation", 30_001),
        ("validation", 500.5),
        ("validation", -0.1),
        ("validation", True),
        ("validation", None),
        ("average", -0.1),
        ("average", 1.0),
        ("average", None),
        ("attack", -0.1),
        ("attack", 0.6),
        ("attack", True),
        ("seed", -1),
        ("seed", 2**31),
        ("seed", 1.5),
        ("seed", None),
    ],
)
def test_values_out_of_range(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be .* to .*, not {value}"):
        settings_for("cnn", **{name: value})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("optimizer", "adagrad", "optimizer must be one of adamw, adam, sgd, not adagrad"),
        ("optimizer", 3, "optimizer must be one of adamw, adam, sgd, not 3"),
        ("schedule", "one cycle", "schedule must be one of one-cycle, constant, not one cycle"),
        ("loss", "mse", "loss must be one of categorical, binary, not mse"),
        ("augment", "yes", "augment must be true or false, not yes"),
        ("augment", 1, "augment must be true or false, not 1"),
        ("calibrate", 0.0, "calibrate must be true or false, not 0.0"),
        ("deterministic", 1, "deterministic must be true or false, not 1"),
        ("deterministic", None, "deterministic must be true or false, not None"),
    ],
)
def test_words_and_switches_that_are_not_known(name, value, message):
    with pytest.raises(SettingsError, match=message):
        settings_for("cnn", **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 1),
        ("epochs", 10_000),
        ("batch_size", 1),
        ("learning_rate", 10),
        ("weight_decay", 0),
        ("label_smoothing", 0),
        ("label_smoothing", 0.5),
        ("average", 0),
        ("average", 0.99999),
        ("attack", 0.5),
        ("seed", 0),
        ("seed", 2**31 - 1),
        ("dropout", None),
        ("dropout", 0.0),
        ("dropout", 0),
        ("dropout", 0.9),
        ("patience", 0),
        ("patience", 10_000),
        ("frozen", 0),
        ("frozen", 100),
        ("gentle", 0.0),
        ("gentle", 1),
        ("validation", 0.01),
        ("validation", 0.5),
        ("validation", 20),
        ("validation", 30_000),
        ("optimizer", "adamw"),
        ("optimizer", "adam"),
        ("optimizer", "sgd"),
        ("schedule", "one-cycle"),
        ("schedule", "constant"),
        ("loss", "categorical"),
        ("augment", True),
        ("augment", False),
        ("calibrate", False),
        ("deterministic", True),
    ],
)
def test_values_at_the_end_of_the_range(name, value):
    assert getattr(settings_for("cnn", **{name: value}), name) == value


def test_a_number_can_be_checked_by_itself():
    """What a form needs, before there are settings."""
    check_setting("epochs", 3)
    with pytest.raises(SettingsError, match=r"^epochs must be a whole number, 1 to 10000, not 0\.$"):
        check_setting("epochs", 0)
    with pytest.raises(SettingsError, match=r"^label_smoothing must be 0 to 0\.5, not 1\.5\.$"):
        check_setting("label_smoothing", 1.5)


def test_every_setting_has_a_range_choices_or_is_a_switch():
    switches = {name for name, value in asdict(TrainSettings()).items() if isinstance(value, bool)}
    assert sorted([*RANGES, *CHOICES, *switches]) == sorted(SETTINGS)
    for name, (low, high) in RANGES.items():
        assert low < high
        assert type(low) is type(high)
        assert [getattr(replace(TrainSettings(), **{name: end}), name) for end in (low, high)] == [low, high]
    for name, choices in CHOICES.items():
        assert getattr(TrainSettings(), name) == choices[0]


OF_ALL = tuple(name for name in SETTINGS if name not in {"attack", "loss", "negatives"})


@pytest.mark.parametrize(
    ("net", "names"),
    [
        *((name, SETTINGS) for name in KERAS if NETS[name].reads == "digit"),
        ("pen", tuple(name for name in OF_ALL if name != "gentle")),
        ("crnn", tuple(name for name in OF_ALL if name not in {"augment", "label_smoothing"})),
        *((name, ("validation", "seed")) for name in (*CLASSICAL, "ensemble")),
    ],
)
def test_what_a_net_heeds(net, names):
    """Some settings are for nets that read single digits."""
    assert len(OF_ALL) == len(SETTINGS) - 3
    assert heeded(net) == names


# --- what a card says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*KERAS, "naive_bayes"])
def test_a_card_gives_back_the_settings(name):
    settings = settings_for(name, seed=5)
    assert settings_of({"net": name, "settings": asdict(settings)}) == settings


def test_what_a_card_does_not_name_was_at_its_default():
    card = {"net": "rnn", "settings": {"epochs": 3, "seed": 8, "a setting of tomorrow": 1}}
    assert settings_of(card) == TrainSettings(epochs=3, seed=8)


FRESH = [name for name in list_models(MODELS) if name in KERAS and "base" not in read_card(name)]
"""The stored nets that were trained in one go."""


@pytest.mark.parametrize("name", FRESH)
def test_the_stored_nets_keep_to_their_recipe(name):
    """Some cards are older than some settings: what those did was the default then as it is now.

    Older cards count the pictures that were held out of MNIST's 60,000, where recipes name their share.
    """
    found, recipe = settings_of(read_card(name)), settings_for(name)
    share = found.validation / 60_000 if isinstance(found.validation, int) else found.validation
    assert share == pytest.approx(recipe.validation)
    assert replace(found, validation=recipe.validation) == recipe


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_classifiers_own_parameters_are_no_settings_of_ours(name):
    """Some have our names, such as the `loss` and `learning_rate` of gradient boosting."""
    parameters = NETS[name].build(3).get_params()
    card = {"net": name, "settings": parameters | {"validation": 200, "seed": 3}}
    assert settings_of(card) == TrainSettings(validation=200, seed=3)
