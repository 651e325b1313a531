"""One known change to all digits: turned, made smaller or larger, moved, or noisy.

They are changed in the field that a network reads, after coding, where a digit has the
margins that the paper gave it: 32x32 for LeNet-5. In MNIST's own 28x28 a shift of six
pixels would already cut ink off. Lengths are counted in MNIST's pixels for all
networks, also for one whose coding reduces the digit, so that its change is the same.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lenet_lib.data import InputCoding

#: Digits changed at a time: enough for speed, and little memory.
CHUNK = 1_000


def changed(
    images: Tensor,
    coding: InputCoding,
    *,
    turn: float = 0.0,
    size: float = 1.0,
    right: float = 0.0,
    down: float = 0.0,
    inverted: float = 0.0,
    noise: float = 0.0,
    seed: int = 0,
) -> Tensor:
    """Code digits for a network, and change all of them alike.

    Args:
        images: ``uint8`` of shape (n, 28, 28).
        coding: how the network wants them.
        turn: degrees, counter-clockwise, about the middle of the field.
        size: factor of both edges, from the middle of the field.
        right: shift to the right, in pixels of MNIST.
        down: shift downwards, in pixels of MNIST.
        inverted: salt-and-pepper noise: the probability with which a pixel of the field
            is inverted, ink for paper and paper for ink.
        noise: Gaussian noise: its standard deviation, where paper to ink is 1.
        seed: of both kinds of noise.

    Returns:
        Inputs of the network, ``float32`` of shape (n, 1, edge, edge).

    Raises:
        ValueError: if the size is not above 0, or the probability not in 0...1.
    """
    if not size > 0:
        raise ValueError(f"size must be a factor above 0, got {size}.")
    if not 0 <= inverted <= 1:
        raise ValueError(f"inverted must be a probability, got {inverted}.")
    inputs = coding(images)  # (n, 1, edge, edge)
    contrast = coding.ink - coding.background
    if (turn, size, right, down) != (0, 1, 0, 0):
        pixel = coding.box / 20 if coding.box else 1.0  # one of MNIST's, in the field
        inputs -= coding.background  # paper is 0, as beyond the field
        inputs = _moved(inputs, turn, size, (pixel * right, pixel * down))
        inputs += coding.background
    generator = torch.Generator().manual_seed(seed)
    if inverted:
        chosen = torch.rand(inputs.shape, generator=generator) < inverted
        opposite = coding.background + coding.ink - inputs
        inputs = torch.where(chosen, opposite, inputs)
    if noise:
        inputs += contrast * noise * torch.randn(inputs.shape, generator=generator)
    return inputs


def _moved(
    inputs: Tensor, turn: float, size: float, shift: tuple[float, float]
) -> Tensor:
    """Turn, scale and shift fields (n, 1, edge, edge), with zeros beyond them.

    Each new pixel asks where its middle came from, and interpolates between the four
    pixels around. Where digits shrink, a new pixel covers more than one old: it takes
    the mean over several points, or thin strokes would slip through between them.
    """
    edge = inputs.shape[-1]
    angle, (right, down) = math.radians(turn), shift
    cos, sin = math.cos(angle) / size, math.sin(angle) / size
    # Back from the new place to the old; y points down, so this turn is clockwise.
    x, y = 2 * right / edge, 2 * down / edge  # PyTorch counts in halves of the edge
    back = torch.tensor(
        [[[cos, -sin, sin * y - cos * x], [sin, cos, -sin * x - cos * y]]]
    )
    fine = math.ceil(1 / size)  # points in a pixel, along each axis
    points = F.affine_grid(back, [1, 1, fine * edge, fine * edge], align_corners=False)
    parts = []
    for part in inputs.split(CHUNK):
        grid = points.expand(len(part), -1, -1, -1)
        sampled = F.grid_sample(part, grid, align_corners=False)
        parts.append(F.avg_pool2d(sampled, fine))  # (chunk, 1, edge, edge)
    return torch.cat(parts)
