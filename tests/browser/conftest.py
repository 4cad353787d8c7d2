"""One dashboard and one Chromium for all browser tests; a fresh page for each."""

import pytest
from playwright.sync_api import expect

from scripts.dashboard import open_browser, serve_dashboard, settle

expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def dashboard():
    with serve_dashboard() as (address, _):
        yield address


@pytest.fixture(scope="session")
def chromium():
    with open_browser() as browser:
        yield browser


@pytest.fixture
def visit(dashboard, chromium):
    """`visit("/draw", width=390)` opens a page in a session of its own; fails if it asked any other machine."""
    contexts, strangers = [], []

    def open_page(path: str, *, width: int = 1280, height: int = 900, touch: bool = False):
        context = chromium.new_context(viewport={"width": width, "height": height}, has_touch=touch)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: _note_stranger(request.url, dashboard, strangers))
        page.goto(dashboard + path)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not strangers, f"asked other machines: {strangers}"


@pytest.fixture
def fits():
    """`fits(page)` fails where a page shows an error or is wider than the screen, wide and narrow."""

    def check(page):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            settle(page)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    return check


def _note_stranger(url: str, dashboard: str, strangers: list[str]) -> None:
    own = (dashboard, dashboard.replace("http", "ws"), "data:", "blob:")
    if not url.startswith(own):
        strangers.append(url)
