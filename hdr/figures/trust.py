"""Whether a confidence can be trusted."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from hdr.figures.look import PERCENT, colour, dash_of, finished, marker_of

FEWEST_IN_A_BIN = 10
"""Pictures; what fewer show is luck."""


def reliability_diagram(
    bins: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.integer]]],
) -> go.Figure:
    """Accuracy against confidence, by model title: confidence and accuracy (0..1) and count of each bin.

    Above the diagonal a model is better than it says, below it worse. A marker grows with its bin; bins of fewer than
    `FEWEST_IN_A_BIN` pictures are left out.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": "#888888", "dash": "dot"}, name="honest", hoverinfo="skip"
    )
    for index, (title, (confidence, accuracy, counts)) in enumerate(bins.items()):
        filled = counts >= FEWEST_IN_A_BIN
        figure.add_scatter(
            x=confidence[filled],
            y=accuracy[filled],
            customdata=counts[filled],
            mode="lines+markers",
            name=title,
            line={"color": colour(index), "dash": dash_of(index), "width": 1.5},
            marker={"size": 5 + 3 * np.log10(counts[filled]), "symbol": marker_of(index)},
            hovertemplate=f"{title}: %{{customdata:,}} pictures, %{{x:.1%}} sure, %{{y:.1%}} right<extra></extra>",
        )
    figure.update_xaxes(title="confidence", tickformat=PERCENT, range=[0, 1.02])
    figure.update_yaxes(title="accuracy", tickformat=PERCENT, range=[0, 1.02])
    return finished(figure, 420)


def coverage_curves(
    curves: Mapping[str, tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]],
) -> go.Figure:
    """Errors among the accepted against the share accepted, the surest first, by model title.

    The axis begins where there are errors to speak of; further left all lines lie at 0.

    Args:
        curves: Threshold (K,), coverage (K,) in 0..1, and errors per 1,000 accepted (K,).
    """
    figure = go.Figure()
    for index, (title, (threshold, coverage, wrong)) in enumerate(curves.items()):
        figure.add_scatter(
            x=coverage,
            y=wrong,
            customdata=threshold,
            mode="lines+markers",
            name=title,
            line={"color": colour(index), "dash": dash_of(index), "width": 2},
            marker={"symbol": marker_of(index), "size": 5},
            hovertemplate=f"{title}, at least %{{customdata:.2%}} sure: %{{x:.2%}} accepted, %{{y:.2f}} of 1,000 wrong"
            "<extra></extra>",
        )
    shares, errors = (np.concatenate([curve[column] for curve in curves.values()]) for column in (1, 2))
    low = float(shares[errors >= 0.03 * errors.max()].min())
    span = max(1.0 - low, 1e-3)
    limits = [max(0.0, low - 0.2 * span), 1.0 + 0.03 * span]
    figure.update_xaxes(title="share of the answers that are accepted", tickformat=PERCENT, range=limits)
    figure.update_yaxes(title="wrong per 1,000 accepted", rangemode="tozero")
    return finished(figure, 380)
