"""Any picture of a digit, made into one of MNIST's.

First come brightness (``lenet_lib.grey``) and ink (``lenet_lib.ink``), then the recipe
by which MNIST was made.
"""

import math

import numpy as np
import torch
from torch import Tensor

from lenet_lib.grey import Source, greys
from lenet_lib.ink import find_ink

#: Pixels along an edge: of MNIST's field, and of the box that a digit fills within it.
FIELD, BOX = 28, 20

#: Where the centre of mass goes: row and column 14 of the field, counted from 0.
MIDDLE = 14

#: What counts as ink: half a step of 256 greys. Below it is rounding.
FAINTEST = 1 / 510

#: A centre of mass this near to the edge of a pixel counts as on it, so that rounding
#: does not decide where a symmetrical digit goes.
TIE = 1e-9


def digit_from_image(source: Source) -> Tensor:
    """Make a picture of one digit into an image as MNIST has them.

    The digit may be dark on light or light on dark, in any colours, of any size and
    anywhere in the picture, drawn, scanned or photographed; see ``greys`` and
    ``find_ink`` for how it is found, and :func:`into_field` for what is made of it.
    From there it is the way of all digits to a network::

        image = digit_from_image("seven.png")  # (28, 28), uint8
        inputs = CODINGS["lenet5"](image[None])  # (1, 1, 32, 32), float32
        network.read(inputs)  # (1,)

    An image of MNIST stays what it is; one in a thousand is refused, since its strokes
    lie apart like two digits.

    Args:
        source: a file's name, a file that is open for reading bytes, its bytes, a PIL
            image, an array or a tensor; see ``lenet_lib.grey.greys``.

    Returns:
        The image, ``uint8``, (28, 28): 0 is paper, 255 is full ink.

    Raises:
        lenet_lib.grey.PictureError: with one sentence that says why, if no digit can be
            had from it. It is a ``ValueError``, and each cause has a class of its own:
            ``NotAPicture``, ``DamagedPicture``, ``WrongSize`` and ``WrongArray`` in
            ``lenet_lib.grey``; ``BlankPicture``, ``AllInk`` and ``SeveralDigits`` in
            ``lenet_lib.ink``.
        OSError: if a file cannot be opened.
    """
    field = into_field(find_ink(greys(source)))
    return torch.from_numpy((255 * field).round().astype(np.uint8))


def into_field(
    ink: np.ndarray, scale: bool = True, centre: bool = True
) -> np.ndarray | None:
    """Put a drawing into a field of 28 x 28 pixels, as MNIST's makers did.

    1. The box of the ink: the rows and columns from the first pixel above ``FAINTEST``
       to the last.
    2. The box is scaled, keeping its proportions, so that its longer side is 20 pixels.
       A new pixel is a square of old ones, and their mean: those on its edge count by
       the part that it covers, those beyond the box are paper. The rule is the same
       where a drawing is enlarged.
    3. It is moved by whole pixels so that its centre of mass comes to row 14 and column
       14, counted from 0: between 13.5 (included) and 14.5. It stops where ink would
       leave the field, so nothing is cut.

    ``static/preprocess.js`` does the same in the browser, number by number.

    Args:
        ink: the drawing, (rows, columns): 0 is paper, 1 is full ink.
        scale: whether to do steps 1 and 2; if not, the whole drawing, with its margins,
            is reduced (or enlarged) so that its longer side is 28 pixels.
        centre: whether to do step 3; if not, the middle of the box, or of the whole
            drawing, comes to the middle of the field.

    Returns:
        The field, (28, 28), between 0 and 1; ``None`` if there is no ink in it.
    """
    drawing = np.asarray(ink, dtype=np.float64)
    if scale:
        box = ink_box(drawing)
        if box is None:
            return None
        drawing = drawing[box]
    small = shrunk(drawing, BOX if scale else FIELD)
    box = ink_box(small)
    if box is None:
        return None
    digit = small[box]
    rows, columns = (
        placed(digit.sum(axis=1 - axis))
        if centre
        else box[axis].start + (FIELD - small.shape[axis]) // 2
        for axis in (0, 1)
    )
    field = np.zeros((FIELD, FIELD))
    field[rows : rows + len(digit), columns : columns + len(digit[0])] = digit
    return field


def ink_box(drawing: np.ndarray) -> tuple[slice, slice] | None:
    """The rows and the columns from the first with ink to the last."""
    inked = drawing > FAINTEST
    if not inked.any():
        return None
    each = (np.flatnonzero(inked.any(axis=1 - axis)) for axis in (0, 1))
    rows, columns = (slice(places[0], places[-1] + 1) for places in each)
    return rows, columns


def shrunk(drawing: np.ndarray, pixels: int, side: int | None = None) -> np.ndarray:
    """Averages over squares, so large that a ``side`` becomes so many ``pixels``.

    If left out, the side is the drawing's longer one.
    """
    side = side or max(drawing.shape)
    step = side / pixels  # a side of such a square
    down, right = (
        _shares(length, -(-length * pixels // side), step) for length in drawing.shape
    )
    return down @ drawing @ right.T


def _shares(length: int, count: int, step: float) -> np.ndarray:
    """How much of each of ``count`` new pixels each of the old ones is: a matrix.

    New pixel i covers the old ones from i * step to (i + 1) * step, in parts, perhaps.
    """
    new, old = np.arange(count)[:, None], np.arange(length)
    covered = np.minimum((new + 1) * step, old + 1) - np.maximum(new * step, old)
    return covered.clip(min=0) / step  # (count, length)


def placed(profile: np.ndarray) -> int:
    """Where the first of these rows goes, or columns, each with the sum of its ink."""
    centre = (profile * np.arange(len(profile))).sum() / profile.sum()
    start = MIDDLE - math.floor(centre + 0.5 + TIE)
    return min(max(start, 0), FIELD - len(profile))
