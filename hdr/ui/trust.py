"""Whether the confidence of models means what it says."""

import streamlit as st

from hdr import figures
from hdr.score.calibrate import BINS
from hdr.score.compare import Entry
from hdr.ui.chart import show_chart
from hdr.ui.rejecting import show_coverage, show_rejection


def show_confidence(entries: list[Entry], _data: str) -> None:
    """Confidence against accuracy, accepted against wrong, and what the models make of no digits."""
    found = {entry.title: entry.reliability for entry in entries}
    bins = {title: (bin.confidence, bin.accuracy, bin.counts) for title, bin in found.items()}
    show_chart(figures.reliability_diagram(bins), "reliability")
    errors = " · ".join(f"{title} {bin.ece:.2%}" for title, bin in found.items())
    st.caption(
        "On the dotted line, of the answers that are 80 % sure, 80 % are right. Larger markers stand for more "
        f"pictures; bins of fewer than {figures.FEWEST_IN_A_BIN} are left out. Expected calibration error, "
        f"{BINS} bins: {errors}."
    )
    show_coverage(entries)
    show_rejection(entries)
