"""The dashboard driven from outside: a server of its own and a Chromium, for tests, benches and screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from hdr.config import PROJECT
from hdr.data.pen import digit_strokes

CANVAS_SIDE = 340
_UP_WITHIN = 60
"""Seconds until it must answer."""
_QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def serve_dashboard() -> Iterator[tuple[str, int]]:
    """A dashboard on a free port; gives its address and process id, and ends it afterwards."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    environment = os.environ | {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}  # as make run does
    server = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_up(address, server)
        yield address, server.pid
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Headless Chromium: the system's where there is one, else Playwright's own."""
    system = os.environ.get("HDR_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system or None, args=list(_QUIET))
        yield browser
        browser.close()


def draw_digit(page: Page, digit: int, left: float, top: float, height: float) -> None:
    """Draw a digit on the canvas of the Draw page with the mouse; the place is in pixels of the canvas."""
    canvas = page.locator("canvas.upper-canvas").first
    canvas.wait_for()
    settle(page)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None, "the canvas is not on the page"
    zoom = box["width"] / CANVAS_SIDE
    for points in digit_strokes(digit, left, top, height):
        spots = [(box["x"] + zoom * x, box["y"] + zoom * y) for x, y in points]
        page.mouse.move(*spots[0])
        page.mouse.down()
        for spot in spots[1:]:
            page.mouse.move(*spot)
        page.mouse.up()


def click_cell(page: Page, chart: str, written: int, read: int) -> None:
    """Click a cell of a confusion matrix on the Compare page; `chart` is the chart's key."""
    plot = page.locator(f".st-key-{chart} .js-plotly-plot")
    plot.locator(".scatterlayer .point").first.wait_for(state="attached")
    settle(page)
    plot.scroll_into_view_if_needed()
    x, y = plot.evaluate(
        """(plot, cell) => {
          const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
          return [box.left + xaxis._offset + xaxis.d2p(cell[1]), box.top + yaxis._offset + yaxis.d2p(cell[0])];
        }""",
        [str(written), str(read)],
    )
    page.mouse.move(x, y)
    page.mouse.click(x, y)


def settle(page: Page) -> None:
    """Wait until the dashboard has nothing left to run for this page."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(300)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _UP_WITHIN
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the dashboard ended at once with status {server.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not answer within {_UP_WITHIN} s")
