"""Stretches of wide ink: a chain from end to end is always there, gaps give no stretch, narrow ink is left alone."""

import numpy as np
import pytest

from hdr.vision.segment import Piece
from hdr.vision.split import split_piece


def piece(mask: np.ndarray) -> Piece:
    return Piece((5, 7, mask.shape[1], mask.shape[0]), mask)


def block(width: int, height: int = 60) -> np.ndarray:
    return np.ones((height, width), bool)


@pytest.mark.parametrize("width", [10, 30, 50])
def test_ink_no_wider_than_a_digit_is_left_alone(width):
    assert split_piece(piece(block(width)), 60) == []


@pytest.mark.parametrize("width", [70, 150, 300])
def test_the_whole_is_there_and_boxes_lie_on_the_ink(width):
    stretches = split_piece(piece(block(width)), 60)
    last = max(stretch.end for stretch in stretches)
    assert [s.piece.box for s in stretches if (s.start, s.end) == (0, last)] == [(5, 7, width, 60)]
    for stretch in stretches:
        x, y, w, h = stretch.piece.box
        assert x >= 5
        assert x + w <= 5 + width
        assert (y, h) == (7, 60)
        assert stretch.piece.mask.shape == (h, w)
        assert stretch.oddness >= 0


def test_a_gap_in_the_ink_gives_no_empty_stretch():
    """A merged bar may stand a little apart from its body."""
    mask = block(160)
    mask[:, 70:100] = False
    stretches = split_piece(piece(mask), 60)
    assert stretches
    assert all(stretch.piece.mask.any() for stretch in stretches)


def test_two_rings_can_be_cut_where_they_touch():
    y, x = np.mgrid[:100, :140]
    rings = [np.abs(np.hypot((x - centre) / 35, (y - 50) / 50) - 0.9) < 0.1 for centre in (35, 105)]
    stretches = split_piece(piece(rings[0] | rings[1]), 100)
    halves = [s for s in stretches if s.start == 0 and abs(s.piece.box[2] - 70) <= 6]
    assert halves
    assert min(s.oddness for s in halves) < min(s.oddness for s in stretches if s.piece.box[2] == 140)
