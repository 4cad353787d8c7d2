"""Time a few training steps of every net of the registry, for first estimates: writes hdr/learn/speeds.json.

usage: python -m scripts.time_training
"""

import json
import time

import numpy as np

from hdr.config import machine
from hdr.data.compose import Composer
from hdr.data.datasets import Dataset
from hdr.data.strings import Numbers
from hdr.data.traced import drawn_paths
from hdr.learn.estimate import SPEEDS, machine_speed
from hdr.learn.fit import Watcher, fit_net
from hdr.learn.lessons import FRAME, DigitLesson, Lesson, StringLesson
from hdr.learn.path_lesson import PathLesson
from hdr.learn.settings import settings_for
from hdr.nets import NETS, NetSpec, kind_of

STEPS = 30


class _Stopwatch(Watcher):
    """Notes when each batch ended; the first few, in which TensorFlow compiles, do not count."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def batch_done(self, done: int, of: int) -> bool:
        del done, of
        self.times.append(time.perf_counter())
        return False


def pictures_per_second(net: str, spec: NetSpec) -> float:
    """Training speed of a net by its own recipe, as the median step."""
    settings = settings_for(net, epochs=1, calibrate=False)
    count = STEPS * settings.batch_size
    images = np.random.default_rng(1).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    data = Dataset("noise", images, np.arange(count) % 10)
    watch = _Stopwatch()
    check = Dataset("noise", images[:20], np.arange(20) % 10)
    lesson: Lesson = DigitLesson(data, check)
    if kind_of(net) == "string":
        strips = Numbers(np.zeros((20, 32, FRAME), np.uint8), ("1",) * 20)
        lesson = StringLesson(Composer(data), [], 0.0, strips)
    elif kind_of(net) == "path":
        lesson = PathLesson(drawn_paths(count), drawn_paths(20))
    fit_net(spec.build, lesson, settings, watcher=watch)
    return settings.batch_size / float(np.median(np.diff(watch.times[5:])))


def main() -> None:
    """Time every net and write the file."""
    rates = {net: round(pictures_per_second(net, spec)) for net, spec in NETS.items() if isinstance(spec, NetSpec)}
    known = {"machine": machine(), "machine_speed": round(machine_speed()), "pictures_per_second": rates}
    SPEEDS.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
