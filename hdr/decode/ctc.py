"""What a row of step probabilities spells: the likeliest texts, and where in the row each digit of a text stands.

In: `steps`, float (T, 11), rows adding up to 1, channels 0 to 9 the digits and channel 10 the blank of connectionist
temporal classification (Graves et al. 2006); or (M, T, 11), what M nets say of one strip. Nets spell a digit at
different steps, so that not their steps are averaged but what they give a text. Knows nothing of nets or pictures.
"""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

Steps = NDArray[np.floating]
"""float (T, 11) of one net, or (M, T, 11) of several."""

BLANK = 10
_BEAM = 12
"""Texts that are followed at once."""
_TEXTS = 5
"""Most texts to give."""
_UNLIKELY = 1e-3
"""A digit less probable than this at a step is not followed."""


def voices(steps: Steps) -> Steps:
    """What each net says of a strip, float (M, T, 11)."""
    return steps if steps.ndim == 3 else steps[None]


def ctc_beam_search(steps: Steps) -> list[tuple[str, float]]:
    """The likeliest texts with their probabilities, best first, by prefix beam search.

    For free writing, where nothing is known of the text; `hdr.decode.constrained` searches where a rule is.

    Args:
        steps: float (T, 11), or (M, T, 11) of several nets.

    Returns:
        Five at most. Each text's probability is summed over all ways to spread it over the steps, and is the mean of
        what the nets give it; what the beam lost is missing.
    """
    beams = [_search(voice) for voice in voices(steps)]
    shares = {text: sum(beam.get(text, 0.0) for beam in beams) / len(beams) for text in chain.from_iterable(beams)}
    return sorted(shares.items(), key=lambda pair: -pair[1])[:_TEXTS]


def _search(steps: Steps) -> dict[str, float]:
    """The texts that one net's steps (T, 11) may spell, with their probabilities."""
    beam: dict[str, tuple[float, float]] = {"": (1.0, 0.0)}
    for row in steps.astype(np.float64):
        likely = [int(digit) for digit in np.flatnonzero(row[:BLANK] > _UNLIKELY)]
        if not likely and row[BLANK] > 1.0 - _UNLIKELY:
            beam = {text: (ended + open_, 0.0) for text, (ended, open_) in beam.items()}
            continue
        beam = _advance(beam, row, likely)
    return {text: ended + open_ for text, (ended, open_) in beam.items()}


def _advance(
    beam: dict[str, tuple[float, float]], row: NDArray[np.float64], likely: list[int]
) -> dict[str, tuple[float, float]]:
    """The beam one step on. A text's two shares: its last digit has ended, and its last digit may go on."""
    grown: dict[str, list[float]] = {}
    for text, (ended, open_) in beam.items():
        here = grown.setdefault(text, [0.0, 0.0])
        here[0] += (ended + open_) * row[BLANK]
        if text:
            here[1] += open_ * row[int(text[-1])]
        for digit in likely:
            longer = grown.setdefault(f"{text}{digit}", [0.0, 0.0])
            longer[1] += (ended if text.endswith(str(digit)) else ended + open_) * row[digit]
    best = sorted(grown.items(), key=lambda item: -sum(item[1]))[:_BEAM]
    return {text: (shares[0], shares[1]) for text, shares in best}


def log_probabilities(steps: Steps, texts: list[str]) -> NDArray[np.float64]:
    """Natural logarithm of each text's probability, float64 (N,); of several nets, of the mean of what they give it.

    Args:
        steps: float (T, 11), or (M, T, 11) of several nets.
        texts: Digits; all of one length, 0 or more.
    """
    by_voice = _log_probabilities_by_voice(steps, texts)
    return np.asarray(np.logaddexp.reduce(by_voice, axis=0) - np.log(len(by_voice)))


def _log_probabilities_by_voice(steps: Steps, texts: list[str]) -> NDArray[np.float64]:
    """Of each text by each net, float64 (M, N), by the forward recursion over all of them at once."""
    channels = _with_blanks(texts)
    emitted = np.moveaxis(voices(steps).astype(np.float64), 1, 0)[:, :, channels]
    may_skip = np.zeros(channels.shape, bool)
    may_skip[:, 2:] = (channels[:, 2:] != BLANK) & (channels[:, 2:] != channels[:, :-2])
    shares = np.zeros(emitted.shape[1:])
    shares[..., :2] = emitted[0, ..., :2]
    scale = np.zeros(shares.shape[:2])
    for row in emitted[1:]:
        moved = shares.copy()
        moved[..., 1:] += shares[..., :-1]
        moved[..., 2:] += np.where(may_skip[:, 2:], shares[..., :-2], 0.0)
        shares = moved * row
        total = np.maximum(shares.sum(axis=-1), 1e-300)
        shares /= total[..., None]
        scale += np.log(total)
    return scale + np.log(np.maximum(shares[..., -2:].sum(axis=-1), 1e-300))


def digit_probabilities(steps: Steps, text: str) -> NDArray[np.float32]:
    """What else each digit of a text may be while the others stay: float32 (len(text), 10), rows adding up to 1.

    Args:
        steps: float (T, 11), or (M, T, 11) of several nets.
        text: One or more digits that the steps can spell.
    """
    variants = [f"{text[:place]}{digit}{text[place + 1 :]}" for place in range(len(text)) for digit in range(10)]
    weights = log_probabilities(steps, variants).reshape(len(text), 10)
    shares = np.exp(weights - weights.max(axis=1, keepdims=True))
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def digit_places(steps: Steps, text: str) -> list[tuple[int, int]]:
    """First step and the step after the last of each digit, on the likeliest way to spread a text over the steps.

    Args:
        steps: float (T, 11), or (M, T, 11) of several nets: the one that gives the text most knows best where it is.
        text: One or more digits, no more than there are steps for.
    """
    (channels,), best_voice = _with_blanks([text]), _log_probabilities_by_voice(steps, [text]).argmax()
    emitted = np.log(np.maximum(voices(steps)[best_voice].astype(np.float64), 1e-12))[:, channels]
    may_skip = np.zeros(len(channels), bool)
    may_skip[2:] = (channels[2:] != BLANK) & (channels[2:] != channels[:-2])
    best = np.full(len(channels), -np.inf)
    best[:2] = emitted[0, :2]
    came_from = np.zeros(emitted.shape, int)
    for step in range(1, len(emitted)):
        ways = np.full((3, len(channels)), -np.inf)
        ways[0], ways[1, 1:] = best, best[:-1]
        ways[2, 2:] = np.where(may_skip[2:], best[:-2], -np.inf)
        came_from[step] = ways.argmax(axis=0)
        best = ways.max(axis=0) + emitted[step]
    state = len(channels) - 1 - int(best[-2] > best[-1])
    states = [state]
    for step in range(len(emitted) - 1, 0, -1):
        state -= int(came_from[step, state])
        states.append(state)
    way = np.array(states[::-1])
    at = [np.flatnonzero(way == 2 * place + 1) for place in range(len(text))]
    return [(int(found[0]), int(found[-1]) + 1) for found in at]


def _with_blanks(texts: list[str]) -> NDArray[np.int64]:
    """Channels of each text with a blank before, between and after its digits, int64 (N, 2 L + 1)."""
    channels = np.full((len(texts), 2 * len(texts[0]) + 1), BLANK, np.int64)
    for row, text in zip(channels, texts, strict=True):
        row[1::2] = [int(digit) for digit in text]
    return channels
