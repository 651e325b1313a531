"""Typical wrong answers to the exercises of the chapter on the digits."""

import torch


def farthest(images, means):
    """The digit whose mean is farthest."""
    return torch.cdist(images.flatten(1), means.flatten(1)).argmax(1)


def one_by_one(images, means):
    """Distances in place of digits."""
    return torch.cdist(images.flatten(1), means.flatten(1))


def by_product(images, means):
    """Forgets that means with more ink have larger products."""
    return (images.flatten(1) @ means.flatten(1).T).argmax(1)


def right(images, means):
    """As it should be."""
    return torch.cdist(images.flatten(1), means.flatten(1)).argmin(1)


MISTAKES = {
    "ex-digits-ink": [
        ((1, 0), "the wrong way round"),
        ((8, 1), "`most`: there is a digit with more ink than 8"),
        ((0, 7), "`least`: there is a digit with less ink than 7"),
        ((0, 12), "`least` should be a digit"),
    ],
    "ex-digits-standardise": [
        ((2.82, -0.42), "the wrong way round"),
        ((-0.13, 0.87), "the deviation is still that of the data"),
        ((-0.42, 827.3), "divides p by 255"),
        ((-1.377, 9.158), "not by the variance"),
    ],
    "ex-digits-means": [
        ((farthest, 17.97), "whose mean image is farthest"),
        ((one_by_one, 17.97), "has shape (6, 10); it should be (6,)"),
        ((by_product, 17.97), "was expected"),
        ((right, 0.1797), "in percent"),
        ((right, 82.03), "the share that it reads correctly"),
    ],
    "ex-digits-shift": [
        ((17.97,), "without a shift"),
        ((0.5,), "too small"),
        ((99.0,), "too large"),
    ],
    "ex-digits-labels": [
        ((list(range(50)), 3), "is nearest to its own mean image"),
        (([7] * 50, 3), "names a digit twice"),
        (([1, 2, 3], 3), "should hold 50 numbers, and holds 3"),
    ],
}
