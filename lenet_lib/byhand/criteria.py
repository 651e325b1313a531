"""What the networks are trained for: one digit's loss, and where sweeps back start.

A criterion looks at the states of the last layer that learns. It gives the first and
second derivatives of the loss by them, which :class:`~lenet_lib.byhand.ByHand` sends
back. P89, P90 and P98 stand for LeCun et al. of 1989, 1990 and 1998.

Every criterion here is convex: its matrix of second derivatives H is the covariance of
some random vector, and that is what ``probe`` draws.
"""

import math
from numbers import Real

import numpy as np

from lenet_lib import papers


class SquaredError:
    """The mean squared error of ten outputs, +1 for the digit and -1 for the others.

    P89 and P90: targets within the range of the squashing function.

    Args:
        kind: floating-point type of the network.
    """

    def __init__(self, kind: np.dtype = np.float32):
        self.targets = 2 * np.eye(10, dtype=kind) - 1

    def answer(self, outputs: np.ndarray) -> int:
        """The digit with the highest output."""
        return int(outputs.argmax())

    def loss(self, outputs: np.ndarray, label: int) -> float:
        """The error of one digit's outputs, (10,)."""
        return float(np.square(outputs - self.targets[label]).mean())

    def slopes(self, outputs: np.ndarray, label: int) -> np.ndarray:
        """Derivatives of the loss by the outputs, (10,)."""
        return 2 / 10 * (outputs - self.targets[label])

    def bends(self, outputs: np.ndarray, label: int) -> np.ndarray:
        """Second derivatives by the outputs, (10,)."""
        return np.full_like(outputs, 2 / 10)

    def probe(
        self, outputs: np.ndarray, label: int, draw: np.random.Generator
    ) -> np.ndarray:
        """A random vector whose covariance is the matrix of second derivatives."""
        return (np.sqrt(2 / 10) * _signs(outputs, draw)).astype(outputs.dtype)


class MaximumLikelihood:
    """The squared distance from F6's states to the code of the digit (P98, eq. 8).

    Args:
        kind: floating-point type of the network.
    """

    def __init__(self, kind: np.dtype = np.float32):
        pictures = papers.output_codes()
        cells = ["".join(pictures[character]) for character in "0123456789"]
        self.codes = np.array(
            [[1 if cell == "#" else -1 for cell in row] for row in cells], kind
        )  # (10, 84)

    def answer(self, features: np.ndarray) -> int:
        """The digit whose code is nearest."""
        return int(self.codes.dot(features).argmax())  # all codes are equally long

    def loss(self, features: np.ndarray, label: int) -> float:
        """The penalty of the digit, given F6's states, (84,)."""
        return float(np.square(features - self.codes[label]).sum())

    def slopes(self, features: np.ndarray, label: int) -> np.ndarray:
        """Derivatives of the loss by F6's states, (84,)."""
        return 2 * (features - self.codes[label])

    def bends(self, features: np.ndarray, label: int) -> np.ndarray:
        """Second derivatives by F6's states, (84,)."""
        return np.full_like(features, 2)

    def probe(
        self, features: np.ndarray, label: int, draw: np.random.Generator
    ) -> np.ndarray:
        """A random vector whose covariance is the matrix of second derivatives."""
        return (np.sqrt(2) * _signs(features, draw)).astype(features.dtype)


class MaximumAPosteriori(MaximumLikelihood):
    """The same with competition, and a class for all that is no digit (P98, eq. 9).

    Args:
        j: the penalty of that class. The paper says that it is positive, and no more.
        kind: floating-point type of the network.

    Raises:
        ValueError: if j is not a positive number.
    """

    def __init__(self, j: float, kind: np.dtype = np.float32):
        super().__init__(kind)
        if not (isinstance(j, Real) and math.isfinite(j) and j > 0):
            raise ValueError(f"j must be a positive number, got {j!r}.")
        self.j = self.codes.dtype.type(j)

    def posterior(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How probable each digit is, and how far F6's states are from its code.

        Args:
            features: F6's states, (84,).

        Returns:
            Probabilities (10,), the rubbish class taking the rest, and differences to
            the codes, (10, 84).
        """
        apart = features - self.codes
        penalties = np.einsum("cf,cf->c", apart, apart)
        least = min(self.j, penalties.min())  # subtracted, so that nothing underflows
        likely = np.exp(least - penalties)
        return likely / (likely.sum() + np.exp(least - self.j)), apart

    def loss(self, features: np.ndarray, label: int) -> float:
        """Equation 9 for one digit, given F6's states, (84,)."""
        return float(-np.log(self.posterior(features)[0][label]))

    def slopes(self, features: np.ndarray, label: int) -> np.ndarray:
        """Derivatives of the loss by F6's states, (84,)."""
        p, apart = self.posterior(features)
        by_penalties = -p
        by_penalties[label] += 1
        return 2 * by_penalties.dot(apart)

    def bends(self, features: np.ndarray, label: int) -> np.ndarray:
        """Second derivatives by F6's states, (84,).

        Twice the probability of the rubbish class, and four times the variance of the
        differences to the codes, the rubbish class with a difference of 0: but for
        rounding, never negative.
        """
        p, apart = self.posterior(features)
        variance = p.dot(apart**2) - p.dot(apart) ** 2
        return 2 * (1 - p.sum()) + 4 * variance

    def probe(
        self, features: np.ndarray, label: int, draw: np.random.Generator
    ) -> np.ndarray:
        """A random vector whose covariance is the matrix of second derivatives."""
        p, apart = self.posterior(features)
        mean = p.dot(apart)
        rubbish = max(0.0, 1 - p.sum())
        every = np.array([*p, rubbish], float)
        chosen = draw.choice(11, p=every / every.sum())
        difference = apart[chosen] if chosen < 10 else 0
        vector = np.sqrt(2 * rubbish) * _signs(features, draw)
        return (vector + 2 * (difference - mean)).astype(features.dtype)


#: What a network by hand can be trained for.
Criterion = SquaredError | MaximumLikelihood


def _signs(like: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Random numbers +1 and -1 in the shape of an array: their covariance is 1."""
    return draw.integers(0, 2, like.shape) * 2 - 1
