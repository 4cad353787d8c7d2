"""Every chart of the dashboard, as Plotly figures from plain arrays. Knows nothing of models, files or pages."""

from hdr.figures.confusion import confusion_difference, confusion_figure, digit_errors, shown_values
from hdr.figures.cost import Dot, trade_off
from hdr.figures.look import COLOURS
from hdr.figures.robustness import NO_DIGITS, attack_curves, corruption_dots, noise_curves, rejection_dots
from hdr.figures.training import history_curves, importance_bars, parallel_coordinates, search_history
from hdr.figures.trust import FEWEST_IN_A_BIN, coverage_curves, reliability_diagram

__all__ = [
    "COLOURS",
    "FEWEST_IN_A_BIN",
    "NO_DIGITS",
    "Dot",
    "attack_curves",
    "confusion_difference",
    "confusion_figure",
    "corruption_dots",
    "coverage_curves",
    "digit_errors",
    "history_curves",
    "importance_bars",
    "noise_curves",
    "parallel_coordinates",
    "rejection_dots",
    "reliability_diagram",
    "search_history",
    "shown_values",
    "trade_off",
]
