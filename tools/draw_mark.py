"""Draw the mark of the book, LeNet-5's output code of the digit 5, as SVG files.

python tools/draw_mark.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lenet_lib.papers import output_codes  # noqa: E402

INK = "#d55e00"  # vermilion, the colour of output layers throughout the book
PAPER = "#8a8a8a"


def mark(digit: str, margin: int = 0) -> str:
    """The 7x12 code of a digit as an SVG: +1 in ink, -1 as a faint dot."""
    rows = output_codes()[digit]
    while not rows[-1].strip("."):  # codes of digits end in two blank rows
        rows = rows[:-1]
    shapes = []
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell == "#":
                shapes.append(f'<path d="M{x}.06 {y}.06h.88v.88h-.88z"/>')
            else:
                shapes.append(f'<circle cx="{x}.5" cy="{y}.5" r=".1" fill="{PAPER}"/>')
    height = len(rows) + 2 * margin
    width = 7 + 2 * margin
    if margin:  # a favicon is square
        width = height
    left = (7 - width) / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{left:g} {-margin} {width} {height}" fill="{INK}">'
        f"<title>The digit {digit} as LeNet-5 writes it</title>"
        f"{''.join(shapes)}</svg>\n"
    )


if __name__ == "__main__":
    (ROOT / "_static" / "logo.svg").write_text(mark("5"))
    (ROOT / "_static" / "favicon.svg").write_text(mark("5", margin=1))
