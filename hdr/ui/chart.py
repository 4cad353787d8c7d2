"""A Plotly figure on a page: in the theme's colours, with a PNG to download from its toolbar."""

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st


def show_chart(figure: go.Figure, key: str, *, on_click: Callable[[], None] | None = None) -> None:
    """Show a figure.

    Args:
        figure: From `hdr.figures`.
        key: Names the chart on the page, and its file when it is downloaded.
        on_click: Called when a point is clicked, whose place is then in the session state under the key.
    """
    config = {"displaylogo": False, "toImageButtonOptions": {"format": "png", "filename": key, "scale": 2}}
    if on_click is None:
        st.plotly_chart(figure, key=key, config=config)
    else:
        st.plotly_chart(figure, key=key, config=config, on_select=on_click, selection_mode="points")
