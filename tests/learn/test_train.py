"""Training: bad wishes are refused before any work, and a small real training leaves a whole model behind."""

import csv
import json
import shutil

import numpy as np
import pytest
from sklearn.naive_bayes import BernoulliNB
from tiny import tiny_net, write_mnist

from hdr.data.augment import Augmentation
from hdr.data.datasets import load_mnist
from hdr.errors import DataError, HdrError, SettingsError
from hdr.learn.settings import settings_for
from hdr.learn.train import split, train, train_ensemble
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import load_keras
from hdr.score.calibrate import fit_temperature
from hdr.store.cards import list_models, read_card
from hdr.store.models import as_input, load_model
from hdr.store.predictions import read_predictions
from hdr.vision import VERSION

CHANGES = {"epochs": 1, "batch_size": 10, "validation": 100, "learning_rate": 0.02, "seed": 7}
CLASSICAL = {"validation": 100, "seed": 7}
MODELS = ["first", "bayes", "vote"]
"""A Keras net, a classical classifier, and the soft vote of both."""


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
def large(world, tmp_path_factory):  # noqa: ARG001 - where the pictures are
    """The same pictures, each ten times: a vote is validated on 5,000 of them."""
    folder = tmp_path_factory.mktemp("large")
    train_set, test_set = load_mnist("train"), load_mnist("test")
    np.savez(
        folder / "mnist.npz",
        x_train=np.resize(train_set.images, (6000, 28, 28)),
        y_train=np.resize(train_set.labels, 6000),
        x_test=test_set.images,
        y_test=test_set.labels,
    )
    return folder


@pytest.fixture(scope="module")
def folder(world, large, tmp_path_factory):
    """A folder with a trained net, a trained classifier and their vote, and a diary of how each came to be."""
    models, diaries = tmp_path_factory.mktemp("models"), {}
    for name in MODELS:
        world.clear()
        if name == "first":
            path = train("tiny", settings_for("tiny", **CHANGES), name=name, folder=models)
        elif name == "bayes":
            path = train("naive_bayes", settings_for("naive_bayes", **CLASSICAL), name=name, folder=models)
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("HDR_DATA", str(large))
                path = train_ensemble(("first", "bayes"), name=name, folder=models)
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
    assert files == {"card.json", "predictions.npz", "golden.npz"} | weights
    assert list_models(models) == sorted(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_predictions_agree_with_card_and_model(folder, name):
    models, _ = folder
    test = load_mnist("test")
    kept = read_predictions(name, "mnist", models)
    np.testing.assert_array_equal(kept.labels, test.labels)
    assert kept.data_sha256 == test.sha256()
    claimed = read_card(name, models)["metrics"]["mnist-test"]
    errors = int((kept.probabilities.argmax(axis=1) != kept.labels).sum())
    assert (claimed["n"], claimed["errors"], claimed["accuracy"]) == (100, errors, pytest.approx(1 - errors / 100))
    assert claimed["accuracy"] > 0.5
    answers = load_model(name, models).predict(as_input(test.images))
    np.testing.assert_allclose(answers, kept.probabilities, atol=1e-5)


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
    assert card["data_sha256"] == load_mnist("train").sha256()
    assert card["data"] == "MNIST training set, 500 of its 600 pictures"
    assert card["metrics"]["validation"]["n"] == 100
    assert 0.05 <= card["temperature"] <= 20
    assert card["trained_with"].startswith("Keras 3.")
    assert card["bytes"] == (folder[0] / "first" / "model.keras").stat().st_size


def test_the_stored_net_is_calibrated(folder):
    """The temperature that was fitted on the validation part is in the weights: hardly any is left to find."""
    kept = read_predictions("first", "mnist", folder[0])
    assert 0.75 < fit_temperature(kept.probabilities, kept.labels) < 1.33


def test_the_history(folder):
    lines = list(csv.DictReader((folder[0] / "first" / "history.csv").read_text().splitlines()))
    assert len(lines) == 1
    assert sorted(lines[0]) == ["accuracy", "epoch", "loss", "seconds", "val_accuracy", "val_loss"]
    assert 0 < float(lines[0]["accuracy"]) <= 1
    assert 0 < float(lines[0]["val_accuracy"]) <= 1
    assert float(lines[0]["seconds"]) > 0


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_a_seed_fixes_split_and_training(folder, tmp_path, seed, same):
    again = train("tiny", settings_for("tiny", **CHANGES | {"seed": seed}), folder=tmp_path)
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
    plain = CHANGES | {"augment": False, "calibrate": False, "optimizer": "adam", "schedule": "constant"}
    train("tiny", settings_for("tiny", **plain, loss="binary"), folder=tmp_path)
    card = read_card("tiny", tmp_path)
    assert card["settings"].items() >= (plain | {"loss": "binary"}).items()
    assert (card["augmentation"], card["temperature"]) == ({}, 1.0)
    assert card["metrics"]["mnist-test"]["accuracy"] > 0.5


# --- a classical classifier -----------------------------------------------------------------------------------------


def test_the_card_of_a_classifier(folder):
    card = read_card("bayes", folder[0])
    assert (card["net"], card["title"], card["parameters"]) == ("naive_bayes", "Naive Bayes", None)
    assert card["settings"] == CLASSICAL | {"alpha": 0.1, "binarize": 0.4, "fit_prior": True, "force_alpha": True}
    assert (card["shipped"], card["temperature"]) == (True, 1.0)
    assert card["data_sha256"] == load_mnist("train").sha256()
    assert card["data"] == "MNIST training set, 500 of its 600 pictures"
    assert card["trained_with"].startswith("scikit-learn ")
    assert card["bytes"] == (folder[0] / "bayes" / "model.joblib").stat().st_size


@pytest.mark.usefixtures("world")
def test_a_classifier_without_probabilities_is_calibrated(tmp_path):
    """An SVM's margins become probabilities by a temperature from the validation part: hardly any is left to find."""
    settings = settings_for("svm", **CLASSICAL)
    train("svm", settings, folder=tmp_path)
    card = read_card("svm", tmp_path)
    assert card["shipped"] is False
    predict = load_model("svm", tmp_path).predict
    assert predict.temperature == pytest.approx(card["temperature"], abs=1e-4)
    assert predict.temperature != 1.0
    _, check = split(load_mnist("train"), settings)
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
    assert "training begins" not in diaries["vote"]


@pytest.fixture
def ready(folder, large, tmp_path, monkeypatch):
    """A copy of the folder, and pictures enough for a vote."""
    monkeypatch.setenv("HDR_DATA", str(large))
    return shutil.copytree(folder[0], tmp_path / "models")


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
def test_votes_that_are_refused(ready, members, options, message):
    before = read_card("vote", ready)
    with pytest.raises(HdrError, match=message):
        train_ensemble(members, folder=ready, **options)
    assert (list_models(ready), read_card("vote", ready)) == (sorted(MODELS), before)


# --- refusals, before any training ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "name", "message"),
    [
        ("cmm", None, "No net is called 'cmm'. Known nets: cnn, rnn"),
        ("ensemble", None, "No net is called 'ensemble'"),
        ("tiny", "a/b", "A model's name has letters"),
        ("tiny", "../outside", "A model's name has letters"),
        ("tiny", ".hidden", "A model's name has letters"),
        ("tiny", "two words", "A model's name has letters"),
        ("naive_bayes", "bayes\n", "A model's name has letters"),
        ("tiny", None, "batch_size must be 1 to 500, the training part, not 501"),
    ],
)
def test_refused_before_training(world, tmp_path, net, name, message):
    world.clear()
    models = tmp_path / "models"
    with pytest.raises(SettingsError, match=message):
        train(net, settings_for("tiny", **CHANGES | {"batch_size": 501}), name=name, folder=models)
    assert "training begins" not in world
    assert not models.exists()


@pytest.mark.parametrize("net", ["tiny", "naive_bayes"])
def test_a_name_that_is_taken(world, folder, net):
    models, _ = folder
    world.clear()
    before = (models / "bayes" / "card.json").read_bytes()
    with pytest.raises(SettingsError, match=r"A model 'bayes' is stored already\. Give another name .*--replace"):
        train(net, settings_for(net, **CLASSICAL), name="bayes", folder=models)
    assert world == []
    assert (models / "bayes" / "card.json").read_bytes() == before


@pytest.mark.usefixtures("world")
def test_an_older_model_is_replaced_where_that_is_meant(folder, tmp_path):
    models = shutil.copytree(folder[0], tmp_path / "models")
    other = settings_for("naive_bayes", **CLASSICAL | {"seed": 8})
    train("naive_bayes", other, name="bayes", folder=models, replace_old=True)
    assert list_models(models) == sorted(MODELS)
    assert read_card("bayes", models)["settings"]["seed"] == 8


@pytest.mark.usefixtures("world")
def test_no_mnist(tmp_path, monkeypatch):
    def refuse(*_args, **_options):
        raise TimeoutError("no network in tests")

    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    with pytest.raises(DataError, match="HDR_DATA"):
        train("tiny", settings_for("tiny", **CHANGES), folder=tmp_path / "models")
    assert not (tmp_path / "models").exists()
