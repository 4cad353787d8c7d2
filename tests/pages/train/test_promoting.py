"""The default model on the Train page without a browser: a candidate tried, promoted, left, taken back."""

import shutil

from streamlit.testing.v1 import AppTest
from tiny import kept_evidence
from train_page import APP, errors, keys, open_page, press, quiet, run_in, save_tiny, texts

from hdr.config import DEFAULT_MODEL
from hdr.store.promotions import default_model, list_promotions, promote


def test_a_candidate_is_tried_and_promoted_and_taken_back():
    save_tiny("mine")
    app = open_page("Default model")
    assert "read with **Ensemble**" in texts(app)
    assert app.selectbox(key="candidate").options[0] == "mine", "one's own come first"
    quiet(app.selectbox(key="candidate").set_value("mine").run())
    table = app.dataframe[0].value
    assert table["test set"].tolist() == ["digits"]
    assert table["pictures"].tolist() == [1797]
    assert "worse" in texts(app)
    assert "Ensemble alone" in texts(app)
    assert default_model() == DEFAULT_MODEL
    press(app, "promote")
    assert default_model() == "mine"
    (evidence,) = kept_evidence()
    assert evidence["digits"]["n"] == 1797
    assert evidence["digits"]["candidate"] < evidence["digits"]["current"]
    assert "read with **mine**" in texts(app)
    assert app.selectbox(key="candidate").value is None
    assert f"back-{DEFAULT_MODEL}" in keys(app)
    press(app, f"back-{DEFAULT_MODEL}")
    assert default_model() == DEFAULT_MODEL
    assert [promotion.model for promotion in list_promotions()] == [DEFAULT_MODEL, "mine"]
    assert {"back-mine"} == {key for key in keys(app) if key and key.startswith("back-")}


def test_a_candidate_is_judged_on_what_neither_has_seen():
    save_tiny("mine", trained_on=("mnist", "digits"))
    save_tiny("yours")
    promote("yours", {})
    app = open_page("Default model", candidate="mine")
    table = app.dataframe[0].value
    assert (table["test set"].tolist(), table["pictures"].tolist()) == (["digits-test"], [597])
    assert table["difference"].tolist() == ["+0.00 points"]
    assert "level" in texts(app)


def test_a_link_carries_the_candidate():
    save_tiny("mine")
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    app.query_params["train"], app.query_params["candidate"] = "Default model", "mine"
    quiet(app.run())
    assert app.selectbox(key="candidate").value == "mine"
    assert app.dataframe[0].value["test set"].tolist() == ["digits"]


def test_a_candidate_may_be_left():
    save_tiny("mine")
    app = open_page("Default model", candidate="mine")
    press(app, "leave")
    assert app.selectbox(key="candidate").value is None
    assert (default_model(), list_promotions()) == (DEFAULT_MODEL, [])


def test_from_the_finished_run_to_its_trial():
    number = run_in("done", "mine")
    save_tiny("mine")
    app = open_page()
    press(app, f"gate-{number}")
    assert app.session_state["train"] == "Default model"
    assert app.selectbox(key="candidate").value == "mine"


def test_the_default_is_no_candidate_and_neither_is_what_is_gone(home):
    save_tiny("mine")
    promote("mine", {})
    for gone in ("mine", "nothing"):
        app = open_page("Default model", candidate=gone)
        assert app.selectbox(key="candidate").value is None
    shutil.rmtree(home / "models" / "mine")
    app = open_page("Default model")
    assert "read with **Ensemble**" in texts(app)
    assert not {key for key in keys(app) if key and key.startswith("back-")}


def test_a_damaged_candidate_gives_a_message(home):
    save_tiny("mine")
    (home / "models" / "mine" / "model.joblib").write_bytes(b"")
    app = open_page("Default model", candidate="mine")
    assert "weights of model 'mine'" in errors(app)[0]
    assert "promote" not in keys(app)


def test_a_model_that_goes_while_one_looks_at_it(home):
    save_tiny("mine")
    app = open_page("Default model", candidate="mine")
    shutil.rmtree(home / "models" / "mine")
    press(app, "promote")
    assert "mine" in errors(app)[0]
