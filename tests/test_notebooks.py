"""The notebooks: made from the chapters, and plain to read."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXTENSION = ROOT / "_ext" / "lenet_book"

#: The tag of cells that wait for an answer, and what stands in one without a starter.
EXERCISE, ANSWER = "exercise", "# Your answer"

#: What MyST leaves behind when it is not resolved.
RAW_MYST = {
    "a role": r"\{[\w:-]+\}`",
    "a directive": r"^\s*(`{3,}|~{3,}|:{3,})\s*\{",
    "a fence of colons": r"^\s*:::",
    "an option": r"^\s*:\w[\w-]*: ",
    "a target": r"^\([\w-]+\)=",
    "a footnote": r"\[\^",
    "a comment": r"^% ",
    "a mark of ours": "[\ue000-\uf8ff]",
}


def build(book: Path, *arguments: str) -> None:
    """Build a book, by default its pages; any warning is an error."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ".", "-W", "-n", "--keep-going", *arguments]
    done = subprocess.run(command, cwd=book, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def build_notebooks(book: Path) -> Path:
    """Build a book's notebooks; return their folder."""
    shutil.rmtree(book / "_build" / "notebooks", ignore_errors=True)
    build(book, "--builder", "custom", "--custom-builder", "notebooks")
    return book / "_build" / "notebooks"


def read(file: Path) -> nbformat.NotebookNode:
    """Read a notebook."""
    return nbformat.read(file, as_version=4)


def text(notebook: nbformat.NotebookNode) -> str:
    """All Markdown of a notebook."""
    cells = notebook.cells
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


def waits(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell waits for an answer."""
    return EXERCISE in cell.metadata.get("tags", [])


def front_matter(page: Path) -> dict:
    """What a page says of itself between the two lines of dashes."""
    return yaml.safe_load(page.read_text("utf-8").split("---\n", 2)[1])


def name(file: Path) -> str:
    """A test's name for a notebook."""
    return file.stem


each_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=name)


# Made from the chapters


def test_every_chapter_has_its_notebook():
    toc = (ROOT / "_toc.yml").read_text()
    chapters = [
        chapter
        for chapter in sorted(re.findall(r"chapters/([\w-]+)", toc))
        if front_matter(ROOT / "chapters" / f"{chapter}.md").get("notebook") != "none"
    ]
    assert [f.stem for f in NOTEBOOKS] == chapters


def is_made_from(found: str, wanted: str, pattern: str) -> bool:
    """Whether a notebook is as it should be, but for numbers quoted from a run.

    These depend on the processor a little. The pattern has a mark for each of them.
    """
    parts = map(re.escape, pattern.split("\ue001"))
    number = r'[^"\\]{0,90}?'  # within one line of JSON
    return found == wanted or bool(re.fullmatch(number.join(parts), found))


def test_notebooks_are_made_from_the_chapters():
    made = build_notebooks(ROOT)
    for file in NOTEBOOKS:
        wanted = made / file.name
        texts = [f.read_text("utf-8") for f in (wanted, wanted.with_suffix(".pattern"))]
        assert is_made_from(file.read_text("utf-8"), *texts), (
            f"notebooks/{file.name} differs from its chapter: run `make notebooks`"
        )


def test_only_quoted_numbers_may_differ():
    wanted, pattern = '"source": "1.41 % of 10,000"', '"source": "\ue001 % of 10,000"'
    assert is_made_from(wanted.replace("1.41", "1.5"), wanted, pattern)
    assert not is_made_from(wanted.replace("10,000", "9,000"), wanted, pattern)
    assert not is_made_from(wanted.replace("1.41", '1.41", "id": "2'), wanted, pattern)


@each_notebook
def test_code_is_the_chapters(file):
    notebook = read(file)
    chapter = jupytext.read(ROOT / notebook.metadata["lenet_book"]["chapter"])
    wanted = [cell.source for cell in chapter.cells if cell.cell_type == "code"]
    _, *code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code if not waits(cell)] == wanted


@each_notebook
def test_every_exercise_is_a_heading_a_task_and_a_starter(file):
    notebook = read(file)
    chapter = (ROOT / notebook.metadata["lenet_book"]["chapter"]).read_text("utf-8")
    wanted = re.findall(
        r"^````\{exercise\} (.*?)\n:label: .*?\n```python\n(.*?)\n```\n````$",
        chapter,
        re.MULTILINE | re.DOTALL,
    )
    assert wanted and len(wanted) == len(re.findall(r"^`+\{exercise", chapter, re.M))
    found = []
    for task, cell in zip(notebook.cells, notebook.cells[1:], strict=False):
        if waits(cell):
            heading, _, text = task.source.partition("\n\n")
            title = re.fullmatch(r"#+ Exercise \d+(?:\.\d+)?: (.*)", heading).group(1)
            assert task.cell_type == "markdown" and text.strip()
            found.append((title, cell.source))
    assert found == wanted


@each_notebook
def test_notebook_holds_no_solution(file):
    solutions = jupytext.read(ROOT / "chapters" / "solutions.md").cells
    solved = {cell.source for cell in solutions if "check." in cell.source}
    for cell in read(file).cells:
        assert cell.source not in solved
        if re.search(r"\bcheck\.\w+\(", cell.source) and cell.cell_type == "code":
            assert waits(cell) and "..." in cell.source
        assert "sol-" not in cell.source and "{solution" not in cell.source


@each_notebook
def test_notebook_is_clean(file):
    notebook = read(file)
    nbformat.validate(notebook)
    assert notebook.nbformat == 4 and notebook.nbformat_minor >= 5
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
        assert set(cell.metadata) <= {"tags"}
        for tag in cell.metadata.get("tags", []):
            assert not tag.startswith(("hide-", "remove-"))


@each_notebook
def test_markdown_is_plain(file):
    plain = re.sub(r"```.*?```", "", text(read(file)), flags=re.DOTALL)
    for what, pattern in RAW_MYST.items():
        found = re.search(pattern, plain, flags=re.MULTILINE)
        assert not found, f"{what} in {file.name}: {found}"


@each_notebook
def test_every_figure_keeps_its_caption_and_its_words(file):
    notebook = read(file)
    chapter = jupytext.read(ROOT / notebook.metadata["lenet_book"]["chapter"])
    settings = [cell.metadata.get("mystnb", {}) for cell in chapter.cells]
    drawn = [setting for setting in settings if "figure" in setting]
    markdown = text(notebook)
    captions = re.findall(r"^\*\*Figure \d+(?:\.\d+)?\.\*\* \S", markdown, re.MULTILINE)
    assert len(captions) == len(drawn)
    for figure in drawn:
        if "image" in figure:  # an interactive figure brings its words with it
            assert figure["image"]["alt"].strip() in " ".join(markdown.split())


@each_notebook
def test_every_citation_is_in_the_reference_list(file):
    prose, _, references = text(read(file)).rpartition("## References")
    prose = re.sub(r"`[^`]*`", "", prose)  # [0] is an index there
    cited = {
        number
        for found in re.findall(r"\[(\d+(?:, \d+)*)\]", prose)
        for number in found.split(", ")
    }
    assert cited == set(re.findall(r"^\[(\d+)\] \S", references, flags=re.MULTILINE))


# The set-up cell


def run_setup(source: str, monkeypatch, installed: bool) -> list[list[str]]:
    """Run a set-up cell; return the commands that it starts."""
    commands = []
    found = object() if installed else None
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    monkeypatch.setattr(
        "subprocess.run", lambda command, check: commands.append(command)
    )
    exec(source, {})
    return commands


@each_notebook
def test_setup_does_nothing_where_the_package_is(file, monkeypatch):
    setup = read(file).cells[1]
    assert setup.cell_type == "code"
    assert run_setup(setup.source, monkeypatch, installed=True) == []


def test_setup_says_what_to_do_while_the_address_is_unknown(cells, monkeypatch):
    with pytest.raises(ModuleNotFoundError, match="pip install /path/to/the/book"):
        run_setup(cells.setup_source("", "main"), monkeypatch, installed=False)


def test_setup_installs_the_package_from_a_known_address(cells, monkeypatch):
    setup = cells.setup_source("https://github.com/ada/book", "main")
    assert run_setup(setup, monkeypatch, installed=True) == []
    assert run_setup(setup, monkeypatch, installed=False) == [
        [sys.executable, "-m", "pip", "install", "-q",
         "git+https://github.com/ada/book@main"]
    ]  # fmt: skip


@pytest.fixture
def cells(monkeypatch):
    """The module that makes cells."""
    monkeypatch.syspath_prepend(str(EXTENSION.parent))
    from lenet_book.notebooks import cells

    return cells


def test_ids_depend_on_content_but_not_on_place_or_on_numbers(cells):
    def ids(*sources):
        notebook = [nbformat.v4.new_markdown_cell(source) for source in sources]
        cells.name_cells(notebook)
        return [cell.id for cell in notebook]

    first, second = ids("one", "two")
    assert ids("new", "one", "two")[1:] == [first, second]
    assert len(set(ids("same", "same"))) == 2
    assert ids("1 \ue0011.4\ue002 %") == ids("1 \ue0011.5\ue002 %")


# A small book with everything in it, published at a known address

CHAPTER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

(sample)=
# A sample of `everything`

```{note}
Costs \\$5 if 1 < 2 & *more*:

1. one
2. two
```

Term
: Its meaning, cited {footcite}`lecun1998gradient,lecun1990obd`.

```{code-cell} ipython3
:tags: [remove-cell]
hidden = 1
```

See {ref}`the other <other>`, [its equation](eq-other), {numref}`fig-static`,
{numref}`tab-sample`, {ref}`ex-sample` and <https://example.org>.

```{figure} ../_static/favicon.svg
:name: fig-static
:alt: The digit five.

A *static* picture.
```

```{table} With | a pipe.
:name: tab-sample

| left | `a\\|b` |
|:--|--:|
| 2.00 | [x](https://example.org) |
```

\\begin{align}
a &= b
\\end{align}

## Next

```{exercise-start} Try it
:label: ex-sample
```
Text.
```{code-cell} ipython3
:tags: [hide-input, keep]
hidden + 1
```
```{exercise-end}
```

````{exercise} Fill in · 1 minute
:label: ex-sample-fill
What is it, in `Python`?

```python
answer = ...
print(answer)
```
````

% a comment

## References

```{footbibliography}
```

```{code-cell} ipython3
:tags: [remove-cell]
hidden + 2
```
"""

OTHER = f"""\
{CHAPTER.partition("(sample)=")[0]}
(other)=
# Other

$$ x $$ (eq-other)
"""

SOLUTIONS = """\
NOTHING_NEW
notebook: none
---

# Solutions

```{solution-start} ex-sample-fill
:label: sol-sample-fill
:class: dropdown
```

It is this.

```{code-cell} ipython3
secret = 6 * 7
```

```{solution-end}
```
""".replace("NOTHING_NEW", CHAPTER.partition("\n---\n")[0])


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A built book of two chapters and solutions, published at ada/book on GitHub."""
    book = tmp_path_factory.mktemp("a small book")
    for folder in ("_ext", "_static"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, book / folder, ignore=ignored)
    shutil.copy(ROOT / "references.bib", book)
    config = (ROOT / "_config.yml").read_text()
    config = re.sub(r"url: \S+\.invalid\S*", "url: https://github.com/ada/book", config)
    config = config.replace("html:\n", "html:\n  baseurl: https://ada.example/book\n")
    (book / "_config.yml").write_text(config)
    if (ROOT / "_build" / ".fonts").exists():  # they take half a minute to make
        shutil.copytree(ROOT / "_build" / ".fonts", book / "_build" / ".fonts")
    toc = "format: jb-book\nroot: index\nparts:\n- numbered: 1\n  chapters:\n"
    toc += "  - file: chapters/sample\n  - file: chapters/other\n"
    toc += "- chapters:\n  - file: chapters/solutions\n"
    (book / "_toc.yml").write_text(toc)
    (book / "index.md").write_text("# Index\n")
    (book / "chapters").mkdir()
    (book / "chapters" / "sample.md").write_text(CHAPTER)
    (book / "chapters" / "other.md").write_text(OTHER)
    (book / "chapters" / "solutions.md").write_text(SOLUTIONS)
    shutil.copytree(build_notebooks(book), book / "notebooks")
    build(book)
    return book


@pytest.fixture(scope="module")
def sample(book) -> nbformat.NotebookNode:
    """The notebook of the sample chapter."""
    return read(book / "notebooks" / "sample.ipynb")


def test_sample_in_full(sample):
    shown = [
        re.sub(r"base64,[\w+/=]+\)", "…)", cell.source).replace("\xa0", " ")
        for cell in [sample.cells[0], *sample.cells[2:]]
    ]
    assert shown == [
        "# 1. A sample of `everything`\n\n"
        "[![Open in Colab](data:image/png;…)](https://colab.research.google.com/github/ada/book/blob/main/"
        "notebooks/sample.ipynb) · "
        "[Read this chapter as a page](https://ada.example/book/chapters/sample.html)",
        "> **Note**\n>\n> Costs \\$5 if 1 &lt; 2 & *more*:\n>\n> 1. one\n> 2. two\n\n"
        "- **Term**\n\n  Its meaning, cited [1, 2].",
        "hidden = 1",
        "See [the other](https://ada.example/book/chapters/other.html#other), "
        "[(2.1)](https://ada.example/book/chapters/other.html#equation-eq-other)"
        ", Figure 1.1,\nTable 1.1, Exercise 1.1 and "
        "[https://example.org](https://example.org).\n\n"
        "![The digit five.](data:image/svg+xml;…)\n\n"
        "**Figure 1.1.** A *static* picture.\n\n*In words:* The digit five.\n\n"
        "**Table 1.1.** With | a pipe.\n\n"
        "| left | `a\\|b` |\n| :-- | --: |\n| 2.00 | [x](https://example.org) |\n\n"
        "\\begin{align}\na &= b\n\\tag{1.1}\n\\end{align}",
        "## Next",
        "### Exercise 1.1: Try it\n\nText.",
        "hidden + 1",
        ANSWER,
        "### Exercise 1.2: Fill in · 1 minute\n\nWhat is it, in `Python`?",
        "answer = ...\nprint(answer)",
        "## References\n\n"
        "[1] Yann LeCun, Léon Bottou, Yoshua Bengio, and Patrick Haffner. "
        "Gradient-based learning applied to document recognition. "
        "*Proceedings of the IEEE*, 86(11):2278–2324, 1998. "
        "[doi:10.1109/5.726791](https://doi.org/10.1109/5.726791).\n\n"
        "[2] Yann LeCun, John S. Denker, and Sara A. Solla. Optimal brain damage. In "
        "David S. Touretzky, editor, *Advances in Neural Information Processing "
        "Systems 2*, 598–605. Morgan Kaufmann, 1990.",
        "hidden + 2",
    ]
    assert [(c.source, c.metadata) for c in sample.cells if c.metadata] == [
        ("hidden + 1", {"tags": ["keep"]}),
        (ANSWER, {"tags": [EXERCISE]}),
        ("answer = ...\nprint(answer)", {"tags": [EXERCISE]}),
    ]


def test_a_page_may_have_no_notebook(book, sample):
    made = sorted(file.name for file in (book / "notebooks").iterdir())
    assert [name for name in made if name.endswith(".ipynb")] == [
        "other.ipynb",
        "sample.ipynb",
    ]
    html = book / "_build" / "html" / "chapters"
    assert "secret" in (html / "solutions.html").read_text("utf-8")
    assert all("secret" not in cell.source for cell in sample.cells)
    assert not {"Open in Colab", "Download the notebook"} & set(
        buttons(html / "solutions.html")
    )


def test_the_page_of_an_exercise_leads_to_its_solution(book, sample):
    page = book / "_build" / "html" / "chapters" / "sample.html"
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    links = [link["href"] for link in soup.select(".to-solution a")]
    assert links == ["solutions.html#sol-sample-fill"]
    assert "Solution" not in text(sample)


def test_setup_of_a_published_book_installs_it(sample):
    assert '"git+https://github.com/ada/book@main"' in sample.cells[1].source


def buttons(page: Path) -> dict[str, str]:
    """What the header of a page links to, by tooltip."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    links = soup.select(".article-header-buttons > a")
    return {link["title"]: link["href"] for link in links if link.get("title")}


def test_pages_open_and_give_the_notebook(book):
    page = book / "_build" / "html" / "chapters" / "sample.html"
    found = buttons(page)
    assert found["Open in Colab"] == (
        "https://colab.research.google.com/github/ada/book/blob/main/"
        "notebooks/sample.ipynb"
    )
    served = page.parent / found["Download the notebook"]
    assert served.read_bytes() == (book / "notebooks" / "sample.ipynb").read_bytes()


def test_a_page_without_notebook_has_no_button_for_one(book):
    assert not {"Open in Colab", "Download the notebook"} & set(
        buttons(book / "_build" / "html" / "index.html")
    )


def test_download_needs_no_address(cells, tmp_path):
    from lenet_book.notebooks import pages

    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "one.ipynb").touch()
    config = SimpleNamespace(html_theme_options={"repository_url": ""})
    app = SimpleNamespace(srcdir=tmp_path, config=config)
    context = {"header_buttons": ["theirs"], "pathto": lambda name, _: f"../{name}"}
    pages.add_buttons(app, "chapters/one", "page.html", context, None)
    download, theirs = context["header_buttons"]
    assert (download["url"], theirs) == ("../notebooks/one.ipynb", "theirs")


def test_building_twice_gives_the_same_bytes(book):
    def contents(folder):
        return {file.name: file.read_bytes() for file in folder.glob("*.ipynb")}

    assert contents(build_notebooks(book)) == contents(book / "notebooks")


def test_colab_needs_github(cells):
    from lenet_book import address

    opened = "https://colab.research.google.com/github/a/b/blob/dev/notebooks/c.ipynb"
    assert address.colab("https://github.com/a/b", "dev", "c") == opened
    assert address.colab("https://gitlab.com/a/b", "dev", "c") is None
    assert address.colab("", "dev", "c") is None
