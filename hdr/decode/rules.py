"""What may be written in a field of a form: its kind, its length, its range, its pattern, its check digit.

A `Rule` judges a text of digits and says in a sentence why it breaks the rule. `hdr.decode.constrained` finds the most
probable text that does not. Knows nothing of pictures.
"""

from dataclasses import dataclass
from datetime import date

from hdr.decode.checks import CHECKS
from hdr.decode.patterns import MOST_FIELD_DIGITS, matches, parse_pattern
from hdr.errors import SettingsError

KINDS = {
    "number": "Number",
    "boxes": "Single-digit boxes",
    "date": "Date",
    "column": "Table column",
}
"""Kinds of fields by the names that templates use, with what a person calls them."""
DATE_FORMATS = ("DDMMYYYY", "DDMMYY", "YYYYMMDD", "MMDDYYYY")
YEARS = (1900, 2099)
"""First and last year of a date whose rule does not say another range."""


@dataclass(frozen=True)
class Rule:
    """What a field may hold. Everything but the kind may be left out.

    Attributes:
        kind: `number`, `boxes` (a digit to a box), `date`, or `column` (every number of it follows the rule).
        lengths: Least and most digits; None where the rest of the rule says them, or any number may stand.
        low: Smallest value; of a date, the first year.
        high: Largest value; of a date, the last year.
        pattern: Which digit may stand where, in the language of `hdr.decode.patterns`; empty for any.
        check: Name of a check digit, one of `CHECKS`; empty for none.
        date_format: Order of day, month and year; one of `DATE_FORMATS`. Only dates have one.
        required: Whether an empty field breaks the rule.
    """

    kind: str = "number"
    lengths: tuple[int, int] | None = None
    low: int | None = None
    high: int | None = None
    pattern: str = ""
    check: str = ""
    date_format: str = ""
    required: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingsError(f"A field is one of {', '.join(KINDS)}, not {self.kind!r}.")
        if self.check and self.check not in CHECKS:
            raise SettingsError(f"A check digit is one of {', '.join(CHECKS)}, not {self.check!r}.")
        if self.kind == "date":
            self._check_date()
        elif self.date_format:
            raise SettingsError(f"Only a date has a date format, not a field of the kind {self.kind!r}.")
        self._check_range()
        if self.pattern:
            parse_pattern(self.pattern)

    @property
    def span(self) -> tuple[int, int]:
        """Least and most digits: by the length, else by the date, the pattern or the largest value."""
        if self.lengths:
            return self.lengths
        if self.kind == "date":
            return len(self.date_format), len(self.date_format)
        if self.pattern:
            lengths = [len(places) for places in parse_pattern(self.pattern)]
            return min(lengths), max(lengths)
        return 1, MOST_FIELD_DIGITS if self.high is None else len(str(self.high))

    @property
    def years(self) -> tuple[int, int]:
        """First and last year of a date."""
        return YEARS[0] if self.low is None else self.low, YEARS[1] if self.high is None else self.high

    def full_year(self, written: int) -> int:
        """The year that a date's digits mean: of two digits, the last one up to the last allowed that ends so."""
        return written if "YYYY" in self.date_format else self.years[1] - (self.years[1] - written) % 100

    def complaint(self, text: str) -> str | None:
        """Why a text breaks the rule, as a sentence; None where it does not.

        Args:
            text: What was read; empty for an empty field.
        """
        if not text:
            return "The field is empty." if self.required else None
        if not (text.isascii() and text.isdigit()):
            return f"{text!r} has other characters than digits."
        for judge in (self._judge_length, self._judge_date, self._judge_value, self._judge_pattern, self._judge_check):
            fault = judge(text)
            if fault:
                return fault
        return None

    def _check_date(self) -> None:
        if self.date_format not in DATE_FORMATS:
            raise SettingsError(f"A date is written as one of {', '.join(DATE_FORMATS)}, not {self.date_format!r}.")
        if self.lengths or self.check:
            raise SettingsError("A date has neither a length nor a check digit of its own: its format says them.")
        if not 1 <= self.years[0] <= self.years[1] <= 9999:
            raise SettingsError(f"The years of a date run from {self.years[0]} to {self.years[1]}: no date fits.")

    def _check_range(self) -> None:
        if self.lengths and not 1 <= self.lengths[0] <= self.lengths[1] <= MOST_FIELD_DIGITS:
            raise SettingsError(
                f"A length runs from 1 to {MOST_FIELD_DIGITS} digits, least first, not from {self.lengths[0]} "
                f"to {self.lengths[1]}."
            )
        low, high = self.low, self.high
        if any(bound is not None and not 0 <= bound < 10**MOST_FIELD_DIGITS for bound in (low, high)):
            raise SettingsError("The smallest and the largest value are whole numbers from 0 on.")
        if low is not None and high is not None and low > high:
            raise SettingsError(f"The smallest value, {low}, is above the largest, {high}: no number fits.")

    def _judge_length(self, text: str) -> str | None:
        least, most = self.span
        if least <= len(text) <= most:
            return None
        wanted = f"{least}" if least == most else f"{least} to {most}"
        written = f" as a date written {self.date_format} has" if self.date_format else ""
        return f"It has {len(text)} digit{'s' if len(text) > 1 else ''}, not {wanted}{written}."

    def _judge_date(self, text: str) -> str | None:
        if not self.date_format:
            return None
        day, month, year = (int(_letters(text, self.date_format, letter)) for letter in "DMY")
        full = self.full_year(year)
        if not _has_day(day, month, full):
            return f"{text} is no date of the calendar, written {self.date_format}."
        if not self.years[0] <= full <= self.years[1]:
            return f"The year {year:02} does not lie between {self.years[0]} and {self.years[1]}."
        return None

    def _judge_value(self, text: str) -> str | None:
        if self.date_format:
            return None
        if self.low is not None and int(text) < self.low:
            return f"{int(text)} is below the smallest value, {self.low}."
        if self.high is not None and int(text) > self.high:
            return f"{int(text)} is above the largest value, {self.high}."
        return None

    def _judge_pattern(self, text: str) -> str | None:
        fits = not self.pattern or matches(self.pattern, text)
        return None if fits else f"{text} does not fit the pattern {self.pattern}."

    def _judge_check(self, text: str) -> str | None:
        if not self.check or CHECKS[self.check].accepts(text):
            return None
        return f"The check digit of {text} is wrong ({CHECKS[self.check].title})."


def _has_day(day: int, month: int, year: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _letters(text: str, form: str, letter: str) -> str:
    return "".join(digit for digit, place in zip(text, form, strict=True) if place == letter)
