"""Elastic distortions of digits: as a hand that trembles, or paper that gives way.

Simard, Steinkraus and Platt (2003), section 2, move each pixel by a random amount of
its own, after a Gaussian has smoothed these amounts, so that neighbours move together:
stroke by stroke the digit is bent, and stays in one piece.
"""

import math
from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.distortions import CHUNK, checked

#: How far the Gaussian reaches, in standard deviations.
REACH = 3


@dataclass(frozen=True)
class Elastic:
    """Random elastic distortions, drawn anew for each digit.

    For each pixel, an amount to the right and one downwards are drawn, uniformly from
    -1 to 1. Both are smoothed by a Gaussian of sum 1 and multiplied by ``alpha``. The
    amounts are drawn beyond the image, too, so that its border moves as its middle
    does.

    The paper gives 4 and 34 as the best for its digits, in 29x29 pixels. Its text also
    speaks of fields that are scaled to a norm of 1, without saying which norm; without
    that, as here, a pixel moves by 1.4 pixels either way (one standard deviation).

    Args:
        sigma: standard deviation of the Gaussian, in pixels, at most 28. The larger,
            the wider the parts that move as one, and the less they move.
        alpha: how much they move, in pixels; nothing moves at 0.

    Raises:
        ValueError: if one of them is not such a number.
    """

    sigma: float = 4.0
    alpha: float = 34.0

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if not (isinstance(value, int | float) and 0 <= value < math.inf):
                raise ValueError(
                    f"{field.name} must be a number of at least 0, got {value!r}."
                )
        if not 0 < self.sigma <= 28:
            raise ValueError(
                "sigma must be above 0 and at most 28, the image's edge, "
                f"got {self.sigma!r}."
            )

    def draw(self, digits: int, generator: torch.Generator) -> Tensor:
        """Draw a field for each digit: (digits, 2, 28, 28), ``float32``, on the CPU.

        They are as :func:`displace` takes them. The same state of the generator gives
        the same fields, but for rounding.

        Args:
            digits: how many.
            generator: of the CPU.
        """
        reach = math.ceil(REACH * self.sigma)
        frame = 28 + 2 * reach
        noise = 2 * torch.rand(digits, 2, frame, frame, generator=generator) - 1
        # Row r of the matrix smooths what lies around pixel r: a Gaussian is a product
        # of one along rows and one along columns.
        offsets = torch.arange(frame) - reach - torch.arange(28)[:, None]
        weights = torch.exp(-(offsets**2) / (2 * self.sigma**2))
        weights = torch.where(offsets.abs() <= reach, weights, 0)  # (28, frame)
        weights = weights / weights.sum(dim=1, keepdim=True)
        return self.alpha * (weights @ noise @ weights.T)  # (digits, 2, 28, 28)

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
        parts = checked(images).split(CHUNK)  # a field is as large as its image
        return torch.cat([displace(p, self.draw(len(p), generator)) for p in parts])


def displace(images: Tensor, shifts: Tensor) -> Tensor:
    """Fetch each pixel's grey from somewhere else.

    A pixel takes the four pixels around the point that its shift leads to, weighted by
    how near they are. Beyond the image there is paper.

    Args:
        images: ``uint8`` of shape (n, 28, 28).
        shifts: (n, 2, 28, 28): for each pixel of each image, how far to the right and
            how far down its grey is fetched, in pixels.

    Returns:
        ``uint8`` images (n, 28, 28), rounded to the nearest grey.

    Raises:
        ValueError: if images or shifts have another type or shape.
    """
    checked(images)
    if tuple(shifts.shape) != (len(images), 2, 28, 28):
        raise ValueError(
            f"Expected shifts of shape (2, 28, 28) for each of {len(images):,} images, "
            f"got shape {tuple(shifts.shape)}."
        )
    place = torch.arange(28.0)
    down, right = torch.meshgrid(place, place, indexing="ij")
    points = torch.stack([right, down]) + shifts  # (n, 2, 28, 28)
    # PyTorch measures from the middle of the image, in halves of its edge.
    points = ((points - 13.5) / 14).permute(0, 2, 3, 1)  # (n, 28, 28, 2)
    pictures = images.float().unsqueeze(1)  # (n, 1, 28, 28)
    greys = F.grid_sample(pictures, points.to(images.device), align_corners=False)
    return greys.squeeze(1).round_().to(torch.uint8)
