"""The Draw page's look inside the nets, in a panel that costs nothing while it is closed.

Where each net looks, the feature maps of a net with convolutions, and the belief of a recurrent net after each row.
"""

import time

import streamlit as st

from hdr.errors import HdrError
from hdr.nets.inside import Heat, Inside, along_strokes
from hdr.results import Grey, Page
from hdr.store.cards import read_card
from hdr.store.weights import load_weights
from hdr.ui.belief_charts import belief_animation, belief_lines
from hdr.ui.chart import show_chart
from hdr.ui.frame import model_title
from hdr.ui.inside_pictures import STYLE, heat_figure, maps_figure
from hdr.ui.readers import spare_the_collector
from hdr.ui.style import accent

_AS_READ = "as read"
_INK, _AREA = "Ink", "Area"
_KINDS_HELP = (
    "Ink: integrated gradients. The picture fades in from a blank one, and every pixel gets the share that it had in "
    "the rise of the evidence. Area: Grad-CAM. Where the last convolution found what speaks for the digit; coarse, but "
    "it also marks places without ink. A net without convolutions shows its ink."
)
_DIGIT_HELP = (
    "Each net is asked what speaks for the digit that it read. Choose another one to see what speaks for that, and "
    "why a net did not take yours for it."
)
_MAPS_HELP = (
    "Each small picture answers to one shape that this net has learned to look for: bright where it found it. The "
    "first convolution sees strokes and edges, later ones see parts of digits on a coarser grid."
)
_BELIEF_HELP = (
    "What the net answers if the rest of the picture is blank. It reads the rows both ways, and the columns too, so it "
    "is asked anew after each row. Shaded: rows above the first ink."
)


@st.fragment
def show_inside(pages: list[Page]) -> None:
    """The panel below what was read; open or closed is kept in the address.

    Args:
        pages: What each net read in one drawing; the digits of the first one can be looked into.
    """
    digits = pages[0].digits
    panel = st.expander("Look inside the nets", icon=":material/search_insights:", key="inside", bind="query-params")
    if not digits or not panel.open:
        return
    with panel:
        st.html(STYLE)
        with st.container(horizontal=True, gap="medium"):
            image = digits[_choose_place(pages[0])].image
            kind, digit = _choose_view()
        names = _nets_of(pages)
        columns = st.columns(min(len(names), 2), gap="large")
        for place, name in enumerate(names):
            with columns[place % len(columns)]:
                _show_net(name, image, kind, digit, alone=len(names) == 1)


def _choose_place(page: Page) -> int:
    """Which of several digits to look into, by its place in reading order."""
    places = range(len(page.digits))
    if len(places) == 1:
        return 0
    if st.session_state.get("inside_place", 0) not in places:
        del st.session_state["inside_place"]
    return st.segmented_control(
        "Look into",
        list(places),
        default=0,
        required=True,
        key="inside_place",
        format_func=lambda place: str(page.digits[place].value),
    )


def _choose_view() -> tuple[str, int | None]:
    """How to show where a net looks, and for which digit; None for the one that each net reads."""
    digit = st.selectbox(
        "What speaks for",
        [_AS_READ, *map(str, range(10))],
        key="inside_digit",
        bind="query-params",
        help=_DIGIT_HELP,
        width=150,
    )
    kind = st.segmented_control(
        "Shown as",
        [_INK, _AREA],
        default=_INK,
        required=True,
        key="inside_kind",
        bind="query-params",
        help=_KINDS_HELP,
    )
    return kind, None if digit == _AS_READ else int(digit)


def _nets_of(pages: list[Page]) -> list[str]:
    """The models that read the drawing, with an ensemble's members in its place."""
    cards = {page.model: read_card(page.model) for page in pages}
    return list(dict.fromkeys(name for model, card in cards.items() for name in card.get("members", [model])))


def _show_net(name: str, image: Grey, kind: str, digit: int | None, *, alone: bool) -> None:
    """One net from the inside; where it is none that can be looked into, the reason."""
    heading = st.empty()
    heading.markdown(f"**{model_title(name)}**")
    try:
        net = _opened(name, read_card(name)["sha256"])
        started = time.perf_counter()
        first, second = st.columns([1, 2], gap="large") if alone else (st.container(), st.container())
        with first:
            _show_heat(net, image, kind, digit)
        with second:
            if net.convolutional:
                _show_maps(net, image)
            if net.recurrent:
                _show_beliefs(name, net, image)
    except HdrError as error:
        st.info(str(error))
        return
    milliseconds = 1000 * (time.perf_counter() - started)
    heading.markdown(f"**{model_title(name)}** :small[:gray[looked into in {milliseconds:.0f} ms]]")


def _show_heat(net: Inside, image: Grey, kind: str, digit: int | None) -> None:
    read = net.answer(image)
    asked = int(read.argmax()) if digit is None else digit
    area = kind == _AREA and net.convolutional
    heat = net.grad_cam(image, asked) if area else _ink_heat(net, image, asked)
    st.html(heat_figure(image, heat, asked, in_nats=not area))
    if asked != read.argmax():
        st.caption(f"It reads {read.argmax()}; {asked} has a probability of {read[asked]:.1%}.")


def _ink_heat(net: Inside, image: Grey, digit: int) -> Heat:
    return along_strokes(net.integrated_gradients(image, digit), image)


def _show_maps(net: Inside, image: Grey) -> None:
    st.markdown("**What it found, layer by layer**", help=_MAPS_HELP)
    st.html("".join(maps_figure(found) for found in net.feature_maps(image)))


def _show_beliefs(name: str, net: Inside, image: Grey) -> None:
    st.markdown("**What it believes, row by row**", help=_BELIEF_HELP)
    beliefs = net.beliefs(image)
    show_chart(belief_animation(image, beliefs, accent()), f"belief-{name}")
    show_chart(belief_lines(image, beliefs, accent()), f"belief-lines-{name}")


@st.cache_resource(show_spinner="Opening up the net, some seconds after a start …", max_entries=8)
def _opened(name: str, sha256: str) -> Inside:
    """A stored net opened up, its views compiled; other weights are another net."""
    del sha256
    net = Inside(load_weights(name))
    net.warm_up()
    spare_the_collector()
    return net
