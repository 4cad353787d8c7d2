"""Models side by side: cells, galleries, votes, settings and claims from hand-made predictions."""

import numpy as np
import pytest

from hdr.config import NAME_PATTERN
from hdr.errors import ModelError
from hdr.score.compare import (
    DISPUTED,
    NOISE_LINE,
    Entry,
    claim_rows,
    compare,
    galleries,
    load_entry,
    seed_spread,
    setting_differences,
    soft_vote,
    summary_rows,
)
from hdr.store.cards import read_card
from hdr.store.predictions import Predictions

LABELS = np.array([0, 1, 2, 3, 4, 4])
CARD = {
    "net": "cnn",
    "title": "CNN",
    "parameters": 10,
    "settings": {"epochs": 22, "batch_size": 64},
    "metrics": {"mnist-test": {"accuracy": 0.99}},
}


def entry(guesses, sure=0.9, name="cnn", card=None, **measures) -> Entry:
    """An entry that reads the guesses, each as sure as it is told."""
    probabilities = np.zeros((len(guesses), 10), np.float32)
    sure = np.broadcast_to(np.asarray(sure, np.float32), len(guesses))
    probabilities += (1 - sure[:, None]) / 9
    probabilities[np.arange(len(guesses)), guesses] = sure
    return Entry(name, CARD | (card or {}), Predictions(LABELS, probabilities), {}, measures)


FIRST = entry([0, 1, 2, 9, 9, 9], [0.9, 0.9, 0.9, 0.5, 0.6, 0.8])
SECOND = entry([0, 1, 7, 3, 9, 4], [0.9, 0.7, 0.9, 0.5, 0.9, 0.8], "rnn", {"net": "rnn", "title": "RNN"})


def test_pictures_of_a_cell_surest_first():
    assert list(FIRST.pictures_in_cell(4, 9)) == [5, 4]
    assert list(FIRST.pictures_in_cell(9, 4)) == []


def test_error_rates_by_digit():
    assert list(FIRST.error_rates) == [0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_galleries_hold_every_picture_once():
    found = galleries(FIRST, SECOND)
    assert {kind: list(indices) for kind, indices in found.items()} == {
        "neither": [4],
        "only CNN": [2],
        "only RNN": [5, 3],
        "both": [1, 0],
    }


def test_comparison_counts():
    found = compare(FIRST, SECOND)
    assert (found.only_first, found.only_second) == (1, 2)


def test_a_vote_is_the_mean():
    vote = soft_vote([FIRST, SECOND])
    expected = (FIRST.predictions.probabilities + SECOND.predictions.probabilities) / 2
    np.testing.assert_allclose(vote.predictions.probabilities, expected)
    assert vote.title == "Vote of 2"
    assert not NAME_PATTERN.fullmatch(vote.name)  # no stored model can be called so


@pytest.mark.parametrize(
    ("runs", "spread"),
    [
        ([], None),
        ([{"seed": 2, "accuracy": 0.97, "loss": 0.1}], (0.98, np.sqrt(0.0002), 2)),
        ([{"seed": seed, "accuracy": 0.99, "loss": 0.1} for seed in (2, 3)], (0.99, 0.0, 3)),
    ],
)
def test_spread_over_seeds(runs, spread):
    found = seed_spread(entry([0] * 6, seeds=runs) if runs else FIRST)
    assert found == (None if spread is None else pytest.approx(spread))


def test_settings_that_differ_defaults_included():
    other = entry([0] * 6, name="mine", card={"settings": {"epochs": 22, "batch_size": 32, "optimizer": "sgd"}})
    rows = {row.pop("setting"): row for row in setting_differences([FIRST, other])}
    assert rows == {
        "Batch size": {"CNN": "64", "mine": "32"},
        "Optimizer": {"CNN": "adamw", "mine": "sgd"},
    }


def test_settings_are_told_in_words():
    card = {"net": "rnn", "settings": {"epochs": 22, "gentle": 0.25, "augment": False}, "seconds": 5252.0}
    other = entry([0] * 6, name="mine", card=card)
    rows = {row.pop("setting"): list(row.values())[-1] for row in setting_differences([FIRST, other])}
    assert rows["Gentle end"] == "0.25"
    assert rows["Distort the pictures"] == "no"
    assert rows["Kind of net"] == "RNN"
    assert rows["Time of training"] == "87.5 min"


def test_settings_of_another_kind_are_dashes():
    tree = entry(
        [0] * 6, name="decision_tree", card={"net": "decision_tree", "title": "Tree", "settings": {"max_depth": 20}}
    )
    rows = {row.pop("setting"): list(row.values()) for row in setting_differences([FIRST, tree])}
    assert rows["Max depth"] == ["–", "20"]
    assert rows["Epochs"] == ["22", "–"]


def test_claims_beside_what_was_measured():
    rows = {row["system"]: row for row in claim_rows()}
    assert "CNN" not in rows
    krishna, card = rows["Krishna MLP"], read_card("krishna_mlp")
    assert krishna["claimed"] == 0.971
    assert krishna["measured"] == card["metrics"]["mnist-test"]["accuracy"]
    assert krishna["difference"] == pytest.approx(krishna["measured"] - 0.971)


@pytest.mark.parametrize(
    ("name", "bar"),
    [
        ("mendapara_cnn", 0.9885),
        ("nagpal_cnn", 0.99),
        ("krishna_mlp", 0.971),
        ("arun_cnn", 0.9915),
        ("arun_rnn", 0.987),
    ],
)
def test_our_runs_of_the_papers_nets_are_good_ones(name, bar):
    assert load_entry(name, "mnist").figures["accuracy"] >= bar


@pytest.mark.parametrize("card", ["{", '{"metrics": {"digits-test": {"accuracy": 0.9}}}'], ids=["damaged", "no MNIST"])
def test_a_paper_whose_net_was_not_measured_claims_nothing_here(tmp_path, card):
    (tmp_path / "krishna_mlp").mkdir()
    (tmp_path / "krishna_mlp" / "card.json").write_text(card)
    assert claim_rows(tmp_path) == []


def test_no_claims_without_models(tmp_path):
    assert claim_rows(tmp_path) == []


def test_a_summary_row_says_none_for_what_was_not_measured():
    (row,) = summary_rows([FIRST])
    assert row["milliseconds"] is row["mnist_c"] is row["bytes"] is None
    assert row["errors"] == 3
    (row,) = summary_rows([entry([0] * 6, speed={"milliseconds": 1.5}, robustness={"mean": 0.8})])
    assert (row["milliseconds"], row["mnist_c"]) == (1.5, 0.8)


def test_the_noise_line():
    assert pytest.approx(0.9985) == NOISE_LINE
    assert len(set(DISPUTED)) == 15


def test_shipped_models_can_be_compared_without_any_data():
    entries = [load_entry(name, "mnist") for name in ("cnn", "rnn")]
    assert [found.title for found in entries] == ["CNN", "RNN"]
    assert all(found.history["val_accuracy"] for found in entries)


def test_missing_predictions_name_the_command():
    with pytest.raises(ModelError, match="python -m hdr evaluate cnn --data nonsense"):
        load_entry("cnn", "nonsense")
