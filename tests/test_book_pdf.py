"""The book on paper: one document of all pages, and the PDF that a browser makes."""

import base64
import io
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, Build
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import Destination

from tools.joined import JoinError, join
from tools.pdf import print_book

HEAD = """<head><link rel="stylesheet" href="{up}_static/look.css">
<script>window.MathJax = {{startup: {{promise: Promise.resolve()}}}}</script>
<script src="{up}_static/search.js"></script></head>"""

FRONT = """<section id="front">
<h1>Two digits<a class="headerlink" href="#front">#</a></h1>
<p><a href="chapters/two.html#shape">Shapes</a>,
<a href="https://doi.org/1">a paper</a>,
<a href="_downloads/net.js">a file</a></p></section>"""

ONE = """<section id="chapter"><h1>1. One</h1>
<figure id="id1"><img src="../_images/stroke.svg" alt="A stroke"></figure>
<p>See <a href="#id1">the stroke</a> and <a href="two.html">the next chapter</a>.</p>
<details class="hide"><summary>Show the code</summary><pre>draw()</pre></details>
<div class="lenet-figure"><img src="{still}" alt="Still">
<script>document.body.textContent = "alive"</script></div></section>"""

TWO = """<section id="chapter"><h1>2. Two &amp; &lt;three&gt;</h1><p id="id1">Swans.</p>
<section id="shape"><h2>Shape</h2><p><a href="one.html#id1">as one</a>,
<a href="../index.html">the front</a></p></section></section>"""


def pixel() -> str:
    """A picture of one pixel, as an address."""
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def tiny_book(tmp_path) -> Path:
    """A built book of a front page and two chapters, in a folder with a space."""
    root = tmp_path / "a tiny book"
    html = root / "_build" / "html"
    for folder in ("chapters", "_images", "_static"):
        (html / folder).mkdir(parents=True)
    pages = {
        "index": FRONT,
        "chapters/one": ONE.format(still=pixel()),
        "chapters/two": TWO,
    }
    for name, text in pages.items():
        head = HEAD.format(up="../" if "/" in name else "")
        article = f'<nav>menu</nav><article class="bd-article">{text}</article>'
        page = f"<!DOCTYPE html><html>{head}<body>{article}</body></html>"
        (html / f"{name}.html").write_text(page)
    stroke = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="90">'
    (html / "_images" / "stroke.svg").write_text(f'{stroke}<path d="M1 1L8 8"/></svg>')
    (html / "_static" / "mark.svg").write_text(f"{stroke}</svg>")
    (html / "_static" / "look.css").write_text("")
    chapters = "[{file: chapters/one}, {file: chapters/two}]"
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: index\n"
        f"parts:\n  - caption: I · Digits\n    chapters: {chapters}\n"
    )
    (root / "_config.yml").write_text(
        "title: Two digits\nauthor: A. Writer\ncopyright: '1998'\n"
        "logo: _static/mark.svg\n"
    )
    (root / "LICENSE-TEXT").write_text("Licence\n\nYou may share this.\n")
    return root


def joined(root: Path) -> BeautifulSoup:
    """The pages of a book, joined."""
    return BeautifulSoup(join(root, root / "_build" / "html")[0], "html.parser")


def strays(document: BeautifulSoup) -> set[str]:
    """Links of a document to places that it lacks."""
    places = [element["id"] for element in document.select("[id]")]
    assert len(places) == len(set(places)), "Two places have the same id."
    links = {a["href"] for a in document.select("a[href]")}
    return {a for a in links if not a.startswith("http") and a[1:] not in places}


def test_links_between_pages_lead_inside(tiny_book):
    document = joined(tiny_book)
    assert not strays(document)
    links = {a.text: a.get("href") for a in document.select("article a")}
    assert links == {
        "Shapes": "#chapters/two:shape",
        "a paper": "https://doi.org/1",
        "the stroke": "#chapters/one:id1",
        "the next chapter": "#chapters/two",
        "as one": "#chapters/one:id1",
        "the front": "#index",
    }
    assert "a file" in document.text


def test_what_needs_a_screen_stays_behind(tiny_book):
    document = joined(tiny_book)
    assert not document.select("article script, details, nav:not(.book-contents)")
    assert "search.js" not in str(document)
    for alt in ("A stroke", "Still"):
        assert document.select_one(f'article img[alt="{alt}"]')


def test_pictures_and_styles_are_found_from_beside_the_pages(tiny_book):
    document, pdf = joined(tiny_book), tiny_book / "_build" / "pdf"
    addresses = [image["src"] for image in document.select("img")]
    addresses += [link["href"] for link in document.select("link")]
    files = [a for a in addresses if not a.startswith("data:")]
    assert len(files) == 3
    for file in files:
        assert (pdf / file).resolve().is_file()


def test_a_page_that_is_not_built_is_named(tiny_book):
    (tiny_book / "_build" / "html" / "chapters" / "two.html").unlink()
    with pytest.raises(JoinError, match=r"no page chapters/two; run `make book`"):
        joined(tiny_book)


def titles(outline: list) -> list:
    """The titles of an outline, lists within lists."""
    return [titles(o) if isinstance(o, list) else o.title for o in outline]


def targets(pdf: PdfReader, number: int) -> list[str | int]:
    """Where the links of a page lead: an address, or a page counted from 1."""
    found = []
    for annotation in pdf.pages[number - 1].annotations or []:
        link = annotation.get_object()
        if "/A" in link:
            found.append(link["/A"]["/URI"])
        else:
            place = pdf.named_destinations[link["/Dest"]]
            assert isinstance(place, Destination)
            found.append(pdf.get_destination_page_number(place) + 1)
    return found


def test_the_pdf_has_links_outline_numbers_and_vector_drawings(tiny_book, browser):
    pdf = PdfReader(print_book(tiny_book, browser))
    assert len(pdf.pages) == 5  # a title page, the contents, three pages
    assert pdf.metadata.title == "Two digits"
    assert pdf.metadata.author == "A. Writer"
    assert titles(pdf.outline) == [
        "Two digits",
        "I · Digits",
        ["1. One", "2. Two & <three>", ["Shape"]],
    ]
    assert targets(pdf, 2) == [3, 4, 5, 5]
    lines = pdf.pages[1].extract_text().splitlines()
    numbers = {"Two digits": 3, "1. One": 4, "2. Two & <three>": 5, "Shape": 5}
    assert {f"{title} {number}" for title, number in numbers.items()} <= set(lines)
    assert targets(pdf, 3) == [5, "https://doi.org/1"]
    assert targets(pdf, 4) == [4, 5]
    assert targets(pdf, 5) == [4, 3]
    stroke, still = pdf.pages[3], pdf.pages[3].images
    assert [image.image.size for image in still] == [(1, 1)], "A drawing became pixels."
    assert b" l\n" in stroke.get_contents().get_data()
    assert "alive" not in stroke.extract_text()


def test_every_link_of_the_book_leads_inside(book):
    document = BeautifulSoup(join(ROOT, book)[0], "html.parser")
    assert not strays(document)
    assert not document.select("article script, article button")


def test_all_of_the_book_is_seen_on_paper(browser, book):
    """Solutions, folded on the screen, are open; no figure and no code is hidden."""
    folder = book.parent / "pdf"
    folder.mkdir(exist_ok=True)
    source = folder / "all.html"
    source.write_text(join(ROOT, book)[0], "utf-8")
    view = browser.new_page()
    view.emulate_media(media="print")
    view.goto(source.as_uri(), wait_until="domcontentloaded")
    hidden = view.evaluate(
        """() => [...document.querySelectorAll("article :is(p, pre, img, td)")]
            .filter(e => !e.checkVisibility({visibilityProperty: true}))
            .filter(e => !e.closest("mjx-container, .lenet-figure"))
            .map(e => e.closest("article").id + ": " + e.outerHTML.slice(0, 100))"""
    )
    view.close()
    source.unlink()
    assert hidden == []


def test_pages_offer_the_pdf_once_there_is_one(small_book, options_of_make):
    page = small_book / "index.md"
    page.write_text("# A small book\n\nHello.\n\n```{printed-book}\n```\n")
    (small_book / "chapters" / "tiny.md").write_text("# Tiny\n\nNothing here.\n")
    first = Build(small_book, *options_of_make)
    assert (first.status, first.warnings) == (0, [])
    assert "PDF" not in (first.html / "index.html").read_text("utf-8")

    folder = small_book / "_build" / "pdf"
    folder.mkdir()
    (folder / "small.pdf").write_bytes(b"%PDF" + bytes(3_000_000))
    second = Build(small_book, *options_of_make)
    assert (second.status, second.warnings) == (0, [])
    made = BeautifulSoup((second.html / "index.html").read_text("utf-8"), "html.parser")
    (link,) = made.select("article a[href$='.pdf']")
    assert re.search(r"one PDF \(3 MB, printed on 20\d\d-\d\d-\d\d\)", link.parent.text)
    assert (second.html / link["href"]).read_bytes().startswith(b"%PDF")
