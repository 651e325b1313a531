"""Footnote citations ({footcite}) without false warnings, with a check that is true.

myst-parser looks for the footnotes before sphinxcontrib-bibtex has made them, and warns
of each. That one message is dropped here. Instead, each finished page is checked: a
citation without a footnote (its key is cited after the page's last
``{footbibliography}``, or there is none) gets the warning that it deserves.
"""

import logging

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging as sphinx_logging

logger = sphinx_logging.getLogger(__name__)

FALSE_WARNING = "No footnote definitions found for label: 'footcite-"


def setup(app: Sphinx) -> None:
    """Drop the false warning wherever it may be shown or counted; connect the check."""
    for handler in logging.getLogger("sphinx").handlers:
        handler.filters.insert(0, is_not_false_warning)
    app.connect("doctree-resolved", check)


def is_not_false_warning(record: logging.LogRecord) -> bool:
    """Whether to keep a message; a filter for Python's ``logging``."""
    return not record.getMessage().startswith(FALSE_WARNING)


def check(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Warn of each footnote reference that leads to no footnote of its page."""
    targets = {name for note in doctree.findall(nodes.footnote) for name in note["ids"]}
    for reference in doctree.findall(nodes.footnote_reference):
        if reference.get("refid") not in targets:
            logger.warning(
                "citation %s has no footnote: put a {footbibliography} below it",
                reference.get("refname", reference.astext()),
                location=(docname, reference.line),
            )
