"""Start page: what this is, where to go, and how good the shipped models are."""

from hdr.ui.frame import page
from hdr.ui.readers import readers
from hdr.ui.start import show_models, show_tour

chosen = page(
    "Handwritten digit reader", "Draw a digit or photograph a page, and see what was read and how sure it is."
)
show_tour()
show_models()
readers(chosen)
