"""The search of the Train page without a browser: what is queued and refused, and what its trials have shown."""

import optuna
import pytest
from train_page import DIGITS, PLAN, errors, keys, newest, open_page, press, quiet, run_in, texts

from hdr.errors import StoreError
from hdr.learn.search import Range, Search, search_from_json
from hdr.learn.studies import open_study
from hdr.store import runs


def test_a_search_is_queued(started):
    app = open_page("Search")
    app.number_input(key="search_trials").set_value(5)
    app.number_input(key="search_epochs").set_value(2)
    app.multiselect(key="search_over").set_value(["learning_rate", "optimizer"])
    quiet(app.run())
    app.text_input(key="range-learning_rate").set_value("1e-3..1e-2")
    quiet(app.text_input(key="range-optimizer").set_value("adam,sgd").run())
    assert "5 trials: at most about" in texts(app)
    press(app, "search_start")
    (run,) = runs.list_runs()
    search = search_from_json(run.plan)
    assert (run.kind, run.model, run.epochs, run.state) == ("search", "", 5, "queued")
    assert (search.trials, search.plan.settings.epochs, search.plan.data) == (5, 2, DIGITS)
    assert {span.name: (span.low, span.high, span.choices) for span in search.ranges} == {
        "learning_rate": (0.001, 0.01, ()),
        "optimizer": (0.0, 0.0, ("adam", "sgd")),
    }
    assert started
    assert "No trial has finished yet" in texts(app)


def add_search(*tried: tuple[str, float]) -> None:
    """A search whose trials ended in these states with these values."""
    search = Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first")
    runs.add_run("search", search.as_json(), 20, "")
    with open_study(search, working=True) as study:
        for state, value in tried:
            trial = study.ask({"learning_rate": optuna.distributions.FloatDistribution(1e-4, 1e-2)})
            trial.report(value, 0)
            pruned = state == "pruned"
            study.tell(trial, None if pruned else value, optuna.trial.TrialState[state.upper()])


def test_the_best_complete_trial_is_offered_as_a_run():
    add_search(("complete", 0.5), ("pruned", 0.75))
    app = open_page("Search")
    assert "Best so far: trial 0, **50.00%**" in texts(app)
    press(app, "search_best")
    assert [run.kind for run in runs.list_runs()] == ["train", "search"]


def test_a_search_that_is_deleted_takes_its_trials_along():
    add_search(("complete", 0.5))
    runs.ask_to_stop(newest(0)[0])
    press(open_page("Runs", opened=newest(0)), "run_delete")
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    assert "No trial has finished yet" in texts(open_page("Search"))


def test_trials_of_two_searches_stay_with_the_other():
    add_search(("complete", 0.5))
    runs.ask_to_stop(newest(0)[0])
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first", trials=30).as_json(), 30, "")
    press(open_page("Runs", opened=newest(1)), "run_delete")
    assert "Best so far: trial 0" in texts(open_page("Search"))


def test_words_of_strangers_are_no_markup():
    run_in("failed", "bad", '{"net": "![](http://example.org/x.png)"}')
    app = open_page("Runs", opened=newest(0))
    assert "![](" not in "".join(error.value for error in app.error)


def test_without_a_complete_trial_none_is_offered():
    add_search(("pruned", 0.75))
    app = open_page("Search")
    assert "Best so far" not in texts(app)
    assert "search_best" not in keys(app)


def test_a_best_trial_that_cannot_be_queued_is_a_plain_message(monkeypatch):
    def fail(_):
        raise StoreError("The disk is full.")

    add_search(("complete", 0.5))
    app = open_page("Search")
    monkeypatch.setattr("hdr.ui.searching.submit", fail)
    assert errors(press(app, "search_best")) == ["The disk is full."]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("range-learning_rate", "fast", "Learning rate is searched for from one number to a larger one"),
        ("range-learning_rate", "a..b", "Learning rate is searched for between two numbers, such as 1e-4..1e-2, not"),
        ("range-learning_rate", "1e-2..1e-4", "to a larger one"),
        ("range-batch_size", "", "Batch size needs a range to be searched for in, such as 32..256."),
        ("search_trials", 0, "trials must be a whole number"),
        ("search_epochs", 0, "Epochs must be a whole number"),
    ],
)
def test_searches_that_are_refused(key, value, said):
    app = open_page("Search")
    box = app.text_input(key=key) if key.startswith("range") else app.number_input(key=key)
    quiet(box.set_value(value).run())
    assert app.button(key="search_start").disabled
    assert runs.list_runs() == []
    assert said in texts(app)
    assert "learning_rate" not in texts(app)
