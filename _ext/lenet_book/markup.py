"""Sound HTML where the tools that we stand on leave a fault."""

from docutils import nodes
from sphinx.application import Sphinx

REPEATED = ("exercise-content", "solution-content")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("doctree-read", make_ids_unique)
    app.connect("doctree-read", mend_table_corners)


def make_ids_unique(app: Sphinx, doctree: nodes.document) -> None:
    """Name the inside of exercises and solutions after them; else all have one name."""
    for section in doctree.findall(nodes.section):
        if section["ids"] and section["ids"][0] in REPEATED:
            section["ids"] = [f"{section.parent['ids'][0]}-content"]


def mend_table_corners(app: Sphinx, doctree: nodes.document) -> None:
    """Make the empty corner of a pandas table a plain cell; it is nobody's header."""
    for output in doctree.findall(nodes.raw):
        mended = output.astext().replace("<th></th>", "<td></td>")
        output.children = [nodes.Text(mended)]
