"""``{printed-book}``: a link to the book as one PDF, where it has been printed.

``make pdf`` prints what a build has made, so the first build has nothing to offer; the
next one copies the PDF beside the pages. Until then there is no link.
"""

import shutil
import time
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lenet_book.times import MARK


class Placeholder(nodes.General, nodes.Element):
    """Where the link will stand: a page is read once, and printed afterwards."""


class PrintedBook(SphinxDirective):
    """Leaves a placeholder, and marks the page as one to write in every build."""

    def run(self) -> list[nodes.Node]:
        """Do so."""
        NbMetadataCollector.set_doc_data(self.env, self.env.docname, MARK, True)
        return [Placeholder()]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_node(Placeholder)
    app.add_directive("printed-book", PrintedBook)
    app.connect("doctree-resolved", fill_in)


def printed(app: Sphinx) -> Path | None:
    """The PDF that ``make pdf`` left, if it did; it leaves one at most."""
    if app.builder.name != "html":
        return None
    return next((Path(app.outdir).parent / "pdf").glob("*.pdf"), None)


def fill_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the link in place, and the PDF beside the pages; or leave nothing."""
    for placeholder in list(doctree.findall(Placeholder)):
        file = printed(app)
        placeholder.replace_self([] if file is None else [offer(app, file, docname)])


def offer(app: Sphinx, file: Path, docname: str) -> nodes.paragraph:
    """Copy the PDF to the pages; a line that links to it, with its size and its day."""
    shutil.copy(file, app.outdir)
    size = f"{file.stat().st_size / 1e6:.0f} MB"
    day = time.strftime("%Y-%m-%d", time.gmtime(file.stat().st_mtime))
    up = "../" * docname.count("/")
    link = nodes.reference("", "one PDF", internal=True, refuri=up + file.name)
    words = nodes.Text("For paper, the whole book is also "), link
    return nodes.paragraph("", "", *words, nodes.Text(f" ({size}, printed on {day})."))
