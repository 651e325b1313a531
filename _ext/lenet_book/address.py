"""The repository's address: the clone's own GitHub remote, or the configured one.

The configured address is a placeholder until somebody publishes the book. While it
is, no page links to it: a button that leads nowhere is worse than none.
"""

import re
import subprocess
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

GITHUB = re.compile(r"(?:^|[/@])github\.com[:/](?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?/?$")


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events, before the theme reads its options."""
    app.add_config_value("lenet_repository", "", "", str)
    app.connect("config-inited", configure, priority=100)


def configure(app: Sphinx, config: Config) -> None:
    """Point the theme's repository buttons at the address, or leave them out."""
    options = config.html_theme_options
    configured = options.get("repository_url", "")
    # The notebooks must be the same in every clone, so they name no remote.
    config.lenet_repository = "" if is_placeholder(configured) else configured
    url = github_remote(Path(app.srcdir)) or configured
    known = not is_placeholder(url)
    options["repository_url"] = url if known else ""
    for button in ("repository", "issues", "edit_page"):
        options[f"use_{button}_button"] = known


def github_remote(root: Path) -> str | None:
    """The https address of the remote ``origin``, if that is on GitHub."""
    if not (root / ".git").exists():  # a folder in somebody else's clone, perhaps
        return None
    try:
        answer = subprocess.run(
            ["git", "-C", str(root), "config", "--get", "remote.origin.url"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:  # no git: the book came as an archive
        return None
    match = GITHUB.search(answer.stdout.strip())
    return f"https://github.com/{match['path']}" if match else None


def is_placeholder(url: str) -> bool:
    """Whether an address is missing or in .invalid, the domain that never exists."""
    host = re.sub(r"^\w+://", "", url).split("/")[0]
    return not host or host.endswith(".invalid")


def github_pages(url: str) -> str | None:
    """Where GitHub publishes the pages of a repository, if that is on GitHub."""
    match = GITHUB.search(url)
    if match is None:
        return None
    owner, name = match["path"].split("/")
    host = f"{owner}.github.io".lower()  # a name of a host, which has no capitals
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def colab(url: str, branch: str, name: str) -> str | None:
    """The address that opens a notebook of the repository in Colab, if it can."""
    match = GITHUB.search(url)
    if match is None:
        return None
    site = "https://colab.research.google.com/github"
    return f"{site}/{match['path']}/blob/{branch}/notebooks/{name}.ipynb"
