"""How a canvas, which has a fixed size in its own pixels, is enlarged or reduced by the browser to fit its column."""

from collections.abc import Iterable

_FRAME = "[data-testid=stBidiComponentIsolated]"


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
