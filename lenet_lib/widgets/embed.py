"""How an interactive figure gets into a page: as HTML that needs nothing else.

A figure is a picture first: an SVG with a text that tells what is seen. Where scripts
run, the figure's own script takes the picture's place; in a notebook that is not
trusted, or with scripts switched off, the picture stays, and paper gets it, too.

The scripts lie in ``static`` as plain modules of today's JavaScript. Browsers load no
modules from ``file://``, so the modules that a figure needs are joined into one script
within its markup. Nothing in the markup is random: two builds give the same page, and
copies of a figure on one page are told apart by where they stand.
"""

import base64
import io
import json
import re
from functools import cache
from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

STATIC = Path(__file__).with_name("static")

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
_DOCS = re.compile(r"^ */\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export (?=const|function|class)", re.MULTILINE)


class Widget:
    """An interactive figure. As the last value of a cell, it shows itself.

    Args:
        name: of the script and the style in ``static``, without their endings.
        data: what the script is given; anything that JSON can hold.
        picture: what is shown where scripts do not run, and on paper: a figure, which
            becomes SVG, or the bytes of a PNG.
        alt: the picture in words.
    """

    def __init__(
        self, name: str, data: dict, picture: Figure | bytes, alt: str
    ) -> None:
        self.name = name
        self.data = data
        self.picture = picture
        self.alt = alt

    def __repr__(self) -> str:
        return f"<interactive figure {self.name}: {self.alt}>"

    def _repr_html_(self) -> str:
        """The figure as one piece of HTML, for notebooks and for the book."""
        kind = self.name.replace("_", "-")
        return (
            f'<div class="lenet-figure" data-figure="{kind}">\n'
            f"<style>\n{style(self.name)}</style>\n"
            f'<img alt="{escape(self.alt)}" src="{_source(self.picture)}">\n'
            f'<script type="application/json">{_inert(self.data)}</script>\n'
            f"<script>\n{script(self.name)}</script>\n"
            "</div>"
        )


@cache
def script(name: str) -> str:
    """A module of ``static`` and all that it imports, as one plain script.

    What documents the modules stays in their files: each page carries the rest.
    """
    joined: dict[str, str] = {}  # by file name, what is imported before what imports it

    def join(file: str) -> None:
        source = (STATIC / file).read_text("utf-8")
        for needed in _IMPORT.findall(source):
            if needed not in joined:
                join(needed)
        joined[file] = _EXPORT.sub("", _DOCS.sub("", _IMPORT.sub("", source)))

    join(f"{name}.js")
    return '(() => {\n"use strict";\n' + "".join(joined.values()) + "})();\n"


@cache
def style(name: str) -> str:
    """The style that all figures share, that of parts it imports, and its own."""
    source = (STATIC / f"{name}.js").read_text("utf-8")
    parts = [Path(file).stem for file in _IMPORT.findall(source)]
    files = [STATIC / f"{part}.css" for part in ("figure", *parts, name)]
    files = [file for file in dict.fromkeys(files) if file.exists()]
    return "".join(file.read_text("utf-8") for file in files)


def _inert(data: dict) -> str:
    """JSON in which no text can end the script element that holds it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&]", lambda sign: f"\\u{ord(sign.group()):04x}", text)


def _source(picture: Figure | bytes) -> str:
    """A picture as the address of an image; SVG is the same bytes in each build."""
    if isinstance(picture, bytes):
        return "data:image/png;base64," + base64.b64encode(picture).decode()
    file = io.BytesIO()
    with plt.rc_context({"svg.hashsalt": "lenet", "svg.fonttype": "path"}):
        picture.savefig(
            file,
            format="svg",
            bbox_inches="tight",
            transparent=True,
            metadata={"Date": None, "Creator": None},
        )
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
