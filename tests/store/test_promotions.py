"""The default model: the shipped one, then whichever was promoted last and is still there; nothing is forgotten."""

import shutil

import pytest
from tiny import kept_evidence

from hdr.config import DEFAULT_MODEL
from hdr.errors import HdrError, ModelError, StoreError
from hdr.store import promotions
from hdr.store.database import database_path
from hdr.store.promotions import Promotion, default_model, list_promotions, promote

EVIDENCE = {"mnist": {"n": 10_000, "candidate": 0.9971, "current": 0.9966, "paired": {"p_value": 0.3}}}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home with two models of one's own, of which nothing is looked at but that they are there."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    for name in ("cnn-1", "rnn-1"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "card.json").write_text("{}")
    return tmp_path


def test_nothing_was_promoted_yet():
    assert (default_model(), list_promotions()) == (DEFAULT_MODEL, [])


def test_asking_writes_nothing(home):
    default_model()
    assert not database_path().exists()
    assert [path.name for path in home.iterdir()] == ["models"]


def test_the_last_promoted_is_the_default(monkeypatch):
    dates = iter([100.0, 200.5])
    monkeypatch.setattr(promotions.time, "time", lambda: next(dates))
    promote("cnn-1", EVIDENCE)
    assert default_model() == "cnn-1"
    promote("rnn-1", {})
    assert default_model() == "rnn-1"
    assert list_promotions() == [Promotion("rnn-1", 200.5), Promotion("cnn-1", 100.0)]
    assert kept_evidence() == [{}, EVIDENCE]


def test_a_way_back():
    for name in ("cnn-1", "rnn-1", "cnn-1", DEFAULT_MODEL):
        promote(name, {})
        assert default_model() == name
    assert [promotion.model for promotion in list_promotions()] == [DEFAULT_MODEL, "cnn-1", "rnn-1", "cnn-1"]


@pytest.mark.parametrize("name", ["cnn-2", "", "../models/cnn-1", "CNN-1"])
def test_no_such_model(name):
    with pytest.raises(ModelError, match="cannot be the default") as caught:
        promote(name, {})
    assert repr(name) in str(caught.value)
    assert list_promotions() == []


def test_a_default_that_was_deleted_gives_way_to_the_one_before_and_in_the_end_to_the_shipped_one(home):
    promote("rnn-1", {})
    promote("cnn-1", {})
    shutil.rmtree(home / "models" / "cnn-1")
    assert default_model() == "rnn-1"
    shutil.rmtree(home / "models" / "rnn-1")
    assert default_model() == DEFAULT_MODEL
    assert [promotion.model for promotion in list_promotions()] == ["cnn-1", "rnn-1"]


def test_a_deleted_model_of_another_kind_changes_no_default(home, monkeypatch):
    kinds = {"cnn-1": "digit", "rnn-1": "string"}
    monkeypatch.setattr(promotions, "kind_of_model", lambda name: kinds.get(name, "digit"))
    promote("cnn-1", {})
    promote("rnn-1", {})
    shutil.rmtree(home / "models" / "rnn-1")
    del kinds["rnn-1"]
    assert default_model() == "cnn-1"


def test_evidence_that_is_no_json_promotes_nothing():
    with pytest.raises(TypeError):
        promote("cnn-1", {"mnist": object()})
    assert default_model() == DEFAULT_MODEL


@pytest.mark.parametrize("act", [default_model, list_promotions, lambda: promote("cnn-1", {})])
def test_a_damaged_database_is_named(act):
    database_path().write_bytes(b"no database" * 100)
    with pytest.raises(StoreError) as caught:
        act()
    assert str(database_path()) in str(caught.value)
    assert isinstance(caught.value, HdrError)
