"""Plans: what is refused, the way into the database and back, presets for much and for little data, shares."""

import json
from dataclasses import FrozenInstanceError, asdict, replace

import pytest

from hdr.data.augment import Augmentation
from hdr.errors import SettingsError
from hdr.learn.plan import PRESETS, Plan, fine_tuned, make_plan, parse_shares, plan_from_json, preset_plan
from hdr.learn.settings import TrainSettings, heeded, settings_for
from hdr.nets import NETS

MIXED = (("mnist", 0.75), ("mine", 0.25))
SETTINGS = TrainSettings()


# --- what a plan may be ---------------------------------------------------------------------------------------------


def test_a_plan_is_the_nets_own_recipe():
    plan = make_plan("rnn")
    assert plan == Plan("rnn", settings_for("rnn"), Augmentation(), (("mnist", 1.0),), None, ())
    with pytest.raises(FrozenInstanceError):
        plan.net = "cnn"


def test_settings_and_distortions_are_changed_by_name():
    plan = make_plan("cnn", {"epochs": 3, "rotate": 5.0, "optimizer": "sgd"}, data=MIXED, base="cnn")
    assert plan.settings == settings_for("cnn", epochs=3, optimizer="sgd")
    assert plan.augmentation == Augmentation(rotate=5.0)
    assert (plan.data, plan.base) == (MIXED, "cnn")


@pytest.mark.parametrize(
    ("net", "changes", "said"),
    [
        ("cmm", {}, "No net is called 'cmm'. Known nets: cnn, "),
        ("cnn", {"epochs": 0}, "epochs must be a whole number, 1 to 10000, not 0"),
        ("cnn", {"rotate": 46.0}, "rotate must be 0 to 45, not 46.0"),
        ("cnn", {"zoom": 2}, "Unknown setting zoom"),
        ("knn", {"epochs": 3}, "Unknown setting epochs. Known settings: validation, seed"),
    ],
)
def test_changes_that_are_refused(net, changes, said):
    with pytest.raises(SettingsError, match=said):
        make_plan(net, changes)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"net": "ensemble"}, "No net is called 'ensemble'"),
        ({"data": ()}, "Name one source of data or more"),
        ({"data": (("mnist", 0.5), ("mnist", 0.5))}, "each of them once"),
        ({"data": (("mnist", 0.5),)}, r"sum to 1, not \{'mnist': 0.5\}"),
        ({"data": (("mnist", 0.5), ("digits", 0.6))}, "sum to 1"),
        ({"data": (("mnist", 1.0), ("digits", 0.0))}, "above 0"),
        ({"data": (("mnist", 1.5), ("digits", -0.5))}, "above 0"),
        ({"data": (("mnist", float("inf")),)}, "sum to 1"),
        ({"trackers": ("wandb",)}, "tensorboard or mlflow, not wandb"),
        ({"net": "svm", "base": "svm"}, "svm is no net of layers: it starts afresh"),
    ],
)
def test_plans_that_are_refused(wishes, said):
    with pytest.raises(SettingsError, match=said):
        Plan(**{"net": "cnn", "settings": SETTINGS} | wishes)


@pytest.mark.parametrize("count", [1, 3, 7, 10])
def test_even_shares_are_no_matter_of_rounding(count):
    data = tuple((f"set-{index}", 1 / count) for index in range(count))
    assert Plan("cnn", SETTINGS, data=data).data == data


# --- into the database and back -------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_every_nets_own_plan_comes_back(net):
    plan = make_plan(net)
    assert plan_from_json(plan.as_json()) == plan


def test_nothing_is_lost():
    changes = {"dropout": 0.25, "frozen": 2, "patience": 3, "validation": 100, "loss": "binary", "calibrate": False}
    changes |= {"optimizer": "sgd", "schedule": "constant", "deterministic": True, "learning_rate": 0.1 + 0.2}
    limits = {name: value / 3 for name, value in asdict(Augmentation()).items()}
    plan = make_plan("cnn", changes | limits, data=MIXED, base="cnn-1", trackers=("mlflow", "tensorboard"))
    found = plan_from_json(plan.as_json())
    assert found == plan
    assert asdict(found) == asdict(plan)
    assert type(found.settings.validation) is int  # 100 pictures, not 10,000 %
    assert isinstance(found.data, tuple)
    assert all(isinstance(source, tuple) for source in found.data)


def test_what_came_later_is_as_it_was_before():
    """A plan of an older version lacks it: settings are at their defaults, distortions are off."""
    known = json.loads(make_plan("cnn").as_json())
    for name in ("patience", "frozen", "dropout"):
        del known["settings"][name]
    del known["augmentation"]["noise"]
    assert plan_from_json(json.dumps(known)) == make_plan("cnn", {"noise": 0.0})


def without(key: str) -> dict:
    return {name: value for name, value in asdict(make_plan("cnn")).items() if name != key}


WHOLE = asdict(make_plan("cnn"))
DAMAGED = [
    "",
    "{",
    "null",
    "5",
    '"cnn"',
    "[]",
    "{}",
    *(json.dumps(without(key)) for key in WHOLE),
    *(
        json.dumps(WHOLE | changes)
        for changes in (
            {"net": "cmm"},
            {"net": ["cnn"]},
            {"net": None},
            {"settings": None},
            {"settings": {"epochs": "many"}},
            {"settings": {"epochs": 10**6}},
            {"settings": {"wishful": 1}},
            {"augmentation": {"noise": "loud"}},
            {"augmentation": []},
            {"data": None},
            {"data": "mnist"},
            {"data": [["mnist"]]},
            {"data": [["mnist", "all"]]},
            {"data": [[["mnist"], 1.0]]},
            {"data": []},
            {"trackers": None},
            {"trackers": [["mlflow"]]},
        )
    ),
]


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_plans(text):
    with pytest.raises(SettingsError):
        plan_from_json(text)


def test_a_damaged_plan_says_what_to_do():
    with pytest.raises(SettingsError, match=r"The run's settings cannot be read .*Set it up anew"):
        plan_from_json("{")


# --- wishes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net", NETS)
def test_wishes_make_the_plan_again(net):
    plan = make_plan(net, {"seed": 5, "validation": 0.2})
    assert make_plan(net, plan.wishes) == plan


def test_a_classifier_heeds_only_the_split():
    assert make_plan("knn", {"seed": 5}).wishes == {"validation": SETTINGS.validation, "seed": 5}
    assert make_plan("cnn").wishes.keys() == asdict(SETTINGS).keys() | asdict(Augmentation()).keys()


# --- presets --------------------------------------------------------------------------------------------------------

SIZES = [0, 1, 20, 120, 1_100, 10_000, 60_000]


@pytest.mark.parametrize(
    ("preset", "net", "size", "trained", "epochs"),
    [
        ("quick", "cnn", 55_000, "quick_cnn", 2),
        ("fast", "cnn", 55_000, "quick_cnn", 3),
        ("fast", "rnn", 55_000, "rnn", 3),
        ("standard", "cnn", 55_000, "cnn", 12),  # 36 // 3
        ("best", "cnn", 55_000, "cnn", 36),
        ("quick", "rnn", 55_000, "rnn", 2),
        ("standard", "rnn", 55_000, "rnn", 10),
        ("quick", "quick_cnn", 55_000, "quick_cnn", 2),
        ("standard", "quick_cnn", 55_000, "quick_cnn", 1),
        ("quick", "cnn", 1_100, "quick_cnn", 19),  # 11 steps an epoch
        ("best", "cnn", 1_100, "cnn", 36),  # 17 steps
        ("standard", "cnn", 1_100, "cnn", 12),
        ("best", "rnn", 50, "rnn", 200),  # less than a batch
        ("best", "mendapara_cnn", 55_000, "mendapara_cnn", 30),
        ("quick", "svm", 55_000, "svm", SETTINGS.epochs),
        ("best", "knn", 10, "knn", SETTINGS.epochs),
    ],
)
def test_presets(preset, net, size, trained, epochs):
    plan = preset_plan(preset, net, size)
    assert (plan.net, plan.settings.epochs) == (trained, epochs)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("net", ["cnn", "rnn", "arun_rnn", "krishna_mlp"])
@pytest.mark.parametrize("preset", PRESETS)
def test_little_data_is_seen_often_enough_and_no_more(preset, net, size):
    plan, on_much = preset_plan(preset, net, size), preset_plan(preset, net, 60_000)
    steps = max(1, size // plan.settings.batch_size)
    assert plan.settings.epochs * steps >= 200
    assert plan.settings.epochs == on_much.settings.epochs or (plan.settings.epochs - 1) * steps < 200
    assert replace(plan, settings=replace(plan.settings, epochs=on_much.settings.epochs)) == on_much


@pytest.mark.parametrize("net", ["cnn", "rnn"])
def test_best_is_how_the_shipped_models_were_made(net):
    assert preset_plan("best", net, 60_000) == make_plan(net)


@pytest.mark.parametrize("net", [name for name in NETS if "augment" in heeded(name)])
@pytest.mark.parametrize("preset", ["quick", "fast"])
def test_a_short_preset_leaves_the_pictures_as_they_are(net, preset):
    assert preset_plan(preset, net, 60_000).settings.augment is False


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("net", NETS)
def test_every_preset_of_every_net_can_be_kept(preset, net):
    plan = preset_plan(preset, net, 1_100)
    assert plan_from_json(plan.as_json()) == plan


@pytest.mark.parametrize(
    ("preset", "net", "said"),
    [
        ("slow", "cnn", "No preset is called 'slow'. Known presets: quick, fast, standard, best"),
        ("slow", "knn", "No preset is called 'slow'"),
        ("best", "cmm", "No net is called 'cmm'"),
    ],
)
def test_unknown_presets(preset, net, said):
    with pytest.raises(SettingsError, match=said):
        preset_plan(preset, net, 100)


@pytest.mark.parametrize(("net", "epochs", "kept"), [("cnn", 22, 5), ("rnn", 5, 5), ("quick_cnn", 2, 2)])
def test_fine_tuning_is_gentle(net, epochs, kept):
    plan = make_plan(net, {"epochs": epochs, "learning_rate": 0.006})
    gentle = fine_tuned(plan, "cnn")
    assert (gentle.settings.epochs, gentle.settings.learning_rate) == (kept, pytest.approx(0.001))
    assert make_plan(net, gentle.wishes | {"epochs": epochs, "learning_rate": 0.006}) == plan


@pytest.mark.parametrize("seed", [2, 3])
def test_fine_tuning_holds_out_what_the_base_held_out(seed):
    settings = fine_tuned(make_plan("crnn"), f"crnn_{seed}").settings
    assert (settings.seed, settings.validation) == (seed, make_plan("crnn").settings.validation)


# --- shares, as the command line takes them -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sources", "shares"),
    [
        ((), {}),
        (("mnist",), {"mnist": 1.0}),
        (("mnist=1",), {"mnist": 1.0}),
        (("mnist", "digits"), {"mnist": 0.5, "digits": 0.5}),
        (("mnist=0.8", "digits"), {"mnist": 0.8, "digits": 0.2}),
        (("a", "mnist=.7", "b"), {"a": 0.15, "mnist": 0.7, "b": 0.15}),
        (("mnist=0.8", "digits=0.2"), {"mnist": 0.8, "digits": 0.2}),
        (("/my/digits", "mnist=0.9"), {"/my/digits": 0.1, "mnist": 0.9}),
        (("/a=b/digits=0.1", "mnist"), {"/a=b/digits": 0.1, "mnist": 0.9}),
    ],
)
def test_shares(sources, shares):
    found = parse_shares(sources)
    assert [name for name, _ in found] == list(shares)
    assert dict(found) == pytest.approx(shares)
    if found:
        assert make_plan("cnn", data=found).data == found


@pytest.mark.parametrize("source", ["mnist=", "mnist=much", "mnist=50%", "mnist=0,8", "/a=b/digits"])
def test_shares_that_are_no_numbers(source):
    with pytest.raises(SettingsError, match="--data takes NAME or NAME=SHARE, such as mnist=") as caught:
        parse_shares((source,))
    assert repr(source) in str(caught.value)


@pytest.mark.parametrize(
    "sources",
    [
        (),
        ("mnist=0.8",),
        ("mnist=1.5",),
        ("mnist=1", "digits"),
        ("mnist=1.5", "digits"),
        ("mnist=0", "digits"),
        ("mnist=-1", "digits"),
        ("mnist=0.8", "digits=0.3"),
        ("mnist=inf",),
    ],
)
def test_shares_that_make_no_plan(sources):
    with pytest.raises(SettingsError):
        make_plan("cnn", data=parse_shares(sources))


@pytest.mark.parametrize("sources", [("mnist=nan",), ("mnist=nan", "digits=0.5")])
def test_a_share_that_is_no_number_makes_no_plan(sources):
    with pytest.raises(SettingsError):
        make_plan("cnn", data=parse_shares(sources))


@pytest.mark.parametrize("sources", [("mnist", "mnist"), ("mnist=0.2", "digits=0.5", "mnist=0.5")])
def test_a_source_named_twice_makes_no_plan(sources):
    with pytest.raises(SettingsError, match="each of them once"):
        make_plan("cnn", data=parse_shares(sources))
