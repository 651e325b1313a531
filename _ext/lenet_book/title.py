"""The book's title, wherever it stands beside its place in ``_config.yml``.

It letters the logo, and fills in `{{ title }}` in a text: the welcome page's heading.
"""

from sphinx.application import Sphinx
from sphinx.config import Config


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events, before theme and parser read their options."""
    app.connect("config-inited", configure, priority=100)


def configure(app: Sphinx, config: Config) -> None:
    """Hand the title on to the theme and to the texts."""
    config.html_theme_options.setdefault("logo", {})["text"] = config.html_title
    config.myst_substitutions["title"] = config.html_title
