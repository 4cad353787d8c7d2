"""The Compare page's view of attacks: accuracy against epsilon, and pictures before and after with what nets read."""

import html

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hdr import figures
from hdr.errors import HdrError
from hdr.score.attack import EPSILONS, STEPS, Victim, fgsm, has_gradient, load_victim, pgd
from hdr.score.compare import Entry
from hdr.store.models import as_input, golden_images
from hdr.ui.chart import show_chart
from hdr.ui.embedded import Captioned, show_strip
from hdr.ui.errors import show_error
from hdr.ui.words import ALWAYS_MNIST, not_measured

_SHOWN = 12
_VICTIMS = 3
"""Models that are attacked on the page; each must be loaded."""
_METHODS = {"PGD": pgd, "FGSM": fgsm}


@st.fragment
def show_attacks(entries: list[Entry], data: str) -> None:
    """Curves of the models that were measured, then pictures attacked on demand."""
    st.caption(
        "An attack changes every pixel by no more than ε, a share of full ink, where this very net's gradient points "
        f"away from the right digit: FGSM in one step, PGD in {STEPS} smaller ones that mislead more. A person hardly "
        "minds; how well nets hold out differs."
    )
    if data != "mnist":
        st.info(ALWAYS_MNIST, icon=":material/info:")
    open_ones = [entry for entry in entries if entry.stored and has_gradient(entry.card)]
    if not open_ones:
        st.info("None of the chosen models has a gradient to attack it by. Add a net above, such as CNN or RNN.")
        return
    missing = [entry.name for entry in open_ones if "attack" not in entry.measures]
    if missing:
        st.info(not_measured(missing, "attack"))
    epsilon, method = _choose()
    _show_curves([entry for entry in open_ones if "attack" in entry.measures], epsilon)
    _show_pictures(open_ones, epsilon, method)
    without = [entry.title for entry in entries if entry.stored and entry not in open_ones]
    if without:
        st.caption(f"Without a gradient, so without attacks: {', '.join(without)}.")


def _choose() -> tuple[float, str]:
    """Epsilon and method, kept in the address."""
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    epsilon = left.select_slider(
        "ε, the most that a pixel is changed by", EPSILONS, value=0.15, key="epsilon", bind="query-params"
    )
    method = right.segmented_control(
        "Attack",
        list(_METHODS),
        default="PGD",
        required=True,
        key="attack",
        bind="query-params",
        help="PGD: projected gradient descent, many small steps. FGSM: fast gradient sign method, a single one.",
    )
    return epsilon, method


def _show_curves(entries: list[Entry], epsilon: float) -> None:
    if not entries:
        return
    found = {entry.title: entry.measures["attack"] for entry in entries}
    show_chart(figures.attack_curves(found, epsilon), "attacks")
    counts = " · ".join(
        f"{title} {_at(curves['pgd'], epsilon):.1%} under PGD, {_at(curves['fgsm'], epsilon):.1%} under FGSM"
        for title, curves in found.items()
    )
    size = min(curves["n"] for curves in found.values())
    st.caption(f"{size:,} pictures, evenly spread over MNIST's test set. At ε {epsilon:g}: {counts}.")


def _at(curve: list[list[float]], epsilon: float) -> float:
    """Accuracy at the measured point that is nearest."""
    return min(curve, key=lambda point: abs(point[0] - epsilon))[1]


def _show_pictures(entries: list[Entry], epsilon: float, method: str) -> None:
    """The pictures kept beside the first model, as each net is shown them, and what it then reads."""
    try:
        images = golden_images(entries[0].name)[:_SHOWN]
    except HdrError as error:
        show_error(error)
        return
    st.markdown("**Before**")
    show_strip([Captioned("", "", image) for image in images])
    for entry in entries[:_VICTIMS]:
        with st.spinner(f"Attacking {entry.title} …", show_time=False):
            try:
                shown, turned = _attacked(entry.name, str(entry.card["sha256"]), images.tobytes(), epsilon, method)
            except HdrError as error:
                show_error(error)
                continue
        turned_of = f"{turned} of {len(images)} read otherwise than before"
        st.html(f"<b>{html.escape(entry.title)}</b>, {method} at ε {epsilon:g}: {turned_of}")
        show_strip(shown)
    if len(entries) > _VICTIMS:
        st.caption(f"Pictures of the first {_VICTIMS} alone; choose fewer models to see others.")


@st.cache_data(max_entries=200, show_spinner=False)
def _attacked(name: str, sha256: str, pictures: bytes, epsilon: float, method: str) -> tuple[list[Captioned], int]:
    """The pictures after an attack away from what the net reads on them, each with what it then reads."""
    victim = _victim(name, sha256)
    images = as_input(np.frombuffer(pictures, np.uint8).reshape(-1, 28, 28))
    before = victim.predict(images).argmax(axis=1)
    attacked = _METHODS[method](victim, images, before, epsilon) if epsilon else images
    answers = victim.predict(attacked)
    turned = answers.argmax(axis=1) != before
    shown = [_shown(*found) for found in zip(attacked, before, answers, strict=True)]
    return shown, int(turned.sum())


def _shown(image: NDArray[np.float32], before: int, answer: NDArray[np.float32]) -> Captioned:
    read = int(answer.argmax())
    reading = str(read) if read == before else f"{before} → {read}"
    return Captioned(reading, f"{answer.max():.0%} sure", np.round(255 * image[..., 0]).astype(np.uint8))


@st.cache_resource(max_entries=4, show_spinner=False)
def _victim(name: str, sha256: str) -> Victim:  # noqa: ARG001 - another file of weights is another victim
    return load_victim(name)
