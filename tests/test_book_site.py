"""The built site as others meet it: found, shared, cited, lost, and how it arrives."""

import gzip
import http.server
import re
import subprocess
import sys
import threading
from copy import copy
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from bs4 import BeautifulSoup
from built_pages import plain, soup
from conftest import PAGES, ROOT, Build
from PIL import Image

SITE = "https://some-one.github.io/their.book/"
TITLE = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["title"]


def meta(page: BeautifulSoup) -> dict[str, str]:
    """What the head of a page says to others, by its names."""
    return {
        tag.get("name") or tag["property"]: tag["content"]
        for tag in page.select("head meta[name], head meta[property]")
    }


# Found and shared


def test_each_page_describes_itself(book):
    said = {page: meta(soup(book, page))["description"] for page in PAGES}
    for page, text in said.items():
        assert 50 <= len(text) <= 200, (page, text)
        assert re.search(r"[.!?:…]$", text), (page, text)
        assert not re.search(r"[\\`{}$]", text), (page, text)
    assert len(set(said.values())) == len(PAGES)


def test_tags_for_other_sites_agree_with_the_page(book, page):
    tags = meta(soup(book, page))
    title = copy(soup(book, page).select_one("article h1"))
    for extra in title.select(".section-number, .headerlink"):
        extra.extract()
    assert tags["og:title"] == plain(title)
    assert tags["og:description"] == tags["description"]
    assert tags["og:type"] == ("website" if page == "index" else "article")
    assert tags["twitter:card"] == "summary_large_image"


def test_each_page_has_a_card_of_its_own(book):
    cards = sorted((book / "_static" / "cards").iterdir())
    assert len(cards) == len(PAGES)
    assert len({card.read_bytes() for card in cards}) == len(PAGES)
    for card in cards:
        with Image.open(card) as image:
            assert image.size == (1200, 630)
            colours = {c for n, c in image.convert("RGB").getcolors() if n > 500}
        # The book's paper, its ink, and the vermilion of its mark.
        assert {(255, 254, 251), (26, 26, 26), (213, 94, 0)} <= colours
        assert card.stat().st_size < 100_000


@pytest.fixture
def published(small_book, options_of_make) -> Path:
    """The pages of a small book whose remote is on GitHub."""
    text = "# Tiny\n\n- One & two.\n\nA page <of> words: one formula less.\n"
    (small_book / "chapters" / "tiny.md").write_text(text)
    (small_book / "CITATION.cff").write_text(
        f"title: {TITLE}\nauthors:\n"
        "  - {given-names: Ada, name-particle: von, family-names: Bee}\n"
        "  - name: Cats & Dogs\n"
    )
    origin = "git@github.com:Some-one/their.book.git"
    for command in (["init", "--quiet"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", *command], cwd=small_book, check=True)
    build = Build(small_book, *options_of_make)
    assert build.status == 0, build
    return build.html


def test_a_published_site_names_its_addresses(published):
    first, tiny = soup(published, "index"), soup(published, "chapters/tiny")
    for page, address in ((first, SITE), (tiny, f"{SITE}chapters/tiny.html")):
        assert [a["href"] for a in page.select("link[rel=canonical]")] == [address]
        assert meta(page)["og:url"] == address
    card = meta(tiny)["og:image"]
    assert card.startswith(SITE)
    assert (published / card.removeprefix(SITE)).is_file()
    assert meta(tiny)["description"] == "A page <of> words: one formula less."
    for made in ("genindex", "search", "404"):
        assert soup(published, made).select("link[rel=canonical]") == []

    places = ElementTree.parse(published / "sitemap.xml").getroot()
    assert {place[0].text for place in places} == {SITE, f"{SITE}chapters/tiny.html"}
    assert f"Sitemap: {SITE}sitemap.xml" in (published / "robots.txt").read_text()

    words = plain(tiny.select_one(".page-end p"))
    assert words == (
        f"Ada von Bee, Cats & Dogs. “Tiny”. In {TITLE}. 2026. {SITE}chapters/tiny.html"
    )
    entry = tiny.select_one(".page-end pre").get_text()
    assert re.match(r"@incollection{[\w-]+-tiny,\n", entry)
    assert "author = {von Bee, Ada and {Cats \\& Dogs}}," in entry
    assert f"url = {{{SITE}chapters/tiny.html}}," in entry
    report = urlsplit(tiny.select_one(".page-end a.report-issue")["href"])
    assert report.path == "/Some-one/their.book/issues/new"
    assert parse_qs(report.query)["title"] == ["Error on the page “Tiny”"]

    # All links of the page for none begin at the root of the site.
    lost = soup(published, "404")
    links = [
        tag[name]
        for name in ("href", "src", "action")
        for tag in lost.select(f"[{name}]")
        if not re.match(r"#|https:", tag[name])
    ]
    assert len(links) > 20
    assert [link for link in links if not link.startswith("/their.book/")] == []


def test_a_citation_file_without_authors_is_named(small_book, options_of_make):
    (small_book / "chapters" / "tiny.md").write_text("# Tiny\n\nSome words.\n")
    (small_book / "CITATION.cff").write_text(f"title: {TITLE}\n")
    build = Build(small_book, *options_of_make)
    assert build.status != 0
    assert "CITATION.cff cannot be read: it must be YAML with a title" in build.output


def test_each_page_says_how_to_cite_it(book, page):
    known = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert known["title"] == TITLE
    block = soup(book, page).select_one("details:has(pre):not(article details)")
    assert block.parent["class"] == ["page-end"]
    words, entry = plain(block.select_one("p")), block.select_one("pre").get_text()
    for text in (words, entry):
        assert known["title"] in text
        assert known["authors"][0]["name"] in text
        assert meta(soup(book, page))["og:title"] in text
    assert not block.has_attr("open")


# Images


def test_images_of_files_tell_their_size(book, page):
    images = soup(book, page).select("article img")
    for image in images:
        if image["src"].startswith("data:image/svg") and not image.get("width"):
            continue  # a drawing as wide as its place
        assert int(image["width"]) > 20 and int(image["height"]) > 20, image["src"][:60]
    files = [i["src"] for i in images if not i["src"].startswith("data:")]
    assert {Path(file).suffix for file in files} <= {".svg"}  # drawn, not photographed


# How it arrives

#: What browsers call a good page: nothing of note moves while it is being loaded.
#: web.dev/articles/cls
SHIFT = 0.1

WATCH = """window.moved = 0;
new PerformanceObserver(list => {
    for (const shift of list.getEntries())
        if (!shift.hadRecentInput) window.moved += shift.value;
}).observe({type: "layout-shift", buffered: true});"""

SETTLED = """async () => {
    await document.fonts.ready;
    if (window.MathJax?.startup) await MathJax.startup.promise;
    const images = [...document.images];
    await Promise.all(images.map(i => i.decode().catch(() => 0)));
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_moves_and_all_weighs_little(browser, site, book, page, width):
    view = browser.new_page(viewport={"width": width, "height": 900})
    asked: set[str] = set()
    view.on("request", lambda request: asked.add(request.url))
    view.add_init_script(WATCH)
    view.goto(f"{site}/{page}.html", wait_until="load")
    view.evaluate(SETTLED)
    view.wait_for_timeout(200)
    moved = view.evaluate("window.moved")
    view.close()
    assert moved < SHIFT

    own = [url.removeprefix(site) for url in asked if url.startswith(site)]
    weights = {name: sent(book / unquote(urlsplit(name).path)[1:]) for name in own}
    assert len(weights) > 20
    # Even with what the interactive figures weigh, which are within the page.
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:5]
    assert sum(weights.values()) <= 1_500_000, heaviest


def sent(file: Path) -> int:
    """How many bytes of a file go over the wire: GitHub Pages compresses text."""
    text = file.suffix in (".html", ".css", ".js", ".json", ".svg")
    content = file.read_bytes()
    return len(gzip.compress(content)) if text else len(content)


def test_pages_can_be_read_without_scripts(browser, site, page):
    context = browser.new_context(java_script_enabled=False)
    view = context.new_page()
    view.goto(f"{site}/{page}.html")
    for part in ("article h1", "article section > p >> nth=0", ".page-end summary"):
        assert view.locator(part).first.is_visible(), part
    solutions = view.locator("article .solution .cell_input, article .solution p")
    assert all(solutions.nth(n).is_visible() for n in range(min(solutions.count(), 5)))
    context.close()


# The page for none


class LikePages(http.server.SimpleHTTPRequestHandler):
    """Serves a folder as GitHub Pages does."""

    def log_message(self, *_: object) -> None:
        """Print no line for each request."""

    def send_error(self, code: int, *_: object) -> None:
        """Show 404.html where there is no file."""
        page = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(page)


@pytest.mark.parametrize("address", ["nothing", "chapters/there/is/nothing.html"])
def test_a_lost_reader_finds_the_book(browser, book, address, tmp_path):
    (link,) = soup(book, "404").select("article a[href$='index.html']")
    root = tmp_path / "site"  # on GitHub Pages the book lies in a folder of the host
    folder = root / link["href"].removesuffix("index.html").strip("/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder == root:
        root = book
    else:
        folder.symlink_to(book)
        (root / "404.html").write_bytes((book / "404.html").read_bytes())
    handler = partial(LikePages, directory=root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"http://127.0.0.1:{server.server_port}"
        base = host + link["href"].removesuffix("index.html")
        view = browser.new_page()
        missing = []
        view.on(
            "response", lambda r: r.status >= 400 and missing.append(urlsplit(r.url))
        )
        view.goto(base + address)
        view.evaluate("document.fonts.ready")
        assert [url.path for url in missing] == [urlsplit(base + address).path]
        assert "Book Serif" in view.evaluate(
            "getComputedStyle(document.querySelector('article h1')).fontFamily"
        )
        view.locator("form.lost input").fill("standardise")
        view.locator("form.lost button").click()
        view.locator("ul.search li a").first.wait_for(timeout=10_000)
        assert view.url.startswith(f"{base}search.html?q=standardise")
        view.close()
        server.shutdown()


# Icons


def test_each_icon_of_a_page_is_in_the_font(book, any_page):
    from fontTools.ttLib import TTFont

    webfonts = book / "_static" / "vendor" / "fontawesome" / "webfonts"
    drawn = set().union(*(TTFont(f).getBestCmap() for f in webfonts.glob("*.woff2")))
    styles = (book / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    icons = soup(book, any_page).select("i[class*=fa-]")
    assert icons
    for icon in icons:
        codes = [
            rule[1]
            for name in icon["class"]
            if (rule := re.search(rf'\.{name}:before[^{{]*{{content:"\\(\w+)"', styles))
        ]
        assert codes and {int(code, 16) for code in codes} <= drawn, icon


# Pictures of all pages


def test_pictures_need_a_book(tmp_path):
    for name in ("screenshots.py", "browser.py"):
        (tmp_path / "tools").mkdir(exist_ok=True)
        (tmp_path / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    done = subprocess.run(
        [sys.executable, tmp_path / "tools" / "screenshots.py"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "The book is not built yet: run `make book` first.\n"


def test_pictures_of_all_pages(tmp_path):
    (tmp_path / "tools").mkdir()
    for name in ("screenshots.py", "browser.py"):
        (tmp_path / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    html = tmp_path / "_build" / "html"
    (html / "chapters").mkdir(parents=True)
    page = (
        "<!DOCTYPE html><style>@media (prefers-color-scheme: dark)"
        "{body {background: #000}}</style><body>"
    )
    for name in ("index", "404", "chapters/tiny"):
        (html / f"{name}.html").write_text(page)
    done = subprocess.run(
        [sys.executable, tmp_path / "tools" / "screenshots.py"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    pictures = {p.stem: p for p in (tmp_path / "_build" / "screenshots").iterdir()}
    assert len(pictures) == 2 * 3 * 2
    for width in (1280, 768, 390):
        for theme, colour in (("light", 255), ("dark", 0)):
            with Image.open(pictures[f"chapters-tiny-{width}-{theme}"]) as picture:
                assert picture.width == width
                assert picture.convert("L").getpixel((5, 5)) == colour
