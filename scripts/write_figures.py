"""Write the table of figures into README.md from the files in benchmarks/results, between its two markers.

usage: python scripts/write_figures.py        (make figures runs the commands that write those files first)
"""

import json
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
RESULTS = PROJECT / "benchmarks" / "results"
START, END = "<!-- figures: written by scripts/write_figures.py -->", "<!-- end of figures -->"
SETS = {
    "mnist": "MNIST test set",
    "usps": "USPS test set, never trained on",
    "optdigits": "optdigits, never trained on",
}


def table() -> str:
    """All figures as a Markdown table."""
    bench, browser = _result("bench"), _result("browser")
    lines = ["| what | CNN | RNN | command |", "|---|---|---|---|"]
    for data, title in SETS.items():
        cells = [_accuracy(_result(f"{name}-{data}")) for name in ("cnn", "rnn")]
        lines.append(f"| {title} | {cells[0]} | {cells[1]} | `python -m hdr evaluate NAME --data {data}` |")
    groups = [_photos(bench["photos"][name]) for name in ("cnn", "rnn")]
    lines += [f"| {kind} | {groups[0][kind]} | {groups[1][kind]} | `python -m hdr bench` |" for kind in groups[0]]
    drawing, answer, memory = bench["drawing"], browser["pen_up_to_answer"], browser["memory"]
    speed = f"{drawing['median_ms']} ms, {drawing['ratio']} times faster than `cv2.resize` and two `model.predict`"
    seconds = f"{answer['median_ms']} ms"
    lines += [
        f"| a drawing, bytes to probabilities, both nets, median | {speed} | | `python -m hdr bench` |",
        f"| pen-up to answer in Chromium, both nets, median of {answer['n']} | {seconds} | | `make bench` |",
        f"| memory after {memory['drawings']} drawings and {memory['uploads']} uploads | {memory['growth_mb']:+} MB | "
        "| `make bench` |",
        "",
        f"Measured on {bench['machine']}.",
    ]
    return "\n".join(lines)


def _result(name: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return result


def _accuracy(result: dict[str, Any]) -> str:
    return f"{result['accuracy']:.2%} ({result['errors']} of {result['n']:,} wrong)"


def _photos(groups: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {
        f"pictures: {group}": f"{figures['accuracy']:.1%} of {figures['digits']} digits, {figures['exact']} of "
        f"{figures['pictures']} exact"
        for group, figures in groups.items()
    }


def main() -> None:
    """Replace what stands between the markers."""
    readme = PROJECT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(START)
    _, after = rest.split(END)
    readme.write_text(f"{before}{START}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
