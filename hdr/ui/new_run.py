"""The Train page's form: preset, net, data, settings and distortions, each checked beside its field; then Start."""

import contextlib

import streamlit as st

from hdr.errors import HdrError
from hdr.learn.jobs import check_free, free_name, submit
from hdr.learn.plan import PRESETS, Plan, fine_tuned, make_plan, plan_from_json, preset_plan
from hdr.learn.settings import heeded
from hdr.learn.trackers import installed_trackers
from hdr.nets import NETS, NetSpec
from hdr.store.cards import list_models, read_card
from hdr.store.runs import Run, get_run, list_runs
from hdr.ui.data_choice import choose_data, offer_own_data
from hdr.ui.distortions import choose_distortions
from hdr.ui.errors import show_error
from hdr.ui.estimating import shared_size, show_run_estimate
from hdr.ui.plain import count
from hdr.ui.setting_fields import RunForm, choose_settings, in_labels
from hdr.ui.words import net_title

_MNIST_SIZE = 60_000


def set_up_run() -> None:
    """The form on the left, the distortions on the right, and Start."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        data = choose_data("sources")
        form = _starting_point(data)
        base = _choose_base(form, data)
        if isinstance(NETS[form.start.net], NetSpec):
            with st.expander("Settings", icon=":material/tune:", key="settings"):
                choose_settings(form, base)
    with right:
        if "augment" in heeded(form.start.net):
            form.changes |= choose_distortions(form.start, form.prefix)
        offer_own_data()
    with left:
        _offer_start(form, data, base)


def _starting_point(data: tuple[tuple[str, float], ...]) -> RunForm:
    """A preset of a net for so much data, or the plan of a run that shall be repeated with changes."""
    if repeated := _repeated():
        run, plan = repeated
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Settings of run {run.id}{f', **{run.model}**' if run.model else ''}.")
            st.button("Start from a preset instead", on_click=lambda: st.session_state.pop("repeat", None))
        return RunForm(f"run{run.id}", plan)
    names = [name for name in NETS if name != "quick_cnn"]
    net = st.selectbox(
        "Net",
        names,
        key="net",
        bind="query-params",
        persist_state="session",
        format_func=net_title,
        help="What is trained: a net of layers, epoch by epoch, or a classical classifier, at one go.",
    )
    st.caption(NETS[net].about)
    if not isinstance(NETS[net], NetSpec):
        return RunForm(net, make_plan(net))
    preset = st.segmented_control(
        "Preset",
        list(PRESETS),
        default="quick",
        required=True,
        key="preset",
        bind="query-params",
        persist_state="session",
        format_func=str.title,
        help="What the settings below begin with; each can be changed.",
    )
    plan = preset_plan(preset, net, shared_size(data, net) if data else _MNIST_SIZE)
    st.caption(_about_preset(preset, net, plan))
    return RunForm(f"{preset}-{plan.net}-{plan.settings.epochs}", plan)


def _about_preset(preset: str, net: str, plan: Plan) -> str:
    """What a preset has come to for a net and so much data."""
    epochs, usual = plan.settings.epochs, preset_plan(preset, net, _MNIST_SIZE).settings.epochs
    bare = ", on pictures as they are" if "augment" in heeded(plan.net) and not plan.settings.augment else ""
    about = f"{PRESETS[preset]}: {count(epochs, 'epoch')}{bare}."
    if epochs > usual:
        about += f" With little data it takes more than the usual {usual}."
    if plan.net != net:
        about += f" This preset trains the {NETS[plan.net].title} in its place, a slimmer net."
    return about


def _repeated() -> tuple[Run, Plan] | None:
    """The run that shall be repeated, with its plan; None where there is none, or none any more."""
    if number := st.session_state.get("repeat"):
        with contextlib.suppress(HdrError):
            run = get_run(number)
            return run, plan_from_json(run.plan)
        st.session_state.pop("repeat")
    return None


def _choose_base(form: RunForm, data: tuple[tuple[str, float], ...]) -> str | None:
    """The model whose weights the run starts from, None for a fresh net."""
    fitting = [name for name in list_models() if _net_of(name) == form.start.net]
    if not isinstance(NETS[form.start.net], NetSpec) or not fitting:
        return None
    base = st.selectbox(
        "Start from",
        fitting,
        index=fitting.index(form.start.base) if form.start.base in fitting else None,
        placeholder="Fresh weights",
        key=form.key("base"),
        bind="query-params",
        persist_state="session",
        help="A model's weights, so that the run goes on from what it knows. Fine-tuning: a few samples of your own "
        "beside a share of MNIST keep the net from forgetting the rest.",
    )
    if base and "mnist" not in dict(data):
        st.caption(":orange[Add MNIST to the data with a share: else the net forgets what it knew.]")
    if base and base != form.start.base:
        form.start, form.prefix = fine_tuned(form.start, base), f"{form.prefix}-{base}"
    return base


def _net_of(name: str) -> str:
    """The net of a stored model; empty where its card is damaged."""
    try:
        return str(read_card(name)["net"])
    except HdrError:
        return ""


def _offer_start(form: RunForm, data: tuple[tuple[str, float], ...], base: str | None) -> None:
    name = _ask_name(form)
    known = installed_trackers()
    trackers = tuple(st.multiselect("Log to, besides", known, key="trackers")) if known else ()
    try:
        plan = make_plan(form.start.net, form.changes, data=data, base=base, trackers=trackers)
    except HdrError as error:
        plan = None
        if data and not form.faulty:
            show_error(in_labels(str(error)))
    if plan:
        show_run_estimate(plan)
    busy = any(run.state == "running" for run in list_runs())
    label, icon = ("Add to the queue", ":material/queue:") if busy else ("Start", ":material/play_arrow:")
    faulty = plan is None or form.faulty
    if st.button(label, type="primary", icon=icon, disabled=faulty, key="start") and plan:
        submit(plan, name)
        st.session_state.pop("repeat", None)
        st.rerun()


def _ask_name(form: RunForm) -> str | None:
    """The model's name, refused below its field where it cannot be; None for the next free one."""
    name = st.text_input(
        "Name of the model",
        placeholder=free_name(form.start.net),
        key="model_name",
        max_chars=60,
        help="The pages and the command line call it so. Left empty, the next free name is taken.",
    ).strip()
    try:
        if name:
            check_free(name)
    except HdrError as error:
        form.refuse(str(error))
    return name or None
