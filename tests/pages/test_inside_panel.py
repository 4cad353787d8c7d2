"""The look inside the nets on the Draw page: closed it costs nothing; open it shows every net, digit and view."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from test_draw_page import draw, shown

from hdr.nets.inside import Inside
from hdr.ui import inside as panel

APP = str(Path(__file__).parents[2] / "app.py")


def visit(*, opened: bool, **choices: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120).switch_page("pages/draw.py")
    if opened:
        app.query_params["inside"] = "true"
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [expander.label for expander in app.expander]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_a_closed_panel_never_touches_the_nets(monkeypatch):
    def refuse(*_: Any) -> None:
        raise AssertionError("a closed panel asked for something")

    monkeypatch.setattr(panel, "_opened", refuse)
    monkeypatch.setattr(panel, "_show_net", refuse)
    for name in ("__init__", "answer", "integrated_gradients", "grad_cam", "feature_maps", "beliefs"):
        monkeypatch.setattr(Inside, name, refuse)
    app = draw(visit(opened=False), 4)
    draw(app, 4, 0)
    assert labels(app) == ["Look inside the nets"]
    assert "hdr-heat" not in shown(app)
    assert not charts(app)


@pytest.mark.parametrize("digits", [(), None])
def test_there_is_no_panel_without_a_digit(digits):
    app = visit(opened=True)
    if digits is not None:
        draw(app, *digits)
    assert not labels(app)


def test_an_open_panel_shows_where_both_nets_look_the_maps_and_the_belief():
    app = draw(visit(opened=True), 7)
    html = shown(app)
    assert html.count('class="hdr-heat"') == 2
    assert html.count("<span>for 7: ") == 2
    assert [f"Convolution {number} " in html for number in (1, 2, 3, 4, 5)] == [True] * 4 + [False]
    assert "128 maps of 7 × 7, the 16 in which it found most" in html
    assert html.count(", map ") == 2 * 4 * 16
    moving, lines = charts(app)
    assert len(moving["frames"]) == len(moving["layout"]["sliders"][0]["steps"]) == 28
    assert lines["data"][0]["name"] == "7"
    assert any("looked into in" in line.value for line in app.markdown)


def test_several_digits_are_looked_into_one_by_one():
    app = draw(visit(opened=True, models="CNN"), 4, 0, 7)
    assert "<span>for 4: " in shown(app)
    chooser = next(group for group in app.get("button_group") if group.label == "Look into")
    assert list(chooser.options) == ["4", "0", "7"]
    app.session_state["inside_place"] = 2
    app.run()
    assert not app.exception
    assert "<span>for 7: " in shown(app)
    draw(app, 3)
    assert "<span>for 3: " in shown(app), "a digit that is gone is no longer looked into"


def test_another_digit_and_the_other_view_can_be_asked_for():
    app = draw(visit(opened=True, models="CNN", inside_digit="9", inside_kind="Area"), 7)
    assert "<span>for 9</span>" in shown(app)
    assert any("It reads 7; 9 has a probability of" in caption.value for caption in app.caption)


def test_a_net_without_convolutions_shows_its_ink_where_areas_are_asked_for():
    app = draw(visit(opened=True, models="RNN", inside_kind="Area"), 2)
    assert "<span>for 2: " in shown(app)
    assert "hdr-maps" not in shown(app).replace(".hdr-maps", "")
    assert len(charts(app)) == 2


def test_an_ensemble_shows_its_members(monkeypatch):
    names: list[str] = []
    monkeypatch.setattr(panel, "_show_net", lambda name, *_, **__: names.append(name))
    draw(visit(opened=True, models="Ensemble"), 5)
    assert names == ["cnn", "rnn"]


def test_a_model_that_cannot_be_looked_into_says_so(monkeypatch):
    monkeypatch.setattr(panel, "_opened", lambda *_: Inside(object()))
    app = draw(visit(opened=True, models="CNN"), 1)
    assert "Only a neural net" in app.info[0].value
