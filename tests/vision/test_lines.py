"""Parts that lie on one path become one line, as far as gaps and ink allow."""

import numpy as np
import pytest

from hdr.vision.lines import Rule, join_lines


def part(left: float, right: float, height: float = 50.0, slope: float = 0.0) -> Rule:
    xs = np.array([left, right])
    return Rule(xs, height + slope * xs, 3.0, right - left)


def spans(lines: list[Rule]) -> list[tuple[int, int]]:
    return sorted((round(line.left), round(line.right)) for line in lines)


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.1])
def test_parts_with_short_gaps_are_one_line(slope):
    parts = [part(x, x + 80, slope=slope) for x in range(0, 1000, 100)]
    (line,) = join_lines(parts, 0.4, 0.72)
    assert (line.left, line.right) == (0, 980)
    assert line.inked == pytest.approx(800)
    assert line.slope == pytest.approx(slope)


def test_a_short_part_fills_the_gap_that_long_ones_were_joined_over():
    parts = [part(0, 300), part(320, 400), part(420, 800), part(820, 900)]
    (line,) = join_lines(parts, 0.4, 0.72)
    assert (line.left, line.right, line.inked) == (0, 900, 840)


def test_what_is_too_far_apart_or_has_too_little_ink_stays_apart():
    parts = [part(0, 80), part(120, 200), part(240, 320)]
    assert spans(join_lines(parts, 0.4, 0.4)) == spans(parts)
    assert spans(join_lines(parts, 1.0, 0.78)) == [(0, 200), (240, 320)]
    assert spans(join_lines(parts, 1.0, 0.4)) == [(0, 320)]


def test_what_lies_higher_or_leans_otherwise_is_another_line():
    parts = [part(0, 300), part(310, 600, height=62.0), part(610, 900, height=-40.0, slope=0.14)]
    assert len(join_lines(parts, 0.4, 0.72)) == 3
