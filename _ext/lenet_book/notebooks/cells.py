"""From Markdown with marks to the cells of a notebook."""

import hashlib
import re
from collections.abc import Iterator

import nbformat.v4 as nbf
from nbformat import NotebookNode

from lenet_book.notebooks.translator import CELL, END_QUOTED, QUOTED

#: Where the address of the book is known: install what is missing, as in Colab.
INSTALL = """\
# Set-up: installs lenet_lib, the book's own package, where it is missing.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("lenet_lib") is None:
    book = "git+{repository}@{branch}"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", book], check=True)
"""

#: Where it is not: say what to do.
EXPLAIN = """\
# Set-up: looks for lenet_lib, the book's own package.
import importlib.util

if importlib.util.find_spec("lenet_lib") is None:
    raise ModuleNotFoundError(
        "lenet_lib is missing: install it from your own copy of the book with "
        "`%pip install /path/to/the/book`, then run this cell again."
    )
"""

ANSWER = "# Your answer"

#: The tag of cells that wait for an answer.
EXERCISE = "exercise"

#: Tags that say how a page shows a cell; a notebook shows all.
PAGE_TAGS = ("hide-", "remove-")


def split(
    markdown: str,
    code: list[NotebookNode],
    starters: list[str],
    links: str,
    setup: str,
) -> Iterator[NotebookNode]:
    """Yield the cells of a notebook in their order.

    Args:
        markdown: the chapter's text, with a mark for each cell that is not text.
        code: the chapter's cells; a mark names one by its place.
        starters: the code that exercises begin with, likewise.
        links: a line to put below the title, or nothing.
        setup: the source of the set-up cell.
    """
    text, *rest = re.split(rf"^{CELL}(.*)$", markdown, flags=re.MULTILINE)
    texts = [text, *rest[1::2]]
    for text, mark in zip(texts, [*rest[::2], "text"], strict=True):
        kind, _, place = mark.partition(" ")
        if kind == "setup" and links:
            text = f"{text.strip()}\n\n{links}"
        if text.strip():
            yield nbf.new_markdown_cell(text.strip())
        if kind == "setup":
            yield nbf.new_code_cell(setup.rstrip())
        elif kind == "answer":
            yield nbf.new_code_cell(ANSWER, metadata={"tags": [EXERCISE]})
        elif kind == "starter":
            source = starters[int(place)].rstrip()
            yield nbf.new_code_cell(source, metadata={"tags": [EXERCISE]})
        elif kind == "code":
            cell = code[int(place)]
            tags = cell.metadata.get("tags", [])
            tags = [tag for tag in tags if not tag.startswith(PAGE_TAGS)]
            metadata = {"tags": tags} if tags else {}
            yield nbf.new_code_cell(cell.source, metadata=metadata)


def is_answer(cell: NotebookNode) -> bool:
    """Whether a cell waits for an answer, and is no code of the chapter's."""
    return EXERCISE in cell.metadata.get("tags", [])


def setup_source(repository: str, branch: str) -> str:
    """The set-up cell's code; an unknown repository is an empty text."""
    if not repository:
        return EXPLAIN
    return INSTALL.format(repository=repository, branch=branch)


def notebook(cells: list[NotebookNode], chapter: str) -> NotebookNode:
    """Put cells together to a notebook that says which chapter it was made from."""
    name_cells(cells)
    metadata = {
        "kernelspec": {
            "display_name": "Python 3",
            "language": "python",
            "name": "python3",
        },
        "language_info": {"name": "python"},
        "lenet_book": {"chapter": chapter},
    }
    return nbf.new_notebook(cells=cells, metadata=metadata)


def name_cells(cells: list[NotebookNode]) -> None:
    """Give each cell an id that depends on its content only, not on its place."""
    seen: dict[str, int] = {}
    for cell in cells:
        content = f"{cell.cell_type}\n{blank(cell.source)}".encode()
        name = hashlib.sha256(content).hexdigest()[:12]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def blank(text: str) -> str:
    """The text with nothing between the marks of numbers quoted from a run."""
    return re.sub(f"{QUOTED}.*?{END_QUOTED}", QUOTED, text)


def unmark(text: str) -> str:
    """The text without the marks of quoted numbers."""
    return text.replace(QUOTED, "").replace(END_QUOTED, "")
