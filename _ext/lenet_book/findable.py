"""What search engines and the sites of others are told of a page.

A description and the tags of Open Graph are on every page. The canonical link, the
picture of a shared link, ``sitemap.xml`` and ``robots.txt`` need the address of the
site; while that is not known they are left out: a wrong one is worse than none.

Small enough to stand here: of the usual extensions, sphinx-sitemap and
sphinxext-opengraph would each need their address, their exceptions and their look set
by as much code as this, and draw no card in the book's type.
"""

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from lenet_book import address, cards

#: How long a description should be: fewer characters say little of a page, and of more
#: search engines show only the beginning.
SHORTEST, LONGEST = 50, 200


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events, after the repository's address is known."""
    app.connect("config-inited", configure, priority=200)
    app.connect("html-page-context", add_tags, priority=420)
    app.connect("build-finished", list_pages)


def configure(app: Sphinx, config: Config) -> None:
    """Take the site's address from ``html_baseurl``, or from the repository's."""
    repository = config.html_theme_options["repository_url"]
    site = config.html_baseurl or address.github_pages(repository) or ""
    config.html_baseurl = f"{site.rstrip('/')}/" if site else ""


def add_tags(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the tags into the head of a page; pages made by Sphinx get none."""
    if doctree is None:
        context["pageurl"] = None  # a list of links is nobody's canonical page
        return
    site = app.config.html_baseurl
    title, text = app.env.titles[pagename].astext(), description(doctree)
    context["pageurl"] = page_address(app, pagename) if site else None
    tags = {
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": app.config.html_title,
        "og:title": title,
        "og:description": text,
    }
    if site:
        tags |= {
            "og:url": context["pageurl"],
            "og:image": f"{site}{cards.place(pagename)}",
            "og:image:width": cards.SIZE[0],
            "og:image:height": cards.SIZE[1],
            "og:image:alt": f"{title} – {app.config.html_title}",
        }
    lines = [
        f'<meta property="{name}" content="{escape(str(value))}" />'
        for name, value in tags.items()
        if value
    ]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    if text and 'name="description"' not in context["metatags"]:
        lines.insert(0, f'<meta name="description" content="{escape(text)}" />')
    context["metatags"] += "\n    " + "\n    ".join(lines)


def page_address(app: Sphinx, pagename: str) -> str:
    """The one address of a page, if the site has one; the first page is the site."""
    if pagename == app.config.root_doc:
        return app.config.html_baseurl
    return app.config.html_baseurl + app.builder.get_target_uri(pagename)


def description(doctree: nodes.document) -> str:
    """What a page says of itself (``html_meta``), or how its prose begins."""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]
    for paragraph in doctree.findall(nodes.paragraph):
        # What stands in a box or under a figure is no beginning, and formulas are TeX.
        prose = isinstance(paragraph.parent, nodes.section)
        if prose and not any(paragraph.findall(nodes.math)):
            return first_sentences(plain(paragraph))
    return ""


def plain(paragraph: nodes.paragraph) -> str:
    """The words of a paragraph in one line, without the numbers of its footnotes."""
    copy = paragraph.deepcopy()
    for mark in list(copy.findall(nodes.footnote_reference)):
        mark.parent.remove(mark)
    text = re.sub(r"\s+(?=[.,;:])", "", copy.astext())
    return " ".join(text.split())


def first_sentences(text: str) -> str:
    """As many whole sentences as a description holds; of a long one, how it begins."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(kept) >= SHORTEST and len(kept) + 1 + len(sentence) > LONGEST:
            break
        kept += f" {sentence}"
    if len(kept) > LONGEST:
        kept = kept[: LONGEST - 1].rpartition(" ")[0].rstrip(",;:") + "…"
    return kept


def list_pages(app: Sphinx, error: Exception | None) -> None:
    """Write ``sitemap.xml``, and the ``robots.txt`` that leads to it."""
    if error or app.builder.format != "html" or not app.config.html_baseurl:
        return
    places = "".join(
        f"  <url><loc>{escape(page_address(app, page))}</loc></url>\n"
        for page in sorted(app.env.found_docs)
    )
    folder = Path(app.outdir)
    (folder / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{places}</urlset>\n",
        "utf-8",
    )
    (folder / "robots.txt").write_text(
        f"User-agent: *\nAllow: /\nSitemap: {app.config.html_baseurl}sitemap.xml\n",
        "utf-8",
    )
