"""Draw a digit and see it read after every stroke."""

from hdr.ui.drawing import draw_and_read
from hdr.ui.frame import page
from hdr.ui.readers import pen_reader, readers

chosen = page(
    "Draw", "Draw a digit or a number with mouse, pen or finger; it is read after every stroke.", side_by_side=True
)
draw_and_read(readers(chosen), pen_reader())
