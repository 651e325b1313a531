"""What the network for strings is trained on: digits between neighbours, and blanks.

P98, section VII.B: a window shows a digit between two others, the gaps between their
boxes drawn uniformly from -1 to 4 pixels; sometimes no digit is in the middle, and the
right answer is the blank. A tenth of the pixels is inverted at random: salt and pepper.

The paper does not say how often which of these is so, nor how far from a window's
middle a digit may stand. Since a sweep moves by four pixels, some window comes within
two of any digit; so digits are shown up to two pixels off. What else is ours stands in
the constants below. It was chosen on training digits that were held out.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from lenet_lib.strings.grammar import BLANK
from lenet_lib.strings.lines import FRAME, HEIGHT, JITTER, boxes, placed
from lenet_lib.strings.sweep import WINDOW

#: Between two neighbours' boxes, at least and at most, in pixels (P98).
GAPS = (-1, 4)

#: A pixel's chance to be inverted (P98), and the share of windows with such pixels.
INVERTED, NOISY = 0.1, 0.1

#: How far a digit's centre may be from the window's middle; and how far it is at least
#: where the answer is the blank. In pixels.
NEAR, FAR = 2, 4

#: Shares of the windows: without a digit in the middle; with a wider gap there; and for
#: either side the share without a neighbour, as at the ends of a line.
BLANKS, WIDE, ALONE = 0.3, 0.3, 0.2

#: How far the middle of a blank's gap may be from the window's, in pixels.
ASIDE = 6

#: The wider gaps at blanks: at most so many pixels on either side of the middle.
WIDEST = 14


class Windows(NamedTuple):
    """Windows, and what stands in the middle of each."""

    pictures: Tensor  #: ``uint8`` (n, 32, 32): 0 for paper, 255 for ink
    labels: Tensor  #: (n,), ``int64``: 0 to 9, or 10 for the blank


def windows(images: Tensor, labels: Tensor, generator: torch.Generator) -> Windows:
    """Make a window of each digit: the digit, or a blank, between two random others.

    Args:
        images: digits as MNIST has them, ``uint8`` (n, 28, 28).
        labels: what they are, (n,), ``int64``.
        generator: draws all that is random.
    """
    n = len(images)

    def chance(share: float) -> Tensor:
        return torch.rand(n, generator=generator) < share

    def integers(least: int, most: int) -> Tensor:
        return torch.randint(least, most + 1, (n,), generator=generator)

    blank = chance(BLANKS)
    first, last = boxes(images)
    frame = (WINDOW - FRAME) // 2 + integers(-NEAR, NEAR)  # the middle digit's
    # Where the ink in the middle begins and ends; a blank has none.
    nothing = WINDOW // 2 + integers(-ASIDE, ASIDE)
    start = torch.where(blank, nothing, frame + first)
    end = torch.where(blank, nothing, frame + last + 1)
    pictures = placed(images, frame, _tops(integers), WINDOW).to(torch.int16)
    pictures[blank] = 0
    wide = blank & chance(WIDE)
    for side in (-1, 1):
        others = torch.randint(0, n, (n,), generator=generator)
        gap = integers(*GAPS)
        # A blank's gap reaches from box to box, and half of it lies on either side.
        half = torch.where(wide, integers(0, WIDEST), (gap + (side > 0)) // 2)
        gap = torch.where(blank, half, gap)
        if side < 0:
            left = start - gap - last[others] - 1
            too_near = WINDOW // 2 - FAR - FRAME // 2
            left = torch.where(blank, left.clamp(max=too_near), left)
        else:
            left = end + gap - first[others]
            too_near = WINDOW // 2 + FAR - FRAME // 2
            left = torch.where(blank, left.clamp(min=too_near), left)
        left[chance(ALONE)] = 2 * WINDOW  # out of sight
        pictures += placed(images[others], left, _tops(integers), WINDOW)
    pictures = pictures.clamp_(max=255).to(torch.uint8)
    flips = torch.rand(pictures.shape, generator=generator) < INVERTED
    flips &= chance(NOISY)[:, None, None]
    pictures = torch.where(flips, 255 - pictures, pictures)
    return Windows(pictures, torch.where(blank, BLANK, labels))


def _tops(integers) -> Tensor:
    """Where frames begin from above, as on a line."""
    return (HEIGHT - FRAME) // 2 + integers(-JITTER, JITTER)
