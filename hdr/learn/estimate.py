"""How long a run will take: first from what this machine or a known one has done, then from the run itself."""

import json
import math
import time
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np

from hdr.errors import SettingsError
from hdr.learn.plan import Plan, plan_from_json
from hdr.learn.search import Search
from hdr.store.runs import Run, list_runs, read_epochs

SPEEDS = Path(__file__).with_name("speeds.json")
"""Pictures per second of each net on one machine, and that machine's `machine_speed`; scripts/time_training.py."""
_START_SECONDS = 12.0
"""TensorFlow's start, compilation, and the test sets at the end."""
_EPOCH_SECONDS = 0.3
"""What every epoch costs, however small the data: its validation and its checkpoint."""
_MEASURED_SECONDS, _FRESH_SECONDS = 0.3, 600.0
"""How long this machine's speed is measured, and for how long that counts: it may have been busy."""
_RATIOS = (0.2, 5.0)
"""Of this machine's speed to the known one's: what lies beyond is a mistake of the measurement."""
_LATEST = 5
"""Runs whose median counts: the machine may have been busier long ago."""


@dataclass(frozen=True)
class Pace:
    """How fast a run went.

    Attributes:
        start: Seconds besides its epochs.
        rate: Pictures a second, in a median epoch.
    """

    start: float
    rate: float


def paces_of(plan: Plan) -> list[Pace]:
    """How fast the latest runs here went that trained the same net in the same way, as far as speed goes."""
    alike = (run for run in list_runs() if run.kind == "train" and run.state == "done" and _is_alike(run, plan))
    return list(islice((pace for run in alike if (pace := pace_of(run, read_epochs(run.id)))), _LATEST))


def _is_alike(run: Run, plan: Plan) -> bool:
    try:
        known = plan_from_json(run.plan)
    except SettingsError:
        return False
    return _what_costs_time(known) == _what_costs_time(plan)


def _what_costs_time(plan: Plan) -> tuple[str, bool, bool]:
    return plan.net, plan.settings.augment, plan.settings.attack > 0


def pace_of(run: Run, history: dict[str, list[float]]) -> Pace | None:
    """How fast a finished run went; None where it tells too little."""
    if not run.batches or not history or history["seconds"][-1] <= 0:
        return None
    epoch = float(np.median(np.diff([0.0, *history["seconds"]])))
    size = run.batches * plan_from_json(run.plan).settings.batch_size
    start = max(0.0, run.seconds - epoch * len(history["seconds"]))
    return Pace(start, size / max(epoch - _EPOCH_SECONDS, epoch / 10, 1e-3))


def estimate_seconds(plan: Plan, size: int, paces: list[Pace]) -> float | None:
    """Seconds that a plan will take, from runs of the same net here, else from the known machine.

    Args:
        plan: What shall be trained.
        size: Pictures in an epoch.
        paces: Of `paces_of`.

    Returns:
        None for a net of which nothing is known.
    """
    start, rate = _START_SECONDS, _known_rate(plan.net)
    if paces:
        start, rate = np.median([(pace.start, pace.rate) for pace in paces], axis=0).tolist()
    return None if rate is None else start + plan.settings.epochs * (_EPOCH_SECONDS + size / rate)


def search_seconds(search: Search, size: int, paces: list[Pace]) -> float | None:
    """Seconds that a search takes where none of its trials is given up early; see `estimate_seconds`."""
    trial = estimate_seconds(search.plan, min(size, search.pictures), paces)
    return trial and search.trials * trial


def remaining_seconds(run: Run, history: dict[str, list[float]]) -> float | None:
    """Seconds that a running run's epochs still need, from those so far or its first batches.

    Returns:
        None before these, after the last epoch, and of a search.
    """
    if run.kind != "train" or run.epoch >= run.epochs:
        return None
    if history:
        seconds = history["seconds"]  # TensorFlow compiles in the first epoch
        whole = (seconds[-1] - seconds[0]) / (len(seconds) - 1) if len(seconds) > 1 else seconds[0]
    elif run.batches and run.pictures_per_second:
        whole = run.batches * plan_from_json(run.plan).settings.batch_size / run.pictures_per_second
    else:
        return None
    return max(0.0, whole * (run.epochs - run.epochs_done))


def machine_speed() -> float:
    """Multiplications of matrices of 256 x 256 per second, at best: how fast this machine counts, now and then anew."""
    return _measured(int(time.monotonic() // _FRESH_SECONDS))


@lru_cache(maxsize=1)
def _measured(_period: int) -> float:
    matrix = np.ones((256, 256), np.float32)
    until, best = time.perf_counter() + _MEASURED_SECONDS, math.inf
    while (started := time.perf_counter()) < until or math.isinf(best):
        matrix @ matrix
        best = min(best, time.perf_counter() - started)
    return 1.0 / best


def _known_rate(net: str) -> float | None:
    known = json.loads(SPEEDS.read_text(encoding="utf-8"))
    rate = known["pictures_per_second"].get(net)
    return rate and rate * min(max(machine_speed() / known["machine_speed"], _RATIOS[0]), _RATIOS[1])
