"""What a person said about forms: kept line by line, the last one counts, damage spoils nothing else."""

import pytest

from hdr.errors import StoreError
from hdr.store.batches import create_batch, get_batch
from hdr.store.corrections import correct, read_corrections

SUM, CARD = ("a.png", "Sum"), ("a.png", "Card")


@pytest.fixture
def batch(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return create_batch({}, [], "one").id


def test_nothing_was_said_at_first(batch):
    assert read_corrections(batch) == {}


def test_the_last_word_counts_and_can_be_taken_back(batch):
    correct(batch, SUM, "12")
    correct(batch, CARD, "")
    correct(batch, SUM, "13")
    assert read_corrections(batch) == {SUM: "13", CARD: ""}
    correct(batch, SUM, None)
    assert read_corrections(batch) == {CARD: ""}


def test_a_line_that_was_cut_off_spoils_neither_the_one_before_nor_the_one_after(batch):
    correct(batch, SUM, "12")
    with (get_batch(batch).folder / "corrections.jsonl").open("ab") as file:
        file.write(b'["a.png", "Su\n{}\n[1, 2, 3]\n["a.png", "Card", ')
    correct(batch, CARD, "7")
    assert read_corrections(batch) == {SUM: "12", CARD: "7"}


@pytest.mark.usefixtures("batch")
def test_a_batch_that_is_not_there_is_refused():
    for act in (lambda: correct("none", SUM, "1"), lambda: read_corrections("none")):
        with pytest.raises(StoreError, match="no batch"):
            act()


def test_what_cannot_be_written_is_said(batch):
    (get_batch(batch).folder / "corrections.jsonl").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        correct(batch, SUM, "1")
