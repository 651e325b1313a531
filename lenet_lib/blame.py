"""Which pixels made a network say so: two maps of blame, and a test of such maps.

All is about the *gap*: by how much the penalty of the right digit is smaller than the
smallest of the others. A digit is read right while its gap is above zero.

Occlusion is Zeiler and Fergus's (2014), the gradient as a map is Simonyan et al.'s
(2014). The numbers here are for LeNet-5, whose smallest output wins.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from lenet_lib.data import CODINGS

#: What LeNet-5 sees where there is paper, and where there is full ink.
PAPER, INK = CODINGS["lenet5"].background, CODINGS["lenet5"].ink

#: Coded digits (n, 1, rows, columns) to penalties (n, classes).
Scorer = Callable[[Tensor], Tensor]


def gap(penalties: Tensor, labels: Tensor) -> Tensor:
    """The smallest penalty of a wrong digit minus the right one's, (n,).

    Args:
        penalties: (n, classes), the smallest wins.
        labels: the right digits, (n,).

    Raises:
        ValueError: if the shapes do not fit.
    """
    if penalties.ndim != 2 or labels.shape != penalties.shape[:1]:
        raise ValueError(
            "Expected penalties of shape (n, classes) and labels of shape (n,), "
            f"got {tuple(penalties.shape)} and {tuple(labels.shape)}."
        )
    right = labels[:, None]  # (n, 1)
    others = penalties.scatter(1, right, torch.inf)
    return others.amin(dim=1) - penalties.gather(1, right).squeeze(1)


@torch.no_grad()
def occlusion(
    network: Scorer,
    inputs: Tensor,
    labels: Tensor,
    size: int = 5,
    filling: float = PAPER,
) -> Tensor:
    """How much the gap shrinks when a patch covers each place, (n, rows, columns).

    Above zero, what the patch hides spoke for the right digit; below, against it.

    Args:
        network: gives penalties (n, classes).
        inputs: coded digits, (n, 1, rows, columns).
        labels: the right digits, (n,).
        size: pixels along an edge of the patch, an odd number. It is centred on each
            pixel in turn; at the border, what hangs over is cut off.
        filling: the value of its pixels, paper by default.

    Raises:
        ValueError: if a shape is wrong, or the patch has no middle pixel.
    """
    _check(inputs, labels)
    if type(size) is not int or size < 1 or size % 2 == 0:
        raise ValueError(f"size must be an odd number of pixels, got {size!r}.")
    patches = _patches(*inputs.shape[2:], size)  # (rows * columns, rows, columns)
    maps = torch.zeros(len(inputs), len(patches), dtype=inputs.dtype)
    for image, label, change in zip(inputs, labels, maps, strict=True):
        covered = torch.where(patches, filling, image)  # (places, rows, columns)
        # Where a patch of paper lies on paper, nothing has changed.
        seen = (covered != image).flatten(1).any(dim=1)  # (places,)
        pictures = torch.cat([image[None], covered[seen, None]])  # (1 + seen, 1, ...)
        gaps = gap(network(pictures), label.expand(len(pictures)))
        change[seen] = gaps[0] - gaps[1:]
    return maps.reshape(len(inputs), *inputs.shape[2:])


def saliency(network: Scorer, inputs: Tensor, labels: Tensor) -> Tensor:
    """The gradient of the gap with respect to each pixel, (n, rows, columns).

    Above zero, more ink in this pixel would make the gap larger.

    Args:
        network: gives penalties (n, classes), each digit's from its own pixels.
        inputs: coded digits, (n, 1, rows, columns).
        labels: the right digits, (n,).

    Raises:
        ValueError: if a shape is wrong.
    """
    _check(inputs, labels)
    inputs = inputs.detach().requires_grad_()
    with torch.enable_grad():
        total = gap(network(inputs), labels).sum()
        (slopes,) = torch.autograd.grad(total, inputs)
    return slopes.squeeze(1)  # (n, rows, columns)


@torch.no_grad()
def deletions(
    network: Scorer,
    inputs: Tensor,
    labels: Tensor,
    importance: Tensor,
    paper: float = PAPER,
) -> Tensor:
    """How many pixels must go until the answer is wrong, the most important first.

    Only pixels with ink are taken, for the others are paper already.

    Args:
        network: gives penalties (n, classes).
        inputs: coded digits, (n, 1, rows, columns).
        labels: the right digits, (n,).
        importance: a number for each pixel, (n, rows, columns).
        paper: what a pixel becomes when its ink is taken.

    Returns:
        The counts, (n,), ``float32``: infinite where even blank paper is read as the
        right digit, and 0 where the digit is misread as it is.

    Raises:
        ValueError: if a shape is wrong.
    """
    _check(inputs, labels)
    if importance.shape != inputs.squeeze(1).shape:
        raise ValueError(
            f"Expected an importance of shape {tuple(inputs.squeeze(1).shape)}, "
            f"got {tuple(importance.shape)}."
        )
    inked = inputs.squeeze(1) > paper  # (n, rows, columns)
    order = importance.masked_fill(~inked, -torch.inf).flatten(1)  # (n, pixels)
    order = order.argsort(dim=1, descending=True, stable=True)
    turn = order.argsort(dim=1).reshape(inputs.shape)  # when it is each pixel's turn
    ink = inked.flatten(1).sum(dim=1)
    counts = torch.full((len(inputs),), torch.inf)
    for count in range(int(ink.max()) + 1):
        left = (counts.isinf() & (ink >= count)).nonzero().squeeze(1)
        if not len(left):
            break
        pictures = torch.where(turn[left] < count, paper, inputs[left])
        counts[left[gap(network(pictures), labels[left]) <= 0]] = count
    return counts


def _patches(rows: int, columns: int, size: int) -> Tensor:
    """Which pixels a patch covers in each place: bool, (places, rows, columns)."""
    reach = size // 2

    def near(length: int) -> Tensor:  # (length, length)
        place = torch.arange(length)
        return (place[:, None] - place).abs() <= reach

    both = near(rows)[:, None, :, None] & near(columns)[None, :, None, :]
    return both.reshape(rows * columns, rows, columns)


def _check(inputs: Tensor, labels: Tensor) -> None:
    """Raise if these are no coded digits with a label for each."""
    if inputs.ndim != 4 or inputs.shape[1] != 1 or not len(inputs):
        raise ValueError(
            "Expected at least one input, of shape (n, 1, rows, columns), "
            f"got {tuple(inputs.shape)}."
        )
    if labels.shape != inputs.shape[:1]:
        raise ValueError(
            f"Expected a label for each of {len(inputs)} inputs, "
            f"got labels of shape {tuple(labels.shape)}."
        )
