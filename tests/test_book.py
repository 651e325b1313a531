"""The built book: what its pages hold, whether they agree, and how building behaves."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from bs4 import BeautifulSoup
from built_pages import article, glued, outputs, parse, plain, roles, soup, source
from conftest import MADE_BY_SPHINX, PAGES, ROOT, Build
from site_links import fault, faults, links, style_faults

from lenet_lib import papers

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
ELSEWHERE = re.compile(r"^(https?:)?//", re.IGNORECASE)


# What is there, and what must not be


def test_table_of_contents_was_understood():
    text = (ROOT / "_toc.yml").read_text("utf-8")
    assert len(PAGES) == len(re.findall(r"^\s*-? ?(?:file|root):", text, re.MULTILINE))
    assert len(PAGES) == len(set(PAGES)) > 1


def test_every_page_is_built(book, any_page):
    assert (book / f"{any_page}.html").is_file()
    if any_page in PAGES:
        title = re.search(r"^# (.+)", source(any_page), re.MULTILINE).group(1)
        title = title.replace("{{ title }}", CONFIG["title"])
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


def test_links_lead_somewhere(book, any_page):
    page = book / f"{any_page}.html"
    assert len(links(page)) > 10
    assert faults(page, book) == []


def test_style_sheets_find_their_files(book):
    sheets = sorted(book.rglob("*.css"))
    assert len(sheets) > 3
    assert {path: why for path in sheets if (why := style_faults(path, book))} == {}


def test_links_that_lead_nowhere_are_found(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "outside.html").touch()
    (site / "a picture.png").touch()
    (site / "other.html").write_text("<h1 id='top'>There</h1>")
    page = site / "page.html"
    good = ["#here", "other.html#top", "a%20picture.png", "https://example.org/x#y"]
    page.write_text("<p id='here'>".join(f"<a href='{link}'>" for link in ["", *good]))
    assert links(page) == ["", *good]
    assert faults(page, site) == []
    bad = {
        "#nowhere": "no such place",
        "other.html#bottom": "no such place",
        "none.html": "no such file",
        "../outside.html": "leads out of the site",
        "/other.html": "works only at the root of a server",
        "htps://example.org": "unknown scheme",
    }
    for link, why in bad.items():
        assert fault(link, page, site) == f"{link}: {why}"


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
    url = CONFIG["repository"]["url"]
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


def test_index_table_of_three_networks(book):
    rows = article(book, "index").select("table tbody tr")
    (row,) = (row for row in rows if plain(row.td) == "parameters")
    cells = [plain(cell) for cell in row.select("td")[1:]]
    networks = (papers.ZIP_CODE, papers.LENET1, papers.LENET5)
    expected = (network.parameters for network in networks)
    assert cells == [f"{n:,}" for n in expected] == ["9,760", "2,578", "60,000"]


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
    assert len(build.warnings) == 1, build.output
    assert "chapters/tiny.md" in build.warnings[0]
    assert "footbibliography" in build.warnings[0]

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


def test_a_figure_drawn_twice_is_the_same_file(small_book, options_of_make):
    """In a style of its own, as the book's figures are."""
    draws = (
        "import matplotlib.pyplot as plt\n"
        "with plt.style.context({'axes.linewidth': 2}):\n"
        "    figure = plt.figure()\n"
        "    figure.add_subplot().imshow([[1, 2], [3, 4]])\n"
        "plt.close(figure)\n"
        "figure"
    )
    write(small_book, f"# once\n{draws}", f"# and again\n{draws}")
    build = Build(small_book, *options_of_make)
    assert build.status == 0, build
    figures = parse(build.html / "chapters" / "tiny.html").select(".cell_output img")
    assert len(figures) == 2
    assert len({figure["src"] for figure in figures}) == 1, "named by their content"


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
