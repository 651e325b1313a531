"""A number that somebody wrote, made into a line that LeNet-5 can be swept over.

MNIST's recipe (``lenet_lib.picture``) scales one digit and puts it in the middle. Of a
number nobody knows where one digit ends, so here the writing is taken as a whole: its
height is the measure, and it is as long as it is.
"""

import numpy as np
import torch
from torch import Tensor

from lenet_lib.grey import Source, greys
from lenet_lib.ink import find_ink
from lenet_lib.picture import BOX, FIELD, ink_box, placed, shrunk
from lenet_lib.strings.lines import HEIGHT, MARGIN
from lenet_lib.strings.sweep import STEP

#: Paper about MNIST's field in a line, above and below, in pixels.
BORDER = (HEIGHT - FIELD) // 2

#: The longest writing, in pixels: a number of ten digits or so.
LONGEST = 208


def line_from_image(source: Source) -> Tensor:
    """Make a picture of a number into a line, as the synthetic ones are.

    The number may be dark on light or light on dark, in any colours and of any size;
    see ``lenet_lib.grey.greys`` and ``lenet_lib.ink.find_ink`` for how its ink is
    found, and :func:`into_line` for what is made of it.

    Args:
        source: a file's name, an open file, its bytes, a PIL image, an array or a
            tensor; see ``lenet_lib.grey.greys``.

    Returns:
        The line, ``uint8``, (32, width): 0 is paper, 255 is full ink.

    Raises:
        lenet_lib.grey.PictureError: with one sentence that says why, if there is no
            writing to be had from it; see ``lenet_lib.picture.digit_from_image``.
        OSError: if a file cannot be opened.
    """
    line = into_line(find_ink(greys(source), several=True))
    return torch.from_numpy((255 * line).round().astype(np.uint8))


def into_line(ink: np.ndarray, scale: bool = True) -> np.ndarray | None:
    """Put writing into a line of 32 rows, with paper all around.

    1. The box of the ink: the rows and columns from the first with ink to the last.
    2. The box is scaled, keeping its proportions, so that it is 20 pixels *high*, as
       MNIST's digits are: a new pixel is the mean of a square of old ones. Writing
       that would be longer than 208 pixels is scaled to that length, and is less high.
    3. It is moved up or down by whole pixels so that its centre of mass comes to row
       16, as that of MNIST's digits does in LeNet-5's input.
    4. Paper comes before and after it, 16 pixels: a window of 32 can have the first
       stroke in its middle, and the last. Behind it there are up to 3 pixels more, so
       that the windows, 4 pixels apart, end where the line does.

    ``widgets/static/writing.js`` does the same in the browser, number by number.

    Args:
        ink: the writing, (rows, columns): 0 is paper, 1 is full ink.
        scale: whether to do steps 1 to 3; if not, the whole drawing is scaled to a
            height of 28 pixels, MNIST's field, and stays in its rows.

    Returns:
        The line, (32, width), between 0 and 1; ``None`` if there is no ink in it.
    """
    drawing = np.asarray(ink, dtype=np.float64)
    box = ink_box(drawing)
    if box is None:
        return None
    if scale:
        drawing = drawing[box]
        rows, columns = drawing.shape
        is_long = columns * BOX > rows * LONGEST
        size = (LONGEST, columns) if is_long else (BOX, rows)
    else:
        size = (FIELD, len(drawing))
    small = shrunk(drawing, *size)
    box = ink_box(small)
    if box is None:
        return None
    writing = small[box]
    top = placed(writing.sum(axis=1)) if scale else box[0].start
    rows, columns = writing.shape
    width = -(-(columns + 2 * MARGIN) // STEP) * STEP
    line = np.zeros((HEIGHT, width))
    top += BORDER
    line[top : top + rows, MARGIN : MARGIN + columns] = writing
    return line
