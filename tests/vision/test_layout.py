"""The way of a picture through the vision code: drawn pages to digits in reading order."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from hdr.data.pen import DIGITS, digit_strokes, draw_strokes, spline_points
from hdr.errors import ImageContentError
from hdr.vision.image import decode_image
from hdr.vision.layout import digit_stages, find_digits, find_drawn, single_digit
from hdr.vision.normalise import normalise_digit

H, W = 400, 900
Y, X = np.mgrid[:H, :W]
NOISE = np.random.default_rng(3).normal(0.0, 1.0, (H, W))
SHADOW = np.where(X + 0.4 * Y < 500, 1.0, 0.45)


def as_rgb(grey: np.ndarray) -> np.ndarray:
    return np.repeat(np.clip(np.round(grey), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def groups(layout) -> list[list[int]]:
    """Rows as the number of digits in each group."""
    return [[len(group.glyphs) for group in line.groups] for line in layout.rows]


def glyphs(layout) -> list:
    return [glyph for line in layout.rows for group in line.groups for glyph in group.glyphs]


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def true_box(ink: np.ndarray) -> tuple[int, int, int, int]:
    return cv2.boundingRect((ink > 127).astype(np.uint8))


@pytest.fixture(scope="module")
def row(draw):
    """One row of five digits, as ink."""
    return draw((H, W), "27186", 100, 150, 90, 8)


def ruled(thickness: int, rise: float = 0.0, apart: int = 130) -> np.ndarray:
    """Rules as ink; each rises by `rise` pixels from the left border to the right one."""
    sheet = np.zeros((H, W), np.uint8)
    for y in range(105, H, apart):
        cv2.line(sheet, (0, round(y + rise / 2)), (W, round(y - rise / 2)), 255, thickness, cv2.LINE_AA)
    return sheet


# --- order ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "pitch", "wanted"),
    [
        (["7"], 0.9, [[1]]),
        (["27186"], 0.9, [[5]]),
        (["314", "2718", "16"], 0.9, [[3], [4], [2]]),
        (["27 186 5"], 0.9, [[2, 3, 1]]),
        (["314 15", "92 6535"], 0.9, [[3, 2], [2, 4]]),
        (["2718"], 1.8, [[4]]),
        (["2718281"], 0.8, [[7]]),
    ],
    ids=["one", "row", "three", "groups", "grouped-rows", "even-wide", "even-narrow"],
)
def test_rows_and_groups(draw, on_paper, lines, pitch, wanted):
    ink = np.zeros((H, W), np.uint8)
    for number, text in enumerate(lines):
        draw(ink, text, 60, 40 + 120 * number, 75, 7, pitch=pitch)
    layout = find_digits(as_rgb(on_paper(ink)))
    assert groups(layout) == wanted
    for line in layout.rows:
        centres = [glyph.whole.box[0] + glyph.whole.box[2] / 2 for group in line.groups for glyph in group.glyphs]
        assert centres == sorted(centres)


@pytest.mark.parametrize("degrees", [-8, 8])
def test_sloping_rows(draw, on_paper, degrees):
    slope = np.tan(np.deg2rad(degrees))
    ink = np.zeros((640, W), np.uint8)
    for number, text in enumerate(["31415926", "265358", "9793"]):
        draw(ink, text, 60, (200 if degrees < 0 else 60) + 130 * number, 75, 7, slope=slope)
    assert groups(find_digits(as_rgb(on_paper(ink)))) == [[8], [6], [4]]


def test_the_patches_are_the_digits_in_order(draw, on_paper):
    layout = find_digits(as_rgb(on_paper(draw((H, W), "1234567890", 30, 150, 85, 9))))
    plain = [normalise_digit(draw((200, 200), digit, 60, 50, 85, 9)) for digit in "1234567890"]
    patches = [glyph.whole.image for glyph in glyphs(layout)]
    nearest = [int(np.argmax([likeness(patch, one) for one in plain])) for patch in patches]
    assert nearest == list(range(10))
    assert min(likeness(patch, one) for patch, one in zip(patches, plain, strict=True)) > 0.85


@pytest.mark.parametrize("text", ["777", "4444", "22222222", "7747"])
@pytest.mark.parametrize("pen", [4, 8])
def test_bars_of_equal_digits_in_a_row_are_not_a_rule(draw, on_paper, text, pen):
    """Each of the digits must look as it does alone: the bars of 7777 lie on one line, broken and no rule."""
    height, width = (H, W) if len(text) > 4 else (200, 100 + 81 * len(text))
    layout = find_digits(as_rgb(on_paper(draw((height, width), text, 50, 60, 90, pen))))
    assert groups(layout) == [[len(text)]]
    for digit, glyph in zip(text, glyphs(layout), strict=True):
        assert likeness(glyph.whole.image, normalise_digit(draw((200, 200), digit, 60, 50, 90, pen))) > 0.8


# --- what is no digit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "paper",
    [
        np.full((H, W), 255.0),
        np.full((H, W), 20.0),
        200 + 15 * NOISE,
        235 * (0.35 + 0.65 * X / W),
        235 * (0.35 + 0.65 * X / W) + 3 * NOISE,
        235 * cv2.GaussianBlur(SHADOW, (0, 0), 15),
        235 * SHADOW,
        np.minimum(235, 255.0 - ruled(2)),
    ],
    ids=["white", "black", "noise", "gradient", "gradient+noise", "soft-shadow", "sharp-shadow", "ruled"],
)
def test_blank_paper_has_no_digits(paper):
    layout = find_digits(as_rgb(paper))
    assert layout.rows == ()
    assert layout.size == (W, H)


SCENES = {
    "8 x 8": np.full((8, 8), 200.0),
    "black": np.zeros((600, 800)),
    "black on white": np.pad(np.zeros((300, 500)), 60, constant_values=255.0),
    "grain": np.random.default_rng(5).uniform(0, 255, (300, 400)),
    "one line": np.where(Y == 200, 40.0, 235.0),
    "chequered": np.where((X // 40 + Y // 40) % 2 == 0, 30.0, 225.0),
    "face": 90.0
    + cv2.ellipse(np.zeros((H, W)), (450, 200), (130, 170), 0, 0, 360, 110, -1)
    - cv2.ellipse(np.zeros((H, W)), (400, 150), (20, 12), 0, 0, 360, 150, -1),
}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("quarter", [0, 1])
def test_pictures_of_anything_else_do_no_harm(name, quarter):
    picture = as_rgb(SCENES[name])
    try:
        layout = find_digits(picture, quarter=quarter)
    except ImageContentError:
        return
    for line in layout.rows:
        for group in line.groups:
            for x, y, width, height in (group.box, *(glyph.whole.box for glyph in group.glyphs)):
                assert min(x, y) >= 0
                assert x + width <= picture.shape[1]
                assert y + height <= picture.shape[0]
                assert min(width, height) > 0


def test_specks_are_not_digits(row, on_paper):
    ink = row.copy()
    for x, y in np.random.default_rng(1).integers((5, 5), (W - 5, H - 5), (40, 2)):
        cv2.circle(ink, (int(x), int(y)), int(x % 4) + 1, 255, -1)
    assert groups(find_digits(as_rgb(on_paper(ink)))) == [[5]]


SIDES = {
    "left": lambda width: np.s_[:, :width],
    "right": lambda width: np.s_[:, -width:],
    "top": lambda width: np.s_[:width],
    "bottom": lambda width: np.s_[-width:],
}


@pytest.mark.parametrize("bar", [40, 120])
@pytest.mark.parametrize("width", [12, 45, 80])
@pytest.mark.parametrize("side", SIDES)
def test_a_dark_bar_at_the_border_is_not_a_digit(row, on_paper, side, width, bar):
    """The table beside the paper, or the shadow of a book's back."""
    page = on_paper(row)
    page[SIDES[side](width)] = bar
    assert groups(find_digits(as_rgb(page))) == [[5]]


@pytest.mark.parametrize(("border", "table", "degrees"), [(20, 40, 0), (60, 120, 0), (60, 40, 3), (100, 90, -2)])
def test_paper_on_a_darker_table(row, on_paper, border, table, degrees):
    page = cv2.copyMakeBorder(on_paper(row), *[border] * 4, cv2.BORDER_CONSTANT, value=table)
    turn = cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), degrees, 1.0)
    photo = cv2.warpAffine(page, turn, page.shape[::-1], borderMode=cv2.BORDER_CONSTANT, borderValue=table)
    assert groups(find_digits(as_rgb(photo))) == [[5]]


@pytest.mark.parametrize(
    ("thickness", "rise", "colour"),
    [(1, 0, 60), (1, 47, 130), (2, 0, 60), (2, 16, 130), (2, -47, 60), (3, 0, 130), (3, 47, 180), (3, -16, 60)],
)
def test_ruled_paper(row, on_paper, thickness, rise, colour):
    """Rules of pen or print, level or at up to 3 degrees, above the digits and through them."""
    page = np.minimum(on_paper(row), on_paper(ruled(thickness, rise), 235, colour))
    layout = find_digits(as_rgb(page))
    assert groups(layout) == [[5]]
    for glyph, plain in zip(glyphs(layout), glyphs(find_digits(as_rgb(on_paper(row)))), strict=True):
        assert likeness(glyph.whole.image, plain.whole.image) > 0.73


@pytest.mark.parametrize(
    "squares", [(2, 52, 190, 3), (3, 52, 160, 3), (4, 40, 175, 2), (6, 62, 150, 3), (2, 52, 130, 2)]
)
@pytest.mark.parametrize("light", [1.0, SHADOW], ids=["even", "shadow"])
def test_squared_paper_paler_than_a_fine_pen(draw, on_paper, squares, light):
    """There is far more of the squares than of the writing, and they are as broad as its strokes."""
    thickness, pitch, colour, pen = squares
    row, squares = draw((H, W), "27186", 100, 150, 90, pen), np.zeros((H, W), np.uint8)
    for at in range(17, W, pitch):
        cv2.line(squares, (0, at), (W, at - 9), 255, thickness, cv2.LINE_AA)
        cv2.line(squares, (at, 0), (at + 9, H), 255, thickness, cv2.LINE_AA)
    page = np.minimum(on_paper(row), on_paper(squares, 235, colour)) * light
    layout = find_digits(as_rgb(page))
    assert groups(layout) == [[5]]
    for glyph, plain in zip(glyphs(layout), glyphs(find_digits(as_rgb(on_paper(row)))), strict=True):
        assert likeness(glyph.whole.image, plain.whole.image) > 0.8


def test_pencil_on_squared_paper_beside_a_dark_table(draw, on_paper):
    """The table is darker than both; what is written is told from the squares all the same."""
    row, squares = draw((H, W), "27186", 100, 150, 90, 6), np.zeros((H, W), np.uint8)
    squares[13::44, :], squares[14::44, :], squares[:, 13::44], squares[:, 14::44] = 255, 255, 255, 255
    page = np.minimum(on_paper(row, 235, 130), on_paper(squares, 235, 190))
    page[:, -50:] = 30
    assert groups(find_digits(as_rgb(page))) == [[5]]


@pytest.mark.parametrize(("thickness", "rise"), [(1, 0), (2, 16), (3, 0)])
def test_a_one_that_fills_the_space_between_two_rules_stays(row, on_paper, thickness, rise):
    """It touches the rule above and the rule below, as the side of a cell does."""
    rules = np.roll(ruled(thickness, rise, 100), 36, axis=0)
    assert groups(find_digits(as_rgb(np.minimum(on_paper(row), on_paper(rules, 235, 100))))) == [[5]]


@pytest.mark.parametrize(
    "light", [SHADOW, cv2.GaussianBlur(SHADOW, (0, 0), 20), 0.35 + 0.65 * X / W], ids=["sharp", "soft", "gradient"]
)
def test_shadow_over_the_writing(row, on_paper, light):
    assert groups(find_digits(as_rgb(on_paper(row) * light + 2 * NOISE))) == [[5]]


def test_a_five_with_its_bar_apart_is_one_glyph(draw, on_paper):
    ink = draw((H, W), "27 86", 100, 150, 90, 8)
    body, bar = digit_strokes(5, 100 + 2 * 81, 150, 90)
    draw_strokes(ink, [body, bar + np.array([18, -7])], 8)
    assert groups(find_digits(as_rgb(on_paper(ink)))) == [[5]]


def test_touching_digits_come_with_a_way_to_cut_them(draw, on_paper):
    layout = find_digits(as_rgb(on_paper(draw((H, W), "00 3", 100, 150, 90, 8, pitch=0.6))))
    pair = max(glyphs(layout), key=lambda glyph: glyph.whole.box[2])
    x, _, w, _ = pair.whole.box
    middle = x + w / 2
    lefts = [span.patch.box for span in pair.spans if span.start == 0]
    rights = [span.patch.box for span in pair.spans if span.patch.box[0] + span.patch.box[2] >= x + w - 2]
    assert any(box[0] + box[2] == pytest.approx(middle, abs=0.08 * w) for box in lefts)
    assert any(box[0] == pytest.approx(middle, abs=0.08 * w) for box in rights)


def test_a_page_with_far_too_many_marks_is_refused_in_plain_words():
    page = np.full((1100, 1500, 3), 235, np.uint8)
    for y in range(20, 1080, 24):
        for x in range(20, 1480, 24):
            page[y : y + 12, x : x + 4] = 40
    with pytest.raises(ImageContentError, match="at most 1,500"):
        find_digits(page)


# --- boxes and stages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [0.15, 0.3, 1, 2, 3.5])
def test_boxes_are_in_pixels_of_the_picture_given(draw, on_paper, factor):
    singles = [draw((H, W), " " * place_ + digit, 100, 150, 90, 8) for place_, digit in enumerate("27186")]
    page = on_paper(np.maximum.reduce(singles))
    mode = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    layout = find_digits(as_rgb(cv2.resize(page, None, fx=factor, fy=factor, interpolation=mode)))
    assert layout.size == (round(W * factor), round(H * factor))
    found = np.array([glyph.whole.box for glyph in glyphs(layout)])
    wanted = np.array([true_box(single) for single in singles]) * factor
    np.testing.assert_allclose(found, wanted, atol=max(2.0, 3 * factor))


def test_stages_show_the_way(row, on_paper):
    layout = find_digits(as_rgb(on_paper(row)))
    assert len(layout.stages) >= 3
    for stage in layout.stages:
        assert stage.name
        assert stage.about.endswith(".")
        assert stage.picture.dtype == np.uint8
        assert stage.picture.shape[:2] == (H, W)


# --- a single digit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize(("paper", "pen"), [(255, 0), (0, 255), (230, 60)], ids=["dark", "light", "pale"])
def test_single_digit_of_28_pixels_in_both_polarities(draw, on_paper, digit, paper, pen):
    ink = draw((28, 28), digit, 8, 4, 20, 2)
    frame = single_digit(as_rgb(on_paper(ink, paper, pen))).image
    assert frame.shape == (28, 28)
    assert frame.dtype == np.uint8
    assert frame.max() == 255
    assert likeness(frame, normalise_digit(ink)) > 0.84


@pytest.mark.parametrize("digit", "147")
@pytest.mark.parametrize("pen", [5, 9, 20])
def test_single_digit_cut_out_closely(draw, on_paper, digit, pen):
    ink = draw((340, 226), digit, 20, 20, 300, pen)
    assert likeness(single_digit(as_rgb(on_paper(ink))).image, normalise_digit(ink)) > 0.8


def test_single_digit_on_blank_paper_is_black():
    assert not single_digit(as_rgb(np.full((40, 30), 200.0))).image.any()


# --- a drawing ------------------------------------------------------------------------------------------------------


def canvas(ink: np.ndarray, *, transparent: bool) -> np.ndarray:
    """A drawing from the browser's canvas, a PNG with black strokes on nothing or on white, as the reader gets it."""
    rgba = np.zeros((*ink.shape, 4), np.uint8)
    if transparent:
        rgba[..., 3] = ink
    else:
        rgba[..., :3], rgba[..., 3] = 255 - ink[..., None], 255
    png = io.BytesIO()
    Image.fromarray(rgba).save(png, "PNG")
    return decode_image(png.getvalue())


@pytest.mark.parametrize("transparent", [True, False])
def test_blank_canvas_has_no_rows(transparent):
    layout = find_drawn(canvas(np.zeros((280, 400), np.uint8), transparent=transparent))
    assert layout.rows == ()
    assert layout.size == (400, 280)


@pytest.mark.parametrize("transparent", [True, False])
def test_two_drawn_digits_are_two_glyphs(draw, transparent):
    four, two = draw((280, 400), "4", 40, 60, 160, 16), draw((280, 400), "2", 220, 60, 160, 16)
    layout = find_drawn(canvas(np.maximum(four, two), transparent=transparent))
    assert [count for line in groups(layout) for count in line] == [2]
    for glyph, ink in zip(glyphs(layout), (four, two), strict=True):
        np.testing.assert_allclose(glyph.whole.box, true_box(ink), atol=3)
        assert likeness(glyph.whole.image, normalise_digit(ink)) > 0.95


def test_stages_of_a_digit_end_with_what_the_nets_see(row, on_paper):
    for glyph in glyphs(find_digits(as_rgb(on_paper(row)))):
        stages = digit_stages(glyph.whole)
        np.testing.assert_array_equal(stages[-1].picture, glyph.whole.image)
        assert all(stage.name and stage.about.endswith(".") for stage in stages)


@pytest.mark.parametrize("digit", "0123456789")
def test_one_drawn_digit_is_one_glyph(draw, digit):
    ink = draw((280, 280), digit, 80, 40, 200, 18)
    layout = find_drawn(canvas(ink, transparent=True))
    assert groups(layout) == [[1]]
    assert likeness(glyphs(layout)[0].whole.image, normalise_digit(ink)) > 0.95


@pytest.mark.parametrize(
    ("strokes", "asked"),
    [(DIGITS[2], False), (DIGITS[7], False), (("5,5 95,95", "95,5 5,95"), True), (("4,60 34,94 34,94 130,6",), True)],
    ids=["2", "7", "cross", "tick"],
)
def test_a_drawing_has_a_strip_where_a_mark_may_be_several_digits(strokes, asked):
    """Of others only the digit nets are asked, after every stroke."""
    ink = np.zeros((280, 280), np.uint8)
    draw_strokes(ink, [60 + 150 * spline_points(stroke) for stroke in strokes], 14)
    (line,) = find_drawn(as_rgb(255 - ink)).rows
    assert [group.strip is not None for group in line.groups] == [asked]
