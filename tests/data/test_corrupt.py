"""MNIST-C's corruptions: each does to simple pictures what its definition says, and the seed fixes every draw."""

import numpy as np
import pytest
from tiny import drawn_digits

from hdr.data.corrupt import CORRUPTIONS, add_noise, corrupt
from hdr.errors import SettingsError

NAMES = [
    *("shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness"),
    *("translate", "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges"),
]
WITHOUT_CHANCE = {"scale", "brightness", "stripe", "canny_edges"}
RANDOM = [name for name in NAMES if name not in WITHOUT_CHANCE]
COS, SIN, TAN = np.cos(0.4), np.sin(0.4), np.tan(0.4)


@pytest.fixture(scope="module")
def digits():
    """More pictures than are worked at a time."""
    images = drawn_digits(120, seed=1)[0]
    images.flags.writeable = False
    return images


def page(value, count=40):
    return np.full((count, 28, 28), value, np.uint8)


def dot(y, x, count=40):
    images = page(0, count)
    images[:, y, x] = 255
    return images


def blob(count):
    """A smooth oval about the centre: spread 2 along x, 4 along y, leaning."""
    y, x = np.mgrid[:28, :28] - 13.5
    oval = 255 * np.exp(-((x / 2 - y / 8) ** 2 + (y / 4) ** 2) / 2)
    return np.repeat(np.round(oval).astype(np.uint8)[None], count, axis=0)


def centres(images):
    """Centre of mass (N, 2) as x, y from the middle of the picture."""
    y, x = np.mgrid[:28, :28] - 13.5
    return np.stack([(images * axis).sum(axis=(1, 2)) for axis in (x, y)], -1) / images.sum(axis=(1, 2))[:, None]


def covariances(images):
    """Spread (N, 2, 2) of the ink along x and y."""
    grid = np.stack(np.mgrid[:28, :28][::-1], -1).reshape(-1, 2)
    return np.stack([np.cov(grid.T, aweights=image.ravel(), ddof=0) for image in images])


def test_all_of_the_paper_in_its_order():
    assert list(CORRUPTIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_the_same_kind_come_out_and_each_is_changed(digits, name):
    result = corrupt(digits, name)
    assert result.shape == digits.shape
    assert result.dtype == np.uint8
    assert not np.shares_memory(result, digits)
    assert (result != digits).any(axis=(1, 2)).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_fixes_every_picture(digits, name):
    first = corrupt(digits, name, seed=5)
    np.testing.assert_array_equal(first, corrupt(digits, name, seed=5))
    assert (first == corrupt(digits, name, seed=6)).all() == (name in WITHOUT_CHANCE)


@pytest.mark.parametrize("name", RANDOM)
def test_pictures_of_a_batch_get_their_own_draws(digits, name):
    result = corrupt(np.repeat(digits[:1], 30, axis=0), name)
    assert len({image.tobytes() for image in result}) >= (2 if name in ("shear", "rotate") else 4)


@pytest.mark.parametrize("name", NAMES)
def test_no_pictures(name):
    result = corrupt(page(0, count=0), name)
    assert result.shape == (0, 28, 28)
    assert result.dtype == np.uint8


def test_an_unknown_name_is_refused_with_the_known_ones(digits):
    with pytest.raises(SettingsError, match=r"'snow'.*shot_noise.*canny_edges"):
        corrupt(digits, "snow")


def test_shot_noise_is_poisson_of_three_and_leaves_paper_alone(digits):
    assert corrupt(digits, "shot_noise")[digits == 0].max() == 0
    result = corrupt(page(255), "shot_noise")
    shares = [(result == value).mean() for value in (0, 85, 170, 255)]
    np.testing.assert_allclose(shares, [0.050, 0.149, 0.224, 0.577], atol=0.01)


def test_impulse_noise_makes_17_percent_black_or_white_in_equal_parts():
    result = corrupt(page(100), "impulse_noise")
    shares = [(result == value).mean() for value in (0, 100, 255)]
    np.testing.assert_allclose(shares, [0.085, 0.83, 0.085], atol=0.006)


def test_glass_blur_keeps_the_ink_and_scatters_it_nearby(digits):
    result = corrupt(digits, "glass_blur")
    np.testing.assert_allclose(result.sum(axis=(1, 2)), digits.sum(axis=(1, 2)), rtol=0.05)
    assert np.abs(centres(result) - centres(digits)).max() < 0.6
    assert np.abs(result.astype(float) - digits).mean() > 0.3 * digits.mean()


def test_glass_blur_blurs_along_y_alone_and_swaps_nothing_at_the_first_column():
    edge = page(0)
    edge[:, :, 0] = 255
    np.testing.assert_array_equal(corrupt(edge, "glass_blur"), edge)
    result = corrupt(edge.transpose(0, 2, 1), "glass_blur")
    assert (result[:, 1] > 0).all()
    assert (result[:, 0] < 255).all()


def test_motion_blur_trails_to_the_left_within_45_degrees():
    result = corrupt(dot(14, 22), "motion_blur")
    assert (result[:, 14, 22] == 60).all()
    assert not result[:, :, 23:].any()
    assert result[:, :, 15].any(axis=1).all()
    np.testing.assert_allclose(result.sum(axis=(1, 2)), 255, atol=6)
    x, y = (centres(result) - centres(dot(14, 22))).T
    np.testing.assert_allclose(np.hypot(x, y), 2.16, atol=0.25)
    slopes = y / x
    assert slopes.min() < -0.6
    assert slopes.max() > 0.6
    assert np.abs(slopes).max() < 1.1


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("shear", [[[1, side * TAN], [0, 1 / COS]] for side in (-1, 1)]),
        ("rotate", [[[COS, side * SIN], [-side * SIN, COS]] for side in (-1, 1)]),
        ("scale", [[[0.7, 0], [0, 0.7]]]),
    ],
)
def test_warps_carry_the_spread_of_the_ink_as_their_matrix_says(name, ways):
    images = blob(count=20)
    result = corrupt(images, name)
    assert np.abs(centres(result)).max() < 0.1
    expected = [way @ covariances(images)[0] @ np.transpose(way) for way in ways]
    off = np.abs(covariances(result)[:, None] - expected).max(axis=(2, 3))
    assert off.min(axis=1).max() < 1.0
    assert len(np.unique(off.argmin(axis=1))) == len(ways)
    grown = result.sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    np.testing.assert_allclose(grown, np.linalg.det(ways[0]), rtol=0.03)


def test_translate_moves_by_three_along_both_axes():
    moves = centres(corrupt(dot(13, 12), "translate")) - centres(dot(13, 12))
    assert {tuple(move) for move in moves} == {(x, y) for x in (-3, 3) for y in (-3, 3)}


def test_translate_drops_what_leaves_the_picture():
    result = corrupt(dot(0, 0), "translate")
    assert {int(image.sum()) for image in result} == {0, 255}


@pytest.mark.parametrize(("value", "expected"), [(0, 127.5), (100, 227.5), (127, 254.5), (128, 255), (255, 255)])
def test_brightness_adds_half_of_full_ink(value, expected):
    np.testing.assert_allclose(corrupt(page(value), "brightness"), expected, atol=0.5)


def test_stripe_inverts_the_outer_quarters(digits):
    result = corrupt(digits, "stripe")
    np.testing.assert_array_equal(result[:, :, 7:21], digits[:, :, 7:21])
    np.testing.assert_array_equal(result[:, :, :7], 255 - digits[:, :, :7])
    np.testing.assert_array_equal(result[:, :, 21:], 255 - digits[:, :, 21:])


def test_fog_is_a_cloud_of_three_quarters_under_a_quarter_of_the_picture():
    result = corrupt(dot(14, 14, count=200), "fog").astype(int)
    paper = np.delete(result.reshape(200, -1), 14 * 28 + 14, axis=1)
    assert paper.max() <= 191
    assert 80 < paper.mean() < 130
    assert paper.mean(axis=1).std() > 20
    np.testing.assert_allclose((result[:, 14, 14] - result[:, 14, 13]).mean(), 64, atol=2)
    rough = np.abs(np.diff(result[:, :14], axis=1)).mean()
    assert 0.1 < rough / paper.std(axis=1).mean() < 0.2


def test_fog_keeps_to_the_peak_of_the_picture():
    assert corrupt(page(0), "fog").max() == 0
    assert corrupt(page(120), "fog").max() <= 120


def test_spatter_is_opaque_grey_in_patches():
    on_paper, on_ink = corrupt(page(0), "spatter"), corrupt(page(255), "spatter")
    drops = on_paper > 0
    assert 0.1 < drops.mean() < 0.4
    assert (on_paper[drops].min(), on_paper.max()) == (50, 63)
    np.testing.assert_array_equal(on_ink < 255, drops)
    assert on_ink[drops].max() <= 102
    assert (drops[:, 1:] == drops[:, :-1]).mean() > 0.85


@pytest.mark.parametrize("name", ["dotted_line", "zigzag"])
def test_lines_only_add_ink(digits, name):
    assert (corrupt(digits, name) >= digits).all()


def test_dotted_line_is_straight_with_every_other_pair_of_columns_off():
    line = corrupt(page(0), "dotted_line")
    on = line.any(axis=1)
    columns = [column for column in range(27) if column // 2 % 2]
    assert on[:, columns].all()
    assert not np.delete(on, columns, axis=1).any()
    assert (line.max(axis=(1, 2)) > 240).all()
    inside = line[~line[:, [0, 1, 26, 27]].any(axis=(1, 2))]
    middles = (inside * np.arange(28.0)[:, None]).sum(axis=1)[:, columns] / inside.sum(axis=1)[:, columns]
    assert all(np.ptp(middle - np.polyval(np.polyfit(columns, middle, 1), columns)) < 0.5 for middle in middles)
    assert np.ptp(middles, axis=1).max() > 10


def test_zigzag_swings_two_pixels_to_either_side():
    line = corrupt(page(0, count=100), "zigzag")
    assert not line[:, :, [0, 1, 26, 27]].any()
    columns = np.arange(2, 25)
    inside = line[~line[:, [0, -1]].any(axis=(1, 2))][:, :, columns]
    assert len(inside) > 40
    middles = (inside * np.arange(28.0)[:, None]).sum(axis=1) / inside.sum(axis=1)
    swing = np.interp(columns, [2, *range(4, 25, 4)], [0, 2, -2, 2, -2, 2, -2])
    for middle in middles - middles[:, :1]:
        slope, size, _ = np.linalg.lstsq(np.stack([columns, swing, np.ones(23)], 1), middle)[0]
        assert abs(slope) < 0.25
        assert 0.7 < size < 1.1
        assert np.corrcoef(middle - slope * columns, swing)[0, 1] > 0.9


@pytest.mark.parametrize(("value", "found"), [(12, False), (16, False), (25, True), (255, True)])
def test_canny_outlines_a_square_unless_it_is_too_faint(value, found):
    square = page(0, count=2)
    square[:, 8:20, 8:20] = value
    result = corrupt(square, "canny_edges")
    assert set(np.unique(result)) == ({0, 255} if found else {0})
    assert not result[:, 10:18, 10:18].any()
    assert not result[:, :7].any()
    assert (result[:, 10:18] > 0).any(axis=2).all() == found


def test_canny_follows_an_edge_to_where_it_is_faint_but_takes_no_faint_edge_alone():
    images = page(0, count=2)
    images[0, 8:20, 4:24] = np.geomspace(255, 12, 20)
    images[1, 8:20, 20:24] = 12
    result = corrupt(images, "canny_edges")
    assert result[0, :, 22].any()
    assert not result[1].any()


def test_canny_draws_thin_lines(digits):
    edges = corrupt(digits, "canny_edges") > 0
    solid = edges[:, 1:, 1:] & edges[:, :-1, 1:] & edges[:, 1:, :-1] & edges[:, :-1, :-1]
    assert solid.sum() < 0.01 * edges.sum()


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.15])
def test_noise_has_the_spread_asked_for(sigma):
    result = add_noise(page(128), sigma)
    assert result.dtype == np.uint8
    assert result.std() == pytest.approx(255 * sigma, rel=0.02)
    assert result.mean() == pytest.approx(128, abs=1)


def test_noise_is_clipped_at_paper_and_at_full_ink():
    assert (add_noise(page(0), 0.3) == 0).mean() == pytest.approx(0.5, abs=0.02)
    assert (add_noise(page(255), 0.3) == 255).mean() == pytest.approx(0.5, abs=0.02)


def test_noise_of_zero_and_of_no_pictures(digits):
    np.testing.assert_array_equal(add_noise(digits, 0.0), digits)
    assert add_noise(page(0, count=0), 0.2).shape == (0, 28, 28)


def test_the_seed_fixes_the_noise_at_every_strength():
    weak, strong = (add_noise(page(128), sigma, seed=3).astype(float) - 128 for sigma in (0.05, 0.1))
    np.testing.assert_allclose(2 * weak, strong, atol=2)
    assert (add_noise(page(128), 0.1, seed=4) - 128.0 != strong).mean() > 0.9


@pytest.mark.parametrize("sigma", [-0.1, 1.01, float("nan")])
def test_noise_out_of_range_is_refused(digits, sigma):
    with pytest.raises(SettingsError, match=f"0 to 1 of full ink, not {sigma}"):
        add_noise(digits, sigma)
