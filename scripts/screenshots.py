"""Take the README's screenshots: each page, wide and narrow, light and dark.

usage: python -m scripts.screenshots
"""

from playwright.sync_api import Page

from hdr.config import PROJECT
from scripts.dashboard import click_cell, draw_digit, open_browser, serve_dashboard, settle

FOLDER = PROJECT / "docs" / "screenshots"
PATHS = {
    "start": "",
    "compare": "compare?view=Confusion",
    "train": "train?preset=Standard",
    "forms": "upload?upload=Forms",
}
SIZES = {"wide": (1280, 900), "narrow": (390, 844)}


def show(page: Page, address: str, name: str) -> None:
    """Open a page and bring it into the state that is worth a picture."""
    page.goto(f"{address}/{PATHS.get(name, name)}")
    settle(page)
    if name == "draw":
        draw_digit(page, 2, 110, 60, 220)
        page.get_by_test_id("reading-rnn").wait_for()
    if name == "train":
        page.get_by_text("Another draw").wait_for()
    if name == "forms":
        page.get_by_role("button", name="Use the sample").click()
    if name == "compare":
        click_cell(page, "matrix-rnn", written=4, read=6)
        page.locator(".hdr-gallery img").first.wait_for()
        page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    settle(page)
    page.mouse.move(1, 1)
    page.wait_for_timeout(700)


def main() -> None:
    """Write `docs/screenshots/PAGE-SIZE-SCHEME.png` for every combination."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with serve_dashboard() as (address, _), open_browser() as browser:
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                page = context.new_page()
                page.set_default_timeout(60_000)
                for name in ("start", "draw", "upload", "forms", "compare", "train"):
                    show(page, address, name)
                    page.screenshot(path=FOLDER / f"{name}-{size}-{scheme}.png")
                context.close()


if __name__ == "__main__":
    main()
