"""Where the ink is: a picture of a digit as ink on paper, whichever of them is darker.

What most of the picture's border shows is paper. On a photograph light falls off from
place to place, so there paper is a smooth surface, and ink is what departs from it.
Photographs and JPEG files have noise besides: faint marks all over, which edges of
strokes have only few of. Where there is neither, every grey stays what it is.
"""

from itertools import combinations

import numpy as np

from lenet_lib.grey import VISIBLE, PictureError

#: Paper is evenly lit if half of the border is this near to its median: 1.5 of 255.
EVEN = 1.5 / 255

#: How often the surface of paper that is not is fitted.
FITS = 8

#: The standard deviation of noise, if half of it is within 1 of its middle.
USUAL = 1.4826

#: In a picture with noise, ink fainter than this is taken for it.
FAINT = 0.1

#: So many times its usual size, noise is no noise.
RARE = 5

#: Ink covers less than this of the picture, or there is no paper to write on.
MOST_INK = 0.6

#: Parts of the ink are looked for at this many pixels along an edge: a stroke with a
#: hair's breadth of paper in it is still one part.
COARSE_SIDE = 128

#: The least height or width of a digit, in these pixels.
LEAST_DIGIT = 4

#: Of the largest part's height or width: less is a speck.
SPECK = 0.1

#: Of the tallest part's height: a part beside it, or above or below, and at least as
#: tall as this, is another digit. A bar of a 5 that was set apart is not.
TALL = 0.4


class BlankPicture(PictureError):
    """There is nothing on the paper."""


class AllInk(PictureError):
    """There is no paper around the ink."""


class SeveralDigits(PictureError):
    """There is more than one digit where only one may be."""


def find_ink(brightness: np.ndarray, several: bool = False) -> np.ndarray:
    """The ink of one digit, or of a number.

    Args:
        brightness: from 0, black, to 1, white, (rows, columns).
        several: whether there may be more than one digit.

    Returns:
        Ink from 0, paper, to 1, full ink, (rows, columns).

    Raises:
        BlankPicture: if there is nothing on the paper, or only specks.
        AllInk: if the picture is dark all over, or covered with ink.
        SeveralDigits: if there are two large parts side by side, or one below another,
            and only one may be.
    """
    departures = _departures(brightness)
    # What departs to the other side, as most paper does by chance, is noise.
    noise = USUAL * np.median(-departures[departures <= 0])
    clear = departures[departures > max(RARE * noise, VISIBLE / 2)]
    full = np.quantile(clear, 0.95 if noise else 1) if clear.size else 0
    if full < VISIBLE:
        raise _nothing(brightness)
    ink = (departures / full).clip(0, 1)
    strong = ink > 0.5
    covered = strong.mean()
    if covered > MOST_INK:
        raise AllInk(
            f"Ink covers {100 * covered:.0f} % of the picture: "
            "leave paper around the digit."
        )
    faint, edges = (ink > 0) & (ink < FAINT), (ink >= FAINT) & (ink <= 1 - FAINT)
    noisy = noise > 0 or faint.sum() > edges.sum()
    if noisy:
        ink[ink < max(FAINT, RARE * noise / full)] = 0
    digit = _digit(ink > 0, strong, several)
    return ink * digit if noisy else ink


def _departures(brightness: np.ndarray) -> np.ndarray:
    """How far each pixel is from paper, ink above 0: as a share of paper's brightness.

    Where ink is lighter than paper, it is the plain difference.
    """
    paper = _paper(brightness)
    darker = paper - brightness
    lighter_ink = (darker.clip(max=0) ** 2).sum() > (darker.clip(min=0) ** 2).sum()
    return -darker if lighter_ink else darker / np.maximum(paper, VISIBLE)


def _paper(brightness: np.ndarray) -> np.ndarray | float:
    """Paper's brightness: one number if it is evenly lit, or else a smooth surface.

    The surface is of the second degree. It is fitted to the picture's margin at first,
    then again and again to all pixels near to it, which ink is not.
    """
    border = brightness[_margin(brightness.shape, 1)]
    level = np.median(border)
    if np.median(np.abs(border - level)) <= EVEN:
        return float(level)
    y, x = (np.linspace(-1, 1, side) for side in brightness.shape)
    terms = np.stack(
        np.broadcast_arrays(1, x, y[:, None], x * x, x * y[:, None], (y * y)[:, None]),
        axis=2,
    )  # (rows, columns, 6)
    step = -(-max(brightness.shape) // COARSE_SIDE)  # fewer pixels do as well
    seen, known = brightness[::step, ::step], terms[::step, ::step]
    near = _margin(seen.shape, max(1, min(seen.shape) // 20))
    for _ in range(FITS):
        weights = np.linalg.lstsq(known[near], seen[near], rcond=None)[0]
        distance = np.abs(seen - known @ weights)
        near = distance <= 2.5 * USUAL * np.median(distance[near])
    return terms @ weights  # (rows, columns)


def _margin(shape: tuple[int, int], depth: int) -> np.ndarray:
    """Which pixels are this near to an edge of the picture."""
    margin = np.ones(shape, dtype=bool)
    margin[depth:-depth, depth:-depth] = False
    return margin


def _nothing(brightness: np.ndarray) -> PictureError:
    if brightness.mean() < 0.5:
        return AllInk(
            "The picture is dark all over: a digit needs paper that it stands out from."
        )
    return BlankPicture("The picture is blank: no digit stands out from its paper.")


# ---- Parts that hang together ----------------------------------------------------


def _digit(inked: np.ndarray, strong: np.ndarray, several: bool) -> np.ndarray:
    """Which pixels belong to the digit, and not to specks beside it.

    Raises:
        BlankPicture: if there are specks only.
        SeveralDigits: if there is another digit, and only one may be.
    """
    step = -(-max(inked.shape) // COARSE_SIDE)
    coarse = _reduced(inked, step)
    parts = _parts(coarse, _reduced(strong, step))
    first = np.array([part.min(axis=0) for part in parts])  # (parts, 2)
    last = np.array([part.max(axis=0) for part in parts])
    sizes = last - first + 1
    if sizes.max() < LEAST_DIGIT:
        raise BlankPicture(
            "There are only specks in the picture: crop it, to make the digit larger."
        )
    heights = sizes[:, 0]
    tall = np.flatnonzero(heights >= max(TALL * heights.max(), LEAST_DIGIT))
    for one, other in [] if several else combinations(tall, 2):
        if (last[one] < first[other]).any() or (last[other] < first[one]).any():
            raise SeveralDigits(
                "There seems to be more than one digit in the picture: crop it to one."
            )
    kept = np.zeros_like(coarse)
    for part, size in zip(parts, sizes, strict=True):
        kept[tuple(part.T)] = size.max() >= SPECK * sizes.max()
    rows, columns = inked.shape
    return kept.repeat(step, axis=0).repeat(step, axis=1)[:rows, :columns]


def _parts(inked: np.ndarray, strong: np.ndarray) -> list[np.ndarray]:
    """The parts of the ink that are strong somewhere, each as (row, column) pairs.

    Pixels hang together by their sides and by their corners.
    """
    left, seeds = (
        {*map(tuple, np.argwhere(mask).tolist())} for mask in (inked, strong)
    )
    parts = []
    while seeds:
        part = [seeds.pop()]
        left.discard(part[0])
        for row, column in part:  # which grows meanwhile
            around = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
            part += around & left
            left -= around
        seeds.difference_update(part)
        parts.append(np.array(part))
    return parts


def _reduced(mask: np.ndarray, step: int) -> np.ndarray:
    """Whether there is any within squares of ``step`` pixels a side."""
    missing = [(0, -side % step) for side in mask.shape]
    rows, columns = (-(-side // step) for side in mask.shape)
    squares = np.pad(mask, missing).reshape(rows, step, columns, step)
    return squares.any(axis=(1, 3))
