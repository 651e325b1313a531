"""Exercises and their solutions on the built pages, and a book without solutions."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import PAGES, ROOT, Build

SOLUTIONS = "chapters/solutions"
LABEL = re.compile(r"{exercise} .*\n:label: (ex-[\w-]+)")
SOURCES = {page: (ROOT / f"{page}.md").read_text("utf-8") for page in PAGES}


def soup(book, page: str) -> BeautifulSoup:
    """A built page."""
    return BeautifulSoup((book / f"{page}.html").read_text("utf-8"), "html.parser")


@pytest.fixture(scope="module")
def solved(book) -> dict[str, BeautifulSoup]:
    """The boxes of solutions by their ids; none, if the book leaves them out."""
    if SOLUTIONS not in PAGES:
        return {}
    return {box["id"]: box for box in soup(book, SOLUTIONS).select("div.solution")}


@pytest.mark.parametrize(
    "chapter, label",
    [(page, label) for page, text in SOURCES.items() for label in LABEL.findall(text)],
)
def test_an_exercise_leads_to_a_solution_that_is_right(book, solved, chapter, label):
    exercise = soup(book, chapter).find(id=label)
    links = [link["href"] for link in exercise.select(".to-solution a")]
    if not solved:
        assert links == []
        return
    (link,) = links
    where, _, anchor = link.partition("#")
    assert where == "solutions.html"
    box = solved[anchor]
    back = box.select_one(".admonition-title a")["href"]
    assert back == f"{chapter.removeprefix('chapters/')}.html#{label}"
    assert "dropdown" in box["class"]
    said = [output.text for output in box.select(".cell_output")]
    assert any("✔ Right: " in text for text in said), said
    assert not any("✘" in text for text in said), said


def test_the_code_to_begin_with_is_on_the_page(book):
    exercise = soup(book, "chapters/digits").find(id="ex-digits-ink")
    assert (
        exercise.select_one("pre")
        .text.rstrip()
        .endswith("most = ...\nleast = ...\ncheck.most_ink(most, least)")
    )


def test_nothing_but_exercises_leads_to_solutions():
    """So that one line of _toc.yml is all that a book without solutions drops."""
    for page, text in SOURCES.items():
        if page != SOLUTIONS:
            found = re.search(r"[`(<]sol-|\]\(\S*solutions|}`[^`]*\bsolutions>?`", text)
            assert not found, f"{page} names {found}"


EXERCISE = """\
# Tiny

````{exercise} Twice two · 1 minute
:label: ex-tiny-two
What is it?

```python
answer = ...
```
````
"""
SOLUTION = """\
# Solutions

```{solution-start} ex-tiny-two
:label: sol-tiny-two
:class: dropdown
```

Four.

```{solution-end}
```
"""


def test_a_book_without_solutions_has_no_warning_either(small_book, options_of_make):
    (small_book / "chapters" / "tiny.md").write_text(EXERCISE)
    (small_book / "chapters" / "solutions.md").write_text(SOLUTION)
    toc = small_book / "_toc.yml"
    without = toc.read_text()
    toc.write_text(without + f"  - file: {SOLUTIONS}\n")
    build = Build(small_book, *options_of_make)
    assert build.status == 0, repr(build)
    exercise = soup(build.html, "chapters/tiny").find(id="ex-tiny-two")
    assert (
        exercise.select_one(".to-solution a")["href"] == "solutions.html#sol-tiny-two"
    )

    toc.write_text(without)
    build = Build(small_book, *options_of_make)
    assert build.status == 0, repr(build)
    exercise = soup(build.html, "chapters/tiny").find(id="ex-tiny-two")
    assert exercise.select_one("pre") and not exercise.select_one(".to-solution")
