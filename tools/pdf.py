"""Print the built book as one PDF: ``_build/pdf/`` and the title of the book.

A browser prints one document of all pages, which ``tools/joined.py`` makes: once to
learn on which sheet each chapter begins, and once with these numbers in the table of
contents. ``make pdf`` builds the book before, if need be.
"""

import os
import re
import sys
from io import BytesIO
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Page as View
from pypdf import PdfReader, PdfWriter
from pypdf.generic import Destination, Fit, IndirectObject

from tools.browser import BrowserError, find, install
from tools.front_matter import Entry
from tools.joined import JoinError, join

ROOT = Path(__file__).resolve().parent.parent

#: Formulas are set, letters and pictures are there.
READY = """async () => {
    await MathJax.startup.promise;
    await document.fonts.ready;
    await Promise.all([...document.images].map(image => image.decode()));
}"""

NUMBER = """numbers => {
    for (const link of document.querySelectorAll('.book-contents a')) {
        const place = decodeURIComponent(link.hash.slice(1));
        link.querySelector('.number').textContent = numbers[place];
    }
}"""


def print_book(root: Path, browser: Browser) -> Path:
    """Print the built book that lies in a folder's ``_build/html``; return the PDF.

    Raises:
        JoinError: if the book is not built, or lacks a page.
    """
    text, contents = join(root, root / "_build" / "html")
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    name = re.sub(r"\W+", "-", config["title"].lower()).strip("-")
    folder = root / "_build" / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    source, target = folder / f"{name}.html", folder / f"{name}.pdf"
    source.write_text(text, "utf-8")
    writer = PdfWriter(BytesIO(print_twice(source, browser)), incremental=True)
    writer.metadata = {"/Title": config["title"], "/Author": config["author"]}
    add_outline(writer, contents)
    partial = target.with_suffix(".partial")
    writer.write(partial)
    partial.replace(target)
    source.unlink()
    return target


def print_twice(source: Path, browser: Browser) -> bytes:
    """A joined document as PDF, with page numbers in its table of contents."""
    view = browser.new_page(color_scheme="light")
    view.set_default_timeout(0)  # a slow machine takes minutes
    view.goto(source.as_uri())
    view.emulate_media(media="print", color_scheme="light")
    view.evaluate(READY)
    view.evaluate(NUMBER, page_numbers(to_pdf(view)))
    printed = to_pdf(view)
    view.close()
    return printed


def to_pdf(view: View) -> bytes:
    """What the browser prints, with its structure for those who hear it read."""
    return view.pdf(prefer_css_page_size=True, print_background=True, tagged=True)


def page_numbers(pdf: bytes) -> dict[str, int]:
    """On which page each place lies that the document links to, counted from 1."""
    draft = PdfReader(BytesIO(pdf))
    number = draft.get_destination_page_number
    return {name: number(place) + 1 for name, place in places(draft).items()}


def places(pdf: PdfReader | PdfWriter) -> dict[str, Destination]:
    """Where each id lies that the document links to."""
    found = pdf.named_destinations.items()
    return {name.removeprefix("/"): place for name, place in found}


def add_outline(writer: PdfWriter, contents: list[Entry]) -> None:
    """Give the PDF an outline of parts, chapters and sections.

    The browser could make one of the headings, but it writes a title twice where it
    moved the heading from the end of one page to the next.
    """
    where = places(writer)
    pages = {page.indirect_reference.idnum: n for n, page in enumerate(writer.pages)}

    def add(title: str, place: str, parent: IndirectObject | None) -> IndirectObject:
        spot = where[place]
        page = pages[spot.page.idnum]
        fit = Fit.xyz(top=spot.top)
        return writer.add_outline_item(
            title=title, page_number=page, parent=parent, fit=fit, is_open=not parent
        )

    part = None
    for entry in contents:
        if entry.part:
            part = add(entry.part, entry.id, None)
        chapter = add(entry.title, entry.id, part)
        for place, title in entry.sections:
            add(title, place, chapter)


def main() -> None:
    """Print this book, with the browser that there is."""
    program = find() or install()
    quiet = ["--no-sandbox"] if os.geteuid() == 0 else []  # root gets no sandbox
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=program, args=quiet)
        target = print_book(ROOT, browser)
        browser.close()
    print(f"The PDF is ready: {target.relative_to(ROOT)}")


if __name__ == "__main__":
    try:
        main()
    except (BrowserError, JoinError) as error:
        sys.exit(str(error))
