"""The gate: which test sets may judge two models, that its figures are the models' own, and when it says level."""

import json
import shutil

import cv2
import numpy as np
import pytest
from tiny import drawn_digits, kept_evidence, spoil, write_mnist

from hdr.data.datasets import load_dataset
from hdr.errors import DataError, ModelError
from hdr.learn.plan import make_plan
from hdr.learn.train import train
from hdr.learn.vote import train_ensemble
from hdr.score import gate
from hdr.score.gate import Comparison, as_evidence, compare_on_tests
from hdr.score.metrics import score
from hdr.score.paired import PairedComparison, compare_paired
from hdr.store.models import as_input, load_model
from hdr.store.promotions import promote

MNIST = (("mnist", 1.0),)
DIGITS = (("digits", 0.5), ("mnist", 0.5))
MODELS = {
    "bayes": ("naive_bayes", MNIST),
    "tree": ("decision_tree", MNIST),
    "bayes-digits": ("naive_bayes", DIGITS),
    "tree-digits": ("decision_tree", DIGITS),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home with four small models, drawn digits in place of MNIST, and some of them as optdigits."""
    home, data = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("data")
    write_mnist(data)
    images, labels = drawn_digits(40, 3)
    np.savez(data / "optdigits_windep_32x32.npz", x=np.stack([cv2.resize(i, (32, 32)) for i in images]), y=labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HDR_HOME", str(home))
        patch.setenv("HDR_DATA", str(data))
        for name, (net, sources) in MODELS.items():
            train(make_plan(net, {"validation": 0.1}, data=sources), name=name)
    return home, data


@pytest.fixture(autouse=True)
def home(trained, tmp_path, monkeypatch):
    """A copy of that home, which a test may change."""
    monkeypatch.setenv("HDR_DATA", str(trained[1]))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return shutil.copytree(trained[0], tmp_path / "home")


def sizes(trials: list[Comparison]) -> dict[str, int]:
    return {trial.data: trial.n for trial in trials}


# --- which sets may judge -------------------------------------------------------------------------------------------

ALL = {"mnist": 100, "optdigits": 40, "digits": 1797}
UNSEEN = {"mnist": 100, "digits-test": 597}


@pytest.mark.parametrize(
    ("candidate", "current", "judges"),
    [
        ("tree", "bayes", ALL),
        ("bayes", "tree", ALL),
        ("bayes-digits", "bayes", UNSEEN),
        ("bayes", "bayes-digits", UNSEEN),
        ("bayes-digits", "tree-digits", UNSEEN),
    ],
)
def test_no_set_that_either_was_trained_on(candidate, current, judges):
    assert sizes(compare_on_tests(candidate, current)) == judges


def test_a_vote_has_seen_what_its_members_have():
    train_ensemble(("bayes-digits", "tree"), name="vote")
    assert sizes(compare_on_tests("vote", "bayes")) == UNSEEN


def test_sets_that_are_not_here_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setattr("hdr.data.datasets._download_mnist", refuse)
    assert sizes(compare_on_tests("tree", "bayes")) == {"digits": 1797}


def refuse():
    raise DataError("MNIST is not stored here.")


def test_no_set_at_all(monkeypatch):
    monkeypatch.setattr(gate, "unseen_tests", lambda _seen: [])
    with pytest.raises(DataError, match="No test set is here that neither model was trained on"):
        compare_on_tests("tree", "bayes")


# --- the figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("candidate", "current"), [("tree", "bayes"), ("bayes-digits", "bayes")])
def test_the_figures_are_the_models_own(candidate, current):
    trials = compare_on_tests(candidate, current)
    for trial in trials:
        data = load_dataset(trial.data)
        answers = [load_model(name).predict(as_input(data.images)) for name in (candidate, current)]
        assert (trial.candidate, trial.current) == tuple(score(one, data.labels).accuracy for one in answers)
        assert trial.paired == compare_paired(*(one.argmax(axis=1) == data.labels for one in answers))
        assert trial.paired.difference == pytest.approx(trial.candidate - trial.current)
    assert any(trial.paired.only_first != trial.paired.only_second for trial in trials), "which is which matters"


def test_the_other_way_round():
    for one, other in zip(compare_on_tests("tree", "bayes"), compare_on_tests("bayes", "tree"), strict=True):
        assert (one.candidate, one.current) == (other.current, other.candidate)
        assert (one.paired.only_first, one.paired.only_second) == (other.paired.only_second, other.paired.only_first)
        assert one.paired.p_value == pytest.approx(other.paired.p_value)
        assert {one.verdict, other.verdict} in ({"level"}, {"better", "worse"})


def test_known_answers_are_not_asked_for_again(monkeypatch):
    expected = compare_on_tests("tree", "bayes")
    monkeypatch.setattr("hdr.score.evaluate.load_model", lambda name: pytest.fail(f"{name} was asked"))
    assert compare_on_tests("tree", "bayes") == expected


def paired(difference: float, p_value: float) -> PairedComparison:
    return PairedComparison(0, 0, difference, 0.0, 0.0, p_value)


@pytest.mark.parametrize(
    ("difference", "p_value", "verdict"),
    [
        (0.01, 0.001, "better"),
        (-0.01, 0.001, "worse"),
        (0.01, 0.0499, "better"),
        (0.01, 0.05, "level"),
        (-0.01, 0.5, "level"),
        (0.0, 1.0, "level"),
    ],
)
def test_verdicts(difference, p_value, verdict):
    assert Comparison("mnist", 100, 0.9, 0.9, paired(difference, p_value)).verdict == verdict


def test_the_evidence_can_be_kept():
    trials = compare_on_tests("tree", "bayes")
    promote("tree", as_evidence(trials))
    (evidence,) = kept_evidence()
    assert evidence == json.loads(json.dumps(as_evidence(trials)))
    assert list(evidence) == list(ALL)
    assert evidence["mnist"]["candidate"] == trials[0].candidate
    assert evidence["mnist"]["paired"]["only_first"] == trials[0].paired.only_first


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("candidate", "current", "said"),
    [
        ("bayes", "bayes", "'bayes' is the default already. Choose another model"),
        ("nothing", "nothing", "'nothing' is the default already"),
        ("nothing", "bayes", "No model is called 'nothing'"),
        ("bayes", "nothing", "No model is called 'nothing'"),
    ],
)
def test_models_that_are_refused(candidate, current, said):
    with pytest.raises(ModelError, match=said):
        compare_on_tests(candidate, current)


def test_a_damaged_card(home):
    (home / "models" / "tree" / "card.json").write_text("{}")
    with pytest.raises(ModelError, match="card of model 'tree' cannot be read"):
        compare_on_tests("tree", "bayes")


def test_changed_weights(home):
    """Neither answers kept from before nor what the file would say now: the model is not what its card says."""
    with (home / "models" / "tree" / "model.joblib").open("ab") as file:
        file.write(b"?")
    with pytest.raises(ModelError, match="weights of model 'tree'"):
        compare_on_tests("tree", "bayes")


@pytest.mark.parametrize("data", ["mnist", "digits"])
def test_damaged_answers(home, data):
    spoil(home / "models" / "tree" / ("predictions.npz" if data == "mnist" else f"predictions-{data}.npz"))
    with pytest.raises(ModelError, match=f"python -m hdr evaluate tree --data {data} --fresh"):
        compare_on_tests("tree", "bayes")
