"""What the book needs and no setting gives.

===============  ==============================================================
``execution``    a cache that notices changed code; quiet kernels
``ahead``        chapters executed before they are read, several at a time
``citations``    footnote citations without false warnings, with a true check
``assets``       MathJax and the book's type, served with the pages
``address``      the repository's address, found or configured
``title``        the book's title on logo and welcome page
``findable``     descriptions, tags for other sites, canonical links, a sitemap
``cards``        the picture of a shared link, one for each page
``cite``         "Cite this page" and "Report an error" under each page
``lost``         the page where there is none
``first_paint``  sizes, colours and type before anything is shown
``icons``        the theme's icons, without those that no page shows
``exercises``    a link from each exercise to its solution
``markup``       sound HTML where other tools leave a fault
``notebooks``    a notebook of every chapter, and its buttons on the page
``paper``        a link to the printed book, where it has been printed
``times``        how long the pages' cells ran, and the day of the build
===============  ==============================================================
"""

from sphinx.application import Sphinx

from lenet_book import (
    address,
    ahead,
    assets,
    cards,
    citations,
    cite,
    execution,
    exercises,
    findable,
    first_paint,
    icons,
    lost,
    markup,
    notebooks,
    paper,
    times,
    title,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the parts to Sphinx."""
    parts = (
        execution,
        ahead,
        citations,
        assets,
        address,
        title,
        findable,
        cards,
        cite,
        lost,
        first_paint,
        icons,
        exercises,
        markup,
        notebooks,
        paper,
        times,
    )
    for part in parts:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
