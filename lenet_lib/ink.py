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
    """There is more than one digit."""


def find_ink(brightness: np.ndarray) -> np.ndarray:
    """The ink of one digit.

    Args:
        brightness: from 0, black, to 1, white, (rows, columns).

    Returns:
        Ink from 0, paper, to 1, full ink, (rows, columns).

    Raises:
        BlankPicture: if there is nothing on the paper, or only specks.
        AllInk: if the picture is dark all over, or covered with ink.
        SeveralDigits: if there are two large parts side by side, or one below another.
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
    if strong.mean() > MOST_INK:
        raise AllInk(
            f"Ink covers {strong.mean():.0%} of the picture: a digit needs paper around."
        )
    faint, edges = (ink > 0) & (ink < FAINT), (ink >= FAINT) & (ink <= 1 - FAINT)
    noisy = noise > 0 or faint.sum() > edges.sum()
    if noisy:
        ink[ink < max(FAINT, RARE * noise / full)] = 0
    parts = _parts(ink > 0, strong)
    _check(parts)
    return ink * _spread(parts, ink.shape) if noisy else ink


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


def _parts(inked: np.ndarray, strong: np.ndarray) -> list[np.ndarray]:
    """The parts of the ink that are strong somewhere, each as its (row, column) pairs.

    Rows and columns are those of the coarse picture that ``_coarse`` makes.
    """
    left = set(zip(*map(np.ndarray.tolist, _coarse(inked).nonzero()), strict=True))
    core = set(zip(*map(np.ndarray.tolist, _coarse(strong).nonzero()), strict=True))
    parts = []
    while core:
        part = [core.pop()]
        left.discard(part[0])
        for row, column in part:  # which grows meanwhile
            around = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)}
            part += around & left
            left -= around
        core.difference_update(part)
        parts.append(np.array(part))
    return parts


def _coarse(mask: np.ndarray) -> np.ndarray:
    """Whether there is any in squares so large that an edge has few of them."""
    step = -(-max(mask.shape) // COARSE_SIDE)
    rows, columns = (-(-side // step) * step for side in mask.shape)
    filled = np.zeros((rows, columns), dtype=bool)
    filled[: mask.shape[0], : mask.shape[1]] = mask
    return filled.reshape(rows // step, step, columns // step, step).any(axis=(1, 3))


def _spread(parts: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Which pixels of the picture belong to the parts that are no specks."""
    step = -(-max(shape) // COARSE_SIDE)
    kept = np.zeros([-(-side // step) for side in shape], dtype=bool)
    least = SPECK * max(np.ptp(part, axis=0).max() + 1 for part in parts)
    for part in parts:
        if np.ptp(part, axis=0).max() + 1 >= least:
            kept[tuple(part.T)] = True
    return kept.repeat(step, axis=0).repeat(step, axis=1)[: shape[0], : shape[1]]


def _check(parts: list[np.ndarray]) -> None:
    """Raise if these are specks only, or several digits."""
    corners = [(part.min(axis=0), part.max(axis=0)) for part in parts]
    if max((last - first).max() + 1 for first, last in corners) < LEAST_DIGIT:
        raise BlankPicture(
            "There are only specks in the picture: crop it, so that the digit is larger."
        )
    tallest = max(last[0] - first[0] + 1 for first, last in corners)
    tall = [
        (first, last)
        for first, last in corners
        if last[0] - first[0] + 1 >= max(TALL * tallest, LEAST_DIGIT)
    ]
    for one, other in combinations(tall, 2):
        if (one[1] < other[0]).any() or (other[1] < one[0]).any():
            raise SeveralDigits(
                f"There seem to be {len(tall)} digits in the picture: crop it to one."
            )
