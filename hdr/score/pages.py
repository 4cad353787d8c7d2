"""Test a reader on whole pictures with a known text, by edit distance.

A folder of pictures comes with `truth.csv`: columns `file`, `text` (rows joined by `/`), and where known `kind` and
`difficulty`. Spaces are not counted: how far apart two digits must stand to be two numbers is a matter of taste.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hdr.errors import DataError

ReadText = Callable[[bytes], str]


@dataclass(frozen=True)
class PageScore:
    """One picture, read.

    Attributes:
        file: Its name.
        group: Kind and difficulty, such as `photo, easy`.
        truth: Digits in reading order, rows joined by `/`, without spaces.
        read: The same as read.
        errors: Edit distance between the digits of both, rows not counted.
    """

    file: str
    group: str
    truth: str
    read: str
    errors: int

    @property
    def exact(self) -> bool:
        """Whether digits and rows are all right."""
        return self.truth == self.read

    @property
    def digits(self) -> int:
        """Number of digits on the picture."""
        return len(_digits_only(self.truth))


def score_pages(folder: Path, read: ReadText) -> list[PageScore]:
    """Read every picture that `folder/truth.csv` names.

    Args:
        folder: Pictures and `truth.csv`.
        read: Bytes of a picture -> its text, rows joined by `/`.

    Raises:
        DataError: There is no usable `truth.csv`, or a picture is missing.
    """
    return [_score(folder, line, read) for line in _truth(folder)]


def summarise(scores: list[PageScore]) -> dict[str, dict[str, float | int]]:
    """For each group: pictures, exact ones, digits, errors, and accuracy, 1 - errors / digits but no less than 0."""
    summary: dict[str, dict[str, float | int]] = {}
    for group in sorted({score.group for score in scores}):
        members = [score for score in scores if score.group == group]
        digits, errors = sum(score.digits for score in members), sum(score.errors for score in members)
        summary[group] = {
            "pictures": len(members),
            "exact": sum(score.exact for score in members),
            "digits": digits,
            "errors": errors,
            "accuracy": round(max(0.0, 1 - errors / max(1, digits)), 4),
        }
    return summary


def edit_distance(first: str, second: str) -> int:
    """Fewest insertions, deletions and substitutions that turn one text into the other (Levenshtein 1966)."""
    before = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        row = [i]
        for j, b in enumerate(second, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
        before = row
    return before[-1]


def _truth(folder: Path) -> list[dict[str, str]]:
    try:
        with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{folder / 'truth.csv'} cannot be read ({error}). It must name each picture and its text."
        ) from error
    if not lines or any(line.get("file") is None or line.get("text") is None for line in lines):
        raise DataError(f"{folder / 'truth.csv'} must have the columns file and text, and a line per picture.")
    return lines


def _score(folder: Path, line: dict[str, str], read: ReadText) -> PageScore:
    try:
        data = (folder / line["file"]).read_bytes()
    except OSError as error:
        raise DataError(f"{folder / line['file']}, named in truth.csv, cannot be read ({error}).") from error
    truth, found = line["text"].replace(" ", ""), read(data).replace(" ", "")
    group = ", ".join(line[key] for key in ("kind", "difficulty") if line.get(key))
    return PageScore(line["file"], group, truth, found, edit_distance(_digits_only(found), _digits_only(truth)))


def _digits_only(text: str) -> str:
    return text.replace("/", "")
