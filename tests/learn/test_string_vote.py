"""A vote of string nets: stored, loaded and scored by texts, and refused where it cannot be made or tested."""

import json
import shutil

import numpy as np
import pytest
from tiny import tiny_card, tiny_net

from hdr.decode.ctc import ctc_beam_search
from hdr.errors import DataError, ModelError, SettingsError
from hdr.learn import record
from hdr.learn.vote import train_ensemble
from hdr.nets.backend import load_keras
from hdr.score.evaluate import evaluate_stored
from hdr.store.cards import kind_of_model, list_models, read_card
from hdr.store.models import TrainingRecord, as_input, load_digit_model, load_model, save_model
from tests.data.test_strings import amount

STRIPS = np.random.default_rng(3).integers(0, 256, (16, 32, 64), np.uint8)
NUMBERS = [amount(str(100 + i)) for i in range(6)]


def tiny_string_net(seed):
    keras = load_keras()
    strip = keras.Input((32, None, 1))
    rows = keras.layers.Reshape((-1, 8))(keras.layers.Permute((2, 1, 3))(keras.layers.AveragePooling2D(4)(strip)))
    logits = keras.layers.Dense(11, kernel_initializer=keras.initializers.RandomNormal(0.0, 3.0, seed=seed))(rows)
    return keras.Model(strip, keras.layers.Softmax()(logits))


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    """A folder with two string nets and a net of single digits."""
    folder = tmp_path_factory.mktemp("nets")
    for name, seed in (("first", 1), ("second", 2)):
        card = tiny_card(net="crnn", title="String net", trained_on=["cheques", "mnist"], name=name)
        save_model(name, tiny_string_net(seed), TrainingRecord(card, None, STRIPS, {}), folder)
    save_model("tiny", tiny_net(), TrainingRecord(tiny_card(), None, STRIPS[:, :28, :28], {}), folder)
    return folder


@pytest.fixture
def folder(nets, tmp_path, monkeypatch):
    """A copy of that folder as a person's own models, and six amounts as the cheques' test part."""

    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr(record, "load_numbers", lambda _name, _part: NUMBERS)
    return shutil.copytree(nets, tmp_path / "models")


def test_a_vote_gives_what_each_of_its_members_says(folder):
    train_ensemble(("first", "second"), name="both", folder=folder)
    inputs = as_input(STRIPS[:3])
    said = load_model("both", folder).predict(inputs)
    assert said.shape == (3, 2, 16, 11)
    for place, name in enumerate(("first", "second")):
        np.testing.assert_allclose(said[:, place], load_model(name, folder).predict(inputs), atol=1e-6)


def test_its_card(folder):
    train_ensemble(("first", "second"), name="both", folder=folder)
    card = read_card("both", folder)
    assert (card["net"], card["title"], card["trained_on"]) == (
        "string_ensemble",
        "String ensemble",
        ["cheques", "mnist"],
    )
    assert card["about"] == "The mean of what 2 models say, each a String net of its own training."
    assert card["metrics"].keys() == {"cheques-test"}
    assert card["metrics"]["cheques-test"]["n"] == 6
    assert "trust" not in card
    assert kind_of_model("both", folder) == "string"
    with pytest.raises(ModelError, match="reads rows of digits"):
        load_digit_model("both", folder)


def test_it_is_scored_by_its_texts(folder, monkeypatch):
    train_ensemble(("first", "second"), name="both")
    monkeypatch.setattr("hdr.score.evaluate.load_numbers", lambda _name, _part: NUMBERS)
    steps = load_model("both").predict(as_input(record.as_numbers(NUMBERS).strips))
    right = sum(ctc_beam_search(said)[0][0] == number.text for said, number in zip(steps, NUMBERS, strict=True))
    figures = evaluate_stored("both", "cheques")
    assert (figures["n"], figures["errors"]) == (6, 6 - right)
    assert np.isfinite(figures["loss"])
    del folder


@pytest.mark.parametrize("members", [("first", "tiny"), ("tiny", "first")])
def test_nets_that_read_different_things_have_no_vote(folder, members):
    with pytest.raises(ModelError, match="'first' reads rows of digits, not pictures of single digits"):
        train_ensemble(members, name="both", folder=folder)
    assert "both" not in list_models(folder)


def test_a_vote_is_no_member(folder):
    train_ensemble(("first", "second"), name="both", folder=folder)
    with pytest.raises(SettingsError, match="both is a vote"):
        train_ensemble(("first", "both"), name="more", folder=folder)


def test_without_cheques_there_is_nothing_to_test_it_by(folder, monkeypatch):
    def none_here(_name, _part):
        raise DataError("No folder cheques")

    monkeypatch.setattr(record, "load_numbers", none_here)
    with pytest.raises(DataError, match="tested on the cheques"):
        train_ensemble(("first", "second"), name="both", folder=folder)
    assert "both" not in list_models(folder)


def test_a_misspelled_member_is_missed(folder):
    with pytest.raises(ModelError, match="No model is called 'secnd'"):
        train_ensemble(("first", "secnd"), name="both", folder=folder)


def test_a_vote_takes_no_place_of_another_kind(folder):
    with pytest.raises(SettingsError, match="tiny reads something else"):
        train_ensemble(("first", "second"), name="tiny", folder=folder, replace_old=True)


def test_nets_of_composed_numbers_alone_vote_too(folder):
    for name in ("first", "second"):
        path = folder / name / "card.json"
        card = json.loads(path.read_text()) | {"trained_on": ["mnist"], "settings": {"validation": 0.1, "seed": 1}}
        path.write_text(json.dumps(card))
    train_ensemble(("first", "second"), name="both", folder=folder)
    assert "trust" not in read_card("both", folder)
