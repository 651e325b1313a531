"""Stochastic diagonal Levenberg-Marquardt: a step size for each weight.

P98 is LeCun et al. (1998): III.B for the settings, Appendix C for the method. How much
the loss bends along each weight is estimated on some digits, before each pass, and all
steps of that pass are scaled by it.
"""

import numpy as np

from lenet_lib import papers
from lenet_lib.byhand.criteria import Criterion
from lenet_lib.byhand.networks import ByHand

#: What keeps a step small where the loss hardly bends (P98, III.B).
MU = papers.LENET5_STEPS["mu"]


def estimate(
    net: ByHand, criterion: Criterion, digits: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """How much the loss bends along each weight: P98's recursion (eq. 23 to 27).

    ``lenet_lib.curvature`` explains which cross terms it leaves out.

    Args:
        net: the network by hand.
        criterion: where the sweep back starts.
        digits: coded digits, (n, size * size); the paper takes 500.
        labels: what they are, (n,).

    Returns:
        Second derivatives, mean over the digits, for each number in ``net.weights``.

    Raises:
        ValueError: if there is no digit, or not a label for each.
    """
    _check(digits, labels)
    total = np.zeros(net.weights.shape)
    for digit, label in zip(digits, labels, strict=True):
        net.backward_second(criterion.bends(net.forward(digit), label))
        total += net.curvature
    return total / len(digits)


def probed(
    net: ByHand,
    criterion: Criterion,
    digits: np.ndarray,
    labels: np.ndarray,
    draw: np.random.Generator,
) -> np.ndarray:
    """The same second derivatives without the recursion's simplification.

    A random vector whose covariance is the matrix of second derivatives at the last
    states is sent back once for each digit. The square of what arrives is right on
    average, with all cross terms.

    Args:
        net: as in :func:`estimate`, and so are all but the last.
        criterion: draws the random vectors.
        digits: coded digits, (n, size * size).
        labels: what they are, (n,).
        draw: where its random numbers come from.

    Returns:
        Second derivatives, mean over the digits, for each number in ``net.weights``.

    Raises:
        ValueError: if there is no digit, or not a label for each.
    """
    _check(digits, labels)
    total = np.zeros(net.weights.shape)
    for digit, label in zip(digits, labels, strict=True):
        net.backward(criterion.probe(net.forward(digit), label, draw))
        total += net.gradient.astype(float) ** 2
    return total / len(digits)


def steps(
    net: ByHand, curvature: np.ndarray, rate: float, mu: float = MU
) -> np.ndarray:
    """The step size of each weight (eq. 21); 0 for those that the network has not.

    Args:
        net: the network by hand.
        curvature: from :func:`estimate` or :func:`probed`.
        rate: the global rate, η.
        mu: what keeps steps short where the loss hardly bends.
    """
    return (rate / (mu + curvature) * net.exists).astype(net.weights.dtype)


def train(
    net: ByHand,
    criterion: Criterion,
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

    Raises:
        ValueError: if there is no digit, or not a label for each.
    """
    _check(digits, labels)
    misread = 0
    for digit, label in zip(digits, labels.tolist(), strict=True):
        last = net.forward(digit)
        misread += criterion.answer(last) != label
        net.backward(criterion.slopes(last, label))
        net.gradient *= sizes
        net.weights -= net.gradient
    return misread


def _check(digits: np.ndarray, labels: np.ndarray) -> None:
    """Say what is wrong before anything has changed."""
    if not len(digits) or labels.shape != digits.shape[:1]:
        raise ValueError(
            "Give at least one digit, and one label for each: got digits of shape "
            f"{digits.shape} and labels of shape {labels.shape}."
        )
