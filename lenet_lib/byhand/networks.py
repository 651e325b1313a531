"""The three networks, built of layers by hand, and the two sweeps through them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lenet_lib.byhand.layers import (
    Convolution,
    FullConnection,
    Part,
    Subsampling,
    slope,
    squash,
)
from lenet_lib.layers import Subsampling as SubsamplingModule
from lenet_lib.layers import TableConv2d, UnitBiasConv2d
from lenet_lib.models import LeNet1, LeNet5, Network, ZipCodeNet

Layer = Convolution | Subsampling | FullConnection


class ByHand:
    """A network as arrays: what goes forward, what comes back, and all its weights.

    All weights lie in one long row, ``weights``; all derivatives of the last digit's
    loss in another, ``gradient``; their second derivatives in ``curvature``. ``exists``
    is 0 where the row has room for a weight that the network has not.

    Args:
        network: one of ``lenet_lib.models``; gives the first weights, the tables and
            the floating-point type.

    Raises:
        TypeError: if the network is not a ``ZipCodeNet``, ``LeNet1`` or ``LeNet5``.
    """

    def __init__(self, network: Network):
        self._modules = _trainable(network)
        self.layers = _by_hand(network.size, [module for _, module in self._modules])
        values = [array for _, module in self._modules for array in _dense(module)]
        self.weights = torch.cat(values).numpy()
        kind = self.weights.dtype
        self.gradient = np.zeros_like(self.weights)
        self.curvature = np.zeros_like(self.weights)
        self.exists = np.zeros_like(self.weights)
        self.own, self.slopes, self.bends, exist = map(
            self._parts, (self.weights, self.gradient, self.curvature, self.exists)
        )
        for layer, part in zip(self.layers, exist, strict=True):
            part.weight[:], part.bias[:] = layer.exists, 1
            layer.prepare(kind)
        # States, in one row a layer. The last is the background beyond the border.
        learned = dict(network.named_parameters())
        self._fixed = {
            name: value.clone()
            for name, value in network.state_dict().items()
            if name not in learned  # LeNet-5's codes
        }
        background = -1 if isinstance(network, ZipCodeNet) else 0
        units = [network.size**2, *(layer.units for layer in self.layers)]
        self.states = [np.full(number + 1, background, kind) for number in units]

    def forward(self, digit: np.ndarray) -> np.ndarray:
        """Send a coded digit, (size * size,), through; give the last states."""
        x = self.states[0]
        x[:-1] = digit
        for layer, own, states in zip(
            self.layers, self.own, self.states[1:], strict=True
        ):
            states[:-1] = squash(layer.forward(x, own))
            x = states
        return x[:-1]

    def backward(self, by_states: np.ndarray) -> None:
        """Fill in the gradient.

        Args:
            by_states: derivatives of the loss by the last states.
        """
        by = by_states
        for number in range(len(self.layers) - 1, -1, -1):
            layer, states = self.layers[number], self.states[number + 1][:-1]
            by = layer.backward(
                by * slope(states),
                self.own[number],
                layer.kept(),
                self.slopes[number],
                on=number > 0,
            )

    def backward_second(self, by_states: np.ndarray) -> None:
        """Fill in the second derivatives: the same way back, everything squared.

        Args:
            by_states: second derivatives of the loss by the last states.
        """
        by = by_states
        for number in range(len(self.layers) - 1, -1, -1):
            layer, states = self.layers[number], self.states[number + 1][:-1]
            own = self.own[number]
            by = layer.backward(
                by * slope(states) ** 2,
                Part(own.weight**2, own.bias),
                layer.kept() ** 2,
                self.bends[number],
                on=number > 0,
            )

    def state_dict(self) -> dict[str, Tensor]:
        """The weights as they are now, and whatever else the network keeps."""
        arrays = self.named().items()
        return self._fixed | {name: torch.from_numpy(a.copy()) for name, a in arrays}

    def _parts(self, row: np.ndarray) -> list[Part]:
        """Each layer's part of a long row: views, not copies."""
        shapes = [shape for layer in self.layers for shape in layer.shapes]
        ends = np.cumsum([np.prod(shape) for shape in shapes])
        arrays = [
            array.reshape(shape)
            for array, shape in zip(np.split(row, ends[:-1]), shapes, strict=True)
        ]
        return [Part(*pair) for pair in zip(arrays[::2], arrays[1::2], strict=True)]

    def named(self, row: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """A long row's numbers by the names and shapes of the network's parameters.

        Args:
            row: ``gradient``, say; the weights if none is given. Numbers of weights
                that the network has not are left out.
        """
        parts = self._parts(self.weights if row is None else row)
        arrays = {}
        for (name, module), part in zip(self._modules, parts, strict=True):
            weight = part.weight
            if isinstance(module, TableConv2d):  # only the links that exist
                weight = weight.reshape(len(module.table), -1, 25)
                weight = weight[module.targets.numpy(), module.sources.numpy()]
            arrays[f"{name}.weight"] = weight.reshape(module.weight.shape)
            arrays[f"{name}.bias"] = part.bias.reshape(module.bias.shape)
        return arrays


def _trainable(network: Network) -> list[tuple[str, nn.Module]]:
    """The layers that have weights, by name."""
    if not isinstance(network, ZipCodeNet | LeNet1 | LeNet5):
        raise TypeError(
            "By hand there are ZipCodeNet, LeNet1 and LeNet5, not "
            f"{type(network).__name__}."
        )
    return [pair for pair in network.named_children() if list(pair[1].parameters())]


def _by_hand(size: int, modules: Sequence[nn.Module]) -> list[Layer]:
    """The same layers by hand, from the first on; ``size`` is that of the input."""
    layers: list[Layer] = []
    for module, after in zip(modules, [*modules[1:], None], strict=True):
        squares = isinstance(after, SubsamplingModule)
        if isinstance(module, UnitBiasConv2d):
            layer = Convolution(module.table, size, stride=2, unit_bias=True)
            size //= 2
        elif isinstance(module, SubsamplingModule):
            size //= 2
            layer = Subsampling(module.maps, module.maps * size**2)
        elif isinstance(module, TableConv2d):
            layer = Convolution(module.table, size, squares=squares)
            size -= 4
        elif isinstance(module, nn.Conv2d) and size > 5:
            all_maps = range(module.in_channels)
            layer = Convolution([all_maps] * module.out_channels, size, squares=squares)
            size -= 4
        else:  # C5 too: its windows are as large as the maps
            layer = FullConnection(module.weight[0].numel(), len(module.weight))
        layers.append(layer)
    return layers


def _dense(module: nn.Module) -> tuple[Tensor, Tensor]:
    """A layer's weights with 0 where there is no link, and its biases: each in a row."""
    sparse = isinstance(module, TableConv2d)
    weight = module.dense_weight() if sparse else module.weight
    return weight.detach().flatten(), module.bias.detach().flatten()
