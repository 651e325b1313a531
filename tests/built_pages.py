"""What tests read of the built pages, and what their numbers are held against."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup
from conftest import ROOT, Build


@cache
def parse(path: Path) -> BeautifulSoup:
    """One page of the built book."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def soup(book: Path, page: str) -> BeautifulSoup:
    """One page of the built book, by its name in ``_toc.yml``."""
    return parse(book / f"{page}.html")


def article(book: Path, page: str):
    """What the author wrote of a page, without the theme's frame."""
    return soup(book, page).select_one("article.bd-article")


def plain(tag) -> str:
    """The text of a tag in one line."""
    return " ".join(tag.get_text().split())


def source(page: str) -> str:
    """The Markdown that a page is made from."""
    return (ROOT / f"{page}.md").read_text("utf-8")


def outputs(build: Build, page: str) -> list[dict]:
    """All outputs of the cells of a page."""
    return [o for cell in build.cells(page) for o in cell.get("outputs", [])]


def roles(page: str, name: str) -> list[str]:
    """What stands in each role of one name on a page's source."""
    return re.findall(rf"\{{{name}\}}`([^`]+)`", source(page))


def glued(build: Build, page: str) -> dict[str, object]:
    """The values that the cells of a page leave for its text, by their names."""
    found: dict[str, object] = {}
    for output in outputs(build, page):
        name = output.get("metadata", {}).get("scrapbook", {}).get("name")
        if name:
            assert name not in found, f"{name} is glued twice"
            (text,) = output["data"].values()
            found[name] = ast.literal_eval("".join(text))
    return found


def shown(book: Path, page: str) -> dict[str, str]:
    """The glued numbers as the reader sees them, by their names."""
    names = [role.partition(":")[0] for role in roles(page, "glue:text")]
    texts = [plain(tag) for tag in article(book, page).select("span.pasted-text")]
    found: dict[str, str] = {}
    for name, text in zip(names, texts, strict=True):
        assert found.setdefault(name, text) == text, f"{name} is shown in two ways"
    return found


def rounds_to(value: float, text: str) -> bool:
    """Whether a number, written with some decimals or none, is a value, rounded."""
    text = text.replace(",", "").replace("−", "-")
    unit = 10.0 ** -len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5001 * unit


def results(name: str) -> dict:
    """A file of ``results/``."""
    return json.loads((ROOT / "results" / name).read_text("utf-8"))


def says(book: Path, page: str, pattern: str) -> tuple[str, ...]:
    """The groups of a pattern in a page's text; it must be there."""
    text = plain(article(book, page))
    match = re.search(pattern, text)
    assert match, f"{page} no longer says: {pattern}"
    return match.groups()


def printed(build: Build, page: str) -> str:
    """All that the cells of a page print or show as text."""
    texts = (
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for output in outputs(build, page)
    )
    return " ".join(" ".join(texts).split())


def moments(histogram: np.ndarray) -> tuple[float, float]:
    """Mean and variance of greys between 0 and 1."""
    grey = np.arange(256) / 255
    mean = np.average(grey, weights=histogram)
    return mean, np.average((grey - mean) ** 2, weights=histogram)


def errors(study: dict, name: str, part: str = "test") -> list[float]:
    """The errors of a variant's seeds in percent, from the file of the study."""
    size = study["digits"][part]
    return [100 * wrong / size for wrong in study["variants"][name][f"{part}_wrong"]]


def baseline(network: str, size: int = 55_000, part: str = "sizes") -> list[float]:
    """The test errors of one row of the study of the chapter on convolution."""
    rows = results("baselines.json")[part]
    (row,) = (r for r in rows if (r["network"], r["digits"]) == (network, size))
    return row["test_errors"]
