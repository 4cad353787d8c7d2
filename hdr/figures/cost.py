"""What an accuracy costs."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from hdr.figures.look import PERCENT, colour, finished, mark, marker_of

_FEW = 3
"""Dots with room for their names beside them; of more, the legend and the pointer tell."""


@dataclass(frozen=True)
class Dot:
    """One model in a plot of accuracy against cost.

    Attributes:
        title: The model.
        cost: What it costs, above 0.
        accuracy: 0..1.
        low: Lower end of the accuracy's interval.
        high: Upper end of it.
    """

    title: str
    cost: float
    accuracy: float
    low: float
    high: float


def trade_off(dots: Sequence[Dot], cost: str, line: float | None = None) -> go.Figure:
    """Accuracy with its 95 % interval against a cost on a logarithmic axis; a few dots are named where they stand.

    Args:
        dots: The models.
        cost: Title of the axis, with its unit.
        line: An accuracy to mark by a line, 0..1.
    """
    figure = go.Figure()
    few = len(dots) <= _FEW
    middle = (min(dot.cost for dot in dots) * max(dot.cost for dot in dots)) ** 0.5
    for index, dot in enumerate(dots):
        figure.add_scatter(
            x=[dot.cost],
            y=[dot.accuracy],
            error_y={"type": "data", "array": [dot.high - dot.accuracy], "arrayminus": [dot.accuracy - dot.low]},
            mode="markers+text" if few else "markers",
            text=[dot.title],
            textposition="middle right" if dot.cost <= middle else "middle left",
            cliponaxis=False,
            name=dot.title,
            marker={"color": colour(index), "size": 12, "symbol": marker_of(index)},
            hovertemplate=f"{dot.title}: %{{y:.2%}}, %{{x:,.4~g}}<extra></extra>",
            showlegend=not few,
        )
    figure.update_xaxes(title=cost, type="log")
    figure.update_yaxes(title="accuracy", tickformat=PERCENT)
    if line is not None:
        mark(figure, line)
    return finished(figure, 400)
