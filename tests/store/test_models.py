"""Models on disk: written whole or not at all, and refused with a reason where anything has changed."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny import drawn_digits, shipped, spoil, tiny_card, tiny_net

from hdr.config import DEFAULT_STRING_MODEL, MODELS, PROJECT
from hdr.data.datasets import TESTS
from hdr.errors import ModelError, StoreError
from hdr.learn.settings import settings_for
from hdr.nets import NETS, ClassicalSpec
from hdr.nets.classical import ClassicalPredictor
from hdr.nets.crnn import build_crnn
from hdr.store.cards import digit_models, headline, list_models, model_folder, read_card, read_history, title_of
from hdr.store.measures import read_measures, write_measure
from hdr.store.models import (
    TrainingRecord,
    Vote,
    as_input,
    delete_model,
    golden_images,
    load_model,
    predictor,
    save_model,
)
from hdr.store.predictions import Predictions, read_predictions, stored_sets
from hdr.store.weights import load_weights, weights_path
from hdr.vision import VERSION

IMAGES, LABELS = drawn_digits(30, 5)
CARD = tiny_card()
FILES = {"card.json", "predictions.npz", "golden.npz"}
HISTORY = [{"epoch": 0, "accuracy": 0.5}, {"epoch": 1, "accuracy": 0.75}]


def record_of(net, **changes) -> TrainingRecord:
    card = CARD | {"name": "tiny", "note": "π"}
    answers = Predictions(LABELS.astype(np.int64), np.asarray(net(as_input(IMAGES))), "fingerprint")
    fields = {"card": card, "history": HISTORY, "golden": IMAGES[:16], "predictions": {"mnist": answers}}
    return TrainingRecord(**fields | changes)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder of models that holds `tiny`, and the net that was saved."""
    folder = tmp_path_factory.mktemp("models")
    net = tiny_net()
    assert save_model("tiny", net, record_of(net), folder) == folder / "tiny"
    return folder, net


@pytest.fixture
def models(saved, tmp_path):
    """A copy of the folder, to be damaged."""
    return shutil.copytree(saved[0], tmp_path / "models")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- round trip -----------------------------------------------------------------------------------------------------


def test_what_is_written(saved):
    folder, net = saved
    assert [path.name for path in folder.iterdir()] == ["tiny"]
    assert {path.name for path in (folder / "tiny").iterdir()} == FILES | {"model.keras", "history.csv"}
    card = read_card("tiny", folder)
    weights = weights_path("tiny", folder).read_bytes()
    assert card == CARD | {
        "name": "tiny",
        "note": "π",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "bytes": len(weights),
    }
    assert (folder / "tiny" / "history.csv").read_text().split() == ["epoch,accuracy", "0,0.5", "1,0.75"]
    assert read_history("tiny", folder) == {"epoch": [0, 1], "accuracy": [0.5, 0.75]}
    kept = read_predictions("tiny", "mnist", folder)
    np.testing.assert_array_equal(kept.labels, LABELS)
    np.testing.assert_array_equal(kept.probabilities, np.asarray(net(as_input(IMAGES))))
    assert kept.data_sha256 == "fingerprint"
    with np.load(folder / "tiny" / "golden.npz") as golden:
        np.testing.assert_array_equal(golden["images"], IMAGES[:16])
        np.testing.assert_allclose(golden["probabilities"], np.asarray(net(as_input(IMAGES[:16]))), atol=1e-6)
    np.testing.assert_array_equal(golden_images("tiny", folder), IMAGES[:16])


def test_a_loaded_model_answers_as_before(saved):
    folder, net = saved
    model = load_model("tiny", folder)
    assert (model.name, model.card) == ("tiny", read_card("tiny", folder))
    np.testing.assert_allclose(model.predict(as_input(IMAGES)), np.asarray(net(as_input(IMAGES))), atol=1e-6)


def test_as_input():
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 3, 4], images[1, 5, 6] = 255, 51
    ready = as_input(images)
    assert (ready.shape, ready.dtype) == ((2, 28, 28, 1), np.float32)
    assert (ready[1, 3, 4, 0], ready[1, 5, 6, 0], ready.sum()) == (1.0, np.float32(0.2), np.float32(1.2))


@pytest.mark.parametrize("sets", [["mnist"], ["mnist", "usps", "digits"], ["optdigits"], []])
def test_a_file_for_every_set_that_it_was_tested_on(tmp_path, sets):
    net = tiny_net()
    answers = record_of(net).predictions["mnist"]
    told = {data: Predictions(answers.labels, answers.probabilities, data) for data in sets}
    save_model("tiny", net, record_of(net, predictions=told), tmp_path)
    assert sorted(stored_sets("tiny", tmp_path)) == sorted(sets)
    assert {data: read_predictions("tiny", data, tmp_path).data_sha256 for data in sets} == {
        data: data for data in sets
    }


@pytest.mark.parametrize("history", [None, []])
def test_a_model_without_epochs_has_no_history(tmp_path, history):
    net = tiny_net()
    save_model("tiny", net, record_of(net, history=history), tmp_path)
    assert {path.name for path in (tmp_path / "tiny").iterdir()} == FILES | {"model.keras"}
    assert read_history("tiny", tmp_path) == {}


def test_an_older_model_is_replaced(models):
    net = tiny_net(seed=2)
    save_model("tiny", net, record_of(net, card=CARD | {"note": "second"}), models)
    model = load_model("tiny", models)
    assert model.card["note"] == "second"
    np.testing.assert_allclose(model.predict(as_input(IMAGES)), np.asarray(net(as_input(IMAGES))), atol=1e-6)
    assert [path.name for path in models.iterdir()] == ["tiny"]


def test_what_was_measured_of_an_older_model_goes_with_it(models):
    shutil.copyfile(models / "tiny" / "predictions.npz", models / "tiny" / "predictions-usps.npz")
    write_measure("tiny", "speed", {"milliseconds": 1}, models)
    net = tiny_net(seed=2)
    save_model("tiny", net, record_of(net), models)
    assert (stored_sets("tiny", models), read_measures("tiny", models)) == (["mnist"], {})


@pytest.mark.parametrize(
    ("net", "name", "title"), [("cnn", "cnn", "CNN"), ("cnn", "mine", "mine"), ("ensemble", "ensemble", "CNN")]
)
def test_a_title_is_that_of_the_net_where_the_model_has_its_name(net, name, title):
    assert title_of({"net": net, "title": "CNN"}, name) == title


def figures(accuracy: float) -> dict[str, float]:
    return {"accuracy": accuracy, "loss": 1.0, "n": 2, "errors": 1}


@pytest.mark.parametrize(
    ("sets", "known_by"),
    [
        (["validation", "digits", "mnist-test", "usps"], "mnist-test"),
        (["validation", "usps", "digits-test"], "digits-test"),
        (["usps", "validation"], "validation"),
        (["usps", "optdigits"], "usps"),
    ],
)
def test_a_card_has_figures_of_one_set_or_more_and_is_known_by_one(models, sets, known_by):
    metrics = {data: figures(accuracy) for data, accuracy in zip(sets, (0.1, 0.2, 0.3, 0.4), strict=False)}
    change_card(metrics=metrics)(models / "tiny" / "card.json")
    card = load_model("tiny", models).card
    assert headline(card) == (metrics[known_by], known_by)


# --- the shipped models and a person's own --------------------------------------------------------------------------


@pytest.fixture
def own(saved, tmp_path, monkeypatch):
    """A person's own folder, which holds `tiny`."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return shutil.copytree(saved[0], tmp_path / "models")


def test_a_model_is_saved_among_the_persons_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    net = tiny_net()
    assert save_model("mine", net, record_of(net)) == tmp_path / "home" / "models" / "mine"
    assert load_model("mine").name == "mine"
    assert not (MODELS / "mine").exists()


def test_a_persons_own_models_are_found_beside_the_shipped_ones(own, saved):
    assert list_models() == sorted([*list_models(MODELS), "tiny"])
    assert (list_models(own), "tiny" in list_models(MODELS)) == (["tiny"], False)
    assert (model_folder("tiny"), model_folder("cnn")) == (own / "tiny", MODELS / "cnn")
    assert model_folder("not yet") == own / "not yet"
    _, net = saved
    np.testing.assert_allclose(
        load_model("tiny").predict(as_input(IMAGES)), np.asarray(net(as_input(IMAGES))), atol=1e-6
    )
    assert read_history("tiny")["epoch"] == [0, 1]
    write_measure("tiny", "speed", {"milliseconds": 1})
    assert (own / "tiny" / "measures.json").is_file()
    assert read_measures("tiny") == {"speed": {"milliseconds": 1}}


def test_a_shipped_model_is_found_before_an_own_one_of_its_name(own):
    (own / "tiny").rename(own / "cnn")
    assert list_models() == list_models(MODELS)
    assert model_folder("cnn") == MODELS / "cnn"
    assert read_card("cnn")["title"] == "CNN"
    assert read_card("cnn", own)["title"] == "Tiny"


def test_a_vote_of_an_own_and_a_shipped_model(own):
    vote = Vote((load_model("tiny"), shipped("naive_bayes")))
    card = CARD | {"net": "ensemble", "members": vote.hashes}
    save_model("both", vote, record_of(vote, card=card, history=None))
    np.testing.assert_allclose(load_model("both").predict(as_input(IMAGES)), vote(as_input(IMAGES)), atol=1e-6)
    assert (own / "both").is_dir()


def test_an_own_model_can_be_deleted_and_a_shipped_one_stays(own):
    delete_model("tiny")
    assert list(own.iterdir()) == []
    for name in ("tiny", "cnn", "", "..", "../models"):
        with pytest.raises(ModelError, match=f"No model of your own is called {name!r}; shipped models stay"):
            delete_model(name)
    assert (MODELS / "cnn" / "card.json").is_file()


def test_an_own_model_that_cannot_be_deleted_says_so(own, monkeypatch):
    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("hdr.files.shutil.rmtree", refuse)
    with pytest.raises(StoreError, match="tiny cannot be removed"):
        delete_model("tiny")
    assert (own / "tiny" / "card.json").is_file()


# --- three kinds of models ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kinds(tmp_path_factory):
    """A Keras net, an SVM with a temperature and their vote: the folder, and each as it was saved."""
    folder = tmp_path_factory.mktemp("kinds")
    svm = NETS["svm"].build(1).fit(as_input(IMAGES).reshape(30, -1), LABELS)
    made = {"tiny": tiny_net(), "svm": ClassicalPredictor(svm, temperature=0.5)}
    for name, model in made.items():
        card = CARD | {"name": name, "net": name, "shipped": name != "svm"}
        save_model(name, model, record_of(model, card=card, history=None), folder)
    made["vote"] = Vote(tuple(load_model(name, folder) for name in made))
    card = CARD | {"net": "ensemble", "members": made["vote"].hashes}
    save_model("vote", made["vote"], record_of(made["vote"], card=card, history=None), folder)
    return folder, made


@pytest.fixture
def three(kinds, tmp_path):
    """A copy of that folder, to be changed."""
    return shutil.copytree(kinds[0], tmp_path / "models")


@pytest.mark.parametrize(("name", "weights"), [("tiny", "model.keras"), ("svm", "model.joblib"), ("vote", None)])
def test_each_kind_has_its_files(kinds, name, weights):
    folder, _ = kinds
    assert {path.name for path in (folder / name).iterdir()} == FILES | ({weights} if weights else set())
    assert weights_path(name, folder) == (folder / name / weights if weights else None)
    assert list_models(folder) == ["svm", "tiny", "vote"]


@pytest.mark.parametrize("name", ["tiny", "svm", "vote"])
def test_each_kind_answers_as_it_did_when_it_was_saved(kinds, name):
    folder, made = kinds
    expected, model = predictor(made[name])(as_input(IMAGES)), load_model(name, folder)
    answers = model.predict(as_input(IMAGES))
    np.testing.assert_allclose(answers, expected, atol=1e-6)
    assert (answers.dtype, model.card) == (np.float32, read_card(name, folder))
    assert model.predict(as_input(IMAGES[:0])).shape == (0, 10)
    assert np.ptp(answers, axis=0).min() > 0.01


def test_the_weights_alone(kinds):
    """To go on from them; a vote has none."""
    folder, made = kinds
    net = load_weights("tiny", folder)
    for found, expected in zip(net.get_weights(), made["tiny"].get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert type(load_weights("svm", folder)) is ClassicalPredictor
    with pytest.raises(ModelError, match="The weights of model 'vote' are missing"):
        load_weights("vote", folder)


def test_a_loaded_classifier_keeps_its_temperature(kinds):
    folder, made = kinds
    found = load_model("svm", folder).predict
    assert (type(found), found.temperature) == (ClassicalPredictor, 0.5)
    assert found.classifier.get_params() == made["svm"].classifier.get_params()


def test_a_vote_is_the_mean_of_its_members(kinds):
    folder, made = kinds
    tiny, svm, vote = (predictor(made[name])(as_input(IMAGES)) for name in ("tiny", "svm", "vote"))
    np.testing.assert_allclose(vote, (tiny + svm) / 2, atol=1e-6)
    cards = {name: read_card(name, folder) for name in made}
    assert made["vote"].hashes == {name: cards[name]["sha256"] for name in ("tiny", "svm")}
    assert cards["vote"]["bytes"] == cards["tiny"]["bytes"] + cards["svm"]["bytes"]


@pytest.mark.parametrize("name", ["tiny", "svm"])
def test_a_net_is_loaded_once_as_long_as_it_is_in_use(three, name):
    """An ensemble beside its members takes neither their memory nor their time twice."""
    first, vote = load_model(name, three), load_model("vote", three)
    assert first.predict is load_model(name, three).predict
    assert first.predict in [member.predict for member in vote.predict.members]


def test_other_weights_of_the_same_name_are_another_net(three):
    first = load_model("svm", three)
    save_model("svm", ClassicalPredictor(first.predict.classifier, temperature=2.0), record_of(first.predict), three)
    assert load_model("svm", three).predict.temperature == 2.0


@pytest.mark.parametrize("name", ["tiny", "svm"])
def test_hash_and_size_of_the_weights_stand_in_the_card(kinds, name):
    card, weights = read_card(name, kinds[0]), weights_path(name, kinds[0]).read_bytes()
    assert (card["sha256"], card["bytes"]) == (hashlib.sha256(weights).hexdigest(), len(weights))


def test_weights_that_are_too_large_to_be_shipped(three):
    """All but answers is there: card, figures, predictions."""
    (three / "svm" / "model.joblib").unlink()
    assert read_card("svm", three)["shipped"] is False
    assert len(read_predictions("svm", "mnist", three).labels) == 30
    with pytest.raises(ModelError, match=r"model 'svm' are too large.*python -m hdr train svm --name svm --replace"):
        load_model("svm", three)


def lose_a_member(folder: Path) -> None:
    shutil.rmtree(folder / "svm")


def train_a_member_again(folder: Path) -> None:
    """Another net under the member's name: good in itself, but not what the vote was made of."""
    net = tiny_net(seed=2)
    save_model("tiny", net, record_of(net, history=None), folder)
    assert load_model("tiny", folder).name == "tiny"


def lose_the_weights_of_a_member(folder: Path) -> None:
    (folder / "svm" / "model.joblib").unlink()


def damage_a_member(folder: Path) -> None:
    append(folder / "tiny" / "model.keras")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lose_a_member, "No model is called 'svm'"),
        (train_a_member_again, "Since the ensemble 'vote' was made, tiny was trained again.* --name vote --replace"),
        (lose_the_weights_of_a_member, "The weights of model 'svm' are too large to be shipped"),
        (damage_a_member, "The weights of model 'tiny' are missing or differ"),
    ],
)
def test_a_vote_that_lost_its_members(three, change, message):
    change(three)
    with pytest.raises(ModelError, match=message):
        load_model("vote", three)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tony", "", ".", "../models/tiny", "tiny/"])
@pytest.mark.parametrize("call", [load_model, read_card])
def test_an_unknown_name(saved, call, name):
    with pytest.raises(ModelError, match=r"(?s)No model is called .*Stored models: tiny\..*python -m hdr train"):
        call(name, saved[0])


def test_no_models_at_all(tmp_path):
    assert list_models(tmp_path) == list_models(tmp_path / "missing") == []
    with pytest.raises(ModelError, match="none yet"):
        load_model("cnn", tmp_path)


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def overwrite(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def change_card(**changes) -> Callable[[Path], None]:
    return lambda path: path.write_text(json.dumps(json.loads(path.read_text()) | changes)) and None


def change_golden(**changes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with np.load(path) as golden:
            arrays = {key: change(golden[key]) for key, change in changes.items() if change}
            kept = {key: golden[key] for key in golden if key not in changes}
        np.savez(path, **kept, **arrays)

    return damage


@pytest.mark.parametrize(
    ("file", "damage", "message"),
    [
        ("model.keras", append, "weights of model 'tiny' .* differ from its card"),
        ("model.keras", Path.unlink, "weights of model 'tiny' are missing"),
        ("card.json", change_card(sha256="0" * 64), "differ from its card"),
        ("card.json", change_card(preprocessing=VERSION - 1), f"version {VERSION - 1}, this software has {VERSION}"),
        ("card.json", change_card(preprocessing=VERSION + 1, net="cnn"), "Train it again: python -m hdr train cnn"),
        ("card.json", overwrite(b"{"), "card of model 'tiny' cannot be read"),
        ("card.json", overwrite(b""), "card of model 'tiny' cannot be read"),
        ("card.json", overwrite(b"\xff\xfe{}"), "card of model 'tiny' cannot be read"),
        ("card.json", overwrite(b"[]"), "card of model 'tiny' cannot be read"),
        ("card.json", overwrite(b"{}"), "card of model 'tiny' cannot be read .it must hold about, date, metrics"),
        ("card.json", change_card(metrics={}), "card of model 'tiny' cannot be read .*metrics of at least one set"),
        ("card.json", change_card(metrics=None), "card of model 'tiny' cannot be read"),
        ("card.json", change_card(metrics=[0.5]), "card of model 'tiny' cannot be read"),
        ("golden.npz", change_golden(probabilities=lambda p: p[::-1]), "no longer gives the answers it was saved with"),
        ("golden.npz", change_golden(probabilities=lambda p: p + 0.002), r"off by 0\.00[12].*allowed 0\.001"),
        ("golden.npz", change_golden(probabilities=lambda p: p * np.nan), "no longer gives the answers"),
        ("golden.npz", change_golden(probabilities=None), "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", change_golden(images=lambda i: i[:3]), "golden.npz of model 'tiny'"),
        ("golden.npz", change_golden(images=lambda i: i[:0], probabilities=lambda p: p[:0]), "golden.npz"),
        ("golden.npz", spoil, "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", Path.unlink, "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", overwrite(b"not an npz"), "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", overwrite(b""), "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", cut, "golden.npz of model 'tiny' cannot be read"),
    ],
)
def test_damage_is_noticed(models, file, damage, message):
    damage(models / "tiny" / file)
    with pytest.raises(ModelError, match=message):
        load_model("tiny", models)


def test_a_small_difference_of_libraries_is_allowed(models):
    change_golden(probabilities=lambda p: p + 0.0005)(models / "tiny" / "golden.npz")
    assert load_model("tiny", models).name == "tiny"


@pytest.mark.parametrize("name", ["tiny", "svm"])
@pytest.mark.parametrize("content", [b"", b"of another version", b"PK\x03\x04 and no more"])
def test_weights_that_the_library_cannot_read(three, name, content):
    """The hash fits, yet Keras or joblib makes nothing of the file: it was written by another version, say."""
    weights_path(name, three).write_bytes(content)
    change_card(sha256=hashlib.sha256(content).hexdigest())(three / name / "card.json")
    with pytest.raises(ModelError, match=f"The weights of model '{name}' cannot be read .*Train it again"):
        load_model(name, three)


@pytest.mark.parametrize("damage", [append, cut, overwrite(b"")])
def test_weights_of_a_classifier_are_checked_before_they_are_read(three, monkeypatch, damage):
    """joblib runs what the file says."""
    monkeypatch.setattr("joblib.load", lambda _: pytest.fail("damaged weights were read"))
    damage(three / "svm" / "model.joblib")
    with pytest.raises(ModelError, match="The weights of model 'svm' are missing or differ from its card"):
        load_model("svm", three)


# --- history --------------------------------------------------------------------------------------------------------


def test_the_history_by_column(models):
    text = "epoch,accuracy,val_loss\n0,0.5,1.25\n1,0.75,nan\n"
    (models / "tiny" / "history.csv").write_text(text)
    history = read_history("tiny", models)
    assert (history["epoch"], history["accuracy"]) == ([0.0, 1.0], [0.5, 0.75])
    assert (list(history), history["val_loss"][0]) == (["epoch", "accuracy", "val_loss"], 1.25)


def test_no_history(models):
    (models / "tiny" / "history.csv").unlink()
    assert read_history("tiny", models) == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"epoch,loss\n",
        b"epoch,loss\n0\n",
        b"epoch,loss\n0,low\n",
        b"epoch,loss\n0,1,2\n",
        b"epoch,loss\n0,1\n\xff,1\n",
        (b"x" * 200_000),
    ],
    ids=["empty", "no epoch", "too few", "no number", "too many", "no text", "endless"],
)
def test_a_damaged_history(models, content):
    (models / "tiny" / "history.csv").write_bytes(content)
    with pytest.raises(ModelError, match=r"history\.csv of model 'tiny' cannot be read"):
        read_history("tiny", models)


# --- a save that fails ----------------------------------------------------------------------------------------------


def lose_history(patch, _net):
    patch.setattr("csv.DictWriter.writerows", fail)


def break_net(patch, net):
    def save(path):
        Path(path).write_bytes(b"half of a ne")
        fail()

    patch.setattr(net, "save", save)


def fill_disk(patch, _net):
    patch.setattr(os, "fsync", fail)


def refuse_last_rename(patch, _net):
    """The old model has made way, the new one cannot take its place."""
    rename = Path.rename

    def refuse(self, target):
        return fail() if self.name.startswith(".tiny-new-") else rename(self, target)

    patch.setattr(Path, "rename", refuse)


def fail(*_args, **_options):
    raise OSError("No space left on device")


@pytest.mark.parametrize("mishap", [break_net, lose_history, fill_disk, refuse_last_rename])
@pytest.mark.parametrize("older", [True, False], ids=["older model", "no older model"])
def test_a_save_that_fails_changes_nothing(models, monkeypatch, mishap, older):
    if not older:
        shutil.rmtree(models / "tiny")
    before = contents(models)
    net = tiny_net(seed=2)
    with monkeypatch.context() as patch:
        mishap(patch, net)
        with pytest.raises(StoreError, match=r"tiny.* cannot be written \(No space left on device\)\. Make "):
            save_model("tiny", net, record_of(net), models)
    assert contents(models) == before
    assert [path.name for path in models.iterdir()] == (["tiny"] if older else [])


def test_what_a_killed_save_left_is_not_listed(models):
    shutil.copytree(models / "tiny", models / ".tiny-new-77-x1y2z3")
    (models / ".tiny-old-77-x1y2z3").mkdir()
    (models / "notes").mkdir()
    (models / "card.json").write_text("{}")
    assert list_models(models) == ["tiny"]


def test_models_are_listed_by_name(models):
    for name in ("rnn", "cnn"):
        shutil.copytree(models / "tiny", models / name)
    assert list_models(models) == ["cnn", "rnn", "tiny"]


# --- the models of the repository -----------------------------------------------------------------------------------


def test_the_nets_of_our_own_are_shipped():
    assert {"cnn", "rnn", "crnn"} <= set(list_models(MODELS))


def test_the_string_net_is_shipped_whole_and_small():
    card, folder = read_card("crnn"), MODELS / "crnn"
    model = shipped("crnn")
    with np.load(folder / "golden.npz") as golden:
        images, expected = golden["images"], golden["probabilities"]
    assert images.shape[:2] == (16, 32)
    assert expected.shape == (16, images.shape[2] // 4, 11)
    np.testing.assert_allclose(model.predict(as_input(images)), expected, atol=1e-3)
    assert card["metrics"].keys() >= {"validation", "cheques-test"}
    assert card["metrics"]["cheques-test"]["n"] == 180
    assert {path.name for path in folder.iterdir()} == {"card.json", "golden.npz", "history.csv", "model.keras"}
    assert (folder / "model.keras").stat().st_size == card["bytes"] < 6_000_000
    assert card["settings"]["epochs"] == settings_for("crnn").epochs
    assert card["parameters"] == build_crnn().count_params()


def test_the_string_ensemble_is_three_nets_of_one_recipe():
    card = read_card(DEFAULT_STRING_MODEL)
    cards = {name: read_card(name) for name in card["members"]}
    assert card["members"] == {name: member["sha256"] for name, member in cards.items()}
    assert [name for name in cards if (MODELS / name).is_dir()] == ["crnn", "crnn_2", "crnn_3"]
    seeds = [member["settings"].pop("seed") for member in cards.values()]
    assert seeds == [1, 2, 3]
    assert cards["crnn"]["settings"] == cards["crnn_2"]["settings"] == cards["crnn_3"]["settings"]
    with np.load(MODELS / DEFAULT_STRING_MODEL / "golden.npz") as golden:
        images, expected = golden["images"], golden["probabilities"]
    assert expected.shape == (16, 3, images.shape[2] // 4, 11)
    np.testing.assert_allclose(shipped(DEFAULT_STRING_MODEL).predict(as_input(images)), expected, atol=1e-3)


def test_weights_that_are_too_large_stay_out_of_the_repository():
    large = {name for name, spec in NETS.items() if isinstance(spec, ClassicalSpec) and not spec.shipped}
    ignored = (PROJECT / ".gitignore").read_text().splitlines()
    assert {line for line in ignored if line.startswith("/models/")} == {f"/models/{n}/model.joblib" for n in large}


@pytest.mark.parametrize("name", digit_models(MODELS))
class TestShipped:
    """Every model that the repository holds; of some only card and predictions."""

    def test_it_loads_and_gives_its_golden_answers(self, name):
        model = shipped(name)
        with np.load(MODELS / name / "golden.npz") as golden:
            images, expected = golden["images"], golden["probabilities"]
        assert (images.shape, images.dtype, expected.shape) == ((16, 28, 28), np.uint8, (16, 10))
        np.testing.assert_allclose(model.predict(as_input(images)), expected, atol=1e-3)

    def test_its_predictions_agree_with_its_card(self, name):
        claimed = read_card(name)["metrics"]["mnist-test"]
        kept = read_predictions(name, "mnist")
        labels, probabilities = kept.labels, kept.probabilities
        errors = int((probabilities.argmax(axis=1) != labels).sum())
        assert (claimed["n"], claimed["errors"]) == (len(labels), errors) == (10_000, claimed["errors"])
        assert claimed["accuracy"] == pytest.approx(1 - errors / 10_000, abs=1e-9)
        loss = -np.log(np.maximum(probabilities[np.arange(10_000), labels].astype(float), 1e-12)).mean()
        assert claimed["loss"] == pytest.approx(loss, rel=1e-4)
        np.testing.assert_array_equal(np.bincount(labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])

    def test_its_card_tells_how_it_was_made(self, name):
        card = read_card(name)
        assert (card["name"], card["preprocessing"]) == (name, VERSION)
        assert card["bytes"] > 1000
        if "members" in card:
            assert card["members"] == {member: read_card(member)["sha256"] for member in card["members"]}
        elif isinstance(NETS[card["net"]], ClassicalSpec):
            assert card["shipped"] is NETS[card["net"]].shipped
            assert read_history(name) == {}
        else:
            columns = {"epoch", "accuracy", "loss", "seconds", "val_accuracy", "val_loss"}
            history = read_history(name)
            assert history.keys() == columns
            assert history["epoch"] == list(range(card["settings"]["epochs"]))

    def test_its_weights_are_those_of_its_card(self, name):
        card, weights = read_card(name), weights_path(name)
        if weights is None:
            assert "members" in card or card["shipped"] is False
        else:
            assert (weights.stat().st_size, weights.parent.name) == (card["bytes"], name)

    def test_its_files_are_known_and_small(self, name):
        """Git keeps every version of them for ever."""
        card, sizes = read_card(name), {path.name: path.stat().st_size for path in (MODELS / name).iterdir()}
        if card.get("shipped", True) is False:
            sizes.pop("model.joblib", None)  # here because somebody made it, but not in the repository
        more = {f"predictions-{data}.npz" for data in TESTS} | {"measures.json", "history.csv"}
        assert sizes.keys() >= FILES
        assert sizes.keys() - FILES - more <= {"model.keras", "model.joblib"}
        limits = {"model.keras": 4_000_000, "model.joblib": 5_000_000, "predictions.npz": 500_000}
        assert {file: size for file, size in sizes.items() if size > limits.get(file, 120_000)} == {}
