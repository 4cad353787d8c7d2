"""How models hold out against damaged pictures."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hdr import figures
from hdr.data.corrupt import CORRUPTIONS, add_noise, corrupt
from hdr.errors import HdrError
from hdr.score.compare import Entry
from hdr.score.robust import SIGMAS
from hdr.store.models import golden_images
from hdr.ui.chart import show_chart
from hdr.ui.embedded import Captioned, show_strip
from hdr.ui.errors import show_error
from hdr.ui.words import ALWAYS_MNIST, not_measured

Images = NDArray[np.uint8]
_SHOWN = 12


@st.fragment
def show_robustness(entries: list[Entry], data: str) -> None:
    """Accuracy on MNIST-C and under noise, with the damaged pictures beside."""
    if data != "mnist":
        st.info(ALWAYS_MNIST, icon=":material/info:")
    measured = {entry.title: entry.measures["robustness"] for entry in entries if "robustness" in entry.measures}
    missing = [entry.name for entry in entries if entry.stored and "robustness" not in entry.measures]
    if missing:
        st.info(not_measured(missing, "robustness"))
    if not measured:
        return
    st.subheader("Fifteen corruptions", anchor=False)
    name = st.selectbox(
        "Show",
        list(CORRUPTIONS),
        format_func=lambda name: name.replace("_", " "),
        key="corruption",
        bind="query-params",
    )
    _show_damaged(entries, lambda images: corrupt(images, name))
    means = " · ".join(f"{title} {found['mean']:.1%} of {found['n']:,}" for title, found in measured.items())
    show_chart(figures.corruption_dots({t: found["corruptions"] for t, found in measured.items()}, name), "mnist-c")
    st.caption(f"MNIST-C after Mu and Gilmer 2019, given to the nets as they are. Mean: {means}.")
    st.subheader("Noise", anchor=False)
    sigma = st.select_slider("Standard deviation of the noise", SIGMAS, value=0.3, key="sigma", bind="query-params")
    _show_damaged(entries, lambda images: add_noise(images, sigma))
    show_chart(figures.noise_curves({title: found["noise"] for title, found in measured.items()}, sigma), "noise")
    sizes = " · ".join(f"{title} {found['n']:,}" for title, found in measured.items())
    st.caption(f"Gaussian noise on MNIST's test pictures: {sizes}.")


def _show_damaged(entries: list[Entry], damage: Callable[[Images], Images]) -> None:
    """The pictures kept beside the first model, damaged; they need no data set."""
    try:
        images = golden_images(entries[0].name)[:_SHOWN]
    except HdrError as error:
        show_error(error)
        return
    show_strip([Captioned("", "", image) for image in damage(images)])
