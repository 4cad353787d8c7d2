"""The value types that floors hand to each other: what was found on a picture, what was read, how sure.

All are frozen; what others rely on is checked at birth. Boxes are (x, y, w, h) in pixels of the original picture,
after its EXIF turn.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
Grey = NDArray[np.uint8]
RGB = NDArray[np.uint8]
Mask = NDArray[np.bool_]

UNSURE = 0.8
"""A digit read with less confidence than this is marked as unsure, unless a reader was told to be stricter."""
_TWO_ALIKE, _LIKE_NONE = 0.1, 0.6
"""The second digit has so much of the probability where two are in doubt; both together less where none fits."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of the preprocessing, to be shown.

    Attributes:
        name: Short title for a person.
        about: One sentence on what the step did.
        picture: uint8 (H, W) or (H, W, 3) after the step.
    """

    name: str
    about: str
    picture: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Patch:
    """One digit-to-be as the nets see it.

    Attributes:
        box: Where it lies on the original picture.
        ink: uint8 (h, w), its ink alone as cut out of the picture, bright on black.
        image: uint8 (28, 28), ink 255 on 0.
    """

    box: Box
    ink: Grey
    image: Grey

    def __post_init__(self) -> None:
        if self.image.shape != (28, 28) or self.image.dtype != np.uint8:
            raise ValueError(f"a patch is uint8 (28, 28), not {self.image.dtype} {self.image.shape}")


@dataclass(frozen=True, eq=False)
class Span:
    """A stretch of a glyph's ink that could be a digit.

    Attributes:
        start: Index of the cut at its left, 0 at the glyph's left end.
        end: Index of the cut at its right.
        patch: The ink between them.
        oddness: How unlike a digit its form is, 0 or more, on the scale of -log of a probability.
    """

    start: int
    end: int
    patch: Patch
    oddness: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span runs from one cut to a later one, not from {self.start} to {self.end}")


@dataclass(frozen=True, eq=False)
class Glyph:
    """Connected ink that is one digit, or several that touch.

    Attributes:
        spans: All stretches that could be a digit. A way to read the glyph is a chain of spans from end to end; one
            span is the whole ink, and the only one where it is no wider than a digit.
    """

    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        if not any(span.start == 0 and span.end == max(other.end for other in self.spans) for span in self.spans):
            raise ValueError("a glyph needs a span that is its whole ink")

    @property
    def whole(self) -> Patch:
        """All its ink, taken as one digit."""
        return max(self.spans, key=lambda span: span.end - span.start).patch


@dataclass(frozen=True, eq=False)
class Group:
    """Glyphs that belong together as the digits of a number do, or one cell of a table or a row of boxes.

    Attributes:
        box: Where it lies on the original picture.
        glyphs: From left to right; none in an empty cell.
        strip: uint8 (32, W), its stretch of the picture as the string net sees it; None where it is not to be asked.
        reach: Where the strip lies on the original picture; the box where None.
        whole: Whether it is all that the picture shows: a crop of one row of writing, such as an amount.
    """

    box: Box
    glyphs: tuple[Glyph, ...]
    strip: Grey | None = None
    reach: Box | None = None
    whole: bool = False


@dataclass(frozen=True, eq=False)
class Line:
    """One row of writing, before it is read.

    Attributes:
        groups: From left to right.
        ruled: Whether the groups are cells of a table or boxes, of which empty ones are kept.
    """

    groups: tuple[Group, ...]
    ruled: bool = False


@dataclass(frozen=True, eq=False)
class Layout:
    """What the eye finds on a picture, before any net has read it.

    Attributes:
        size: (width, height) of the original picture, pixels.
        stages: The picture after each step, in order.
        rows: From top to bottom.
    """

    size: tuple[int, int]
    stages: tuple[Stage, ...]
    rows: tuple[Line, ...]


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit as read.

    Attributes:
        box: Where it lies on the original picture.
        image: uint8 (28, 28), what the net saw.
        probabilities: float32 (10,), adding up to 1.
        sure_from: Confidence from which it is sure, 0..1.
    """

    box: Box
    image: Grey
    probabilities: NDArray[np.float32]
    sure_from: float = UNSURE

    def __post_init__(self) -> None:
        if self.probabilities.shape != (10,) or not abs(float(self.probabilities.sum()) - 1.0) <= 1e-3:
            raise ValueError("a digit needs ten probabilities that add up to 1")

    @cached_property
    def value(self) -> int:
        """The most probable digit, 0 to 9."""
        return int(self.probabilities.argmax())

    @cached_property
    def confidence(self) -> float:
        """Probability of `value`, 0..1."""
        return float(self.probabilities.max())

    @property
    def unsure(self) -> bool:
        """Whether a person should look."""
        return self.confidence < self.sure_from

    @property
    def reason(self) -> str | None:
        """Why a person should look, in a few words; None where it is sure."""
        if not self.unsure:
            return None
        second, first = np.argsort(self.probabilities)[-2:]
        likely = float(self.probabilities[first] + self.probabilities[second])
        if likely < _LIKE_NONE:
            return "unlike any digit"
        if self.probabilities[second] >= _TWO_ALIKE:
            return f"{first} or {second}"
        return "sure, but less than asked" if self.confidence >= UNSURE else "an unusual form"


@dataclass(frozen=True)
class Row:
    """One line of writing: groups of digits from left to right.

    Attributes:
        groups: Numbers, or the cells of a table or a row of boxes, of which empty ones hold no digit.
        ruled: Whether they are cells.
        rivals: For each group what the other way of reading, by cutting or by the string net, made of it where both
            disagree; None elsewhere. Empty where there is but one way.
    """

    groups: tuple[tuple[Digit, ...], ...]
    ruled: bool = False
    rivals: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        if self.rivals and len(self.rivals) != len(self.groups):
            raise ValueError(f"{len(self.groups)} groups have as many rivals, not {len(self.rivals)}")

    @property
    def digits(self) -> tuple[Digit, ...]:
        """All digits of the row."""
        return tuple(digit for group in self.groups for digit in group)

    @property
    def text(self) -> str:
        """The row as text, a space between groups; empty cells are left out."""
        return " ".join(text for text in self.cells if text)

    @property
    def cells(self) -> tuple[str, ...]:
        """Each group's text; empty for an empty cell."""
        return tuple("".join(str(digit.value) for digit in group) for group in self.groups)


@dataclass(frozen=True, eq=False)
class Page:
    """A picture as read by one model.

    Attributes:
        model: Name of the model.
        size: (width, height) of the picture, pixels.
        rows: From top to bottom; none on a blank picture.
        seconds: Time that the net took.
        refused: Marks that were taken for no digit, and that no row has.
    """

    model: str
    size: tuple[int, int]
    rows: tuple[Row, ...]
    seconds: float
    refused: tuple[Digit, ...] = ()

    @property
    def digits(self) -> tuple[Digit, ...]:
        """All digits in reading order."""
        return tuple(digit for row in self.rows for digit in row.digits)

    @property
    def blank(self) -> bool:
        """Whether no digit was found."""
        return not self.digits

    @property
    def text(self) -> str:
        """Rows joined by `/`, rows of empty cells left out; empty on a blank picture."""
        return "/".join(row.text for row in self.rows if row.digits)

    @property
    def confidence(self) -> float:
        """Confidence of the least sure digit; 0 on a blank picture."""
        return min((digit.confidence for digit in self.digits), default=0.0)
