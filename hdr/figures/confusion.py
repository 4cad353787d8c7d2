"""Which digits are read as which."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from hdr.figures.look import BLUE, ORANGE, PERCENT, colour, finished, marker_of

_COUNTS = [[0.0, f"rgba({BLUE},0)"], [1.0, f"rgba({BLUE},0.75)"]]  # text in the theme's colour stays readable
_SIGNED = [
    [0.0, f"rgba({ORANGE},0.75)"],
    [0.5, f"rgba({ORANGE},0)"],
    [0.5, f"rgba({BLUE},0)"],
    [1.0, f"rgba({BLUE},0.75)"],
]
_DIGITS = [str(digit) for digit in range(10)]


def confusion_figure(
    matrix: NDArray[np.integer], *, percent: bool = False, errors_only: bool = True, top: float | None = None
) -> go.Figure:
    """A confusion matrix whose cells can be clicked: each carries a marker with x the digit read, y the one written.

    Args:
        matrix: Counts (10, 10), row the digit written.
        percent: Whether to show percent of the row instead of counts.
        errors_only: Whether the diagonal is left out.
        top: Value of the strongest colour, to share one scale; the matrix's own where None.
    """
    values = shown_values(matrix, percent=percent, errors_only=errors_only)
    text = np.vectorize(lambda value: "" if not value else f"{value:.1f}" if percent else f"{value:.0f}")(values)
    unit = " % of those written" if percent else ""
    figure = _cells(values, text, _COUNTS, (0.0, top or float(values.max()) or 1.0))
    figure.data[1].hovertemplate = f"written %{{y}}, read %{{x}}: %{{customdata}}{unit}<extra></extra>"
    return figure


def shown_values(matrix: NDArray[np.integer], *, percent: bool, errors_only: bool) -> NDArray[np.float64]:
    """The numbers that a confusion figure shows: counts or percent of the row, with or without the diagonal."""
    values = matrix.astype(np.float64)
    if percent:
        values = 100 * values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    return np.where(np.eye(10, dtype=bool), 0.0, values) if errors_only else values


def confusion_difference(
    matrices: Mapping[str, NDArray[np.integer]], *, percent: bool = False, errors_only: bool = True
) -> go.Figure:
    """What the first of two models has more than the second in blue, what it has less in orange.

    Args:
        matrices: Two matrices of counts (10, 10), row the digit written, by model title.
        percent: Whether to subtract percent of the row instead of counts.
        errors_only: Whether the diagonal is left out; the strongest colour is that of the others in any case.
    """
    first, second = (shown_values(matrix, percent=percent, errors_only=False) for matrix in matrices.values())
    values = first - second
    diagonal = np.eye(10, dtype=bool)
    limit = float(np.abs(values[~diagonal]).max()) or 1.0
    if errors_only:
        values[diagonal] = 0.0
    text = np.vectorize(lambda value: "" if not value else f"{value:+.1f}" if percent else f"{value:+.0f}")(values)
    unit = " points of those written" if percent else ""
    figure = _cells(values, text, _SIGNED, (-limit, limit))
    figure.data[
        1
    ].hovertemplate = (
        f"written %{{y}}, read %{{x}}: %{{customdata:+}}{unit} for {' against '.join(matrices)}<extra></extra>"
    )
    return figure


def digit_errors(rates: Mapping[str, NDArray[np.float64]]) -> go.Figure:
    """Share of each digit that is read wrong, by model title; rates (10,) in 0..1."""
    figure = go.Figure()
    for index, (title, rate) in enumerate(rates.items()):
        figure.add_scatter(
            x=_DIGITS,
            y=rate,
            mode="markers",
            name=title,
            marker={"color": colour(index), "size": 11, "symbol": marker_of(index)},
            hovertemplate=f"{title}, %{{x}}: %{{y:.2%}} read wrong<extra></extra>",
        )
    figure.update_xaxes(title="digit written", type="category")
    figure.update_yaxes(title="read wrong", tickformat=PERCENT, rangemode="tozero")
    return finished(figure, 340)


def _cells(
    values: NDArray[np.float64], text: NDArray[np.str_], scale: list[list[object]], limits: tuple[float, float]
) -> go.Figure:
    """A 10 x 10 matrix with text; Plotly's heatmap cannot be selected, so clear markers lie on its cells."""
    heat = go.Heatmap(
        z=values,
        x=_DIGITS,
        y=_DIGITS,
        colorscale=scale,
        zmin=limits[0],
        zmax=limits[1],
        showscale=False,
        hoverinfo="skip",
    )
    figure = go.Figure(heat)
    rows, columns = np.divmod(np.arange(100), 10)
    figure.add_scatter(
        x=[_DIGITS[column] for column in columns],
        y=[_DIGITS[row] for row in rows],
        customdata=np.round(values.ravel(), 2),
        text=text.ravel(),
        mode="markers+text",
        textfont={"size": 11},
        marker={"size": 26, "symbol": "square", "color": "rgba(0,0,0,0)"},
        selected={"marker": {"opacity": 1, "color": "rgba(230,159,0,0.45)"}},
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
    )
    axis = {"type": "category", "constrain": "domain", "showgrid": False, "zeroline": False}
    frame = {"showline": True, "mirror": True, "linecolor": "rgba(128,128,128,0.4)"}
    figure.update_xaxes(title="read", range=[-0.5, 9.5], **axis, **frame)
    figure.update_yaxes(title="written", range=[9.5, -0.5], scaleanchor="x", constraintoward="top", **axis, **frame)
    return finished(figure, 430).update_layout(dragmode=False, clickmode="event+select")
