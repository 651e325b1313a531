"""Lines of digits: zip codes, set from MNIST's digits with a gap that is given.

A digit keeps its frame of 28x28 pixels, in which MNIST has put the centre of its ink's
mass in the middle. The middle of the frame is what we call the digit's centre; a
window of LeNet-5 that is to read it best has its own middle there. How close two digits
stand is measured between their bounding boxes, the columns where there is any ink.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.data import CODINGS

#: Digits of a zip code.
DIGITS = 5

#: Rows of a line, LeNet-5's window; edge of MNIST's frame.
HEIGHT, FRAME = 32, 28

#: Pixels of paper before the first digit's box and after the last one's, at least: a
#: window can then have any digit in its middle.
MARGIN = 16

#: A digit stands at most so many pixels above or below the middle of the line.
JITTER = 1


class Lines(NamedTuple):
    """Lines of digits, all of one width, and what is in them."""

    pictures: Tensor  #: ``uint8`` (n, 32, width): 0 for paper, 255 for ink
    labels: Tensor  #: the digits from left to right, (n, 5), ``int64``
    centres: Tensor  #: the digits' centres in pixels from the left edge, (n, 5)

    @property
    def texts(self) -> list[str]:
        """The zip codes as text, such as ``"07733"``."""
        return ["".join(map(str, row)) for row in self.labels.tolist()]


def lines(
    images: Tensor,
    labels: Tensor,
    gap: int | tuple[int, int],
    seed: int,
    count: int = 500,
) -> Lines:
    """Set zip codes from digits; each digit is used once at most.

    Where boxes overlap, ink adds up, to full ink at most. No two boxes overlap by more
    than half of the narrower one, whatever the gap.

    Args:
        images: digits as MNIST has them, ``uint8`` (m, 28, 28).
        labels: what they are, (m,), ``int64``.
        gap: pixels of paper between the boxes of neighbours, below 0 for an overlap;
            or the least and the largest, between which each gap is drawn.
        seed: draws the digits, where they stand to a pixel, and the gaps.
        count: how many lines.

    Returns:
        Lines of one width, a multiple of 4: as wide as the longest needs, with paper
        after the others.

    Raises:
        ValueError: if there are fewer than five digits for each line, the images are of
            another kind, or the gap's bounds are in the wrong order.
    """
    least, most = (gap, gap) if isinstance(gap, int) else gap
    if least > most:
        raise ValueError(
            f"The least gap, {least}, is larger than the largest, {most}: swap them."
        )
    if images.dtype != torch.uint8 or images.shape[1:] != (FRAME, FRAME):
        raise ValueError(
            "Expected uint8 images of shape (n, 28, 28), "
            f"got {images.dtype} of shape {tuple(images.shape)}."
        )
    if len(images) < DIGITS * count:
        raise ValueError(
            f"{count:,} lines need {DIGITS * count:,} digits, got {len(images):,}."
        )
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(images), generator=generator)[: DIGITS * count]
    chosen = images[order].unflatten(0, (count, DIGITS))  # (n, 5, 28, 28)
    first, last = boxes(images[order])
    first, last = (each.unflatten(0, (count, DIGITS)) for each in (first, last))
    ink_width = last - first + 1  # (n, 5)
    gaps = torch.randint(least, most + 1, (count, DIGITS - 1), generator=generator)
    narrower = torch.minimum(ink_width[:, :-1], ink_width[:, 1:])
    gaps = torch.maximum(gaps, -(narrower // 2))  # (n, 4)
    phase = torch.randint(0, 4, (count, 1), generator=generator)  # a sweep's step is 4
    advance = (ink_width[:, :-1] + gaps).cumsum(dim=1)
    box = MARGIN + phase + F.pad(advance, (1, 0))  # (n, 5): where each box begins
    left = box - first  # where each frame begins
    middle = (HEIGHT - FRAME) // 2
    top = middle + torch.randint(
        -JITTER, JITTER + 1, (count, DIGITS), generator=generator
    )
    width = int((box[:, -1] + ink_width[:, -1]).max()) + MARGIN
    width += -width % 4
    pictures = torch.zeros(count, HEIGHT, width, dtype=torch.int16)
    for k in range(DIGITS):
        pictures += placed(chosen[:, k], left[:, k], top[:, k], width)
    return Lines(
        pictures.clamp_(max=255).to(torch.uint8),
        labels[order].unflatten(0, (count, DIGITS)),
        left + FRAME // 2,
    )


def coded(pictures: Tensor) -> Tensor:
    """Code lines as LeNet-5 wants its input: paper -0.1, ink 1.175 (P98, II.B).

    Args:
        pictures: ``uint8`` (n, 32, width), 0 for paper and 255 for ink.

    Returns:
        ``float32`` (n, 1, 32, width).

    Raises:
        ValueError: if the pictures are of another kind.
    """
    if pictures.dtype != torch.uint8 or pictures.shape[1:-1] != (HEIGHT,):
        raise ValueError(
            f"Expected uint8 lines of shape (n, {HEIGHT}, width), "
            f"got {pictures.dtype} of shape {tuple(pictures.shape)}."
        )
    levels = CODINGS["lenet5"]
    slope = (levels.ink - levels.background) / 255
    return pictures.float().mul_(slope).add_(levels.background).unsqueeze(1)


def boxes(images: Tensor) -> tuple[Tensor, Tensor]:
    """The first and the last column with ink of each image (n, 28, 28): (n,) each."""
    inked = (images > 0).any(dim=1).int()  # (n, 28)
    return inked.argmax(dim=1), FRAME - 1 - inked.flip(1).argmax(dim=1)


def placed(images: Tensor, left: Tensor, top: Tensor, width: int) -> Tensor:
    """Put each image somewhere on a strip of paper of its own.

    Args:
        images: ``uint8`` (n, 28, 28).
        left: where their frames begin, (n,), in pixels; what lies outside of the strip
            is cut off.
        top: the same from above, (n,).
        width: of the strip.

    Returns:
        ``uint8`` strips (n, 32, width).
    """
    framed = F.pad(images, (0, 1, 0, 1))  # row and column 28 are paper
    rows = torch.arange(HEIGHT) - top[:, None]  # (n, 32)
    columns = torch.arange(width) - left[:, None]  # (n, width)
    rows[(rows < 0) | (rows > FRAME)] = FRAME
    columns[(columns < 0) | (columns > FRAME)] = FRAME
    each = torch.arange(len(images))[:, None, None]
    return framed[each, rows[:, :, None], columns[:, None, :]]
