"""Draw the badge with which notebooks open in Colab, as a small PNG.

python tools/draw_badge.py

A picture within the notebook, and ours: nothing is asked of another host.
"""

import sys
from pathlib import Path

from font_source_sans_pro import SourceSansProSemibold
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lenet_lib.papers import output_codes  # noqa: E402

TARGET = ROOT / "_ext" / "lenet_book" / "notebooks" / "colab.png"
INK, VERMILION, SHEET = "#2b2b2b", "#d55e00", "#f4f2ec"
SIZE, FINE = (148, 30), 4  #: pixels, and how many times larger it is drawn


def badge() -> Image.Image:
    """LeNet-5's code of the digit 5, and where the button leads."""
    width, height = (FINE * edge for edge in SIZE)
    picture = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(picture)
    edge = (0, 0, width - 1, height - 1)
    draw.rounded_rectangle(edge, 5 * FINE, SHEET, INK, FINE)
    cell = 2 * FINE
    for row, cells in enumerate(output_codes()["5"][:10]):
        for column, kind in enumerate(cells):
            if kind == "#":
                x, y = 10 * FINE + cell * column, 5 * FINE + cell * row
                draw.rectangle((x, y, x + cell - 2, y + cell - 2), VERMILION)
    font = ImageFont.truetype(SourceSansProSemibold, 16 * FINE)
    draw.text((33 * FINE, height // 2), "Open in Colab", INK, font, "lm")
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    badge().quantize(32).save(TARGET, optimize=True)
