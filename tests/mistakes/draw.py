"""Typical wrong answers to the exercises of the chapter on drawing a digit."""

import torch
import torch.nn.functional as F

from lenet_lib.checks.digits import images

# Distance to the nearest five, beside that between two fives: input, C1, ..., F6.
BEFORE = [0.71, 0.85, 0.90, 1.00, 1.09, 1.96, 7.88]
AFTER = [0.52, 0.59, 0.53, 0.63, 0.58, 0.44, 0.31]
FROM_MEAN = [0.67, 0.74, 0.83, 0.86, 1.02, 2.19, 9.86]
DISTANCES = [8.63, 74.1, 33.4, 69.44, 16.51, 16.45, 9.16]

DIGITS = images(train=False)[0][:16]


def blurred(amounts, bell, columns=True):
    """Smoothed along rows with these weights, and along columns, perhaps."""
    reach = len(bell) // 2
    rows = F.conv2d(amounts[:, None], bell.view(1, 1, 1, -1), padding=(0, reach))
    if columns:
        rows = F.conv2d(rows, bell.view(1, 1, -1, 1), padding=(reach, 0))
    return rows[:, 0]


def bell(sigma):
    """As it should be, but for its sum."""
    offsets = torch.arange(-24.0, 25.0)
    return torch.exp(-(offsets**2) / (2 * sigma**2))


def right(amounts, sigma):
    """As it should be."""
    return blurred(amounts, bell(sigma) / bell(sigma).sum())


def a_sum(amounts, sigma):
    """Forgets to make the weights add up to 1."""
    return blurred(amounts, bell(sigma))


def rows_only(amounts, sigma):
    """Smooths in one direction."""
    return blurred(amounts, bell(sigma) / bell(sigma).sum(), columns=False)


def without_two(amounts, sigma):
    """Forgets a 2 in the exponent."""
    return right(amounts, sigma / 2**0.5)


def of_variance(amounts, sigma):
    """Does not square sigma."""
    return right(amounts, sigma**0.5)


def boxes(amounts, sigma):
    """A mean with equal weights."""
    return blurred(amounts, torch.full((2 * round(sigma) + 1,), 1 / (2 * sigma + 1)))


def cropped(amounts, sigma):
    """Loses the border."""
    return right(amounts, sigma)[:, 2:-2, 2:-2]


def widest(pictures):
    """Makes all strokes thicker."""
    return F.max_pool2d(pictures.float(), 3, 1, 1)


def faint(pictures):
    """Blurs, which makes thin strokes fainter still."""
    return F.avg_pool2d(pictures.float(), 3, 1, 1)


def darker(pictures):
    """Makes strokes darker, not wider."""
    return (pictures.float() * 1.3).clamp(max=255)


def thinnest_half(pictures):
    """Looks at other digits to find out which are thin."""
    ink = pictures.float().sum((1, 2))
    thin = (ink < ink.median())[:, None, None]
    return torch.where(thin, widest(pictures), pictures.float())


MISTAKES = {
    "ex-draw-layer": [
        ((AFTER, BEFORE, "C5"), "have changed places"),
        ((DISTANCES, AFTER, "C5"), "not yet divided"),
        (([r**2 for r in BEFORE], AFTER, "C5"), "squared distances"),
        ((FROM_MEAN, AFTER, "C5"), "from the mean five"),
        (([1 / r for r in BEFORE], AFTER, "C5"), "upside down"),
        (([*BEFORE[:6], 13.53], AFTER, "C5"), "the number for F6 is too large"),
        ((BEFORE, AFTER, "F6"), "F6 is not the first"),
        ((BEFORE[1:], AFTER[1:], "C5"), "should hold 7 numbers"),
    ],
    "ex-draw-sigma": [
        ((lambda amounts, sigma: amounts, 17, 68), "leaves the noise"),
        ((a_sum, 17, 68), "a sum, not a mean"),
        ((rows_only, 17, 68), "along the rows only"),
        ((without_two, 17, 68), "a 2 is missing"),
        ((of_variance, 17, 68), "for the variance"),
        ((boxes, 17, 68), "was expected"),
        ((cropped, 17, 68), "it should be (1, 37, 44)"),
        ((right, 68, 17), "smaller, not larger"),
        ((right, 34, 34), "the mean shift is another"),
        ((right, 8.5, 136), "the root of that number"),
        ((right, 17, 60), "`wide` is too small"),
    ],
    "ex-draw-smallest": [
        ((DIGITS[:8], DIGITS[:8], False), "is still read as the 7"),
        ((DIGITS[:8] / 255, DIGITS[:8] / 255, False), "grey levels from 0 to 255"),
        ((DIGITS[:8] + 0.4, DIGITS[:8], False), "leaves the grey levels"),
        ((0.99 * DIGITS[:8], DIGITS[:8], False), "no whole numbers"),
        ((DIGITS[:8].roll(1, 0), DIGITS[:8], False), "a smaller change would do"),
        ((DIGITS[0], DIGITS[0], False), "it should be (8, 28, 28)"),
    ],
    "ex-draw-pen": [
        ((lambda pictures: pictures,), "leaves thin digits as they are"),
        ((widest,), "with MNIST's own pen"),
        ((faint,), "it does harm"),
        ((darker,), "that is not enough"),
        ((thinnest_half,), "when it comes alone"),
        ((lambda pictures: widest(pictures) / 255,), "grey levels from 0 to 255"),
        ((lambda pictures: 2 * widest(pictures),), "leaves the grey levels"),
    ],
    "ex-draw-flags": [
        (([14, 38], [4, 5, 4], [15, 15, 17], False), "the ones first"),
        (([0.38, 14], [4, 5, 4], [15, 15, 17], False), "not shares or percent"),
        (([62, 14], [4, 5, 4], [15, 15, 17], False), "too many ones"),
        (([38, 1014], [4, 5, 4], [15, 15, 17], False), "too many sevens"),
        (([38, 14], [96, 95, 96], [15, 15, 17], False), "read correctly"),
        (([38, 14], [38, 39, 38], [15, 15, 14], False), "still misread"),
        (([38, 14], [0, 0, 0], [1028, 1028, 990], True), "far too many sevens"),
        (([38, 14], [4, 5, 4], [15, 15, 17], True), "does not follow"),
    ],
}
