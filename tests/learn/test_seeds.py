"""Other seeds: the figures of a whole training with that seed, kept beside the model, which itself stays as it is."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from sklearn.naive_bayes import BernoulliNB
from tiny import tiny_net, write_mnist

from hdr.data.datasets import load_mnist
from hdr.errors import DataError, HdrError, ModelError, SettingsError
from hdr.learn.plan import make_plan
from hdr.learn.seeds import train_seed
from hdr.learn.train import train
from hdr.nets import NETS, NetSpec
from hdr.store.cards import read_card
from hdr.store.measures import read_measures, write_measure
from hdr.store.models import as_input

CHANGES = {
    "tiny": {"epochs": 1, "batch_size": 10, "learning_rate": 0.02, "validation": 100, "seed": 7},
    "naive_bayes": {"validation": 100, "seed": 7},
}


@pytest.fixture(scope="module", autouse=True)
def world(tmp_path_factory):
    """Drawn digits in place of MNIST, and a tiny net in the registry."""
    data = tmp_path_factory.mktemp("data")
    write_mnist(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HDR_DATA", str(data))
        patch.setitem(NETS, "tiny", NetSpec("Tiny", "Weighs every pixel.", tiny_net, {"epochs": 1}))
        yield


@pytest.fixture
def models(tmp_path):
    """A folder with the card of `bayes`, a naive Bayes of seed 7; a seed's run needs nothing else of a model."""
    write_card(tmp_path, "bayes", net="naive_bayes", settings={"alpha": 0.1, "binarize": 0.4, **CHANGES["naive_bayes"]})
    return tmp_path


def write_card(folder: Path, name: str, **card) -> None:
    rest = {"title": name, "about": "", "parameters": None, "date": "2026-01-01", "preprocessing": 1, "sha256": ""}
    (folder / name).mkdir()
    text = json.dumps(rest | {"metrics": {"mnist-test": {"accuracy": 0.5}}} | card)
    (folder / name / "card.json").write_text(text)


@pytest.mark.parametrize("net", CHANGES)
def test_the_figures_are_those_of_a_whole_training_with_that_seed(net, tmp_path):
    write_card(tmp_path, "mine", net=net, settings=asdict(make_plan(net, CHANGES[net]).settings))
    accuracy = train_seed("mine", 8, tmp_path)
    whole = train(make_plan(net, CHANGES[net] | {"seed": 8}), name="whole", folder=tmp_path)
    expected = read_card("whole", whole.parent)["metrics"]["mnist-test"]
    (found,) = read_measures("mine", tmp_path)["seeds"]
    assert found == {"seed": 8, "accuracy": accuracy, "loss": pytest.approx(expected["loss"], abs=1e-3)}
    assert accuracy == pytest.approx(expected["accuracy"], abs=0.011)


def test_the_model_itself_stays_as_it_is(models):
    before = (models / "bayes" / "card.json").read_bytes()
    train_seed("bayes", 8, models)
    assert {path.name for path in (models / "bayes").iterdir()} == {"card.json", "measures.json"}
    assert (models / "bayes" / "card.json").read_bytes() == before
    assert [path.name for path in models.iterdir()] == ["bayes"]


def test_each_seed_is_kept_once_beside_other_measurements(models):
    write_measure("bayes", "speed", {"milliseconds": 0.4}, models)
    for seed in (8, 9):
        train_seed("bayes", seed, models)
    first = read_measures("bayes", models)["seeds"]
    assert [run["seed"] for run in first] == [8, 9]
    assert first[0]["loss"] != first[1]["loss"]
    train_seed("bayes", 8, models)
    again = read_measures("bayes", models)
    assert (again["speed"], again["seeds"]) == ({"milliseconds": 0.4}, first[::-1])


def test_the_test_set_has_no_part_in_the_training(models, monkeypatch):
    shown, fit = [], BernoulliNB.fit
    monkeypatch.setattr(BernoulliNB, "fit", lambda model, x, y: shown.append(x) or fit(model, x, y))
    train_seed("bayes", 8, models)
    known = {image.tobytes() for image in as_input(load_mnist("train").images)}
    assert [len(x) for x in shown] == [500]
    assert all(row.tobytes() in known for row in shown[0])


@pytest.mark.parametrize(
    ("name", "seed", "error", "message"),
    [
        ("bayes", 7, SettingsError, "Seed 7 is the one that model 'bayes' was trained with. Choose another."),
        ("bayes", -1, SettingsError, "seed must be .*, not -1"),
        ("bayes", 2**31, SettingsError, "seed must be .*, not 2147483648"),
        ("vote", 8, SettingsError, "Model 'vote' is a ensemble, which has no figure on MNIST by seed"),
        ("hayes", 8, ModelError, "No model is called 'hayes'. Stored models: bayes, vote"),
    ],
)
def test_what_is_refused(models, name, seed, error, message):
    write_card(models, "vote", net="ensemble", settings={}, members={"bayes": ""})
    with pytest.raises(error, match=message):
        train_seed(name, seed, models)
    assert not list(models.rglob("measures.json"))


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist(models):
    with pytest.raises(DataError, match="HDR_DATA"):
        train_seed("bayes", 8, models)


def test_a_training_that_fails_leaves_the_figures_alone(models, monkeypatch):
    train_seed("bayes", 8, models)
    before = (models / "bayes" / "measures.json").read_bytes()
    monkeypatch.setattr("hdr.learn.seeds.score", fail)
    with pytest.raises(HdrError, match="no figures"):
        train_seed("bayes", 9, models)
    assert (models / "bayes" / "measures.json").read_bytes() == before


def fail(*_args) -> None:
    raise DataError("no figures today")
