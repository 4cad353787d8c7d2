"""The Train page's form: preset, net, data, settings and distortions, each checked beside its field; then Start."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from hdr.errors import HdrError, SettingsError
from hdr.learn.estimate import estimate_seconds
from hdr.learn.jobs import free_name, submit
from hdr.learn.mixture import epoch_size
from hdr.learn.plan import PRESETS, Plan, fine_tuned, make_plan, plan_from_json, preset_plan
from hdr.learn.settings import CHOICES, check_setting, heeded
from hdr.learn.trackers import installed_trackers
from hdr.nets import NETS, NetSpec, kind_of
from hdr.store.cards import list_models, read_card
from hdr.store.runs import Run, get_run, list_runs
from hdr.ui.data_choice import choose_data, offer_own_data
from hdr.ui.distortions import choose_distortions
from hdr.ui.words import as_time

_NUMBERS: dict[str, tuple[str, str, float, str]] = {
    "epochs": ("Epochs", "%d", 1, "How often every picture is seen."),
    "batch_size": (
        "Batch size",
        "%d",
        1,
        "Pictures per step. Larger is faster an epoch, smaller learns more from each.",
    ),
    "learning_rate": ("Learning rate", "%.4g", 0.001, "Length of a step at the peak of the schedule."),
    "weight_decay": ("Weight decay", "%.4g", 0.01, "How strongly AdamW pulls weights to zero; the others know none."),
    "gentle": (
        "Gentle end",
        "%.4g",
        0.05,
        "Share of the epochs, at the end, with half the distortions: the net ends on what digits look like. Of rows of "
        "digits: without those put together of many hands.",
    ),
    "label_smoothing": ("Label smoothing", "%.4g", 0.01, "Share of certainty spread over all ten digits, 0 to 0.5."),
    "negatives": (
        "No digits",
        "%.4g",
        0.05,
        "Share of each batch that is no digit: scribbles, letters, cut digits. The net learns to be unsure of them.",
    ),
    "average": (
        "Averaged weights",
        "%.5g",
        0.001,
        "The net is stored as the moving average of its last steps: 0.999 for some 1,000 of them, 0 for none.",
    ),
    "attack": (
        "Attacked pictures",
        "%.4g",
        0.05,
        "Most that a pixel is changed by to mislead the net while it learns, 0 to 0.5: harder to fool, twice as slow, "
        "a little worse on clean digits. 0 for none.",
    ),
    "validation": ("Share for validation", "%.4g", 0.01, "Held out to choose the best epoch by, 0.01 to 0.5."),
    "patience": ("Early stopping", "%d", 1, "Ends after so many epochs without a lower validation loss; 0 for never."),
    "seed": ("Seed", "%d", 1, "Fixes weights, order, split and distortions."),
}
_PICKS = {
    "optimizer": ("Optimizer", "AdamW decouples weight decay; Adam; SGD is plain gradient descent."),
    "schedule": ("Schedule", "One-cycle: up for a fifth of the steps, then down to 0. Constant: always the same."),
    "loss": ("Loss", "Categorical: of the ten probabilities. Binary: of ten sigmoids, each for itself."),
}
_SWITCHES = {
    "calibrate": ("Calibrate the confidence", "Fits one temperature on the validation part."),
    "deterministic": (
        "Same sums every time",
        "The same seed gives the same history to the last digit; a little slower.",
    ),
}


_MNIST_SIZE = 60_000


@dataclass
class _Form:
    """What was chosen so far, and whether something is out of range."""

    prefix: str
    start: Plan
    changes: dict[str, Any] = field(default_factory=dict)
    faulty: bool = False

    def key(self, name: str) -> str:
        """The widget's key: another starting point is another widget, with its own default."""
        return f"{self.prefix}-{name}"


def set_up_run() -> None:
    """The form on the left, the distortions on the right, and Start."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        data = choose_data("sources")
        form = _starting_point(data)
        base = _choose_base(form, data)
        if isinstance(NETS[form.start.net], NetSpec):
            with st.expander("Settings", icon=":material/tune:", key="settings"):
                _choose_settings(form, base)
    with right:
        if "augment" in heeded(form.start.net):
            form.changes |= choose_distortions(form.start, form.prefix)
        offer_own_data()
    with left:
        _offer_start(form, data, base)


def _starting_point(data: tuple[tuple[str, float], ...]) -> _Form:
    """A preset of a net for so much data, or the plan of a run that shall be repeated with changes."""
    if repeated := _repeated():
        run, plan = repeated
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Settings of run {run.id}{f', **{run.model}**' if run.model else ''}.")
            st.button("Start from a preset instead", on_click=lambda: st.session_state.pop("repeat", None))
        return _Form(f"run{run.id}", plan)
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="quick",
        required=True,
        key="preset",
        bind="query-params",
        persist_state="session",
        format_func=str.title,
    )
    st.caption(PRESETS[preset])
    names = [name for name in NETS if name != "quick_cnn"]
    net = st.selectbox("Net", names, key="net", bind="query-params", persist_state="session", format_func=_net_title)
    st.caption(NETS[net].about)
    plan = preset_plan(preset, net, _epoch_size(data, net) if data else _MNIST_SIZE)
    if plan.net != net:
        st.caption(f"This preset trains the {NETS[plan.net].title} in its place: {NETS[plan.net].about}")
    return _Form(f"{preset}-{plan.net}-{plan.settings.epochs}", plan)


def _repeated() -> tuple[Run, Plan] | None:
    """The run that shall be repeated, with its plan; None where there is none, or none any more."""
    if number := st.session_state.get("repeat"):
        with contextlib.suppress(HdrError):
            run = get_run(number)
            return run, plan_from_json(run.plan)
        st.session_state.pop("repeat")
    return None


def _net_title(name: str) -> str:
    return NETS[name].title


@st.cache_data(ttl=600, show_spinner="Looking at the data …")
def _epoch_size(data: tuple[tuple[str, float], ...], net: str) -> int:
    return epoch_size(data, net)


def _choose_base(form: _Form, data: tuple[tuple[str, float], ...]) -> str | None:
    """The model whose weights the run starts from, None for a fresh net; and how many of its layers stay frozen."""
    fitting = [name for name in list_models() if _net_of(name) == form.start.net]
    if not isinstance(NETS[form.start.net], NetSpec) or not fitting:
        return None
    base = st.selectbox(
        "Start from",
        fitting,
        index=fitting.index(form.start.base) if form.start.base in fitting else None,
        placeholder="Fresh weights",
        key=form.key("base"),
        persist_state="session",
        format_func="{}: what it knows already".format,
        help="Fine-tuning: a few samples of your own beside a share of MNIST keep the net from forgetting the rest.",
    )
    if base and "mnist" not in dict(data):
        st.caption(":orange[Add MNIST to the data with a share: else the net forgets what it knew.]")
    if base and base != form.start.base:
        form.start, form.prefix = fine_tuned(form.start), f"{form.prefix}-{base}"
    return base


def _net_of(name: str) -> str:
    """The net of a stored model; empty where its card is damaged."""
    try:
        return str(read_card(name)["net"])
    except HdrError:
        return ""


def _choose_settings(form: _Form, base: str | None) -> None:
    left, right = st.columns(2)
    known = heeded(form.start.net)
    for index, name in enumerate(name for name in _NUMBERS if name in known):
        with (left, right)[index % 2]:
            _ask_number(form, name)
    with left:
        _ask_dropout(form)
    for index, name in enumerate(name for name in _PICKS if name in known):
        label, about = _PICKS[name]
        with (right, left, right)[index]:
            default = CHOICES[name].index(getattr(form.start.settings, name))
            form.changes[name] = st.selectbox(
                label, CHOICES[name], index=default, key=form.key(name), help=about, persist_state="session"
            )
    for name, (label, about) in _SWITCHES.items():
        form.changes[name] = st.toggle(
            label, getattr(form.start.settings, name), key=form.key(name), help=about, persist_state="session"
        )
    if base:
        form.changes["frozen"] = st.number_input(
            "Frozen layers",
            value=form.start.settings.frozen,
            step=1,
            key=form.key("frozen"),
            persist_state="session",
            help="So many layers with weights, counted from the picture, keep what they know.",
        )
        _say_problem(form, "frozen", form.changes["frozen"])


def _ask_number(form: _Form, name: str) -> None:
    label, style, step, about = _NUMBERS[name]
    value = getattr(form.start.settings, name)
    whole = style == "%d"
    form.changes[name] = st.number_input(
        label,
        value=value if whole else float(value),
        step=int(step) if whole else step,
        format=style,
        key=form.key(name),
        help=about,
        persist_state="session",
    )
    if name == "validation" and form.changes[name] >= 1:
        form.changes[name] = int(form.changes[name])  # a number of pictures
    _say_problem(form, name, form.changes[name])


def _ask_dropout(form: _Form) -> None:
    form.changes["dropout"] = st.number_input(
        "Dropout",
        value=form.start.settings.dropout,
        step=0.05,
        format="%.4g",
        placeholder="as the net has it",
        key=form.key("dropout"),
        persist_state="session",
        help="Share of units that every dropout layer leaves out while training, 0 to 0.9.",
    )
    _say_problem(form, "dropout", form.changes["dropout"])


def _say_problem(form: _Form, name: str, value: Any) -> None:
    """Refuse what is out of range, right below its field."""
    try:
        check_setting(name, value)
    except SettingsError as error:
        st.caption(f":red[{error}]")
        form.faulty = True


def _offer_start(form: _Form, data: tuple[tuple[str, float], ...], base: str | None) -> None:
    name = st.text_input("Name of the model", placeholder=free_name(form.start.net), key="model_name", max_chars=60)
    known = installed_trackers()
    trackers = tuple(st.multiselect("Log to, besides", known, key="trackers")) if known else ()
    try:
        plan = make_plan(form.start.net, form.changes, data=data, base=base, trackers=trackers)
    except HdrError as error:
        plan = None
        if data and not form.faulty:
            st.error(str(error), icon=":material/error:")
    if plan:
        _show_estimate(plan)
    busy = any(run.state == "running" for run in list_runs())
    label, icon = ("Add to the queue", ":material/queue:") if busy else ("Start", ":material/play_arrow:")
    if st.button(label, type="primary", icon=icon, disabled=plan is None, key="start") and plan:
        submit(plan, name.strip() or None)
        st.session_state.pop("repeat", None)
        st.rerun()


def _trained_net(run: Run) -> str:
    """The net that a run trains; empty of a search, or where its plan is damaged."""
    try:
        return plan_from_json(run.plan).net if run.kind == "train" else ""
    except HdrError:
        return ""


def _show_estimate(plan: Plan) -> None:
    """How long it will take, as far as is known."""
    done = [run for run in list_runs() if _trained_net(run) == plan.net]
    size = _epoch_size(plan.data, plan.net)
    if kind_of(plan.net) != "string":  # whose numbers are composed
        held_out = plan.settings.validation
        size = round(size * (1 - held_out)) if held_out < 1 else max(1, size - round(held_out))
    seconds = estimate_seconds(plan, size, done)
    if isinstance(NETS[plan.net], NetSpec) and seconds is not None:
        source = "as earlier runs here" if any(run.pictures_per_second for run in done) else "a first guess"
        st.caption(f"{plan.settings.epochs} epochs of {size:,} pictures: about **{as_time(seconds)}**, {source}.")
