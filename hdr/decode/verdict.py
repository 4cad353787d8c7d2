"""Two ways to read a number, by cutting it into digits and by the string net: which to believe, and how far.

In: the digits as cut, with how odd the cuts were, and the string net's step probabilities. Knows nothing of pictures.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hdr.decode.ctc import Steps, ctc_beam_search, digit_places, digit_probabilities
from hdr.results import Digit


@dataclass(frozen=True, eq=False)
class Spelled:
    """A number as the string net spells it.

    Attributes:
        text: Its digits.
        probability: Of this text among all, 0..1.
        digits: float32 (len(text), 10), probabilities of each digit.
        places: First step of each digit and the step after its last.
    """

    text: str
    probability: float
    digits: NDArray[np.float32]
    places: tuple[tuple[int, int], ...]


def spell_out(steps: Steps) -> Spelled:
    """The likeliest text of a strip, with each digit's place and probabilities.

    A digit's probabilities are what it may be while the others stay, thinned by how likely it is that there are just so
    many digits.
    """
    found = ctc_beam_search(steps)
    text, probability = found[0]
    if not text:
        return Spelled("", probability, np.zeros((0, 10), np.float32), ())
    alike = sum(share for other, share in found if len(other) == len(text)) / sum(share for _, share in found)
    digits = _thinned(digit_probabilities(steps, text), alike)
    return Spelled(text, probability, digits, tuple(digit_places(steps, text)))


def cut_probability(digits: list[Digit], oddness: float) -> float:
    """How likely it is that a number was cut and read rightly, 0..1.

    Args:
        digits: As read.
        oddness: Of all cuts together, on the scale of -log of a probability.
    """
    return float(np.prod([digit.confidence for digit in digits]) * np.exp(-oddness)) if digits else 0.0


def weighed(digits: list[Digit], spelled: Spelled, trust: float = 1.0) -> list[Digit]:
    """As many digits as the string net sees, each with the mean of what both ways say.

    Args:
        digits: As cut.
        spelled: As the string net has them.
        trust: Weight of the cut digits beside the other's, 0..1.
    """
    pairs = zip(digits, spelled.digits, strict=True)
    return [replace(digit, probabilities=(trust * digit.probabilities + other) / (1 + trust)) for digit, other in pairs]


def doubted(digits: list[Digit], own: float, rival: float) -> list[Digit]:
    """Digits of a number that the other way reads otherwise: less sure, the likelier that way is.

    Args:
        digits: As the better-founded way has them.
        own: Probability of that way, 0..1.
        rival: Probability of the other.
    """
    share = own / max(own + rival, 1e-12)
    return [replace(digit, probabilities=_thinned(digit.probabilities, share)) for digit in digits]


def _thinned(probabilities: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """A share of the probabilities, and of what is left a tenth for each digit."""
    return (probabilities * share + (1.0 - share) / 10.0).astype(np.float32)
