"""Planar affine distortions of digits: shifted, scaled, squeezed and sheared.

P98, section III.B, trains LeNet-5 on 540,000 distorted digits besides the 60,000: each
by a random combination of horizontal and vertical translations, scaling, squeezing (to
compress along one axis and to stretch along the other) and horizontal shear. There is
no rotation among them. How far each went the paper does not say: the ranges are ours.
"""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

#: Digits distorted at a time: enough for speed, and some 20 MB of memory.
CHUNK = 1_000


@dataclass(frozen=True)
class Affine:
    """Random affine distortions, drawn anew for each digit; each part independently.

    ===============  ===================================================  ==========
    range            what is drawn                                        nothing at
    ===============  ===================================================  ==========
    ``translation``  shifts to the right and downwards, each at most so   0
                     many pixels either way
    ``scale``        factor of both edges, from 1/``scale`` to ``scale``  1
    ``squeeze``      factor of the width, from 1/``squeeze`` to           1
                     ``squeeze``; the height is divided by it
    ``shear``        pixels to the right for each pixel upwards, at most  0
                     so many either way: the digit slants
    ===============  ===================================================  ==========

    Shifts and shears are drawn uniformly. Factors are drawn with uniform logarithms,
    so that a digit becomes larger as often as smaller, and wider as often as taller.
    The middle of the image stays in place but for the shift. What leaves the image is
    lost: with the ranges given here 1 digit in 100 loses a twentieth of its ink.

    Raises:
        ValueError: if a range is not a number, or below that at which nothing happens.
    """

    translation: float = 2.0
    scale: float = 1.15
    squeeze: float = 1.15
    shear: float = 0.25

    def __post_init__(self):
        for field in fields(self):
            largest, least = getattr(self, field.name), _NOTHING[field.name]
            if not (isinstance(largest, int | float) and least <= largest < math.inf):
                what = "a factor" if least else "a number"
                raise ValueError(
                    f"{field.name} must be {what} of at least {least}, got {largest!r}."
                )

    def draw(self, digits: int, generator: torch.Generator) -> Tensor:
        """Draw a distortion for each digit: (digits, 2, 3), ``float64``, on the CPU.

        They are as :func:`warp` takes them. The same state of the generator gives the
        same distortions; five numbers are drawn for each digit, whatever the ranges.

        Args:
            digits: how many.
            generator: of the CPU.
        """
        drawn = torch.rand(digits, 5, dtype=torch.float64, generator=generator)
        right, down, scale, squeeze, shear = (2 * drawn - 1).unbind(1)  # in [-1, 1)
        scale = torch.exp(scale * math.log(self.scale))
        squeeze = torch.exp(squeeze * math.log(self.squeeze))
        width, height = scale * squeeze, scale / squeeze
        none = torch.zeros_like(width)
        # Scaled and squeezed first, sheared then; y points down, so up is -y.
        across = [width, -shear * self.shear * height, right * self.translation]
        along = [none, height, down * self.translation]
        return torch.stack([*across, *along], dim=1).reshape(digits, 2, 3)

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Distort each of the ``uint8`` images (n, 28, 28) in a way of its own.

        Args:
            images: digits as MNIST has them; they are left as they are.
            generator: of the CPU; its state decides about all that is random.

        Returns:
            As many ``uint8`` images (n, 28, 28), where the images are.

        Raises:
            ValueError: if the images are not ``uint8`` of shape (n, 28, 28).
        """
        return warp(images, self.draw(len(checked(images)), generator))


#: The value of each range at which it does nothing.
_NOTHING = {"translation": 0, "scale": 1, "squeeze": 1, "shear": 0}


def warp(images: Tensor, maps: Tensor) -> Tensor:
    """Move each image's points by an affine map of its own.

    Each pixel of the result asks which point of the image came to lie in its middle,
    and takes the four pixels around that point, weighted by how near they are. Beyond
    the image there is paper.

    Args:
        images: ``uint8`` of shape (n, 28, 28).
        maps: (n, 2, 3), a matrix and a shift for each image. A point (x, y) goes to
            matrix (x, y) + shift, in pixels from the middle, to the right and down.

    Returns:
        ``uint8`` images (n, 28, 28), rounded to the nearest grey.

    Raises:
        ValueError: if images or maps have another type or shape, or if a map cannot be
            undone, since it would press a digit flat.
    """
    checked(images)
    if tuple(maps.shape) != (len(images), 2, 3):
        raise ValueError(
            f"Expected a map of shape (2, 3) for each of {len(images):,} images, "
            f"got shape {tuple(maps.shape)}."
        )
    maps = maps.double()
    sizes = maps[:, 0, 0] * maps[:, 1, 1] - maps[:, 0, 1] * maps[:, 1, 0]  # of a pixel
    if not (sizes.abs() > 1e-6).all():  # also where one is NaN
        raise ValueError("A map presses its digit flat: no point can be traced back.")
    back = torch.linalg.inv(maps[:, :, :2])  # (n, 2, 2)
    # PyTorch measures from the middle, too, in halves of the image's edge.
    shift = -back @ maps[:, :, 2:] / (images.shape[-1] / 2)  # (n, 2, 1)
    sources = torch.cat([back, shift], dim=2).float().to(images.device)  # (n, 2, 3)
    warped = torch.empty_like(images)
    for start in range(0, len(images), CHUNK):
        these = slice(start, start + CHUNK)
        pictures = images[these].float().unsqueeze(1)  # (chunk, 1, 28, 28)
        points = F.affine_grid(sources[these], pictures.shape, align_corners=False)
        greys = F.grid_sample(pictures, points, align_corners=False)  # paper beyond
        warped[these] = greys.squeeze(1).round_().to(torch.uint8)
    return warped


def checked(images: Tensor) -> Tensor:
    """Return the images.

    Raises:
        ValueError: if they are not ``uint8`` of shape (n, 28, 28).
    """
    if images.dtype != torch.uint8 or images.shape[1:] != (28, 28):
        raise ValueError(
            "Expected uint8 images of shape (n, 28, 28), "
            f"got {images.dtype} of shape {tuple(images.shape)}."
        )
    return images
