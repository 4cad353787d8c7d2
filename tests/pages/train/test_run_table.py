"""The table of runs without a browser: what can be done with one or several, a repeat, and damaged rows."""

import json

import pytest
from train_page import (
    DIGITS,
    PLAN,
    errors,
    field,
    keep_mine,
    keys,
    newest,
    open_page,
    press,
    quiet,
    run_in,
    run_in_every_state,
    save_tiny,
    texts,
)

from hdr.learn.plan import make_plan, plan_from_json
from hdr.learn.search import Range, Search
from hdr.store import runs
from hdr.store.promotions import promote


def test_the_table():
    numbers = run_in_every_state()
    save_tiny("model-done")
    table = open_page("Runs").dataframe[0].value.set_index("run")
    assert list(table.index) == sorted(table.index, reverse=True)
    for state, number in numbers.items():
        row = table.loc[number]
        assert (row["state"], row["model"]) == (state, f"model-{state}")
        assert row["what"] == "Quick CNN on scikit-learn's digits"
        assert row["epochs"] == ("0 of 3" if state == "queued" else "2 of 3")
        assert row["best validation"] == ("–" if state == "queued" else "87.50%")
    assert table.loc[numbers["done"], "test"] == "87.50% of validation"
    assert table.loc[numbers["failed"], "test"] == "–"
    assert set(table["what"].iloc[:2]) == {"Search: Quick CNN on scikit-learn's digits"}


ACTIONS = {
    "queued": {"run_stop", "run_repeat"},
    "running": {"run_stop", "run_repeat"},
    "done": {"run_repeat", "run_delete"},
    "stopped": {"run_resume", "run_repeat", "run_delete"},
    "failed": {"run_resume", "run_repeat", "run_delete"},
    "interrupted": {"run_resume", "run_repeat", "run_delete"},
}


@pytest.mark.parametrize("state", ACTIONS)
def test_what_can_be_done_with_a_run(state):
    number = run_in(state, "mine")
    app = open_page("Runs", opened=newest(0))
    assert not errors(app)
    assert {key for key in keys(app) if key and key.startswith("run_")} == ACTIONS[state]
    settings = app.dataframe[1].value.set_index("setting")["value"]
    assert settings["Batch size"] == "96"
    assert number == 1


def test_what_can_be_done_with_a_model_that_is_there():
    run_in("done", "mine")
    save_tiny("mine")
    app = open_page("Runs", opened=newest(0))
    assert "run_promote" in keys(app)
    press(app, "run_promote")
    assert app.session_state["train"] == "Default model"
    assert app.selectbox(key="candidate").value == "mine"


def test_a_run_is_compared_with_the_cnn(monkeypatch):
    run_in("done", "mine")
    save_tiny("mine")
    went = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, query_params: went.append((page, query_params)))
    press(open_page("Runs", opened=newest(0)), "run_compare")
    assert went == [("pages/compare.py", [("compare", "CNN"), ("compare", "mine")])]


def test_a_run_has_one_word_for_its_state_in_the_table_and_the_card():
    run_in("done", "mine")
    app = open_page("Runs")
    assert app.dataframe[0].value["state"][0] == "done"
    assert ":green-badge[done]" in texts(app)


def test_several_runs_are_compared():
    for name in ("one", "other", "third"):
        run_in("done", name)
    for name in ("one", "other"):
        save_tiny(name)
    app = open_page("Runs", opened=newest(0, 1, 2))
    assert "Runs without a model are left out" in texts(app)
    (link,) = [link for link in app.get("page_link") if link.proto.label.startswith("Compare ")]
    assert link.proto.label == "Compare other, one"


def test_delete(home):
    number = run_in("done", "mine")
    save_tiny("mine")
    (home / "runs" / str(number)).mkdir(parents=True)
    app = open_page("Runs", opened=newest(0))
    press(app, "run_delete")
    assert runs.list_runs() == []
    assert not (home / "models" / "mine").exists()
    assert not (home / "runs" / str(number)).exists()
    assert "No run yet" in texts(app)


def test_the_default_is_not_deleted(home):
    run_in("done", "mine")
    save_tiny("mine")
    promote("mine", {})
    app = open_page("Runs", opened=newest(0))
    press(app, "run_delete")
    assert "The model of run 1 is the default" in errors(app)[0]
    assert (home / "models" / "mine").exists()
    assert len(runs.list_runs()) == 1


def test_a_row_that_is_gone_is_no_longer_ticked():
    run_in("done", "mine")
    app = open_page("Runs", opened=[99])
    assert "Tick a run to open it" in texts(app)


def test_repeat_with_changes():
    plan = make_plan("rnn", {"epochs": 4, "seed": 9, "dropout": 0.3, "rotate": 30.0, "augment": True}, data=DIGITS)
    run_in("done", "mine", plan.as_json())
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert app.session_state["train"] == "New run"
    assert "Settings of run 1, **mine**." in texts(app)
    assert field(app, "number_input", "epochs").value == 4
    quiet(field(app, "number_input", "epochs").set_value(5).run())
    press(app, "start")
    latest, _ = runs.list_runs()
    assert plan_from_json(latest.plan) == make_plan("rnn", plan.wishes | {"epochs": 5}, data=DIGITS)
    assert latest.model == "rnn-1"
    assert "Settings of" not in texts(app), "the next one begins with a preset again"


def test_a_repeat_can_be_given_up():
    run_in("done", "mine")
    app = open_page(repeat=1)
    button = next(button for button in app.button if button.label == "Start from a preset instead")
    quiet(button.click().run())
    assert field(app, "number_input", "epochs").value == 17


@pytest.mark.parametrize("plan", ["{", "", "[]", json.dumps({"net": "cmm"})])
def test_a_damaged_plan_does_not_break_the_table(plan):
    run_in("done", "good")
    run_in("failed", "bad", plan)
    runs.add_run("search", plan, 20, "")
    app = open_page("Runs")
    assert not errors(app)
    table = app.dataframe[0].value.set_index("model")
    assert table.loc["good", "what"] == "Quick CNN on scikit-learn's digits"
    assert "cannot be read" in table.loc["bad", "what"]
    assert "cannot be read" in table["what"].iloc[0]


def test_a_run_with_a_damaged_plan_can_be_deleted():
    run_in("failed", "bad", "{")
    app = open_page("Runs", opened=newest(0))
    assert "cannot be read" in errors(app)[0]
    press(app, "run_delete")
    assert runs.list_runs() == []


def test_a_damaged_plan_is_in_nobodys_way():
    run_in("failed", "bad", "{")
    app = open_page()
    assert not errors(app)
    assert "start" in keys(app)


def test_a_damaged_plan_is_not_repeated():
    run_in("failed", "bad", "{")
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert any("settings cannot be read" in error for error in errors(app))
    assert "repeat" not in app.session_state


def test_a_damaged_search_is_in_nobodys_way():
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    runs.add_run("search", "{", 20, "")
    assert len(open_page("Search").selectbox(key="search_run").options) == 2


def test_the_opened_run_stays_open_when_another_is_queued():
    run_in("done", "first")
    app = open_page("Runs", opened=newest(0))
    assert app.subheader[0].value == "first"
    run_in("queued", "second")
    quiet(app.run())
    assert app.subheader[0].value == "first"


def test_a_run_that_was_deleted_is_no_longer_repeated():
    app = open_page(repeat=99)
    assert "start" in keys(app)


def test_a_repeated_run_has_its_shares():
    keep_mine()
    run_in("done", "mixed", make_plan("quick_cnn", data=(("digits", 0.8), ("mine", 0.2))).as_json())
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert "80% scikit-learn's digits, 20% mine" in texts(app)


def test_a_repeated_run_may_have_counted_its_validation_part():
    run_in("done", "counted", make_plan("quick_cnn", {"validation": 100}, data=DIGITS).as_json())
    assert not open_page(repeat=1).button(key="start").disabled
