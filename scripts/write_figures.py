"""Write the tables of figures into README.md, each between its two markers, from benchmarks/results and the cards.

usage: python -m scripts.write_figures        (make figures runs the commands that write those files first)
"""

import json
from typing import Any

from hdr.config import MODELS, PROJECT
from hdr.nets import NETS, NetSpec
from hdr.score.compare import load_entry, seed_spread
from hdr.store.cards import digit_models, read_card, title_of
from hdr.store.measures import read_measures

RESULTS = PROJECT / "benchmarks" / "results"
START, END = "<!-- figures: written by scripts/write_figures.py -->", "<!-- end of figures -->"
MODELS_START, MODELS_END = "<!-- models: written by scripts/write_figures.py -->", "<!-- end of models -->"
SETS = {
    "mnist": "MNIST test set",
    "usps": "USPS test set, never trained on",
    "optdigits": "optdigits, never trained on",
}


NETS_SHOWN = ("cnn", "rnn", "ensemble")


def table() -> str:
    """All figures of the benches as Markdown tables: of the nets, of whole pages, of the dashboard and training."""
    bench = _result("bench")
    pages = _pages(bench["pages"]) + _forms(_result("forms")) + _batch(_result("batch"))
    rest = _dashboard(bench, _result("browser")) + _training(_result("training"))
    titles = [title_of(read_card(name, MODELS), name) for name in (*NETS_SHOWN, bench["pages_with"])]
    return "\n".join(
        [
            *(_row("of a net", *titles[:-1], "command"), "|---|---|---|---|---|", *_nets(bench)),
            *("", _row(f"of pages, read with {titles[-1]} and string nets", "", "command"), "|---|---|---|", *pages),
            *("", _row("of the dashboard and of training", "", "command"), "|---|---|---|", *rest),
            *("", f"Measured on {bench['machine']}."),
        ]
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _nets(bench: dict[str, Any]) -> list[str]:
    """What each net does on single digits and on the photos."""
    lines = []
    for data, title in SETS.items():
        cells = [_accuracy(_result(f"{name}-{data}")) for name in NETS_SHOWN]
        lines.append(_row(title, *cells, f"`python -m hdr evaluate NAME --data {data}`"))
    seeds = [_seeds(name) for name in NETS_SHOWN]
    lines.append(_row("MNIST test set, from several seeds", *seeds, "`python -m hdr seeds NAME 2 3`"))
    lines += _confidence()
    groups = [_photos(bench["photos"][name]) for name in NETS_SHOWN]
    return lines + [_row(kind, *(group[kind] for group in groups), "`python -m hdr bench`") for kind in groups[0]]


def _dashboard(bench: dict[str, Any], browser: dict[str, Any]) -> list[str]:
    """How long a person waits, and what the server keeps."""
    drawing, answer, memory = bench["drawing"], browser["pen_up_to_answer"], browser["memory"]
    compare, beside = browser["compare"], browser["beside_training"]
    return [
        f"| a drawing, bytes to probabilities, both nets, median | {drawing['median_ms']} ms, {drawing['ratio']} times "
        "faster than `cv2.resize` and two `model.predict` | `python -m hdr bench` |",
        f"| evaluation against the net's own forward pass | {bench['evaluation']['ratio']} times as long | "
        "`python -m hdr bench` |",
        f"| pen-up to answer in Chromium, both nets, median of {answer['n']} | {answer['median_ms']} ms | "
        "`make bench` |",
        f"| Compare page, {compare['models']} models: a changed choice, a clicked cell, medians | "
        f"{compare['choice_ms']} ms, {compare['click_ms']} ms | `make bench` |",
        f"| memory after {memory['drawings']} drawings and {memory['uploads']} uploads | {memory['growth_mb']:+} MB | "
        "`make bench` |",
        f"| a drawing's answer beside a training, median | {beside['beside_ms']} ms, {beside['ratio']} times as long "
        "as without | `make bench` |",
    ]


def _training(training: dict[str, Any]) -> list[str]:
    """How long the presets train, and what augmentation costs."""
    quick, digits, race = training["quick"], training["digits"], training["race"]
    return [
        "| quick preset on MNIST, from the command to the stored model | "
        f"{quick['seconds']} s, {quick['accuracy']:.2%} of MNIST's test set | `python -m hdr train --preset quick` |",
        f"| the same on scikit-learn's digits | {digits['seconds']} s | "
        "`python -m hdr train --preset quick --data digits` |",
        f"| fast preset against `{race['rival']}`, training alone | {race['seconds']} s for {race['accuracy']:.2%} of "
        f"MNIST's test set; {race['rival_epochs']} epochs of the other, told from two, take "
        f"{race['rival_seconds']:.0f} s, {race['ratio']} times as long, for {race['rival_accuracy']:.2%} | "
        "`python -m benchmarks.training` |",
        f"| an epoch of the CNN with full augmentation | {training['augmentation']['ratio']} times as long as without "
        "| `make bench` |",
    ]


def model_table() -> str:
    """The stored models, best first, with what their papers claim."""
    cards = {name: read_card(name, MODELS) for name in digit_models(MODELS)}
    lines = [
        "| model | `NAME` | MNIST test | claimed | MNIST-C, mean |",
        "|---|---|---|---|---|",
    ]
    for name, card in sorted(cards.items(), key=lambda pair: pair[1]["metrics"]["mnist-test"]["errors"]):
        spec = NETS.get(name)
        claim = f"{spec.claim.accuracy:.2%}" if isinstance(spec, NetSpec) and spec.claim else ""
        robust = read_measures(name, MODELS).get("robustness")
        cells = (
            title_of(card, name),
            f"`{name}`",
            f"{card['metrics']['mnist-test']['accuracy']:.2%}",
            claim,
            f"{robust['mean']:.1%} of {robust['n']:,}" if robust else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
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


def _seeds(name: str) -> str:
    """Mean and standard deviation of a model's accuracy over the seeds that it was trained from."""
    spread = seed_spread(load_entry(name, "mnist"))
    return f"mean {spread[0]:.2%}, standard deviation {spread[1]:.2%}, of {spread[2]}" if spread else ""


def _confidence() -> list[str]:
    """How far the confidence of each model can be trusted, and how long an answer takes."""
    measured = [read_measures(name, MODELS) for name in NETS_SHOWN]
    errors = [[_result(f"{name}-{data}")["ece"] for data in ("mnist", "usps")] for name in NETS_SHOWN]
    figures = {
        "MNIST test accepted with 99.95 % of it right": [
            f"{known['rejection']['coverage']['mnist']:.1%}" if "rejection" in known else "" for known in measured
        ],
        "what is no digit against digits, AUROC": [
            f"{known['rejection']['auroc']['all']:.3f}" if "rejection" in known else "" for known in measured
        ],
        "one digit, warm, median": [f"{known['speed']['milliseconds']:.1f} ms" for known in measured],
    }
    gaps = " | ".join(" and ".join(f"{error:.2%}" for error in pair) for pair in errors)
    return [
        f"| calibration error, MNIST and USPS | {gaps} | `python -m hdr evaluate NAME` |",
        *(f"| {what} | {' | '.join(cells)} | `python -m hdr measure NAME` |" for what, cells in figures.items()),
    ]


def _pages(pages: dict[str, Any]) -> list[str]:
    """Whole pages beside Tesseract, cheque amounts and mark tables."""
    cheques, tables, rival = pages["cheques"], pages["tables"], pages["tesseract"]
    figures = {
        "cheque amounts never trained on, exact": f"{cheques['accuracy']:.1%} of {cheques['amounts']}",
        "mark tables: cells exact": f"{tables['exact']:.1%} of {tables['cells']}, all rows and columns of "
        f"{tables['all_rows_and_columns']} of {tables['tables']}",
        "the pictures above, beside Tesseract 5 on digits": f"{rival['ours_exact']} exact against "
        f"{rival['tesseract_exact']}, {rival['ratio']} times as fast",
        "a photo of 12 megapixels, bytes to text, median": f"{pages['large_photo']['seconds']} s",
    }
    return [f"| {what} | {figure} | `python -m hdr bench` |" for what, figure in figures.items()]


def _forms(result: dict[str, Any]) -> list[str]:
    """Drawn forms, filled with digits of MNIST's test set."""
    forms, checks = result["forms"], result["check_digits"]
    figures = {
        "drawn forms, shifted, turned, photographed: fields found": f"{forms['found']:.1%} of {forms['fields']}",
        "fields exact": f"{forms['exact']:.1%}, without their rules {forms['unruled_exact']:.1%}; "
        f"{forms['accepted']:.1%} accepted, of these {forms['wrong_accepted_per_1000']} in 1,000 wrong",
        "fields with a check digit": f"{checks['exact']:.1%} of {checks['fields']:,} exact, {checks['accepted']:.1%} "
        f"accepted, of these {checks['wrong_accepted_per_1000']} in 1,000 wrong",
        "registering a form, reading its fields, medians": f"{forms['register_s']} s, {forms['read_s']} s",
    }
    return [f"| {what} | {figure} | `make bench` |" for what, figure in figures.items()]


def _batch(result: dict[str, Any]) -> list[str]:
    """A large batch, killed half-way and resumed."""
    grown = " and ".join(f"{megabytes:+} MB" for megabytes in result["growth_mb"])
    figure = (
        f"{result['missing']} missing, memory from the first to the last third of both halves {grown}, "
        f"{result['seconds_a_page']} s a page"
    )
    return [f"| {result['pages']} pages in one batch, killed half-way, resumed | {figure} | `make bench` |"]


def main() -> None:
    """Replace what stands between the markers."""
    readme = PROJECT / "README.md"
    text = readme.read_text(encoding="utf-8")
    for start, content, end in ((START, table(), END), (MODELS_START, model_table(), MODELS_END)):
        before, rest = text.split(start)
        _, after = rest.split(end)
        text = f"{before}{start}\n{content}\n{end}{after}"
    readme.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
