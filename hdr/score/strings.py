"""How well rows of digits are read: numbers that are exact, digits by edit distance, loss, and a fitting temperature.

In: step probabilities, (T, 11) for each number or (M, T, 11) of several nets, and the true texts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hdr.decode.ctc import Steps, ctc_beam_search, log_probabilities
from hdr.score.pages import edit_distance

_WORST = 20.0
"""Loss of one number beyond which it counts no more: a wrong label must not decide the temperature."""


@dataclass(frozen=True)
class StringScore:
    """Figures of a string net on a set.

    Attributes:
        accuracy: Share of numbers that are exact, 0..1.
        loss: Mean of -log of the true text's probability, nats.
        n: Numbers.
        errors: Numbers that are not exact.
        digits: Share of digits that are right, 1 - edit distance / digits, 0..1.
    """

    accuracy: float
    loss: float
    n: int
    errors: int
    digits: float

    def as_dict(self) -> dict[str, Any]:
        """For a card."""
        return {name: round(value, 6) if isinstance(value, float) else value for name, value in vars(self).items()}


def score_strings(answers: list[Steps], texts: list[str]) -> StringScore:
    """Figures of a string net's answers.

    Args:
        answers: float (T, 11) or (M, T, 11) for each number, one or more.
        texts: The true texts.
    """
    read = [ctc_beam_search(steps)[0][0] for steps in answers]
    wrong = sum(found != text for found, text in zip(read, texts, strict=True))
    distance = sum(edit_distance(found, text) for found, text in zip(read, texts, strict=True))
    digits = sum(len(text) for text in texts)
    loss = -float(np.mean([log_probabilities(steps, [text])[0] for steps, text in zip(answers, texts, strict=True)]))
    return StringScore(1 - wrong / len(texts), loss, len(texts), wrong, max(0.0, 1 - distance / digits))


def fit_string_temperature(answers: list[Steps], texts: list[str]) -> float:
    """The divisor of the logits that gives the true texts the highest probability (Guo et al. 2017).

    Args:
        answers: float (T, 11) for each number, as the net gives them.
        texts: The true texts.

    Returns:
        Temperature between 0.5 and 5; above 1 the net was too sure of itself.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import softmax

    logits = [np.log(np.maximum(steps.astype(np.float64), 1e-12)) for steps in answers]

    def loss(log_temperature: float) -> float:
        softened = (softmax(steps / np.exp(log_temperature), axis=-1) for steps in logits)
        found = [log_probabilities(steps, [text])[0] for steps, text in zip(softened, texts, strict=True)]
        return -float(np.mean(np.maximum(found, -_WORST)))

    found = minimize_scalar(loss, bounds=(np.log(0.5), np.log(5.0)), method="bounded", options={"xatol": 0.02})
    return float(np.exp(found.x))
