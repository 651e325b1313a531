"""Whether what a built page links to is there: files, pages, places on them."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from built_pages import parse

#: Schemes of links that lead out of the book, or need no other file.
ELSEWHERE = ("http", "https", "mailto", "data")


def links(page: Path) -> list[str]:
    """Every address on a page that somebody or something may follow."""
    found = []
    for tag in parse(page).select("[href], [src], [poster], object[data], [srcset]"):
        names = ("href", "src", "poster") + ("data",) * (tag.name == "object")
        found += [tag[name] for name in names if name in tag.attrs]
        candidates = tag.get("srcset", "").split(",")
        found += [candidate.split()[0] for candidate in candidates if candidate.strip()]
    return found


def faults(page: Path, site: Path) -> list[str]:
    """What is wrong with the links of a page that stay in the book."""
    return [why for link in links(page) if (why := fault(link, page, site))]


def style_faults(sheet: Path, site: Path) -> list[str]:
    """What is wrong with the files that a style sheet loads."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    urls = re.findall(r"url\(\s*[\"']?([^\"')]+)", text)
    return [why for url in urls if (why := fault(url, sheet, site))]


def fault(link: str, source: Path, site: Path) -> str | None:
    """What is wrong with a link, or nothing."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None if parts.scheme in ELSEWHERE else f"{link}: unknown scheme"
    if parts.path.startswith("/"):
        return f"{link}: works only at the root of a server"
    target = source
    if parts.path:
        target = (source.parent / unquote(parts.path)).resolve()
        if not target.is_relative_to(site.resolve()):
            return f"{link}: leads out of the site"
        if not target.is_file():
            return f"{link}: no such file"
    if parts.fragment and target.suffix == ".html":
        if unquote(parts.fragment) not in places(target):
            return f"{link}: no such place"
    return None


@cache
def places(page: Path) -> set[str]:
    """The places of a page that a link can lead to."""
    tags = parse(page).select("[id], a[name]")
    return {tag.get("id") or tag["name"] for tag in tags}
