"""The built book: what its pages hold, whether they agree, and how building behaves."""

import ast
import gzip
import inspect
import json
import math
import re
import shutil
import statistics
import subprocess
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import jupytext
import numpy as np
import pytest
import torch
import yaml
from bs4 import BeautifulSoup
from conftest import MADE_BY_SPHINX, PAGES, ROOT, Build

from lenet_lib import papers
from lenet_lib.byhand import sdlm
from lenet_lib.byhand.networks import ByHand

ELSEWHERE = re.compile(r"^(https?:)?//", re.IGNORECASE)


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


# What is there, and what must not be


def test_table_of_contents_was_understood():
    text = (ROOT / "_toc.yml").read_text("utf-8")
    assert len(PAGES) == len(re.findall(r"^\s*-? ?(?:file|root):", text, re.MULTILINE))
    assert len(PAGES) == len(set(PAGES)) > 1


def test_every_page_is_built(book, any_page):
    assert (book / f"{any_page}.html").is_file()
    if any_page in PAGES:
        title = re.search(r"^# (.+)", source(any_page), re.MULTILINE).group(1)
        heading = plain(article(book, any_page).h1).removesuffix("#")
        assert re.sub(r"^\d+\. ", "", heading) == title


def test_no_error_and_nothing_on_stderr(build, book, page):
    shown = soup(book, page).select(".output.traceback, .output.stderr, .output.error")
    assert [plain(tag)[:200] for tag in shown] == []
    for output in outputs(build, page):
        assert output["output_type"] != "error"
        assert output.get("name") != "stderr", output["text"]


#: What logs, warnings and progress bars leave behind.
NOISE = re.compile(
    r"Seed set to|GPU available|TPU available|HPU available|IPU available|💡|"
    r"it/s\]|s/it\]|[█▏▎▍▌▋▊▉]|\d%\||\r|\x1b\[|Traceback|Warning:|\bWARNING\b|"
    r"Executing notebook|`Trainer\.|Sanity Checking|running over TCP|<progress"
)


def test_no_log_and_no_progress_bar_in_outputs(build, book, page):
    found = []
    for output in outputs(build, page):
        texts = [output.get("text", ""), *output.get("data", {}).values()]
        for text in ("".join(t) for t in texts if isinstance(t, str | list)):
            if not text.lstrip().startswith(("<svg", "<?xml")):
                found += NOISE.findall(text)
    found += [
        match
        for tag in soup(book, page).select("div.cell_output")
        for match in NOISE.findall(tag.get_text())
    ]
    assert found == []


#: MyST that nobody turned into something: roles, directives, footnotes, references.
RAW_MYST = re.compile(
    r"\{[a-z][\w:-]*\}`|\{(?:glue|foot|num|eq|ref|doc|term|cite)\w*|"
    r"\[\^|^:::|```|\$\$|^\s*\+\+\+\s*$|%s|\{number\}|<no title>",
    re.MULTILINE,
)


def test_no_raw_markup_in_text(book, page):
    text = BeautifulSoup(str(article(book, page)), "html.parser")
    for tag in text.select("pre, code, script, style, .math"):
        tag.decompose()
    assert RAW_MYST.findall(text.get_text()) == []


def test_ids_are_unique(book, any_page):
    ids = Counter(tag["id"] for tag in soup(book, any_page).select("[id]"))
    assert [name for name, number in ids.items() if number > 1] == []


# Links


@cache
def anchors(path: Path) -> set[str]:
    """The places of a page that a link can lead to."""
    tags = parse(path).select("[id], a[name]")
    return {tag.get("id") or tag["name"] for tag in tags}


def fault(path: Path, link: str) -> str | None:
    """What is wrong with a link of a page, if it leads to somewhere in the book."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        known = parts.scheme in ("http", "https", "mailto", "data")
        return None if known else f"{link}: unknown scheme"
    target = path
    if parts.path:
        if parts.path.startswith("/"):
            return f"{link}: works only at the root of a server"
        target = (path.parent / unquote(parts.path)).resolve()
        if not target.is_file():
            return f"{link}: no such file"
    if parts.fragment and target.suffix == ".html":
        if unquote(parts.fragment) not in anchors(target):
            return f"{link}: no such place"
    return None


def test_links_lead_somewhere(book, any_page):
    path = (book / f"{any_page}.html").resolve()
    links = [
        tag[attribute]
        for attribute in ("href", "src", "poster", "data")
        for tag in parse(path).select(f"[{attribute}]")
        # Text in a template of the theme's, not a link.
        if attribute != "data" or tag.name == "object"
    ]
    assert len(links) > 10
    assert [f for link in links if (f := fault(path, link))] == []


def loaded(page: BeautifulSoup) -> Iterator[str]:
    """Every address that a browser would fetch for a page by itself."""
    for tag in page.select(
        "script, img, iframe, frame, embed, source, video, audio, track, input"
    ):
        yield from filter(None, (tag.get("src"), tag.get("poster")))
        yield from re.findall(
            r"(\S+)(?:\s+[\d.]+[wx])?\s*(?:,|$)", tag.get("srcset", "")
        )
    yield from (tag["data"] for tag in page.select("object[data]"))
    for tag in page.select("image, use"):  # within SVG
        yield from filter(None, (tag.get("href"), tag.get("xlink:href")))
    lazy = {"canonical", "license", "author", "help", "next", "prev", "index", "search"}
    for tag in page.select("link[href]"):
        if not set(tag.get("rel", [])) <= lazy:
            yield tag["href"]
    for tag in page.select("style"):
        yield from in_css(tag.get_text())
    for tag in page.select("[style]"):
        yield from in_css(tag["style"])
    for tag in page.select("script:not([src])"):
        yield from in_script(tag.get_text())


def in_css(text: str) -> list[str]:
    """The addresses that a style sheet fetches."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    urls = re.findall(r"url\(\s*[\"']?([^\"')]+)", text)
    return urls + re.findall(r"@import\s+[\"']([^\"']+)", text)


def in_script(text: str) -> list[str]:
    """The addresses, with a host, that a script is likely to fetch."""
    call = r"(?:\bimport\b|\bfrom\b|fetch|open|importScripts|\.src\s*=|url\s*:)"
    return re.findall(rf"{call}[\s(]*[\"'`]((?:https?:)?//[^\"'`]+)", text)


def test_pages_load_nothing_from_another_host(book, any_page):
    addresses = list(loaded(soup(book, any_page)))
    assert len(addresses) > 10
    assert [a for a in addresses if ELSEWHERE.match(a)] == []


def test_no_file_of_the_site_loads_from_another_host(book):
    found = {}
    for path in sorted(book.rglob("*.css")):
        found[path] = in_css(path.read_text("utf-8"))
    for path in sorted((book / "_images").glob("*.svg")):
        text = path.read_text("utf-8")
        found[path] = in_css(text) + re.findall(r"(?:href|src)=[\"']([^\"']+)", text)
    for path in (ROOT / "_static").rglob("*.js"):
        found[path] = in_script(path.read_text("utf-8"))
    assert any(found.values())
    for path, addresses in found.items():
        assert [a for a in addresses if ELSEWHERE.match(a)] == [], path


def repository() -> str | None:
    """The address of the repository, if this is a clone that has a public one."""
    command = ["git", "-C", str(ROOT), "config", "--get", "remote.origin.url"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True).stdout
    except OSError:
        answer = ""
    if found := re.search(
        r"github\.com[:/]([\w.-]+/[\w.-]+?)(\.git)?/?$", answer.strip()
    ):
        return f"https://github.com/{found.group(1)}"
    url = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]["url"]
    return None if urlsplit(url).hostname.endswith(".invalid") else url


def repository_links(page: BeautifulSoup) -> list[str]:
    """Where the buttons of a page lead that have to do with its repository."""
    buttons = page.select(
        "[class*=repository] a, [class*=source] a, a[class*=repository], "
        "a[class*=source], a[class*=issue], a[class*=edit]"
    )
    return [a["href"] for a in buttons if ELSEWHERE.match(a.get("href", ""))]


def test_pages_link_to_the_repository_only_if_it_has_an_address(book, any_page):
    page = soup(book, any_page)
    assert ".invalid" not in str(page)
    buttons = repository_links(page)
    if address := repository():
        assert any_page in MADE_BY_SPHINX or buttons
        assert [link for link in buttons if not link.startswith(address)] == []
    else:
        assert buttons == []


# Figures, equations, citations


def test_images_say_what_they_show(book, any_page):
    images = soup(book, any_page).select("img")
    assert [i["src"] for i in images if not i.get("alt", "").strip()] == []
    # A file's name or "image" says nothing.
    written = [i["alt"] for i in images if i.find_parent("article")]
    assert [
        alt for alt in written if len(alt) < 20 or re.search(r"\.\w{3}$", alt)
    ] == []


def test_figures_of_cells_have_a_number_and_a_caption(book, page):
    for image in article(book, page).select("div.cell_output img"):
        if image.find_parent(class_="text_html"):
            continue  # a part of something interactive
        figure = image.find_parent("figure")
        assert figure is not None, image["src"]
        number = figure.select_one("figcaption .caption-number")
        assert re.fullmatch(r"Figure \d+(\.\d+)?", plain(number))
        assert len(plain(figure.select_one("figcaption .caption-text"))) > 20


def test_captioned_things_are_numbered_in_order(book):
    numbers: dict[str, list[int]] = {}
    for page in PAGES:
        for tag in article(book, page).select(".caption-number"):
            # "Figure 3", or "Figure 2.3" in chapter 2
            series, number = re.fullmatch(r"(\w+ (?:\d+\.)?)(\d+)", plain(tag)).groups()
            numbers.setdefault(series, []).append(int(number))
    assert any(series.startswith("Figure") for series in numbers)
    for series, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), series


def roles(page: str, name: str) -> list[str]:
    """What stands in each role of one name on a page's source."""
    return re.findall(rf"\{{{name}\}}`([^`]+)`", source(page))


def test_references_to_figures_and_tables_show_their_numbers(book, page):
    links = [
        link
        for link in article(book, page).select("a:has(> span.std-numref)")
        if re.match(r"Figure|Table", plain(link))
    ]
    assert len(links) == len(roles(page, "numref"))
    for link in links:
        path, _, name = link["href"].partition("#")
        target = ((book / page).parent / path).resolve() if path else None
        there = parse(target) if target else soup(book, page)
        number = there.find(id=name).select_one(".caption-number")
        assert plain(link) == plain(number)


def test_references_to_equations_show_their_numbers(book, page):
    links = article(book, page).select("a[href*='#equation-']:not(.headerlink)")
    assert len(links) == len(roles(page, "eq"))
    for link in links:
        path, _, name = link["href"].partition("#")
        target = ((book / page).parent / path).resolve() if path else None
        there = parse(target) if target else soup(book, page)
        number = plain(there.find(id=name).select_one(".eqno")).removesuffix("#")
        assert re.fullmatch(r"\(\d+(\.\d+)?\)", number)
        assert plain(link) == number


def test_citations_lead_to_a_footnote_and_back(book, page):
    whole = article(book, page)
    citations = whole.select("a.footnote-reference")
    keys = [key for role in roles(page, "footcite(?::t)?") for key in role.split(",")]
    assert len(citations) == len(keys)
    back = Counter()
    for note in whole.select("aside.footnote"):
        assert len(plain(note.p)) > 40
        links = note.select("[role=doc-backlink]")
        assert links, f"nothing cites {note['id']}"
        back.update(link["href"] for link in links)
    for citation, key in zip(citations, keys, strict=True):
        note = whole.find(id=citation["href"].removeprefix("#"))
        assert note is not None, citation["href"]
        assert note["id"] == f"footcite-{key.strip()}"
        assert plain(citation) == plain(note.select_one(".label"))
        assert back[f"#{citation['id']}"] == 1
    assert sum(back.values()) == len(citations)
    labels = [
        plain(note.select_one(".label")) for note in whole.select("aside.footnote")
    ]
    assert labels == [f"[{i}]" for i in range(1, len(labels) + 1)]


# Numbers in the text, beside what they must equal


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


def test_text_shows_what_the_cells_left_for_it(build, book, page):
    values = glued(build, page)
    used = roles(page, "glue:text")
    tags = article(book, page).select("span.pasted-text")
    for role, tag in zip(used, tags, strict=True):
        name, _, form = role.partition(":")
        expected = format(values[name], form) if form else str(values[name])
        assert plain(tag) == expected.replace("'", "’"), name
        # A number, or words: nothing that only a programmer would print.
        assert not re.search(
            r"[\[\]{}'\"<>=]|\de[-+]?\d|\b(nan|inf|None)\b", plain(tag)
        )
        assert re.search(r"\w", plain(tag)), name


def test_no_number_is_a_broken_one(book, page):
    words = BeautifulSoup(str(article(book, page)), "html.parser")
    for code in words.select("div.cell_input, div.exercise pre"):
        code.decompose()  # (30, 192) is a shape there
    text = plain(words)
    assert re.findall(r"\b(?:nan|inf|None)\b(?= ?%|,| digits)", text) == []
    assert re.findall(r"\(\d{1,3}, \d{3}\)", text) == []  # "1,234" read as a tuple
    assert re.findall(r"(?<![\d.])-0\.0+(?!\d)", text) == []


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


def idx(name: str, header: int) -> np.ndarray:
    """The bytes of one of MNIST's files, read without the library."""
    path = ROOT / "data" / "MNIST" / "raw" / f"{name}-ubyte.gz"
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=header)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """The training digits, 0 to 255."""
    return idx("train-images-idx3", 16).reshape(-1, 28, 28)


@pytest.fixture(scope="module")
def histogram(pixels) -> np.ndarray:
    """How often each grey occurs in the 55,000 digits that are trained on."""
    order = torch.randperm(60_000, generator=torch.Generator().manual_seed(1998))
    return np.bincount(pixels[order[5_000:].numpy()].ravel(), minlength=256)


def moments(histogram: np.ndarray) -> tuple[float, float]:
    """Mean and variance of greys between 0 and 1."""
    grey = np.arange(256) / 255
    mean = np.average(grey, weights=histogram)
    return mean, np.average((grey - mean) ** 2, weights=histogram)


def test_digits_always_one(book):
    labels = idx("t10k-labels-idx1", 8)
    share = 100 * np.mean(labels == 1)
    assert np.bincount(labels).argmax() == 1
    assert rounds_to(share, shown(book, "chapters/digits")["always_one"])


def test_digits_centres_of_mass(book, pixels):
    ink = pixels.astype(np.float64)
    place = np.arange(28)
    total = ink.sum(axis=(1, 2))
    rows = ink.sum(axis=2) @ place / total
    columns = ink.sum(axis=1) @ place / total
    inside = np.mean((abs(rows - 14) <= 0.5) & (abs(columns - 14) <= 0.5))
    assert rounds_to(100 * inside, shown(book, "chapters/digits")["inside"])
    says(book, "chapters/digits", r"% of the centres lie between 13\.5 and 14\.5")


def test_digits_mean_and_deviation(book, histogram):
    mean, variance = moments(histogram)
    texts = shown(book, "chapters/digits")
    assert rounds_to(mean, texts["pixel_mean"])
    assert rounds_to(math.sqrt(variance), texts["pixel_deviation"])


def test_digits_table_of_codings(book, histogram):
    mean, variance = moments(histogram)
    deviation = math.sqrt(variance)
    # 32 x 32: the 28 x 28 digits in a margin of paper
    padded = histogram.copy()
    padded[0] += 55_000 * (32 * 32 - 28 * 28)
    expected = {
        "bytes / 255": (0, 1, histogram),
        "… and Normalize": (0, 1, histogram),
        "1989": (-1, 1, histogram),
        "1998": (-0.1, 1.175, histogram),
        "… with LeNet-5": (-0.1, 1.175, padded),
        "standardised": (-mean / deviation, (1 - mean) / deviation, histogram),
    }
    rows = article(book, "chapters/digits").select("#tab-digits-codings tbody tr")
    for row, (name, coding) in zip(rows, expected.items(), strict=True):
        label, *cells = [plain(cell) for cell in row.select("td")]
        assert label.startswith(name)
        paper, ink, counts = coding
        mean, variance = moments(counts)
        span = ink - paper
        values = (paper, ink, paper + span * mean, span**2 * variance)
        for cell, value in zip(cells, values, strict=True):
            assert rounds_to(value, cell), (label, cell, value)
            assert len(cell.partition(".")[2]) >= 2


def test_digits_doubtful_labels(book):
    changed, other = len(papers.CHANGED_LABELS), len(papers.DOUBTFUL_LABELS)
    number, share = says(
        book,
        "chapters/digits",
        r"(\d+) of 10,000 test labels are doubtful, ([\d.]+) %",
    )
    assert int(number) == changed + other
    assert float(share) == (changed + other) / 100
    (upheld,) = says(book, "chapters/digits", r"They upheld (\d+) labels")
    assert int(upheld) == 100 - changed - other
    (summary,) = says(book, "chapters/digits", r"about ([\d.]+) % of the test set")
    assert summary == share


def test_digits_sizes_of_the_three_sets(build, book):
    text = printed(build, "chapters/digits")
    assert "torch.Size([60000, 28, 28]), torch.Size([60000])" in text
    assert "(55000, 5000)" in text
    for name, size in {"training": 55_000, "validation": 5_000, "test": 10_000}.items():
        assert f"'{name}': {size}" in text
    batches = math.ceil(55_000 / 64)
    assert f"'training batches': {batches}" in text
    sentence = r"hold back ([\d,]+) of the ([\d,]+) training digits"
    assert says(book, "chapters/digits", sentence) == ("5,000", "60,000")


def test_digits_normalise_with_zero_and_one_changes_nothing(build, book):
    cells = build.cells("chapters/digits")
    (cell,) = (c for c in cells if "torch.equal(before, after)" in "".join(c["source"]))
    (output,) = cell["outputs"]
    assert "".join(output["data"]["text/plain"]) == "True"
    assert says(book, "chapters/digits", r"\b(Nothing)\. The arguments are not")


def test_digits_speed_is_that_of_the_file(book):
    file = results("loading.json")
    rates = [statistics.median(way["images_per_second"]) for way in file["ways"]]
    texts = shown(book, "chapters/digits")
    assert rounds_to(rates[-1] / rates[0], texts["loading_ratio"])
    assert texts["loading_batch"] == str(file["batch_size"])
    assert texts["loading_cores"] == str(file["machine"]["cores"])
    assert texts["loading_torch"] == file["versions"]["torch"]


LENET1 = "chapters/lenet1"


def test_lenet1_error_is_the_same_wherever_it_stands(build, book):
    ours, usual = re.findall(r"Test error: (\d+\.\d\d) %", printed(build, LENET1))
    texts = shown(book, LENET1)
    assert texts["error"] == ours
    assert int(texts["wrong"]) == round(100 * float(ours))
    assert rounds_to(float(usual), texts["usual_error"])
    assert rounds_to(float(usual) / float(ours), texts["times"])
    assert int(texts["most_count"]) <= int(texts["wrong"])
    assert int(texts["forgiven"]) <= int(texts["listed"])
    assert int(texts["listed"]) <= len(papers.CHANGED_LABELS)
    assert texts["most_true"] != texts["most_answer"]


def test_lenet1_reaches_the_published_error(book):
    texts = shown(book, LENET1)
    assert float(texts["error"]) <= papers.MNIST_TEST_ERROR["[16x16] LeNet-1"] == 1.7
    assert texts["paper"] == "1.7"


def test_lenet1_study_is_that_of_the_file(book):
    study = results("lenet1_recipes.json")
    ours = study["recipes"]["SGD with momentum"]
    texts = shown(book, LENET1)
    assert texts["study_n"] == str(len(study["seeds"]))
    assert rounds_to(statistics.mean(ours), texts["study_mean"])
    assert rounds_to(statistics.stdev(ours), texts["study_sd"])
    assert rounds_to(max(ours), texts["study_worst"])
    for i, errors in enumerate(study["recipes"].values()):
        assert len(errors) == len(study["seeds"])
        assert rounds_to(statistics.mean(errors), texts[f"recipe{i}"])


@pytest.mark.parametrize("where", ["index", LENET1])
def test_several_times_the_error_is_several_times(book, where):
    says(book, where, r"\bseveral times (?:its|the) error")
    recipes = results("lenet1_recipes.json")["recipes"]
    means = [statistics.mean(errors) for errors in recipes.values()]
    assert means[0] / means[-1] > 3
    assert float(shown(book, LENET1)["times"]) > 3


def test_lenet1_as_published_is_counted_on_the_page(book):
    _, table = article(book, LENET1).select("table.dataframe")
    head = [plain(cell) for cell in table.select("thead th")]
    last = dict(zip(head, table.select("tbody tr")[-1].select("td"), strict=True))
    assert plain(last["parameters"]).replace(",", "") == "2578"
    assert plain(last["connections"]).replace(",", "") == "98442"
    texts = shown(book, LENET1)
    assert texts["published_connections"] == "98,442"
    assert (texts["units"], texts["printed_units"]) == ("4,634", "4,635")


def test_lenet1_parameters_add_up(book):
    table = article(book, LENET1).select_one("table.dataframe")
    counts = [int(plain(row.td)) for row in table.select("tbody tr")]
    assert plain(table.select("tbody tr")[-1].th) == "sum"
    assert counts[-1] == sum(counts[:-1])
    # weights and biases: 4 maps of 5 x 5; 12 maps of 4 x 5 x 5; 10 units of 192
    assert counts[-1] == 4 * 26 + 12 * 101 + 10 * 193
    texts = shown(book, LENET1)
    assert texts["ours"] == f"{counts[-1]:,}"
    assert texts["published"] == f"{papers.LENET1.parameters:,}" == "2,578"


def test_lenet1_steps_follow_from_batches_and_passes(book):
    lines = article(book, LENET1).select(".training-progress")
    steps = [int(plain(line).split()[0].replace(",", "")) for line in lines]
    assert steps == [2 * math.ceil(55_000 / size) for size in (128, 256, 32)]
    assert says(book, LENET1, r"128 in place of 256, mean (twice) as many steps")


def test_lenet1_departures_agree_with_the_rest(book):
    table = article(book, LENET1).select_one("#tab-lenet1-departures")
    rows = {
        plain(row.td): [plain(cell) for cell in row.select("td")[1:]]
        for row in table.select("tbody tr")
    }
    texts = shown(book, LENET1)
    study = results("lenet1_published.json")
    assert rows["parameters"] == [texts["published"], texts["ours"], texts["published"]]
    old, hands_on, published = rows["test error"]
    assert old.startswith(f"{papers.LENET1_1990['test_error']} % on")
    assert f"{texts['paper']} % on MNIST in 1998" in old
    assert hands_on == f"{texts['error']} % on MNIST"
    mean = statistics.mean(study["published"]["16 × 16 pixels"])
    assert published == f"{mean:.2f} % on MNIST, mean of {len(study['seeds'])} seeds"
    passes = [papers.LENET1_1990["passes"], 2, study["published_passes"]]
    assert rows["passes"] == [str(number) for number in passes]
    assert "55,000" in rows["data"][1]
    links = sum(len(sources) for sources in papers.LENET1_TABLE)
    assert rows["second convolution"][0].endswith(f"by a table: {links} links")
    assert rows["second convolution"][1] == f"dense: {12 * 4} links"
    trained, tested, sum_of_both = says(
        book, LENET1, r"([\d,]+) that it trains on and the ([\d,]+) that it tests on "
        r"make ([\d,]+)"
    )  # fmt: skip
    number = [int(n.replace(",", "")) for n in (trained, tested, sum_of_both)]
    assert number[0] + number[1] == number[2]


LENET5 = "chapters/lenet5"


def class_in(text: str, name: str) -> ast.ClassDef:
    """A class in a module's or a cell's source, without docstrings and annotations."""
    (found,) = (
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    for node in ast.walk(found):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node) is not None:
                del node.body[0]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return found


def shapes_in(text: str, name: str) -> list[str]:
    """The shapes that the comments of a class tell."""
    whole = re.search(rf"^class {name}\b.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"# (\(n, .*\))$", whole.group(), re.MULTILINE)


def test_lenet5_is_the_packages_own():
    """The chapter shows the network in full; what it imports is the same network."""
    package = (ROOT / "lenet_lib" / "models.py").read_text("utf-8")
    (cell,) = re.findall(r"^class LeNet5\(.*?(?=^```)", source(LENET5), re.M | re.S)
    assert ast.dump(class_in(cell, "LeNet5")) == ast.dump(class_in(package, "LeNet5"))
    assert shapes_in(cell, "LeNet5") == shapes_in(package, "LeNet5") != []


def frames(book: Path, page: str) -> list[dict[str, list[str]]]:
    """The tables that pandas drew on a page: for each row's name its cells."""
    return [
        {
            plain(row.th): [plain(cell) for cell in row.select("td")]
            for row in table.select("tbody tr")
        }
        for table in article(book, page).select("table.dataframe")
    ]


def test_lenet5_accounts_are_the_papers(book):
    _, measured, _, both = frames(book, LENET5)
    sums = [0, 0, 0]
    for layer in papers.LENET5.layers:
        counts = [layer.units, layer.parameters, layer.connections]
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
        cells = [f"{n:,}" for n in counts]
        assert measured[layer.name] == [str(layer.maps), str(layer.size), *cells]
        assert both[layer.name] == cells + cells
    assert both["sum"] == 2 * [f"{n:,}" for n in sums]
    assert sums == [8_094, papers.LENET5.parameters, papers.LENET5.connections]
    assert shown(book, LENET5)["units"] == "8,094"


def test_lenet5_steps_lead_from_the_tutorials_network_to_the_papers(book):
    steps, *_ = frames(book, LENET5)
    assert [*steps.values()] == [["61,706"], ["60,806"], ["59,956"], ["60,000"]]
    texts = shown(book, LENET5)
    parts = [v for name, v in texts.items() if name.startswith("tutorial_")]
    assert sum(int(part.replace(",", "")) for part in parts) == 61_706
    assert texts["tutorial"] == "61,706" and texts["dense"] == "60,900"
    assert texts["published"] == f"{papers.LENET5.parameters:,}"


def test_lenet5_derivations_give_the_papers_counts(book):
    """The products in the text, worked out here, are the numbers behind them."""
    texts = shown(book, LENET5)
    derived = {
        "C1": (6 * (5 * 5 + 1), 28 * 28 * 6 * 26),
        "S2": (6 * (1 + 1), 14 * 14 * 6 * (4 + 1)),
        "C3": (60 * 25 + 16, 10 * 10 * 1_516),
        "S4": (16 * 2, 5 * 5 * 16 * 5),
        "C5": (120 * (16 * 5 * 5 + 1),),
        "F6": (84 * (120 + 1),),
        "output": (0, 10 * 84),
    }
    for layer in papers.LENET5.layers:
        numbers = (layer.parameters, layer.connections)
        for kind, number, value in zip(
            ("parameters", "connections"), numbers, derived[layer.name], strict=False
        ):
            assert number == value
            assert texts[f"{layer.name}_{kind}"] == f"{value:,}"
    assert texts["links"] == "60" and texts["feeds"] == "10"
    assert texts["dense_parameters"] == f"{16 * (6 * 25 + 1):,}" == "2,416"
    assert texts["dense_connections"] == f"{100 * 2_416:,}"
    assert rounds_to(100 * 100 * (2_416 - 1_516) / 340_908, texts["more"])


def test_lenet5_shares_are_those_of_the_account(book):
    texts = shown(book, LENET5)
    layers = {layer.name: layer for layer in papers.LENET5.layers}
    late = [layers["C5"], layers["F6"]]
    share = sum(layer.parameters for layer in late) / 60_000
    assert rounds_to(100 * share, texts["late_parameters"])
    share = 1 - sum(layer.connections for layer in late) / 340_908
    assert rounds_to(100 * share, texts["early_connections"])
    says(book, LENET5, "a third of all connections .* a fraction of a percent of its")
    assert 0.3 < layers["C1"].connections / 340_908 < 0.37
    assert layers["C1"].parameters / 60_000 < 0.01
    weights = 784 * 6 * 25 + 100 * 60 * 25 + 120 * 400 + 84 * 120 + 10 * 84
    assert texts["multiply_adds"] == f"{weights:,}" == "326,520"
    assert texts["multiply_adds_1998"] == "401,000"


def test_lenet5_strip_costs_what_its_layers_cost(book):
    """32 x 48 pixels: maps of 28 x 44, 14 x 22, 10 x 18, 5 x 9 and 1 x 5."""
    wide = 28 * 44 * 6 * 26 + 14 * 22 * 6 * 5 + 10 * 18 * 1_516 + 5 * 9 * 16 * 5
    wide += 5 * (48_120 + 10_164 + 840)
    assert rounds_to(wide / 340_908, shown(book, LENET5)["strip_cost"])


def test_lenet5_input_is_not_of_unit_variance(book, histogram, pixels):
    texts = shown(book, LENET5)
    padded = histogram.copy()
    padded[0] += 55_000 * (32 * 32 - 28 * 28)
    assert rounds_to(1.275**2 * moments(padded)[1], texts["variance"])
    everything = np.bincount(pixels.ravel(), minlength=256)
    mean, variance = moments(everything)
    assert rounds_to(1.275**2 * variance, texts["narrow_variance"])
    assert rounds_to(-mean / math.sqrt(variance), texts["unit_paper"])
    assert rounds_to((1 - mean) / math.sqrt(variance), texts["unit_ink"])


def test_lenet5_squashing_bends_most_near_one(book):
    """f'' is extreme where tanh squared is a third."""
    texts = shown(book, LENET5)
    peak = 1.5 * math.atanh(math.sqrt(1 / 3))
    assert rounds_to(peak, texts["peak"])
    assert rounds_to(1.7159 * math.sqrt(1 / 3), texts["at_peak"])


def test_lenet5_codes_are_as_far_apart_as_the_text_says(book):
    codes = {d: "".join(papers.output_codes()[str(d)]) for d in range(10)}
    apart = sorted(
        (4 * sum(x != y for x, y in zip(codes[a], codes[b], strict=True)), a, b)
        for a in codes
        for b in range(a)
    )
    texts = shown(book, LENET5)
    (nearest, *pair), (second, *_), *_, (farthest, *_) = apart
    assert sorted(pair) == [int(texts["near_a"]), int(texts["near_b"])] == [6, 8]
    assert [texts[name] for name in ("nearest", "cells", "second", "farthest")] == [
        str(n) for n in (nearest, nearest // 4, second, farthest)
    ]


def test_lenet5_lets_no_digit_through_before_training(build, book):
    assert re.search(r"tensor\(\[\d\]\)", printed(build, LENET5)), "one answer"
    says(book, LENET5, "gives all thousand of them the same answer")
    texts = shown(book, LENET5)
    assert float(texts["fainter"]) > 200 > 20 > float(texts["fainter_large"]) > 1
    assert 0 < float(texts["F6_spread"]) < 0.001


def test_lenet5_table_makes_no_difference_that_was_measured(book):
    study = results("lenet5_table.json")
    texts = shown(book, LENET5)
    assert texts["table_seeds"] == str(len(study["seeds"])) == "5"
    errors, alike = study["test_error"], study["correlation"]
    for name, short in (("with the table", "table"), ("dense", "dense")):
        assert rounds_to(statistics.mean(errors[name]), texts[f"{short}_mean"])
        assert rounds_to(statistics.stdev(errors[name]), texts[f"{short}_sd"])
        assert rounds_to(statistics.mean(alike[name]), texts[f"{short}_alike"])
    # "The difference is smaller than the spread", "do not see that ... maps differ"
    for values in (errors, alike):
        gap = statistics.mean(values["with the table"]) - statistics.mean(
            values["dense"]
        )
        assert abs(gap) < min(statistics.stdev(v) for v in values.values())


def test_lenet5_error_is_the_same_wherever_it_stands(build, book):
    (error,) = re.findall(r"Test error: (\d+\.\d\d) %", printed(build, LENET5))
    texts = shown(book, LENET5)
    assert texts["error"] == error
    assert int(texts["wrong_digits"]) == round(100 * float(error))
    # Two passes: less than twice the paper's error would be luck, four times a fault.
    assert papers.LENET5_1998["test_error"] < float(error) < 3.5
    assert texts["paper"] == str(papers.LENET5_1998["test_error"]) == "0.95"
    (line,) = article(book, LENET5).select(".training-progress")
    assert plain(line).startswith(f"{2 * math.ceil(55_000 / 64):,} steps")


def test_lenet5_says_of_its_states_what_they_are(book):
    texts = shown(book, LENET5)
    assert float(texts["loud"]) > float(texts["soft"])  # "with more contrast"
    assert float(texts["decided"]) > 70  # "yes or no, and seldom perhaps"
    # "A machine that reads cheques can tell that it had better ask."
    assert float(texts["penalty_wrong"]) > 10 * float(texts["penalty_right"])


def test_index_table_of_three_networks(book):
    rows = article(book, "index").select("table tbody tr")
    (row,) = (row for row in rows if plain(row.td) == "parameters")
    cells = [plain(cell) for cell in row.select("td")[1:]]
    networks = (papers.ZIP_CODE, papers.LENET1, papers.LENET5)
    expected = (network.parameters for network in networks)
    assert cells == [f"{n:,}" for n in expected] == ["9,760", "2,578", "60,000"]


ZIPCODE = "chapters/zipcode1989"


def errors(study: dict, name: str, part: str = "test") -> list[float]:
    """The errors of a variant's seeds in percent, from the file of the study."""
    size = study["digits"][part]
    return [100 * wrong / size for wrong in study["variants"][name][f"{part}_wrong"]]


def test_zipcode_study_is_that_of_the_file(book):
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    for part in ("train", "test"):
        ours = errors(study, "ours", part)
        assert rounds_to(statistics.mean(ours), texts[f"{part}_mean"])
        assert rounds_to(statistics.stdev(ours), texts[f"{part}_sd"])
        assert texts["seeds"] == str(len(ours)) == "10"
    for i, name in enumerate(study["variants"]):
        assert rounds_to(statistics.mean(errors(study, name)), texts[f"mean{i}"])
    says(book, ZIPCODE, r"over ten seeds\)\.? The numbers are of different digits")
    assert texts["rate"] == f"{study['variants']['ours']['rate']:g}"
    assert f"rate={texts['rate']})" in source(ZIPCODE), "the run takes another rate"


def test_zipcode_rate_is_the_best_of_those_tried_on_held_out_digits(book):
    choice = results("zipcode1989.json")["choice"]["ours"]
    table = article(book, ZIPCODE).select_one("#tab-zipcode1989-rates")
    rates, shares = (
        [plain(cell) for cell in row.select("th, td")[1:]] for row in table.select("tr")
    )
    assert rates == list(choice)
    for share, wrong in zip(shares, choice.values(), strict=True):
        assert rounds_to(100 * statistics.mean(wrong) / 5_000, share)
    best = min(range(len(rates)), key=lambda i: float(shares[i]))
    assert rates[best] == shown(book, ZIPCODE)["rate"]
    assert 0 < best < len(rates) - 1, "the best rate is at the edge of those tried"
    assert says(book, ZIPCODE, r"We trained with (\w+) rates on two seeds") == ("five",)


def test_zipcode_run_is_one_of_the_studys(book):
    """The run of the page has the first seed; where it runs changes its rounding."""
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    wrong = study["variants"]["ours"]["test_wrong"]
    assert abs(int(texts["wrong"]) - statistics.mean(wrong)) < 3 * statistics.stdev(
        wrong
    )
    assert rounds_to(100 * int(texts["wrong"]) / 2_007, texts["wrong_percent"])


def test_zipcode_published_numbers_are_the_papers(book):
    texts = shown(book, ZIPCODE)
    paper, rebuilt = papers.ZIP_CODE_1989, papers.ZIP_CODE_2022
    for name in ("train_error", "test_error", "train_wrong", "test_wrong", "test_mse"):
        assert float(texts[f"paper_{name}"]) == paper[name]
        assert rounds_to(rebuilt[name], texts[f"rebuilt_{name}"])
    assert texts["all_digits"] == "9,298"
    assert texts["steps"] == "167,693"
    assert texts["parameters"] == "9,760" and texts["connections"] == "64,660"
    assert texts["units_printed"] == "1,256"


def test_zipcode_counts_are_the_papers_layer_by_layer(book):
    table = article(book, ZIPCODE).select_one("table.dataframe")
    rows = {
        plain(row.th): [int(plain(cell).replace(",", "")) for cell in row.select("td")]
        for row in table.select("tbody tr")
    }
    for layer in papers.ZIP_CODE.layers:
        expected = [layer.units, layer.parameters, layer.connections]
        assert rows[layer.name] == expected
    assert rows["sum"][1:] == [papers.ZIP_CODE.parameters, papers.ZIP_CODE.connections]


def test_zipcode_says_what_matters_as_the_study_found_it(book):
    study, texts = results("zipcode1989.json"), shown(book, ZIPCODE)
    means, spreads = (
        {name: of(errors(study, name)) for name in study["variants"]}
        for of in (statistics.mean, statistics.stdev)
    )
    ours, spread = means["ours"], spreads["ours"]
    says(book, ZIPCODE, r"Which eight of twelve does not matter")
    assert abs(means["blocks"] - ours) < spread / 4
    says(book, ZIPCODE, r"How the digit fills its field matters little")
    assert abs(means["whole field"] - ours) < spread
    says(book, ZIPCODE, r"The first weights matter\. .* rule is the better one here")
    root = study["variants"]["2.4/sqrt(F)"]
    deviation = spread**2 / 10 + spreads["2.4/sqrt(F)"] ** 2 / len(root["seeds"])
    assert means["2.4/sqrt(F)"] - ours > 3 * math.sqrt(deviation)
    says(book, ZIPCODE, r"Shared weights matter most")
    assert max(means, key=means.get) == "fully connected"
    proportion = float(texts["control_test"]) / float(texts["paper_test_error"])
    says(book, ZIPCODE, r"the proportion is nearly the same")
    assert means["fully connected"] / ours == pytest.approx(proportion, rel=0.1)
    says(book, ZIPCODE, r"On the training digits the order is reversed")
    assert statistics.mean(errors(study, "ours", "train")) > 5 * 0.14
    least, most = int(texts["test_least"]), int(texts["test_most"])
    assert least < int(texts["rebuilt_test_wrong"]) < most


def test_zipcode_first_weights_whisper_and_biases_stay(book):
    texts = shown(book, ZIPCODE)
    says(book, ZIPCODE, r"begins by whispering")
    assert float(texts["spread_last"]) < 0.01 * float(texts["spread_first"])
    assert 0.5 < float(texts["spread_root"]) < 2
    says(book, ZIPCODE, r"They look like noise because they are noise")
    assert float(texts["same_biases"]) > 0.9
    assert float(texts["kernel_growth"]) >= 3
    assert float(texts["middle_corner"]) >= 2


def test_zipcode_rejects_less_than_in_1989(book):
    texts = shown(book, ZIPCODE)
    assert texts["paper_rejected"] == "12.1" and texts["control_rejected"] == "19.4"
    assert 0 < float(texts["rejected"]) < float(texts["paper_rejected"])
    file = results("zipcode1989.json")["variants"]
    mean = statistics.mean(file["ours"]["rejected"])
    assert rounds_to(mean, texts["ours_rejected"])
    mean = statistics.mean(file["fully connected"]["rejected"])
    assert rounds_to(mean, texts["control_ours_rejected"])
    assert 0 < float(texts["honest_error"]) < 2


def test_zipcode_speed_is_that_of_the_file(book):
    file, texts = results("byhand.json"), shown(book, ZIPCODE)
    assert rounds_to(file["ratio"], texts["ratio"])
    assert rounds_to(file["medians"]["byhand"], texts["hand"])
    assert rounds_to(file["medians"]["torch"], texts["torch"])


# How building behaves, tried on a small book


HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Tiny

"""


def write(book: Path, *parts: str) -> None:
    """Write the chapter of a small book: paragraphs, and cells that begin with #."""
    cells = [
        f"```{{code-cell}} ipython3\n{part}\n```" if part.startswith("#") else part
        for part in parts
    ]
    (book / "chapters" / "tiny.md").write_text(HEADER + "\n\n".join(cells) + "\n")


def page_of(build: Build) -> str:
    """The chapter of a small book, as built."""
    return (build.html / "chapters" / "tiny.html").read_text("utf-8")


def test_failing_cell_fails_a_plain_build(small_book):
    write(small_book, "# a good cell\n1 + 1", "# a bad cell\nrubbish = 1 / 0")
    build = Build(small_book)
    assert build.status != 0
    assert "chapters/tiny.md" in build.output
    assert "# a bad cell\nrubbish = 1 / 0" in build.output
    assert "ZeroDivisionError: division by zero" in build.output
    assert "# a good cell" not in build.output
    # and so would the message of a failing test
    assert "rubbish = 1 / 0" in repr(build) and "division by zero" in repr(build)
    assert len(repr(build).splitlines()) < 30
    assert Build(small_book).status != 0, "the next build forgets the failure"


def test_stderr_fails_the_build(small_book, options_of_make):
    write(small_book, "# noisy\nimport sys\nprint('oh dear', file=sys.stderr)")
    build = Build(small_book, *options_of_make)
    assert build.status != 0
    assert any("stderr" in w and "chapters/tiny.md" in w for w in build.warnings)


def test_citation_below_the_footnotes_fails_the_build(small_book, options_of_make):
    notes = "```{footbibliography}\n```"
    cited = "As was shown {footcite}`lecun1998gradient`."
    late = "As we forgot to say {footcite}`lecun1990handwritten`."

    write(small_book, cited, notes, late)
    build = Build(small_book, *options_of_make)
    assert build.status != 0
    (warning,) = build.warnings
    assert "chapters/tiny.md" in warning and "footbibliography" in warning

    write(small_book, cited, late, notes)
    build = Build(small_book, *options_of_make)
    assert (build.status, build.warnings) == (0, [])


def test_warning_is_not_forgotten_by_the_next_build(small_book, options_of_make):
    write(small_book, "See {ref}`nowhere`.")
    first = Build(small_book, *options_of_make)
    assert first.status != 0 and "nowhere" in first.output
    second = Build(small_book, *options_of_make)
    assert second.status != 0, "built again, the same book passes with the same fault"


def test_changed_code_is_executed_again(small_book, options_of_make):
    asks = "# asks the package\nimport lenet_lib\nlenet_lib.ANSWER"
    write(small_book, asks)
    first = Build(small_book, *options_of_make)
    assert (first.status, first.executed) == (0, ["chapters/tiny"]), first
    assert ">42\n" in page_of(first)

    write(small_book, "Only words.", asks)
    reworded = Build(small_book, *options_of_make)
    assert (reworded.status, reworded.executed) == (0, []), reworded
    assert "Only words." in page_of(reworded)

    (small_book / "lenet_lib" / "__init__.py").write_text("ANSWER = 54\n")
    changed = Build(small_book, *options_of_make)
    assert (changed.status, changed.executed) == (0, ["chapters/tiny"]), changed
    assert ">54\n" in page_of(changed)

    results = small_book / "lenet_lib" / "results"
    results.mkdir(exist_ok=True)
    (results / "new.json").write_text("{}")
    measured = Build(small_book, *options_of_make)
    assert (measured.status, measured.executed) == (0, ["chapters/tiny"]), measured


def test_pages_are_made_anew_after_the_notebooks(small_book, options_of_make):
    """Both builders share what was read; the second to come must not trust it."""
    write(small_book, "# asks the package\nimport lenet_lib\nlenet_lib.ANSWER")
    assert Build(small_book, *options_of_make).status == 0
    (small_book / "lenet_lib" / "__init__.py").write_text("ANSWER = 54\n")
    notebooks = ("--builder", "custom", "--custom-builder", "notebooks")
    made = Build(small_book, *options_of_make, *notebooks)
    assert (made.status, made.executed) == (0, ["chapters/tiny"]), made
    pages = Build(small_book, *options_of_make)
    assert (pages.status, pages.executed) == (0, []), pages
    assert ">54\n" in page_of(pages)


def test_origin_on_github_turns_the_buttons_on(small_book, options_of_make):
    write(small_book, "# a cell\n1 + 1")
    without = Build(small_book, *options_of_make)
    assert without.status == 0, without
    assert ".invalid" not in page_of(without)
    assert "github.com" not in page_of(without)
    assert repository_links(BeautifulSoup(page_of(without), "html.parser")) == []

    origin = "git@github.com:some-one/their.book.git"
    for command in (["init", "--quiet"], ["remote", "add", "origin", origin]):
        subprocess.run(["git", *command], cwd=small_book, check=True)
    with_origin = Build(small_book, *options_of_make)
    assert with_origin.status == 0, with_origin
    links = repository_links(BeautifulSoup(page_of(with_origin), "html.parser"))
    address = "https://github.com/some-one/their.book"
    assert address in links
    assert any(link.startswith(f"{address}/issues/new") for link in links)
    assert f"{address}/edit/main/chapters/tiny.md" in links
    assert [link for link in links if not link.startswith(address)] == []
    assert ".invalid" not in page_of(with_origin)


def test_data_need_only_be_readable(small_book, options_of_make):
    shutil.rmtree(small_book / "lenet_lib")
    ignored = shutil.ignore_patterns("__pycache__", "*-ubyte")
    for name in ("lenet_lib", "data"):
        shutil.copytree(ROOT / name, small_book / name, ignore=ignored)
    data = small_book / "data"
    before = sorted(data.rglob("*"))
    for path in [data, *before]:
        path.chmod(path.stat().st_mode & ~0o222)
    write(
        small_book,
        "# reads the digits\nfrom lenet_lib.data import MNISTDataModule\n"
        "digits = MNISTDataModule()\ndigits.prepare_data()\ndigits.setup()\n"
        "len(digits.test_set)",
    )
    build = Build(small_book, *options_of_make)
    assert build.status == 0, build
    assert ">10000\n" in page_of(build)
    # root may write anyway; nothing may have
    assert sorted(data.rglob("*")) == before
    for path in [data, *before]:
        path.chmod(path.stat().st_mode | 0o200)


# From templates to shared local features


CONVOLUTION = "chapters/convolution"


def baseline(network: str, size: int = 55_000, part: str = "sizes") -> list[float]:
    """The test errors of one row of the study of the chapter on convolution."""
    rows = results("baselines.json")[part]
    (row,) = (r for r in rows if (r["network"], r["digits"]) == (network, size))
    return row["test_errors"]


def test_convolution_counts_follow_from_sizes(book):
    texts = shown(book, CONVOLUTION)
    assert texts["linear_parameters"] == f"{784 * 10 + 10:,}" == "7,850"
    assert texts["hidden_parameters"] == f"{785 * 300 + 301 * 10:,}" == "238,510"
    small = 4 * 26 + 4 * 2 + 8 * (4 * 25 + 1) + 8 * 2 + 129 * 10
    assert texts["small_parameters"] == f"{small:,}" == "2,226"
    assert rounds_to(238_510 / small, texts["hidden_per_small"])
    assert rounds_to(7_850 / small, texts["linear_per_small"])
    rows = article(book, CONVOLUTION).select("#tab-convolution-counts tbody tr")
    units = 24 * 24
    expected = [
        (units * 785, units * 785), (units * 26, units * 26), (26, units * 26),
    ]  # fmt: skip
    for row, counts in zip(rows, expected, strict=True):
        cells = [plain(cell) for cell in row.select("td")[-2:]]
        assert cells == [f"{n:,}" for n in counts]
    text = plain(article(book, CONVOLUTION))
    assert "four for each training digit" in text and 238_510 // 55_000 == 4
    assert "With 2,226 parameters" in text and "than 7,850 in templates" in text


def test_convolution_by_hand_is_what_pytorch_finds(build):
    by_hand, by_pytorch = re.search(
        r"\b(-?\d+) \(torch\.Size\(\[24, 24\]\), (-?\d+)\)", printed(build, CONVOLUTION)
    ).groups()
    assert by_hand == by_pytorch
    # The same from the file's bytes: rows 5 and 6 count against, 8 and 9 for.
    seven = idx("t10k-images-idx3", 16).reshape(-1, 28, 28)[0].astype(int)
    window = seven[5:10, 9:14]
    assert int(by_hand) == window[3:].sum() - window[:2].sum() > 0


def test_convolution_moves_with_the_image_exactly(build, book):
    cells = build.cells(CONVOLUTION)
    (cell,) = (c for c in cells if "difference.abs().max()" in "".join(c["source"]))
    (output,) = cell["outputs"]
    assert "".join(output["data"]["text/plain"]) == "0.0"
    assert says(book, CONVOLUTION, r"The difference is not small; it is (zero)")


def test_convolution_live_runs_say_what_they_say(build, book):
    text = printed(build, CONVOLUTION)
    linear, hidden, small = map(float, re.findall(r"Test error: (\d+\.\d\d) %", text))
    texts = shown(book, CONVOLUTION)
    assert rounds_to(linear, texts["linear_error"])
    assert rounds_to(hidden, texts["hidden_error"])
    assert rounds_to(small, texts["small_error"])
    scrambled = re.findall(r": (\d+\.\d\d) %, scrambled (\d+\.\d\d) %", text)
    (plain_hidden, mixed_hidden), (plain_small, mixed_small) = scrambled
    assert (float(plain_hidden), float(plain_small)) == (hidden, small)
    # The hidden layer does not notice; the convolutional network does.
    assert abs(float(mixed_hidden) - hidden) < 0.6
    assert float(mixed_small) > 2.5 * small


def test_convolution_helps_against_shifts_and_is_no_magic(build):
    found = glued(build, CONVOLUTION)
    for far in (2, 4):
        errors = [
            found[f"{n}_moved{far}"] for n in ("linear", "hidden", "convolutional")
        ]
        assert errors == sorted(errors, reverse=True)
        assert errors[0] > 1.3 * errors[2]
    assert found["convolutional_moved4"] > 30


def test_convolution_forgets_a_move_layer_by_layer(build, book):
    found = glued(build, CONVOLUTION)
    shares = [found[f"stage{stage}"] for stage in range(6)]
    assert shares == sorted(shares, reverse=True)
    says(book, CONVOLUTION, r"counts for less than (half) of what it did")
    assert shares[-1] < shares[0] / 2


def test_convolution_study_is_that_of_the_file(book):
    texts = shown(book, CONVOLUTION)
    file = results("baselines.json")
    assert texts["seeds"] == str(len(file["seeds"]))
    assert texts["passes"] == str(file["schedules"]["55000"]["passes"])
    for name in ("linear", "hidden layer", "convolutional"):
        short = name.split()[0]
        for kind, part in {"plain": "sizes", "scrambled": "permuted"}.items():
            errors = baseline(name, part=part)
            assert rounds_to(statistics.mean(errors), texts[f"{short}_{kind}"])
            assert rounds_to(statistics.stdev(errors), texts[f"{short}_{kind}_sd"])
    squared = statistics.mean(file["squared"]["test_errors"])
    assert rounds_to(squared, texts["squared_mean"])
    assert rounds_to(file["least_squares"]["test_error"], texts["exact"])
    gap = squared - statistics.mean(baseline("linear"))
    assert rounds_to(gap, texts["loss_gap"])
    for name, short in {"linear": "linear", "convolutional": "small"}.items():
        assert rounds_to(statistics.mean(baseline(name)), texts[f"{short}_mean"])
        few = statistics.mean(baseline(name, 1_000))
        assert rounds_to(few, texts[f"{short}_1000"])
    assert texts["linear_1998"] == "12.0" and texts["hidden_1998"] == "4.7"


def test_convolution_receptive_fields_are_the_papers(build):
    """5, 6, 14 and 16 pixels: as in LeNet-5's first four layers."""
    cells = build.cells(CONVOLUTION)
    (cell,) = (c for c in cells if "plotting.fields(" in "".join(c["source"]))
    (output,) = cell["outputs"]
    drawn = "".join(output["data"]["image/svg+xml"])
    for edge in (5, 6, 14, 16):
        assert f"{edge} × {edge}" in drawn


# How LeNet-5 was trained


TRAINING = "chapters/training"


def test_training_loss_is_the_papers_and_not_only_ours():
    """The shown function, run here: y_D + log(e^-j + sum of e^-y_i), digit by digit."""
    cells = jupytext.read(ROOT / f"{TRAINING}.md").cells
    (cell,) = (c for c in cells if "def competition(" in c.source)
    shown_here = {"torch": torch}
    exec(cell.source, shown_here)
    draw = np.random.default_rng(0)
    penalties, labels = 9 * draw.random((50, 10)), draw.integers(10, size=50)
    expected = statistics.mean(
        y[d] + math.log(math.exp(-2.5) + sum(math.exp(-other) for other in y))
        for y, d in zip(penalties.tolist(), labels.tolist(), strict=True)
    )
    found = shown_here["competition"](
        torch.from_numpy(penalties), torch.from_numpy(labels), 2.5
    )
    assert float(found) == pytest.approx(expected)


def test_training_sweeps_are_checked_while_the_book_is_built(build):
    assert printed(build, TRAINING).count("'the same'") == 2


def test_training_tells_the_papers_numbers(book):
    texts = shown(book, TRAINING)
    assert (texts["passes"], texts["digits"]) == ("20", "60,000")
    assert texts["all_steps"] == f"{20 * 60_000:,}"
    assert (texts["days_least"], texts["days_most"]) == ("2", "3")
    assert rounds_to(2 * 86_400_000 / 1_200_000, texts["milliseconds_least"])
    assert rounds_to(3 * 86_400_000 / 1_200_000, texts["milliseconds_most"])
    assert (texts["mu"], texts["curvature_digits"]) == ("0.02", "500")
    assert (texts["first_rate"], texts["one_in"]) == ("0.0005", "2,000")
    assert (texts["lowest"], texts["highest"]) == ("0.00007", "0.016")
    assert (texts["paper_test"], texts["paper_train"]) == ("0.95", "0.35")
    assert (texts["distorted_1998"], texts["distorted_wrong"]) == ("0.8", "82")
    assert texts["distorted_digits"] == f"{9 * 60_000:,}"
    assert texts["nearest_codes"] == "48"


def test_training_first_steps_are_of_the_size_of_the_papers(build):
    """Of the right size: each end of the range within a factor of three."""
    found = glued(build, TRAINING)
    for ours, published in (
        (float(found["our_lowest"]), papers.LENET5_STEPS["lowest"]),
        (found["our_highest"], papers.LENET5_STEPS["highest"]),
    ):
        assert 1 / 3 < ours / published < 3


def test_training_recursion_is_right_where_nothing_is_shared(build):
    found = glued(build, TRAINING)
    for name in ("C5", "F6"):
        assert found[f"{name}_share"] == pytest.approx(1, abs=0.02)
    assert found["S4_share"] == pytest.approx(1, abs=0.1)  # "nearly right"
    assert found["C1_share"] < 0.3 < found["S2_share"] < 0.8
    assert found["C1_share"] < found["C3_share"] < 0.6
    assert found["units_term"] < 20  # "hardly counts"
    assert found["units_after"] > found["units_term"]  # "now it counts as well"


def test_training_choices_are_those_of_the_file_and_of_the_recipe(build, book):
    texts = shown(book, TRAINING)
    trials = results("lenet5_choice.json")["trials"]
    trials = [trial for trial in trials if trial["start"] == "roots"]

    def held_out(**those: object) -> float:
        return statistics.mean(
            t["held_out"][-1] for t in trials if those.items() <= t.items()
        )

    half = {"j": 10, "factor": 0.5, "curvature": "recursion"}
    assert rounds_to(held_out(**half), texts["half"])
    assert rounds_to(held_out(**half | {"factor": 1}), texts["full"])
    assert rounds_to(held_out(**half | {"curvature": "exact"}), texts["half_exact"])
    assert rounds_to(held_out(**half | {"j": 1}), texts["half_j1"])
    assert held_out(**half) < held_out(**half | {"factor": 1})
    assert held_out(**half) < held_out(**half | {"j": 1})
    # "cost nothing that we could measure"
    assert held_out(**half) < held_out(**half | {"curvature": "exact"}) + 0.05
    recipe = results("lenet5-1998.json")["recipe"]
    assert (recipe["j"], recipe["curvature"], recipe["start"]) == (
        1, "recursion", "roots",
    )  # fmt: skip
    assert recipe["rates"] == [rate / 2 for rate in papers.LENET5_RATES]


def test_training_live_run_follows_the_paper_and_begins_the_first_seed(build):
    found = glued(build, TRAINING)
    curve = papers.LENET5_CURVE
    assert found["live_train1"] == pytest.approx(curve["train_error"][0], rel=0.5)
    assert found["live_train2"] == pytest.approx(curve["train_error"][1], rel=0.5)
    assert found["live_test"] == pytest.approx(curve["test_error"][1], rel=0.8)
    study = results("lenet5-1998.json")
    run = study["runs"][0]
    assert run["seed"] == 1
    digits = study["recipe"]["digits"]
    for number in (0, 1):  # another processor may round otherwise
        counted = 100 * run["misread_in_passing"][number] / digits
        assert found[f"live_train{number + 1}"] == pytest.approx(counted, rel=0.3)


def last_errors(name: str) -> tuple[list[float], list[float]]:
    """The test errors and the training errors of a study's seeds, in percent."""
    study = results(f"{name}.json")
    runs, digits = study["runs"], study["recipe"]["digits"]
    return (
        [100 * run["test_misread"][-1] / study["test_digits"] for run in runs],
        [100 * run["misread_in_passing"][-1] / digits for run in runs],
    )


def test_training_results_are_those_of_the_files(book):
    texts = shown(book, TRAINING)
    test, train = last_errors("lenet5-1998")
    assert texts["seeds"] == str(len(test))
    for name, values in (("test", test), ("train", train)):
        assert rounds_to(statistics.mean(values), texts[f"{name}_mean"])
        assert rounds_to(statistics.stdev(values), texts[f"{name}_sd"])
    gap = statistics.mean(test) - papers.LENET5_1998["test_error"]
    assert rounds_to(abs(gap), texts["gap"])
    assert texts["gap_side"] == ("above" if gap > 0 else "below")
    inside = min(test) <= papers.LENET5_1998["test_error"] <= max(test)
    assert ("within" in texts["verdict"]) == inside
    for number, name in enumerate(
        ("lenet5-1998-15000", "lenet5-1998-30000", "lenet5-1998")
    ):
        test, train = last_errors(name)
        assert rounds_to(statistics.mean(test), texts[f"mean_{number}"])
        assert rounds_to(statistics.stdev(test), texts[f"sd_{number}"])
    test, _ = last_errors("lenet5-1998-distorted")
    assert rounds_to(statistics.mean(test), texts["mean_3"])


def test_training_more_digits_make_training_harder_and_the_test_easier():
    """What the text says of the figure, in means over the seeds."""
    names = ("lenet5-1998-15000", "lenet5-1998-30000", "lenet5-1998")
    studies = [last_errors(name) for name in (*names, "lenet5-1998-distorted")]
    tests = [statistics.mean(test) for test, _ in studies]
    trains = [statistics.mean(train) for _, train in studies]
    assert tests == sorted(tests, reverse=True)
    assert trains == sorted(trains)


def test_training_error_settles_after_ten_passes_and_does_not_rise(build):
    """Stable, and no over-training: the shape of the paper's curve."""
    found = glued(build, TRAINING)
    assert found["twenty"] < found["ten"] + 0.05
    train = np.mean(
        [r["misread_in_passing"] for r in results("lenet5-1998.json")["runs"]], axis=0
    )
    assert train[-1] < train[9]


def bare_functions(source: str) -> dict[str, str]:
    """Functions by name, without their docstrings and annotations."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in node.args.args:
                argument.annotation = None
            if ast.get_docstring(node):
                del node.body[0]
            found[node.name] = ast.dump(node)
    return found


def test_training_shows_the_code_of_the_package():
    shown_here: dict[str, str] = {}
    for cell in jupytext.read(ROOT / f"{TRAINING}.md").cells:
        if "definition" in cell.metadata.get("tags", []):
            shown_here |= bare_functions(cell.source)
    methods = ByHand.forward, ByHand._back, ByHand.backward, ByHand.backward_second
    for code in (*methods, sdlm.train, sdlm.steps):
        package = bare_functions(textwrap.dedent(inspect.getsource(code)))
        assert shown_here[code.__name__] == package[code.__name__]


# ---- The scoreboard ----------------------------------------------------------------

SCOREBOARD = "chapters/scoreboard"


def spread(errors: list[float]) -> str:
    """Mean and standard deviation as the scoreboard writes them."""
    return f"{statistics.mean(errors):.2f} ± {statistics.stdev(errors):.2f} %"


def scores(book: Path) -> list[list[str]]:
    """All rows of the scoreboard's tables, cell by cell."""
    rows = article(book, SCOREBOARD).select("table tbody tr")
    return [[plain(cell) for cell in row.select("th, td")] for row in rows]


def test_scoreboard_errors_are_those_of_the_files(book):
    rows = scores(book)
    lenet5 = results("lenet5-1998.json")
    errors = [run["test_misread"][-1] / 100 for run in lenet5["runs"]]
    ours = ["test", "0.95 %", spread(errors), str(len(errors))]
    assert any(row[:4] == ours and row[-1] == "lenet5-1998" for row in rows)
    for row in results("classifiers.json")["networks"]:
        published = f"{papers.MNIST_TEST_ERROR[row['network']]} %"
        ours = [published, spread(row["test_errors"]), str(len(row["test_errors"]))]
        assert any(cells[1:4] == ours for cells in rows), row["network"]


def test_scoreboard_lists_all_of_figure_9(book):
    text = plain(article(book, SCOREBOARD))
    texts = shown(book, SCOREBOARD)
    listed = [cell for row in scores(book) for cell in row]
    missing = [name for name in papers.MNIST_TEST_ERROR if name not in listed]
    assert texts["entries"] == str(len(papers.MNIST_TEST_ERROR)) == "27"
    assert len(missing) == 27 - int(texts["left_out"])
    assert "not measure" in text


def test_scoreboard_counts_that_do_not_come_out(book):
    texts = shown(book, SCOREBOARD)
    assert texts["units_1990"] == "4,635" and texts["units_lenet1"] == "4,634"
    assert texts["units_zipcode"] == "1,256"
    assert texts["printed_all"] == "3,349" and texts["printed_sum"] == "3,249"
    assert texts["adds_1998_lenet5"] == "401,000" and texts["adds_lenet5"] == "326,520"
    assert texts["points"] == "21" and texts["passes"] == "20"


def test_scoreboard_says_of_other_classifiers_what_was_measured(book):
    published = papers.MNIST_TEST_ERROR
    study = results("classifiers.json")
    means = {r["network"]: statistics.mean(r["test_errors"]) for r in study["networks"]}
    means["28x28-300-10"] = statistics.mean(baseline("hidden layer"))
    means["Linear"] = statistics.mean(baseline("linear"))
    nearest = study["nearest_neighbours"]
    means["K-NN Euclidean"] = nearest["test_error"]
    # "much better than the paper's", "none of those that we measured reaches LeNet-5"
    runs = results("lenet5-1998.json")["runs"]
    lenet5 = statistics.mean(run["test_misread"][-1] / 100 for run in runs)
    for name, mean in means.items():
        assert lenet5 < mean < published[name], name
    squared = statistics.mean(results("baselines.json")["squared"]["test_errors"])
    assert means["Linear"] < published["Linear"] < squared
    # "It cannot be the reason": the worst k is far below the published error.
    worst = max(nearest["validation_errors"].values())
    assert rounds_to(worst, shown(book, SCOREBOARD)["k_worst"])
    assert worst + 1 < published["K-NN Euclidean"]


def test_scoreboard_deviations_name_the_recipes_that_were_run(book):
    texts = shown(book, SCOREBOARD)
    recipe = results("lenet5-1998.json")["recipe"]
    assert texts["j"] == f"{recipe['j']:g}"
    assert float(texts["factor"]) == recipe["rates"][0] / papers.LENET5_RATES[0]
    assert texts["curvature_digits"] == str(recipe["curvature_digits"]) == "500"
    beginning = results("lenet5_start.json")["trials"]
    for name, glued_as in {"2.4/F": "start_error", "1/sqrt(F)": "start_root"}.items():
        assert rounds_to(statistics.mean(beginning[name]["errors"]), texts[glued_as])
    assert float(texts["start_error"]) > 80 > float(texts["start_root"])  # "fails"
    warps = results("lenet5-1998-distorted.json")["recipe"]["distortions"]
    assert float(texts["shear"]) == warps["shear"]
    study = results("zipcode1989.json")
    for short, name in {
        "ours": "ours",
        "blocks": "blocks",
        "root": "2.4/sqrt(F)",
    }.items():
        assert rounds_to(statistics.mean(errors(study, name)), texts[f"zip_{short}"])
    # "no difference": less than the spread of the seeds.
    gap = statistics.mean(errors(study, "ours")) - statistics.mean(
        errors(study, "blocks")
    )
    assert abs(gap) < statistics.stdev(errors(study, "ours"))


# ---- training: the story of the first weights -----------------------------------


def test_training_detective_quotes_its_results(book):
    study, texts = results("lenet5_start.json"), shown(book, TRAINING)
    trials = study["trials"]
    for name, trial in {
        "start_error": "2.4/F", "start_root": "1/sqrt(F)", "start_eight": "equation 8",
        "start_biases": "biases 0", "start_halves": "coefficients 1/2",
        "start_half": "rates x 1/2", "start_fifth": "rates x 1/5",
        "start_tenth": "rates x 1/10", "start_mu": "2.4/F, mu x 10",
        "start_eightyfour": "mu x 84", "start_each": "measured after each of 20",
        "start_quiet": "quiet, then measured", "start_lent": "curvature of 1/sqrt(F)",
        "start_root_lent": "1/sqrt(F), curvature of 2.4/F",
    }.items():  # fmt: skip
        assert rounds_to(statistics.mean(trials[trial]["errors"]), texts[name]), name
    trace = study["traces"]["2.4/F"]["1"]
    for n in range(4):
        assert rounds_to(trace["all"][n], texts[f"start_product{n}"])


def test_training_detective_draws_the_conclusions_of_its_results(book):
    study = results("lenet5_start.json")
    trials, traces = study["trials"], study["traces"]
    # "It is guessing", and so for each of the innocent.
    for name in (
        "2.4/F", "equation 8", "biases 0", "coefficients 1/2", "rates x 1/2",
        "1/sqrt(F), curvature of 2.4/F", "measured after each of 20",
        "quiet, then measured",
    ):  # fmt: skip
        assert min(trials[name]["errors"]) > 70, name
    for name in (
        "1/sqrt(F)", "2.4/F, mu x 10", "mu x 84", "rates x 1/10",
        "curvature of 1/sqrt(F)",
    ):  # fmt: skip
        assert max(trials[name]["errors"]) < 40, name
    # "F6 does not saturate, and the network does not learn all the same."
    for name in ("measured after each of 20", "quiet, then measured"):
        assert max(trials[name]["saturated"]) < 0.01
    # "in two of the three runs much of F6 saturates later"
    lent = trials["curvature of 1/sqrt(F)"]["saturated"]
    assert [share > 0.3 for share in lent].count(True) == 2 and len(lent) == 3
    # "before the first digit no unit is saturated", and the steps were too long before
    # any was; each of the seeds, as the figure shows.
    says(book, TRAINING, r"shout before it could hear")
    for trace in traces["2.4/F"].values():
        late = [n for n, share in enumerate(trace["saturated"]) if share > 0]
        long = [n for n, product in enumerate(trace["all"]) if product > 2]
        assert long[0] < late[0] and late[0] >= 3
        assert trace["spread"][long[0]] < 0.01
        assert max(trace["saturated"][4:]) > 0.9
    first = traces["2.4/F"]["1"]["saturated"]  # "none after three digits"
    assert first[3] == 0 < first[4]
    for name in ("2.4/F, mu x 10", "1/sqrt(F)"):
        for trace in traces[name].values():
            assert max(trace["saturated"]) < 0.01 and trace["spread"][-1] > 0.5


def test_training_detective_reads_the_papers_range_of_steps(book):
    ranges = results("lenet5_start.json")["ranges"]
    steps, rate = papers.LENET5_STEPS, papers.LENET5_RATES[0]
    bend = 2 * (1.7159 * 2 / 3) ** 2  # of the loss by the sum of a unit of F6 at rest
    for name in ("2.4/F", "coefficients 1/2"):
        smallest = ranges[name]["smallest"]
        assert smallest == pytest.approx([rate / (steps["mu"] + bend)] * 5, rel=1e-3)
        assert min(ranges[name]["largest"]) > 0.0249  # the ceiling
        assert min(smallest) > 2 * steps["lowest"]
    # Louder ones lie around each end of the paper's range, but none around both.
    root, louder = ranges["1/sqrt(F)"], ranges["1/sqrt(F), halves, biases 0"]
    assert min(root["smallest"]) < steps["lowest"] < max(root["smallest"])
    assert min(louder["largest"]) < steps["highest"] < max(louder["largest"])
    assert min(root["largest"]) > steps["highest"]
    assert min(louder["smallest"]) > steps["lowest"]


# ---- Draw a digit ----------------------------------------------------------------

DRAW = "chapters/draw"


def test_draw_quotes_the_results_file(book):
    texts, study = shown(book, DRAW), results("outside.json")
    plain_one, affine, elastic = study["networks"]
    steps = dict(
        zip(("file", "polarity", "mass", "box", "all"), study["remedies"], strict=True)
    )
    seen = 0
    for prefix, network in (
        ("", plain_one),
        ("affine_", affine),
        ("elastic_", elastic),
    ):
        for digits in ("drawn", "optical", "mnist"):
            for key, remedy in steps.items():
                name = f"{prefix}{digits}_{key}"
                if name in texts:
                    misread = study[digits]["misread"][remedy][network]
                    percent = 100 * misread / study[digits]["digits"]
                    assert rounds_to(percent, texts[name]), name
                    seen += 1
    assert seen >= 22
    assert texts["drawn_wrong"] == str(
        study["drawn"]["misread"][steps["all"]][plain_one]
    )


def test_draw_a_digit_of_mnist_bears_two_pixels_and_no_more(book):
    texts = shown(book, DRAW)
    assert float(texts["shift_two"]) < 5 < 15 < float(texts["shift_four"])
    assert float(texts["shift_six"]) > 2 * float(texts["shift_four"])
    assert float(texts["half_size"]) > 50


def test_draw_f6_is_far_from_all_codes_until_the_recipe_was_followed(book):
    texts = shown(book, DRAW)
    assert float(texts["far"]) > 10 > 1 > float(texts["near"])
