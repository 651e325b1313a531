"""What the book on paper has before its first page: a title page and its contents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Entry:
    """A page in the table of contents: where it is, and where its sections are."""

    part: str | None  #: what it opens, if it is the first of a part
    id: str
    title: str
    sections: list[tuple[str, str]]  #: the id and the title of each


def title_page(config: dict, licence: str, logo: str) -> str:
    """The mark, the title, the authors, the year, and the licence in its own words.

    Args:
        config: what ``_config.yml`` holds.
        licence: the text of ``LICENSE-TEXT``: a title, then what is allowed.
        logo: the address of the mark.
    """
    _, allowed, *_ = licence.split("\n\n") if "\n\n" in licence else ("", licence)
    addresses = re.findall(r"https?://\S+", licence)[:1]
    links = "".join(f' <a href="{url}">{url}</a>' for url in map(escape, addresses))
    return (
        '<section class="title-page">'
        f'<img src="{escape(logo)}" alt="">'
        f'<p class="title">{escape(config["title"])}</p>'
        f'<p class="author">{escape(config["author"])}</p>'
        f'<p class="year">{escape(str(config["copyright"]))}</p>'
        '<p class="colophon">Printed from the pages of the book. Interactive figures '
        "are still pictures here, and code that the pages fold away is left out.</p>"
        f'<p class="colophon">{escape(allowed)}{links}</p>'
        "</section>"
    )


def contents(entries: Iterable[Entry]) -> str:
    """The table of contents; each line's number is filled in when it is known."""
    lines = []
    for entry in entries:
        if entry.part:
            lines.append(f'<p class="part">{escape(entry.part)}</p>')
        lines.append(_line("chapter", entry.id, entry.title))
        lines += [_line("section", *section) for section in entry.sections]
    return (
        '<nav class="book-contents"><h1 id="contents">Contents</h1>'
        + "".join(lines)
        + "</nav>"
    )


def _line(kind: str, where: str, title: str) -> str:
    return (
        f'<p class="{kind}"><a href="#{escape(where)}">{escape(title)}'
        '<span class="number"></span></a></p>'
    )
