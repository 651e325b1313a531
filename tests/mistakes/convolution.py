"""Typical wrong answers to the exercises of the chapter on convolution."""

import torch
import torch.nn.functional as F
from torch import nn


def whole_map(image, kernel, bias, stride):
    """As it should be."""
    weights = kernel[None, None]
    return F.conv2d(image[None, None], weights, stride=stride)[0, 0] + bias


def network(stride=2, padding=0, squash=nn.Tanh, units=128):
    """The small network, in steps."""
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2, padding=padding),
        nn.Tanh(),
        nn.Conv2d(4, 8, 5, stride=stride, padding=padding),
        squash(),
        nn.Flatten(),
        nn.Linear(units, 10),
    )


PLACE = torch.arange(784).reshape(28, 28)
SQUARES = (
    PLACE.reshape(14, 2, 14, 2).flip(1).reshape(28, 28)  # rows of each square exchanged
)
NAMES = ("as they are", "mirrored", "halves exchanged", "squares scrambled")


def orders(**changes):
    """As they should be, but for these."""
    right = dict(
        zip(NAMES, (PLACE, PLACE.flip(1), PLACE.roll(14, 1), SQUARES), strict=True)
    )
    return right | {name.replace("_", " "): order for name, order in changes.items()}


def errors(**changes):
    """As one may measure them, but for these."""
    right = dict(
        zip(
            NAMES,
            ([8.2, 7.4, 8.4], [8.3, 8.6, 9.4], [11.0, 15.7, 14.9], [9.4, 8.3, 9.3]),
            strict=True,
        )
    )
    return right | {name.replace("_", " "): found for name, found in changes.items()}


def move_each(images, value=None, ways=5):
    """As it should be; or with another value beyond the edge, or fewer ways."""
    value = images.min().item() if value is None else value
    framed = F.pad(images, (2, 2, 2, 2), value=value)
    rows, columns = torch.randint(ways, (2, len(images))).tolist()
    cut = [
        image[:, row : row + 28, column : column + 28]
        for image, row, column in zip(framed, rows, columns, strict=True)
    ]
    return torch.stack(cut)


def roll_each(images):
    """What leaves on one side enters opposite."""
    ways = torch.randint(-2, 3, (len(images), 2)).tolist()
    return torch.stack(
        [image.roll(way, (1, 2)) for image, way in zip(images, ways, strict=True)]
    )


def move_all(images):
    """One move for the whole batch."""
    framed = F.pad(images, (2, 2, 2, 2), value=images.min().item())
    row, column = torch.randint(5, (2,)).tolist()
    return framed[..., row : row + 28, column : column + 28]


def seeded(images):
    """The same moves in each pass."""
    torch.manual_seed(0)
    return move_each(images)


HALVES = ["halves exchanged"]
BAR = torch.tensor([[-2.0, 1, 1, 1, -2]] * 5)
MISTAKES = {
    "ex-convolution-count": [
        ((24, 300, 145_200, 2_279_640), "has 7 × 7 pixels here"),
        ((22, 294, 145_200, 2_279_640), "each map has a bias, too"),
        ((22, 300, 142_296, 2_279_640), "a unit's bias is a connection, too"),
        ((22, 300, 145_200, 2_276_736), "each unit has a bias, too"),
        ((22, 50, 145_200, 2_279_640), "one map of six"),
    ],
    "ex-convolution-map": [
        (
            (lambda x, w, b, s: whole_map(x, w.flip(0, 1), b, s),),
            "with the kernel turned",
        ),
        ((lambda x, w, b, s: whole_map(x, w, 0, s),), "has no bias"),
        ((lambda x, w, b, s: whole_map(x, w, 25 * b, s),), "was expected"),
        (
            (lambda x, w, b, s: whole_map(x, w, w.numel() * b, s),),
            "once for each weight",
        ),
        ((lambda x, w, b, s: whole_map(x, w, b, 1),), "does not step"),
        ((lambda x, w, b, s: whole_map(x[:-1], w, b, s),), "it should be (5, 5)"),
    ],
    "ex-convolution-ones": [
        ((BAR, 61), "61 zeros of 100"),
        ((BAR, 39), "lie above the median one"),
        ((BAR, 17), "is not the number of zeros below"),
        ((torch.ones(3, 3), 90), "has shape (3, 3); it should be (5, 5)"),
    ],
    "ex-convolution-stride": [
        ((network, 2_226, 29_194), "`parameters`: that is the network with subsamp"),
        ((network, 2_202, 28_480), "a unit's bias is a connection, too"),
        ((lambda: network(stride=1), 2_202, 29_194), "steps by (1, 1), not by two"),
        ((lambda: network(padding=2, units=392), 2_202, 29_194), "has a border"),
        (
            (lambda: network(squash=nn.Identity), 2_202, 29_194),
            "a tanh after each",
        ),
        (
            (lambda: nn.Sequential(network(), nn.Linear(10, 10)), 2_202, 29_194),
            "two `nn.Conv2d` and one `nn.Linear`",
        ),
        ((lambda: None, 2_202, 29_194), "is there a `return`"),
    ],
    "ex-convolution-mirror": [
        ((orders(mirrored=PLACE.flip(0)), errors(), HALVES), "upside down"),
        ((orders(halves_exchanged=PLACE.roll(1, 1)), errors(), HALVES), "the halves"),
        (
            (orders(squares_scrambled=PLACE.roll(1, 0)), errors(), HALVES),
            "leave their square",
        ),
        ((orders(mirrored=...), errors(), HALVES), "is still `...`"),
        ((orders(), errors(mirrored=[0.08, 0.09, 0.1]), HALVES), "in percent"),
        ((orders(), errors(mirrored=[61.0, 67.0, 70.0]), HALVES), "held-out digits"),
        ((orders(), errors(mirrored=[8.0] * 3), HALVES), "hardly give the same error"),
        ((orders(), errors(), []), "does not name 'halves exchanged'"),
        ((orders(), errors(), ["mirrored", *HALVES]), "names 'mirrored'"),
    ],
    "ex-convolution-moves": [
        ((roll_each, 30, 13), "what leaves on one side enters opposite"),
        ((move_all, 30, 13), "move alike"),
        ((seeded, 30, 13), "draw anew each time"),
        ((lambda x: move_each(x, value=0.0), 30, 13), "at the edge is no paper"),
        ((lambda x: move_each(x, ways=4), 30, 13), "never occurs"),
        ((move_each, 13, 30), "are they in order"),
        ((move_each, 0.3, 0.13), "in percent"),
        ((move_each, 8.2, 6.9), "`plain` is too small"),
    ],
}
