"""Rules for the source of the chapters; each prevents a failure named beside it."""

import ast
import re
from itertools import chain
from pathlib import Path

import jupytext
import pytest
import yaml
from pybtex.database import parse_file

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
#: Those that teach: the others, such as the solutions, have no notebook.
LESSONS = [p for p in CHAPTERS if "\nnotebook: none\n" not in p.read_text("utf-8")]
PAGES = [ROOT / "index.md", *CHAPTERS]

chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
lessons = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
pages = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)

#: A MyST role: its name and what stands between the backticks.
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
#: A directive's opening line: its fence, name and argument.
DIRECTIVE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\} ?(.*)$", re.MULTILINE)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def cells(path: Path, kind: str = "code") -> list:
    return [c for c in jupytext.read(path).cells if c.cell_type == kind]


def prose(path: Path) -> str:
    """A page without its code cells."""
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def roles(path: Path, name: str) -> list[str]:
    """What stands in a page's roles of one name."""
    return [content for role, content in ROLE.findall(prose(path)) if role == name]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def test_there_are_chapters_and_the_table_of_contents_has_all():
    """A chapter that is not listed is not built, and nobody notices."""
    toc = yaml.safe_load(text(ROOT / "_toc.yml"))
    listed = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    assert LESSONS  # who teaches may leave out the solutions
    assert {f"chapters/{path.stem}" for path in LESSONS} <= set(listed)


@chapters
def test_front_matter_says_that_the_file_is_a_notebook(path):
    """Without it the cells are shown and never run, and no notebook can be made."""
    _, front, _ = text(path).split("---\n", 2)
    metadata = yaml.safe_load(front)
    representation = metadata["jupytext"]["text_representation"]
    assert representation["format_name"] == "myst"
    assert representation["extension"] == ".md"
    assert metadata["kernelspec"]["name"] == "python3"
    assert metadata["kernelspec"]["language"] == "python"


@pages
def test_code_is_valid_python(path):
    """A cell that no test runs could otherwise be broken, and stay so."""
    for cell in cells(path):
        ast.parse(cell.source)


@pages
def test_code_fits_the_page(path):
    """Longer lines get a scroll bar, and on a phone nobody finds what is behind it."""
    lines = chain.from_iterable(cell.source.splitlines() for cell in cells(path))
    assert [line for line in lines if len(line) > 88] == []


@pages
def test_no_bar_widget_or_magic(path):
    """Bars and widgets leave a broken box in a built page, magics a setting."""
    for cell in cells(path):
        for word in ("tqdm", "ipywidgets", "%config", "%matplotlib", "%%", "!pip"):
            assert word not in cell.source, word


def draws(cell, module: str = "plotting") -> bool:
    """Whether a cell's result is a figure of the book, from this module."""
    last = ast.parse(cell.source).body[-1]
    return (
        isinstance(last, ast.Expr)
        and isinstance(last.value, ast.Call)
        and ast.unparse(last.value.func).startswith(f"{module}.")
    )


@chapters
def test_every_figure_has_a_name_a_caption_and_a_text_for_who_cannot_see_it(path):
    """Without a name no number; without an alt text a screen reader says "image"."""
    figures = [cell for cell in cells(path) if draws(cell)]
    assert figures or path not in LESSONS
    for cell in figures:
        if "remove-cell" in tags(cell) or "remove-output" in tags(cell):
            continue
        settings = cell.metadata.get("mystnb", {})
        figure, image = settings.get("figure", {}), settings.get("image", {})
        assert figure.get("name", "").startswith("fig-"), cell.source
        assert figure.get("caption", "").strip(), cell.source
        assert len(image.get("alt", "").split()) >= 5, cell.source


@chapters
def test_every_interactive_has_a_name_and_a_caption(path):
    """Where its script does not run it is a figure like others. It brings its text."""
    for cell in cells(path):
        if draws(cell, "widgets"):
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            assert figure.get("name", "").startswith("fig-"), cell.source
            assert figure.get("caption", "").strip(), cell.source


def figure_names(path: Path) -> list[str]:
    settings = (cell.metadata.get("mystnb", {}) for cell in cells(path))
    return [s["figure"]["name"] for s in settings if "name" in s.get("figure", {})]


def test_figures_have_names_of_their_own():
    """A name used twice leads to the wrong figure."""
    settings = (cell.metadata.get("mystnb", {}) for p in PAGES for cell in cells(p))
    names = [s["figure"]["name"] for s in settings if "name" in s.get("figure", {})]
    assert len(set(names)) == len(names)


@pages
def test_nothing_is_fetched_from_another_host(path):
    """The built book must work on a plane, and in ten years."""
    fetched = re.findall(
        r"!\[[^\]]*\]\(\s*(?:https?:)?//[^)]*\)"
        r"|<(?:img|script|iframe|link|source|video)\b[^>]*(?:https?:)?//[^>]*>"
        r"|\{(?:image|figure)\}\s*(?:https?:)?//\S*",
        text(path),
    )
    assert fetched == []
    for cell in cells(path):
        assert not re.search(r"\burlopen|\brequests\.|\bwget\b|https?://", cell.source)


@pages
def test_no_path_of_one_machine(path):
    """It would work on its author's machine only."""
    found = re.findall(
        r"(?<![\w.)\]}*:/])/(?:home|root|tmp|usr|var|opt|mnt|content|Users|work)/\S*"
        r"|\b[A-Z]:\\\S*|~/\S*",
        text(path),
    )
    assert found == []


# ---- Exercises -------------------------------------------------------------------


def exercises(path: Path) -> list[tuple[str, str]]:
    """Title and the line below it, for each exercise."""
    found = []
    lines = text(path).splitlines()
    for line, below in zip(lines, lines[1:], strict=False):
        match = DIRECTIVE.match(line)
        if match and match[2] == "exercise":
            found.append((match[3], below))
    return found


def test_every_exercise_has_a_title_and_a_label_of_its_own():
    """Solutions, links and the notebooks find an exercise by its label."""
    labels = []
    for path in CHAPTERS:
        assert exercises(path) or path not in LESSONS, f"{path.name} has none"
        for title, below in exercises(path):
            assert title.strip(), (path.name, below)
            label = re.fullmatch(r":label: (ex-[a-z0-9-]+)", below)
            assert label, (path.name, title)
            assert label[1].startswith(f"ex-{path.stem}-")
            labels.append(label[1])
    assert len(set(labels)) == len(labels)


# ---- Citations -------------------------------------------------------------------


def cited(path: Path) -> set[str]:
    """The keys that a page cites."""
    keys = (
        content.split(",")
        for role, content in ROLE.findall(prose(path))
        if "cite" in role
    )
    return {key.strip() for key in chain.from_iterable(keys)}


@lessons
def test_a_chapter_ends_with_its_references(path):
    """Citations below the list would have no footnote to lead to."""
    headings = re.findall(r"^##? .*$", prose(path), re.MULTILINE)
    assert headings[-1] == "## References"
    _, last = text(path).rsplit("\n## References\n", 1)
    assert last.strip() == "```{footbibliography}\n```"
    assert cited(path)
    assert not roles(path, "cite"), "{footcite}, for the footnotes of this page"


def test_citations_and_the_bibliography_are_the_same_set():
    """An unknown key shows as [?]; an entry nobody cites was probably meant to be."""
    entries = set(parse_file(ROOT / "references.bib").entries)
    assert set().union(*map(cited, PAGES)) == entries


# ---- Numbers in the text ---------------------------------------------------------


def glued(path: Path) -> tuple[set[str], list[str]]:
    """Names that a page's cells glue, and patterns of names made in a loop."""
    names, patterns = set(), []
    for cell in cells(path):
        for call in ast.walk(ast.parse(cell.source)):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) != "glue":
                continue
            for keyword in call.keywords:
                if keyword.arg:
                    names.add(keyword.arg)
                elif isinstance(keyword.value, ast.Dict):
                    add_key(keyword.value.keys, names, patterns)
                elif isinstance(keyword.value, ast.DictComp):
                    add_key([keyword.value.key], names, patterns)
                else:
                    raise AssertionError(f"which names? {ast.unparse(keyword.value)}")
    return names, patterns


def add_key(keys: list, names: set[str], patterns: list[str]) -> None:
    """Sort keys of a dictionary into names and patterns."""
    for key in keys:
        if isinstance(key, ast.Constant):
            names.add(key.value)
        elif isinstance(key, ast.JoinedStr):
            parts = (
                re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+"
                for part in key.values
            )
            patterns.append("".join(parts))
        else:
            raise AssertionError(f"which name? {ast.unparse(key)}")


@pages
def test_every_number_that_the_text_quotes_is_glued_by_a_cell(path):
    """A name that no cell glues leaves a hole in the sentence."""
    names, patterns = glued(path)
    quoted = [content.split(":")[0] for content in roles(path, "glue:text")]
    for name in quoted:
        known = name in names or any(re.fullmatch(p, name) for p in patterns)
        assert known, name


@pages
def test_every_number_that_a_cell_glues_is_quoted(path):
    """One that is not was probably typed into the text, where it can become wrong."""
    names, patterns = glued(path)
    quoted = {content.split(":")[0] for content in roles(path, "glue:text")}
    assert names <= quoted
    for pattern in patterns:
        assert any(re.fullmatch(pattern, name) for name in quoted), pattern


@pages
def test_a_format_ends_in_its_type(path):
    """Without a letter at the end (`error:.2`) myst-nb takes the value for text."""
    for content in roles(path, "glue:text"):
        _, colon, form = content.partition(":")
        assert not colon or re.fullmatch(r"[^:]*[sdeEfFgGn%]", form), content


@chapters
def test_cells_that_only_glue_are_not_shown(path):
    """A reader of the page wants the number, not our bookkeeping."""
    for cell in cells(path):
        body = ast.parse(cell.source).body
        if isinstance(body[-1], ast.Expr) and ast.unparse(body[-1]).startswith("glue("):
            assert "remove-cell" in tags(cell), cell.source


@chapters
def test_definitions_for_the_benchmarks_define_and_do_no_more(path):
    """They are run wherever a benchmark needs the network."""
    for cell in cells(path):
        if "definition" in tags(cell):
            kinds = {type(node) for node in ast.parse(cell.source).body}
            assert kinds <= {ast.ClassDef, ast.FunctionDef}
            assert not {"hide-input", "remove-cell"} & set(tags(cell))


@pages
def test_no_line_of_text_begins_as_a_comment(path):
    """MyST takes a line that begins with % for one, and the words after it are gone."""
    assert not re.findall(r"^\s*%.*$", prose(path), flags=re.MULTILINE)


@pages
def test_directives_are_closed(path):
    """An open fence swallows the rest of the page, without a warning."""
    assert text(path).count("```") % 2 == 0


@chapters
def test_code_that_names_a_results_file_names_one_that_exists(path):
    """A cell that fails stops the whole build."""
    for name in re.findall(r"results/([\w.-]+\.json)", text(path)):
        assert (ROOT / "results" / name).exists(), name
