"""All pages of the built book as one HTML document, for paper.

A browser prints one document with page numbers that run through, an outline, and links
that lead inside. So each page's text is taken as it stands, in the order of
``_toc.yml``; every id gets its page's name before it, so that no two are alike, and
every link to a page or a place of the book becomes a link to such an id.

What needs a screen stays behind: scripts, so that interactive figures are the pictures
that they carry; code that pages fold away; marks beside headings to copy a link.
"""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from sphinx_external_toc.parsing import parse_toc_yaml

from tools.front_matter import Entry, contents, title_page

STYLE = Path(__file__).with_suffix(".css")

#: What a page has for the screen only.
SCREEN_ONLY = "script, details.hide, a.headerlink"


class JoinError(Exception):
    """Why the pages cannot be joined, in one sentence."""


@dataclass
class Page:
    """A page of the book: its name, as in ``chapters/digits``, and what it holds."""

    name: str
    part: str | None
    opens_part: bool
    html: BeautifulSoup

    @property
    def article(self) -> Tag:
        """The page's text, without the theme around it."""
        return self.html.select_one("article.bd-article")

    @property
    def title(self) -> str:
        """As it stands above the text, with the chapter's number."""
        return self.article.h1.get_text().strip()


def join(root: Path, html: Path) -> tuple[str, list[Entry]]:
    """One document of all pages, for a sibling of the folder ``html``; its contents.

    Args:
        root: the folder of ``_config.yml``, ``_toc.yml`` and ``LICENSE-TEXT``.
        html: the folder of the built pages.

    Raises:
        JoinError: if a page of the table of contents is not among them.
    """
    pages = list(read_pages(root, html))
    names = {page.name for page in pages}
    for page in pages:
        prepare(page, names, html.name)
    config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    licence = (root / "LICENSE-TEXT").read_text("utf-8")
    logo = beside(config["logo"], "", html.name)
    entries = [entry(page) for page in pages]
    lines = [
        '<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light">',
        f"<head>{head(pages, config['title'], html.name)}</head>",
        '<body><div class="bd-main"><div class="bd-content">',
        '<div class="bd-article-container">',
        title_page(config, licence, logo),
        contents(entries),
        *(str(page.article) for page in pages),
        "</div></div></div></body></html>",
    ]
    return "\n".join(lines), entries


def read_pages(root: Path, html: Path) -> Iterator[Page]:
    """The pages in the order of the table of contents, each with its part's name."""
    toc = parse_toc_yaml(root / "_toc.yml")

    def below(name: str) -> Iterator[str]:
        for tree in toc[name].subtrees:
            for file in tree.files():
                yield file
                yield from below(file)

    order: list[tuple[str, str | None, bool]] = [(toc.root.docname, None, False)]
    for tree in toc.root.subtrees:
        names = [name for file in tree.files() for name in (file, *below(file))]
        order += [(name, tree.caption, name == names[0]) for name in names]
    for name, part, opens in order:
        file = html / f"{name}.html"
        if not file.is_file():
            raise JoinError(f"The built book has no page {name}; run `make book` anew.")
        soup = BeautifulSoup(file.read_text("utf-8"), "html.parser")
        yield Page(name, part, opens and part is not None, soup)


def prepare(page: Page, names: set[str], html: str) -> None:
    """Rid a page of what needs a screen, and make its ids and addresses the book's."""
    article = page.article
    for element in article.select(SCREEN_ONLY):
        element.decompose()
    for element in article.select("[id]"):
        element["id"] = f"{page.name}:{element['id']}"
    for link in article.select("a[href]"):
        target = resolve(link["href"], page.name, names)
        if target is None:  # a file beside the pages: paper has none
            link.replace_with(link.get_text())
        else:
            link["href"] = target
    for image in article.select("img[src]"):
        image["src"] = beside(image["src"], page.name, html)
    article["id"] = page.name
    article["style"] = f"page: {page_style(page)}"
    if page.opens_part:
        article.insert(0, part_heading(page))


def resolve(address: str, page: str, names: set[str]) -> str | None:
    """Where a link of a page leads in the joined document; None if to no page."""
    parts = urlsplit(address)
    if parts.scheme:
        return address
    path = unquote(parts.path)
    name = page
    if path:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
        name = name.removesuffix(".html")
    if name not in names:
        return None
    return f"#{name}:{parts.fragment}" if parts.fragment else f"#{name}"


def beside(address: str, page: str, html: str) -> str:
    """The address of a page's picture, script or style, from a sibling of the pages."""
    if urlsplit(address).scheme:
        return address
    folder = posixpath.join("..", html, posixpath.dirname(page))
    return posixpath.normpath(posixpath.join(folder, address))


def page_style(page: Page) -> str:
    """The name of the style of a page's sheets, which bear its title."""
    return "sheet-" + re.sub(r"\W", "-", page.name)


def part_heading(page: Page) -> Tag:
    """The part's name, above the title of its first chapter."""
    heading = page.html.new_tag("p", attrs={"class": "part"})
    heading.string = page.part
    return heading


def entry(page: Page) -> Entry:
    """A page's line in the table of contents, with those of its sections."""
    sections = [
        (section["id"], section.h2.get_text())
        for section in page.article.select("section > section:has(> h2)")
    ]
    part = page.part if page.opens_part else None
    return Entry(part, page.name, page.title, sections)


def head(pages: list[Page], title: str, html: str) -> str:
    """The pages' styles and MathJax, the style for paper, and each page's own head."""
    first, lines = pages[0], [f'<meta charset="utf-8"><title>{escape(title)}</title>']
    for element in first.html.head.select('link[rel="stylesheet"], script'):
        kind = "href" if element.name == "link" else "src"
        if element.name == "script" and "mathjax" not in str(element).lower():
            continue
        if kind in element.attrs:
            element[kind] = beside(element[kind], first.name, html)
        lines.append(str(element))
    lines.append(f"<style>{STYLE.read_text('utf-8')}")
    for page in pages:
        left, right = (css_string(text or "") for text in (page.part, page.title))
        lines.append(
            f"@page {page_style(page)} {{ @top-left {{ content: {left}; }} "
            f"@top-right {{ content: {right}; }} }}"
        )
    return "\n".join([*lines, "</style>"])


def css_string(text: str) -> str:
    """A text as CSS takes it, within an element ``style``."""
    signs = (c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)
    return '"' + "".join(signs) + '"'
