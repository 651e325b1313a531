"""Exercises with sound HTML: sphinx-exercise gives the inside of each the same id."""

from docutils import nodes
from sphinx.application import Sphinx

REPEATED = "exercise-content"


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("doctree-read", make_ids_unique)


def make_ids_unique(app: Sphinx, doctree: nodes.document) -> None:
    """Name the inside of each exercise after the exercise."""
    for section in doctree.findall(nodes.section):
        if section["ids"] == [REPEATED]:
            section["ids"] = [f"{section.parent['ids'][0]}-content"]
