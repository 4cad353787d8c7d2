"""A comparison of models as one HTML file that needs no network: tables, and charts that can still be pointed at."""

import html
from collections.abc import Callable, Iterable
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

import hdr
from hdr import figures
from hdr.score.compare import NOISE_LINE, Entry, claim_rows, compare, setting_differences, summary_rows

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1b1e28}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:1rem 0;display:block;overflow-x:auto}"
    "td,th{padding:.25rem .7rem;border-bottom:1px solid #ddd;text-align:right}td:first-child,th:first-child"
    "{text-align:left}.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(380px,100%),1fr));gap:1rem}"
)
_PERCENT = {"accuracy", "low", "high", "top2", "precision", "recall", "f1", "ece", "mnist_c", "claimed", "measured"}


def html_report(entries: list[Entry], data: str) -> str:
    """The report.

    Args:
        entries: One or more, all on the same set.
        data: What the set is called.

    Returns:
        A whole HTML document with Plotly's script inside, about 5 MB.
    """
    parts = [
        f"<h1>Comparison on {html.escape(data)}</h1>",
        f"<p>{len(entries[0].labels):,} pictures. Handwritten digit reader {hdr.__version__}.</p>",
        _table(summary_rows(entries)),
        *_differences(entries),
        *_section("What the papers claim", _table(claim_rows())),
        *_section("Training", *_curves(entries)),
        *_section("Confusion matrices: rows written, columns read", _grid(_matrices(entries))),
        *_section(
            "Read wrong by digit", _chart(figures.digit_errors({entry.title: entry.error_rates for entry in entries}))
        ),
        *_section("Robustness", *_measured(entries, "robustness", _corruptions, _noise)),
        *_section("Attacks", *_measured(entries, "attack", figures.attack_curves)),
        *_section("Confidence", _chart(_reliability(entries)), _chart(_coverage(entries))),
        *_section("What is no digit", *_measured(entries, "rejection", _rejection)),
        *_section("Settings that differ", _table(setting_differences(entries))),
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Comparison</title><style>{_STYLE}</style>"
    )
    script = f"<script>{get_plotlyjs()}</script>"
    return f"<!doctype html><html lang=en><head>{head}{script}</head><body>{''.join(parts)}</body></html>"


def _section(title: str, *content: str) -> list[str]:
    """A heading and what stands below it; nothing at all where that is empty."""
    return [f"<h2>{html.escape(title)}</h2>", *content] if any(content) else []


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in rows[0])
    lines = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_text(name, value))}</td>' for name, value in row.items())}</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>{lines}</table>"


def _text(name: str, value: Any) -> str:
    if value is None:
        return "–"
    if name in _PERCENT:
        return f"{value:.2%}"
    if name == "difference":
        return f"{value:+.2%}"
    return f"{value:,.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _differences(entries: list[Entry]) -> list[str]:
    rows = []
    for other in entries[1:]:
        found = compare(entries[0], other)
        rows.append(
            {
                "against": f"{entries[0].title} against {other.title}",
                "first alone right": found.only_first,
                "second alone right": found.only_second,
                "difference": found.difference,
                "from": f"{found.low:+.2%}",
                "to": f"{found.high:+.2%}",
                "McNemar p": f"{found.p_value:.2g}",
            }
        )
    return _section("Differences, with their 95 % interval", _table(rows))


def _curves(entries: list[Entry]) -> Iterable[str]:
    trained = {entry.title: entry.history for entry in entries if entry.history}
    if trained:
        yield _chart(figures.history_curves(trained, "accuracy", by_time=False, line=NOISE_LINE))
        yield _chart(figures.history_curves(trained, "loss", by_time=False))


def _matrices(entries: list[Entry]) -> Iterable[str]:
    values = [figures.shown_values(entry.confusion, percent=False, errors_only=True) for entry in entries]
    top = max(float(shown.max()) for shown in values)
    for entry in entries:
        chart = _chart(figures.confusion_figure(entry.confusion, top=top))
        yield f"<div><b>{html.escape(entry.title)}</b>{chart}</div>"


def _measured(entries: list[Entry], what: str, *draw: Callable[[dict[str, Any]], go.Figure]) -> Iterable[str]:
    """Charts of one measurement of the models that it was made of."""
    found = {entry.title: entry.measures[what] for entry in entries if what in entry.measures}
    return [_chart(drawn(found)) for drawn in draw] if found else []


def _corruptions(found: dict[str, Any]) -> go.Figure:
    return figures.corruption_dots({title: one["corruptions"] for title, one in found.items()})


def _noise(found: dict[str, Any]) -> go.Figure:
    return figures.noise_curves({title: one["noise"] for title, one in found.items()})


def _rejection(found: dict[str, Any]) -> go.Figure:
    return figures.rejection_dots({title: one["auroc"] for title, one in found.items()})


def _reliability(entries: list[Entry]) -> go.Figure:
    found = {entry.title: entry.reliability for entry in entries}
    return figures.reliability_diagram({title: (b.confidence, b.accuracy, b.counts) for title, b in found.items()})


def _coverage(entries: list[Entry]) -> go.Figure:
    return figures.coverage_curves({entry.title: entry.coverage for entry in entries})


def _grid(charts: Iterable[str]) -> str:
    return f'<div class="grid">{"".join(charts)}</div>'


def _chart(figure: go.Figure) -> str:
    return figure.update_layout(template="plotly_white").to_html(full_html=False, include_plotlyjs=False)
