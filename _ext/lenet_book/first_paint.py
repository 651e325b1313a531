"""What a browser must know before it shows a page, so that nothing moves afterwards.

The sizes of images; the colours, which the theme else chooses after it has shown the
page; and the type. No page needs these scripts to be read: without them it is light,
and its type may come a moment later.
"""

import io
import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from urllib.request import urlopen

import imagesize
from docutils import nodes
from sphinx.application import Sphinx

#: The faces that every page shows at once.
FACES = ("serif-regular", "serif-bold", "sans-regular", "sans-bold")

#: The theme's own setting, "auto", to light or dark, in the words that it stores.
COLOURS = """
if ((localStorage.getItem("mode") || "auto") === "auto") {
  localStorage.setItem("mode", "auto");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  localStorage.setItem("theme", dark ? "dark" : "light");
}"""

#: A script, since browsers refuse to load type ahead from file:// and complain.
TYPE = """
if (location.protocol !== "file:") for (const face of FACES) {
  const href = `${document.documentElement.dataset.content_root}_static/fonts/${face}`;
  const how = {rel: "preload", as: "font", type: "font/woff2", crossOrigin: ""};
  document.head.append(Object.assign(document.createElement("link"), how, {href}));
}"""

IMAGE = re.compile(r'<img\b(?![^>]*\swidth=)[^>]*?\ssrc="([^"]+)"')


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events, before the tags of ``findable`` are added."""
    app.connect("html-page-context", prepare, priority=400)


def prepare(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the scripts into the head of a page, and sizes to its images."""
    # Asking for a face that no word is set in is a mistake, of which browsers complain.
    italic = ["serif-italic"] if "<em>" in context.get("body", "") else []
    faces = [f"{name}.woff2" for name in [*FACES, *italic]]
    script = COLOURS + TYPE.replace("FACES", json.dumps(faces))
    context["metatags"] = f"{context.get('metatags', '')}<script>{script}\n</script>"
    if doctree is not None:
        files = {name: source for source, name in app.builder.images.items()}

        def with_size(tag: re.Match[str]) -> str:
            size = measure(tag[1], Path(app.srcdir), files)
            return tag[0] + (' width="{}" height="{}"'.format(*size) if size else "")

        context["body"] = IMAGE.sub(with_size, context["body"])


def measure(address: str, root: Path, files: dict[str, str]) -> tuple[int, int] | None:
    """Width and height of an image in pixels, or None if it does not tell them.

    Args:
        address: The image as its page names it: a file of the site, or ``data:``.
        root: The folder of the book.
        files: Where in it each image comes from, by its name in the site.
    """
    if address.startswith("data:"):
        with urlopen(unescape(address)) as inside:
            image = io.BytesIO(inside.read())
    else:
        source = files.get(unquote(address).rpartition("/")[2])
        if source is None:
            return None
        image = io.BytesIO((root / source).read_bytes())
    try:
        width, height = imagesize.get(image)
    except ValueError:  # a drawing that is as wide as its place
        return None
    return (round(width), round(height)) if min(width, height) > 0 else None
