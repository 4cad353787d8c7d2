"""Whether a model knows what it does not know: what its card says of that, and what is measured on test sets.

The thresholds for use come from the validation part and are kept in the card, under `trust`; what is measured on test
digits and test negatives is kept beside the model and decides nothing.
"""

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.data.datasets import Dataset
from hdr.data.glyphs import unseen_fonts
from hdr.data.negatives import KINDS, draw_negatives
from hdr.errors import DataError, ModelError
from hdr.results import UNSURE
from hdr.score.rejection import (
    CONFIDENCE_LEVEL,
    Curve,
    auroc,
    compact,
    coverage_at_precision,
    curve_from,
    loosest_threshold,
    refusal_threshold,
    reject_score,
    risk_coverage,
)
from hdr.store.models import Predict, as_input
from hdr.store.predictions import Predictions
from hdr.vision.image import encode_png

PRECISION = 0.9995
"""Of accepted answers, so many right, for the coverage that is measured."""
LOST_PER_1000 = 1.0
"""Of 1,000 validation digits, so many are taken for no digit."""
_TWO_DIGITS = 0.31
"""Reject score that a doubt between two digits does not reach: log10(2) is the most."""
_SHOWN = 2
_SEED = 20_260


@dataclass(frozen=True)
class Thresholds:
    """What a reader asks of an answer.

    Attributes:
        sure_from: Confidence from which a digit is sure, 0..1.
        refuse_above: Reject score above which a picture is no digit, 0..1; infinite where none is refused.
    """

    sure_from: float = UNSURE
    refuse_above: float = math.inf

    def is_no_digit(self, probabilities: NDArray[np.floating]) -> bool:
        """Whether ten probabilities are those of no digit."""
        return bool(reject_score(probabilities[None])[0] > self.refuse_above)


def thresholds_of(card: Mapping[str, Any], wrong_per_1000: float | None = None) -> Thresholds:
    """The thresholds to read with.

    Args:
        card: Of the model; one without thresholds refuses nothing.
        wrong_per_1000: At most so many of 1,000 sure digits may be wrong; None for the ordinary threshold, which is
            never undercut: it is meant for photos, the curve for clean digits.

    Raises:
        ModelError: So few are asked for, and the card has no curve; the message says how to get it.
        SettingsError: So few cannot be promised; the message says how many can.
    """
    sure_from = UNSURE if wrong_per_1000 is None else max(UNSURE, confidence_needed(card, wrong_per_1000))
    return Thresholds(sure_from, refusal_score(card) if "trust" in card else math.inf)


def trust_of(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> dict[str, Any]:
    """What a card says of how far its model's confidence can be trusted, from the validation part.

    Args:
        probabilities: (N, 10) with N > 0, calibrated.
        labels: (N,), 0 to 9.

    Returns:
        `n`, `sureness` (the confidence level of its bound), the columns of a `Curve` of at most 40 points, and
        `refuse_above`: the reject score above which a picture is taken for no digit.
    """
    right = probabilities.argmax(axis=1) == labels
    curve = compact(risk_coverage(probabilities.max(axis=1), right))
    refuse = refusal_threshold(reject_score(probabilities), LOST_PER_1000)
    return {"n": len(labels), "sureness": CONFIDENCE_LEVEL} | curve.as_dict() | {"refuse_above": refuse}


def confidence_needed(card: Mapping[str, Any], wrong_per_1000: float) -> float:
    """The confidence from which on an answer is accepted, so that at most so many of 1,000 accepted are wrong.

    It holds for digits such as those of the validation part, with the card's `sureness`.

    Args:
        card: Of a stored model.
        wrong_per_1000: Above 0.

    Returns:
        0..1.

    Raises:
        ModelError: The card has no curve, or a damaged one; the message says how to get it.
        SettingsError: So few cannot be promised; the message says how many can.
    """
    return loosest_threshold(_curve(card), wrong_per_1000)


def fewest_promised(card: Mapping[str, Any]) -> float:
    """The smallest number of wrong digits per 1,000 accepted ones that `confidence_needed` can promise.

    Raises:
        ModelError: The card has no curve, or a damaged one; the message says how to get it.
    """
    return float(_curve(card).at_most_per_1000.min())


def share_accepted(card: Mapping[str, Any], confidence: float) -> float:
    """About which share of digits, 0..1, is read with so much confidence or more, as the validation part was.

    Raises:
        ModelError: The card has no curve, or a damaged one; the message says how to get it.
    """
    curve = _curve(card)
    return float(curve.coverage[curve.threshold >= confidence].max(initial=0.0))


def refusal_score(card: Mapping[str, Any]) -> float:
    """The reject score (`hdr.score.rejection.reject_score`) above which a picture is no digit.

    Returns:
        0..1, never so low that a doubt between two digits is refused; infinite where the validation part is too small
        to tell the one digit in 1,000 that may be lost.

    Raises:
        ModelError: The card has none; the message says how to get it.
    """
    trust = _trust(card)
    return max(_TWO_DIGITS, float(trust["refuse_above"])) if trust["n"] * LOST_PER_1000 >= 1000 else math.inf


def _curve(card: Mapping[str, Any]) -> Curve:
    try:
        return curve_from(_trust(card))
    except DataError as error:
        raise ModelError(f"{error} Train the model again.") from error


def _trust(card: Mapping[str, Any]) -> dict[str, Any]:
    trust = card.get("trust")
    if not isinstance(trust, dict) or "refuse_above" not in trust:
        raise ModelError(
            f"The card of {card.get('title', 'this model')} has no thresholds of confidence: it was trained before "
            "there were any, or is a vote of models that held out different pictures. Train it again."
        )
    return trust


def measure_rejection(
    predict: Predict,
    digits: Dataset,
    answers: Mapping[str, Predictions],
    count: int = 500,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """How well a model sets test digits apart from test negatives, and how its confidence sorts right from wrong.

    Args:
        predict: The model.
        digits: MNIST's test part, which pairs and cut digits are made of, and which must be among the answers.
        answers: The model's answers on test sets; `mnist` is one.
        count: Negatives of each kind, 1 or more.
        progress: Told the name of each kind of negatives before it is drawn.

    Returns:
        `n` negatives of each kind; `fonts` that letters were set in; `auroc` and `refused`, the share above the reject
        score that one of 1,000 test digits exceeds, by kind and over `all`; `coverage`, the largest at `precision` by
        set; `examples`, each with `kind`, `png` (base64), `digit` and `confidence`.
    """
    scores = reject_score(answers["mnist"].probabilities)
    limit = refusal_threshold(scores, LOST_PER_1000)
    found, examples = {}, []
    for index, kind in enumerate(KINDS):
        progress(kind)
        pictures = draw_negatives(count, digits, np.random.default_rng((_SEED, index)), part="test", kind=kind)
        said = predict(as_input(pictures))
        found[kind] = reject_score(said)
        examples += [_example(kind, picture, answer) for picture, answer in zip(pictures, said, strict=True)][:_SHOWN]
    found["all"] = np.concatenate(list(found.values()))
    return {
        "n": count,
        "fonts": unseen_fonts(),
        "auroc": {kind: round(auroc(scores, others), 5) for kind, others in found.items()},
        "refused": {kind: round(float((others > limit).mean()), 4) for kind, others in found.items()},
        "precision": PRECISION,
        "coverage": {data: round(_coverage(answer), 5) for data, answer in answers.items()},
        "examples": examples,
    }


def _coverage(answers: Predictions) -> float:
    right = answers.probabilities.argmax(axis=1) == answers.labels
    return coverage_at_precision(answers.probabilities.max(axis=1), right, PRECISION)


def _example(kind: str, picture: NDArray[np.uint8], answer: NDArray[np.float32]) -> dict[str, Any]:
    return {
        "kind": kind,
        "png": base64.b64encode(encode_png(picture)).decode(),
        "digit": int(answer.argmax()),
        "confidence": round(float(answer.max()), 4),
    }
