"""Sums that must come out: of the texts that each number may be, those whose sum is the total.

In: for every number its possible texts with their probabilities. Knows nothing of forms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hdr.decode.constrained import FAITH
from hdr.decode.patterns import MOST_FIELD_DIGITS

Options = Sequence[tuple[str, float]]

_MOST_OPTIONS, _MOST_SUMS = 8, 4000
"""Texts of each number, and sums, that are followed: the most probable."""


@dataclass(frozen=True)
class Settlement:
    """Texts whose sum comes out.

    Attributes:
        parts: The text of each number.
        total: The text of the total.
        confidence: Probability that all of them are right, 0..1.
    """

    parts: tuple[str, ...]
    total: str
    confidence: float


def settle(parts: Sequence[Options], total: Options) -> Settlement | None:
    """The most probable texts whose sum is the total; None where no such texts are known.

    Args:
        parts: Of each number its texts with probabilities, best first; an empty text counts as nothing.
        total: The same of the total.
    """
    sums: dict[int, tuple[float, float, tuple[str, ...]]] = {0: (1.0, 1.0, ())}
    for options in parts:
        sums = _added(sums, options[:_MOST_OPTIONS])
    found = [
        (best * share, mass * share, texts, text)
        for text, share in total
        for mass, best, texts in [sums.get(value_of(text), (0.0, 0.0, ()))]
        if best > 0.0
    ]
    if not found:
        return None
    fitting = sum(mass for _, mass, _, _ in found)
    best, _, texts, text = max(found)
    return Settlement(texts, text, FAITH * best / (FAITH * fitting + max(0.0, 1.0 - fitting)))


def value_of(text: str) -> int:
    """The number that a text stands for; empty boxes and what is no number of a form count as nothing."""
    plain = text.replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= MOST_FIELD_DIGITS else 0


def _added(
    sums: dict[int, tuple[float, float, tuple[str, ...]]], options: Options
) -> dict[int, tuple[float, float, tuple[str, ...]]]:
    """Every sum with one number more: its probability, that of its best way, and that way."""
    grown: dict[int, tuple[float, float, tuple[str, ...]]] = {}
    for value, (mass, best, texts) in sums.items():
        for text, share in options:
            key = value + value_of(text)
            old_mass, old_best, old_texts = grown.get(key, (0.0, -1.0, ()))
            better = best * share > old_best
            way = (*texts, text) if better else old_texts
            grown[key] = (old_mass + mass * share, max(best * share, old_best), way)
    if len(grown) <= _MOST_SUMS:
        return grown
    return dict(sorted(grown.items(), key=lambda item: -item[1][0])[:_MOST_SUMS])
