"""Several opinions on one text, such as the string net's and that of digits cut apart, weighed under a rule.

In: step probabilities of each, as in `hdr.decode.constrained`. Every text that one of them holds for likely is judged
by all. Knows nothing of nets.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from hdr.decode.constrained import Decision, constrained_beam_search, decide, with_doubt
from hdr.decode.ctc import Steps, log_probabilities, voices
from hdr.decode.rules import Rule
from hdr.decode.slashes import meanings, slashed, spellings

Floats = NDArray[np.float64]

FLOOR = 1e-4
"""Probability that any text keeps with one who holds it for impossible, for each may be wholly wrong."""
_DIGIT_FLOOR = 1e-3
"""The same of a digit."""
TEMPER = 0.7
"""Exponent of the joint probability: opinions on one picture err together."""
GUESS = 0.6
"""Confidence at most of a text that none of them reads without the rule."""
_OF_EACH = 30
"""Texts that each net brings in, with the rule and without."""


def weigh(opinions: Sequence[Steps], rule: Rule) -> Decision:
    """The most probable text under a rule by all opinions together.

    A date is found whether its slashes are seen or not; what it is without the rule is told without its slashes, too.

    Args:
        opinions: One or more, float (T, 11) each, or (M, T, 11) of several nets that are one opinion together; one
            without steps says nothing and is passed over.
        rule: What the text must satisfy.

    Raises:
        SettingsError: No text can satisfy the rule.
    """
    said = [with_doubt(steps) for steps in opinions if steps.shape[-2]]
    if not said:
        return Decision("", 0.0, "")
    each = [voice for steps in said for voice in voices(steps)]
    rules = [asked for asked in (rule, slashed(rule)) if asked]
    ruled = {text for voice in each for asked in rules for text, _ in constrained_beam_search(voice, asked, _OF_EACH)}
    unruled = [constrained_beam_search(voice, None, _OF_EACH) for voice in each]
    free = {text for found in unruled for text, _ in found}
    texts = sorted({meant for text in (ruled - {""}) | free for meant in meanings(text, rule)})
    weights = np.ones(len(texts))
    for steps in said:
        weights *= _probabilities(steps, texts, rule) + FLOOR
    weights **= TEMPER if len(said) > 1 else 1.0
    weights /= weights.sum()
    ranked = sorted(zip(texts, weights.tolist(), strict=True), key=lambda pair: -pair[1])
    decision = decide([pair for pair in ranked if pair[0] and rule.complaint(pair[0]) is None], ranked)
    read = {meant for found in unruled for meant in meanings(found[0][0], rule)}
    return decision if decision.text in read else replace(decision, confidence=min(GUESS, decision.confidence))


def merge_digits(opinions: Sequence[NDArray[np.floating]]) -> Floats:
    """What several say of one digit, each float (10,), as one: their product, tempered, adding up to 1."""
    joint = np.prod([np.asarray(opinion, np.float64) + _DIGIT_FLOOR for opinion in opinions], axis=0)
    if len(opinions) > 1:
        joint **= TEMPER
    return joint / joint.sum()


def single_digit_of(steps: Steps) -> Floats:
    """What steps say of a picture that holds one digit: float64 (10,), adding up to 1."""
    weights = np.exp(log_probabilities(steps, list("0123456789")))
    return np.asarray((weights + 1e-12) / (weights + 1e-12).sum())


def _probabilities(steps: Floats, texts: list[str], rule: Rule) -> Floats:
    """Probability of each text, with all its spellings, float64 (N,)."""
    ways = [(way, number, likely) for number, text in enumerate(texts) for way, likely in spellings(text, rule).items()]
    found = np.zeros(len(texts))
    for _, same in groupby(sorted(ways, key=_length), key=_length):
        alike, numbers, likely = zip(*same, strict=True)
        np.add.at(found, list(numbers), np.array(likely) * np.exp(log_probabilities(steps, list(alike))))
    return found


def _length(way: tuple[str, int, float]) -> int:
    return len(way[0])
