"""How models hold out against corruptions, noise, attacks and what is no digit."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from hdr.figures.look import BLUE, PERCENT, colour, dash_of, finished, marker_of

NO_DIGITS = {
    "signs": "printed signs",
    "pairs": "two digits in one",
    "cuts": "cut digits",
    "rules": "ruled lines",
}
"""What people call those kinds of `hdr.data.negatives` whose own name does not say it."""


def corruption_dots(accuracies: Mapping[str, Mapping[str, float]], chosen: str | None = None) -> go.Figure:
    """Accuracy on each corruption, a row for each, by model title; the chosen row is marked."""
    figure = go.Figure()
    for index, (title, found) in enumerate(accuracies.items()):
        figure.add_scatter(
            x=list(found.values()),
            y=[name.replace("_", " ") for name in found],
            mode="markers",
            name=title,
            marker={"color": colour(index), "size": 11, "symbol": marker_of(index)},
            hovertemplate=f"{title}, %{{y}}: %{{x:.2%}}<extra></extra>",
        )
    if chosen:
        row = chosen.replace("_", " ")
        figure.add_hrect(y0=row, y1=row, line={"width": 16, "color": f"rgba({BLUE},0.12)"})
    figure.update_xaxes(title="accuracy", tickformat=PERCENT)
    figure.update_yaxes(autorange="reversed", type="category")
    return finished(figure, 520)


def rejection_dots(aurocs: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """How well digits are told from each kind of what is none, AUROC 0..1, by model title; the row `all` is marked."""
    named = {
        title: {NO_DIGITS.get(kind, kind): value for kind, value in found.items()} for title, found in aurocs.items()
    }
    dots = corruption_dots(named, "all")
    return dots.update_xaxes(title="told apart from digits (AUROC)").update_layout(height=dots.layout.height - 120)


def noise_curves(curves: Mapping[str, Sequence[tuple[float, float]]], sigma: float | None = None) -> go.Figure:
    """Accuracy against the strength of Gaussian noise, by model title; a line marks the chosen sigma."""
    figure = go.Figure()
    for index, (title, points) in enumerate(curves.items()):
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            mode="lines+markers",
            name=title,
            line={"color": colour(index), "dash": dash_of(index), "width": 2.5},
            marker={"symbol": marker_of(index), "size": 7},
            hovertemplate=f"{title}, σ %{{x:.1f}}: %{{y:.2%}}<extra></extra>",
        )
    if sigma is not None:
        figure.add_vline(x=sigma, line={"color": "#888888", "dash": "dot"})
    figure.update_xaxes(title="standard deviation of the noise, share of full ink")
    figure.update_yaxes(title="accuracy", tickformat=PERCENT, rangemode="tozero")
    return finished(figure, 380)


def attack_curves(curves: Mapping[str, Mapping[str, Any]], epsilon: float | None = None) -> go.Figure:
    """Accuracy against the most that a pixel is changed by, by model title; a line marks the chosen epsilon.

    Args:
        curves: `pgd` (solid) and `fgsm` (dotted), lists of [epsilon, accuracy], by model title.
        epsilon: The chosen one.
    """
    figure = go.Figure()
    for index, (title, found) in enumerate(curves.items()):
        for method, dash in (("pgd", "solid"), ("fgsm", "dot")):
            figure.add_scatter(
                x=[x for x, _ in found[method]],
                y=[y for _, y in found[method]],
                mode="lines+markers",
                name=title,
                legendgroup=title,
                showlegend=method == "pgd",
                line={"color": colour(index), "dash": dash, "width": 2.5 if dash == "solid" else 1.5},
                marker={"symbol": marker_of(index), "size": 7},
                hovertemplate=f"{title}, {method.upper()}, ε %{{x:.2f}}: %{{y:.1%}}<extra></extra>",
            )
    if epsilon is not None:
        figure.add_vline(x=epsilon, line={"color": "#888888", "dash": "dot"})
    figure.update_xaxes(title="ε, share of full ink · solid: PGD, dotted: FGSM")
    figure.update_yaxes(title="accuracy", tickformat=PERCENT, range=[0, 1.02])
    return finished(figure, 400)
