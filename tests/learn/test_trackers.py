"""Second logs: offered only where installed, refused where not, and told of every epoch."""

import importlib.util
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from tiny import drawn_digits, tiny_net

from hdr.data.datasets import Dataset
from hdr.errors import SettingsError
from hdr.learn.fit import Fitted, Watcher, fit_net
from hdr.learn.lessons import DigitLesson
from hdr.learn.plan import TRACKERS, make_plan
from hdr.learn.trackers import installed_trackers, tracker_callbacks
from hdr.nets.backend import load_keras


@pytest.fixture
def install(monkeypatch):
    """Makes exactly these trackers count as installed."""

    def pretend(*names: str) -> None:
        find = importlib.util.find_spec

        def find_spec(name, *rest):
            return (SimpleNamespace(name=name) if name in names else None) if name in TRACKERS else find(name, *rest)

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)

    return pretend


@pytest.fixture
def diary(monkeypatch, install):
    """What a fake `mlflow` was told, in order."""
    told = []
    fake = ModuleType("mlflow")
    for name in ("set_experiment", "start_run", "log_params", "log_metrics", "end_run"):
        setattr(fake, name, lambda *args, _name=name, **options: told.append((_name, *args, options)))
    monkeypatch.setitem(sys.modules, "mlflow", fake)
    install("mlflow")
    return told


@pytest.mark.parametrize("names", [(), ("mlflow",), ("tensorboard",), ("tensorboard", "mlflow")])
def test_those_that_are_installed(install, names):
    install(*names)
    assert installed_trackers() == list(names)


@pytest.mark.parametrize(
    ("asked", "installed", "missing"),
    [
        (("mlflow",), (), "mlflow"),
        (("tensorboard",), ("mlflow",), "tensorboard"),
        (("mlflow", "tensorboard"), ("mlflow",), "tensorboard"),
        (("mlflow", "tensorboard"), (), "mlflow, tensorboard"),
    ],
)
def test_one_that_is_not_installed(install, tmp_path, asked, installed, missing):
    install(*installed)
    with pytest.raises(SettingsError, match=f"^{missing} is not installed. Install it with pip, or leave it out"):
        tracker_callbacks(make_plan("cnn", trackers=asked), tmp_path, "cnn-1")


def test_nothing_is_imported_where_none_is_asked_for(install, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)  # an import of it would fail
    install("tensorboard", "mlflow")
    assert tracker_callbacks(make_plan("cnn"), tmp_path, "cnn-1") == []


def test_tensorboard_writes_into_the_runs_folder(install, tmp_path):
    install("tensorboard")
    (callback,) = tracker_callbacks(make_plan("cnn", trackers=("tensorboard",)), tmp_path, "cnn-1")
    assert isinstance(callback, load_keras().callbacks.TensorBoard)
    assert callback.log_dir == str(tmp_path / "tensorboard")


def fail(*_args, **_options):
    raise ConnectionError("nobody answers")


PLAN = make_plan("cnn", {"epochs": 2, "batch_size": 20, "augment": False, "seed": 7}, trackers=("mlflow",))


def fit(tmp_path) -> Fitted:
    """A small training that is logged to MLflow."""

    class Telling(Watcher):
        def callbacks(self):
            return tracker_callbacks(PLAN, tmp_path, "cnn-1")

    images, labels = drawn_digits(120, 1)
    learn, check = (Dataset("drawn", images[part], labels[part].astype(np.int64)) for part in (np.s_[20:], np.s_[:20]))
    return fit_net(tiny_net, DigitLesson(learn, check), PLAN.settings, watcher=Telling())


def test_mlflow_hears_of_a_whole_training(diary, tmp_path):
    fitted = fit(tmp_path)
    before, after = ["set_experiment", "start_run", "log_params"], ["log_metrics", "log_metrics", "end_run"]
    assert [entry[0] for entry in diary] == before + after
    assert diary[0][1] == "hdr"
    assert diary[1][-1] == {"run_name": "cnn-1"}
    params = diary[2][1]
    assert (params["net"], params["epochs"], params["batch_size"], params["seed"]) == ("cnn", 2, 20, 7)
    for line, (_, figures, options) in zip(fitted.history, diary[3:5], strict=True):
        assert options == {"step": line["epoch"]}
        assert (
            figures.items() >= {name: line[name] for name in ("loss", "val_loss", "accuracy", "val_accuracy")}.items()
        )
        assert all(type(value) is float for value in figures.values())


@pytest.mark.parametrize("step", ["set_experiment", "start_run", "log_params"])
def test_a_server_that_does_not_answer_is_told_before_the_training(diary, tmp_path, monkeypatch, step):
    monkeypatch.setattr(sys.modules["mlflow"], step, fail)
    with pytest.raises(SettingsError, match=r"nobody answers.*MLFLOW_TRACKING_URI"):
        fit(tmp_path)
    assert "log_metrics" not in [entry[0] for entry in diary]


def test_a_server_that_goes_away_costs_no_training(diary, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["mlflow"], "log_metrics", fail)
    assert len(fit(tmp_path).history) == 2
    assert diary[-1][0] == "end_run"
    assert "MLflow missed epoch 2: nobody answers" in capsys.readouterr().err
