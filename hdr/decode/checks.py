"""Check digits: what a number's last digits must be, given the others.

A check is an automaton that runs along the digits from left to right, so that a decoder can follow it while a number is
still being spelled. Knows nothing of probabilities.
"""

from collections.abc import Callable
from dataclasses import dataclass

State = tuple[int, ...]


@dataclass(frozen=True)
class Check:
    """A rule for the last digit, or the last two.

    Attributes:
        title: What a person calls it.
        about: One sentence for a tooltip.
        start: State before the first digit.
        step: State and next digit -> state.
        holds: Whether a number may end in this state.
    """

    title: str
    about: str
    start: State
    step: Callable[[State, int], State]
    holds: Callable[[State], bool]

    def accepts(self, text: str) -> bool:
        """Whether the digits fulfil the check; a single digit or none cannot."""
        state = self.start
        for character in text:
            state = self.step(state, int(character))
        return len(text) > 1 and self.holds(state)


def _alternating(state: State, plain: int, weighted: int) -> State:
    """Two sums, every second digit weighted: the first with the last digit plain, the second with it weighted."""
    return (state[1] + plain) % 10, (state[0] + weighted) % 10


def _luhn(state: State, digit: int) -> State:
    return _alternating(state, digit, sum(divmod(2 * digit, 10)))


def _mod10(state: State, digit: int) -> State:
    return _alternating(state, digit, 3 * digit)


def _mod11(state: State, digit: int) -> State:
    """Plain sum, and that with weights 1, 2, 3, ... from the right, which grows by the plain one with every digit."""
    plain = (state[0] + digit) % 11
    return plain, (state[1] + plain) % 11


def _mod97(state: State, digit: int) -> State:
    return ((10 * state[0] + digit) % 97,)


CHECKS = {
    "luhn": Check("Luhn", "Bank cards: every second digit counts twice.", (0, 0), _luhn, lambda s: s[0] == 0),
    "mod10": Check("mod 10", "EAN, GTIN, ISBN-13: weights 1 and 3.", (0, 0), _mod10, lambda s: s[0] == 0),
    "mod11": Check("mod 11", "ISBN-10: weights 1, 2, 3, ... from the right.", (0, 0), _mod11, lambda s: s[1] == 0),
    "mod97": Check(
        "mod 97", "IBAN, ISO 7064: the number leaves 1 when divided by 97.", (0,), _mod97, lambda s: s[0] == 1
    ),
}
"""Every check by the name that templates call it. With mod 11 there is no number whose check character would be X."""
