"""Under each page: how to cite it, and where to report an error in it.

Who wrote the book stands in ``CITATION.cff``, name by name. If that file is of another
title than the book, it was inherited: then title and author are ``_config.yml``'s. A
book without the file has pages that do not say how to cite them.
"""

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

TEMPLATES = Path(__file__).parent / "templates"


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events, before the theme leaves out what is empty (500)."""
    app.connect("config-inited", configure)
    app.connect("html-page-context", add_citation, priority=440)


def configure(app: Sphinx, config: Config) -> None:
    """Let the theme show the block at the end of each page."""
    # Relative: Sphinx notes its settings in the site, and folders are of no concern.
    templates = os.path.relpath(TEMPLATES, app.confdir)
    config.templates_path = [*config.templates_path, templates]
    config.html_theme_options["article_footer_items"] = ["cite.html"]


def add_citation(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give the template what it shows; on pages made by Sphinx, nothing."""
    if doctree is None:
        return
    title = app.env.titles[pagename].astext()
    if url := app.config.html_theme_options["repository_url"]:
        asked = urlencode({"title": f"Error on the page “{title}”"})
        context["report_error"] = f"{url}/issues/new?{asked}"
    file = Path(app.srcdir) / "CITATION.cff"
    if file.exists():
        whole = pagename == app.config.root_doc
        work = Work(file, app.config, context.get("pageurl"))
        context["citation"] = work.in_words(None if whole else title)
        key = None if whole else pagename.rpartition("/")[2]
        context["bibtex"] = work.in_bibtex(None if whole else title, key)


class Work:
    """The book as ``CITATION.cff`` describes it.

    Args:
        file: ``CITATION.cff``.
        config: The book's settings: its title; its author, if the file is of another
            title; and its copyright, which tells the year if the file does not.
        url: The address of the page, if the site has one.

    Raises:
        ExtensionError: The file names no title or no authors.
    """

    def __init__(self, file: Path, config: Config, url: str | None) -> None:
        try:
            known = yaml.safe_load(file.read_text("utf-8"))
            inherited = known["title"] != config.html_title
            people = [{"name": config.author}] if inherited else known["authors"]
            self.authors = [Author(entry) for entry in people]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise ExtensionError(
                "CITATION.cff cannot be read: it must be YAML with a title and a list "
                f"of authors, each with a name or with family-names ({error})."
            ) from error
        self.title = config.html_title
        released = "" if inherited else known.get("date-released", "")
        year = re.search(r"\d{4}", f"{released} {config.copyright}")
        self.year = year.group() if year else None
        self.url = url

    def in_words(self, page: str | None) -> str:
        """A citation in one line, of a page or of the whole book."""
        authors = ", ".join(author.name for author in self.authors)
        parts = [
            authors,
            f"“{page}”" if page else None,
            f"In {self.title}" if page else self.title,
            self.year,
            self.url,
        ]
        return ". ".join(filter(None, parts)) + ("" if self.url else ".")

    def in_bibtex(self, page: str | None, key: str | None) -> str:
        """The same for BibTeX; ``key`` tells the page from the others of the book."""
        book = re.sub(r"\W+", "-", self.title.lower()).strip("-")
        fields = {
            "author": " and ".join(author.in_bibtex for author in self.authors),
            "title": f"{{{escaped(page or self.title)}}}",  # its capitals are meant
            "booktitle": f"{{{escaped(self.title)}}}" if page else None,
            "year": self.year,
            "url": self.url,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        kind = "incollection" if page else "misc"
        return "\n".join(
            [f"@{kind}{{{'-'.join(filter(None, [book, key]))},", *lines, "}"]
        )


class Author:
    """A person or a body that ``CITATION.cff`` names."""

    def __init__(self, entry: dict[str, str]) -> None:
        if "name" in entry:  # a body: BibTeX must not look for a family name in it
            self.name = entry["name"]
            self.in_bibtex = f"{{{escaped(self.name)}}}"
            return
        family = f"{entry.get('name-particle', '')} {entry['family-names']}".strip()
        given = entry.get("given-names", "")
        self.name = f"{given} {family}".strip()
        self.in_bibtex = escaped(f"{family}, {given}" if given else family)


def escaped(text: str) -> str:
    """A text in which TeX finds no command."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text)
