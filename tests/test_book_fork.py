"""A book of one's own: forked, renamed, with a chapter more and without solutions."""

import re
import shutil
from pathlib import Path

import pytest
import yaml
from built_pages import article, plain, soup
from conftest import MADE_BY_SPHINX, PAGES, ROOT, Build
from site_links import faults, links
from test_book import HEADER, repository_links

SOLUTIONS = "chapters/solutions"
OURS = "chapters/ours"
PAGES_OF_FORK = [page for page in PAGES if page != SOLUTIONS] + [OURS]

#: What no clone brings along, and what is made anew.
LEFT_BEHIND = (".git", ".venv", "_build", "__pycache__", "*-ubyte", ".*_cache")

#: What a fork writes at the top of _config.yml.
NAMES = {
    "title": "Our digits",
    "author": "Ada & Bob",
    "repository": "https://github.com/some-one/our-digits",
}


@pytest.fixture(scope="module")
def old() -> dict[str, str]:
    """The names that the book itself has there."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    return {name: config[name] for name in ("title", "author")} | {
        "repository": config["repository"]["url"]
    }


@pytest.fixture(scope="module")
def fork(build, old, options_of_make, tmp_path_factory) -> Build:
    """A fork in a folder with a space in its name, built."""
    folder = tmp_path_factory.mktemp("fork") / "our book"
    ignored = shutil.ignore_patterns(*LEFT_BEHIND)
    shutil.copytree(ROOT, folder, symlinks=True, ignore=ignored)
    for made in (".jupyter_cache", ".fonts"):  # or each chapter would be executed again
        shutil.copytree(ROOT / "_build" / made, folder / "_build" / made)

    replace(folder / "_config.yml", {old[name]: NAMES[name] for name in NAMES})
    toc = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
    chapters = toc["parts"][-1]["chapters"]
    chapters[:] = [entry for entry in chapters if entry["file"] != SOLUTIONS]
    chapters.append({"file": OURS})
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc, allow_unicode=True), "utf-8")
    (folder / f"{OURS}.md").write_text(
        HEADER.replace("# Tiny", "# A chapter of ours")
        + "See {ref}`digits`.\n\n```{code-cell} ipython3\n6 * 9\n```\n"
    )
    fork = Build(folder, *options_of_make)
    assert fork.status == 0, fork
    return fork


def replace(path: Path, words: dict[str, str]) -> None:
    """Replace words that a file has once each."""
    text = path.read_text("utf-8")
    for old, new in words.items():
        assert text.count(old) == 1, f"{path.name} has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def test_a_new_chapter_is_all_that_a_fork_executes(fork):
    assert fork.executed == [OURS]
    assert "54" in plain(article(fork.html, OURS).select_one("div.cell_output"))


def test_a_fork_has_its_own_name_on_every_page(fork):
    for page in [*PAGES_OF_FORK, *MADE_BY_SPHINX]:
        tree = soup(fork.html, page)
        assert plain(tree.title).endswith(NAMES["title"])
        assert plain(tree.select_one(".logo__title")) == NAMES["title"]
        assert f"By {NAMES['author']}" in plain(tree.select_one(".bd-footer-content"))
        if page in PAGES_OF_FORK:
            buttons = repository_links(tree)
            assert buttons
            assert all(link.startswith(NAMES["repository"]) for link in buttons)
    assert plain(article(fork.html, "index").h1).removesuffix("#") == NAMES["title"]


def test_no_trace_of_the_old_name(fork, old):
    names = "|".join(re.escape(name) for name in old.values())
    pattern = re.compile(names.replace("'", "(?:'|’|&#39;)"), re.IGNORECASE)
    # Not .ipynb: `make notebooks` puts the address in, and test_notebooks sees to it.
    kinds = (".html", ".js", ".css", ".svg")
    texts = [path for path in fork.html.rglob("*") if path.suffix in kinds]
    assert {path.suffix for path in texts} == set(kinds)
    assert [p for p in texts if pattern.search(p.read_text("utf-8"))] == []


def test_a_fork_without_solutions_links_to_none(fork):
    assert not (fork.html / f"{SOLUTIONS}.html").exists()
    for page in PAGES_OF_FORK:
        assert soup(fork.html, page).select(".to-solution, .solution") == []
        addresses = links(fork.html / f"{page}.html")
        assert [link for link in addresses if "solutions.html" in link] == []
    assert article(fork.html, "chapters/digits").select("div.exercise")


def test_the_links_of_a_fork_lead_somewhere(fork):
    for page in [*PAGES_OF_FORK, *MADE_BY_SPHINX]:
        assert faults(fork.html / f"{page}.html", fork.html) == [], page


def test_a_new_chapter_is_in_the_contents_of_every_page(fork):
    for page in PAGES_OF_FORK:
        contents = soup(fork.html, page).select(".bd-sidebar-primary nav a")
        assert "A chapter of ours" in [plain(link) for link in contents], page
