"""Digits that are not MNIST's: drawn by a program, as a hand draws on a board.

Each digit has several forms, as people have: a seven with a bar or without, a four open
or closed. A form is a few strokes, given by points. For each picture the points are
shaken, the digit is stretched, slanted, turned, placed somewhere on the board, and
drawn with a pen of some width and softness. All was settled by looking at the pictures
before any network had read one.

It is a test set and nothing else: no network of the book is trained on it, and nothing
is chosen by it.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lenet_lib.skeletons import FORMS

#: Pixels along an edge of the board.
BOARD = 280
#: Pictures of each digit, and the seed of all that is random in them.
EACH, SEED = 60, 2026
#: Straight pieces between two points of a stroke.
PIECES = 5
#: Points are kept to so many parts of a pixel, so that all machines draw alike.
GRID = 64


@dataclass(frozen=True, eq=False)
class Drawing:
    """One drawn digit."""

    picture: np.ndarray  #: ``uint8``, (BOARD, BOARD): 0 is paper, 255 is full ink
    label: int  #: the digit
    form: str  #: which of its forms, a key of ``FORMS[label]``
    height: float  #: of the digit, in shares of the board's edge
    pen: float  #: width of the pen, in shares of the digit's height

    @property
    def ink(self) -> np.ndarray:
        """The picture in [0, 1], 1 for full ink, ``float64``, (BOARD, BOARD)."""
        return self.picture / 255


def drawings(each: int = EACH, seed: int = SEED) -> Iterator[Drawing]:
    """Draw the test set: first all zeros, last all nines.

    The forms of a digit take turns. Each picture has a random generator of its own, so
    that ``each`` changes how many there are, but none of them. The same picture comes
    out on every machine.

    Args:
        each: how many of each digit.
        seed: decides about all that is random.
    """
    for digit in range(10):
        for number in range(each):
            yield draw(digit, number, seed)


def draw(digit: int, number: int, seed: int = SEED) -> Drawing:
    """Draw one picture of the test set.

    Args:
        digit: from 0 to 9.
        number: which of its pictures, from 0 on.
        seed: decides about all that is random.

    Raises:
        ValueError: if there is no such digit or number.
    """
    if digit not in range(10) or number not in range(1_000_000):
        raise ValueError(
            "Expected a digit from 0 to 9 and a number from 0 to 999,999, "
            f"got {digit!r} and {number!r}."
        )
    # Python's own generator: it promises the same numbers in all versions to come.
    key = (10 * int(seed) + int(digit)) * 1_000_000 + int(number)
    between = random.Random(key).uniform
    forms = FORMS[digit]
    form = list(forms)[number % len(forms)]
    height = between(0.30, 0.80)
    pen = between(0.04, 0.15)

    aspect, slant = between(0.70, 1.30), between(-0.15, 0.35)
    turn, shake = math.radians(between(-12, 12)), between(0.0, 0.05)
    cos, sin = math.cos(turn), math.sin(turn)
    # Stretched and slanted first, turned then; y points down, so up is -y.
    matrix = np.array([[cos, -sin], [sin, cos]]) @ [[aspect, -slant], [0, 1]]

    strokes = []
    for points in forms[form]:
        shaken = [
            (x + between(-shake, shake), y + between(-shake, shake), corner)
            for x, y, corner in points
        ]
        strokes.append(smooth(shaken) @ matrix.T)  # (points, 2)
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    scale = min(height, 0.9 / max(high - low)) * BOARD  # a wide one must fit, too
    radius = pen * scale / 2
    softness = between(1.0, 1.0 + radius)
    room = (BOARD - (high - low) * scale) / 2 - radius - softness  # on either side
    place = BOARD / 2 + np.array([between(-1, 1), between(-1, 1)]) * room.clip(0) * 0.8
    lighter = between(0.7, 1.0), between(0.7, 1.0)  # pressure where it begins and ends

    board = np.zeros((BOARD, BOARD))
    for stroke in strokes:
        path = (stroke - (low + high) / 2) * scale + place
        pressure = np.linspace(*lighter, len(path))
        _ink(board, _rounded(path), _rounded(radius * pressure), _rounded(softness))
    picture = np.rint(255 * board).astype(np.uint8)
    return Drawing(picture, digit, form, scale / BOARD, pen)


def smooth(points: list[tuple[float, float, bool]]) -> np.ndarray:
    """A smooth curve through points (Catmull and Rom's): (n, 2).

    Args:
        points: x, y, and whether the curve has a corner there.
    """
    curve = [points[0][:2]]
    corners = [0, *(n for n in range(1, len(points) - 1) if points[n][2])]
    for start, end in zip(corners, [*corners[1:], len(points) - 1], strict=True):
        part = np.array([point[:2] for point in points[start : end + 1]])
        before, after = 2 * part[0] - part[1], 2 * part[-1] - part[-2]
        part = np.vstack([before, part, after])
        for a, b, c, d in zip(part, part[1:], part[2:], part[3:], strict=False):
            for t in np.arange(1, PIECES + 1) / PIECES:
                square, cube = 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d
                curve.append(b + ((c - a) * t + square * t**2 + cube * t**3) / 2)
    return np.array(curve)


def _rounded(values: np.ndarray | float) -> np.ndarray:
    """Values in 64ths of a pixel: sines that differ in their last digit come out alike.

    From here on there are only sums, products, quotients and roots, which all machines
    round alike.
    """
    return np.rint(np.asarray(values) * GRID) / GRID


def _ink(board: np.ndarray, path: np.ndarray, radii: np.ndarray, softness: float):
    """Draw straight pieces with a round pen: what was inked already stays so.

    Args:
        board: (BOARD, BOARD), values in [0, 1]; it is changed.
        path: x and y of each point in pixels, (n, 2).
        radii: of the pen at each point, in pixels, (n,).
        softness: over so many pixels the pen's edge goes from ink to paper.
    """
    for (x, y), (x1, y1), radius in zip(path, path[1:], radii, strict=False):
        reach = radius + softness
        left, right = (int(v) for v in (min(x, x1) - reach, max(x, x1) + reach + 1))
        top, bottom = (int(v) for v in (min(y, y1) - reach, max(y, y1) + reach + 1))
        top, left = max(top, 0), max(left, 0)
        part = board[top : bottom + 1, left : right + 1]
        rows, columns = (np.arange(size) + 0.5 for size in part.shape)
        down, over = (rows + top - y)[:, None], columns + left - x
        dx, dy = x1 - x, y1 - y
        length = dx * dx + dy * dy
        along = (down * dy + over * dx) / length if length else 0 * down * over
        along = along.clip(0, 1)  # the nearest point of the piece
        down, over = down - along * dy, over - along * dx
        distance = np.sqrt(down * down + over * over)
        grey = ((radius + softness / 2 - distance) / softness).clip(0, 1)
        np.maximum(part, grey, out=part)
