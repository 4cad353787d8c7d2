"""Every chart of the dashboard, as Plotly figures from plain arrays. Knows nothing of models, files or pages.

Backgrounds are left clear and text to the theme, so that a chart can be read in light and dark. Colours are Okabe and
Ito's, which colour-blind people can tell apart; from the seventh series on, dashes and other markers join in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_DASHES = ("solid", "dash", "dot", "dashdot")
_MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
_BLUE, _ORANGE = "0,114,178", "213,94,0"
_COUNTS = [[0.0, f"rgba({_BLUE},0)"], [1.0, f"rgba({_BLUE},0.75)"]]  # text in the theme's colour stays readable
_SIGNED = [
    [0.0, f"rgba({_ORANGE},1)"],
    [0.5, f"rgba({_ORANGE},0)"],
    [0.5, f"rgba({_BLUE},0)"],
    [1.0, f"rgba({_BLUE},1)"],
]
_DIGITS = [str(digit) for digit in range(10)]


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


def history_curves(
    histories: Mapping[str, Mapping[str, Sequence[float]]],
    metric: str,
    *,
    by_time: bool,
    line: float | None = None,
    points: bool = False,
) -> go.Figure:
    """Training (dotted) and validation (solid) by epoch or by time; the axis is made for the validation.

    Args:
        histories: Columns of `history.csv` by model title.
        metric: `accuracy` or `loss`.
        by_time: Whether the axis is seconds instead of epochs.
        line: An accuracy to mark by a line, 0..1.
        points: Whether every epoch gets a dot, so that the first can be seen.
    """
    figure = go.Figure()
    for index, (title, history) in enumerate(histories.items()):
        x = history["seconds"] if by_time else [epoch + 1 for epoch in history["epoch"]]
        for column, dash, part in ((f"val_{metric}", "solid", "validation"), (metric, "dot", "training")):
            figure.add_scatter(
                x=list(x),
                y=list(history[column]),
                mode="lines+markers" if points else "lines",
                name=f"{title}, {part}",
                legendgroup=title,
                line={"color": _colour(index), "dash": dash, "width": 2.5 if dash == "solid" else 1.5},
            )
    figure.update_xaxes(title="seconds" if by_time else "epoch")
    checked = np.concatenate([history[f"val_{metric}"] for history in histories.values()])
    if metric == "accuracy":
        figure.update_yaxes(title="accuracy", tickformat=".1%", range=[checked.min() - 0.01, 1.001])
    else:
        figure.update_yaxes(title="loss, nats", range=[0, 1.3 * checked.max()])
    if line is not None:
        _mark(figure, line)
    return _finished(figure, 400)


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


def confusion_difference(first: NDArray[np.integer], second: NDArray[np.integer], titles: tuple[str, str]) -> go.Figure:
    """Counts of the first less those of the second: blue where the first has more, orange where the second."""
    values = (first - second).astype(np.float64)
    text = np.vectorize(lambda value: f"{value:+.0f}" if value else "")(values)
    limit = float(np.abs(np.where(np.eye(10, dtype=bool), 0.0, values)).max()) or 1.0
    figure = _cells(values, text, _SIGNED, (-limit, limit))
    figure.data[
        1
    ].hovertemplate = (
        f"written %{{y}}, read %{{x}}: %{{customdata:+}} for {titles[0]} against {titles[1]}<extra></extra>"
    )
    return figure


def trade_off(dots: Sequence[Dot], cost: str, line: float | None = None) -> go.Figure:
    """Accuracy with its 95 % interval against a cost on a logarithmic axis.

    Args:
        dots: The models.
        cost: Title of the axis, with its unit.
        line: An accuracy to mark by a line, 0..1.
    """
    figure = go.Figure()
    for index, dot in enumerate(dots):
        figure.add_scatter(
            x=[dot.cost],
            y=[dot.accuracy],
            error_y={"type": "data", "array": [dot.high - dot.accuracy], "arrayminus": [dot.accuracy - dot.low]},
            mode="markers+text",
            text=[dot.title],
            textposition="top center",
            cliponaxis=False,
            name=dot.title,
            marker={"color": _colour(index), "size": 12, "symbol": _marker(index)},
            hovertemplate=f"{dot.title}: %{{y:.2%}}, %{{x:,.4~g}}<extra></extra>",
            showlegend=False,
        )
    figure.update_xaxes(title=cost, type="log")
    figure.update_yaxes(title="accuracy", tickformat=".2%")
    if line is not None:
        _mark(figure, line)
    return _finished(figure, 400)


def digit_errors(rates: Mapping[str, NDArray[np.float64]]) -> go.Figure:
    """Share of each digit that is read wrong, by model title; rates (10,) in 0..1."""
    figure = go.Figure()
    for index, (title, rate) in enumerate(rates.items()):
        figure.add_scatter(
            x=_DIGITS,
            y=rate,
            mode="markers",
            name=title,
            marker={"color": _colour(index), "size": 11, "symbol": _marker(index)},
            hovertemplate=f"{title}, %{{x}}: %{{y:.2%}} read wrong<extra></extra>",
        )
    figure.update_xaxes(title="digit written", type="category")
    figure.update_yaxes(title="read wrong", tickformat=".1%", rangemode="tozero")
    return _finished(figure, 340)


def corruption_dots(accuracies: Mapping[str, Mapping[str, float]], chosen: str | None = None) -> go.Figure:
    """Accuracy on each corruption, a row for each, by model title; the chosen row is marked."""
    figure = go.Figure()
    for index, (title, found) in enumerate(accuracies.items()):
        figure.add_scatter(
            x=list(found.values()),
            y=[name.replace("_", " ") for name in found],
            mode="markers",
            name=title,
            marker={"color": _colour(index), "size": 11, "symbol": _marker(index)},
            hovertemplate=f"{title}, %{{y}}: %{{x:.2%}}<extra></extra>",
        )
    if chosen:
        row = chosen.replace("_", " ")
        figure.add_hrect(y0=row, y1=row, line={"width": 16, "color": f"rgba({_BLUE},0.12)"})
    figure.update_xaxes(title="accuracy", tickformat=".0%")
    figure.update_yaxes(autorange="reversed", type="category")
    return _finished(figure, 520)


def noise_curves(curves: Mapping[str, Sequence[tuple[float, float]]], sigma: float | None = None) -> go.Figure:
    """Accuracy against the strength of Gaussian noise, by model title; a line marks the chosen sigma."""
    figure = go.Figure()
    for index, (title, points) in enumerate(curves.items()):
        figure.add_scatter(
            x=[x for x, _ in points],
            y=[y for _, y in points],
            mode="lines+markers",
            name=title,
            line={"color": _colour(index), "dash": _dash(index), "width": 2.5},
            marker={"symbol": _marker(index), "size": 7},
            hovertemplate=f"{title}, σ %{{x:.1f}}: %{{y:.2%}}<extra></extra>",
        )
    if sigma is not None:
        figure.add_vline(x=sigma, line={"color": "#888888", "dash": "dot"})
    figure.update_xaxes(title="standard deviation of the noise, share of full ink")
    figure.update_yaxes(title="accuracy", tickformat=".0%", rangemode="tozero")
    return _finished(figure, 380)


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
                name=f"{title}, {method.upper()}",
                legendgroup=title,
                line={"color": _colour(index), "dash": dash, "width": 2.5 if dash == "solid" else 1.5},
                marker={"symbol": _marker(index), "size": 7},
                hovertemplate=f"{title}, {method.upper()}, ε %{{x:.2f}}: %{{y:.1%}}<extra></extra>",
            )
    if epsilon is not None:
        figure.add_vline(x=epsilon, line={"color": "#888888", "dash": "dot"})
    figure.update_xaxes(title="ε, share of full ink")
    figure.update_yaxes(title="accuracy", tickformat=".0%", range=[0, 1.02])
    return _finished(figure, 400)


def reliability_diagram(
    bins: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.integer]]],
) -> go.Figure:
    """Accuracy against confidence, by model title: confidence and accuracy (0..1) and count of each bin.

    Above the diagonal a model is better than it says, below it worse. A marker grows with its bin; bins of fewer than
    ten pictures are left out, for they show luck.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": "#888888", "dash": "dot"}, name="honest", hoverinfo="skip"
    )
    for index, (title, (confidence, accuracy, counts)) in enumerate(bins.items()):
        filled = counts >= 10
        figure.add_scatter(
            x=confidence[filled],
            y=accuracy[filled],
            customdata=counts[filled],
            mode="lines+markers",
            name=title,
            line={"color": _colour(index), "dash": _dash(index), "width": 1.5},
            marker={"size": 5 + 3 * np.log10(counts[filled]), "symbol": _marker(index)},
            hovertemplate=f"{title}: %{{customdata:,}} pictures, %{{x:.1%}} sure, %{{y:.1%}} right<extra></extra>",
        )
    figure.update_xaxes(title="confidence", tickformat=".0%", range=[0, 1.02])
    figure.update_yaxes(title="accuracy", tickformat=".0%", range=[0, 1.02])
    return _finished(figure, 420)


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
            line={"color": _colour(index), "dash": _dash(index), "width": 2},
            marker={"symbol": _marker(index), "size": 5},
            hovertemplate=f"{title}, at least %{{customdata:.2%}} sure: %{{x:.2%}} accepted, %{{y:.2f}} of 1,000 wrong"
            "<extra></extra>",
        )
    shares, errors = (np.concatenate([curve[column] for curve in curves.values()]) for column in (1, 2))
    low = float(shares[errors >= 0.03 * errors.max()].min())
    span = max(1.0 - low, 1e-3)
    limits = [max(0.0, low - 0.2 * span), 1.0 + 0.03 * span]
    figure.update_xaxes(title="share of the answers that are accepted", tickformat=".1%", range=limits)
    figure.update_yaxes(title="wrong per 1,000 accepted", rangemode="tozero")
    return _finished(figure, 380)


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
            marker={"color": _colour(index), "size": 9, "symbol": _marker(index)},
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
    figure.update_xaxes(title="trial")
    figure.update_yaxes(title="validation accuracy", tickformat=".1%")
    return _finished(figure, 320)


def importance_bars(weights: Mapping[str, float]) -> go.Figure:
    """Share of the differences between trials that each setting accounts for, by its name."""
    ordered = sorted(weights.items(), key=lambda pair: pair[1])
    figure = go.Figure(
        go.Bar(
            x=[weight for _, weight in ordered],
            y=[name.replace("_", " ") for name, _ in ordered],
            orientation="h",
            marker={"color": _colour(0)},
            hovertemplate="%{y}: %{x:.0%}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_xaxes(title="importance", tickformat=".0%", rangemode="tozero")
    return _finished(figure, 120 + 28 * len(ordered))


def parallel_coordinates(trials: Sequence[tuple[Mapping[str, Any], float]]) -> go.Figure:
    """A line for each trial through its settings to its validation accuracy, coloured by the latter."""
    names = list(dict.fromkeys(name for params, _ in trials for name in params))
    axes = [_axis(name, [params.get(name) for params, _ in trials]) for name in names]
    values = [value for _, value in trials]
    axes.append({"label": "validation", "values": values, "tickformat": ".1%"})
    figure = go.Figure(go.Parcoords(line={"color": values, "colorscale": "Viridis"}, dimensions=axes))
    return _finished(figure, 340).update_layout(margin={"l": 60, "r": 60, "t": 50, "b": 20})


def _axis(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """One setting of a plot of parallel coordinates: logarithmic over a factor of 50, words in order."""
    label = name.replace("_", " ")
    if any(isinstance(value, str) for value in values):
        words = sorted({str(value) for value in values})
        places = [words.index(str(value)) for value in values]
        return {"label": label, "values": places, "tickvals": list(range(len(words))), "ticktext": words}
    numbers = np.array(values, dtype=float)
    if numbers.min() > 0 and numbers.max() / numbers.min() > 50:
        powers = range(int(np.floor(np.log10(numbers.min()))), int(np.ceil(np.log10(numbers.max()))) + 1)
        ticks = {"tickvals": list(powers), "ticktext": [f"{10.0**power:g}" for power in powers]}
        return {"label": label, "values": np.log10(numbers), **ticks}
    return {"label": label, "values": numbers}


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
    return _finished(figure, 430).update_layout(dragmode=False, clickmode="event+select")


def _mark(figure: go.Figure, line: float) -> None:
    figure.add_hline(
        y=line,
        line={"color": "#888888", "dash": "dot", "width": 1.5},
        name=f"{line:.2%}: above are the test set's wrong labels",
        showlegend=True,
    )


def _finished(figure: go.Figure, height: int) -> go.Figure:
    return figure.update_layout(
        height=height,
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _dash(index: int) -> str:
    return _DASHES[index // len(COLOURS) % len(_DASHES)]


def _marker(index: int) -> str:
    return _MARKERS[(index + index // len(COLOURS)) % len(_MARKERS)]
