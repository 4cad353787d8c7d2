"""A canvas on the page: its fixed size made to fit its column by the browser, its toolbar hidden or kept in sight."""

from collections.abc import Iterable

import streamlit as st

_FRAME = "[data-testid=stBidiComponentIsolated]"
HIDDEN = ".dc-toolbar {display: none !important}"
"""No toolbar: the page has buttons of its own."""
PINNED = ".dc-root {margin-top: 2.65rem} .dc-toolbar {opacity: 1; top: -2.65rem}"
"""The toolbar above the canvas at all times, not only under the mouse."""
_STYLE = """<script>(() => {{
  const style = () => document.querySelectorAll(".st-key-{key} {frame}").forEach(frame => {{
    const root = frame.shadowRoot;
    if (!root || root.querySelector(".hdr-toolbar")) return;
    const rules = Object.assign(document.createElement("style"), {{className: "hdr-toolbar", textContent: "{rules}"}});
    root.append(rules);
  }});
  [0, 50, 250, 700, 2000, 5000].forEach(wait => setTimeout(style, wait));
}})() // {canvas}</script>"""
"""Styles of the page do not reach into the component, which has no setting for its toolbar."""


def canvas_css(key: str, side: int, widths: Iterable[int], narrowest: float) -> str:
    """The style of a canvas within a container.

    Args:
        key: Of the container.
        side: Width of the canvas in its own pixels.
        widths: Of the container, in CSS pixels, from each of which on the canvas is as wide as that.
        narrowest: Share of its own size that it has in a narrower container.
    """
    frame = f".st-key-{key} {_FRAME}"
    steps = "".join(f"@container (min-width: {width}px) {{{frame} {{zoom: {width / side:.3f}}}}}" for width in widths)
    return f"<style>.st-key-{key} {{container-type: inline-size}} {frame} {{zoom: {narrowest:g}}}{steps}</style>"


def style_toolbar(key: str, canvas: str, rules: str) -> None:
    """Hide or pin the toolbar of a canvas.

    Args:
        key: Of the container that the canvas is in.
        canvas: Key of the canvas: another one is styled anew.
        rules: `HIDDEN` or `PINNED`.
    """
    script = _STYLE.format(key=key, frame=_FRAME, rules=rules, canvas=canvas)
    st.html(script, unsafe_allow_javascript=True)
