"""Training: settings are checked before any work, and a small real training leaves a whole model behind."""

import csv
import json

import numpy as np
import pytest
from tiny import tiny_net, write_mnist

from hdr.data.datasets import load_mnist
from hdr.errors import DataError, HdrError, SettingsError
from hdr.learn.train import TrainSettings, settings_for, train
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import load_keras
from hdr.score.calibrate import fit_temperature
from hdr.store.models import list_models, load_model, read_card

CHANGES = {"epochs": 1, "batch_size": 10, "validation": 100, "learning_rate": 0.02, "seed": 7}


# --- settings -------------------------------------------------------------------------------------------------------


def test_a_net_has_its_own_recipe():
    for name, spec in NETS.items():
        assert settings_for(name) == TrainSettings(**spec.recipe)
    changed = settings_for("rnn", epochs=3, learning_rate=0.01)
    assert (changed.epochs, changed.learning_rate) == (3, 0.01)
    assert changed.batch_size == settings_for("rnn").batch_size


def test_an_unknown_net():
    with pytest.raises(SettingsError, match=r"No net is called 'cmm'\. Known nets: cnn, rnn"):
        settings_for("cmm")


@pytest.mark.parametrize("name", ["epoch", "net", "self", ""])
def test_an_unknown_setting(name):
    with pytest.raises(SettingsError, match=f"Unknown setting {name}.*Known settings: epochs, batch_size"):
        settings_for("cnn", **{name: 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", -1),
        ("epochs", 10_001),
        ("epochs", 2.5),
        ("batch_size", 0),
        ("batch_size", 65_537),
        ("batch_size", 32.5),
        ("learning_rate", 0.0),
        ("learning_rate", -0.001),
        ("learning_rate", 11.0),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("weight_decay", -0.1),
        ("weight_decay", 10.5),
        ("label_smoothing", -0.1),
        ("label_smoothing", 0.6),
        ("validation", 99),
        ("validation", 30_001),
        ("validation", 500.5),
        ("seed", -1),
        ("seed", 2**31),
        ("seed", 1.5),
    ],
)
def test_values_out_of_range(name, value):
    with pytest.raises(SettingsError, match=f"{name} must be .*{value}"):
        settings_for("cnn", **{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 1),
        ("batch_size", 1),
        ("label_smoothing", 0),
        ("label_smoothing", 0.5),
        ("seed", 0),
        ("validation", 100),
    ],
)
def test_values_at_the_end_of_the_range(name, value):
    assert getattr(settings_for("cnn", **{name: value}), name) == value


# --- a small training -----------------------------------------------------------------------------------------------


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
    read, fit, load = np.lib.npyio.NpzFile.__getitem__, load_keras().Model.fit, np.load

    def noted_read(file, key):
        diary.append(f"read {key}")
        return read(file, key)

    def noted_fit(*args, **options):
        diary.append("training begins")
        history = fit(*args, **options)
        diary.append("training has ended")
        return history

    assert load is np.load
    patch.setattr(np.lib.npyio.NpzFile, "__getitem__", noted_read)
    patch.setattr(load_keras().Model, "fit", noted_fit)


@pytest.fixture(scope="module")
def trained(world, tmp_path_factory):
    """The folder of a trained model, and what happened on the way."""
    world.clear()
    path = train("tiny", settings_for("tiny", **CHANGES), name="first", folder=tmp_path_factory.mktemp("models"))
    return path, list(world)


def test_what_is_stored(trained):
    path, _ = trained
    assert path.name == "first"
    assert {file.name for file in path.iterdir()} == {
        "model.keras",
        "card.json",
        "history.csv",
        "predictions.npz",
        "golden.npz",
    }
    assert list_models(path.parent) == ["first"]


def test_the_card(trained):
    path, _ = trained
    card = json.loads((path / "card.json").read_text())
    assert (card["name"], card["net"], card["title"], card["parameters"]) == ("first", "tiny", "Tiny", 7850)
    assert card["settings"].items() >= CHANGES.items()
    assert card["data_sha256"] == load_mnist("train").sha256()
    assert (card["metrics"]["mnist-test"]["n"], card["metrics"]["validation"]["n"]) == (100, 100)
    assert card["metrics"]["mnist-test"]["accuracy"] > 0.5
    assert 0.05 <= card["temperature"] <= 20


def test_predictions_agree_with_the_card(trained):
    path, _ = trained
    with np.load(path / "predictions.npz") as predictions:
        labels, probabilities = predictions["labels"], predictions["probabilities"]
    np.testing.assert_array_equal(labels, load_mnist("test").labels)
    metrics = read_card("first", path.parent)["metrics"]["mnist-test"]
    assert metrics["accuracy"] == pytest.approx((probabilities.argmax(axis=1) == labels).mean())
    model = load_model("first", path.parent)
    images = load_mnist("test").images.astype(np.float32)[..., None] / 255
    np.testing.assert_allclose(model.predict(images), probabilities, atol=1e-5)


def test_the_stored_net_is_calibrated(trained):
    """The temperature that was fitted on the validation part is in the weights: hardly any is left to find."""
    path, _ = trained
    with np.load(path / "predictions.npz") as predictions:
        assert 0.75 < fit_temperature(predictions["probabilities"], predictions["labels"]) < 1.33


def test_the_history(trained):
    path, _ = trained
    lines = list(csv.DictReader((path / "history.csv").read_text().splitlines()))
    assert len(lines) == 1
    assert sorted(lines[0]) == ["accuracy", "epoch", "loss", "seconds", "val_accuracy", "val_loss"]
    assert 0 < float(lines[0]["accuracy"]) <= 1
    assert 0 < float(lines[0]["val_accuracy"]) <= 1
    assert float(lines[0]["seconds"]) > 0


def test_the_golden_pictures_are_of_the_training_set(trained):
    path, _ = trained
    with np.load(path / "golden.npz") as golden:
        known = {image.tobytes() for image in load_mnist("train").images}
        assert len(golden["images"]) == 16
        assert all(image.tobytes() in known for image in golden["images"])


def test_the_test_set_is_read_after_training_has_ended(trained):
    _, diary = trained
    end = diary.index("training has ended")
    assert {"read x_train", "read y_train"} <= set(diary[:end])
    assert not {"read x_test", "read y_test"} & set(diary[:end])
    assert {"read x_test", "read y_test"} <= set(diary[end:])
    assert diary.count("training begins") == 1


@pytest.mark.parametrize(("seed", "same"), [(7, True), (8, False)])
def test_a_seed_fixes_split_and_training(trained, tmp_path, seed, same):
    again = train("tiny", settings_for("tiny", **CHANGES | {"seed": seed}), folder=tmp_path)
    assert again == tmp_path / "tiny"
    golden, answers = [], []
    for path in (trained[0], again):
        with np.load(path / "golden.npz") as arrays:
            golden.append(arrays["images"])
        with np.load(path / "predictions.npz") as arrays:
            answers.append(arrays["probabilities"])
    assert np.array_equal(*golden) is same
    assert np.allclose(*answers, atol=1e-3) is same


# --- refusals, before any training ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("net", "changes", "name"),
    [
        ("cmm", {}, None),
        ("tiny", {}, "a/b"),
        ("tiny", {}, "../outside"),
        ("tiny", {}, ".hidden"),
        ("tiny", {"batch_size": 501}, None),
    ],
)
def test_refused_before_training(world, tmp_path, net, changes, name):
    world.clear()
    folder = tmp_path / "models"
    with pytest.raises(HdrError):
        train(net, settings_for("tiny", **CHANGES | changes), name=name, folder=folder)
    assert "training begins" not in world
    assert not folder.exists()


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
