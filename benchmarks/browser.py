"""What only a browser can tell: time from pen-up to answer, beside a training too, of the Compare page, and memory.

usage: python -m benchmarks.browser [--json OUT] [--only answers|compare|training|memory]
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import cv2
import numpy as np
import psutil
from playwright.sync_api import Browser, Page, expect

from benchmarks.report import earlier_report, parser_of, write_report
from hdr.data.datasets import is_here
from hdr.data.pen import digit_strokes, draw_strokes
from hdr.learn.jobs import stop, submit
from hdr.learn.plan import make_plan
from hdr.store.cards import digit_models, read_card, title_of
from hdr.store.runs import get_run
from scripts.dashboard import click_cell, draw_digit, open_browser, serve_dashboard, settle

_WATCH = """() => {
  window.answeredAt = 0;
  const answer = () => document.querySelector('[data-testid=reading-rnn]')?.textContent ?? '';
  let before = answer();
  new MutationObserver(() => {
    if (answer() && answer() !== before && document.querySelector('.hdr-strip img.pixel')) {
      before = answer();
      window.answeredAt = performance.now();
    }
  }).observe(document.body, {childList: true, subtree: true, characterData: true});
  document.addEventListener('pointerup', () => { window.penUpAt = performance.now(); }, true);
  document.addEventListener('mouseup', () => { window.penUpAt = performance.now(); }, true);
}"""


def time_answers(page: Page, repeats: int) -> list[float]:
    """Milliseconds from pen-up to both answers and the steps on the screen, each with one digit on a fresh canvas."""
    page.evaluate(_WATCH)
    times = []
    for index in range(repeats):
        page.evaluate("window.answeredAt = 0")
        draw_digit(page, (2, 3, 6, 8)[index % 4], 100, 70, 200)
        page.wait_for_function("window.answeredAt > 0")
        times.append(float(page.evaluate("window.answeredAt - window.penUpAt")))
        _clear(page)
    return times


def measure_memory(
    browser: Browser, address: str, pid: int, drawings: int = 200, uploads: int = 50
) -> dict[str, float]:
    """Growth of the dashboard's resident memory in MB over many drawings and uploads, after a warm-up of each."""
    server = psutil.Process(pid)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    _draw_many(page, address, 10)
    with tempfile.TemporaryDirectory() as scratch:
        _upload_many(page, address, 3, Path(scratch))
        before = server.memory_info().rss
        _draw_many(page, address, drawings)
        _upload_many(page, address, uploads, Path(scratch))
        after = server.memory_info().rss
    page.close()
    grown = round((after - before) / 1e6, 1)
    return {"drawings": drawings, "uploads": uploads, "before_mb": round(before / 1e6, 1), "growth_mb": grown}


def _draw_many(page: Page, address: str, count: int) -> None:
    page.goto(f"{address}/draw")
    for index in range(count):
        draw_digit(page, index % 10, 100, 70, 200)
        expect(page.get_by_test_id("reading-cnn")).to_be_visible(timeout=60_000)
        _clear(page)


def _upload_many(page: Page, address: str, count: int, scratch: Path) -> None:
    for index in range(count):
        page.goto(f"{address}/upload")
        settle(page)
        path = scratch / f"page {index}.jpg"
        _draw_photo(path, index)
        page.locator("input[type=file]").first.set_input_files(path)
        expect(page.get_by_text(path.name, exact=True).last).to_be_visible(timeout=60_000)
        settle(page)


def _draw_photo(path: Path, seed: int) -> None:
    """A page of 12 digits on unevenly lit paper, 2000 x 1500 pixels; another one for every seed."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((1500, 2000), np.uint8)
    for index in range(12):
        draw_strokes(
            ink, digit_strokes(int(rng.integers(10)), 200 + 280 * (index % 6), 300 + 500 * (index // 6), 200), 14
        )
    light = np.linspace(230, 140, 2000) + rng.normal(0, 2, ink.shape)
    cv2.imwrite(str(path), np.clip(light * (1 - 0.8 * ink / 255.0), 0, 255).astype(np.uint8))


def _clear(page: Page) -> None:
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_test_id("reading-cnn")).to_have_count(0, timeout=60_000)
    settle(page)


def measure_answers(browser: Browser, address: str, repeats: int) -> dict[str, int]:
    """Median and worst time from pen-up to answer, after one drawing to warm up."""
    page = _warm_canvas(browser, address)
    times = time_answers(page, repeats)
    page.close()
    return {"median_ms": round(statistics.median(times)), "worst_ms": round(max(times)), "n": len(times)}


def measure_while_training(browser: Browser, address: str, repeats: int = 20) -> dict[str, float]:
    """Median times from pen-up to answer without a training and beside one, on the same page in the same minutes."""
    page = _warm_canvas(browser, address)
    alone = statistics.median(time_answers(page, repeats))
    run = submit(make_plan("cnn", {"epochs": 1_000}, data=(("mnist" if is_here("mnist") else "digits", 1.0),)))
    try:
        while not get_run(run.id).batch:
            time.sleep(0.5)
        beside = statistics.median(time_answers(page, repeats))
    finally:
        stop(run.id)
        while get_run(run.id).is_open:
            time.sleep(0.5)
    page.close()
    return {"alone_ms": round(alone), "beside_ms": round(beside), "ratio": round(beside / alone, 2), "n": repeats}


def _warm_canvas(browser: Browser, address: str) -> Page:
    """The Draw page after its first answer, cleared."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/draw")
    draw_digit(page, 4, 100, 70, 200)
    expect(page.get_by_test_id("reading-rnn")).to_be_visible(timeout=60_000)
    _clear(page)
    return page


def measure_compare(browser: Browser, address: str, repeats: int = 9) -> dict[str, int]:
    """Median times of the Compare page with twelve models: a changed choice, and a clicked cell with its pictures."""
    titles = [title_of(read_card(name), name) for name in digit_models()][:12]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    link = f"{address}/compare?{urlencode([('compare', title) for title in titles])}"
    page.goto(f"{link}&cost=File+size")
    expect(page.locator(".hdr-tile")).to_have_count(len(titles), timeout=60_000)
    choices = [_time_choice(page, len(titles) - 1 - index % 2, titles[-1]) for index in range(2 * (repeats // 2))]
    page.goto(f"{link}&view=Confusion")
    cells = [(4, 9), (9, 4), (7, 2), (3, 5), (5, 3)]
    clicks = [_time_click(page, *cells[index % len(cells)]) for index in range(repeats)]
    page.close()
    return {
        "models": len(titles),
        "choice_ms": round(statistics.median(choices)),
        "click_ms": round(statistics.median(clicks)),
        "n": repeats,
    }


def _time_choice(page: Page, count: int, title: str) -> float:
    """Milliseconds from removing the last model, or adding it again, to the tiles and the chart that show it."""
    settle(page)
    field = page.get_by_test_id("stMultiSelect").locator("input")
    fewer = page.locator(".hdr-tile").count() > count
    field.click()
    if not fewer:
        field.fill(title)
        page.get_by_role("option", name=title, exact=True).wait_for()
    page.evaluate(
        """count => { window.shown = 0;
          const look = () => {
            const charts = document.querySelectorAll('.st-key-accuracy-against-cost .scatterlayer .trace').length;
            if (document.querySelectorAll('.hdr-tile').length === count && charts === count) {
              window.shown = performance.now(); } else { requestAnimationFrame(look); } };
          document.addEventListener('keydown', () => { window.asked = performance.now(); look(); },
            {once: true, capture: true}); }""",
        count,
    )
    page.keyboard.press("Backspace" if fewer else "Enter")
    page.wait_for_function("window.shown > 0")
    page.keyboard.press("Escape")
    return float(page.evaluate("window.shown - window.asked"))


def _time_click(page: Page, written: int, read: int) -> float:
    """Milliseconds from a click on a cell of the first matrix to its heading and its pictures."""
    page.evaluate(
        """wanted => { window.shown = 0;
          const look = () => {
            const heading = [...document.querySelectorAll('h3')].some(h => h.textContent.startsWith(wanted));
            const pictures = [...document.querySelectorAll('.hdr-gallery img')];
            if (heading && pictures.length && pictures.every(one => one.complete)) {
              window.shown = performance.now(); } else { requestAnimationFrame(look); } };
          document.addEventListener('mousedown', () => { window.asked = performance.now(); look(); },
            {once: true, capture: true}); }""",
        f"{written} read as {read}",
    )
    click_cell(page, "matrix-decision_tree", written, read)
    page.wait_for_function("window.shown > 0")
    return float(page.evaluate("window.shown - window.asked"))


@contextmanager
def _own_home() -> Iterator[None]:
    """An empty HDR_HOME, so that a person's own default and runs are left alone."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["HDR_HOME"] = home
        yield


def main() -> None:
    """Run the benches that were asked for and bring their figures into the file."""
    parser = parser_of(__doc__)
    parser.add_argument(
        "--only",
        choices=("answers", "compare", "training", "memory"),
        help="run one bench alone; memory takes a quarter of an hour",
    )
    parser.add_argument("--drawings", type=int, default=200, help="drawings of the memory bench")
    parser.add_argument("--uploads", type=int, default=50, help="uploads of the memory bench")
    asked = parser.parse_args()
    report = earlier_report(asked.json)
    with _own_home(), serve_dashboard() as (address, pid), open_browser() as browser:
        if asked.only in (None, "answers"):
            report["pen_up_to_answer"] = measure_answers(browser, address, repeats=30)
        if asked.only in (None, "compare"):
            report["compare"] = measure_compare(browser, address)
        if asked.only in (None, "training"):
            report["beside_training"] = measure_while_training(browser, address)
        if asked.only in (None, "memory"):
            report["memory"] = measure_memory(browser, address, pid, asked.drawings, asked.uploads)
    write_report(report, asked.json)


if __name__ == "__main__":
    main()
