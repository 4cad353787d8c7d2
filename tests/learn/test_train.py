"""Training: bad wishes are refused before any work, and a small real training leaves a whole model behind."""

import csv
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB
from tiny import drawn_digits, tiny_net, write_mnist

from hdr.data.augment import Augmentation
from hdr.data.datasets import load_dataset, load_digits, load_mnist
from hdr.errors import DataError, HdrError, ModelError, RunError, SettingsError
from hdr.learn.fit import Watcher
from hdr.learn.mixture import split
from hdr.learn.plan import Plan, make_plan
from hdr.learn.record import check_name
from hdr.learn.train import train
from hdr.learn.vote import train_ensemble
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import load_keras
from hdr.score.calibrate import fit_temperature
from hdr.store.cards import list_models, read_card, read_history
from hdr.store.models import as_input, load_model
from hdr.store.predictions import read_predictions, stored_sets
from hdr.vision import VERSION

CHANGES = {"epochs": 1, "batch_size": 10, "validation": 100, "learning_rate": 0.02, "seed": 7}
CLASSICAL = {"validation": 100, "seed": 7}
FIGURES = {"accuracy", "loss", "n", "errors"}
MODELS = ["first", "bayes", "vote"]
"""A Keras net, a classical classifier, and the soft vote of both."""


def plan_of(net: str, *data: tuple[str, float], base: str | None = None, **changes) -> Plan:
    """A small plan for `tiny` or a classical classifier, on MNIST where no data are named."""
    known = CHANGES if net == "tiny" else CLASSICAL
    return make_plan(net, known | changes, data=data or (("mnist", 1.0),), base=base)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Drawn digits in place of MNIST, a tiny net in the registry, and a diary of what is read and done."""
    data, diary = tmp_path_factory.mktemp("data"), []
    write_mnist(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HDR_DATA", str(data))
        patch.setitem(NETS, "tiny", NetSpec("Tiny", "Weighs every pixel.", tiny_net, {"epochs": 1}))
        keep_diary(patch, diary)
        yield diary


def keep_diary(patch: pytest.MonkeyPatch, diary: list[str]) -> None:
    read = np.lib.npyio.NpzFile.__getitem__

    def noted_read(file, key):
        diary.append(f"read {key}")
        return read(file, key)

    def note(fit):
        def noted_fit(*args, **options):
            diary.append("training begins")
            fitted = fit(*args, **options)
            diary.append("training has ended")
            return fitted

        return noted_fit

    patch.setattr(np.lib.npyio.NpzFile, "__getitem__", noted_read)
    for learner in (load_keras().Model, BernoulliNB):
        patch.setattr(learner, "fit", note(learner.fit))


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    """A folder with a trained net, a trained classifier and their vote, and a diary of how each came to be."""
    models, diaries = tmp_path_factory.mktemp("models"), {}
    for name in MODELS:
        world.clear()
        if name == "vote":
            path = train_ensemble(("first", "bayes"), name=name, folder=models)
        else:
            path = train(plan_of("tiny" if name == "first" else "naive_bayes"), name=name, folder=models)
        assert path == models / name
        diaries[name] = list(world)
    return models, diaries


# --- what every training leaves behind ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "weights"),
    [("first", {"model.keras", "history.csv"}), ("bayes", {"model.joblib"}), ("vote", set())],
)
def test_what_is_stored(folder, name, weights):
    models, _ = folder
    files = {file.name for file in (models / name).iterdir()}
    assert files == {"card.json", "predictions.npz", "predictions-digits.npz", "golden.npz"} | weights
    assert stored_sets(name, models) == ["mnist", "digits"]
    assert list_models(models) == sorted(MODELS)


@pytest.mark.parametrize(("data", "told_as", "n"), [("mnist", "mnist-test", 100), ("digits", "digits", 1797)])
@pytest.mark.parametrize("name", MODELS)
def test_predictions_agree_with_card_and_model(folder, name, data, told_as, n):
    """On every test set that is found: the drawn one, and the one that everybody has."""
    models, _ = folder
    test, kept = load_dataset(data), read_predictions(name, data, models)
    np.testing.assert_array_equal(kept.labels, test.labels)
    assert kept.data_sha256 == test.sha256()
    claimed = read_card(name, models)["metrics"][told_as]
    errors = int((kept.probabilities.argmax(axis=1) != kept.labels).sum())
    assert (claimed["n"], claimed["errors"], claimed["accuracy"]) == (n, errors, pytest.approx(1 - errors / n))
    assert claimed["accuracy"] > (0.5 if data == "mnist" else 0.1)
    answers = load_model(name, models).predict(as_input(test.images[:200]))
    np.testing.assert_allclose(answers, kept.probabilities[:200], atol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_the_golden_pictures_are_of_the_training_set(folder, name):
    with np.load(folder[0] / name / "golden.npz") as golden:
        known = {image.tobytes() for image in load_mnist("train").images}
        assert len(golden["images"]) == 16
        assert all(image.tobytes() in known for image in golden["images"])


@pytest.mark.parametrize("name", ["first", "bayes"])
def test_the_test_set_is_read_after_training_has_ended(folder, name):
    diary = folder[1][name]
    end = diary.index("training has ended")
    assert {"read x_train", "read y_train"} <= set(diary[:end])
    assert not {"read x_test", "read y_test"} & set(diary[:end])
    assert {"read x_test", "read y_test"} <= set(diary[end:])
    assert diary.count("training begins") == 1


@pytest.mark.parametrize("name", MODELS)
def test_what_every_card_says(folder, name):
    card = json.loads((folder[0] / name / "card.json").read_text())
    assert (card["name"], card["preprocessing"]) == (name, VERSION)
    assert {"title", "about", "data", "validation", "date", "version", "seconds", "sha256"} <= card.keys()
    assert card["bytes"] > 0


# --- a net ----------------------------------------------------------------------------------------------------------


def test_the_card_of_a_net(folder):
    card = read_card("first", folder[0])
    assert (card["net"], card["title"], card["about"]) == ("tiny", "Tiny", "Weighs every pixel.")
    assert card["parameters"] == 7850
    assert card["settings"].items() >= CHANGES.items()
    assert card["settings"]["optimizer"] == "adamw"
    assert card["augmentation"] == vars(Augmentation())
    assert card["data_sha256"] == {"mnist": load_mnist("train").sha256()}
    assert card["data"] == "MNIST training set, 500 of its 600 pictures"
    assert card["trained_on"] == ["mnist"]
    assert card["validation"].startswith("100 other pictures")
    assert card["metrics"].keys() == {"validation", "mnist-test", "digits"}
    assert {figures.keys() >= FIGURES for figures in card["metrics"].values()} == {True}
    assert card["metrics"]["validation"]["n"] == card["trust"]["n"] == 100
    assert card["trust"]["coverage"][-1] == 1.0
    assert card["trust"]["wrong_per_1000"][-1] == pytest.approx(1000 * (1 - card["metrics"]["validation"]["accuracy"]))
    assert not {"base", "stopped"} & card.keys()
    assert 0.05 <= card["temperature"] <= 20
    assert card["trained_with"].startswith("Keras 3.")
    assert card["bytes"] == (folder[0] / "first" / "model.keras").stat().st_size


def test_the_stored_net_is_calibrated(folder):
    """The temperature that was fitted on the validation part is in the weights: hardly any is left to find."""
    kept = read_predictions("first", "mnist", folder[0])
    assert 0.6 < fit_temperature(kept.probabilities, kept.labels) < 1.6


def test_the_history(folder):
    lines = list(csv.DictReader((folder[0] / "first" / "history.csv").read_text().splitlines()))
    assert len(lines) == 1
    assert sorted(lines[0]) == ["accuracy", "epoch", "loss", "seconds", "val_accuracy", "val_loss"]
    assert 0 < float(lines[0]["accuracy"]) <= 1
    assert 0 < float(lines[0]["val_accuracy"]) <= 1
    assert float(lines[0]["seconds"]) > 0


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_a_seed_fixes_split_and_training(folder, tmp_path, seed, same):
    again = train(plan_of("tiny", seed=seed), folder=tmp_path)
    assert again == tmp_path / "tiny"
    golden, answers = [], []
    for path in (folder[0] / "first", again):
        with np.load(path / "golden.npz") as arrays:
            golden.append(arrays["images"])
        answers.append(read_predictions(path.name, "mnist", path.parent).probabilities)
    assert np.array_equal(*golden) is same
    assert np.allclose(*answers, atol=1e-3) is same


@pytest.mark.usefixtures("world")
def test_a_net_as_the_papers_train_it(tmp_path):
    """No distortions and no temperature: the card says so."""
    plain = {"augment": False, "calibrate": False, "optimizer": "adam", "schedule": "constant"}
    train(plan_of("tiny", **plain, loss="binary"), folder=tmp_path)
    card = read_card("tiny", tmp_path)
    assert card["settings"].items() >= (CHANGES | plain | {"loss": "binary"}).items()
    assert (card["augmentation"], card["temperature"]) == ({}, 1.0)
    assert card["metrics"]["mnist-test"]["accuracy"] > 0.5


# --- a classical classifier -----------------------------------------------------------------------------------------


def test_the_card_of_a_net_that_was_attacked(folder, tmp_path):
    """It says what that gains and what it loses, beside the stored model of the same net."""
    shutil.copytree(folder[0] / "first", tmp_path / "tiny")
    train(plan_of("tiny", attack=0.02), name="hard", folder=tmp_path)
    card, plain = read_card("hard", tmp_path), read_card("tiny", tmp_path)
    assert card["settings"]["attack"] == card["attack"]["epsilon"] == 0.02
    assert (card["attack"]["n"], card["attack"]["beside"]["name"]) == (100, "tiny")
    assert card["attack"]["clean"] == pytest.approx(card["metrics"]["validation"]["accuracy"])
    assert card["attack"]["beside"]["clean"] == pytest.approx(plain["metrics"]["validation"]["accuracy"])
    assert card["about"].startswith("Weighs every pixel. Trained on attacked pictures (epsilon 0.02): of 100 ")
    assert "where Tiny reads" in card["about"]
    assert "attack" not in plain


def test_the_card_of_a_classifier(folder):
    card = read_card("bayes", folder[0])
    assert (card["net"], card["title"], card["parameters"]) == ("naive_bayes", "Naive Bayes", None)
    assert card["settings"] == CLASSICAL | {"alpha": 0.1, "binarize": 0.4, "fit_prior": True, "force_alpha": True}
    assert (card["shipped"], card["temperature"]) == (True, 1.0)
    assert card["data_sha256"] == {"mnist": load_mnist("train").sha256()}
    assert card["data"] == "MNIST training set, 500 of its 600 pictures"
    assert card["metrics"].keys() == {"validation", "mnist-test", "digits"}
    assert card["trained_with"].startswith("scikit-learn ")
    assert card["bytes"] == (folder[0] / "bayes" / "model.joblib").stat().st_size


@pytest.mark.usefixtures("world")
def test_a_classifier_without_probabilities_is_calibrated(tmp_path):
    """An SVM's margins become probabilities by a temperature from the validation part: hardly any is left to find."""
    plan = plan_of("svm")
    train(plan, folder=tmp_path)
    card = read_card("svm", tmp_path)
    assert card["shipped"] is False
    predict = load_model("svm", tmp_path).predict
    assert predict.temperature == pytest.approx(card["temperature"], abs=1e-4)
    assert predict.temperature != 1.0
    _, check = split(load_mnist("train"), plan.settings)
    predict.temperature = 1.0
    assert fit_temperature(predict(as_input(check.images)), check.labels) == pytest.approx(
        card["temperature"], rel=0.01
    )


# --- a vote ---------------------------------------------------------------------------------------------------------


def test_a_vote_is_the_mean_of_its_members(folder):
    models, _ = folder
    first, bayes, vote = (read_predictions(name, "mnist", models).probabilities for name in MODELS)
    np.testing.assert_allclose(vote, (first + bayes) / 2, atol=1e-6)


def test_the_card_of_a_vote(folder):
    models, diaries = folder
    card, cards = read_card("vote", models), [read_card(name, models) for name in ("first", "bayes")]
    assert (card["net"], card["settings"], card["parameters"]) == ("ensemble", {}, 7850)
    assert card["about"] == "The mean of what Tiny and Naive Bayes say."
    assert card["members"] == {"first": cards[0]["sha256"], "bayes": cards[1]["sha256"]}
    assert card["bytes"] == cards[0]["bytes"] + cards[1]["bytes"]
    assert "validation" not in card["metrics"]
    assert card["trust"]["n"] == 100
    assert "training begins" not in diaries["vote"]


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        ((), {}, "two members or more"),
        (("first",), {}, "two members or more"),
        (("first", "first"), {}, "two members or more"),
        (("first", "bayes"), {"name": "vote"}, "A model 'vote' is stored already"),
        (("first", "bayes"), {"name": "../vote", "replace_old": True}, "A model's name has letters"),
        (("bayes", "other"), {}, "No model is called 'other'. Stored models: bayes, first, vote"),
        (("first", "bayes", "first"), {}, "each of them once"),
        (("vote", "bayes"), {"name": "vote", "replace_old": True}, "no member of itself"),
        (("vote", "bayes"), {"name": "second"}, "vote is a vote"),
    ],
)
@pytest.mark.usefixtures("world")
def test_votes_that_are_refused(folder, members, options, message):
    models, _ = folder
    before = read_card("vote", models)
    with pytest.raises(HdrError, match=message):
        train_ensemble(members, folder=models, **options)
    assert (list_models(models), read_card("vote", models)) == (sorted(MODELS), before)


# --- what it learns from, and what it is tested on ------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_no_test_set_holds_what_was_trained_on(tmp_path):
    """Of scikit-learn's digits a part is kept for testing; nothing is said of the rest."""
    train(plan_of("naive_bayes", ("digits", 1.0)), name="mine", folder=tmp_path)
    card = read_card("mine", tmp_path)
    assert (card["trained_on"], card["metrics"]["digits-test"]["n"]) == (["digits"], 597)
    assert card["metrics"].keys() == {"validation", "mnist-test", "digits-test"}
    assert card["data"] == "scikit-learn's digits, 1,100 of its 1,200 pictures"
    kept = read_predictions("mine", "digits-test", tmp_path)
    assert kept.data_sha256 == load_digits("test").sha256()
    assert not (tmp_path / "mine" / "predictions-digits.npz").exists()


@pytest.mark.usefixtures("world")
def test_a_vote_is_not_tested_on_what_its_members_learnt_from(folder, tmp_path):
    models = shutil.copytree(folder[0], tmp_path / "models")
    train(plan_of("naive_bayes", ("digits", 1.0)), name="other", folder=models)
    train_ensemble(("first", "other"), name="both", folder=models)
    assert read_card("both", models)["metrics"].keys() == {"mnist-test", "digits-test"}


def test_every_test_set_that_is_found(world, tmp_path, monkeypatch):  # noqa: ARG001 - MNIST's place
    write_mnist(tmp_path)
    images, labels = drawn_digits(20, 3)
    np.savez(tmp_path / "usps_test_16x16.npz", x=images[:, 6:22, 6:22], y=labels)
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    train(plan_of("naive_bayes"), name="mine", folder=tmp_path / "models")
    card = read_card("mine", tmp_path / "models")
    assert {data: card["metrics"][data]["n"] for data in ("mnist-test", "usps")} == {"mnist-test": 100, "usps": 20}
    assert sorted(stored_sets("mine", tmp_path / "models")) == ["digits", "mnist", "usps"]


@pytest.mark.usefixtures("world")
def test_several_sources(tmp_path):
    """Each is validated by itself too."""
    plan = plan_of("naive_bayes", ("mnist", 0.75), ("digits", 0.25), validation=0.1)
    train(plan, name="mine", folder=tmp_path)
    card = read_card("mine", tmp_path)
    counts = {data: figures["n"] for data, figures in card["metrics"].items() if "validation" in data}
    assert counts == {"validation": 180, "validation on mnist": 60, "validation on digits": 120}
    assert (card["trained_on"], card["name"]) == (["digits", "mnist"], "mine")
    assert card["data_sha256"].keys() == {"mnist", "digits"}
    assert "MNIST training set, 540 of its 600 pictures as 75% of an epoch" in card["data"]


# --- going on from another model, stopping, and checkpoints ---------------------------------------------------------


@pytest.fixture
def own(folder, tmp_path, monkeypatch):
    """The three models as a person's own."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return shutil.copytree(folder[0], tmp_path / "home" / "models")


@pytest.mark.usefixtures("world")
def test_a_model_that_starts_from_another(own):
    """At a rate of next to nothing it is the other one still."""
    changes = {"learning_rate": 1e-8, "weight_decay": 0.0, "calibrate": False}
    plan = plan_of("tiny", ("digits", 1.0), base="first", **changes)
    assert train(plan, name="second") == own / "second"
    card, base = read_card("second"), read_card("first")
    assert card["base"] == f"first ({base['sha256'][:12]})"
    assert card["trained_on"] == ["digits", "mnist"]
    answers = [load_model(name).predict(as_input(load_mnist("test").images)) for name in ("first", "second")]
    np.testing.assert_allclose(*answers, atol=1e-3)


@pytest.mark.parametrize(
    ("base", "error", "message"),
    [
        ("third", ModelError, "No model is called 'third'"),
        ("bayes", SettingsError, "bayes is a naive_bayes, which is no start for a tiny"),
        ("vote", SettingsError, "vote is a ensemble, which is no start for a tiny"),
    ],
)
def test_a_model_that_is_no_start(world, own, base, error, message):
    world.clear()
    with pytest.raises(error, match=message):
        train(plan_of("tiny", base=base), name="second")
    assert "training begins" not in world
    assert list_models(own) == sorted(MODELS)


@pytest.mark.usefixtures("world")
def test_a_start_of_another_shape(own, monkeypatch):
    """Such as a net that an earlier version of this program trained."""
    small = SimpleNamespace(get_weights=lambda: [np.zeros((3, 3), np.float32)])
    monkeypatch.setattr("hdr.learn.train.load_weights", lambda _: small)
    with pytest.raises(SettingsError, match=r"first is a tiny of another shape, .* Start from a newer model"):
        train(plan_of("tiny", ("digits", 1.0), base="first"), name="second")
    assert list_models(own) == sorted(MODELS)


@pytest.mark.parametrize(("data", "refused"), [("mnist", True), ("digits", False)])
def test_a_start_that_knows_the_pictures_to_be_held_out(own, data, refused):
    """Another seed holds out other pictures, most of which the base has learned; of other data it knows none."""
    plan = plan_of("tiny", (data, 1.0), base="first", seed=9)
    if refused:
        with pytest.raises(SettingsError, match="pictures that this run would hold out") as refusal:
            train(plan, name="second")
        assert f"validation={read_card('first')['settings']['validation']}," in str(refusal.value)
    else:
        assert train(plan, name="second") == own / "second"


class Stopper(Watcher):
    """Stops a training of 50 batches an epoch after so many batches."""

    def __init__(self, after: int) -> None:
        self.left = after

    def batch_done(self, done: int, of: int) -> bool:
        assert (1 <= done <= of) and of == 50  # noqa: PT018
        self.left -= 1
        return self.left == 0


@pytest.mark.usefixtures("world")
def test_a_training_that_is_stopped_gives_a_model(tmp_path):
    plan = plan_of("tiny", epochs=4)
    train(plan, folder=tmp_path, watcher=Stopper(120), checkpoint=tmp_path / "run" / "state.npz")
    assert read_card("tiny", tmp_path)["stopped"] == "after 2 of 4 epochs"
    assert read_history("tiny", tmp_path)["epoch"] == [0, 1]
    train(plan, folder=tmp_path, checkpoint=tmp_path / "run" / "state.npz", replace_old=True)
    assert "stopped" not in read_card("tiny", tmp_path)
    assert read_history("tiny", tmp_path)["epoch"] == [0, 1, 2, 3]


@pytest.mark.usefixtures("world")
def test_a_training_that_is_stopped_too_early_leaves_nothing(tmp_path):
    with pytest.raises(RunError, match="before its first epoch had ended"):
        train(plan_of("tiny"), folder=tmp_path, watcher=Stopper(7))
    assert list(tmp_path.iterdir()) == []


# --- names and places -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("world")
def test_a_new_model_comes_among_the_persons_own_and_an_old_one_is_replaced_where_it_is(folder, tmp_path, monkeypatch):
    shipped = shutil.copytree(folder[0], tmp_path / "shipped")
    monkeypatch.setattr("hdr.config.MODELS", shipped)
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    assert train(plan_of("naive_bayes"), name="mine") == tmp_path / "home" / "models" / "mine"
    other = plan_of("naive_bayes", seed=8)
    for name, where in (("mine", tmp_path / "home" / "models"), ("bayes", shipped)):
        assert train(other, name=name, replace_old=True) == where / name
        assert read_card(name)["settings"]["seed"] == 8
    assert (list_models(shipped), list_models()) == (sorted(MODELS), sorted([*MODELS, "mine"]))
    assert train_ensemble(("mine", "bayes"), name="both") == tmp_path / "home" / "models" / "both"


@pytest.mark.parametrize("name", ["a/b", "../outside", ".hidden", "two words", "bayes\n", "", "-x", "ä"])
@pytest.mark.parametrize("replace_old", [False, True])
def test_names_that_are_none(tmp_path, name, replace_old):
    with pytest.raises(SettingsError, match=r"A model's name has letters, digits, .* begins with a letter or digit"):
        check_name(name, tmp_path, replace_old=replace_old)


def test_names_that_are_free(folder, tmp_path):
    for name in ("mine", "bayes-2", "9", "v1.0_b"):
        check_name(name, folder[0])
    check_name("bayes", tmp_path)
    check_name("bayes", folder[0], replace_old=True)
    with pytest.raises(SettingsError, match="A model 'cnn' is stored already"):
        check_name("cnn")


# --- refusals, before any training ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "name", "source", "changes", "message"),
    [
        ("tiny", "a/b", "mnist", {}, "A model's name has letters"),
        ("naive_bayes", "bayes\n", "mnist", {}, "A model's name has letters"),
        ("naive_bayes", "mine", "mnits", {}, "No data to train on is called 'mnits'. Known: mnist, digits"),
        ("tiny", None, "mnist", {"batch_size": 501}, "batch_size must be 1 to 500, the pictures of an epoch, not 501"),
        ("tiny", None, "mnist", {"validation": 600}, "validation would hold out 600 of the 600 pictures"),
    ],
)
def test_refused_before_training(world, tmp_path, net, name, source, changes, message):  # noqa: PLR0913, PLR0917
    world.clear()
    models = tmp_path / "models"
    with pytest.raises(HdrError, match=message):
        train(plan_of(net, (source, 1.0), **changes), name=name, folder=models)
    assert "training begins" not in world
    assert not models.exists()


@pytest.mark.parametrize("net", ["tiny", "naive_bayes"])
def test_a_name_that_is_taken(world, folder, net):
    models, _ = folder
    world.clear()
    before = (models / "bayes" / "card.json").read_bytes()
    with pytest.raises(SettingsError, match=r"A model 'bayes' is stored already\. Give another name"):
        train(plan_of(net), name="bayes", folder=models)
    assert world == []
    assert (models / "bayes" / "card.json").read_bytes() == before


@pytest.mark.usefixtures("world", "no_mnist")
def test_without_mnist(tmp_path):
    with pytest.raises(DataError, match="HDR_DATA"):
        train(plan_of("tiny"), folder=tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("title", ["CNN", "Both", "Mendapara CNN"])
def test_a_name_that_the_pages_give_to_another(title):
    with pytest.raises(SettingsError, match=r"what the pages call shipped models|letters, digits"):
        check_name(title)
