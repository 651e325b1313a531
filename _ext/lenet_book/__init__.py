"""What the book needs and no setting gives.

=============  ================================================================
``execution``  a cache that notices changed code; quiet kernels
``ahead``      chapters executed before they are read, several at a time
``citations``  footnote citations without false warnings, with a true check
``assets``     MathJax and the book's type, served with the pages
``address``    the repository's address, found or configured
``exercises``  a link from each exercise to its solution
``markup``     sound HTML where other tools leave a fault
``notebooks``  a notebook of every chapter, and its buttons on the page
``paper``      a link to the printed book, where it has been printed
``times``      how long the pages' cells ran, and the day of the build
``title``      the book's title on logo and welcome page
=============  ================================================================
"""

from sphinx.application import Sphinx

from lenet_book import (
    address,
    ahead,
    assets,
    citations,
    execution,
    exercises,
    markup,
    notebooks,
    paper,
    times,
    title,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the parts to Sphinx."""
    for part in (
        execution,
        ahead,
        citations,
        assets,
        address,
        exercises,
        markup,
        notebooks,
        paper,
        times,
        title,
    ):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
