"""The picture that other sites show of a shared link: one card for each page.

Drawn in the book's paper, ink and type, with the mark of the book. A card is kept
beside the pages by all that it is drawn from, so that no build draws it twice.
"""

import hashlib
import os
import re
import shutil
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw, ImageFont
from sphinx.application import Sphinx

from lenet_book.assets import FONTS

#: Width and height in pixels, as Open Graph's readers expect them.
SIZE = (1200, 630)

PAPER, INK, GREY = "#fffefb", "#1a1a1a", "#5c5c58"
MARGIN = 90
MARK = 300  # the height of the mark
TITLE = (76, 68, 60, 52)  # sizes of type, the largest that fits is taken


def setup(app: Sphinx) -> None:
    """Connect to Sphinx's events."""
    app.connect("build-finished", serve)


def place(page: str) -> str:
    """Where the card of a page is within the site."""
    return f"_static/cards/{page.replace('/', '-')}.png"


def serve(app: Sphinx, error: Exception | None) -> None:
    """Put a card of each page into the finished site."""
    if error or app.builder.format != "html":
        return
    kept = Path(app.outdir).parent / ".cards"
    kept.mkdir(parents=True, exist_ok=True)
    logo = Path(app.srcdir) / (app.config.html_logo or "")
    mark = logo.read_text("utf-8") if logo.suffix == ".svg" else ""
    shutil.rmtree(Path(app.outdir) / "_static" / "cards", ignore_errors=True)
    (Path(app.outdir) / "_static" / "cards").mkdir()
    code = Path(__file__).read_text("utf-8")
    for page in app.env.found_docs:
        words = app.env.titles[page].astext(), app.config.html_title
        key = hashlib.sha256("\0".join([*words, mark, code]).encode()).hexdigest()
        card = kept / f"{key[:32]}.png"
        if not card.exists():
            partial = card.with_suffix(f".{os.getpid()}")
            draw(*words, mark).save(partial, "png", optimize=True)
            partial.replace(card)  # an interrupted build leaves no half of it
        shutil.copy(card, Path(app.outdir) / place(page))


def draw(title: str, book: str, mark: str) -> Image.Image:
    """The card of a page; ``mark`` is the text of the logo's SVG file, or empty."""
    card = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(card)
    left = MARGIN + (draw_mark(pen, mark) + 80 if mark else 0)
    width = SIZE[0] - MARGIN - left
    if title == book:  # the first page: its name once, and large
        book = ""
    for size in TITLE:
        type_ = face("serif-bold", size)
        lines = wrap(title, type_, width)
        if len(lines) <= 3:
            break
    pen.multiline_text(
        (left, SIZE[1] / 2), "\n".join(lines), INK, type_, "lm", spacing=size * 0.2
    )
    foot = SIZE[1] - MARGIN
    pen.text((left, foot), book, GREY, face("sans-regular", 34), "ls")
    return card.quantize(64)  # few colours: a tenth of the bytes, and nobody sees it


def draw_mark(pen: ImageDraw.ImageDraw, svg: str) -> float:
    """Draw the squares and dots of ``tools/draw_mark.py``; return the mark's width."""
    root = ElementTree.fromstring(svg)
    x0, y0, width, height = map(float, root.attrib["viewBox"].split())
    scale, ink = MARK / height, root.get("fill", INK)

    def box(x: float, y: float, right: float, below: float) -> list[float]:
        corners = (x - x0, y - y0), (right - x0, below - y0)
        top = (SIZE[1] - MARK) / 2
        return [v for a, b in corners for v in (MARGIN + a * scale, top + b * scale)]

    for shape in root:
        if square := re.match(r"M([\d.]+) ([\d.]+)h([\d.]+)v", shape.get("d", "")):
            x, y, side = map(float, square.groups())
            pen.rectangle(box(x, y, x + side, y + side), shape.get("fill", ink))
        elif "r" in shape.attrib:
            x, y, r = (float(shape.attrib[name]) for name in ("cx", "cy", "r"))
            pen.ellipse(box(x - r, y - r, x + r, y + r), shape.get("fill", ink))
    return width * scale


def face(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A face of the book's type in a size, from the package that brings it."""
    package, file = FONTS[name]
    return ImageFont.truetype(str(files(package) / "files" / file), size)


def wrap(text: str, type_: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The lines of a text that are no wider than so many pixels, if words allow."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and type_.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
