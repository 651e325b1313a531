"""The layers of the three networks in NumPy, for one digit at a time.

A layer keeps what it saw on the way forward, and needs it on the way back. The way back
is the same for first and for second derivatives. For the second everything that is
multiplied, weights, states and slopes, is squared first (P98, Appendix C, eq. 25, 27).

States lie in one row, a map after the other. So do all weights of a network, all their
derivatives, and so on: ``Part`` holds a layer's share of such a row.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lenet_lib.layers import ScaledTanh

A, S = ScaledTanh.A, ScaledTanh.S


class Part(NamedTuple):
    """A layer's weights and biases, or something that each of these has."""

    weight: np.ndarray
    bias: np.ndarray


def squash(sums: np.ndarray) -> np.ndarray:
    """The scaled tanh."""
    return A * np.tanh(S * sums)


def slope(states: np.ndarray) -> np.ndarray:
    """The slope of the scaled tanh, from what it gave."""
    return S * A - S / A * states**2


class Convolution:
    """5x5 windows over the maps of the layer before, as one product of matrices.

    The weights are a matrix, a row for each map. It has room for a weight between each
    two maps, also where the table has no link; ``exists`` is 0 there, and 1 elsewhere.

    Args:
        table: for each map, the maps that it reads.
        size: units along an edge of a map that is read.
        stride: step of the window. With 2, windows hang over the border, and see the
            background there: the unit after the last.
        squares: number the units by their place in squares of 2x2: first the upper left
            of all squares, and so on. The subsampling that follows then adds up four
            rows.
        unit_bias: whether each unit has a bias of its own.
    """

    def __init__(
        self,
        table: Sequence[Sequence[int]],
        size: int,
        stride: int = 1,
        squares: bool = False,
        unit_bias: bool = False,
    ):
        self.table = table
        maps, sources = len(table), 1 + max(max(row) for row in table)
        self.see = windows(sources, size, stride, squares)  # (sources * 25, places)
        self.places = self.see.shape[1]
        self.seen = where_seen(self.see, sources * size**2)
        self.units = maps * self.places
        self.shapes = Part(
            (maps, sources * 25), (maps, self.places if unit_bias else 1)
        )

    @property
    def exists(self) -> np.ndarray:
        """1 for each weight that the table names, 0 for the others."""
        links = np.zeros((*self.shapes.weight[:1], self.shapes.weight[1] // 25, 25))
        for to, sources in enumerate(self.table):
            links[to, list(sources)] = 1
        return links.reshape(self.shapes.weight)

    def prepare(self, kind: np.dtype) -> None:
        """Make room for what goes forward and back."""
        self.columns = np.empty(self.see.shape, kind)
        # What each place of each window sends back, and a 0 where there is no place.
        self.sent = np.zeros(self.see.size + 1, kind)
        self.sending = self.sent[:-1].reshape(self.see.shape)

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """Weighted sums of all units, from the states of the layer before."""
        x.take(self.see, out=self.columns, mode="clip")  # a column for each window
        return (own.weight.dot(self.columns) + own.bias).ravel()

    def kept(self) -> np.ndarray:
        """What the way back multiplies with."""
        return self.columns

    def backward(
        self, d: np.ndarray, own: Part, kept: np.ndarray, into: Part, on: bool
    ) -> np.ndarray | None:
        """From the derivatives by the sums: those by the weights, and what goes on.

        Args:
            d: by the weighted sums.
            own: the weights, squared for second derivatives.
            kept: what was kept on the way forward, squared likewise.
            into: filled with the derivatives by the weights.
            on: whether anything goes on to the layer before.
        """
        d = d.reshape(len(self.table), self.places)
        np.dot(d, kept.T, out=into.weight)  # shared weights: summed over all windows
        if into.bias.shape[1] == 1:
            d.sum(axis=1, keepdims=True, out=into.bias)
        else:
            into.bias[:] = d
        if not on:
            return None
        np.dot(own.weight.T, d, out=self.sending)
        return self.sent.take(self.seen).sum(axis=0)


class Subsampling:
    """A coefficient and a bias a map; four units of each square, added up."""

    def __init__(self, maps: int, units: int):
        self.maps, self.units = maps, units
        self.shapes = Part((maps, 1), (maps, 1))

    exists = 1.0

    def prepare(self, kind: np.dtype) -> None:
        """Nothing to prepare."""

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """Weighted sums of all units, from the states of the layer before."""
        self.sums = x[:-1].reshape(self.maps, 4, -1).sum(axis=1)  # (maps, squares)
        return (own.weight * self.sums + own.bias).ravel()

    def kept(self) -> np.ndarray:
        """What the way back multiplies with."""
        return self.sums

    def backward(
        self, d: np.ndarray, own: Part, kept: np.ndarray, into: Part, on: bool
    ) -> np.ndarray | None:
        """As :meth:`Convolution.backward`."""
        d = d.reshape(self.maps, -1)
        np.einsum("mu,mu->m", d, kept, out=into.weight[:, 0])
        d.sum(axis=1, keepdims=True, out=into.bias)
        if not on:
            return None
        back = own.weight * d  # (maps, squares)
        return np.repeat(back[:, None], 4, axis=1).ravel()


class FullConnection:
    """Every unit reads every state of the layer before."""

    exists = 1.0

    def __init__(self, inputs: int, units: int):
        self.units = units
        self.shapes = Part((units, inputs), (units,))

    def prepare(self, kind: np.dtype) -> None:
        """Nothing to prepare."""

    def forward(self, x: np.ndarray, own: Part) -> np.ndarray:
        """Weighted sums of all units, from the states of the layer before."""
        self.x = x[:-1]
        return own.weight.dot(self.x) + own.bias

    def kept(self) -> np.ndarray:
        """What the way back multiplies with."""
        return self.x

    def backward(
        self, d: np.ndarray, own: Part, kept: np.ndarray, into: Part, on: bool
    ) -> np.ndarray | None:
        """As :meth:`Convolution.backward`."""
        np.multiply.outer(d, kept, out=into.weight)
        into.bias[:] = d
        return d.dot(own.weight) if on else None


def windows(maps: int, size: int, stride: int, squares: bool) -> np.ndarray:
    """Which unit a 5x5 window sees, at each of its places: (maps * 25, windows).

    The units of the maps (maps, size, size) are numbered through. What lies beyond the
    border, with a stride of 2, has the number after the last.
    """
    numbers = np.arange(maps * size**2).reshape(maps, size, size)
    if stride == 2:
        numbers = np.pad(
            numbers, ((0, 0), (2, 1), (2, 1)), constant_values=numbers.size
        )
    seen = sliding_window_view(numbers, (5, 5), axis=(1, 2))[:, ::stride, ::stride]
    seen = seen.transpose(0, 3, 4, 1, 2)  # (maps, 5, 5, rows, columns)
    if squares:
        rows = seen.shape[-1] // 2
        seen = seen.reshape(maps, 5, 5, rows, 2, rows, 2).transpose(0, 1, 2, 4, 6, 3, 5)
    return np.ascontiguousarray(seen.reshape(maps * 25, -1))


def where_seen(see: np.ndarray, units: int) -> np.ndarray:
    """Where each unit is seen, by the numbers of the places in ``see``: (most, units).

    Where there are fewer places than most units have, the number after the last place
    fills the column.
    """
    order = np.argsort(see, axis=None, kind="stable")
    unit = see.ravel()[order]
    start = np.searchsorted(unit, np.arange(units))
    end = np.searchsorted(unit, np.arange(units), side="right")
    found = np.full(((end - start).max(), units), see.size)
    for row in range(len(found)):
        has = start + row < end
        found[row, has] = order[start[has] + row]
    return found
