"""Typical wrong answers to the exercise on maps of the chapter on the inside."""

import torch


def of(points):
    """Singular vectors of the centred points, and the points themselves centred."""
    centred = points - points.mean(0)
    _, lengths, axes = torch.linalg.svd(centred, full_matrices=False)
    return centred, lengths, axes


def right(points):
    """As it should be."""
    centred, lengths, axes = of(points)
    return centred @ axes[:2].T, lengths[:2].square() / lengths.square().sum()


def not_centred(points):
    """Forgets to take off the mean."""
    _, lengths, axes = torch.linalg.svd(points, full_matrices=False)
    return points @ axes[:2].T, lengths[:2].square() / lengths.square().sum()


def whitened(points):
    """Takes the left singular vectors for places."""
    left, lengths, _ = torch.linalg.svd(of(points)[0], full_matrices=False)
    return left[:, :2], lengths[:2].square() / lengths.square().sum()


def ascending(points):
    """Forgets that ``eigh`` gives the smallest eigenvalue first."""
    centred = of(points)[0]
    variances, axes = torch.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, :2], variances[:2] / variances.sum()


def swapped(points):
    """Takes the last two eigenvectors, in their order."""
    centred = of(points)[0]
    variances, axes = torch.linalg.eigh(centred.T @ centred)
    return centred @ axes[:, -2:], variances[-2:] / variances.sum()


def transposed(points):
    """Axes are columns here, and are taken for rows."""
    centred, lengths, axes = of(points)
    return centred @ axes.T[:2].T, lengths[:2].square() / lengths.square().sum()


def standardised(points):
    """Divides each number by its deviation."""
    return right((points - points.mean(0)) / points.std(0))


def two_numbers(points):
    """Takes two of the numbers."""
    centred, lengths, _ = of(points)
    return centred[:, :2], lengths[:2].square() / lengths.square().sum()


def upright(points):
    """Places as columns."""
    places, shares = right(points)
    return places.T, shares


def not_squared(points):
    """Shares of the singular values."""
    _, lengths, _ = of(points)
    return right(points)[0], lengths[:2] / lengths.sum()


def of_two(points):
    """Shares of what two axes keep."""
    _, lengths, _ = of(points)
    return right(points)[0], lengths[:2].square() / lengths[:2].square().sum()


def variances(points):
    """Variances in place of shares."""
    _, lengths, _ = of(points)
    return right(points)[0], lengths[:2].square() / (len(points) - 1)


def percent(points):
    """Shares in percent."""
    places, shares = right(points)
    return places, 100 * shares


def summed(points):
    """What one axis keeps, and what two do."""
    places, shares = right(points)
    return places, shares.cumsum(0)


def places_alone(points):
    """No shares."""
    return right(points)[0]


MISTAKES = {
    "ex-inside-map": [
        ((not_centred, 9), "should lie at (0, 0)"),
        ((whitened, 9), "times what they should be"),
        ((ascending, 9), "vary least"),
        ((swapped, 9), "more variance comes first"),
        ((transposed, 9), "was expected"),
        ((standardised, 9), "do not divide by deviations"),
        ((two_numbers, 9), "turn the axes"),
        ((upright, 9), "has shape (2, 40); it should be (40, 2)"),
        ((places_alone, 9), "should give two things"),
        ((not_squared, 9), "square them first"),
        ((of_two, 9), "all the others count, too"),
        ((variances, 9), "are variances"),
        ((percent, 9), "in percent"),
        ((summed, 9), "each for itself"),
        ((right, 84), "fewer will do"),
        ((right, 10), "one for each code"),
        ((right, 8), "what eight axes keep"),
        ((right, 2), "too small"),
    ],
}
