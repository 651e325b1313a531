"""Take a picture of each page of the built book, in three widths and two themes.

python tools/screenshots.py

The pictures are whole pages, with solutions folded, in ``_build/screenshots``:
``chapters-lenet5-390-dark.png``.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from browser import BrowserError, find

BUILD = Path(__file__).resolve().parent.parent / "_build"
HTML, PICTURES = BUILD / "html", BUILD / "screenshots"
WIDTHS = (1280, 768, 390)
THEMES = ("light", "dark")

#: When all is there that comes late: type, mathematics, images far down.
READY = """async () => {
    await document.fonts.ready;
    if (window.MathJax?.startup) await MathJax.startup.promise;
    for (const image of document.images) image.loading = "eager";
    await Promise.all([...document.images].map(i => i.decode().catch(() => 0)));
}"""


def main() -> None:
    """Take all pictures anew."""
    if not (HTML / "index.html").exists():
        sys.exit("The book is not built yet: run `make book` first.")
    pages = [*HTML.glob("*.html"), *HTML.glob("chapters/**/*.html")]
    pages.remove(HTML / "404.html")  # it finds its style on a server only
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir()
    with browser() as chromium:
        for page in sorted(pages):
            name = "-".join(page.relative_to(HTML).with_suffix("").parts)
            print(name, flush=True)
            for width in WIDTHS:
                for theme in THEMES:
                    file = PICTURES / f"{name}-{width}-{theme}.png"
                    take(chromium, page, width, theme, file)
    print(f"{len(pages) * len(WIDTHS) * len(THEMES)} pictures are in {PICTURES}")


@contextmanager
def browser() -> Iterator:
    """A browser that nobody sees; without one, the program ends with a sentence."""
    from playwright.sync_api import sync_playwright

    try:
        program = find()
    except BrowserError as error:
        sys.exit(str(error))
    if program is None:
        sys.exit(
            "The pictures need a browser, and none was found: run "
            "`python tools/browser.py`, which finds or installs one."
        )
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox"] if root else [],  # it refuses to start for root else
        )
        yield chromium
        chromium.close()


def take(chromium, page: Path, width: int, theme: str, file: Path) -> None:
    """Open a page as a new reader would, and keep what it looks like."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme
    )
    view = context.new_page()
    view.goto(page.as_uri(), wait_until="load")
    view.evaluate(READY)
    view.screenshot(path=file, full_page=True, animations="disabled")
    context.close()


if __name__ == "__main__":
    main()
