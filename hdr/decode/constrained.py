"""Decoding under a rule: the most probable texts that satisfy it, and how sure one may be of the best.

In: step probabilities, float (T, 11), channels 0 to 9 the digits, channel 10 the blank of connectionist temporal
classification (Graves et al. 2006). The search goes digit by digit, not step by step: all texts of one length are
followed at once, each with its forward variables over all steps, and the best are kept for every state of the rule, so
that a text with a right check digit is found even where it is far from the best. Knows nothing of pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hdr.decode.automaton import Automaton, automaton_of
from hdr.decode.ctc import BLANK, Steps
from hdr.decode.patterns import MOST_FIELD_DIGITS
from hdr.decode.rules import Rule

Floats = NDArray[np.float64]

FAITH = 100.0
"""How many times likelier, before looking, a text is that follows the field's rule than one that does not."""
DOUBT = 0.01
"""Share of a digit's probability that is spread over all ten, for a net is sometimes sure and wrong."""
_BEAM, _PER_STATE = 64, 2
"""Texts of each length that are followed: the best, and beyond them the best of each state of the rule."""
_UNLIKELY = 1e-12
"""Share of the best below which a beginning is not followed."""
_BARE = 0.999
"""Probability of the blank from which on neighbouring steps are taken as one."""


@dataclass(frozen=True)
class Decision:
    """A field's text under its rule.

    Attributes:
        text: The most probable text that satisfies the rule; the unruled one where none was found.
        confidence: Its probability, 0..1: beside all others that satisfy the rule and, with less weight before looking,
            all that do not.
        unruled: The most probable text of all; of a date without its slashes.
        alternatives: Further texts that satisfy the rule, with their confidence, best first.
    """

    text: str
    confidence: float
    unruled: str
    alternatives: tuple[tuple[str, float], ...] = ()


def constrained_beam_search(steps: Steps, rule: Rule | None = None, count: int = 5) -> list[tuple[str, float]]:
    """The most probable texts that satisfy a rule, best first, with their probabilities among all texts.

    For the fields of a form, with their rule and, to set beside, without it; for free writing see `hdr.decode.ctc`.

    Args:
        steps: float (T, 11), rows adding up to 1.
        rule: What the text must satisfy; None for any. The empty text is found where the rule does not require one.
        count: Most texts to return.

    Raises:
        SettingsError: No text can satisfy the rule.
    """
    rows = condense(steps)
    automaton = automaton_of(rule) if rule else _anything()
    most = min(rule.span[1] if rule else MOST_FIELD_DIGITS, len(rows))
    beam = _root(rows)
    empty = [] if rule and rule.required else [("", float(beam.ended[0, -1]))]
    found = [*empty]
    best = 0.0
    for _ in range(most):
        beam = _longer(beam, rows, automaton, best)
        if not len(beam.texts):
            break
        whole = np.where(automaton.accepts[beam.states], beam.open[:, -1] + beam.ended[:, -1], 0.0)
        best = max(best, float(whole.max()))
        found += [(_as_text(beam.texts[i]), float(whole[i])) for i in np.flatnonzero(whole)]
    return sorted(found, key=lambda pair: -pair[1])[:count]


def decide(valid: Sequence[tuple[str, float]], free: Sequence[tuple[str, float]]) -> Decision:
    """Weigh the texts that satisfy a rule against those that do not.

    Args:
        valid: Texts that satisfy the rule, with probabilities, best first.
        free: The most probable texts of all, best first; at least one.
    """
    unruled = free[0][0]
    if not valid or valid[0][1] <= 0.0:
        return Decision(unruled, 0.0, unruled)
    known = {text for text, _ in valid}
    others = sum(probability for text, probability in free if text not in known)
    total = FAITH * sum(probability for _, probability in valid) + others
    shares = [(text, FAITH * probability / total) for text, probability in valid]
    return Decision(*shares[0], unruled, tuple(shares[1:]))


def condense(steps: Steps) -> Floats:
    """Steps with neighbours that are sure to be blank taken as one; no text's probability changes by much."""
    rows = np.asarray(steps, np.float64)
    bare = rows[:, BLANK] > _BARE
    keep = ~bare
    keep[1:] |= ~bare[:-1]
    keep[:1] = True
    return rows[keep]


def with_doubt(steps: Steps) -> Floats:
    """Steps with a share of each step's digits spread over all ten; the blank stays as it is."""
    rows = np.array(steps, np.float64)
    digits = rows[..., :BLANK]
    rows[..., :BLANK] = (1.0 - DOUBT) * digits + DOUBT * digits.mean(axis=-1, keepdims=True)
    return rows


def steps_of_digits(probabilities: Sequence[NDArray[np.floating]]) -> Floats:
    """Digits that were read one by one as steps, a bare blank between them: (N,) of (10,) -> float64 (2 N + 1, 11)."""
    rows = np.zeros((2 * len(probabilities) + 1, BLANK + 1))
    rows[::2, BLANK] = 1.0
    for row, digit in zip(rows[1::2], probabilities, strict=True):
        row[:BLANK] = digit
    return rows


@dataclass(frozen=True, eq=False)
class _Beam:
    """Beginnings of one length.

    Attributes:
        texts: int8 (M, L).
        states: int32 (M,), of the rule.
        open: float64 (M, T + 1), probability after each step that the last digit may go on.
        ended: float64 (M, T + 1), that a blank has ended it.
    """

    texts: NDArray[np.int8]
    states: NDArray[np.int32]
    open: Floats
    ended: Floats


def _root(rows: Floats) -> _Beam:
    ended = np.r_[1.0, np.cumprod(rows[:, BLANK])][None]
    return _Beam(np.zeros((1, 0), np.int8), np.zeros(1, np.int32), np.zeros_like(ended), ended)


def _longer(beam: _Beam, rows: Floats, automaton: Automaton, best: float) -> _Beam:
    """All that goes on from a beam by a digit, as far as the rule and the probabilities let it."""
    entry, repeated = beam.open + beam.ended, beam.ended
    mass = entry[:, :-1] @ rows[:, :BLANK]
    if beam.texts.shape[1]:
        every, last = np.arange(len(mass)), beam.texts[:, -1]
        mass[every, last] = (repeated[:, :-1] * rows[:, last].T).sum(axis=1)
    states = automaton.table[beam.states]
    mass[states < 0] = 0.0
    parents, digits = _choose(mass, states, max(best, float(mass.max(initial=0.0))) * _UNLIKELY)
    again = (beam.texts[parents, -1] == digits) if beam.texts.shape[1] else np.zeros(len(parents), bool)
    entries = np.where(again[:, None], repeated[parents], entry[parents])
    opened, ended = _forward(entries, rows[:, digits].T, rows[:, BLANK])
    texts = np.concatenate([beam.texts[parents], digits[:, None].astype(np.int8)], axis=1)
    return _Beam(texts, states[parents, digits], opened, ended)


def _choose(mass: Floats, states: NDArray[np.int32], least: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Parents and digits of the beginnings to follow: the best of all, and the best of each state of the rule."""
    flat = mass.ravel()
    order = np.flatnonzero(flat > least)
    order = order[np.argsort(-flat[order], kind="stable")]
    own = states.ravel()[order]
    by_state = np.argsort(own, kind="stable")
    sorted_states = own[by_state]
    first = np.searchsorted(sorted_states, sorted_states)
    rank = np.empty(len(order), np.intp)
    rank[by_state] = np.arange(len(order)) - first
    kept = order[(np.arange(len(order)) < _BEAM) | (rank < _PER_STATE)]
    return kept // BLANK, kept % BLANK


def _forward(entries: Floats, emitted: Floats, blank: Floats) -> tuple[Floats, Floats]:
    """The forward variables of texts by those of their beginnings.

    Args:
        entries: float64 (M, T + 1), probability after each step that the last digit may begin.
        emitted: float64 (M, T), probability of the last digit at each step.
        blank: float64 (T,).
    """
    opened, ended = np.zeros((2, entries.shape[1], len(entries)))
    begun, shown = np.ascontiguousarray(entries.T), np.ascontiguousarray(emitted.T)
    for step, row in enumerate(shown):
        np.add(opened[step], begun[step], out=opened[step + 1])
        opened[step + 1] *= row
        np.add(ended[step], opened[step], out=ended[step + 1])
        ended[step + 1] *= blank[step]
    return opened.T, ended.T


@lru_cache(maxsize=1)
def _anything() -> Automaton:
    return automaton_of(Rule())


def _as_text(digits: NDArray[np.int8]) -> str:
    return "".join(map(str, digits))
