"""The zip-code network by hand, written out: some sixty calls of NumPy a step.

It is what the chapter on the zip-code network shows, and it trains on the mean squared
error with one rate for all weights. ``lenet_lib.byhand.networks`` has the same network
built of layers.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from lenet_lib.byhand.layers import slope, squash
from lenet_lib.byhand.windows import where_seen, windows
from lenet_lib.models import ZipCodeNet


class ZipCodeByHand:
    """The arrays that a training step of the zip-code network works on.

    All weights lie in one long vector, ``weights``, and all their derivatives in
    another, ``gradient``; ``w1``, ``b1``, ``dw1``, ``db1`` and so on are parts of these
    two, in the shapes that the layers need. H2 has room for a weight between each two
    maps, also where there is no link; ``exists`` is 0 there, and 1 elsewhere.

    The windows of H1 and H2 are tables of numbers: ``see1`` and ``see2`` say which unit
    each place of each window sees, ``seen1`` says for each unit of H1 where it is seen.

    Args:
        network: gives the first weights, the table of H2 and the floating-point type.
    """

    def __init__(self, network: ZipCodeNet):
        values = dict(network.named_parameters())
        values["H2.weight"] = network.H2.dense_weight()  # (12, 12, 5, 5)
        self.weights = _vector(values.values())  # (10960,)
        self.gradient = np.zeros_like(self.weights)
        self.exists = np.ones_like(self.weights)
        self.w1, self.b1, self.w2, self.b2, *rest = _parts(self.weights)
        self.w3, self.b3, self.w4, self.b4 = rest
        self.dw1, self.db1, self.dw2, self.db2, *rest = _parts(self.gradient)
        self.dw3, self.db3, self.dw4, self.db4 = rest

        self.table = network.H2.table
        links = _parts(self.exists)[2].reshape(12, 12, 25)
        links[:] = 0
        for to, sources in enumerate(self.table):
            links[to, list(sources)] = 1

        self.see1 = windows(1, 16, stride=2)  # (25, 64)
        self.see2 = windows(12, 8, stride=2)  # (300, 16)
        self.seen1 = where_seen(self.see2, units=768)  # (9, 768)
        # States, in one row each. The last is the background beyond the border.
        kind = self.weights.dtype
        self.x0 = np.full(256 + 1, network.H1.background, kind)
        self.x1 = np.full(768 + 1, network.H2.background, kind)
        # What each place of each window sends back, and a 0 where there is no place.
        self.sent = np.zeros(self.see2.size + 1, kind)
        self.back = self.sent[:-1].reshape(self.see2.shape)  # (300, 16)

    def state_dict(self) -> dict[str, Tensor]:
        """The weights as they are now, for ``ZipCodeNet.load_state_dict``."""
        kernels = self.w2.reshape(12, 12, 5, 5)
        linked = [kernels[to, list(sources)] for to, sources in enumerate(self.table)]
        arrays = {
            "H1.weight": self.w1.reshape(12, 5, 5),
            "H1.bias": self.b1.reshape(12, 8, 8),
            "H2.weight": np.concatenate(linked),  # (96, 5, 5)
            "H2.bias": self.b2.reshape(12, 4, 4),
            "H3.weight": self.w3,
            "H3.bias": self.b3,
            "output.weight": self.w4,
            "output.bias": self.b4,
        }
        return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}


def forward(net: ZipCodeByHand, digit: np.ndarray) -> np.ndarray:
    """Send a digit, (256,), through the network; give its outputs, (10,)."""
    net.x0[:256] = digit  # pixels; the 257th is the background
    net.c1 = net.x0.take(net.see1)  # (25, 64): a column for each window
    net.x1[:768] = squash(net.w1.dot(net.c1) + net.b1).ravel()  # H1, 12 × 64
    net.c2 = net.x1.take(net.see2)  # (300, 16)
    net.x2 = squash(net.w2.dot(net.c2) + net.b2).ravel()  # H2, 12 × 16
    net.x3 = squash(net.w3.dot(net.x2) + net.b3)  # H3: (30,)
    net.x4 = squash(net.w4.dot(net.x3) + net.b4)  # output: (10,)
    return net.x4


def backward(net: ZipCodeByHand, target: np.ndarray) -> None:
    """Fill in the gradient of the mean squared error of the last digit."""
    d4 = 2 / 10 * (net.x4 - target) * slope(net.x4)  # (10,)
    np.multiply.outer(d4, net.x3, out=net.dw4)  # (10, 30)
    net.db4[:] = d4

    d3 = d4.dot(net.w4) * slope(net.x3)  # (30,)
    np.multiply.outer(d3, net.x2, out=net.dw3)  # (30, 192)
    net.db3[:] = d3

    d2 = d3.dot(net.w3) * slope(net.x2)  # (192,)
    d2 = d2.reshape(12, 16)
    np.dot(d2, net.c2.T, out=net.dw2)  # (12, 300): shared, so summed over 16 windows
    net.db2[:] = d2  # (12, 16): not shared

    np.dot(net.w2.T, d2, out=net.back)  # (300, 16): for each place of each window
    d1 = net.sent.take(net.seen1).sum(axis=0) * slope(net.x1[:768])  # (768,)
    d1 = d1.reshape(12, 64)
    np.dot(d1, net.c1.T, out=net.dw1)  # (12, 25): summed over 64 windows
    net.db1[:] = d1  # (12, 64)


def train(
    net: ZipCodeByHand, digits: np.ndarray, targets: np.ndarray, rate: float
) -> None:
    """One pass: a small step after each digit, in the order given."""
    steps = rate * net.exists  # a weight that is not there does not move
    for digit, target in zip(digits, targets, strict=True):
        forward(net, digit)
        backward(net, target)
        net.weights -= steps * net.gradient


#: Shapes of a layer's weights and biases, in the order of the network's parameters.
_SHAPES = (
    (12, 25), (12, 64), (12, 300), (12, 16), (30, 192), (30,), (10, 30), (10,),
)  # fmt: skip


def _vector(values: Iterable[Tensor]) -> np.ndarray:
    """All values in a row, as a copy."""
    return torch.cat([value.detach().flatten() for value in values]).numpy()


def _parts(vector: np.ndarray) -> list[np.ndarray]:
    """The parts of a long vector that belong to each layer: views, not copies."""
    ends = np.cumsum([np.prod(shape) for shape in _SHAPES])
    parts = np.split(vector, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, _SHAPES, strict=True)]
