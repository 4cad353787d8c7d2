"""The settings of a training as fields of a form, row by row: labels, help, and what is out of range below its field.

`LABELS`, `in_labels` and `settings_in_words` speak of settings as the form does, wherever else a page does.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from hdr.errors import SettingsError
from hdr.learn.fit import most_frozen
from hdr.learn.plan import Plan
from hdr.learn.settings import CHOICES, PICTURES_HELD_OUT, RANGES, TITLES, check_setting, heeded
from hdr.ui.distortions import LABELS as DISTORTIONS


def _span(name: str) -> str:
    """What a setting may be, in words: `0 to 0.5`."""
    low, high = RANGES[name]
    return f"{low:g} to {high:g}"


_NUMBERS: dict[str, tuple[str, float, str]] = {
    "epochs": ("%d", 1, "How often every picture is seen."),
    "batch_size": (
        "%d",
        1,
        "Pictures per step. Larger is faster an epoch, smaller learns more from each.",
    ),
    "learning_rate": ("%.4g", 0.001, "Length of a step at the peak of the schedule."),
    "weight_decay": (
        "%.4g",
        0.01,
        "How strongly weights are pulled to zero. AdamW alone heeds it: Adam and SGD have none.",
    ),
    "gentle": (
        "%.4g",
        0.05,
        "Share of the epochs, at the end, in which pictures are distorted half as often and half as far: the net ends "
        "on what digits look like. Without distortions it has no effect. Of rows of digits: without those put together "
        "of many hands.",
    ),
    "label_smoothing": ("%.4g", 0.01, f"Share of certainty spread over all ten digits, {_span('label_smoothing')}."),
    "negatives": (
        "%.4g",
        0.05,
        f"Share of each step's pictures, {_span('negatives')}, that are no digit: scribbles, letters, cut digits. "
        "They come on top of the batch, and the net learns to be unsure of them.",
    ),
    "attack": (
        "%.4g",
        0.05,
        "Adversarial training: the most that a pixel of every training picture is changed by to mislead the net, "
        f"{_span('attack')}; 0 for none. Harder to fool, twice as slow, a little worse on clean digits.",
    ),
    "validation": (
        "%.4g",
        0.01,
        f"Held out of the data, {_span('validation')}, or so many pictures, {PICTURES_HELD_OUT[0]} to "
        f"{PICTURES_HELD_OUT[1]}. The best epoch is chosen by it, and the confidence is calibrated on it.",
    ),
    "patience": (
        "%d",
        1,
        "Ends after so many epochs without a lower validation loss. 0: never, all epochs are trained.",
    ),
    "seed": (
        "%d",
        1,
        "Fixes first weights, order, split and distortions. Only with Reproducible does the same seed give the very "
        "same history.",
    ),
}
_PICKS = {
    "optimizer": (
        "AdamW gives every weight a step length of its own, clips gradients and decays weights. Adam does neither of "
        "the last two. SGD is plain gradient descent, the same step length for all."
    ),
    "schedule": ("One-cycle: up for a fifth of the steps, then down to 0. Constant: always the same."),
    "loss": (
        "Categorical: of the ten probabilities. Binary: of ten sigmoids, each for itself, which cannot be calibrated."
    ),
    "average": (
        "The net is stored as the moving average of its last steps, which is steadier than the last one: 0.999 for "
        "some 1,000 of them."
    ),
}
_MOMENTA = (0.0, 0.99, 0.998, 0.999, 0.9995)
_SWITCHES = {
    "calibrate": (
        "Divides the net's outputs by one number, the temperature, that fits the validation part: of all answers given "
        "with 90 %, nine in ten shall be right. The answers stay the same."
    ),
    "deterministic": (
        "Adds up in the same order every time: the same seed gives the same history to the last digit, a little slower."
    ),
}
_ORDER = (
    *("epochs", "batch_size", "learning_rate", "schedule", "optimizer", "weight_decay", "loss", "label_smoothing"),
    *("dropout", "gentle", "negatives", "average", "attack", "validation", "patience", "seed"),
    *("calibrate", "deterministic"),
)
LABELS = TITLES | DISTORTIONS
"""What the form calls each setting and each distortion."""
_NAMES = "|".join(LABELS)


def in_labels(message: str) -> str:
    """A message of the library with settings as the form calls them, where it begins with one or gives its value."""
    message = re.sub(rf"^({_NAMES})\b", lambda found: LABELS[found[1]], message)
    message = re.sub(rf"\b({_NAMES})=", lambda found: f"{LABELS[found[1]]} ", message)
    return re.sub(r"\b[a-z]+_[a-z]+\b", lambda found: LABELS.get(found[0], found[0]), message)


def settings_in_words(plan: Plan) -> list[dict[str, str]]:
    """The settings that had an effect, as rows of `setting` and `value`."""
    idle = {"frozen"} if plan.base is None else set()
    if plan.settings.optimizer != "adamw":
        idle.add("weight_decay")
    if "augment" in heeded(plan.net) and not plan.settings.augment:
        idle |= {"gentle", *DISTORTIONS}
    return [
        {"setting": LABELS[name], "value": _in_words(name, value)}
        for name, value in plan.wishes.items()
        if name not in idle
    ]


def _in_words(name: str, value: Any) -> str:
    if value is None:
        return "as the net has it"
    if isinstance(value, bool) or (value == 0 and name != "seed"):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@dataclass
class RunForm:
    """What was chosen so far, and whether something is out of range."""

    prefix: str
    start: Plan
    changes: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False

    def key(self, name: str) -> str:
        """The widget's key: another starting point is another widget, with its own default."""
        return f"{self.prefix}-{name}"

    def refuse(self, message: str) -> None:
        """Say below a field why it cannot be so."""
        st.caption(f":red[{in_labels(message)}]")
        self.faulty = True


def choose_settings(form: RunForm, base: str | None) -> None:
    """The fields of all settings that the net heeds; with a base the frozen layers, too."""
    known = heeded(form.start.net)
    names = [*(name for name in _ORDER if name in known), *(["frozen"] if base else [])]
    for first in range(0, len(names), 2):
        for place, name in zip(st.columns(2), names[first : first + 2], strict=False):
            with place:
                _ask(form, name)


def _ask(form: RunForm, name: str) -> None:
    if name in _PICKS:
        _ask_choice(form, name)
    elif name in _SWITCHES:
        _ask_switch(form, name)
    elif name == "dropout":
        _ask_dropout(form)
    elif name == "frozen":
        _ask_frozen(form)
    else:
        _ask_number(form, name)


def _ask_choice(form: RunForm, name: str) -> None:
    value = getattr(form.start.settings, name)
    options = sorted({*_MOMENTA, value}) if name == "average" else list(CHOICES[name])
    form.changes[name] = st.selectbox(
        LABELS[name],
        options,
        index=options.index(value),
        key=form.key(name),
        bind="query-params",
        help=_PICKS[name],
        persist_state="session",
        format_func=lambda option: str(option) if option else "off",
    )


def _ask_switch(form: RunForm, name: str) -> None:
    label, about = LABELS[name], _SWITCHES[name]
    if name == "calibrate" and form.changes.get("loss") == "binary":
        st.toggle(label, False, key=form.key("no-calibrate"), help=about, disabled=True)
        st.caption("Off: ten sigmoids have no common temperature.")
        form.changes[name] = False
        return
    form.changes[name] = st.toggle(
        label,
        getattr(form.start.settings, name),
        key=form.key(name),
        bind="query-params",
        help=about,
        persist_state="session",
    )


def _ask_number(form: RunForm, name: str) -> None:
    style, step, about = _NUMBERS[name]
    value = getattr(form.start.settings, name)
    whole = style == "%d"
    form.changes[name] = st.number_input(
        LABELS[name],
        value=value if whole else float(value),
        step=int(step) if whole else step,
        format=style,
        key=form.key(name),
        bind="query-params",
        help=about,
        persist_state="session",
    )
    if name == "validation" and form.changes[name] >= 1:
        form.changes[name] = int(form.changes[name])  # a number of pictures
    _say_problem(form, name)


def _ask_dropout(form: RunForm) -> None:
    form.changes["dropout"] = st.number_input(
        LABELS["dropout"],
        value=form.start.settings.dropout,
        step=0.05,
        format="%.4g",
        placeholder="as the net has it",
        key=form.key("dropout"),
        bind="query-params",
        persist_state="session",
        help=f"Share of units that every dropout layer leaves out while training, {_span('dropout')}.",
    )
    _say_problem(form, "dropout")


@st.cache_data(show_spinner="Counting the net's layers …")
def _most_frozen(net: str) -> int:
    return most_frozen(net)


def _ask_frozen(form: RunForm) -> None:
    most = _most_frozen(form.start.net)
    form.changes["frozen"] = st.number_input(
        LABELS["frozen"],
        value=form.start.settings.frozen,
        step=1,
        key=form.key("frozen"),
        bind="query-params",
        persist_state="session",
        help=f"So many layers with weights, counted from the input, keep what they know: 0 to {most}.",
    )
    if form.changes["frozen"] > most:
        form.refuse(f"frozen must be 0 to {most}, not {form.changes['frozen']}.")
    else:
        _say_problem(form, "frozen")


def _say_problem(form: RunForm, name: str) -> None:
    """Refuse what is out of range, right below its field."""
    try:
        check_setting(name, form.changes[name])
    except SettingsError as error:
        form.refuse(str(error))
