"""The Sphinx builder that makes one notebook for one chapter."""

import base64
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urljoin

import jupytext
import nbformat
from docutils import nodes
from docutils.io import StringOutput
from nbformat import NotebookNode
from sphinx.util import logging
from sphinx_markdown_builder.builder import MarkdownBuilder

from lenet_book import address
from lenet_book.notebooks import cells
from lenet_book.notebooks.translator import NotebookTranslator, starters

logger = logging.getLogger(__name__)

#: The button of a notebook, as tools/draw_badge.py draws it.
BADGE = Path(__file__).with_name("colab.png")

#: The folder of pages that have a notebook.
CHAPTERS = "chapters/"


class NotebookBuilder(MarkdownBuilder):
    """Writes ``<name>.ipynb`` for each ``chapters/<name>``, from its finished doctree.

    Beside it lies ``<name>.pattern``: the same text, with a mark in place of each
    number that comes from a run. Another processor rounds otherwise, so such numbers
    may differ from machine to machine; all else may not.
    """

    name = "notebooks"
    epilog = "The notebooks are in %(outdir)s."
    default_translator_class = NotebookTranslator

    def get_outdated_docs(self) -> Iterable[str]:
        """Make all of them, always: it takes a moment, and they quote each other."""
        return self.env.found_docs

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """The address of a page within the site, where links lead."""
        return f"{docname}.html"

    def on_site(self, docname: str, link: str = "") -> str:
        """A link on a page in full; empty while the site has no known address."""
        base = self.config.html_baseurl
        if not base:
            return ""
        page = f"{base.rstrip('/')}/{self.get_target_uri(docname)}"
        return urljoin(page, link)

    def prepare_writing(self, docnames: set[str]) -> None:
        """Remove what an earlier run left: its chapter may be gone."""
        super().prepare_writing(docnames)
        for suffix in ("ipynb", "pattern"):
            for file in Path(self.outdir).glob(f"*.{suffix}"):
                file.unlink()

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write the notebook of one chapter."""
        if not has_notebook(docname, self.env.metadata[docname]):
            return
        self.current_doc_name = docname
        source = Path(self.env.doc2path(docname))
        chapter = jupytext.read(source).cells
        mark_removed_cells(doctree, chapter, self.env.metadata[docname]["source_map"])
        self.writer.write(doctree, StringOutput(encoding="unicode"))
        lines = [line.rstrip() for line in self.writer.output.splitlines()]

        name = docname.removeprefix(CHAPTERS)
        setup = cells.setup_source(self.config.lenet_repository, self.branch)
        begun = [block.astext() for block in starters(doctree)]
        parts = cells.split("\n".join(lines), chapter, begun, self.links(name), setup)
        relative = source.relative_to(self.srcdir).as_posix()
        notebook = cells.notebook(list(parts), relative)
        check(notebook, chapter, docname)

        text = nbformat.writes(notebook) + "\n"
        target = Path(self.outdir) / f"{name}.ipynb"
        target.write_text(cells.unmark(text), encoding="utf-8")
        target.with_suffix(".pattern").write_text(cells.blank(text), encoding="utf-8")

    @property
    def branch(self) -> str:
        """The branch of the repository that Colab takes notebooks and package from."""
        return self.config.html_theme_options.get("repository_branch") or "main"

    def links(self, name: str) -> str:
        """Where else the chapter can be had, as one line; empty if nowhere."""
        links = []
        if url := address.colab(self.config.lenet_repository, self.branch, name):
            badge = base64.b64encode(BADGE.read_bytes()).decode()
            links.append(f"[![Open in Colab](data:image/png;base64,{badge})]({url})")
        if page := self.on_site(CHAPTERS + name):
            links.append(f"[Read this chapter as a page]({page})")
        return " · ".join(links)


def has_notebook(docname: str, metadata: dict[str, str]) -> bool:
    """Whether a page has one: all chapters, unless their front matter says no."""
    return docname.startswith(CHAPTERS) and metadata.get("notebook") != "none"


def mark_removed_cells(
    doctree: nodes.document, chapter: list[NotebookNode], lines: list[int]
) -> None:
    """Put a stand-in where a page leaves a cell out: later cells may need it.

    Args:
        doctree: the finished chapter.
        chapter: its cells.
        lines: the line at which each of these begins.
    """
    shown = {
        node["cell_index"]
        for node in doctree.findall(nodes.container)
        if node.get("nb_element") == "cell_code"
    }
    sections = [doctree, *doctree.findall(nodes.section)]
    for index, cell in enumerate(chapter):
        if cell.cell_type != "code" or index in shown:
            continue
        stand_in = nodes.container(nb_element="cell_code", cell_index=index)
        stand_in.line = lines[index] + 1
        after = [
            block
            for section in sections
            for block in section.children
            if (block.line or 0) > lines[index]
        ]
        if after:
            first = min(after, key=lambda block: block.line)
            first.parent.insert(first.parent.index(first), stand_in)
        else:
            doctree.append(stand_in)


def check(notebook: NotebookNode, chapter: list[NotebookNode], docname: str) -> None:
    """Warn where the notebook has not the chapter's code, cell by cell, in order."""
    wanted = [cell.source for cell in chapter if cell.cell_type == "code"]
    found = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ours = [cell.source for cell in found[1:] if not cells.is_answer(cell)]
    if ours != wanted:
        logger.warning("the notebook has other code cells", location=docname)
