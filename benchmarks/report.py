"""Where the figures of a bench go: to standard output, and to the file that `--json` names."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from hdr.config import machine


def parser_of(about: str | None) -> ArgumentParser:
    """A parser of a bench's arguments, of which `--json` is one.

    Args:
        about: Docstring of the bench.
    """
    parser = ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures into this file, too")
    return parser


def earlier_report(out: Path | None) -> dict[str, Any]:
    """What the file has of other parts of the bench; nothing where there is none yet."""
    return dict(json.loads(out.read_text(encoding="utf-8"))) if out and out.is_file() else {}


def write_report(figures: dict[str, Any], out: Path | None) -> None:
    """Print the figures with the machine that they are of, and write them to the file where one is named."""
    report = json.dumps(figures | {"machine": machine()}, indent=2)
    print(report)
    if out:
        out.write_text(report + "\n", encoding="utf-8")
