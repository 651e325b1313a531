"""Stochastic diagonal Levenberg-Marquardt: a step size for each weight (P98, App. C)."""

import numpy as np

from lenet_lib.byhand.criteria import SquaredError
from lenet_lib.byhand.networks import ByHand

#: What keeps a step small where the loss hardly bends (P98, III.B).
MU = 0.02


def estimate(
    net: ByHand, criterion: SquaredError, digits: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """How much the loss bends along each weight: the paper's recursion (eq. 23 to 27).

    Args:
        net: the network by hand.
        criterion: where the sweep back starts.
        digits: coded digits, (n, size * size); the paper takes 500.
        labels: what they are, (n,).

    Returns:
        Second derivatives, mean over the digits, for each number in ``net.weights``.
    """
    total = np.zeros(net.weights.shape)
    for digit, label in zip(digits, labels, strict=True):
        net.backward_second(criterion.bends(net.forward(digit), label))
        total += net.curvature
    return total / len(digits)


def probed(
    net: ByHand,
    criterion: SquaredError,
    digits: np.ndarray,
    labels: np.ndarray,
    draw: np.random.Generator,
) -> np.ndarray:
    """The same second derivatives without the recursion's simplification.

    A random vector whose covariance is the matrix of second derivatives at the last
    states, sent back once: the square of what arrives is right on average, cross terms
    of shared weights included.
    """
    total = np.zeros(net.weights.shape)
    for digit, label in zip(digits, labels, strict=True):
        net.backward(criterion.probe(net.forward(digit), label, draw))
        total += net.gradient.astype(float) ** 2
    return total / len(digits)


def steps(
    net: ByHand, curvature: np.ndarray, rate: float, mu: float = MU
) -> np.ndarray:
    """The step size of each weight (eq. 21); 0 for those that the network has not."""
    return (rate / (mu + curvature) * net.exists).astype(net.weights.dtype)


def train(
    net: ByHand,
    criterion: SquaredError,
    digits: np.ndarray,
    labels: np.ndarray,
    sizes: np.ndarray,
) -> int:
    """One pass: a step after each digit. Returns how many were misread, each before it.

    Args:
        net: the network by hand, changed in place.
        criterion: what it is trained for.
        digits: coded digits in their order, (n, size * size).
        labels: what they are, (n,).
        sizes: the step size of each weight, from :func:`steps`.
    """
    misread = 0
    for digit, label in zip(digits, labels.tolist(), strict=True):
        last = net.forward(digit)
        misread += criterion.answer(last) != label
        net.backward(criterion.slopes(last, label))
        net.gradient *= sizes
        net.weights -= net.gradient
    return misread
