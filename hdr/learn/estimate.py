"""How long a run will take: first from what this machine or a known one has done, then from the run itself."""

import json
import time
from functools import cache
from pathlib import Path

import numpy as np

from hdr.learn.plan import Plan
from hdr.store.runs import Run

SPEEDS = Path(__file__).with_name("speeds.json")
"""Pictures per second of each net on one machine, and that machine's `machine_speed`; scripts/time_training.py."""
_START_SECONDS = 12.0
"""TensorFlow's start, compilation, and the test sets at the end."""


def estimate_seconds(plan: Plan, size: int, done: list[Run]) -> float | None:
    """Seconds that a plan will take, from runs of the same net here, else from the known machine.

    Args:
        plan: What shall be trained.
        size: Pictures in an epoch.
        done: Finished runs, the newest first, whose plans hold the same net.

    Returns:
        None for a net of which nothing is known.
    """
    rates = [run.pictures_per_second for run in done if run.pictures_per_second]
    rate = rates[0] if rates else _known_rate(plan.net)
    return None if rate is None else _START_SECONDS + plan.settings.epochs * size / rate


def remaining_seconds(run: Run, history: dict[str, list[float]]) -> float | None:
    """Seconds that a running run still needs, from its epochs so far or its first batches; None before these."""
    if not run.batches or not run.pictures_per_second:
        return None
    if history:
        whole = history["seconds"][-1] / len(history["seconds"])
    elif run.batch:
        since = time.time() - (run.started or 0.0)
        whole = run.batches * max(since - _START_SECONDS / 2, since / 4) / run.batch
    else:
        return None
    return max(0.0, whole * (run.epochs - run.epoch - run.batch / run.batches))


@cache
def machine_speed() -> float:
    """Multiplications of matrices of 256 x 256 per second, the best of fifty: how fast this machine counts."""
    matrix = np.ones((256, 256), np.float32)
    times = []
    for _ in range(50):
        started = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - started)
    return 1.0 / min(times)


def _known_rate(net: str) -> float | None:
    known = json.loads(SPEEDS.read_text(encoding="utf-8"))
    rate = known["pictures_per_second"].get(net)
    return rate and rate * machine_speed() / known["machine_speed"]
