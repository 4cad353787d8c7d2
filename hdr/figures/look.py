"""What all charts have in common: colours, dashes and markers by number, the frame.

Backgrounds are left clear and text to the theme, so that a chart can be read in light and dark. Colours are Okabe and
Ito's, which colour-blind people can tell apart; from the seventh series on, dashes and other markers join in.
"""

import plotly.graph_objects as go

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
BLUE, ORANGE = "0,114,178", "213,94,0"
PERCENT = ".3~%"
"""Ticks of shares with as many places as they need, so that neighbours differ and 100 % alone is called so."""
_DASHES = ("solid", "dash", "dot", "dashdot")
_MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
_ROW, _ON_TOP = 19, 4
"""Height of a line of the legend in pixels, and how many series need no further room."""


def mark(figure: go.Figure, line: float) -> None:
    """A level line at an accuracy, 0..1, beyond which only wrong labels of the test set are left."""
    figure.add_hline(
        y=line,
        line={"color": "#888888", "dash": "dot", "width": 1.5},
        name=f"{line:.2%}: above are the test set's wrong labels",
        showlegend=True,
    )


def finished(figure: go.Figure, height: int) -> go.Figure:
    """The figure with clear backgrounds, slim margins and its legend on top.

    Args:
        figure: With all its series.
        height: Pixels; it grows with the legend, so that many series leave the plot its room.
    """
    named = sum(getattr(trace, "showlegend", False) is not False for trace in figure.data)
    return figure.update_layout(
        height=height + _ROW * max(0, named - _ON_TOP) // 2,
        showlegend=True,
        margin={"l": 8, "r": 8, "t": 24, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
    )


def colour(index: int) -> str:
    """Colour of a series by its number."""
    return COLOURS[index % len(COLOURS)]


def dash_of(index: int) -> str:
    """Dash of a series by its number: another one when the colours begin again."""
    return _DASHES[index // len(COLOURS) % len(_DASHES)]


def marker_of(index: int) -> str:
    """Marker of a series by its number."""
    return _MARKERS[(index + index // len(COLOURS)) % len(_MARKERS)]
