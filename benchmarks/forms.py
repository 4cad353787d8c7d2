"""Synthetic forms: fields found, fields exact, and what check digits let through.

usage: python -m benchmarks.forms [--json OUT] [--forms N] [--checks N] [--digits test|train]

`scripts/draw_forms.py` draws the forms, with MNIST digits as handwriting: shifted, rotated, photographed, at three
levels of noise in turn. Needs MNIST; read with the shipped default model and the string net.
"""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from benchmarks.report import parser_of, write_report
from hdr.config import DEFAULT_MODEL
from hdr.data.datasets import Dataset, load_mnist
from hdr.errors import ImageContentError
from hdr.form_reader import FieldReading, read_registered
from hdr.reader import Reader, load_reader
from hdr.results import RGB, Box
from hdr.store.templates import Template
from hdr.vision.form import Registration, register
from hdr.vision.image import decode_image, to_grey
from scripts.draw_forms import NOISE, WAYS, Matrix, blank_template, distort, draw_hand, draw_truth, fill

_OVERLAP = 0.8
"""Intersection over union of a field as registered and as drawn, from which on it counts as found."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A form with what is written on it and where it lies."""

    picture: RGB
    truth: dict[str, str]
    way: str
    matrix: Matrix


@dataclass
class Tally:
    """Fields counted so far."""

    fields: int = 0
    found: int = 0
    exact: int = 0
    unruled_exact: int = 0
    accepted: int = 0
    wrong_accepted: int = 0
    failures: list[list[str]] = field(default_factory=list)

    def count(self, reading: FieldReading, truth: str) -> None:
        """Count one field as read."""
        right = reading.text == truth
        self.exact += right
        self.unruled_exact += reading.unruled == truth
        self.accepted += not reading.unsure
        self.wrong_accepted += not reading.unsure and not right
        if not right and len(self.failures) < 40:
            self.failures.append([reading.name, truth, reading.text, f"{reading.confidence:.3f}"])

    def report(self) -> dict[str, Any]:
        """Shares, 0..1."""
        fields = max(1, self.fields)
        return {
            "fields": self.fields,
            "found": round(self.found / fields, 4),
            "exact": round(self.exact / fields, 4),
            "unruled_exact": round(self.unruled_exact / fields, 4),
            "accepted": round(self.accepted / fields, 4),
            "wrong_accepted_per_1000": round(1000 * self.wrong_accepted / max(1, self.accepted), 2),
            "failures": self.failures,
        }


def draw_forms(template: Template, digits: Dataset, count: int, seed: int) -> Iterator[Drawn]:
    """Filled forms, every way and noise in turn."""
    rng, blank = np.random.default_rng(seed), decode_image(template.reference)
    for number in range(count):
        truth = draw_truth(rng)
        page = fill(blank, truth, draw_hand(digits, rng), rng)
        way = WAYS[number % len(WAYS)]
        picture, matrix = distort(page, way, NOISE[number // len(WAYS) % len(NOISE)], rng)
        yield Drawn(picture, truth, way, matrix)


def measure_forms(reader: Reader, digits: Dataset, count: int) -> dict[str, Any]:
    """Whole forms: register and read."""
    template, every = blank_template(), Tally()
    ways = {way: Tally() for way in WAYS}
    reference = to_grey(decode_image(template.reference))
    registering, reading = [], []
    for drawn in draw_forms(template, digits, count, 101):
        tallies = (every, ways[drawn.way])
        for tally in tallies:
            tally.fields += len(template.fields)
        started = time.perf_counter()
        try:
            registration = register(to_grey(drawn.picture), reference)
        except ImageContentError:
            continue
        registering.append(time.perf_counter() - started)
        started = time.perf_counter()
        fields = read_registered(reader, drawn.picture, template, registration).fields
        reading.append(time.perf_counter() - started)
        for tally in tallies:
            tally.found += sum(_overlap(registration, drawn.matrix, part.box) >= _OVERLAP for part in template.fields)
            for read in fields:
                tally.count(read, drawn.truth[read.name])
    by_way = {way: {key: tally.report()[key] for key in ("fields", "found", "exact")} for way, tally in ways.items()}
    times = {"register_s": statistics.median(registering), "read_s": statistics.median(reading)}
    return every.report() | {"ways": by_way} | {name: round(value, 3) for name, value in times.items()}


def measure_checks(reader: Reader, digits: Dataset, count: int) -> dict[str, Any]:
    """Fields with a check digit alone, on forms of which is known where they lie."""
    whole = blank_template()
    checked = tuple(part for part in whole.fields if part.rule.check)
    template, tally = Template(whole.name, whole.size, checked, (), whole.reference), Tally()
    for drawn in draw_forms(whole, digits, count, 202):
        registration = Registration(drawn.matrix)
        for read in read_registered(reader, drawn.picture, template, registration).fields:
            tally.fields += 1
            tally.found += 1
            tally.count(read, drawn.truth[read.name])
    return tally.report()


def _overlap(registration: Registration, matrix: Matrix, box: Box) -> float:
    """Intersection over union of a field as registered and as it lies on the picture."""
    found, true = (Registration(m).corners(box).astype(np.float32) for m in (registration.matrix, matrix))
    shared, _ = cv2.intersectConvexConvex(found, true)
    return float(shared / (cv2.contourArea(found) + cv2.contourArea(true) - shared))


def main() -> None:
    """Run both parts and write their figures."""
    parser = parser_of(__doc__)
    parser.add_argument("--forms", type=int, default=48, help="whole forms")
    parser.add_argument("--checks", type=int, default=400, help="forms of which the fields with a check digit are read")
    parser.add_argument("--digits", choices=("test", "train"), default="test", help="part of MNIST to write with")
    asked = parser.parse_args()
    reader, digits = load_reader(DEFAULT_MODEL), load_mnist(asked.digits)
    report = {
        "digits": f"mnist-{asked.digits}",
        "forms": measure_forms(reader, digits, asked.forms),
        "check_digits": measure_checks(reader, digits, asked.checks),
    }
    write_report(report, asked.json)


if __name__ == "__main__":
    main()
