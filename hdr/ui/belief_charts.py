"""A recurrent net's belief after each row: an animation that runs in the browser, and its lines. Plain arrays in."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from hdr.colours import Colour, css
from hdr.figures import COLOURS
from hdr.results import Grey
from hdr.ui.embedded import data_url

_REST = "rgba(128,128,128,0.5)"
_EDGE = "#e69f00"
_DIGITS = [str(digit) for digit in range(10)]
_MILLISECONDS = 160
_FEWEST = 0.15
"""A digit that was never believed as much as this gets no line of its own."""
_CLEAR = "rgba(0,0,0,0)"
_STILL: tuple[dict[str, Any], dict[str, Any]] = (
    {
        "x": [-0.5, 27.5, 27.5, -0.5, -0.5],
        "mode": "lines",
        "fill": "toself",
        "fillcolor": "rgba(0,0,0,0.78)",
        "line": {"color": _EDGE, "width": 1},
        "hoverinfo": "skip",
    },
    {
        "y": _DIGITS,
        "orientation": "h",
        "xaxis": "x2",
        "yaxis": "y2",
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:.1%}<extra></extra>",
    },
)
"""What stays of the cover and of the bars."""


def belief_animation(image: Grey, beliefs: NDArray[np.float32], accent: Colour) -> go.Figure:
    """The picture uncovered row by row beside ten bars of belief, with a button to play it and a slider.

    The bar of the digit that is believed in at the end has the accent's colour throughout, as its line has.

    Args:
        image: uint8 (28, 28).
        beliefs: Probabilities (28, 10) after each row.
        accent: The accent colour of the theme that the chart is shown in.
    """
    frames = [{"name": str(row + 1), "data": _moving(beliefs, row), "traces": [0, 1]} for row in range(len(beliefs))]
    figure = go.Figure([part | still for part, still in zip(_moving(beliefs, 27), _STILL, strict=True)], frames=frames)
    figure.data[1].marker.color = [css(accent) if digit == beliefs[-1].argmax() else _REST for digit in range(10)]
    square = {"showgrid": False, "zeroline": False, "showticklabels": False, "fixedrange": True, "ticks": ""}
    figure.update_layout(
        height=290,
        showlegend=False,
        margin={"l": 0, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        bargap=0.35,
        dragmode=False,
        xaxis=square | {"domain": [0, 0.5], "range": [-0.5, 27.5], "constrain": "domain", "constraintoward": "left"},
        yaxis=square
        | {"range": [27.5, -0.5], "scaleanchor": "x", "constrain": "domain", "constraintoward": "top", "anchor": "x"},
        xaxis2=square | {"domain": [0.57, 1], "range": [0, 1.35], "anchor": "y2"},
        yaxis2=square | {"range": [9.6, -0.6], "type": "category", "anchor": "x2", "showticklabels": True},
        images=[_picture(image)],
        updatemenus=[_play()],
        sliders=[_slider(len(beliefs), accent)],
    )
    return figure


def belief_lines(image: Grey, beliefs: NDArray[np.float32], accent: Colour) -> go.Figure:
    """Belief in the digits that were ever likely, after each row; the rows above the ink are shaded.

    Args:
        image: uint8 (28, 28).
        beliefs: Probabilities (28, 10) after each row.
        accent: The accent colour of the theme that the chart is shown in.
    """
    figure = go.Figure()
    first = int(image.any(axis=1).argmax())
    last = int(beliefs[-1].argmax())
    for place, digit in enumerate(_worth_a_line(beliefs[first:])):
        figure.add_scatter(
            x=list(range(1, len(beliefs) + 1)),
            y=np.round(beliefs[:, digit].astype(np.float64), 4),
            mode="lines",
            name=str(digit),
            line={
                "color": css(accent) if digit == last else COLOURS[1 + place % 5],
                "width": 3 if digit == last else 1.8,
            },
            hovertemplate=f"{digit} after %{{x}} rows: %{{y:.1%}}<extra></extra>",
        )
    if first:
        figure.add_vrect(x0=1, x1=first + 1, fillcolor="rgba(128,128,128,0.12)", line_width=0)
    figure.update_xaxes(title="rows shown", range=[1, len(beliefs)], fixedrange=True)
    figure.update_yaxes(title="belief", tickformat=".0%", range=[0, 1.03], fixedrange=True)
    return figure.update_layout(
        height=270,
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        dragmode=False,
    )


def _worth_a_line(beliefs: NDArray[np.float32]) -> list[int]:
    """The digits to draw: the last one believed in first, then the others that were ever likely, five at most."""
    last = int(beliefs[-1].argmax())
    most = beliefs.max(axis=0)
    others = [int(digit) for digit in np.argsort(-most, kind="stable") if most[digit] >= _FEWEST and digit != last]
    return [last, *others[:4]]


def _picture(image: Grey) -> dict[str, Any]:
    """The picture behind the cover, its pixels visible; a heatmap would not stay where traces move."""
    source = data_url(np.kron(image, np.ones((10, 10), np.uint8)))
    place = {"xref": "x", "yref": "y", "x": -0.5, "y": -0.5, "sizex": 28, "sizey": 28, "yanchor": "top"}
    return place | {"source": source, "layer": "below", "sizing": "stretch"}


def _moving(beliefs: NDArray[np.float32], row: int) -> list[dict[str, Any]]:
    """What changes from row to row: the cover over what is not yet shown, and the bars."""
    belief = beliefs[row].astype(np.float64)
    texts = [f"{share:.0%}" if share >= 0.005 else "" for share in belief]
    return [
        {"type": "scatter", "y": [row + 0.5, row + 0.5, 27.5, 27.5, row + 0.5]},
        {"type": "bar", "x": np.round(belief, 4).tolist(), "text": texts},
    ]


def _play() -> dict[str, Any]:
    """Buttons that run the frames, and stop them."""
    run = {"frame": {"duration": _MILLISECONDS, "redraw": False}, "transition": {"duration": 0}}
    stop = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    return {
        "type": "buttons",
        "direction": "left",
        "showactive": False,
        "x": 0,
        "xanchor": "left",
        "y": -0.04,
        "yanchor": "top",
        "pad": {"t": 6, "r": 6},
        "bgcolor": "rgba(128,128,128,0.15)",
        "bordercolor": "rgba(128,128,128,0.35)",
        "buttons": [
            {"label": "▶ Play", "method": "animate", "args": [None, run | {"fromcurrent": False}]},
            {"label": "Stop", "method": "animate", "args": [[None], stop]},
        ],
    }


def _slider(rows: int, accent: Colour) -> dict[str, Any]:
    jump = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    steps = [{"label": str(row), "method": "animate", "args": [[str(row)], jump]} for row in range(1, rows + 1)]
    return {
        "active": rows - 1,
        "x": 0.36,
        "len": 0.64,
        "y": -0.04,
        "yanchor": "top",
        "pad": {"t": 0, "b": 0},
        "ticklen": 0,
        "minorticklen": 0,
        "tickcolor": _CLEAR,
        "font": {"color": _CLEAR, "size": 1},
        "currentvalue": {"prefix": "rows shown: ", "font": {"size": 12, "color": "#888888"}},
        "bordercolor": "rgba(128,128,128,0.5)",
        "bgcolor": "rgba(128,128,128,0.3)",
        "activebgcolor": css(accent),
        "steps": steps,
    }
