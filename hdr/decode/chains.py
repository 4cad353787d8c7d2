"""Connected ink that may be several digits: the likeliest chain of its stretches.

In: a glyph with its stretches, and each stretch as the net reads it. Knows nothing of nets or pictures.
"""

from dataclasses import dataclass

import numpy as np

from hdr.results import Digit, Glyph

_ANOTHER_DIGIT = 0.4
"""Cost of each digit in a chain, as -log of a probability: of two equal ways, the one with fewer digits wins."""


@dataclass(frozen=True, eq=False)
class Chain:
    """One way to cut a glyph from end to end.

    Attributes:
        digits: From left to right.
        oddness: How unlike digits their forms are, all together, 0 or more, on the scale of -log of a probability.
    """

    digits: tuple[Digit, ...] = ()
    oddness: float = 0.0


def best_chain(glyph: Glyph, digits: list[Digit]) -> Chain:
    """The cheapest chain of stretches from end to end: confident digits of ordinary form, and few of them.

    Args:
        glyph: Connected ink.
        digits: What the net reads in each of its `spans`.
    """
    best: dict[int, tuple[float, Chain]] = {0: (0.0, Chain())}
    for span, digit in sorted(zip(glyph.spans, digits, strict=True), key=lambda pair: pair[0].end):
        if span.start not in best:
            continue
        cost, chain = best[span.start]
        cost += span.oddness + _ANOTHER_DIGIT - float(np.log(max(digit.confidence, 1e-9)))
        if span.end not in best or cost < best[span.end][0]:
            best[span.end] = (cost, Chain((*chain.digits, digit), chain.oddness + span.oddness))
    return best[max(best)][1]
