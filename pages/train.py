"""The Train page: set up a run, watch it learn, look at what was trained, and choose what the other pages read with."""

from hdr.ui.frame import page
from hdr.ui.training import train_models

page(
    "Train",
    "Choose data and a net, then press Start. A run goes on when this page, or the server, is closed.",
    reads=False,
)
train_models()
