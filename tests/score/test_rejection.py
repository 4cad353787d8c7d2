"""Trust in arrays: reject scores, AUROC, coverage against error, thresholds that keep what they promise."""

import json

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import roc_auc_score

from hdr.errors import DataError, SettingsError
from hdr.score.rejection import (
    auroc,
    compact,
    coverage_at_precision,
    curve_from,
    loosest_threshold,
    refusal_threshold,
    reject_score,
    risk_coverage,
)

RIGHT, WRONG = True, False
COLUMNS = ("threshold", "coverage", "wrong_per_1000", "at_most_per_1000")


def answers(*marks: bool) -> tuple[np.ndarray, np.ndarray]:
    """Confidences that fall evenly from 0.99, and whether each answer was right."""
    return np.linspace(0.99, 0.5, len(marks)), np.array(marks, dtype=bool)


def many(count: int, wrong: list[int]) -> tuple[np.ndarray, np.ndarray]:
    right = np.ones(count, bool)
    right[wrong] = False
    return np.linspace(1.0, 0.2, count), right


# --- scores ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probabilities", "score"),
    [
        ([1.0] + [0.0] * 9, 0.0),
        ([0.5, 0.5] + [0.0] * 8, np.log10(2)),
        ([0.1] * 10, 1.0),
        ([0.25] * 4 + [0.0] * 6, np.log10(4)),
    ],
)
def test_the_reject_score_is_the_entropy(probabilities, score):
    found = reject_score(np.array([probabilities], np.float32))
    assert (found.shape, found.dtype) == ((1,), np.float64)
    assert found[0] == pytest.approx(score, abs=1e-6)


def test_surer_answers_than_a_float_can_say_still_differ():
    other = np.array([1e-9, 1e-12, 1e-20], np.float32)
    probabilities = np.zeros((3, 10), np.float32)
    probabilities[:, 0], probabilities[:, 1] = 1.0, other
    found = reject_score(probabilities)
    assert found[0] > found[1] > found[2] > 0


@pytest.mark.parametrize(
    ("digits", "others", "expected"),
    [
        ([0.1, 0.2], [0.3, 0.4], 1.0),
        ([0.3, 0.4], [0.1, 0.2], 0.0),
        ([0.5, 0.5], [0.5], 0.5),
        ([0.1, 0.3], [0.2, 0.3], 0.625),
    ],
)
def test_auroc_of_few(digits, others, expected):
    assert auroc(np.array(digits), np.array(others)) == pytest.approx(expected)


def test_auroc_is_what_scikit_learn_finds():
    rng = np.random.default_rng(1)
    digits, others = rng.normal(0, 1, 400).round(1), rng.normal(1, 2, 150).round(1)
    expected = roc_auc_score(np.repeat([0, 1], [400, 150]), np.concatenate([digits, others]))
    assert auroc(digits, others) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("digits", "others", "message"),
    [([], [0.1], "not 0 and 1"), ([0.1], [], "not 1 and 0"), ([np.nan], [0.1], "NaN")],
)
def test_no_auroc(digits, others, message):
    with pytest.raises(DataError, match=message):
        auroc(np.array(digits), np.array(others))


@pytest.mark.parametrize(
    ("count", "lost", "above"), [(1000, 1.0, 1), (1000, 0.0, 0), (2500, 1.0, 2), (500, 1.0, 0), (100, 1000.0, 99)]
)
def test_so_many_digits_are_refused(count, lost, above):
    scores = np.random.default_rng(1).permutation(np.arange(count) / count)
    assert (scores > refusal_threshold(scores, lost)).sum() == above


def test_no_threshold_for_refusing():
    with pytest.raises(DataError, match="there are none"):
        refusal_threshold(np.array([]))
    with pytest.raises(SettingsError, match="0 to 1000"):
        refusal_threshold(np.array([0.1]), -1)


# --- the curve ------------------------------------------------------------------------------------------------------


def test_the_curve_counts():
    curve = risk_coverage(*answers(RIGHT, RIGHT, WRONG, RIGHT))
    np.testing.assert_allclose(curve.coverage, [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(curve.wrong_per_1000, [0, 0, 1000 / 3, 250])
    np.testing.assert_allclose(curve.threshold, np.linspace(0.99, 0.5, 4))


def test_the_order_of_the_answers_does_not_matter():
    confidences, right = many(200, [20, 77, 150])
    order = np.random.default_rng(1).permutation(200)
    for one, other in zip(
        risk_coverage(confidences, right).as_dict().values(),
        risk_coverage(confidences[order], right[order]).as_dict().values(),
        strict=True,
    ):
        assert one == other


def test_equal_confidences_are_accepted_together():
    curve = risk_coverage(np.array([0.9, 0.9, 0.9, 0.5]), np.array([RIGHT, WRONG, RIGHT, RIGHT]))
    np.testing.assert_allclose(curve.threshold, [0.9, 0.5])
    np.testing.assert_allclose(curve.wrong_per_1000, [1000 / 3, 250])


@pytest.mark.parametrize(("count", "wrong"), [(10, 0), (10, 1), (500, 3), (3000, 0)])
def test_the_bound_is_where_so_few_errors_are_rare(count, wrong):
    """At the bound, so few errors or fewer come in one of 20 samples (Clopper and Pearson)."""
    confidences, right = many(count, list(range(count - wrong, count)))
    bound = risk_coverage(confidences, right).at_most_per_1000[-1] / 1000
    assert binom.cdf(wrong, count, bound) == pytest.approx(0.05, abs=1e-9)


def test_the_bound_never_falls_with_the_threshold():
    curve = risk_coverage(*many(400, [0, 90, 300, 399]))
    assert (np.diff(curve.at_most_per_1000) >= 0).all()
    assert (curve.at_most_per_1000 >= 0).all()
    assert (curve.at_most_per_1000[curve.coverage > 0.5] >= curve.wrong_per_1000[curve.coverage > 0.5]).all()


@pytest.mark.parametrize("marks", [[RIGHT], [WRONG], [RIGHT] * 5, [WRONG] * 5])
def test_degenerate_answers(marks):
    curve = risk_coverage(*answers(*marks))
    assert curve.wrong_per_1000[-1] == 1000 * (1 - np.mean(marks))
    assert curve.at_most_per_1000[-1] <= 1000
    if not any(marks):
        assert (curve.at_most_per_1000 == 1000).all()
        assert coverage_at_precision(*answers(*marks), 0.9) == 0


@pytest.mark.parametrize(
    ("confidences", "right", "confidence_level", "error", "message"),
    [
        ([], [], 0.95, DataError, "a mark for each confidence"),
        ([0.5, 0.6], [True], 0.95, DataError, "a mark for each confidence"),
        ([1.5], [True], 0.95, DataError, "must be 0 to 1"),
        ([np.nan], [True], 0.95, DataError, "must be 0 to 1"),
        ([0.5], [True], 1.0, SettingsError, "confidence_level must be"),
    ],
)
def test_no_curve(confidences, right, confidence_level, error, message):
    with pytest.raises(error, match=message):
        risk_coverage(np.array(confidences), np.array(right, dtype=bool), confidence_level)


# --- thresholds -----------------------------------------------------------------------------------------------------


def test_a_threshold_keeps_its_promise_on_the_next_answers():
    """Nineteen times of twenty, where errors grow likelier as confidence falls; the best share seen does not."""
    rng = np.random.default_rng(1)

    def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
        confidences = 1 - rng.random(count) ** 2 * 0.5
        return confidences, rng.random(count) > 0.1 * (1 - confidences) ** 1.5

    kept, naive = 0, 0
    confidences, right = sample(400_000)
    for _ in range(60):
        known = sample(3000)
        above = confidences >= loosest_threshold(risk_coverage(*known), 6.0)
        kept += 1000 * (~right[above]).mean() <= 6.0
        curve = risk_coverage(*known)
        tempting = curve.threshold[curve.wrong_per_1000 <= 6.0].min()
        naive += 1000 * (~right[confidences >= tempting]).mean() <= 6.0
    assert kept >= 54
    assert naive < 40


def test_looser_wishes_accept_more():
    known = many(5000, [2000, 4000, 4500, 4900, 4990])
    thresholds = [loosest_threshold(risk_coverage(*known), wish) for wish in (1.2, 1.5, 2.0, 10.0)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[-1] == known[0].min()
    assert thresholds[0] > thresholds[1]


def test_a_promise_that_cannot_be_kept_says_what_can():
    with pytest.raises(SettingsError, match=r"At most 1 wrong per 1,000 cannot be promised .* Ask for 3 or more"):
        loosest_threshold(risk_coverage(*many(1000, [])), 1.0)
    assert loosest_threshold(risk_coverage(*many(1000, [])), 3.0) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("marks", "precision", "coverage"),
    [
        ([RIGHT, RIGHT, WRONG, RIGHT], 0.9, 0.5),
        ([RIGHT, RIGHT, WRONG, RIGHT], 0.75, 1.0),
        ([WRONG, RIGHT, RIGHT, RIGHT], 0.75, 1.0),
        ([WRONG, RIGHT, RIGHT, RIGHT], 0.8, 0.0),
        ([RIGHT] * 4, 1.0, 1.0),
    ],
)
def test_coverage_at_precision(marks, precision, coverage):
    assert coverage_at_precision(*answers(*marks), precision) == coverage


def test_five_of_ten_thousand_may_be_wrong():
    assert coverage_at_precision(*many(10_000, list(range(9_990, 9_995))), 0.9995) == 1.0
    assert coverage_at_precision(*many(10_000, list(range(9_990, 9_996))), 0.9995) == pytest.approx(0.9994)


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_a_compact_curve_gives_the_same_thresholds():
    known = many(5000, [1500, 4000, 4500, 4700, 4900, 4901, 4999])
    whole = risk_coverage(*known)
    short = compact(whole)
    assert len(short.threshold) == 8  # before each error, and all
    for wish in (1.2, 1.5, 2.0, 2.5, 3.0, 50.0):
        assert loosest_threshold(short, wish) == loosest_threshold(whole, wish)
    assert short.coverage[-1] == 1.0


def test_a_curve_of_many_errors_is_thinned_and_errs_on_the_strict_side():
    rng = np.random.default_rng(1)
    whole = risk_coverage(rng.random(3000), rng.permutation(3000) < 2100)
    short = compact(whole)
    assert len(short.threshold) == 40
    assert short.coverage[-1] == 1.0
    assert (np.diff(short.threshold) < 0).all()
    for wish in (325.0, 350.0):
        assert loosest_threshold(short, wish) >= loosest_threshold(whole, wish)


def test_a_curve_of_no_errors_is_one_point():
    assert compact(risk_coverage(*many(50, []))).coverage.tolist() == [1.0]


def test_a_curve_comes_back_from_json():
    curve = compact(risk_coverage(*many(5000, [1500, 4000, 4500])))
    found = curve_from(json.loads(json.dumps(curve.as_dict())))
    np.testing.assert_array_equal(found.threshold, curve.threshold)
    np.testing.assert_allclose(found.at_most_per_1000, curve.at_most_per_1000, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"threshold": None}, "must be of one length"),
        ({"threshold": ["high"]}, "needs the columns threshold, coverage"),
        ({"threshold": [0.9, 0.8]}, "must be of one length"),
        ({name: [] for name in COLUMNS}, "must be of one length"),
    ],
)
def test_a_damaged_curve(change, message):
    columns = compact(risk_coverage(*many(50, []))).as_dict() | change
    with pytest.raises(DataError, match=message):
        curve_from(columns)
    with pytest.raises(DataError, match="needs the columns"):
        curve_from({})
