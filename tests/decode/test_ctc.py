"""CTC decoding against the sum over every path, on rows short enough to count them all."""

import itertools

import numpy as np
import pytest

from hdr.decode.ctc import BLANK, ctc_beam_search, digit_places, digit_probabilities, log_probabilities


def rows(seed: int, count: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(11, 0.25), count)


def spelled(*channels: int, sure: float = 0.9) -> np.ndarray:
    """Steps that each have one likely channel."""
    steps = np.full((len(channels), 11), (1 - sure) / 10)
    steps[range(len(channels)), channels] = sure
    return steps


def collapse(path: tuple[int, ...]) -> str:
    return "".join(str(c) for c, before in zip(path, (-1, *path), strict=False) if c not in (before, BLANK))


def every_text(steps: np.ndarray) -> dict[str, float]:
    found: dict[str, float] = {}
    for path in itertools.product(range(11), repeat=len(steps)):
        text = collapse(path)
        found[text] = found.get(text, 0.0) + float(np.prod(steps[range(len(steps)), path]))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_the_forward_recursion_sums_over_all_paths(seed):
    steps = rows(seed)
    truth = every_text(steps)
    for length in range(4):
        texts = [text for text in truth if len(text) == length][:30]
        np.testing.assert_allclose(np.exp(log_probabilities(steps, texts)), [truth[t] for t in texts], atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_best_text_is_found(seed):
    steps = rows(seed)
    truth = every_text(steps)
    text, probability = ctc_beam_search(steps)[0]
    assert text == max(truth, key=lambda key: truth[key])
    assert probability == pytest.approx(truth[text], rel=0.1)


@pytest.mark.parametrize(
    ("channels", "text"),
    [
        ((1, 1, BLANK, 1), "11"),
        ((1, 1, 1, 1), "1"),
        ((BLANK, 4, BLANK, 2, 2), "42"),
        ((BLANK, BLANK), ""),
        ((7, 0, 7), "707"),
    ],
)
def test_what_is_spelled(channels, text):
    found = ctc_beam_search(spelled(*channels))
    assert found[0][0] == text
    assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)


def test_alternatives_come_with_their_share():
    steps = spelled(3, BLANK, 5)
    steps[2] = 0.0
    steps[2, [5, 6]] = 0.6, 0.4
    (first, p), (second, q) = ctc_beam_search(steps)[:2]
    assert (first, second) == ("35", "36")
    assert p / q == pytest.approx(1.5, rel=0.05)


def test_a_digit_may_be_another_while_the_rest_stays():
    steps = spelled(3, BLANK, 5, sure=0.99)
    steps[2] = 0.0
    steps[2, [5, 6]] = 0.7, 0.3
    shares = digit_probabilities(steps, "35")
    assert shares.shape == (2, 10)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    assert shares[0].argmax() == 3
    assert shares[1, 5] == pytest.approx(0.7, abs=0.02)
    assert shares[1, 6] == pytest.approx(0.3, abs=0.02)


@pytest.mark.parametrize(
    ("channels", "text", "places"),
    [
        ((BLANK, 4, 4, BLANK, 2), "42", [(1, 3), (4, 5)]),
        ((1, BLANK, 1, 1), "11", [(0, 1), (2, 4)]),
        ((8,), "8", [(0, 1)]),
    ],
)
def test_where_each_digit_stands(channels, text, places):
    assert digit_places(spelled(*channels), text) == places


def test_a_long_row_does_not_underflow():
    steps = spelled(*([1, BLANK] * 60), sure=0.5)
    assert np.isfinite(log_probabilities(steps, ["1" * 60])).all()
    assert ctc_beam_search(spelled(*([1, BLANK] * 60), sure=0.999))[0][0] == "1" * 60


# --- several nets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_a_text_has_the_mean_of_what_the_nets_give_it(seed):
    first, second = rows(seed), rows(seed + 10)
    truths = [every_text(voice) for voice in (first, second)]
    together = np.stack([first, second])
    texts = [text for text in truths[0] if len(text) == 2][:30]
    expected = [(truths[0][text] + truths[1][text]) / 2 for text in texts]
    np.testing.assert_allclose(np.exp(log_probabilities(together, texts)), expected, atol=1e-9)
    text, probability = ctc_beam_search(together)[0]
    assert probability == pytest.approx((truths[0][text] + truths[1][text]) / 2, rel=0.1)


def test_nets_that_spell_at_different_steps_agree():
    """The mean of their steps would spell nothing."""
    early, late = spelled(4, 2, BLANK, BLANK, sure=0.999), spelled(BLANK, BLANK, 4, 2, sure=0.999)
    text, probability = ctc_beam_search(np.stack([early, late]))[0]
    assert (text, probability) == ("42", pytest.approx(0.996, abs=0.002))
    np.testing.assert_array_equal(digit_probabilities(np.stack([early, late]), "42").argmax(axis=1), [4, 2])


def test_nets_at_odds_are_in_doubt():
    found = dict(ctc_beam_search(np.stack([spelled(4, BLANK, 2, sure=0.99), spelled(4, BLANK, 7, sure=0.99)])))
    assert found["42"] == pytest.approx(found["47"])
    assert found["42"] < 0.5


def test_two_outvote_a_third_that_is_surer():
    doubtful, sure = spelled(4, BLANK, 2, sure=0.8), spelled(4, BLANK, 7, sure=0.99)
    assert ctc_beam_search(np.stack([doubtful, sure, doubtful]))[0][0] == "42"


@pytest.mark.parametrize(("text", "places"), [("42", [(0, 1), (1, 2)]), ("47", [(2, 3), (3, 4)])])
def test_the_net_that_gives_a_text_most_knows_where_it_is(text, places):
    voices = np.stack([spelled(4, 2, BLANK, BLANK), spelled(BLANK, BLANK, 4, 7)])
    assert digit_places(voices, text) == places


@pytest.mark.parametrize("seed", range(3))
def test_one_net_alone_is_the_mean_of_one(seed):
    steps = rows(seed, 8)
    assert ctc_beam_search(steps) == ctc_beam_search(steps[None])
    np.testing.assert_array_equal(log_probabilities(steps, ["12", "90"]), log_probabilities(steps[None], ["12", "90"]))
    assert digit_places(steps, "12") == digit_places(steps[None], "12")
