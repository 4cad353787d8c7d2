"""The colours that mean something, each in one place: the accent, and what is sure, unsure or refused. All RGB, 0..255.

The accent stands in .streamlit/config.toml too, which cannot import; a test holds the two together.
"""

Colour = tuple[int, int, int]

ACCENT: Colour = (53, 96, 214)
"""On white and on paper."""
ACCENT_ON_DARK: Colour = (115, 150, 242)
"""On the dark theme's ground."""
SURE: Colour = (26, 115, 62)
UNSURE: Colour = (196, 106, 0)
REFUSED: Colour = (112, 117, 128)


def css(colour: Colour, opacity: float = 1.0) -> str:
    """A colour as CSS, Plotly and the canvas take it.

    Args:
        colour: RGB.
        opacity: 0..1, of which 1 is opaque.
    """
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}" if opacity == 1 else f"rgba({red}, {green}, {blue}, {opacity:g})"
