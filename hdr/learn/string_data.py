"""The numbers of a string net's run: real ones, and single digits to compose others from, each with a part held out."""

import hashlib

import numpy as np

from hdr.data.compose import Composer
from hdr.data.datasets import Dataset
from hdr.data.strings import Amount, Numbers, as_numbers, holds_numbers, load_numbers
from hdr.errors import SettingsError
from hdr.learn.lessons import FRAME, STRINGS, LessonParts, StringLesson
from hdr.learn.mixture import check_batch, joined, load_source, split
from hdr.learn.settings import TrainSettings
from hdr.vision.strip import pad_strips

_COMPOSED = 300
"""Numbers composed for the validation part."""


def load_string_parts(data: tuple[tuple[str, float], ...], settings: TrainSettings) -> LessonParts:
    """Load and split the sources of a plan.

    Args:
        data: Sources with their shares: `cheques` or a folder with `labels.csv` for real numbers, all others for
            single digits to compose numbers from, of which there must be one.
        settings: Of the share held out, and the seed.

    Raises:
        DataError: A source is unknown, missing or damaged.
        SettingsError: There is nothing to compose from, too little is left, or a batch is larger than an epoch.
    """
    check_batch(settings.batch_size, STRINGS)
    real = {name: load_numbers(name) for name, _ in data if holds_numbers(name)}
    single = {name: load_source(name) for name, _ in data if not holds_numbers(name)}
    if not single:
        raise SettingsError("A string net needs single digits to compose numbers from. Add a source, such as mnist.")
    digits = {name: split(source, settings) for name, source in single.items()}
    numbers = {name: _split_numbers(source, settings) for name, source in real.items()}
    sources = {name: _composed(part, settings.seed) for name, (_, part) in digits.items()}
    sources |= {name: as_numbers(held_out) for name, (_, held_out) in numbers.items()}
    lesson = StringLesson(
        Composer(joined("digits", [learn for learn, _ in digits.values()])),
        [number for learn, _ in numbers.values() for number in learn],
        sum(share for name, share in data if name in real),
        _together(list(sources.values())),
    )
    golden = sources[next(iter(single))].strips[:16]  # composed ones: real numbers stay where they are
    return LessonParts(lesson, sources, golden, _about(data, real, single), _hashes(real, single))


def _split_numbers(numbers: list[Amount], settings: TrainSettings) -> tuple[list[Amount], list[Amount]]:
    share = settings.validation
    held_out = int(np.ceil(share * len(numbers))) if share < 1 else int(share)
    if held_out >= len(numbers):
        raise SettingsError(f"validation would hold out {held_out:,} of {len(numbers):,} numbers; some must be left.")
    order = np.random.default_rng(settings.seed).permutation(len(numbers))
    return [numbers[i] for i in order[held_out:]], [numbers[i] for i in order[:held_out]]


def _composed(digits: Dataset, seed: int) -> Numbers:
    composer, rng = Composer(digits), np.random.default_rng(seed)
    strips, texts = zip(*(composer.compose(FRAME, rng) for _ in range(_COMPOSED)), strict=True)
    return Numbers(np.round(255 * np.stack(strips)).astype(np.uint8), texts)


def _together(parts: list[Numbers]) -> Numbers:
    strips = pad_strips([strip for part in parts for strip in part.strips])
    return Numbers(strips, tuple(text for part in parts for text in part.texts))


def _about(data: tuple[tuple[str, float], ...], real: dict[str, list[Amount]], single: dict[str, Dataset]) -> str:
    words = [
        f"{share:.0%} real numbers of {name} ({len(real[name]):,}), distorted and spliced"
        if name in real
        else f"{share:.0%} numbers composed of {name} ({len(single[name]):,} digits)"
        for name, share in data
    ]
    return ", ".join(words)


def _hashes(real: dict[str, list[Amount]], single: dict[str, Dataset]) -> dict[str, str]:
    found = {name: source.sha256() for name, source in single.items()}
    for name, numbers in real.items():
        content = b"".join(number.strip.tobytes() + number.text.encode() for number in numbers)
        found[name] = hashlib.sha256(content).hexdigest()
    return found
