"""The Compare page's view of attacks: curves where measured, pictures attacked on demand, and what is missing."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import streamlit as st
from markup import unescaped
from streamlit.testing.v1 import AppTest
from tiny import tiny_net

from hdr.errors import ModelError
from hdr.score.attack import EPSILONS, Victim
from hdr.score.compare import load_entry
from hdr.ui.words import ALWAYS_MNIST

APP = str(Path(__file__).parents[2] / "app.py")
CURVES = {
    "n": 1000,
    "steps": 20,
    "fgsm": [[epsilon, 0.99 - epsilon] for epsilon in EPSILONS],
    "pgd": [[epsilon, 0.99 - 3 * epsilon] for epsilon in EPSILONS],
}


@cache
def victim() -> Victim:
    return Victim([tiny_net()])


@pytest.fixture
def attacks(monkeypatch):
    """Opens the view; every net is a tiny one, and the models named were measured."""

    def open_view(measured: tuple[str, ...] = (), **state) -> AppTest:
        def load(name, data, _changed):
            return replace(load_entry(name, data), measures={"attack": CURVES} if name in measured else {})

        monkeypatch.setattr("hdr.ui.comparing._entry", load)
        app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/compare.py")
        for key, value in ({"view": "Attacks"} | state).items():
            app.session_state[key] = value
        return app.run()

    monkeypatch.setattr("hdr.ui.attacks.load_victim", lambda _name: victim())
    st.cache_data.clear()
    st.cache_resource.clear()
    yield open_view
    st.cache_data.clear()
    st.cache_resource.clear()


def page(app: AppTest) -> str:
    """Everything that stands on the page as text or HTML."""
    assert not app.exception
    texts = [str(element.value) for kind in ("markdown", "caption") for element in getattr(app, kind)]
    return "\n".join([*texts, *(block.proto.body for block in app.get("html"))])


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def test_measured_nets_have_curves_and_pictures(attacks):
    app = attacks(("cnn", "rnn"), epsilon=0.2)
    text = page(app)
    assert "At ε 0.2: CNN 39.0% under PGD, 79.0% under FGSM · RNN 39.0% under PGD, 79.0% under FGSM" in text
    assert "1,000 pictures, evenly spread" in text
    assert charts(app) == 1
    assert not app.info
    assert text.count("<figure>") == 3 * 12
    assert "<b>CNN</b>, PGD at ε 0.2: 12 of 12 read otherwise than before" in text
    assert " → " in text


def test_what_was_not_measured_names_the_command_and_shows_pictures(attacks):
    app = attacks(("cnn",))
    assert [info.value for info in app.info] == [
        "Not measured yet: rnn. Measure with `python -m hdr measure rnn --only attack`.",
    ]
    assert charts(app) == 1
    assert "RNN" not in page(app).split("At ε")[1].split("<")[0]
    assert page(app).count("<figure>") == 3 * 12
    nothing = attacks()
    assert charts(nothing) == 0
    assert "python -m hdr measure cnn rnn" in nothing.info[0].value


def test_without_room_nothing_changes(attacks):
    app = attacks(("cnn",), compare=["CNN"], epsilon=0.0, attack="FGSM")
    assert "<b>CNN</b>, FGSM at ε 0: 0 of 12 read otherwise than before" in page(app)
    assert " → " not in page(app)


def test_a_choice_of_another_epsilon(attacks):
    app = attacks(("cnn",), compare=["CNN"])
    assert app.select_slider(key="epsilon").value == 0.15
    app = app.select_slider(key="epsilon").set_value(0.3).run()
    assert "PGD at ε 0.3" in page(app)
    assert "At ε 0.3: CNN 9.0% under PGD" in page(app)


@pytest.mark.parametrize("data", ["mnist", "usps"])
def test_another_set_is_said_not_to_matter(attacks, data):
    app = attacks(("cnn",), compare=["CNN"], data=data)
    assert [info.value for info in app.info] == ([] if data == "mnist" else [ALWAYS_MNIST])


def test_what_has_no_gradient(attacks):
    app = attacks(("cnn",), compare=["Naive Bayes"])
    assert "None of the chosen models has a gradient" in app.info[0].value
    assert charts(app) == 0
    app = attacks(("cnn",), compare=["CNN", "Naive Bayes"])
    assert "Without a gradient, so without attacks: Naive Bayes." in page(app)


def test_pictures_of_the_first_three_alone(attacks):
    app = attacks(("cnn",), compare=["CNN", "RNN", "Arun CNN", "Arun RNN"])
    assert page(app).count("<figure>") == 4 * 12
    assert "Pictures of the first 3 alone" in page(app)


def test_a_net_that_cannot_be_loaded_is_named(attacks, monkeypatch):
    def refuse(name):
        raise ModelError(f"The weights of model {name!r} are missing.")

    monkeypatch.setattr("hdr.ui.attacks.load_victim", refuse)
    app = attacks(("cnn", "rnn"))
    assert not app.exception
    assert [unescaped(error.value) for error in app.error] == [
        "The weights of model 'cnn' are missing.",
        "The weights of model 'rnn' are missing.",
    ]
    assert charts(app) == 1
