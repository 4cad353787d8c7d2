"""All measurements of a stored model, on a tiny net and drawn digits; what was measured lies beside it afterwards."""

import json
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tiny import drawn_digits, tiny_card, tiny_net, write_mnist

from hdr.config import machine
from hdr.data.corrupt import CORRUPTIONS
from hdr.data.datasets import COMPARED, Dataset, load_dataset
from hdr.data.negatives import KINDS
from hdr.errors import DataError, ModelError
from hdr.score import measure as module
from hdr.score.attack import EPSILONS, attack_curves, has_gradient, load_victim
from hdr.score.measure import STEPS, measure_stored
from hdr.score.robust import SIGMAS, robustness
from hdr.store.measures import read_measures, write_measure
from hdr.store.models import TrainingRecord, as_input, load_digit_model, save_model
from hdr.store.predictions import Predictions, predictions_path, read_predictions, stored_sets

IMAGES, LABELS = drawn_digits(30, 5)
ATTACKS = [f"attack {epsilon:.2f}" for epsilon in EPSILONS]
CARD = tiny_card()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder of models that holds `tiny`, 50 drawn digits in place of MNIST's test set, and no network."""
    root, net = tmp_path_factory.mktemp("world"), tiny_net()
    models, data = root / "models", root / "data"
    data.mkdir()
    write_mnist(data, train=10, test=50)
    predictions = Predictions(LABELS.astype(np.int64), np.asarray(net(as_input(IMAGES))))
    save_model("tiny", net, TrainingRecord(CARD, None, IMAGES[:16], {"mnist": predictions}), models)
    model = load_digit_model("tiny", models)
    with pytest.MonkeyPatch.context() as patch:
        measure_in(models, patch)
        patch.setattr(module, "machine", lambda: "a machine of this test")
        patch.setattr("urllib.request.urlopen", no_network)
        patch.setenv("HDR_DATA", str(data))
        patch.setenv("HDR_HOME", str(root / "home"))
        yield SimpleNamespace(models=models, data=data, folder=models / "tiny", model=model)


def measure_in(models: Path, patch: pytest.MonkeyPatch) -> None:
    for function in (
        load_digit_model,
        predictions_path,
        read_predictions,
        stored_sets,
        write_measure,
        has_gradient,
        load_victim,
    ):
        patch.setattr(module, function.__name__, partial(function, folder=models))


def no_network(*_args, **_options):
    raise OSError("there is no network")


@pytest.fixture(scope="module")
def measured(world):
    """What was told on the way, after the first 20 pictures were damaged; USPS and optdigits are missing."""
    write_measure("tiny", "seeds", [{"seed": 2, "accuracy": 0.5, "loss": 1.0}], world.models)
    write_measure("tiny", "speed", "an older one", world.models)
    told = []
    measure_stored("tiny", 20, told.append)
    return told


def test_each_step_is_told_once(measured):
    assert sum(STEPS.values()) == len(measured) == len(set(measured)) == 4 + 15 + 8 + 9 + 7 + 1
    assert measured == [*COMPARED, *CORRUPTIONS, *(f"noise {sigma:.1f}" for sigma in SIGMAS), *KINDS, *ATTACKS, "time"]


@pytest.mark.usefixtures("measured")
def test_answers_are_kept_on_the_sets_that_are_found(world):
    assert stored_sets("tiny", world.models) == ["mnist", "digits"]
    for name in ("mnist", "digits"):
        data, kept = load_dataset(name), read_predictions("tiny", name, world.models)
        np.testing.assert_array_equal(kept.labels, data.labels)
        np.testing.assert_allclose(kept.probabilities, world.model.predict(as_input(data.images)), atol=1e-6)
        assert kept.data_sha256 == data.sha256()


@pytest.mark.usefixtures("measured")
def test_robustness_is_of_the_first_pictures(world):
    mnist = load_dataset("mnist")
    assert len(mnist) == 50
    expected = robustness(world.model.predict, Dataset("first", mnist.images[:20], mnist.labels[:20]))
    found = read_measures("tiny", world.models)["robustness"]
    assert (found["n"], len(found["corruptions"]), len(found["noise"])) == (20, 15, 8)
    assert found == expected


@pytest.mark.usefixtures("measured")
def test_attacks_are_on_a_sample_of_all_pictures(world):
    found = read_measures("tiny", world.models)["attack"]
    assert found == attack_curves(load_victim("tiny", world.models), load_dataset("mnist"))
    assert found["n"] == 50


def test_what_has_no_gradient_is_not_attacked(world, tmp_path, monkeypatch):
    models = shutil.copytree(world.models, tmp_path / "models")
    (models / "tiny" / "measures.json").unlink(missing_ok=True)
    measure_in(models, monkeypatch)
    monkeypatch.setattr(module, "has_gradient", lambda _card: False)
    told = []
    measure_stored("tiny", 20, told.append)
    assert "attack" not in read_measures("tiny", models)
    assert not set(ATTACKS) & set(told)


@pytest.mark.usefixtures("measured")
def test_the_time_of_one_answer_and_on_which_machine(world):
    found = read_measures("tiny", world.models)["speed"]
    assert found.keys() == {"milliseconds", "machine"}
    assert 0.0 < found["milliseconds"] < 10_000
    assert found["milliseconds"] == round(found["milliseconds"], 3)
    assert found["machine"] == "a machine of this test"
    assert "cores" in machine()


@pytest.mark.usefixtures("measured")
def test_other_measurements_stay(world):
    assert read_measures("tiny", world.models)["seeds"] == [{"seed": 2, "accuracy": 0.5, "loss": 1.0}]


@pytest.mark.usefixtures("measured")
def test_nothing_half_written_is_left(world):
    kept = {"predictions.npz", "predictions-digits.npz", "measures.json"}
    assert {path.name for path in world.folder.iterdir()} == {"card.json", "model.keras", "golden.npz"} | kept


def test_attacks_alone_on_what_has_no_gradient(world, monkeypatch):
    measure_in(world.models, monkeypatch)
    monkeypatch.setattr(module, "has_gradient", lambda _card: False)
    with pytest.raises(ModelError, match="'tiny' has no gradient"):
        measure_stored("tiny", only=["attack"])


@pytest.mark.usefixtures("measured")
def test_one_kind_alone(world, tmp_path, monkeypatch):
    """What is no digit is judged with the answers that are kept."""
    models, told = shutil.copytree(world.models, tmp_path / "models"), []
    before = read_measures("tiny", models)
    write_measure("tiny", "rejection", "an older one", models)
    measure_in(models, monkeypatch)
    measure_stored("tiny", 20, told.append, ["rejection"])
    assert told == list(KINDS)
    assert read_measures("tiny", models) == before


@pytest.mark.usefixtures("measured")
def test_without_answers_nothing_is_refused(world, tmp_path, monkeypatch):
    models = shutil.copytree(world.models, tmp_path / "models")
    (models / "tiny" / "predictions.npz").unlink()
    measure_in(models, monkeypatch)
    with pytest.raises(ModelError, match="python -m hdr evaluate tiny --data mnist"):
        measure_stored("tiny", 20, only=["rejection"])


@pytest.mark.usefixtures("measured")
def test_a_set_that_has_come_since_and_all_pictures(world, tmp_path, monkeypatch):
    """USPS is there now; without a limit, all of MNIST's test pictures are damaged. Progress need not be told."""
    models, data = shutil.copytree(world.models, tmp_path / "models"), shutil.copytree(world.data, tmp_path / "data")
    images, labels = drawn_digits(12, 9)
    np.savez(data / "usps_test_16x16.npz", x=images[:, 6:22, 6:22], y=labels)
    measure_in(models, monkeypatch)
    monkeypatch.setenv("HDR_DATA", str(data))
    measure_stored("tiny")
    assert stored_sets("tiny", models) == ["mnist", "usps", "digits"]
    kept = read_predictions("tiny", "usps", models)
    np.testing.assert_array_equal(kept.labels, labels)
    assert kept.data_sha256 == load_dataset("usps").sha256()
    assert read_measures("tiny", models)["robustness"]["n"] == 50


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("content", [None, b"PK\x03\x04 cut off"], ids=["missing", "damaged"])
def test_without_mnist_nothing_is_measured(world, tmp_path, monkeypatch, content):
    if content:
        (tmp_path / "mnist.npz").write_bytes(content)
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    before, told = (world.folder / "measures.json").read_bytes(), []
    with pytest.raises(DataError, match="MNIST is not stored here" if content is None else "cannot be read"):
        measure_stored("tiny", 20, told.append)
    assert told == []
    assert (world.folder / "measures.json").read_bytes() == before


@pytest.mark.usefixtures("world")
def test_an_unknown_model():
    told = []
    with pytest.raises(ModelError, match="No model is called 'cmm'"):
        measure_stored("cmm", 20, told.append)
    assert told == []


@pytest.mark.usefixtures("measured")
def test_the_file_is_for_people_too(world):
    text = (world.folder / "measures.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert list(json.loads(text)) == ["seeds", "speed", "robustness", "rejection", "attack"]
