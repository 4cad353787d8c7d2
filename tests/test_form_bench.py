"""The bench of forms counts what it says it counts."""

import numpy as np
import pytest

from benchmarks.forms import Tally, _overlap
from hdr.form_reader import FieldReading
from hdr.vision.form import Registration


def reading(text: str, confidence: float, unruled: str | None = None, complaint: str | None = None) -> FieldReading:
    crop = np.zeros((4, 4, 3), np.uint8)
    return FieldReading("A", text, unruled or text, confidence, (), (0, 0, 9, 9), crop, complaint, blank=False)


def test_accepted_means_sure_without_complaint_and_not_changed_by_the_rule():
    tally = Tally(fields=5, found=5)
    for read in (
        reading("12", 0.9),
        reading("13", 0.9),
        reading("13", 0.5),
        reading("13", 0.9, complaint="No."),
        reading("12", 0.9, "13"),
    ):
        tally.count(read, "12")
    report = tally.report()
    assert (report["exact"], report["unruled_exact"], report["accepted"]) == (0.4, 0.2, 0.4)
    assert report["wrong_accepted_per_1000"] == pytest.approx(500.0)
    assert len(report["failures"]) == 3


def test_nothing_counted_is_nothing_found():
    assert Tally().report()["found"] == 0.0


@pytest.mark.parametrize(("shift", "least", "most"), [(0, 0.999, 1.001), (10, 0.8, 0.83), (200, 0.0, 0.001)])
def test_the_overlap_is_that_of_the_boxes(shift, least, most):
    moved = np.array([[1.0, 0, shift], [0, 1, 0], [0, 0, 1]])
    assert least <= _overlap(Registration(np.eye(3)), moved, (50, 60, 100, 30)) <= most
