"""A number read in two ways, cut into digits and whole by the string net: what to make of both.

In: a group of glyphs with the likeliest chain of digits of each, and the string net's step probabilities. Out: its
digits, what the other way made of it, and the marks that are no digit. Calls no net.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hdr.decode.chains import Chain
from hdr.decode.ctc import Steps
from hdr.decode.verdict import Spelled, cut_probability, doubted, spell_out, weighed
from hdr.results import UNSURE, Digit, Group
from hdr.score.trust import Thresholds
from hdr.vision.strip import cut_strip

_TRUST_IN_CUTS = 0.1
"""Weight of digits cut out of a crop of a single line, where security print and cut-off strokes confuse the cutting."""
_BACKED = 0.4
"""A mark that looks like no digit stays one where the string net's word lifts it to this confidence."""


@dataclass(frozen=True)
class GroupReading:
    """A group as read.

    Attributes:
        digits: From left to right.
        rival: What the other way made of it, where it differs.
        refused: Marks that are no digit.
    """

    digits: tuple[Digit, ...]
    rival: str | None = None
    refused: tuple[Digit, ...] = ()


@dataclass(frozen=True, eq=False)
class _Piece:
    """A digit of a chain: as it was cut, as it is read, of which glyph it is, and whether it looks like no digit."""

    cut: Digit
    digit: Digit
    glyph: int
    odd: bool


def read_group(group: Group, chains: Sequence[Chain], steps: Steps | None, thresholds: Thresholds) -> GroupReading:
    """Read a group by the better-founded way.

    Args:
        group: Its glyphs and its strip.
        chains: The likeliest chain of each glyph.
        steps: What the string net says of the strip, (W // 4, 11), or several; None where it was not asked.
        thresholds: What is no digit, and from which confidence one is sure.
    """
    cut = _pieces(chains, thresholds)
    if steps is None:
        return _sorted_out(cut)
    spelled, trust = spell_out(steps), _TRUST_IN_CUTS if group.whole else 1.0
    if len(spelled.text) == len(cut):
        both = [_backed(piece, group) for piece in _weighed(cut, spelled, trust)]
        return _sorted_out(both, spelled.text, _text(piece.cut for piece in cut))
    plain = [piece for piece in cut if not piece.odd]
    if len(spelled.text) == len(plain) and not group.whole:  # the string net leaves out the same marks
        rest = iter(_weighed(plain, spelled, trust))
        both = [piece if piece.odd else next(rest) for piece in cut]
        return _sorted_out(both, spelled.text, _text(piece.cut for piece in plain))
    likely = trust * cut_probability([piece.cut for piece in cut], sum(chain.oddness for chain in chains))
    if likely < spelled.probability:
        return _as_spelled(group, spelled, cut, likely, thresholds.sure_from)
    digits = doubted([piece.cut for piece in cut], likely, spelled.probability)
    return _sorted_out(_read_as(cut, digits), spelled.text)


def _pieces(chains: Sequence[Chain], thresholds: Thresholds) -> list[_Piece]:
    return [
        _Piece(digit, digit, number, thresholds.is_no_digit(digit.probabilities))
        for number, chain in enumerate(chains)
        for digit in chain.digits
    ]


def _read_as(pieces: list[_Piece], digits: list[Digit]) -> list[_Piece]:
    return [replace(piece, digit=digit) for piece, digit in zip(pieces, digits, strict=True)]


def _weighed(pieces: list[_Piece], spelled: Spelled, trust: float) -> list[_Piece]:
    """The pieces with the mean of what both ways say, where these see as many digits."""
    return _read_as(pieces, weighed([piece.cut for piece in pieces], spelled, trust))


def _backed(piece: _Piece, group: Group) -> _Piece:
    """The piece as a digit after all, where the string net says so; on a crop of a single line its word is enough."""
    return replace(piece, odd=piece.odd and not group.whole and piece.digit.confidence < _BACKED)


def _as_spelled(group: Group, spelled: Spelled, cut: list[_Piece], likely: float, sure_from: float) -> GroupReading:
    """The string net's digits, each with its stretch of the strip."""
    stretches = zip(cut_strip(group, spelled.places), spelled.digits, strict=True)
    digits = [Digit(box, image, row, sure_from) for (box, image), row in stretches]
    refused = () if digits else tuple(piece.cut for piece in cut)  # the string net sees no digit at all
    return GroupReading(tuple(doubted(digits, spelled.probability, likely)), _text(piece.cut for piece in cut), refused)


def _sorted_out(pieces: list[_Piece], *texts: str) -> GroupReading:
    """What is left of a group without the marks that are no digit.

    Where one piece of a glyph looks like no digit and none of the others is read with ordinary certainty, the whole
    glyph is none, such as a cross.

    Args:
        pieces: All of the group.
        texts: What was made of the group on the way; the first that is not what is left is its rival.
    """
    sure = {piece.glyph for piece in pieces if not piece.odd and piece.digit.confidence >= UNSURE}
    gone = {piece.glyph for piece in pieces if piece.odd} - sure
    kept = tuple(piece.digit for piece in pieces if not piece.odd and piece.glyph not in gone)
    refused = tuple(piece.cut for piece in pieces if piece.odd or piece.glyph in gone)
    return GroupReading(kept, next((text for text in texts if text != _text(kept)), None), refused)


def _text(digits: Iterable[Digit]) -> str:
    return "".join(str(digit.value) for digit in digits)
