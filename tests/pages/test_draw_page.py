"""The Draw page's logic without a browser: empty, drawn, blank, several digits, the example, a broken model."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hdr.data.pen import digit_strokes, draw_strokes
from hdr.errors import ModelError
from hdr.reader import Reader
from hdr.results import Page

APP = str(Path(__file__).parents[2] / "app.py")


def drawing(*digits: int, strokes: bool = False) -> dict:
    """What the canvas sends after these digits were drawn side by side, with the path of the pen where asked for."""
    canvas, objects = np.zeros((340, 340), np.uint8), [{"type": "Path"}] * len(digits)
    written = [digit_strokes(digit, 30 + 105 * index, 100, 130) for index, digit in enumerate(digits)]
    for lines in written:
        draw_strokes(canvas, lines, 14)
    if strokes:
        objects = [as_fabric(points) for lines in written for points in lines]
    png = cv2.imencode(".png", 255 - canvas)[1].tobytes()
    return {
        "drawing": {
            "raw": {"objects": objects},
            "data": "data:image/png;base64," + base64.b64encode(png).decode(),
        }
    }


def as_fabric(points: np.ndarray) -> dict:
    """A stroke as the canvas writes it down."""
    commands = [["L", float(x), float(y)] for x, y in points]
    return {"type": "Path", "path": [["M", *commands[0][1:]], *commands[1:]], "strokeWidth": 14}


@pytest.fixture
def draw_page():
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py")
    app.run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def draw(app: AppTest, *digits: int, strokes: bool = False) -> AppTest:
    app.session_state[f"canvas-{app.session_state.canvas_number}"] = drawing(*digits, strokes=strokes)
    app.run()
    assert not app.exception
    return app


def test_a_drawing_that_is_no_digit_is_called_so(draw_page, monkeypatch):
    read = Reader.read

    def refuse_all(self, layout, spelled=None):
        page = read(self, layout, spelled)
        return Page(page.model, page.size, (), page.seconds, page.digits)

    monkeypatch.setattr(Reader, "read", refuse_all)
    draw(draw_page, 4)
    assert "Not a digit: 1 mark unlike any digit" in shown(draw_page)


def test_an_empty_canvas_says_what_to_do(draw_page):
    assert "The canvas is empty" in draw_page.info[0].value
    assert "reading-" not in shown(draw_page)


@pytest.mark.parametrize("digit", range(10))
def test_a_drawn_digit_is_read_by_both_models(draw_page, digit):
    html = shown(draw(draw_page, digit))
    assert f'data-testid="reading-cnn" aria-live="polite">{digit}<' in html
    assert f'data-testid="reading-rnn" aria-live="polite">{digit}<' in html
    assert "28 × 28" in html
    assert html.count('class="hdr-bar') == 20


def test_several_digits_are_read_as_a_number(draw_page):
    assert 'reading-cnn" aria-live="polite">407<' in shown(draw(draw_page, 4, 0, 7))


@pytest.mark.parametrize("digits", [*((digit,) for digit in range(10)), (4, 0, 7)])
def test_the_path_of_the_pen_gives_a_third_answer(draw_page, digits):
    html = shown(draw(draw_page, *digits, strokes=True))
    number = "".join(map(str, digits))
    for model in ("cnn", "rnn", "pen"):
        assert f'reading-{model}" aria-live="polite">{number}<' in html


def test_a_stroke_that_is_part_of_two_digits_is_not_read_by_its_path(draw_page):
    sent = drawing(4, 0)
    sent["drawing"]["raw"]["objects"] = [
        as_fabric(np.concatenate([*digit_strokes(4, 30, 100, 130), *digit_strokes(0, 135, 100, 130)]))
    ]
    draw_page.session_state[f"canvas-{draw_page.session_state.canvas_number}"] = sent
    html = shown(draw_page.run())
    assert 'reading-cnn" aria-live="polite">40<' in html
    assert "reading-pen" not in html
    assert "strokes of its own" in html


def test_without_a_pen_net_the_others_read_on(monkeypatch):
    monkeypatch.setattr("hdr.ui.readers.default_pen_model", lambda: None)
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run()
    html = shown(draw(app, 3, strokes=True))
    assert 'reading-cnn" aria-live="polite">3<' in html
    assert "reading-pen" not in html


def test_a_blank_drawing_is_called_blank(draw_page):
    assert "Blank" in draw(draw_page).info[0].value


def test_the_example_is_read_and_clear_takes_it_away(draw_page):
    next(button for button in draw_page.button if button.label == "Example").click().run()
    assert 'reading-cnn" aria-live="polite">42<' in shown(draw_page)
    assert 'reading-pen" aria-live="polite">42<' in shown(draw_page)
    next(button for button in draw_page.button if button.label == "Clear").click().run()
    assert "The canvas is empty" in draw_page.info[0].value


def test_undo_goes_back_by_a_stroke(draw_page):
    draw(draw_page, 4)
    draw(draw_page, 4, 0)
    next(button for button in draw_page.button if button.label == "Undo").click().run()
    assert 'reading-cnn" aria-live="polite">4<' in shown(draw_page)


def test_a_damaged_drawing_gives_a_message(draw_page):
    draw_page.session_state[f"canvas-{draw_page.session_state.canvas_number}"] = {
        "drawing": {"raw": {"objects": [{}]}, "data": "data:image/png;base64,AAAA"}
    }
    draw_page.run()
    assert not draw_page.exception
    assert "not a picture" in draw_page.error[0].value


def test_one_model_alone_can_be_chosen(draw_page):
    draw_page.session_state["models"] = "RNN"
    html = shown(draw(draw_page, 3))
    assert "reading-rnn" in html
    assert "reading-cnn" not in html


def test_a_damaged_model_gives_a_message_and_no_traceback(monkeypatch):
    from hdr.ui import readers

    def fail(name: str, *_weights: str) -> None:
        raise ModelError(f"The weights of model {name!r} are missing.")

    monkeypatch.setattr(readers, "_shared_reader", fail)
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run()
    assert not app.exception
    assert "missing" in app.error[0].value


def test_a_model_that_goes_while_somebody_draws_is_a_message(draw_page, monkeypatch):
    def fail(_page):
        raise ModelError("There is no model 'mine' any more.")

    monkeypatch.setattr("hdr.ui.drawing.show_answers", fail)
    draw(draw_page, 7)
    assert "no model" in draw_page.error[0].value
