"""The notebooks within the site: a copy of each, and buttons on its chapter's page."""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lenet_book import address
from lenet_book.notebooks.builder import CHAPTERS


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events; the theme adds its own buttons at 500 and 501."""
    app.connect("html-page-context", add_buttons, priority=600)
    app.connect("build-finished", serve)


def add_buttons(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the notebook's buttons first in the header of its chapter's page."""
    name = pagename.removeprefix(CHAPTERS)
    file = Path(app.srcdir) / "notebooks" / f"{name}.ipynb"
    if name == pagename or not file.exists():
        return
    options = app.config.html_theme_options
    repository = options.get("repository_url", "")
    branch = options.get("repository_branch") or "main"
    buttons = []
    if url := address.colab(repository, branch, name):
        buttons.append(button("Open in Colab", url, "fas fa-rocket"))
    copy = context["pathto"](f"notebooks/{name}.ipynb", 1)
    buttons.append(button("Download the notebook", copy, "fas fa-download"))
    context["header_buttons"][:0] = buttons


def button(tooltip: str, url: str, icon: str) -> dict[str, str]:
    """A link in the form that the theme's header shows."""
    label = tooltip.lower().replace(" ", "-")
    return dict(type="link", tooltip=tooltip, url=url, icon=icon, label=label)


def serve(app: Sphinx, error: Exception | None) -> None:
    """Copy the notebooks into the finished site, so that it needs no other host."""
    if error or app.builder.format != "html":
        return
    target = Path(app.outdir) / "notebooks"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in sorted((Path(app.srcdir) / "notebooks").glob("*.ipynb")):
        shutil.copy(file, target)
