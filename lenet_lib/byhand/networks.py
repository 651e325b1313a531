"""The three networks, built of layers by hand, and the two sweeps back through them."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib import layers as modules
from lenet_lib.byhand.layers import (
    Convolution,
    FullConnection,
    Part,
    Subsampling,
    slope,
    squash,
)
from lenet_lib.models import LeNet1, LeNet5, Network, ZipCodeNet

Layer = Convolution | Subsampling | FullConnection


class ByHand:
    """A network as arrays: what goes forward, what comes back, and all its weights.

    All numbers that training changes lie in one row, ``weights``: a layer after the
    other, its weights before its biases. Derivatives of the last digit's loss lie in
    two more such rows, ``gradient`` and ``curvature``. A convolution has room for a
    weight between each two maps; ``exists`` is 0 where its table has no link, and 1
    elsewhere. :meth:`named` gives any such row back by the network's own names.

    Args:
        network: one of ``lenet_lib.models``. It gives the first weights, the tables and
            the floating-point type, and is not changed.

    Raises:
        TypeError: if the network is not a ``ZipCodeNet``, ``LeNet1`` or ``LeNet5``.
    """

    def __init__(self, network: Network):
        if not isinstance(network, ZipCodeNet | LeNet1 | LeNet5):
            raise TypeError(
                "Only ZipCodeNet, LeNet1 and LeNet5 can be trained by hand, not "
                f"{type(network).__name__}."
            )
        self._learning = {
            name: module
            for name, module in network.named_children()
            if any(True for _ in module.parameters())
        }
        learning = list(self._learning.values())
        self.weights = torch.cat([row for each in learning for row in _rows(each)])
        self.weights = self.weights.numpy()
        self.gradient = np.zeros_like(self.weights)
        self.curvature = np.zeros_like(self.weights)
        self.exists = np.ones_like(self.weights)

        kind = self.weights.dtype
        self.layers = _by_hand(kind, network.size, learning)
        self.own = self._parts(self.weights)
        self.slopes = self._parts(self.gradient)
        self.bends = self._parts(self.curvature)
        for layer, part in zip(self.layers, self._parts(self.exists), strict=True):
            part.weight[:] = layer.exists
        # States, a row a layer, from the input on. The last is the border's.
        units = [network.size**2, *(layer.units for layer in self.layers)]
        borders = [getattr(module, "background", 0) for module in [*learning, None]]
        self.states = [
            np.full(number + 1, border, kind)
            for number, border in zip(units, borders, strict=True)
        ]
        learned = dict(network.named_parameters())
        self._fixed = {
            name: value.clone()
            for name, value in network.state_dict().items()
            if name not in learned  # LeNet-5's codes
        }

    def forward(self, digit: np.ndarray) -> np.ndarray:
        """Send a digit through the network.

        Args:
            digit: a coded digit, (size * size,).

        Returns:
            The states of the last layer that learns; the next call overwrites them.

        Raises:
            ValueError: if the digit has another shape.
        """
        x = self.states[0]
        if digit.shape != (len(x) - 1,):
            raise ValueError(
                f"A digit must be a row of {len(x) - 1} numbers, got an array of "
                f"shape {tuple(digit.shape)}."
            )
        x[:-1] = digit
        for layer, own, states in zip(
            self.layers, self.own, self.states[1:], strict=True
        ):
            squash(layer.forward(x, own), out=states[:-1])
            x = states
        return x[:-1]

    def backward(self, by_states: np.ndarray) -> None:
        """Fill in ``gradient``, after a sweep forward.

        Args:
            by_states: derivatives of the loss by the last states.
        """
        self._back(by_states, self.slopes, _as_they_are)

    def backward_second(self, by_states: np.ndarray) -> None:
        """Fill in ``curvature``, after a sweep forward: the same, everything squared.

        Args:
            by_states: second derivatives of the loss by the last states.
        """
        self._back(by_states, self.bends, np.square)

    def _back(
        self,
        by_states: np.ndarray,
        into: list[Part],
        power: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """From the last states back to the first weights."""
        for number in reversed(range(len(self.layers))):
            layer, states = self.layers[number], self.states[number + 1][:-1]
            d = by_states * power(slope(states))  # by the weighted sums
            layer.by_weights(d, power(layer.read), into[number])
            if number > 0:
                by_states = layer.by_inputs(d, power(self.own[number].weight))

    def state_dict(self) -> dict[str, Tensor]:
        """The weights as they are now, for the network's ``load_state_dict``."""
        arrays = self.named().items()
        return {name: torch.from_numpy(a.copy()) for name, a in arrays} | self._fixed

    def named(self, row: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """The numbers of a row by the names and shapes of the network's parameters.

        Args:
            row: ``gradient``, say; ``weights`` if none is given. What it holds for
                links that do not exist is left out.
        """
        parts = self._parts(self.weights if row is None else row)
        arrays = {}
        for (name, module), part in zip(self._learning.items(), parts, strict=True):
            weight = part.weight
            if isinstance(module, modules.TableConv2d):  # only the links that exist
                weight = weight.reshape(len(module.table), -1, 25)
                weight = weight[module.targets.numpy(), module.sources.numpy()]
            arrays[f"{name}.weight"] = weight.reshape(module.weight.shape)
            arrays[f"{name}.bias"] = part.bias.reshape(module.bias.shape)
        return arrays

    def _parts(self, row: np.ndarray) -> list[Part]:
        """Each layer's part of a row: views, not copies."""
        shapes = [shape for layer in self.layers for shape in layer.shapes]
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        arrays = [
            array.reshape(shape)
            for array, shape in zip(np.split(row, ends[:-1]), shapes, strict=True)
        ]
        return [Part(*pair) for pair in zip(arrays[::2], arrays[1::2], strict=True)]


def _as_they_are(factors: np.ndarray) -> np.ndarray:
    return factors


def _rows(module: nn.Module) -> tuple[Tensor, Tensor]:
    """A layer's weights, with 0 where there is no link, and its biases: rows both."""
    sparse = isinstance(module, modules.TableConv2d)
    weight = module.dense_weight() if sparse else module.weight
    return weight.detach().flatten(), module.bias.detach().flatten()


def _by_hand(kind: np.dtype, size: int, learning: Sequence[nn.Module]) -> list[Layer]:
    """The same layers by hand, in their order.

    Args:
        kind: floating-point type.
        size: units along an edge of the input.
        learning: the network's layers that have weights.
    """
    layers: list[Layer] = []
    for module, after in zip(learning, [*learning[1:], None], strict=True):
        squares = isinstance(after, modules.Subsampling)
        if isinstance(module, modules.UnitBiasConv2d):
            layer = Convolution(kind, module.table, size, stride=2, unit_bias=True)
            size = module.size
        elif isinstance(module, modules.Subsampling):
            size //= 2
            layer = Subsampling(kind, module.maps, size)
        elif isinstance(module, modules.TableConv2d):
            layer = Convolution(kind, module.table, size, squares=squares)
            size -= 4
        elif isinstance(module, nn.Conv2d) and size > 5:
            table = [range(module.in_channels)] * module.out_channels
            layer = Convolution(kind, table, size, squares=squares)
            size -= 4
        else:  # C5 too: its windows are as large as the maps that it reads
            layer = FullConnection(module.weight[0].numel(), len(module.weight))
        layers.append(layer)
    return layers
