"""Which answers to trust: how well a score sets digits apart from what is none, and how many are wrong among the sure.

Pure arrays: ten probabilities, or confidences with whether each answer was right. Knows no nets, files or pictures.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.errors import DataError, SettingsError

Floats = NDArray[np.floating]
CONFIDENCE_LEVEL = 0.95
"""How often a bound on a share of errors holds."""
POINTS = 40
"""Most points of a curve that is kept in a card."""


@dataclass(frozen=True, eq=False)
class Curve:
    """What it costs to accept fewer answers: only those at least as sure as a threshold, from the strictest on.

    Attributes:
        threshold: float64 (K,) falling, 0..1: an answer is accepted whose confidence is this or more.
        coverage: float64 (K,) rising, 0..1: share of all answers that are accepted.
        wrong_per_1000: float64 (K,): of 1,000 accepted, so many were wrong.
        at_most_per_1000: float64 (K,) never falling: upper bound of the same for further answers of the kind.
    """

    threshold: Floats
    coverage: Floats
    wrong_per_1000: Floats
    at_most_per_1000: Floats

    def as_dict(self) -> dict[str, list[float]]:
        """The columns by name, for JSON; thresholds in full, for the surest answers differ in the last places."""
        return {
            name: column.tolist() if name == "threshold" else np.round(column, 5).tolist()
            for name, column in asdict(self).items()
        }


def reject_score(probabilities: Floats) -> NDArray[np.float64]:
    """How unlike any digit each answer says its picture is: the entropy of its probabilities.

    A doubt between two digits has at most 0.30, ten equal probabilities have 1.

    Args:
        probabilities: (N, 10), adding up to 1.

    Returns:
        float64 (N,) in 0..1.
    """
    p = np.clip(probabilities.astype(np.float64), 1e-30, 1.0)
    return -(p * np.log(p)).sum(axis=1) / np.log(10.0)


def auroc(digits: Floats, others: Floats) -> float:
    """How well a score sets apart: the share of pairs in which what is no digit has the higher one; ties count half.

    Args:
        digits: Reject scores of digits, (N,) with N > 0.
        others: Reject scores of what is none, (M,) with M > 0.

    Returns:
        0..1; 0.5 is guessing.

    Raises:
        DataError: There are none of either, or a score is no number.
    """
    if not len(digits) or not len(others):
        raise DataError(f"AUROC needs scores of digits and of others, not {len(digits)} and {len(others)}.")
    if not (np.isfinite(digits).all() and np.isfinite(others).all()):
        raise DataError("AUROC needs scores that are numbers. Has the net's answer a NaN?")
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(others, digits).statistic / (len(others) * len(digits)))


def refusal_threshold(digits: Floats, lost_per_1000: float = 1.0) -> float:
    """The reject score above which so many of 1,000 digits lie and are refused by mistake, at most.

    Raises:
        DataError: There are no scores.
        SettingsError: The share is out of range.
    """
    if not len(digits):
        raise DataError("A threshold for refusing needs scores of digits, and there are none.")
    if not 0 <= lost_per_1000 <= 1000:
        raise SettingsError(f"Digits refused by mistake must be 0 to 1000 of 1,000, not {lost_per_1000}.")
    lost = int(len(digits) * lost_per_1000 / 1000)
    return float(np.sort(digits)[max(0, len(digits) - 1 - lost)])


def risk_coverage(confidences: Floats, right: NDArray[np.bool_], confidence_level: float = CONFIDENCE_LEVEL) -> Curve:
    """Coverage against error at every threshold that tells answers apart (El-Yaniv and Wiener 2010).

    The bound is Clopper and Pearson's, one-sided, for each threshold by itself. Where a looser threshold has a lower
    bound it stands for the stricter one too: surer answers are taken to be wrong no more often. It is about answers to
    pictures like those given here, not about other writers, and not about what is no digit.

    Args:
        confidences: (N,) with N > 0, in 0..1.
        right: (N,), whether each answer was right.
        confidence_level: How often the bound holds, above 0 and below 1.

    Raises:
        DataError: There are no answers, the shapes differ, or a confidence is out of range.
        SettingsError: The confidence level is out of range.
    """
    if not len(confidences) or confidences.shape != right.shape or confidences.ndim != 1:
        raise DataError(f"Expected a mark for each confidence, not {right.shape} for {confidences.shape}.")
    if not ((confidences >= 0) & (confidences <= 1 + 1e-6)).all():
        raise DataError(f"Confidences must be 0 to 1, not {confidences.min()} to {confidences.max()}.")
    if not 0 < confidence_level < 1:
        raise SettingsError(f"confidence_level must be above 0 and below 1, not {confidence_level}.")
    order = np.argsort(-confidences, kind="stable")
    ordered = confidences[order].astype(np.float64)
    last = np.flatnonzero(np.append(ordered[1:] < ordered[:-1], True))
    accepted, wrong = last + 1, np.cumsum(~right[order], dtype=np.int64)[last]
    bound = np.minimum.accumulate(_upper_bound(wrong, accepted, confidence_level)[::-1])[::-1]
    return Curve(ordered[last], accepted / len(ordered), 1000 * wrong / accepted, 1000 * bound)


def _upper_bound(
    wrong: NDArray[np.integer], accepted: NDArray[np.integer], confidence_level: float
) -> NDArray[np.float64]:
    """Clopper and Pearson's one-sided upper bound of a share (1934)."""
    from scipy.stats import beta

    few = np.minimum(wrong, accepted - 1)
    return np.where(wrong < accepted, beta.ppf(confidence_level, few + 1, accepted - few), 1.0)


def compact(curve: Curve, points: int = POINTS) -> Curve:
    """The same curve by few points: the widest coverage at each number of errors, and of many of those an even choice.

    A threshold chosen among them is never looser than one of the whole curve would be.

    Args:
        curve: From `risk_coverage`.
        points: Most points to keep, 2 or more.
    """
    errors = curve.coverage * curve.wrong_per_1000
    kept = np.flatnonzero(np.append(errors[1:] > errors[:-1] + 1e-9, True))
    if len(kept) > points:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, points).round().astype(int))]
    return Curve(curve.threshold[kept], curve.coverage[kept], curve.wrong_per_1000[kept], curve.at_most_per_1000[kept])


def loosest_threshold(curve: Curve, wrong_per_1000: float) -> float:
    """The lowest threshold of a curve whose bound keeps a promise.

    Args:
        curve: From validation answers.
        wrong_per_1000: At most so many of 1,000 accepted answers may be wrong, above 0.

    Returns:
        Confidence, 0..1, from which on an answer is accepted.

    Raises:
        SettingsError: It cannot be promised; the message says what can.
    """
    kept = np.flatnonzero(curve.at_most_per_1000 <= wrong_per_1000)
    if not len(kept):
        best = float(curve.at_most_per_1000.min())
        raise SettingsError(
            f"At most {wrong_per_1000:g} wrong per 1,000 cannot be promised for this model: its validation part shows "
            f"{best:.3g} at best. Ask for {np.ceil(10 * best) / 10:g} or more."
        )
    return float(curve.threshold[kept[-1]])


def coverage_at_precision(confidences: Floats, right: NDArray[np.bool_], precision: float) -> float:
    """Largest share of answers that can be accepted, the surest first, so that this share of them is right.

    The threshold is the best one for these very answers: it says how well confidence sorts, and promises nothing.

    Returns:
        0..1; 0 where even the surest answers are not so often right.
    """
    curve = risk_coverage(confidences, right)
    fitting = curve.coverage[curve.wrong_per_1000 <= 1000 * (1 - precision) + 1e-9]
    return float(fitting.max(initial=0.0))


def curve_from(columns: dict[str, Any]) -> Curve:
    """A curve from what `Curve.as_dict` gave.

    Raises:
        DataError: A column is missing, or they are not of one length.
    """
    names = ("threshold", "coverage", "wrong_per_1000", "at_most_per_1000")
    try:
        found = [np.array(columns[name], dtype=np.float64) for name in names]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"A curve of coverage needs the columns {', '.join(names)} of numbers ({error}).") from error
    if not found[0].size or any(column.shape != (found[0].size,) for column in found):
        raise DataError(f"The columns of a curve of coverage must be of one length, not {[c.shape for c in found]}.")
    return Curve(*found)
