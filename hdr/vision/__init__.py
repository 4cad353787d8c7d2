"""From the bytes of a picture to 28 x 28 digits in reading order. Arrays in, arrays out; no net is known here."""

VERSION = 1
"""Version of the preprocessing; written into every model's card and checked when a model is loaded."""
