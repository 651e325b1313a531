"""The layers of the three networks in NumPy, for one digit at a time.

Forward, a layer gives weighted sums, and keeps what it weighed as ``read``. On the way
back it gets ``d``, the derivatives of the loss by its sums. It gives two things: the
derivatives by its own weights, and by the states of the layer before.

Second derivatives take the same way back. All that is multiplied there, weights, states
and slopes, is squared first (P98, Appendix C, eq. 25 and 27).

States lie in one row, map after map, and a last one stands for all that lies beyond the
border. P98 is LeCun et al. (1998).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lenet_lib.byhand.windows import where_seen, windows
from lenet_lib.layers import ScaledTanh

A, S = ScaledTanh.A, ScaledTanh.S


class Part(NamedTuple):
    """A layer's weights and biases, or something that each of these has."""

    weight: np.ndarray
    bias: np.ndarray


def squash(sums: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The scaled tanh."""
    return np.multiply(A, np.tanh(S * sums), out=out)


def slope(states: np.ndarray) -> np.ndarray:
    """The slope of the scaled tanh, from what it gave."""
    return S * A - S / A * states**2


class Convolution:
    """5x5 windows over the maps of the layer before, as one product of matrices.

    The weights are a matrix, a row for each map. It has room for a weight between each
    two maps, also where the table has no link; ``exists`` is 0 there, and 1 elsewhere.

    Args:
        kind: floating-point type of the states.
        table: for each map, the maps that it reads.
        size: units along an edge of a map that is read.
        stride: step of the window; see :func:`windows`, and for ``squares``, too.
        squares: whether subsampling follows. It then adds up four rows.
        unit_bias: whether each unit has a bias of its own.
    """

    def __init__(
        self,
        kind: np.dtype,
        table: Sequence[Sequence[int]],
        size: int,
        stride: int = 1,
        squares: bool = False,
        unit_bias: bool = False,
    ):
        maps, sources = len(table), 1 + max(max(row) for row in table)
        self.see = windows(sources, size, stride, squares)  # (sources * 25, places)
        self.seen = where_seen(self.see, sources * size**2)
        self.maps, places = maps, self.see.shape[1]
        self.units = maps * places
        self.shapes = Part((maps, sources * 25), (maps, places if unit_bias else 1))
        links = np.zeros((maps, sources, 25))
        for to, row in enumerate(table):
            links[to, list(row)] = 1
        self.exists = links.reshape(self.shapes.weight)

        self.read = np.empty(self.see.shape, kind)  # a column for each window
        # What each place of each window sends back, and a 0 where there is no place.
        self.sent = np.zeros(self.see.size + 1, kind)
        self.sending = self.sent[:-1].reshape(self.see.shape)

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """Weighted sums of all units, (units,), from the states of the layer before.

        Args:
            x: these states, the last being that of the border.
            own: the layer's weights and biases.
        """
        x.take(self.see, out=self.read, mode="clip")  # "clip" spares NumPy a copy
        return (own.weight.dot(self.read) + own.bias).ravel()

    def by_weights(self, d: np.ndarray, read: np.ndarray, into: Part) -> None:
        """Derivatives by the layer's weights and biases.

        Args:
            d: derivatives by the weighted sums, (units,).
            read: ``self.read``, or its squares for second derivatives.
            into: is filled.
        """
        d = d.reshape(self.maps, -1)  # (maps, places)
        np.dot(d, read.T, out=into.weight)  # shared, so summed over all places
        if into.bias.shape == d.shape:
            into.bias[:] = d
        else:
            d.sum(axis=1, keepdims=True, out=into.bias)

    def by_inputs(self, d: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Derivatives by the states that the layer read.

        Args:
            d: derivatives by the weighted sums, (units,).
            weight: the layer's weights, or their squares for second derivatives.
        """
        np.dot(weight.T, d.reshape(self.maps, -1), out=self.sending)
        return self.sent.take(self.seen).sum(axis=0)


class Subsampling:
    """A coefficient and a bias a map; the four units of each square are added up.

    Args:
        kind: floating-point type of the states.
        maps: maps, read and given. The layer before has ordered its units by squares.
        size: units along an edge of a map that is given.
    """

    exists = 1

    def __init__(self, kind: np.dtype, maps: int, size: int):
        self.maps = maps
        self.units = maps * size**2
        self.shapes = Part((maps, 1), (maps, 1))
        self.sent = np.empty((maps, 4, size**2), kind)

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """As :meth:`Convolution.forward`; what the coefficient weighs are the sums."""
        self.read = x[:-1].reshape(self.sent.shape).sum(axis=1)  # (maps, squares)
        return (own.weight * self.read + own.bias).ravel()

    def by_weights(self, d: np.ndarray, read: np.ndarray, into: Part) -> None:
        """As :meth:`Convolution.by_weights`."""
        d = d.reshape(self.maps, -1)  # (maps, squares)
        np.einsum("ms,ms->m", d, read, out=into.weight[:, 0])
        d.sum(axis=1, keepdims=True, out=into.bias)

    def by_inputs(self, d: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """As :meth:`Convolution.by_inputs`: the same for all four of a square."""
        self.sent[:] = (weight * d.reshape(self.maps, -1))[:, None]
        return self.sent.ravel()


class FullConnection:
    """Every unit reads every state of the layer before.

    Args:
        inputs: states that are read.
        units: states that are given.
    """

    exists = 1

    def __init__(self, inputs: int, units: int):
        self.units = units
        self.shapes = Part((units, inputs), (units,))

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """As :meth:`Convolution.forward`."""
        self.read = x[:-1]
        return own.weight.dot(self.read) + own.bias

    def by_weights(self, d: np.ndarray, read: np.ndarray, into: Part) -> None:
        """As :meth:`Convolution.by_weights`."""
        # An outer product. As a product of matrices it takes half the time.
        np.dot(d[:, None], read[None], out=into.weight)
        into.bias[:] = d

    def by_inputs(self, d: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """As :meth:`Convolution.by_inputs`."""
        return d.dot(weight)
