"""``404.html``, what a site shows where there is no page.

A server shows it at whatever address was asked for, deep in a folder or not. So all its
links must begin at the root of the site: ``/``, or ``/repository/`` on GitHub Pages.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sphinx.application import Sphinx

NAME = "404"

BODY = """
<h1>There is no page here</h1>
<p>Perhaps it has another name by now. The <a href="{first}">first page</a> tells what
is in the book, and words can be searched for:</p>
<form class="lost" action="{search}" method="get">
  <input type="search" class="form-control" name="q" aria-label="Search the book" />
  <button type="submit" class="btn">Search</button>
</form>
"""

#: Links of a page to another file, not to a place on itself or to another host.
RELATIVE = re.compile(r'\b(href|src|action|data-content_root)="(?!#|/|[\w-]+:)([^"]*)"')


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("html-collect-pages", add_page)
    app.connect("build-finished", begin_at_root)


def add_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Let Sphinx make the page, in the book's look."""
    links = {
        "first": app.builder.get_relative_uri(NAME, app.config.root_doc),
        "search": app.builder.get_relative_uri(NAME, "search"),
    }
    no_index = '\n    <meta name="robots" content="noindex" />'
    context = {
        "title": "There is no page here",
        "body": BODY.format(**links),
        "metatags": no_index,
    }
    yield NAME, context, "page.html"


def begin_at_root(app: Sphinx, error: Exception | None) -> None:
    """Make the links of the finished page begin at the root of the site."""
    if error or app.builder.format != "html":
        return
    root = urlsplit(app.config.html_baseurl).path or "/"

    def from_root(link: re.Match[str]) -> str:
        return f'{link[1]}="{urljoin(root, link[2])}"'

    page = Path(app.outdir) / f"{NAME}.html"
    page.write_text(RELATIVE.sub(from_root, page.read_text("utf-8")), "utf-8")
