"""Models on disk: written whole or not at all, and refused with a reason where anything has changed."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny import drawn_digits, shipped, tiny_net

from hdr.errors import ModelError
from hdr.nets import NETS
from hdr.store.models import TrainingRecord, as_input, list_models, load_model, read_card, save_model, weights_path
from hdr.vision import VERSION

IMAGES, LABELS = drawn_digits(30, 5)
CARD = {
    "net": "cnn",
    "title": "Tiny",
    "about": "A net for tests.",
    "parameters": 7850,
    "metrics": {"mnist-test": {"accuracy": 0.5, "loss": 1.0, "n": 2, "errors": 1}},
    "date": "2026-01-01",
    "preprocessing": VERSION,
}
FILES = {"model.keras", "card.json", "history.csv", "predictions.npz", "golden.npz"}


def record_of(net, folder: Path, **changes) -> TrainingRecord:
    history = folder / "history-of-the-run.csv"
    history.write_text("epoch,accuracy\n0,0.5\n")
    card = CARD | {"name": "tiny", "note": "π"}
    fields = {"card": card, "history": history, "golden": IMAGES[:16], "labels": LABELS.astype(np.int64)}
    return TrainingRecord(**fields | {"probabilities": np.asarray(net(as_input(IMAGES)))} | changes)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder of models that holds `tiny`, and the net that was saved."""
    folder = tmp_path_factory.mktemp("models")
    net = tiny_net()
    save_model("tiny", net, record_of(net, tmp_path_factory.mktemp("run")), folder)
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
    assert {path.name for path in (folder / "tiny").iterdir()} == FILES
    card = read_card("tiny", folder)
    weights = weights_path("tiny", folder).read_bytes()
    assert card == CARD | {
        "name": "tiny",
        "note": "π",
        "sha256": hashlib.sha256(weights).hexdigest(),
    }
    assert (folder / "tiny" / "history.csv").read_text() == "epoch,accuracy\n0,0.5\n"
    with np.load(folder / "tiny" / "predictions.npz") as predictions:
        np.testing.assert_array_equal(predictions["labels"], LABELS)
        np.testing.assert_array_equal(predictions["probabilities"], np.asarray(net(as_input(IMAGES))))
    with np.load(folder / "tiny" / "golden.npz") as golden:
        np.testing.assert_array_equal(golden["images"], IMAGES[:16])
        np.testing.assert_allclose(golden["probabilities"], np.asarray(net(as_input(IMAGES[:16]))), atol=1e-6)


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


def test_an_older_model_is_replaced(models, tmp_path):
    net = tiny_net(seed=2)
    save_model("tiny", net, record_of(net, tmp_path, card=CARD | {"note": "second"}), models)
    model = load_model("tiny", models)
    assert model.card["note"] == "second"
    np.testing.assert_allclose(model.predict(as_input(IMAGES)), np.asarray(net(as_input(IMAGES))), atol=1e-6)
    assert [path.name for path in models.iterdir()] == ["tiny"]


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
        ("golden.npz", change_golden(probabilities=lambda p: p[::-1]), "no longer gives the answers it was saved with"),
        ("golden.npz", change_golden(probabilities=lambda p: p + 0.002), r"off by 0\.00[12].*allowed 0\.001"),
        ("golden.npz", change_golden(probabilities=lambda p: p * np.nan), "no longer gives the answers"),
        ("golden.npz", change_golden(probabilities=None), "golden.npz of model 'tiny' cannot be read"),
        ("golden.npz", change_golden(images=lambda i: i[:3]), "golden.npz of model 'tiny'"),
        ("golden.npz", change_golden(images=lambda i: i[:0], probabilities=lambda p: p[:0]), "golden.npz"),
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


def test_weights_that_keras_cannot_read(models):
    """The hash fits, yet this Keras cannot make a net of the file: it was written by another version, say."""
    weights = weights_path("tiny", models)
    weights.write_bytes(b"not a Keras file")
    change_card(sha256=hashlib.sha256(b"not a Keras file").hexdigest())(models / "tiny" / "card.json")
    with pytest.raises(ModelError, match="tiny"):
        load_model("tiny", models)


# --- a save that fails ----------------------------------------------------------------------------------------------


def lose_history(patch, record, _net):
    patch.setattr("shutil.copyfile", fail)
    record.history.unlink()


def break_net(patch, _record, net):
    def save(path):
        Path(path).write_bytes(b"half of a ne")
        fail()

    patch.setattr(net, "save", save)


def fill_disk(patch, _record, _net):
    patch.setattr(os, "fsync", fail)


def refuse_last_rename(patch, _record, _net):
    """The old model has made way, the new one cannot take its place."""
    rename = Path.rename

    def refuse(self, target):
        return fail() if self.name.startswith(".tiny-") and Path(target).name == "tiny" else rename(self, target)

    patch.setattr(Path, "rename", refuse)


def fail(*_args, **_options):
    raise OSError("No space left on device")


@pytest.mark.parametrize("mishap", [break_net, lose_history, fill_disk, refuse_last_rename])
@pytest.mark.parametrize("older", [True, False], ids=["older model", "no older model"])
def test_a_save_that_fails_changes_nothing(models, tmp_path, monkeypatch, mishap, older):
    if not older:
        shutil.rmtree(models / "tiny")
    before = contents(models)
    net = tiny_net(seed=2)
    record = record_of(net, tmp_path)
    with monkeypatch.context() as patch:
        mishap(patch, record, net)
        with pytest.raises(OSError, match="No space left"):
            save_model("tiny", net, record, models)
    assert contents(models) == before
    assert [path.name for path in models.iterdir()] == (["tiny"] if older else [])


def test_what_a_killed_save_left_is_not_listed(models):
    shutil.copytree(models / "tiny", models / ".tiny-x1y2z3")
    (models / ".tiny-old-x1y2z3").mkdir()
    (models / "notes").mkdir()
    (models / "card.json").write_text("{}")
    assert list_models(models) == ["tiny"]


def test_models_are_listed_by_name(models):
    for name in ("rnn", "cnn"):
        shutil.copytree(models / "tiny", models / name)
    assert list_models(models) == ["cnn", "rnn", "tiny"]


# --- the models of the repository -----------------------------------------------------------------------------------


def test_the_default_model_is_shipped():
    assert "cnn" in list_models()


@pytest.mark.parametrize("name", list_models())
class TestShipped:
    """Every model that the repository holds."""

    def test_it_loads_and_gives_its_golden_answers(self, name):
        model = shipped(name)
        with np.load(weights_path(name).with_name("golden.npz")) as golden:
            images, expected = golden["images"], golden["probabilities"]
        assert (images.shape, images.dtype, expected.shape) == ((16, 28, 28), np.uint8, (16, 10))
        np.testing.assert_allclose(model.predict(as_input(images)), expected, atol=1e-3)

    def test_its_predictions_agree_with_its_card(self, name):
        claimed = read_card(name)["metrics"]["mnist-test"]
        with np.load(weights_path(name).with_name("predictions.npz")) as predictions:
            labels, probabilities = predictions["labels"], predictions["probabilities"]
        errors = int((probabilities.argmax(axis=1) != labels).sum())
        assert (claimed["n"], claimed["errors"]) == (len(labels), errors) == (10_000, claimed["errors"])
        assert claimed["accuracy"] == pytest.approx(1 - errors / 10_000, abs=1e-9)
        loss = -np.log(np.maximum(probabilities[np.arange(10_000), labels].astype(float), 1e-12)).mean()
        assert claimed["loss"] == pytest.approx(loss, rel=1e-6)
        np.testing.assert_array_equal(np.bincount(labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])

    def test_its_card_tells_how_it_was_made(self, name):
        card = read_card(name)
        assert card["net"] in NETS
        assert card["preprocessing"] == VERSION
        history = weights_path(name).with_name("history.csv").read_text().splitlines()
        assert history[0] == "epoch,accuracy,loss,seconds,val_accuracy,val_loss"
        assert len(history) == 1 + card["settings"]["epochs"]

    def test_it_is_small(self, name):
        assert sum(path.stat().st_size for path in weights_path(name).parent.iterdir()) < 5_000_000
        assert {path.name for path in weights_path(name).parent.iterdir()} == FILES
