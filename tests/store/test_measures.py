"""Slow measurements beside a model: each kind for itself, written whole or not at all."""

import os
from pathlib import Path

import pytest

from hdr.errors import ModelError, StoreError
from hdr.store.measures import read_measures, write_measure

SPEED = {"milliseconds": 0.4, "machine": "a small one, 2 µs from here"}


@pytest.fixture
def folder(tmp_path):
    """A folder with the model `cnn`, whose speed was measured."""
    (tmp_path / "cnn").mkdir()
    write_measure("cnn", "speed", SPEED, tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "cnn").iterdir())


def test_nothing_was_measured_yet(tmp_path):
    assert read_measures("cnn", tmp_path) == {}
    (tmp_path / "cnn").mkdir()
    assert read_measures("cnn", tmp_path) == {}
    assert names(tmp_path) == []


@pytest.mark.parametrize("value", [{"noise": [[0.0, 0.99], [0.1, 0.5]]}, [{"seed": 2, "accuracy": 0.5}], 3, "π", None])
def test_what_is_written_is_read_and_the_others_stay(folder, value):
    write_measure("cnn", "another", value, folder)
    assert read_measures("cnn", folder) == {"speed": SPEED, "another": value}
    assert names(folder) == ["measures.json"]


def test_a_kind_that_is_measured_again_is_replaced_as_a_whole(folder):
    write_measure("cnn", "seeds", [{"seed": 2}], folder)
    write_measure("cnn", "speed", {"seconds": 1}, folder)
    assert read_measures("cnn", folder) == {"speed": {"seconds": 1}, "seeds": [{"seed": 2}]}


def test_models_keep_their_own(folder):
    (folder / "rnn").mkdir()
    write_measure("rnn", "speed", {"milliseconds": 2}, folder)
    assert read_measures("cnn", folder)["speed"] == SPEED
    assert read_measures("rnn", folder)["speed"] == {"milliseconds": 2}


def test_the_file_is_text_that_everybody_may_read(folder):
    path = folder / "cnn" / "measures.json"
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert len(path.read_text(encoding="utf-8").splitlines()) > 2  # a change is a line in the repository
    assert path.stat().st_mode & 0o777 == 0o644


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"speed"', b"\xff\xfe{}", b'{"speed": 1} and more'])
def test_damage_is_noticed_and_mended_by_the_next_measurement(folder, content):
    (folder / "cnn" / "measures.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"measures\.json of model 'cnn' cannot be read .*python -m hdr measure cnn$"):
        read_measures("cnn", folder)
    write_measure("cnn", "seeds", [], folder)
    assert read_measures("cnn", folder) == {"seeds": []}


# --- a write that fails ---------------------------------------------------------------------------------------------


def fail(*_args):
    raise OSError("No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_changes_nothing(folder, monkeypatch, step):
    before = (folder / "cnn" / "measures.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(StoreError, match=r"measures\.json cannot be written .No space left"):
            write_measure("cnn", "seeds", [1, 2], folder)
    assert (names(folder), (folder / "cnn" / "measures.json").read_bytes()) == (["measures.json"], before)


def test_what_is_no_json_is_not_written(folder):
    with pytest.raises(TypeError):
        write_measure("cnn", "seeds", {1, 2}, folder)
    assert (names(folder), read_measures("cnn", folder)) == (["measures.json"], {"speed": SPEED})
