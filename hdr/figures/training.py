"""How a training or a search went."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from hdr.figures.look import COLOURS, PERCENT, colour, finished, mark, marker_of


def history_curves(
    histories: Mapping[str, Mapping[str, Sequence[float]]],
    metric: str,
    *,
    by_time: bool,
    line: float | None = None,
    points: bool = False,
) -> go.Figure:
    """Training (dotted) and validation (solid) by epoch or by time.

    The axis holds all of a single history; of several it is made for the validation, and training may leave it.

    Args:
        histories: Columns of `history.csv` by model title.
        metric: `accuracy` or `loss`.
        by_time: Whether the axis is seconds instead of epochs.
        line: An accuracy to mark by a line, 0..1.
        points: Whether every epoch gets a dot, so that the first can be seen.
    """
    figure = go.Figure()
    alone = len(histories) == 1
    for index, (title, history) in enumerate(histories.items()):
        x = history["seconds"] if by_time else [epoch + 1 for epoch in history["epoch"]]
        for column, dash, part in ((f"val_{metric}", "solid", "validation"), (metric, "dot", "training")):
            figure.add_scatter(
                x=list(x),
                y=list(history[column]),
                mode="lines+markers" if points or len(histories) > len(COLOURS) else "lines",
                name=f"{title}, {part}" if alone else title,
                legendgroup=title,
                showlegend=alone or part == "validation",
                line={"color": colour(index), "dash": dash, "width": 2.5 if dash == "solid" else 1.5},
                marker={"symbol": marker_of(index)},
                hovertemplate=f"{title}, {part}: %{{y}}<extra></extra>",
            )
    legend = "" if alone else " · solid: validation, dotted: training"
    step = None if by_time else _whole_step(max(history["epoch"][-1] + 1 for history in histories.values()))
    figure.update_xaxes(title=("seconds" if by_time else "epoch") + legend, dtick=step)
    columns = [f"val_{metric}", metric] if alone else [f"val_{metric}"]
    shown = np.concatenate([history[column] for history in histories.values() for column in columns])
    if metric == "accuracy":
        figure.update_yaxes(title="accuracy", tickformat=PERCENT, range=[shown.min() - 0.01, 1.001])
    else:
        figure.update_yaxes(title="loss", range=[0, (1.05 if alone else 1.3) * shown.max()])
    if line is not None:
        mark(figure, line)
    return finished(figure, 400)


def _whole_step(last: float) -> int | None:
    """Steps of 1 between the ticks of an axis that counts to so few; else Plotly's own, which are whole from there."""
    return 1 if last <= 10 else None


def search_history(trials: Sequence[tuple[int, float, str]]) -> go.Figure:
    """Validation accuracy of each trial of a search by its number, and the best so far; `(number, value, state)`."""
    figure = go.Figure()
    ordered = sorted(trials)
    for index, (title, states) in enumerate({"finished": ("complete",), "given up early": ("pruned",)}.items()):
        chosen = [(number, value) for number, value, state in ordered if state in states]
        figure.add_scatter(
            x=[number for number, _ in chosen],
            y=[value for _, value in chosen],
            mode="markers",
            name=title,
            marker={"color": colour(index), "size": 9, "symbol": marker_of(index)},
            hovertemplate="trial %{x}: %{y:.2%}<extra></extra>",
        )
    best = np.maximum.accumulate([value for _, value, _ in ordered])
    figure.add_scatter(
        x=[number for number, _, _ in ordered],
        y=best,
        mode="lines",
        name="best so far",
        line={"color": "#888888", "shape": "hv", "width": 1.5},
    )
    figure.update_xaxes(title="trial", dtick=_whole_step(ordered[-1][0]))
    figure.update_yaxes(title="validation accuracy", tickformat=PERCENT)
    return finished(figure, 320)


def importance_bars(weights: Mapping[str, float]) -> go.Figure:
    """Share of the differences between trials that each setting accounts for, by its name."""
    ordered = sorted(weights.items(), key=lambda pair: pair[1])
    figure = go.Figure(
        go.Bar(
            x=[weight for _, weight in ordered],
            y=[name for name, _ in ordered],
            orientation="h",
            marker={"color": colour(0)},
            hovertemplate="%{y}: %{x:.0%}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_xaxes(title="importance", tickformat=PERCENT, rangemode="tozero")
    return finished(figure, 120 + 28 * len(ordered))


def parallel_coordinates(trials: Sequence[tuple[Mapping[str, Any], float]]) -> go.Figure:
    """A line for each trial through its settings to its validation accuracy, coloured by the latter."""
    names = list(dict.fromkeys(name for params, _ in trials for name in params))
    axes = [_axis(name, [params.get(name) for params, _ in trials]) for name in names]
    values = [value for _, value in trials]
    axes.append({"label": "validation", "values": values, "tickformat": PERCENT})
    figure = go.Figure(go.Parcoords(line={"color": values, "colorscale": "Viridis"}, dimensions=axes))
    return finished(figure, 340).update_layout(margin={"l": 60, "r": 60, "t": 50, "b": 20})


def _axis(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """One setting of a plot of parallel coordinates: logarithmic over a factor of 50, words in order."""
    if any(isinstance(value, str) for value in values):
        words = sorted({str(value) for value in values})
        places = [words.index(str(value)) for value in values]
        return {"label": name, "values": places, "tickvals": list(range(len(words))), "ticktext": words}
    numbers = np.array(values, dtype=float)
    if numbers.min() > 0 and numbers.max() / numbers.min() > 50:
        powers = range(int(np.floor(np.log10(numbers.min()))), int(np.ceil(np.log10(numbers.max()))) + 1)
        ticks = {"tickvals": list(powers), "ticktext": [f"{10.0**power:g}" for power in powers]}
        return {"label": name, "values": np.log10(numbers), **ticks}
    return {"label": name, "values": numbers}
