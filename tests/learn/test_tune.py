"""Searching for settings: ranges, searches as text, trials made, given up, stopped and resumed, what they showed."""

import shutil
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import optuna
import pytest
from tiny import drawn_digits, tiny_net

from hdr.data.datasets import Dataset
from hdr.data.labelled import keep_set
from hdr.errors import DataError, RunError, SettingsError, StoreError
from hdr.learn.heartbeat import Heart
from hdr.learn.plan import make_plan
from hdr.learn.search import Range, Search, parse_range, search_from_json
from hdr.learn.studies import (
    Trial,
    best_plan,
    best_trial,
    delete_study,
    importances,
    load_trials,
    open_study,
    studies_path,
)
from hdr.learn.tune import run_search
from hdr.nets import NETS, NetSpec
from hdr.store import runs

PLAIN = {
    "optimizer": "adam",
    "schedule": "constant",
    "augment": False,
    "calibrate": False,
    "label_smoothing": 0.0,
    "epochs": 2,
    "batch_size": 20,
    "seed": 7,
}
IMAGES, LABELS = drawn_digits(300, 1)
RATE = Range("learning_rate", 1e-5, 1e-1, log=True)
SMOOTHING = Range("label_smoothing", 0.0, 0.5)


@pytest.fixture(scope="module")
def empty_studies(tmp_path_factory):
    """A file of studies without any: to make its tables takes longer than most tests here."""
    path = tmp_path_factory.mktemp("studies") / "studies.sqlite3"
    optuna.storages.RDBStorage(f"sqlite:///{path}").engine.dispose()
    return path


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, empty_studies):
    """A person's folder with a small set and no studies, and a small net in the registry."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(NETS, "tiny", NetSpec("Tiny", "One dense layer.", tiny_net, PLAIN))
    keep_set("mine", Dataset("mine", IMAGES, LABELS.astype(np.int64)))
    shutil.copy(empty_studies, studies_path())
    return tmp_path / "home"


@pytest.fixture
def fits(monkeypatch):
    """The plans of trials that nobody trains: accuracy rises by the epoch, and is best at a learning rate of 0.01."""
    plans = []

    def fit_plan(plan, parts, watcher, most):
        del most
        plans.append(plan)
        history = []
        for epoch in range(plan.settings.epochs):
            if watcher.batch_done(1, parts.lesson.size // plan.settings.batch_size):
                return None, {"stopped": "early"}, history
            accuracy = (epoch + 1) / plan.settings.epochs - abs(np.log10(plan.settings.learning_rate) + 2) / 10
            history.append({"epoch": epoch, "val_accuracy": accuracy})
            watcher.epoch_done(history)
        return None, {}, history

    monkeypatch.setattr("hdr.learn.tune.fit_plan", fit_plan)
    return plans


def search(*ranges: Range, trials: int = 3, changes: dict | None = None, **others) -> Search:
    plan = make_plan("tiny", changes, data=(("mine", 1.0),))
    return Search(plan, ranges or (RATE,), **{"study": "first", "trials": trials} | others)


def run_of(wanted: Search) -> runs.Run:
    for open_run in runs.list_runs():
        runs.end_run(open_run.id, "done")
    runs.add_run("search", wanted.as_json(), wanted.trials, "")
    return runs.claim_next()


def seek(wanted: Search, heart: Heart | None = None) -> bool:
    """Make the trials of a search in a run of its own; whether it was stopped."""
    run = run_of(wanted)
    return run_search(run, heart or Heart(run.id))


def states(wanted: Search) -> list[str]:
    return [trial.state for trial in reversed(load_trials(wanted))]


def params(wanted: Search) -> list[dict]:
    return [trial.params for trial in reversed(load_trials(wanted))]


def accuracies(wanted: Search, number: int) -> list[float]:
    """What a trial reported after each epoch."""
    with open_study(wanted) as study:
        return list(study.trials[number].intermediate_values.values())


def add_good_trials(wanted: Search) -> None:
    """Five complete trials in the person's own file, nearly right after every epoch."""
    assert load_trials(wanted) == []
    study = optuna.load_study(study_name=wanted.study, storage=f"sqlite:///{studies_path()}")
    for _ in range(5):
        study.add_trial(optuna.create_trial(value=0.9, intermediate_values=dict.fromkeys(range(4), 0.9)))
    study._storage._backend.engine.dispose()


class Tired(Heart):
    """A heart that wants to stop after it was asked so many times."""

    def __init__(self, patience: int) -> None:
        self.patience = patience

    @property
    def stopping(self) -> bool:
        self.patience -= 1
        return self.patience < 0


# --- ranges and searches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("learning_rate=1e-4..1e-2", Range("learning_rate", 1e-4, 1e-2, log=True)),
        ("learning_rate=0.001..0.009", Range("learning_rate", 0.001, 0.009)),
        ("batch_size=32..256", Range("batch_size", 32, 256)),
        ("batch_size=16..160", Range("batch_size", 16, 160, log=True)),
        ("weight_decay=0..1", Range("weight_decay", 0.0, 1.0)),
        ("label_smoothing = 0 .. .3", Range("label_smoothing", 0.0, 0.3)),
        ("dropout=0.1..0.5", Range("dropout", 0.1, 0.5)),
        ("rotate=5..20", Range("rotate", 5.0, 20.0)),
        ("optimizer=adamw,sgd", Range("optimizer", choices=("adamw", "sgd"))),
        ("schedule=one-cycle, constant", Range("schedule", choices=("one-cycle", "constant"))),
    ],
)
def test_ranges_of_the_command_line(text, expected):
    found = parse_range(text)
    assert found == expected
    assert type(found.low) is type(expected.low)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("learning_rate", "NAME=LOW..HIGH"),
        ("learning_rate=", "learning_rate needs a range to be searched for in, such as 1e-4..1e-2"),
        ("loss=", "such as categorical,binary"),
        ("=1..2", "'' cannot be searched for"),
        ("seed=1..9", "'seed' cannot be searched for. Known: epochs"),
        ("validation=0.1..0.2", "cannot be searched for"),
        ("augment=true,false", "cannot be searched for"),
        ("learning_rate=0.1", "one number to a larger one"),
        ("learning_rate=..1", "between two numbers"),
        ("learning_rate=a..b", "between two numbers, such as 1e-4..1e-2, not 'a..b'"),
        ("learning_rate=0.1..0.01", "0.1 to 0.01"),
        ("learning_rate=0.1..0.1", "larger"),
        ("learning_rate=0..1", "within 1e-08 to 10"),
        ("learning_rate=nan..1", "within"),
        ("learning_rate=1..inf", "within"),
        ("batch_size=1.5..20", "between two whole numbers"),
        ("batch_size=0..20", "one whole number to a larger one, both within 1 to 65536, such as 32..256, not 0 to 20"),
        ("rotate=0..90", "within 0 to 45"),
        ("optimizer=adamw", "two or more of adamw, adam, sgd, not adamw"),
        ("optimizer=adamw,adamw", "two or more"),
        ("optimizer=adamw,lion", "not adamw, lion"),
        ("optimizer=1..2", "two or more of adamw, adam, sgd, not 1 to 2"),
    ],
)
def test_no_ranges(text, said):
    with pytest.raises(SettingsError) as raised:
        parse_range(text)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "weight_decay", "low": 0.0, "high": 1.0, "log": True}, "only from above 0"),
        ({"name": "batch_size", "low": 1.0, "high": 20.0}, "whole number"),
        ({"name": "epochs", "low": True, "high": 20}, "whole number"),
        ({"name": "epochs", "low": 1, "high": 20, "choices": ("1", "2")}, "not 1, 2"),
        ({"name": "loss", "low": 1, "high": 2}, "not 1 to 2"),
    ],
)
def test_ranges_are_checked_at_birth(given, said):
    with pytest.raises(SettingsError, match=said):
        Range(**given)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ranges": ()}, "one setting to search for or more"),
        ({"ranges": (RATE, RATE)}, "each of them once"),
        ({"ranges": (Range("rotate", 0, 20),)}, "where augment is true"),
        ({"plan": make_plan("knn")}, "knn heeds no learning_rate"),
        ({"trials": 0}, "trials must be a whole number, 1 to 1,000, not 0"),
        ({"trials": 1001}, "not 1001"),
        ({"trials": 2.0}, "not 2.0"),
        ({"pictures": 0}, "pictures must be"),
        ({"study": "a b"}, "'a b'"),
        ({"study": ""}, "''"),
        ({"storage": "secret"}, "postgresql://user:password@host/name"),
        ({"storage": ""}, "must be a database's URL"),
    ],
)
def test_searches_are_checked_at_birth(change, said):
    with pytest.raises(SettingsError) as raised:
        replace(search(), **change)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "wanted",
    [
        {"ranges": (RATE,)},
        {"ranges": (RATE, Range("batch_size", 8, 64, log=True), Range("optimizer", choices=("adamw", "sgd")))},
        {"ranges": (Range("rotate", 0, 20.5),), "changes": {"augment": True, "noise": 0.3}, "pictures": 99},
        {"ranges": (RATE,), "storage": "postgresql://someone:secret@there/studies"},
    ],
    ids=["plain", "of all kinds", "distortions", "shared"],
)
def test_a_search_goes_into_text_and_back(wanted):
    there = search(*wanted.pop("ranges"), **wanted)
    assert search_from_json(there.as_json()) == there
    assert "secret" not in repr(there)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"plan": {}, "ranges": []}'])
def test_text_of_another_version(text):
    with pytest.raises(SettingsError, match="Set it up anew"):
        search_from_json(text)


def test_text_with_something_unknown():
    with pytest.raises(SettingsError, match=r"wishful.*Set it up anew"):
        search_from_json(search().as_json()[:-1] + ', "wishful": 1}')


# --- real trials ----------------------------------------------------------------------------------------------------


def test_a_search_finds_a_better_learning_rate():
    wanted = search(trials=4, pictures=200)
    run = run_of(wanted)
    assert not run_search(run, Heart(run.id))
    trials = load_trials(wanted)
    assert [trial.number for trial in trials] == [3, 2, 1, 0]
    assert states(wanted) == ["complete"] * 4
    for trial in trials:
        reported = accuracies(wanted, trial.number)
        assert len(reported) == 2
        assert trial.value == max(reported)
        assert 1e-5 <= trial.params["learning_rate"] <= 1e-1
    best, worst = max(trials, key=lambda trial: trial.value), min(trials, key=lambda trial: trial.value)
    assert best.value > worst.value + 0.3
    assert best_plan(wanted) == make_plan("tiny", best.params, data=(("mine", 1.0),))
    run = runs.get_run(run.id)
    assert (run.epoch, run.epochs, run.batches) == (4, 4, 2 * (200 // 20))
    assert runs.read_epochs(run.id) == {}


@pytest.mark.parametrize("net", ["tiny", "pen", "crnn"])
def test_a_trial_has_so_many_pictures_as_were_asked_for(net, monkeypatch):
    def end(*asked):
        raise RuntimeError(f"It has {asked[2]} batches.")

    monkeypatch.setattr("hdr.learn.tune._TrialWatcher.batch_done", end)
    plan = make_plan(net, {"epochs": 1, "batch_size": 20}, data=(("mine", 1.0),))
    with pytest.raises(RuntimeError, match="has 2 batches"):
        seek(Search(plan, (RATE,), "first", trials=1, pictures=40))


def test_a_hopeless_trial_is_given_up():
    """It learns next to nothing, where five trials were nearly right after every epoch."""
    wanted = search(Range("learning_rate", 1e-8, 1e-7), trials=6, changes={"epochs": 4})
    add_good_trials(wanted)
    assert not seek(wanted)
    trial = load_trials(wanted)[0]
    reported = accuracies(wanted, trial.number)
    assert (trial.state, len(reported)) == ("pruned", 2)
    assert trial.value == reported[1] < 0.5


def test_a_trial_is_not_given_up_after_its_last_epoch(fits):
    wanted = search(Range("learning_rate", 1e-8, 1e-7), trials=6)
    add_good_trials(wanted)
    assert not seek(wanted)
    assert states(wanted) == ["complete"] * 6
    assert len(fits) == 1


def test_stopped_and_resumed():
    """A trial has 2 epochs of 13 batches; the heart is asked before each trial and after each batch."""
    wanted = search(trials=2)
    assert seek(wanted, Tired(1 + 26 + 1 + 5))
    assert states(wanted) == ["complete", "fail"]
    assert not seek(wanted)
    assert states(wanted) == ["complete", "fail", "complete"]
    assert len({tried["learning_rate"] for tried in params(wanted)}) == 3


# --- how trials are asked for, with no training ---------------------------------------------------------------------


def test_a_trial_is_the_plan_with_other_values(fits):
    ranges = (RATE, Range("batch_size", 8, 64), Range("optimizer", choices=("adamw", "sgd")), Range("rotate", 1.0, 9.0))
    wanted = search(*ranges, changes={"augment": True, "noise": 0.3, "calibrate": True})
    seek(wanted)
    for plan, tried in zip(fits, params(wanted), strict=True):
        assert list(tried) == [span.name for span in ranges]
        assert type(tried["batch_size"]) is int
        assert plan.wishes == wanted.plan.wishes | tried | {"calibrate": False}
        assert plan.data == wanted.plan.data


def test_a_trial_distorts_as_far_as_it_says(fits, monkeypatch):
    """The pictures are loaded once for all trials; how far they are distorted may be searched for."""
    from hdr.learn import tune

    fit_plan, lessons = tune.fit_plan, []

    def fit(plan, parts, *others, **wishes):
        lessons.append(parts.lesson)
        return fit_plan(plan, parts, *others, **wishes)

    monkeypatch.setattr("hdr.learn.tune.fit_plan", fit)
    seek(search(Range("rotate", 1.0, 9.0), changes={"augment": True, "noise": 0.3}))
    assert [lesson.augmentation for lesson in lessons] == [plan.augmentation for plan in fits]
    assert len({lesson.augmentation.rotate for lesson in lessons}) == 3
    assert all(lesson.learn is lessons[0].learn for lesson in lessons)


def test_sigmoids_are_not_calibrated(fits):
    wanted = search(Range("loss", choices=("categorical", "binary")), trials=6, changes={"calibrate": True})
    seek(wanted)
    assert {plan.settings.loss for plan in fits} == {"categorical", "binary"}
    settings = best_plan(wanted).settings
    assert settings.calibrate == (settings.loss == "categorical")


def test_the_seed_fixes_the_trials_and_a_resumed_search_goes_on_alike(fits):
    ranges = (RATE, SMOOTHING)
    whole, halves = search(*ranges, trials=7), search(*ranges, trials=3, study="halves")
    other = search(*ranges, trials=3, study="other", changes={"seed": 8})
    for wanted in (whole, halves, replace(halves, trials=7), other):
        assert not seek(wanted)
    assert params(whole) == params(halves)
    assert len({tried["learning_rate"] for tried in params(whole)}) == 7
    assert params(other) != params(whole)[:3]
    assert len(fits) == 17


def test_a_search_that_is_done_makes_no_trial(fits):
    seek(search(trials=3))
    assert not seek(search(trials=2))
    assert len(fits) == 3


def test_two_searches_share_a_storage(fits, home):
    shared = {"storage": f"sqlite:///{home / 'shared.sqlite3'}"}
    seek(search(trials=2, **shared))
    seek(search(trials=5, **shared))
    assert states(search(**shared)) == ["complete"] * 5
    assert len(fits) == 5
    assert load_trials(search()) == []


def test_another_search_cannot_use_the_name(fits):
    seek(search(trials=1))
    for other in (search(SMOOTHING), search(pictures=20), search(changes={"epochs": 3})):
        with pytest.raises(SettingsError, match="Give this search another name"):
            seek(other)
        with pytest.raises(SettingsError, match="Study first is of another plan"):
            load_trials(other)
    assert len(fits) == 1


@pytest.mark.parametrize(("shared", "state"), [(False, "fail"), (True, "running")])
def test_what_a_killed_process_left_open(fits, home, shared, state):
    """In a shared storage it may be another machine's."""
    url = f"sqlite:///{home / 'shared.sqlite3' if shared else studies_path()}"
    wanted = search(storage=url if shared else None)
    load_trials(wanted)
    study = optuna.load_study(study_name="first", storage=url)
    study.ask()
    study._storage._backend.engine.dispose()
    assert states(wanted) == ["running"]
    seek(wanted)
    assert states(wanted) == [state] + ["complete"] * 3
    assert len(fits) == 3


def test_progress_and_quiet(fits, monkeypatch, capfd):
    notes = []
    monkeypatch.setattr("hdr.store.runs.note_progress", lambda _, **columns: notes.append(columns))
    wanted = search(RATE, Range("batch_size", 8, 64), Range("optimizer", choices=("adamw", "sgd")), trials=2)
    seek(wanted)
    assert [note["message"] for note in notes if "message" in note] == [
        f"trial {number} of 2: learning_rate {tried['learning_rate']:.3g}, batch_size {tried['batch_size']}, "
        f"optimizer {tried['optimizer']}"
        for number, tried in enumerate(params(wanted), 1)
    ]
    assert [note["epoch"] for note in notes if "epoch" in note] == [0, 1, 2]
    batches = 275 // fits[0].settings.batch_size
    assert {"batch": 1, "batches": 2 * batches} in notes
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_for_the_progress_does_not_end_the_search(fits, monkeypatch):
    def fail(*_, **__):
        raise StoreError("full")

    monkeypatch.setattr("hdr.store.runs.note_progress", fail)
    assert not seek(search())
    assert len(fits) == 3


def test_a_trial_that_diverges_does_not_end_the_search(fits, monkeypatch, capfd):
    from hdr.learn import tune

    fit_plan, failing = tune.fit_plan, [True, False, True, False, False]

    def fit(plan, *others, **wishes):
        if failing.pop(0):
            raise RunError("Its loss is no number any more in epoch 1. Lower the learning rate.")
        return fit_plan(plan, *others, **wishes)

    monkeypatch.setattr("hdr.learn.tune.fit_plan", fit)
    assert not seek(search())
    assert states(search()) == ["fail", "complete", "fail", "complete", "complete"]
    assert capfd.readouterr().err == "".join(
        f"Trial {number} failed. Its loss is no number any more in epoch 1. Lower the learning rate.\n"
        for number in (0, 2)
    )
    assert load_trials(search())[-1].value is None
    assert len(fits) == 3


def test_trial_after_trial_fails(monkeypatch):
    def fit(*_, **_wishes):
        raise RunError("Its loss is no number any more.")

    monkeypatch.setattr("hdr.learn.tune.fit_plan", fit)
    with pytest.raises(RunError, match="5 trials in a row failed"):
        seek(search(trials=20))
    assert states(search()) == ["fail"] * 5


@pytest.mark.parametrize(
    ("wanted", "error", "said"),
    [
        (
            {"ranges": (Range("batch_size", 8, 101),), "pictures": 100},
            SettingsError,
            "1 to 100, .* of an epoch, not 101",
        ),
        ({"ranges": (RATE,), "pictures": 19}, SettingsError, "1 to 19, .* not 20"),
        ({"ranges": (Range("dropout", 0.1, 0.5),)}, SettingsError, "no dropout layer"),
    ],
)
def test_ranges_that_do_not_fit_net_or_data(wanted, error, said):
    with pytest.raises(error, match=said):
        seek(search(*wanted.pop("ranges"), **wanted))


def test_data_that_is_not_there():
    with pytest.raises(DataError, match="'gone'"):
        seek(Search(make_plan("tiny", data=(("gone", 1.0),)), (RATE,), "first"))


# --- what the trials showed -----------------------------------------------------------------------------------------


def test_a_search_that_has_not_begun():
    assert load_trials(search()) == []
    assert importances(search(RATE, SMOOTHING, study="other")) == {}
    with pytest.raises(RunError, match="No trial of study first is complete yet"):
        best_plan(search())


@pytest.mark.parametrize(
    ("tried", "best"),
    [
        ([], None),
        ([("running", None), ("fail", None), ("pruned", 0.9)], None),
        ([("complete", 0.7), ("pruned", 0.9), ("complete", 0.8), ("complete", 0.8)], 2),
    ],
)
def test_the_best_trial_is_the_first_best_of_the_complete_ones(tried, best):
    newest_first = [Trial(number, state, value, {}) for number, (state, value) in enumerate(tried)][::-1]
    found = best_trial(newest_first)
    assert (found and found.number) == best


def test_the_best_plan_has_all_data_and_the_nearest_rate(fits):
    wanted = search(RATE, SMOOTHING, trials=8, pictures=50, changes={"calibrate": True})
    seek(wanted)
    best = min(params(wanted), key=lambda tried: abs(np.log10(tried["learning_rate"]) + 2))
    assert best_plan(wanted) == make_plan("tiny", best | {"calibrate": True}, data=(("mine", 1.0),))
    assert len(fits) == 8


def test_importances(fits):
    wanted = search(SMOOTHING, RATE, trials=12)
    seek(wanted)
    shares = importances(wanted)
    assert list(shares) == ["learning_rate", "label_smoothing"]
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["learning_rate"] > 0.6
    assert {type(share) for share in shares.values()} == {float}
    assert importances(wanted) == shares
    assert len(fits) == 12


def test_no_importances_of_one_setting_or_of_equal_trials(fits):
    one, equal = search(trials=2), search(SMOOTHING, Range("batch_size", 8, 64), trials=3, study="equal")
    for wanted in (one, equal):
        seek(wanted)
        assert importances(wanted) == {}
    assert len(fits) == 5


# --- where they are kept --------------------------------------------------------------------------------------------


def test_pages_that_open_the_first_study_at_once():
    studies_path().unlink()
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(load_trials, [search()] * 4)) == [[]] * 4


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://someone:secret@127.0.0.1:1/studies",
        "nothing://someone:secret@there/studies",
        "mysql://someone:secret@there:secret/studies",
        "mysql://someone:{secret@there/studies",
        "sqlite:////proc/none/secret.sqlite3",
    ],
)
def test_a_shared_storage_that_cannot_be_used(url):
    with pytest.raises(StoreError, match="shared storage of study first cannot be used") as raised:
        load_trials(search(storage=url))
    assert url.partition(":")[0] in str(raised.value)
    assert "secret" not in "".join(traceback.format_exception(raised.value, limit=0))


def test_a_damaged_file():
    studies_path().write_text("no database " * 100)
    with pytest.raises(StoreError, match=r"studies.sqlite3 cannot be used \(file is not a database\)"):
        load_trials(search())


def test_a_folder_that_is_a_file(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("HDR_HOME", str(home / "file"))
    with pytest.raises(StoreError, match="Make its folder writable"):
        load_trials(search())


def test_a_storage_that_is_lost_under_way(monkeypatch):
    def fit(*_, **_wishes):
        studies_path().write_text("no database " * 1000)

    monkeypatch.setattr("hdr.learn.tune.fit_plan", fit)
    with pytest.raises(StoreError, match=r"studies.sqlite3 cannot be used \("):
        seek(search())


def test_a_deleted_study_is_gone_and_one_that_there_is_not_is_no_matter():
    wanted = search()
    add_good_trials(wanted)
    delete_study(wanted)
    delete_study(wanted)
    assert load_trials(wanted) == []
    studies_path().unlink()
    delete_study(wanted)
    assert not studies_path().exists()
