"""A notebook of every chapter, in plain Markdown, for Colab and JupyterLab.

MyST, the language of the chapters, shows as raw text there. So ``make notebooks`` runs
a Sphinx builder over the same finished chapters as the pages, executing nothing again,
and writes ``notebooks/<chapter>.ipynb``: citations, references and numbers resolved,
outputs empty, the code cells as in the chapter. It goes one way only; a notebook is
never edited by hand.

The notebooks are kept in git and compared with the chapters by a test, so they must
come out the same in every clone. They name the addresses in ``_config.yml`` and nothing
else: with the placeholder there, they have no link to Colab. Pages are made where they
are published, and may link to the clone's own GitHub remote.

==============  ===============================================================
``builder``     the Sphinx builder: one notebook for one chapter
``translator``  the chapter's text as Markdown, with marks where code cells go
``cells``       marks and Markdown to the notebook's cells
``pages``       the notebooks within the site: buttons for Colab and download
==============  ===============================================================
"""

from sphinx.application import Sphinx
from sphinx.config import Config

from lenet_book.notebooks import pages
from lenet_book.notebooks.builder import NotebookBuilder


def setup(app: Sphinx) -> None:
    """Add the builder, and the buttons to the pages."""
    app.setup_extension("sphinx_markdown_builder")  # for its settings
    app.add_builder(NotebookBuilder)
    app.connect("config-inited", choose_outputs)
    pages.setup(app)


def choose_outputs(app: Sphinx, config: Config) -> None:
    """Let myst-nb keep the images of cells: their texts tell what is seen."""
    config.nb_mime_priority_overrides = [
        *config.nb_mime_priority_overrides,
        *[(NotebookBuilder.name, kind, 10) for kind in ("image/svg+xml", "image/png")],
        (NotebookBuilder.name, "text/plain", 20),
    ]
